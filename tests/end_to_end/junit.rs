//! JUnit XML of a report: the schema of Jenkins takes it, and junitparser reads from it what was decided.

use std::fs;
use std::path::Path;

use serde_json::Value;
use warpmark::record::Outcome;

use crate::generated::{Case, Run, three_cases};
use crate::support::{has_tool, python_with, root, warpmark};

const SCHEMA: &str = include_str!("../junit/junit-10.xsd");

/// JUnit XML of a run that has a verdict of each kind, written to `folder`.
fn written(folder: &Path) -> String {
    let mut base = three_cases();
    base.push(Case::new("gone/n=1", 1e5));
    base.push(Case::new("left/n=1", 1e5));
    let mut cases = three_cases();
    cases[0] = cases[0].clone().times(1.5);
    cases[0].tokens = Some(3e4);
    cases.push(Case::new("new/n=1", 1e5));
    cases.push(Case::new("bad/n=1", 1e5).failed("wrong <at> [0] & \"more\"\u{1}\u{fffe}"));
    let mut odd = Case::new("odd/n=1", 1e5);
    odd.outcome = Outcome::Unsupported("no tensor cores".to_owned());
    cases.push(odd);
    let base = Run::new(0, base).write(folder);
    let mut run = Run::new(1, cases);
    let removed = &mut run.header.removed;
    removed.insert("left".to_owned(), "merged into triad".to_owned());
    let run = run.write(folder);
    let out = folder.join("junit.xml");
    let mut command = warpmark();
    command.arg("report").arg(run).arg("--against").arg(base);
    command.args(["--format", "junit", "--out"]).arg(&out);
    command.assert().code(10).stdout("");
    fs::read_to_string(out).expect("the report")
}

/// Whether xmllint finds that the XML in `folder` is what `schema` says.
fn is_valid(folder: &Path, schema: &str) -> Result<(), String> {
    fs::write(folder.join("schema.xsd"), schema).expect("written");
    let mut xmllint = assert_cmd::Command::new("xmllint");
    xmllint.current_dir(folder);
    xmllint.args(["--noout", "--nonet", "--schema", "schema.xsd", "junit.xml"]);
    let output = xmllint.output().expect("it runs");
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_schema_of_jenkins_takes_it() {
    if !has_tool("xmllint") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path());
    // The schema was written before `skipped` came to `testsuites`.
    let (head, suites) = SCHEMA
        .split_once("<xs:element name=\"testsuites\">")
        .expect("the element");
    let errors = "<xs:attribute name=\"errors\" type=\"xs:string\" />";
    let both = format!("{errors}<xs:attribute name=\"skipped\" type=\"xs:string\" />");
    let schema = format!(
        "{head}<xs:element name=\"testsuites\">{}",
        suites.replacen(errors, &both, 1)
    );
    assert_eq!(is_valid(folder.path(), &schema), Ok(()));
    // Nothing else is beyond the schema, and what is wrong is seen.
    let refused = is_valid(folder.path(), SCHEMA).expect_err("`skipped` is refused");
    assert_eq!(refused.matches("validity error").count(), 1, "{refused}");
    assert!(refused.contains("'skipped' is not allowed"), "{refused}");
}

const READ: &str = "
import json, junitparser
found = []
for suite in junitparser.JUnitXml.fromfile('junit.xml'):
    totals = [suite.name, suite.tests, suite.failures, suite.errors, suite.skipped]
    properties = {p.name: p.value for p in suite.properties()}
    for case in suite:
        kinds = [type(r).__name__ for r in case.result]
        messages = [r.message for r in case.result]
        found.append([case.classname, case.name, kinds, messages, case.time, case.system_out])
print(json.dumps({'totals': totals, 'properties': properties, 'cases': found}))
";

#[test]
fn junitparser_reads_the_verdicts() {
    let Some(mut python) = python_with("junitparser") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    written(folder.path());
    python.current_dir(folder.path()).args(["-c", READ]);
    let output = python.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let cases = found["cases"].as_array().expect("cases");
    let of = |name: &str| {
        let case = cases.iter().find(|case| case[1] == name);
        case.unwrap_or_else(|| panic!("{name} in {cases:#?}"))
    };
    for (name, expected) in [
        ("copy/n=1024", Some("Failure")),
        ("copy/n=1024 tokens", None),
        ("triad/n=1024", None),
        ("new/n=1", None),
        ("bad/n=1", Some("Error")),
        ("odd/n=1", Some("Skipped")),
        ("gone/n=1", Some("Failure")),
        ("left/n=1", Some("Skipped")),
    ] {
        let kinds: Vec<Value> = expected.into_iter().map(Value::from).collect();
        assert_eq!(of(name)[2], Value::from(kinds), "{name}: {:?}", of(name));
    }
    assert_eq!(
        found["totals"],
        serde_json::json!(["memory", cases.len(), 2, 1, 2])
    );
    assert_eq!(of("copy/n=1024")[0], "memory.copy");
    let figures = of("copy/n=1024")[5].as_str().expect("figures");
    assert!(
        [
            "time mean = 1",
            "change = 0.5",
            "workload at suites/memory.toml:1"
        ]
        .iter()
        .all(|said| figures.contains(said)),
        "{figures}"
    );
    let whole = of("bad/n=1").to_string();
    assert!(
        whole.contains("wrong <at> [0] & \\\"more\\\"\\\\u{1}\u{fffd}"),
        "{whole}"
    );
    let properties = &found["properties"];
    assert_eq!(properties["device"], "mock");
    assert!(
        properties["reproduce"]
            .as_str()
            .is_some_and(|line| line.starts_with("warpmark "))
    );
}

#[test]
fn times_are_seconds_of_measuring() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::new(0, three_cases()).write(folder.path());
    // Each process spent half a second on the first case.
    for process in 0..5 {
        let file = run.join(format!("process-{process:04}.jsonl"));
        let text = fs::read_to_string(&file).expect("a process");
        let slow = text.replacen("\"elapsed_ns\":0.0", "\"elapsed_ns\":5e8", 1);
        assert_ne!(text, slow);
        fs::write(&file, slow).expect("written");
    }
    let mut command = warpmark();
    command.arg("report").arg(run).args(["--format", "junit"]);
    let output = command.assert().code(0).get_output().stdout.clone();
    let report = String::from_utf8(output).expect("UTF-8");
    let report = quick_junit::Report::deserialize_from_str(&report).expect("it reads its own");
    let suite = &report.test_suites[0];
    let seconds = |time: Option<std::time::Duration>| time.map(|time| time.as_secs_f64());
    assert_eq!(seconds(suite.time), Some(2.5));
    let times: Vec<_> = suite
        .test_cases
        .iter()
        .map(|case| seconds(case.time))
        .collect();
    assert_eq!(times, [Some(2.5), Some(0.0), Some(0.0)]);
}

#[test]
fn the_schema_names_its_licence() {
    assert!(SCHEMA.contains("The MIT License (MIT)"));
    assert!(root().join("tests/junit/README.md").is_file());
}
