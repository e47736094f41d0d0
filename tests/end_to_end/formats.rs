//! Reports as annotations of GitHub, read back by the runner's rules; JUnit XML, read by xmllint.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use warpmark::record::{Better, Unit};
use warpmark::report::document::{
    AcknowledgedEntry, CaseEntry, ChangeEntry, CodeEntry, Document, GoalEntry, JudgementEntry,
    Place, Range,
};
use warpmark::report::{github, junit};
use warpmark::verdict::Verdict;

use crate::generated::{Case, Run};
use crate::support::{has_tool, warpmark};

/// Texts that break a writer that doesn't escape.
fn hostile() -> Vec<String> {
    let short = [
        "<script>alert(1)</script>",
        "a | b",
        "first\nsecond",
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\u{1}\u{8}\u{1b}[1mred\u{9b}31m\u{fffe}",
        "\u{202e}gnp.exe",
        "]]>&amp;\"'",
        "::error file=x::y%0A,:%",
    ];
    let mut all: Vec<String> = short.map(str::to_owned).to_vec();
    all.push("x".repeat(10_000));
    all
}

fn judgement(verdict: Verdict, text: &str) -> JudgementEntry {
    JudgementEntry {
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        verdict,
        headline: text.to_owned(),
        base_mean: Some(100.0),
        mean: Some(102.0),
        change: Some(ChangeEntry {
            estimate: 0.02,
            interval: Range {
                low: -0.01,
                high: 0.03,
            },
            p: 0.001,
        }),
        bound: None,
        reasons: vec![text.to_owned()],
        month: None,
        accepted: None,
    }
}

/// A case whose every text is `text`.
fn case(text: &str, outcome: &'static str, verdict: Option<Verdict>) -> CaseEntry {
    CaseEntry {
        id: text.to_owned(),
        workload: text.to_owned(),
        tags: Vec::new(),
        place: Some(Place {
            file: text.to_owned(),
            line: 7,
        }),
        outcome,
        verdict,
        why: Some(text.to_owned()),
        detail: None,
        nondeterministic: false,
        digest: None,
        code: CodeEntry::default(),
        occupancy: None,
        base_occupancy: None,
        metrics: Vec::new(),
        judgements: verdict.iter().map(|v| judgement(*v, text)).collect(),
        processes: Vec::new(),
        base_processes: Vec::new(),
        series: None,
        cost: None,
        token_cost: None,
        acknowledged: None,
        remarks: Vec::new(),
        notes: Vec::new(),
    }
}

fn document(cases: Vec<CaseEntry>) -> Document {
    Document {
        suite: "memory".to_owned(),
        run: "r1".to_owned(),
        cases,
        ..Document::default()
    }
}

/// An acknowledgement of a regression.
fn known(over: bool) -> AcknowledgedEntry {
    AcknowledgedEntry {
        until: "2026-12-01".to_owned(),
        ticket: Some("GPU-12".to_owned()),
        reason: "a new driver".to_owned(),
        over,
    }
}

#[test]
fn an_acknowledged_regression_is_quiet_until_its_day() {
    for (verdict, over, element, level) in [
        (Verdict::Regressed, false, "<skipped", "notice"),
        (Verdict::Regressed, true, "<failure", "error"),
        // A crash isn't what was acknowledged.
        (Verdict::Failed, false, "<error", "error"),
    ] {
        let mut case = case("copy/n=1", "measured", Some(verdict));
        case.acknowledged = Some(known(over));
        let document = document(vec![case]);
        let found = github(&document);
        assert_eq!(decoded(&found)[0].level, level, "{found}");
        let quiet = found.contains("acknowledged until 2026-12-01: a new driver (GPU-12)");
        assert_eq!(quiet, level == "notice", "{found}");
        let xml = junit(&document).expect("written");
        assert!(xml.contains(element), "{xml}");
    }
}

/// An annotation as the runner reads it.
#[derive(Debug)]
struct Annotation {
    level: String,
    properties: BTreeMap<String, String>,
    message: String,
}

/// The commands in `text`, by the rules of the runner: the first `::` after the command ends its properties.
fn decoded(text: &str) -> Vec<Annotation> {
    let data = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    };
    let property = |text: &str| data(&text.replace("%3A", ":").replace("%2C", ","));
    let one = |line: &str| {
        let (command, message) = line
            .strip_prefix("::")
            .expect("a command")
            .split_once("::")
            .expect("a message");
        let (level, properties) = command.split_once(' ').expect("properties");
        let properties = properties.split(',').map(|found| {
            let (key, value) = found.split_once('=').expect("a value");
            (key.to_owned(), property(value))
        });
        Annotation {
            level: level.to_owned(),
            properties: properties.collect(),
            message: data(message),
        }
    };
    text.split_terminator('\n').map(one).collect()
}

