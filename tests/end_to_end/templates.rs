//! Reports by templates, and as JSON: the documents are what the types say, and real output is what the schema says.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use warpmark::report::template;

use crate::generated::{Case, Run};
use crate::support::{root, warpmark};

/// Writes what is generated instead of comparing it.
const WRITE: &str = "WARPMARK_WRITE_DOCS";

/// `text` with what stands between the marks `<!-- name -->` and `<!-- end -->` replaced.
fn with_part(text: &str, name: &str, part: &str) -> String {
    let mark = format!("<!-- {name} -->\n");
    let start = text.find(&mark).expect("the mark") + mark.len();
    let end = start + text[start..].find("<!-- end -->").expect("the end");
    format!("{}\n{}\n\n{}", &text[..start], part.trim(), &text[end..])
}

/// Compares a generated file with the one that is there, or writes it.
fn is_current(path: &str, expected: &str) {
    let path = root().join(path);
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, expected).expect("written");
    }
    let found = fs::read_to_string(&path).expect("the file");
    assert!(
        found == expected,
        "{} is old: {WRITE}=1 cargo test writes it",
        path.display()
    );
}

#[test]
fn the_document_of_templates_is_what_the_types_say() {
    let text = fs::read_to_string(root().join("docs/templates.md")).expect("the document");
    let text = with_part(&text, "helpers", &template::helper_table());
    let text = with_part(&text, "fields", &template::fields());
    is_current("docs/templates.md", &text);
}

#[test]
fn the_schema_of_reports_is_what_the_types_say() {
    let text = serde_json::to_string_pretty(&template::schema()).expect("JSON");
    is_current("docs/schema/report.json", &format!("{text}\n"));
}

/// A folder with a base and a slower candidate, and their folders.
fn records() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = vec![
        Case::new("copy/n=1024", 1e6),
        Case::new("triad/n=1024", 1e5),
    ];
    let mut slower = cases.clone();
    slower[0] = slower[0].clone().times(1.2);
    slower.push(Case::new("new/<script>", 5e4).failed("wrong | <b>"));
    let at = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
    let base = at(Run::new(0, cases).write(folder.path()));
    let candidate = at(Run::new(1, slower).write(folder.path()));
    (folder, base, candidate)
}

fn report(folder: &Path, args: &[&str]) -> Output {
    let mut command = warpmark();
    command.current_dir(folder).arg("report").args(args);
    command.output().expect("the program runs")
}

fn text(output: Output) -> String {
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_real_report_is_what_its_schema_says() {
    let (folder, base, candidate) = records();
    let schema = fs::read_to_string(root().join("docs/schema/report.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let with_base = [candidate.as_str(), "--against", &base];
    for args in [&with_base[..1], &with_base[..]] {
        let output = report(folder.path(), args);
        let mut found: Value = serde_json::from_str(&text(output)).expect("JSON");
        let wrong: Vec<String> = validator
            .iter_errors(&found)
            .map(|e| e.to_string())
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(
            (&found["kind"], &found["format"]),
            (&"report".into(), &1.into())
        );
        assert_eq!(
            found["cases"][0]["processes"].as_array().map(Vec::len),
            Some(5)
        );
        // A new key breaks no reader, a missing one is seen.
        found["later"] = 1.into();
        assert!(validator.is_valid(&found));
        found.as_object_mut().expect("an object").remove("suite");
        assert!(!validator.is_valid(&found));
    }
}

#[test]
fn a_report_with_a_base_has_its_verdicts_and_samples() {
    let (folder, base, candidate) = records();
    let output = report(folder.path(), &[&candidate, "--against", &base]);
    assert_eq!(output.status.code(), Some(10), "a case failed");
    let found: Value = serde_json::from_str(&text(output)).expect("JSON");
    let case = &found["cases"][0];
    assert_eq!(case["verdict"], "regressed");
    assert_eq!(case["base_processes"].as_array().map(Vec::len), Some(5));
    assert!(
        case["base_processes"][0]["samples"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );
    assert_eq!(found["cases"][2]["outcome"], "failed");
    let again = found["reproduce"].as_str().expect("a text");
    assert!(
        again.starts_with("warpmark run suites/memory.toml && warpmark report latest --against ")
    );
}

/// A block of `docs/templates.md`.
fn block(name: &str) -> String {
    let text = fs::read_to_string(root().join("docs/templates.md")).expect("the document");
    let start = text.find(&format!(" {name}\n")).expect(name) + name.len() + 2;
    text[start..]
        .split("```")
        .next()
        .expect("an end")
        .to_owned()
}

#[test]
fn the_example_writes_what_the_document_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = vec![
        Case::new("copy/n=1024", 1e6),
        Case::new("triad/n=1024", 1e5),
    ];
    let run = Run::new(0, cases).write(folder.path());
    fs::write(folder.path().join("example.hbs"), block("example.hbs")).expect("written");
    let run = run.to_str().expect("a path");
    let args = [run, "--template", "example.hbs", "--format", "markdown"];
    assert_eq!(text(report(folder.path(), &args)), block("example.out"));
}

#[test]
fn a_mistake_names_its_place_and_the_nearest_field() {
    let (folder, _, candidate) = records();
    fs::write(
        folder.path().join("t.hbs"),
        "first\n{{#each cases}}\n  {{idd}}\n{{/each}}\n",
    )
    .expect("written");
    let output = report(folder.path(), &[&candidate, "--template", "t.hbs"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(
        said.contains("t.hbs:3:") && said.contains("did you mean `id`?"),
        "{said}"
    );
}

#[test]
fn what_is_printed_to_start_from_works() {
    let (folder, base, candidate) = records();
    for (name, format) in [("html", "html"), ("markdown", "markdown")] {
        let printed = report(folder.path(), &["--print-template", name]);
        fs::write(folder.path().join("t.hbs"), &printed.stdout).expect("written");
        let args = [
            &candidate,
            "--against",
            &base,
            "--template",
            "t.hbs",
            "--format",
            format,
        ];
        let output = report(folder.path(), &args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = text(output);
        assert!(text.contains("memory"), "{name}: {said}");
        // In Markdown, code is what stands between backquotes.
        let outside = text.replace("`new/<script>`", "");
        assert!(!outside.contains("<script>"), "{name}: {text}");
    }
}
