//! The layers of `src/`: a file imports only what stands below it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

/// From the top to the bottom; modules of one row may not import each other, save that L0 is one row whose
/// files may.
const LAYERS: [&[&str]; 26] = [
    &["main"],
    &["cli"],
    &["report"],
    &["export"],
    &["engine"],
    &["environment"],
    &["clocks"],
    &["telemetry"],
    &["device"],
    &["baseline"],
    &["store"],
    &["study"],
    &["finance"],
    &["limits"],
    &["verdict"],
    &["stats"],
    &["plan"],
    &["manifest"],
    &["harness"],
    &["timings"],
    &["expr"],
    &["event"],
    &["record"],
    &["lib"],
    &[
        "diagnostic",
        "units",
        "id",
        "canonical",
        "files",
        "machine",
        "rng",
        "processes",
    ],
    &[],
];

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules of this crate that a line names after `crate::`.
fn imported(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for rest in code.split("crate::").skip(1) {
            let inner = rest.trim_start_matches('{');
            for part in inner.split(if rest.starts_with('{') { ',' } else { ';' }) {
                let name: String = part
                    .trim()
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                found.push((number + 1, name));
            }
        }
    }
    found
}

/// The imports of `text`, a file of `module`, that don't point down.
fn upward(module: &str, text: &str) -> Vec<String> {
    let own = rank(module).unwrap_or_else(|| panic!("src/{module} has no layer"));
    imported(text)
        .into_iter()
        .filter(|(_, name)| name != module)
        .filter(|(_, name)| rank(name).is_some_and(|other| other < own || other == own && own < 24))
        .map(|(line, name)| format!("line {line}: {module} imports {name}"))
        .collect()
}

#[test]
fn imports_point_down() {
    let folder = root().join("src");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    assert!(files.len() > 10, "the sources were found");
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&folder).expect("below src");
        let first = relative
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&file).expect("a source file");
        let found = upward(&module, &text);
        wrong.extend(
            found
                .into_iter()
                .map(|found| format!("{}: {found}", relative.display())),
        );
    }
    assert!(
        wrong.is_empty(),
        "imports that point up:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn an_upward_import_is_seen() {
    assert_eq!(upward("stats", "use crate::verdict::Verdict;").len(), 1);
    assert_eq!(upward("stats", "    crate::{cli, units}").len(), 1);
    assert_eq!(upward("verdict", "use crate::stats::bh;").len(), 0);
    assert_eq!(upward("record", "// use crate::cli;").len(), 0);
}
