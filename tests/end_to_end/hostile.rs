//! Names and messages that break a writer that doesn't escape, in every format of a report: snapshots, and what a reader of
//! each format makes of it. What is printed is, byte for byte, what `--out` writes.
//!
//! A new format joins by a row in [`FORMATS`].

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;
use warpmark::id::{AxisValue, CaseId, Name};
use warpmark::record::{Failure, FailureKind, Outcome};

use crate::generated::{Case, Run};
use crate::github::read;
use crate::support::{python_with, warpmark};

/// What is hostile, by what it is.
const HOSTILE: [(&str, &str); 14] = [
    (
        "html",
        "<script>alert('x')</script><img src=x onerror=alert(1)>",
    ),
    ("entity", "&lt;b&gt; &amp; \"quoted\" 'too'"),
    ("cdata", "]]><!-- <![CDATA["),
    (
        "markdown",
        "| a | b |\n|---|---|\n# **x** [l](javascript:1) `c` @team #1",
    ),
    ("table", "a|b"),
    ("formula", "=cmd|' /C calc'!A0"),
    ("plus", "+1+1"),
    ("minus", "-2+3"),
    ("at", "@SUM(1+1)"),
    ("tab", "\t=1\r\n=2"),
    (
        "controls",
        "a\u{0}b\u{1}c\u{8}d\u{b}e\u{1b}[31mf\u{9b}2Jg\u{7f}h\u{fffe}i\u{ffff}",
    ),
    ("right to left", "שלום עולם"),
    (
        "bidi",
        "\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069}\u{200f}\u{2028}y",
    ),
    (
        "command",
        "x\n::error file=a,line=1::mine%0A::stop-commands::t\n##[error]z",
    ),
];

/// A format of `report`.
struct Format {
    /// What its snapshot is called; none where what the text holds is checked by value alone.
    snapshot: Option<&'static str>,
    /// The arguments of `report`.
    arguments: &'static [&'static str],
    /// What a reader must find in the text.
    check: fn(&str, &Expected),
}

/// Every format that shows these cases; the backlog, which has only cases that state their work, has its own test.
const FORMATS: [Format; 8] = [
    of(Some("human"), &["--format", "human"], human),
    of(None, &["--json"], json),
    of(Some("junit"), &["--format", "junit"], junit),
    of(Some("csv"), &["--format", "csv"], csv),
    of(Some("markdown"), &["--format", "markdown"], markdown),
    // What a browser makes of the page stands in page/.
    of(None, &["--format", "html"], html),
    of(None, &["--format", "csv", "--samples"], samples),
    GITHUB,
];

/// Of many hostile texts GitHub shows ten: each has a report of its own too.
const GITHUB: Format = of(Some("github"), &["--format", "github"], github);

const fn of(
    snapshot: Option<&'static str>,
    arguments: &'static [&'static str],
    check: fn(&str, &Expected),
) -> Format {
    Format {
        snapshot,
        arguments,
        check,
    }
}

/// What the report is of: texts, and ids that hold them.
struct Expected {
    texts: Vec<String>,
    ids: Vec<String>,
}

/// `copy/text=TEXT`, as the plan writes it.
fn id(workload: &str, text: &str) -> String {
    let name = |name: &str| Name::new(name).expect("a name");
    let value = AxisValue::Text(text.to_owned());
    CaseId::new(&name(workload), [(&name("text"), &value)])
        .as_str()
        .to_owned()
}

