//! Reports as JUnit XML, CSV and annotations of GitHub: what is written is read back by the rules of each format.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use warpmark::record::{Better, Unit};
use warpmark::report::document::{
    AcknowledgedEntry, CaseEntry, ChangeEntry, CodeEntry, Document, GoalEntry, JudgementEntry,
    MetricEntry, Place, ProcessEntry, Range, VoidEntry,
};
use warpmark::report::{csv, github, junit};
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

fn metric() -> MetricEntry {
    MetricEntry {
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        count: 3,
        void: 1,
        mean: Some(-102.5),
        interval: None,
        median: Some(1e21),
        p5: None,
        p95: None,
        p99: None,
        bytes_per_second: None,
        flops_per_second: None,
        items_per_second: None,
        ceiling_fraction: Some(0.71),
        ceiling: Some("read".to_owned()),
        intensity: None,
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
        metrics: vec![metric()],
        judgements: verdict.iter().map(|v| judgement(*v, text)).collect(),
        processes: Vec::new(),
        base_processes: Vec::new(),
        series: None,
        cost: None,
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

/// An element of JUnit: its name and attributes.
type Element = (String, BTreeMap<String, String>);

fn element(start: &BytesStart) -> Element {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let attributes = start.attributes().map(|found| {
        let found = found.expect("an attribute");
        let value = text(&found.value);
        let value = quick_xml::escape::unescape(&value).expect("escaped");
        (text(found.key.as_ref()), value.into_owned())
    });
    (text(start.name().as_ref()), attributes.collect())
}

/// Every element of the XML in its order; an error of its form fails.
fn elements(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut found = Vec::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) | Event::Empty(start) => found.push(element(&start)),
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// What stands in the test case: none, or the name and type of the element.
fn status(case: CaseEntry) -> Option<(String, String)> {
    let xml = junit::junit(&document(vec![case])).expect("written");
    let found = elements(&xml).into_iter();
    let mut found = found.skip_while(|(name, _)| name != "testcase").skip(1);
    found
        .next()
        .map(|(name, attributes)| (name, attributes["type"].clone()))
}

#[test]
fn verdicts_and_outcomes_are_what_a_build_server_knows() {
    let of = |verdict| status(case("copy/n=1", "measured", Some(verdict)));
    for (verdict, expected) in [
        (Verdict::Failed, Some("error")),
        (Verdict::Regressed, Some("failure")),
        (Verdict::RegressedSpread, Some("failure")),
        (Verdict::Crept, Some("failure")),
        (Verdict::Suspect, Some("failure")),
        (Verdict::Missing, Some("failure")),
        (Verdict::Incomparable, Some("skipped")),
        (Verdict::Inconclusive, Some("skipped")),
        (Verdict::Unsupported, Some("skipped")),
        (Verdict::Improved, None),
        (Verdict::New, None),
        (Verdict::Unchanged, None),
    ] {
        let expected = expected.map(|name| (name.to_owned(), verdict.name().to_owned()));
        assert_eq!(of(verdict), expected, "{verdict}");
    }
    for (outcome, expected) in [
        ("measured", None),
        ("failed", Some("error")),
        ("missing", Some("failure")),
        ("unsupported", Some("skipped")),
        ("not-measured", Some("skipped")),
    ] {
        let found = status(case("copy/n=1", outcome, None)).map(|(name, _)| name);
        assert_eq!(found.as_deref(), expected, "{outcome}");
    }
}

#[test]
fn an_acknowledged_regression_is_quiet_until_its_day() {
    for (over, name, level) in [(false, "skipped", "notice"), (true, "failure", "error")] {
        let mut case = case("copy/n=1", "measured", Some(Verdict::Regressed));
        case.acknowledged = Some(known(over));
        let found = github::github(&document(vec![case.clone()]));
        assert_eq!(decoded(&found)[0].level, level);
        assert_eq!(
            found.contains("acknowledged until 2026-12-01: a new driver (GPU-12)"),
            !over
        );
        assert_eq!(status(case).map(|(name, _)| name).as_deref(), Some(name));
    }
}

/// `text` as JUnit holds it.
fn in_xml(text: &str) -> String {
    let replaced = |c: char| match c {
        '\n' => '\n',
        '\t' | '\r' => ' ',
        '\u{fffe}' => '\u{fffd}',
        c if c < ' ' || ('\u{7f}'..='\u{9f}').contains(&c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(replaced).collect()
}

#[test]
fn junit_keeps_hostile_texts() {
    for text in hostile() {
        let cases = vec![
            case(&text, "measured", Some(Verdict::Regressed)),
            case(&text, "failed", None),
        ];
        let xml = junit::junit(&document(cases)).expect("written");
        let found = elements(&xml);
        let tests: Vec<_> = found
            .iter()
            .filter(|(name, _)| name == "testcase")
            .collect();
        assert_eq!(tests.len(), 2, "{xml}");
        let expected = in_xml(&text);
        assert_eq!(tests[0].1["name"], format!("{expected} [time]"));
        assert_eq!(tests[1].1["name"], expected);
        let failure = found.iter().find(|(name, _)| name == "failure");
        assert_eq!(failure.expect("a failure").1["message"], expected);
        assert!(!xml.chars().any(|c| c.is_control() && c != '\n'));
    }
}

fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize();
    rows.map(|row| row.expect("as many cells as columns"))
        .collect()
}

#[test]
fn csv_keeps_hostile_texts_and_numbers() {
    for text in hostile() {
        let written = csv::metrics(&document(vec![case(
            &text,
            "measured",
            Some(Verdict::Regressed),
        )]));
        let rows = rows(&written.expect("written"));
        assert_eq!(rows.len(), 1);
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let expected = if formula { format!("'{text}") } else { text };
        assert_eq!(rows[0]["case"], expected);
        assert_eq!(rows[0]["mean"], "-102.5", "a number isn't a formula");
        assert_eq!(rows[0]["change_low"].parse::<f64>(), Ok(-0.01));
        assert_eq!(rows[0]["median"].parse::<f64>(), Ok(1e21));
        assert_eq!(rows[0]["interval_low"], "");
        assert_eq!((&*rows[0]["unit"], &*rows[0]["better"]), ("ns", "lower"));
        assert_eq!(
            (&*rows[0]["verdict"], &*rows[0]["ceiling"]),
            ("regressed", "read")
        );
        assert_eq!(rows[0].len(), csv::METRICS.len());
    }
}

#[test]
fn samples_stand_in_their_order_with_void_ones_between() {
    let void = |index| VoidEntry {
        index,
        value: 9.0,
        why: "-late".to_owned(),
    };
    let process = |samples: Vec<f64>, void| ProcessEntry {
        run: None,
        process: 1,
        samples,
        void,
        middle: 1.0,
        clock_mhz: None,
    };
    let mut case = case("copy/n=1", "measured", None);
    case.processes = vec![process(vec![1.0, 2.0, 3.0], vec![void(1), void(4)])];
    case.base_processes = vec![process(vec![1.0; 5_000], vec![void(7)])];
    let written = csv::samples(&document(vec![case])).expect("written");
    let rows = rows(&written);
    assert_eq!(rows[0].len(), csv::SAMPLES.len());
    let cell = |row: &BTreeMap<String, String>| {
        [&row["index"], &row["value"], &row["void"]].map(String::clone)
    };
    let own = rows.iter().filter(|row| row["side"] == "candidate");
    let own: Vec<[String; 3]> = own.map(cell).collect();
    let expected = [
        ["0", "1", ""],
        ["1", "9", "'-late"],
        ["2", "2", ""],
        ["3", "3", ""],
        ["4", "9", "'-late"],
    ];
    assert_eq!(own, expected.map(|row| row.map(str::to_owned)));
    // What was thinned has no places, but the void samples kept theirs.
    let base: Vec<_> = rows.iter().filter(|row| row["side"] == "base").collect();
    assert_eq!(base.len(), 5_001);
    assert_eq!((&*base[0]["index"], &*base[5_000]["index"]), ("", "7"));
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
        let found = decoded(&github::github(&document(vec![case(
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
        why: None,
        owner: None,
        kpi: None,
        due: None,
    });
    let found = decoded(&github::github(&document));
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
fn the_verb_writes_each_format_to_standard_output_or_a_file() {
    let (folder, base, candidate) = records();
    for format in ["junit", "csv", "github"] {
        let args = [&candidate, "--against", &base, "--format", format];
        let printed = report(folder.path(), &args);
        assert_eq!(printed.status.code(), Some(10), "{format}: a case failed");
        let kept = report(folder.path(), &[&args[..], &["--out", "kept"]].concat());
        assert_eq!(
            (kept.status.code(), kept.stdout.len()),
            (Some(10), 0),
            "{format}"
        );
        assert_eq!(
            fs::read(folder.path().join("kept")).expect("the file"),
            printed.stdout
        );
        let text = String::from_utf8(printed.stdout).expect("UTF-8");
        let regressed = match format {
            "junit" => elements(&text)
                .iter()
                .filter(|(name, _)| name == "failure")
                .count(),
            "csv" => rows(&text)
                .iter()
                .filter(|row| row["verdict"] == "regressed")
                .count(),
            _ => decoded(&text)
                .iter()
                .filter(|one| one.properties["title"].ends_with("regressed"))
                .count(),
        };
        assert_eq!(regressed, 1, "{format}: {text}");
    }
}

#[test]
fn each_sample_is_a_row_and_only_of_csv() {
    let (folder, base, candidate) = records();
    let args = [
        &candidate,
        "--against",
        &base,
        "--format",
        "csv",
        "--samples",
    ];
    let text = String::from_utf8(report(folder.path(), &args).stdout).expect("UTF-8");
    let rows = rows(&text);
    let of = |side| {
        rows.iter()
            .filter(|row| row["side"] == side && row["case"] == "copy/n=1024")
            .count()
    };
    assert!(
        of("candidate") > 0 && of("candidate") == of("base"),
        "{text}"
    );
    for other in [&["--samples"][..], &["--samples", "--format", "junit"]] {
        let refused = report(folder.path(), &[&[candidate.as_str()], other].concat());
        assert_eq!(refused.status.code(), Some(2));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("--samples is for CSV alone"), "{said}");
    }
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
    assert_eq!(read("string(//testcase[error]/@classname)"), "memory.new");
    assert_eq!(read("string(/testsuites/@errors)"), "1");
}
