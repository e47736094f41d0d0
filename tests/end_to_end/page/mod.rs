//! The report as a page, in a real browser: it says nothing on the console, asks for nothing, and works.

mod around;
mod many;
mod real;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use warpmark::report::document::{CaseEntry, Document};
use warpmark::report::{self, Pictures};

use crate::support::{has_tool, root};

/// A folder in which the pages of these tests are kept, to look at them.
const KEEP: &str = "WARPMARK_KEEP_PAGE";

/// The page of `document`, nothing attached.
fn html(document: &Document) -> String {
    report::html(document, &Pictures::default()).expect("a page")
}

/// Writes a page into `folder`, and gives its path.
fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    if let Some(keep) = std::env::var_os(KEEP) {
        fs::write(Path::new(&keep).join(name), text).expect("kept");
    }
    path
}

/// What the browser finds on `page`; none where there is no browser.
fn found(page: &Path, word: &str) -> Option<Value> {
    if !["chromium", "chromedriver", "python3"]
        .into_iter()
        .all(has_tool)
    {
        return None;
    }
    let output = Command::new("python3")
        .arg(root().join("tests/browser/page.py"))
        .arg(page)
        .arg(word)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// What holds of every page.
fn check(found: &Value) {
    assert_eq!(found["console"], Value::Array(Vec::new()), "the console");
    let asked = found["asked"].as_array().expect("a list");
    assert!(!asked.is_empty(), "the page itself was asked for");
    for address in asked {
        let address = address.as_str().expect("text");
        let page = address.split('#').next();
        assert_eq!(page, found["page"].as_str(), "only the page is asked for");
    }
    assert_eq!(found["hacked"], Value::Null);
    assert_eq!(found["hacked_at_end"], Value::Null);
    assert_eq!(found["elements"], 2, "data and script");
    check_looks(&found["looks"]);
    if let Some(nameless) = found.get("nameless") {
        assert_eq!(*nameless, json!([]), "a screen reader names them");
    }
    check_order(&found["sort"]);
    for choice in found["filters"]["choices"].as_array().expect("a list") {
        let words = choice[0].as_str().expect("text");
        assert!(words.ends_with(&format!("({})", choice[1])), "{choice}");
    }
    let name = found["from_address"].as_array().expect("a list");
    assert_eq!(
        (name[0].as_str(), name[1].as_str()),
        (Some("attention"), Some("descending"))
    );
}

fn check_looks(looks: &Value) {
    let looks = looks.as_object().expect("an object");
    assert_eq!(looks.len(), 4);
    for (name, look) in looks {
        assert!(
            look["too_wide"].as_i64() <= Some(0),
            "{name} scrolls: {look}"
        );
        assert_eq!(
            look["cut"],
            Value::Array(Vec::new()),
            "{name}: labels are cut"
        );
        assert!(
            look["contrast"][0].as_f64() >= Some(4.5),
            "{name}: {}",
            look["contrast"]
        );
    }
    for width in ["390", "1400"] {
        let paint = |theme: &str| &looks[&format!("{width} {theme}")]["paint"];
        assert_ne!(paint("light"), paint("dark"));
    }
}

/// The numbers that rows are sorted by; none of a row that has none.
fn numbers(list: &Value) -> Vec<Option<f64>> {
    let list = list.as_array().expect("a list").iter();
    list.map(|key| key.as_str().and_then(|key| key.parse().ok()))
        .collect()
}

fn check_order(sort: &Value) {
    let ascending = numbers(&sort["by_click"]);
    let descending = numbers(&sort["by_key"]);
    let known: Vec<f64> = ascending.iter().flatten().copied().collect();
    assert!(known.is_sorted(), "{ascending:?}");
    assert!(
        ascending[..known.len()].iter().all(Option::is_some),
        "none stands last"
    );
    let back: Vec<f64> = descending.iter().flatten().copied().collect();
    assert!(back.is_sorted_by(|a, b| a >= b), "{descending:?}");
    assert_eq!(known.len(), back.len());
    assert_eq!(sort["aria_by_click"], "ascending");
    assert_eq!(sort["aria_by_key"], "descending");
    assert_eq!(sort["restored"], sort["first"]);
}

#[test]
#[allow(clippy::print_stderr)] // figures for docs/html.md, which no test judges
fn two_thousand_cases_stay_usable_and_small() {
    let text = html(&many::document(2_000));
    assert!(text.len() < 15_000_000, "{} bytes", text.len());
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), "many.html", &text);
    let Some(found) = found(&path, "softmax tile=32") else {
        return;
    };
    check(&found);
    let milliseconds = |name: &str| found[name].as_f64().expect("a number");
    eprintln!(
        "2,000 cases: {} bytes, ready after {:.0} ms, whole after {:.0} ms, a keystroke took {:.0} ms",
        text.len(),
        milliseconds("ready_ms"),
        milliseconds("whole_ms"),
        milliseconds("keystroke_ms")
    );
    let shown = found["filters"]["by_name"].as_array().expect("a list");
    assert!(!shown.is_empty() && shown.len() < 2_000);
    assert!(
        shown
            .iter()
            .all(|name| name.as_str().is_some_and(|n| n.starts_with("softmax")))
    );
    let charts = found["opened"]["charts"].as_array().expect("a list");
    assert_eq!(charts.len(), 2, "samples and nights: {charts:?}");
    let drawn = found["drawn"].as_array().expect("a list");
    assert_eq!(drawn.len(), 2, "the roofline and the telemetry");
    assert!(
        drawn.iter().all(|place| place[1].as_u64() >= Some(1)),
        "{drawn:?}"
    );
}