/// A run with a regressed, a failed and an unsupported case for each text, in `folder`; and its base, which has one case
/// more each.
fn records(folder: &Path, texts: &[&str]) -> (PathBuf, PathBuf, Expected) {
    let (mut base, mut cases, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for &text in texts {
        let quiet = Case::new(&id("copy", text), 1e6);
        base.push(quiet.clone());
        base.push(Case::new(&id("gone", text), 1e6));
        cases.push(quiet.times(1.5));
        let mut failed = Case::new(&id("bad", text), 1e6);
        failed.outcome = Outcome::Failed(Failure {
            kind: FailureKind::Wrong,
            message: text.to_owned(),
            detail: Some(format!("{text}\nand more")),
        });
        cases.push(failed);
        let mut odd = Case::new(&id("odd", text), 1e6);
        odd.outcome = Outcome::Unsupported(text.to_owned());
        cases.push(odd);
        ids.extend(["copy", "bad", "odd", "gone"].map(|workload| id(workload, text)));
    }
    let mut run = Run::new(1, cases);
    let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
    run.header.overrides.clone_from(&texts);
    let relative = |path: PathBuf| path.strip_prefix(folder).expect("below").to_owned();
    let base = relative(Run::new(0, base).write(folder));
    let run = relative(run.write(folder));
    (run, base, Expected { texts, ids })
}

/// The report of [`records`] of `texts` in a format, checked.
fn report(texts: &[&str], format: &Format) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let (run, base, expected) = records(folder.path(), texts);
    let written = |more: &[&str]| {
        let mut command = warpmark();
        command.current_dir(folder.path()).arg("report").arg(&run);
        command.arg("--against").arg(&base);
        command.args(format.arguments).args(more);
        command.assert().code(10).get_output().stdout.clone()
    };
    let printed = written(&[]);
    assert_eq!(written(&["--out", "report"]), b"");
    let file = fs::read(folder.path().join("report")).expect("the report");
    assert_eq!(printed, file, "{:?}", format.arguments);
    let text = String::from_utf8(printed).expect("UTF-8");
    (format.check)(&text, &expected);
    text
}

/// Characters that steer a terminal or turn the order of text.
fn steers(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[track_caller]
fn steers_nothing(text: &str) {
    let found: Vec<char> = text.chars().filter(|c| steers(*c)).collect();
    assert!(found.is_empty(), "{found:?} in {text}");
}

fn human(text: &str, expected: &Expected) {
    steers_nothing(text);
    // Of what is missing the first ten are named.
    let ids = expected.ids.iter().filter(|id| !id.starts_with("gone/"));
    for id in ids.filter(|id| id.is_ascii()) {
        let named = |line: &str| line.contains(id.as_str());
        assert!(text.lines().any(named), "{id} in {text}");
    }
}

fn json(text: &str, expected: &Expected) {
    let found: Value = serde_json::from_str(text).expect("JSON");
    let cases = found["cases"].as_array().expect("cases");
    let ids: Vec<&str> = cases
        .iter()
        .filter_map(|case| case["id"].as_str())
        .collect();
    assert_eq!(ids.len(), expected.ids.len());
    assert!(expected.ids.iter().all(|id| ids.contains(&id.as_str())));
    for text in &expected.texts {
        assert!(
            cases.iter().any(|case| case["why"] == text.as_str()),
            "{text:?}"
        );
    }
}

/// What XML 1.0 can hold.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn junit(text: &str, expected: &Expected) {
    assert!(text.chars().all(is_xml));
    steers_nothing(text);
    let report = quick_junit::Report::deserialize_from_str(text).expect("XML");
    let cases = &report.test_suites[0].test_cases;
    assert_eq!(cases.len(), expected.ids.len());
    for id in expected
        .ids
        .iter()
        .filter(|id| !id.chars().any(|c| steers(c) || !is_xml(c)))
    {
        assert!(cases.iter().any(|case| case.name.as_str() == id), "{id}");
    }
    let count = expected.texts.len();
    assert_eq!(
        (report.failures, report.errors, report.skipped),
        (2 * count, count, count)
    );
}

/// The rows as Python reads them, where it is here; each is held against what Rust reads.
fn rows(text: &str) -> Vec<Vec<String>> {
    assert!(text.ends_with("\r\n"));
    let mut reader = ::csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(text.as_bytes());
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.expect("a row").iter().map(str::to_owned).collect())
        .collect();
    if let Some(mut python) = python_with("csv") {
        let script = "import csv, io, json, sys\n\
            data = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline='')\n\
            print(json.dumps(list(csv.reader(data, strict=True))))";
        let done = python
            .args(["-c", script])
            .write_stdin(text)
            .assert()
            .success();
        let read: Vec<Vec<String>> =
            serde_json::from_slice(&done.get_output().stdout).expect("JSON");
        assert_eq!(read, rows);
    }
    for cell in rows[1..].iter().flatten() {
        let formula =
            cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
        assert!(!formula || cell.parse::<f64>().is_ok(), "{cell:?}");
        steers_nothing(cell);
    }
    rows
}