#[test]
fn github_reads_hostile_texts_back() {
    for text in hostile() {
        let found = decoded(&github(&document(vec![case(
            &text,
            "measured",
            Some(Verdict::Regressed),
        )])));
        assert_eq!(found.len(), 2, "{found:#?}");
        assert_eq!(found[0].level, "error");
        assert_eq!(found[0].properties["file"], text);
        assert_eq!(found[0].properties["line"], "7");
        assert_eq!(
            found[0].properties["title"],
            format!("{text} [time]: regressed")
        );
        let whole: String = format!("{text}\n{text}").chars().take(4_000).collect();
        assert_eq!(found[0].message, whole);
    }
}

#[test]
fn github_shows_the_most_important_and_one_line_for_the_rest() {
    let mut cases: Vec<_> = (0..14)
        .map(|number| {
            case(
                &format!("copy/n={number}"),
                "measured",
                Some(Verdict::Missing),
            )
        })
        .collect();
    cases.push(case("late/n=1", "measured", Some(Verdict::Regressed)));
    cases.push(case("fine/n=1", "measured", Some(Verdict::Unchanged)));
    cases.push(case("odd/n=1", "measured", Some(Verdict::Suspect)));
    let mut document = document(cases);
    document.goals.push(GoalEntry {
        name: "fast".to_owned(),
        status: "missed",
        case: Some("fine/n=1".to_owned()),
        metric: "time".to_owned(),
        value: Some("2 us".to_owned()),
        bounds: Vec::new(),
        headroom: Some(-1.0),
        interval: None,
        why: None,
        owner: None,
        kpi: None,
        due: None,
    });
    let found = decoded(&github(&document));
    let levels = |level: &str| found.iter().filter(|one| one.level == level).count();
    assert_eq!(["error", "warning", "notice"].map(levels), [10, 1, 2]);
    assert_eq!(found[0].properties["title"], "late/n=1 [time]: regressed");
    assert_eq!(found[9].properties["title"], "6 more");
    assert_eq!(found[9].message.lines().count(), 6);
    assert_eq!(found[11].properties["title"], "goal fast is missed");
    assert_eq!(found[12].properties["title"], "warpmark: memory");
}

fn report(folder: &Path, args: &[&str]) -> Output {
    let mut command = warpmark();
    command.current_dir(folder).arg("report").args(args);
    command.output().expect("the program runs")
}

/// A slower run with a failed case beside its base, in a folder.
fn records() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = vec![
        Case::new("copy/n=1024", 1e6),
        Case::new("triad/n=1024", 1e5),
    ];
    let mut slower = cases.clone();
    slower[0] = slower[0].clone().times(1.2);
    slower.push(Case::new("new/<script>", 5e4).failed("wrong | <b>\u{1}\n::error::x"));
    let at = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    let base = at(Run::new(0, cases).write(folder.path()));
    let candidate = at(Run::new(1, slower).write(folder.path()));
    (folder, base, candidate)
}

#[test]
fn the_verb_writes_annotations() {
    let (folder, base, candidate) = records();
    let args = [&candidate, "--against", &base, "--format", "github"];
    let printed = report(folder.path(), &args);
    assert_eq!(printed.status.code(), Some(10), "a case failed");
    let found = decoded(&String::from_utf8(printed.stdout).expect("UTF-8"));
    let titles: Vec<&str> = found.iter().map(|one| &*one.properties["title"]).collect();
    let expected = [
        "new/<script> [time]: failed",
        "copy/n=1024 [time]: regressed",
        "warpmark: memory",
    ];
    assert_eq!(titles, expected, "{found:#?}");
    assert!(found[0].message.contains("wrong | <b>"), "{found:#?}");
    assert!(
        found[1].properties["file"].ends_with("memory.toml"),
        "{found:#?}"
    );
}

#[test]
fn xmllint_reads_junit() {
    if !has_tool("xmllint") {
        return;
    }
    let (folder, base, candidate) = records();
    let args = [
        &candidate,
        "--against",
        &base,
        "--format",
        "junit",
        "--out",
        "report.xml",
    ];
    report(folder.path(), &args);
    let read = |path: &str| {
        let mut command = Command::new("xmllint");
        command
            .current_dir(folder.path())
            .args(["--xpath", path, "report.xml"]);
        let output = command.output().expect("xmllint runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .expect("UTF-8")
            .trim()
            .to_owned()
    };
    assert_eq!(read("count(//testcase/failure)"), "1");
    assert_eq!(read("count(//testcase/error)"), "1");
    assert_eq!(read("string(//testcase[error]/@classname)"), "new");
    assert_eq!(read("string(/testsuites/@errors)"), "1");
}