#[test]
fn a_base_of_records_with_many_samples_keeps_the_page_small() {
    let mut document = many::document(2_000);
    for case in &mut document.cases {
        for process in &mut case.processes {
            process.samples.extend_from_within(..);
        }
        case.base_processes.clone_from(&case.processes);
    }
    let text = html(&document);
    assert!(text.len() < 15_000_000, "{} bytes", text.len());
}

/// Texts that would do something if they were taken for markup, a template, or JSON.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>globalThis.hacked=1</script>",
        "</script><script>globalThis.hacked=1</script>",
        "<img src=x onerror=globalThis.hacked=1>",
        "\" onmouseover=\"globalThis.hacked=1",
        "{{x}} {{{page.script}}} {{#each cases}}",
        "<!--<script>",
        "a\u{2028}b\u{2029}c",
        "\u{202e}txet desrever\u{2066}",
        "nul\u{0}escape\u{1b}[31m",
        "__proto__",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    texts.push("long".repeat(2_500));
    texts
}

fn hostile_case(text: &str, mut case: CaseEntry) -> CaseEntry {
    let text = || text.to_owned();
    case.id = text();
    case.workload = text();
    case.tags = vec![text()];
    case.note = Some(text());
    case.outcome = "failed";
    case.why = Some(text());
    case.detail = Some(text());
    case.notes = vec![text()];
    case.digest = Some(text());
    for remark in &mut case.remarks {
        remark.text = text();
        remark.attachments = vec![text(), "javascript:globalThis.hacked=1".to_owned()];
    }
    for judgement in &mut case.judgements {
        judgement.headline = text();
        judgement.reasons = vec![text()];
        judgement.mean = Some(f64::NAN);
    }
    for metric in &mut case.metrics {
        metric.mean = Some(f64::INFINITY);
        metric.interval = None;
        metric.bytes_per_second = Some(f64::NAN);
    }
    for process in &mut case.processes {
        process.samples[1] = f64::NAN;
        process.samples[2] = f64::INFINITY;
    }
    case
}

#[test]
fn hostile_content_stays_text() {
    let mut document = many::document(60);
    for (place, text) in hostile().iter().enumerate() {
        document.cases[place] = hostile_case(text, document.cases[place].clone());
        document.notes.push(text.clone());
        document.uncovered.push(text.clone());
    }
    let script = "</script><script>globalThis.hacked=3</script>".to_owned();
    document.suite.clone_from(&script);
    document.reproduce.clone_from(&script);
    document.goals[0].name.clone_from(&script);
    document.cases[59].metrics.clear();
    document.cases[59].processes.clear();
    let text = html(&document);
    assert_eq!(text.matches("<script").count(), 2);
    assert_eq!(text.matches("</script").count(), 2);
    let folder = tempfile::tempdir().expect("a folder");
    let path = written(folder.path(), "hostile.html", &text);
    let Some(found) = found(&path, "longlong") else {
        return;
    };
    check(&found);
    assert_eq!(
        found["filters"]["by_name"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(found["goals"]["alone"], json!(["HEADER", "goals"]));
    assert_eq!(found["goals"]["address"], "#alone=goals");
    let parts = found["goals"]["all"].as_array().expect("a list");
    for part in ["summary", "cases", "times", "telemetry", "backlog"] {
        assert!(parts.contains(&json!(part)), "{part}: {parts:?}");
    }
    assert_eq!(found["printed"], json!(["%PDF-", 60]), "opened on paper");
    let opened = found["opened"]["text"].as_str().expect("text");
    assert!(
        opened.contains("<script>globalThis.hacked=1</script>"),
        "{opened}"
    );
}

#[test]
fn a_page_of_nothing_is_a_page() {
    let empty = Document {
        suite: "empty".to_owned(),
        ..Document::default()
    };
    let text = html(&empty);
    assert!(text.contains("Nothing was compared."));
    for part in [
        "times",
        "roofline",
        "telemetry",
        "goals",
        "backlog",
        "environment",
    ] {
        assert!(!text.contains(&format!("id=\"{part}\"")), "{part} is empty");
        assert!(
            !text.contains(&format!("href=\"#{part}\"")),
            "{part} is linked"
        );
    }
    assert!(!text.contains("What it costs"));
}
