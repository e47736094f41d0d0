//! The backlog of a run: ordered as one computes by hand, each case with what limits it, for an issue tracker.

mod limits;
mod notes;

use std::fs;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use crate::ceilings::{self, HEAD};
use crate::support::{git, root};

const MODEL: &str = r#"
[suite]
name = "model"
[cost]
currency = "USD"
gpu-hour = 3.60
source = "list | price"
[[workload]]
name = "attention"
mock = { times = [4000000] }
work = { reads = 8000000, flops = 0, items = 8 }
volume = "864000 / day"
[[workload]]
name = "embed"
mock = { times = [1000000] }
work = { reads = 900000, writes = 900000 }
volume = "1000 / second"
[[workload]]
name = "product"
axes = { n = [64] }
mock = { times = [2000000] }
work = { reads = 1000, flops = 200000000 }
[[workload]]
name = "cached"
mock = { times = [1000000] }
work = { reads = 8000000 }
[[workload]]
name = "unstated"
mock = { times = [1000000] }
"#;

/// Runs warpmark, expects success, and gives standard output.
#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> String {
    ceilings::run(folder, arguments).0
}

/// A folder with saved ceilings of the mock device (4 GB/s read, 2 GB/s copied, 1 TFLOP/s), and a record of `model`.
fn measured(model: &str) -> tempfile::TempDir {
    let folder = ceilings::project();
    fs::write(folder.path().join("model.toml"), model).expect("written");
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "A model"]);
    ceilings::save(folder.path());
    run(folder.path(), &["run", "model.toml", "--quiet"]);
    folder
}

/// By hand. Of `attention` 2 ms of 4 ms are above the ceiling (8 MB at 4 GB/s); 10 items a second, 8 an execution, are
/// 1.25 executions a second, 3,287,250 a month: 6,574.5 s, 6.5745 USD at 0.001 USD a second. Of `embed` 0.1 ms of 1 ms;
/// 1000 a second are 2.6298e9 a month: 262,980 s, 262.98 USD. `product` has no volume, and 1.8 ms of 2 ms.
const BY_HAND: [(&str, f64, Option<f64>); 3] = [
    ("embed", 0.1e6, Some(262.98)),
    ("attention", 2e6, Some(6.5745)),
    ("product/n=64", 1.8e6, None),
];

#[test]
fn the_order_is_that_of_a_calculator() {
    let folder = measured(&format!("{HEAD}{MODEL}"));
    let json = run(folder.path(), &["report", "latest", "--suite", "model"]);
    let document: Value = serde_json::from_str(&json).expect("JSON");
    let entries = document["backlog"].as_array().expect("a backlog");
    assert_eq!(entries.len(), BY_HAND.len(), "{entries:?}");
    let near = |found: &Value, expected: f64| {
        let found = found.as_f64().expect("a figure");
        assert!(
            (found / expected - 1.0).abs() < 1e-9,
            "{found} is not {expected}"
        );
    };
    for (entry, (case, gap, money)) in entries.iter().zip(BY_HAND) {
        assert_eq!(entry["case"], case);
        near(&entry["gap_ns"], gap);
        match money {
            Some(money) => near(&entry["saves_a_month"], money),
            None => assert!(entry["saves_a_month"].is_null()),
        }
    }
    near(&entries[0]["hours_a_month"], 73.05);
    near(&entries[2]["of_suite"], 1.8 / 9.0);
    let left: Vec<_> = document["left_out"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(left[0]["cases"][0], "cached");
    assert!(
        left[1]["why"]
            .as_str()
            .is_some_and(|why| why.contains("states no work"))
    );
}

#[test]
fn markdown_has_an_entry_a_case() {
    let folder = measured(&format!("{HEAD}{MODEL}"));
    let report = [
        "report", "latest", "--suite", "model", "--format", "backlog",
    ];
    let text = run(folder.path(), &report);
    let headings: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("## "))
        .collect();
    let expected = [
        "## embed at 90 % of copy (memory bound): closing the gap saves 263.0 USD a month",
        "## attention at 50 % of read: closing the gap saves 6.574 USD a month",
        "## product/n=64 at 10 % of fp32: closing the gap saves 20 % of the suite's time",
        "## Not in the backlog",
    ];
    assert_eq!(headings, expected);
    for said in [
        "| 1 | embed | 90 % of copy | 100.0 us | 1.1 % | 263.0 USD | memory bound |",
        "- **memory bound**: its bytes move at 90 % of copy",
        "Money at 3.600 USD a GPU hour (list \\| price), GPU share 1, utilisation share 1",
        "- Where: model.toml:19",
        "- Again: warpmark run model.toml -f product/n=64",
        "Workloads that state no volume stand last",
        "- 1 case: the suite states no work of it (\\`work\\`) (unstated)",
    ] {
        assert!(text.contains(said), "{said}:\n{text}");
    }
}