fn csv(text: &str, expected: &Expected) {
    let rows = rows(text);
    assert_eq!(rows.len(), 1 + expected.ids.len());
    let column = |name: &str| {
        rows[0]
            .iter()
            .position(|cell| cell == name)
            .expect("a column")
    };
    let (case, why) = (column("case"), column("why"));
    for (place, what) in expected.texts.iter().enumerate() {
        let plain = !what.chars().any(steers) && !what.starts_with(['=', '+', '-', '@']);
        if plain {
            assert_eq!(rows[1 + 3 * place][case], expected.ids[4 * place]);
            assert_eq!(rows[2 + 3 * place][why], *what);
        }
    }
}

fn samples(text: &str, expected: &Expected) {
    let rows = rows(text);
    // A measured case on the candidate's side and two on the base's, 5 processes of 100 samples.
    assert_eq!(rows.len(), 1 + expected.texts.len() * 3 * 5 * 100);
}

/// The comment as GitHub reads it: the elements that fold are its own, and nothing else is markup of a text's.
fn markdown(text: &str, _expected: &Expected) {
    assert!(text.len() <= 65_000, "{} bytes", text.len());
    steers_nothing(text);
    let own = [
        "<!--",
        "<details",
        "</details",
        "<summary",
        "</summary",
        "<b>",
        "</b>",
        "<br",
    ];
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let elements = html.match_indices('<').map(|(place, _)| &html[place..]);
                for element in elements {
                    assert!(own.iter().any(|own| element.starts_with(own)), "{element}");
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("{dest_url} in {text}")
            }
            _ => {}
        }
    }
}

/// No text of a record makes an element of its own.
fn html(text: &str, _expected: &Expected) {
    let lower = text.to_ascii_lowercase();
    assert!(!lower.contains("<img"), "an element of a text's");
    assert!(!lower.contains("<script>alert"), "a script of a text's");
    assert_eq!(lower.matches("<!--").count(), 0, "a comment of a text's");
}

fn github(text: &str, expected: &Expected) {
    let found = read(text);
    let levels = |level: &str| found.iter().filter(|one| one.level == level).count();
    for level in ["error", "warning", "notice"] {
        assert!(levels(level) <= 10, "{text}");
    }
    assert_eq!(
        levels("error") + levels("warning") + levels("notice"),
        found.len()
    );
    for one in &found {
        assert!(one.properties["title"].chars().count() <= 200, "{one:?}");
        assert!(one.message.chars().count() <= 4_000, "{one:?}");
    }
    steers_nothing(text);
    let first = &found[0];
    let title = &first.properties["title"];
    assert!(title.starts_with("failed: bad/text="), "{first:?}");
    let what = &expected.texts[0];
    let is_whole = what.len() < 1_000 && !what.chars().any(steers);
    if is_whole && expected.texts.len() == 1 {
        assert_eq!(*title, format!("failed: {}", expected.ids[1]));
        let message = format!("failed\n{what}\n{what}\nand more");
        assert_eq!(first.message, message);
        let also: Vec<&str> = found.iter().map(|one| one.level.as_str()).collect();
        assert_eq!(also, ["error", "error", "warning", "notice"], "{text}");
    }
}

#[test]
fn hostile_texts_break_no_format() {
    let texts = HOSTILE.map(|(_, text)| text);
    for format in FORMATS {
        let text = report(&texts, &format);
        let Some(name) = format.snapshot else {
            continue;
        };
        // The last digits are the mathematics library's.
        let digits = vec![(r"(\d\.\d{4})\d+", "$1")];
        insta::with_settings!({filters => digits}, {
            insta::assert_snapshot!(format!("hostile_{name}"), text);
        });
    }
}

#[test]
fn each_hostile_text_alone_breaks_no_annotation() {
    for (_, text) in HOSTILE {
        report(&[text], &GITHUB);
    }
}

#[test]
fn ten_thousand_characters_break_no_format() {
    let long = ["=<", &"|%\u{202e}x ".repeat(2_000)].concat();
    for format in FORMATS {
        report(&[&long], &format);
    }
}

#[test]
fn what_programs_read_of_a_comparison_is_printed_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "a\u{7f}b\u{9b}c";
    let (run, base, _) = records(folder.path(), &[text]);
    let mut command = warpmark();
    command.current_dir(folder.path()).arg("compare").arg(run);
    command.arg("--against").arg(base).arg("--json");
    let printed = command.assert().code(10).get_output().stdout.clone();
    let found: Value = serde_json::from_slice(&printed).expect("JSON");
    assert!(found.to_string().contains(text), "{found}");
}