#[test]
fn csv_has_a_row_a_case() {
    let folder = measured(&format!("{HEAD}{MODEL}"));
    let report = [
        "report",
        "latest",
        "--suite",
        "model",
        "--format",
        "backlog-csv",
    ];
    let text = run(folder.path(), &report);
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().expect("a header").clone();
    let column = |row: &csv::StringRecord, name: &str| {
        let place = header.iter().position(|column| column == name);
        row.get(place.expect(name)).expect("a cell").to_owned()
    };
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    let cases: Vec<String> = rows.iter().map(|row| column(row, "case")).collect();
    assert_eq!(cases, BY_HAND.map(|(case, ..)| case));
    let told = |row: usize| {
        [
            "ranked_by",
            "currency",
            "gpu_hour",
            "price_source",
            "volume",
            "limits",
        ]
        .map(|name| column(&rows[row], name))
    };
    assert_eq!(
        told(0),
        [
            "money",
            "USD",
            "3.6",
            "list | price",
            "1000 / second",
            "memory bound"
        ]
    );
    assert_eq!(
        told(2),
        ["time", "USD", "3.6", "list | price", "", "unknown"]
    );
    assert_eq!(
        column(&rows[1], "reproduce"),
        "warpmark run model.toml -f attention"
    );
}

/// The command of an entry selects its case, and nothing else.
#[test]
fn the_command_of_an_entry_measures_its_case() {
    let folder = measured(&format!("{HEAD}{MODEL}"));
    let again = ["run", "model.toml", "-f", "product/n=64", "--json"];
    let record: Value = serde_json::from_str(&run(folder.path(), &again)).expect("JSON");
    let cases = record["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 1, "{cases:?}");
    assert_eq!(cases[0]["case"], "product/n=64");
}

#[test]
fn without_ceilings_or_prices_it_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let priceless = MODEL
        .replace("[cost]", "")
        .replace("currency = \"USD\"", "");
    let priceless = priceless
        .replace("gpu-hour = 3.60", "")
        .replace("source = \"list | price\"", "");
    fs::write(
        folder.path().join("model.toml"),
        format!("{HEAD}{priceless}"),
    )
    .expect("written");
    run(folder.path(), &["run", "model.toml", "--quiet"]);
    let bare = run(folder.path(), &["report", "--format", "backlog"]);
    assert!(
        bare.contains("No case has a gap to a measured ceiling."),
        "{bare}"
    );
    assert!(
        bare.contains("- 4 cases: no ceilings of this machine were measured"),
        "{bare}"
    );
    let folder = measured(&format!("{HEAD}{priceless}"));
    let report = [
        "report", "latest", "--suite", "model", "--format", "backlog",
    ];
    let text = run(folder.path(), &report);
    assert!(text.contains("73.05 hours of execution a month"), "{text}");
    assert!(!text.contains("USD"), "{text}");
}

/// Nothing in `markdown` is an element or a link, and nobody is notified: mentions stand in code.
#[track_caller]
fn stays_text(markdown: &str) {
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Text(text) => assert!(!text.contains('@'), "{text}"),
            Event::Html(html) | Event::InlineHtml(html) => panic!("{html}"),
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("{markdown}"),
            _ => {}
        }
    }
}

/// Names that would be markup, cells or formulas.
#[test]
fn hostile_names_break_neither_format() {
    let hostile = MODEL.replace(
        "axes = { n = [64] }",
        "axes = { n = [\"<script>alert(1)</script>\", \"a|b`c`[x](y)@all\", '''=cmd'!A1\"''', \"\\u202Ertl\", \"LONG\"] }",
    );
    let hostile = hostile.replace("LONG", &"x".repeat(10_000));
    let folder = measured(&format!("{HEAD}{hostile}"));
    let text = |format| {
        let report = ["report", "latest", "--suite", "model", "--format", format];
        run(folder.path(), &report)
    };
    let markdown = text("backlog");
    stays_text(&markdown);
    assert!(markdown.contains("@all"), "{markdown}");
    for row in markdown.lines().filter(|line| line.starts_with("| ")) {
        let cells = row.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 8, "{row}");
    }
    let csv = text("backlog-csv");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 7);
    let is_formula = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    assert!(!rows.iter().flatten().any(is_formula), "{csv}");
}

#[test]
fn the_example_of_the_document_is_what_it_writes() {
    let page = fs::read_to_string(root().join("docs/backlog.md")).expect("the document");
    let block = |name: &str| {
        let start = page.find(&format!(" {name}\n")).expect(name) + name.len() + 2;
        page[start..]
            .split("```")
            .next()
            .expect("an end")
            .to_owned()
    };
    let folder = measured(&block("model.toml"));
    let report = [
        "report", "latest", "--suite", "model", "--format", "backlog",
    ];
    let text = run(folder.path(), &report);
    // What differs from run to run stands in the first lines.
    let (_, text) = text.split_once("Ranked by").expect("a backlog");
    let (shown, _) = text.split_once("\n## attention").expect("a second entry");
    assert_eq!(
        format!("Ranked by{shown}").trim(),
        block("example.md").trim()
    );
}
