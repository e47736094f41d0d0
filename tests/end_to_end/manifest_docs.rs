//! Every TOML block of the manifest's reference is right, and the tables of keys are complete.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use warpmark::manifest;
use warpmark::plan::{self, DeviceFacts, Selection};

use crate::support::root;

/// The text of the reference.
pub fn reference() -> String {
    fs::read_to_string(root().join("docs/reference/manifest.md")).expect("the reference")
}

/// The reference's TOML blocks as whole suites: a part gets a head, and a workload where it has none.
pub fn suites() -> Vec<String> {
    let text = reference();
    let blocks = text.split("```toml\n").skip(1);
    blocks
        .map(|block| block.split("```").next().expect("the block's end"))
        .map(|block| {
            if block.contains("format = 1") {
                return block.to_owned();
            }
            let head = "format = 1\n\n[suite]\nname = \"part\"\n\n";
            let workload = if block.contains("[[workload]]") {
                ""
            } else {
                "\n[[workload]]\nname = \"w\"\ncommand = [\"true\"]\n"
            };
            format!("{head}{block}{workload}")
        })
        .collect()
}

/// A folder with the files that the examples name, and in it the path of a suite.
pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, text) in [
        ("kernels/stream.cu", ""),
        ("suites/input.npy", ""),
        ("suites/expected.npy", ""),
        ("suites/prompts.txt", ""),
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        fs::write(path, text).expect("written");
    }
    let suite = folder.path().join("suites/suite.toml");
    (folder, suite)
}

/// What is wrong with `text`, nothing if all is right.
pub fn mistakes(path: &Path, text: &str) -> String {
    fs::write(path, text).expect("written");
    let suite = match manifest::load(path) {
        Ok(suite) => suite,
        Err(error) => return error.render(false),
    };
    match plan::expand(&suite, &DeviceFacts::cuda_limits(), &Selection::default()) {
        Ok(_) => String::new(),
        Err(error) => error.render(false),
    }
}

#[test]
fn every_example_is_right() {
    let (_folder, path) = folder();
    let suites = suites();
    assert!(suites.len() >= 8, "the examples were found");
    for text in suites {
        assert_eq!(mistakes(&path, &text), "", "{text}");
    }
}

#[test]
fn every_key_is_documented() {
    let text = reference();
    let schema = manifest::schema();
    let mut tables: Vec<&Value> = vec![&schema];
    let definitions = schema["definitions"].as_object().expect("definitions");
    tables.extend(definitions.values());
    let mut missing = Vec::new();
    for table in tables {
        let keys = table["properties"].as_object().into_iter().flatten();
        for (key, _) in keys {
            let shown = [format!("`{key}`"), format!("{key} ="), format!("[{key}]")];
            if !shown.iter().any(|shown| text.contains(shown)) {
                missing.push(key);
            }
        }
    }
    // `format` and `path` of `results`, which is refused, stand for themselves.
    missing.retain(|key| *key != "path");
    assert!(missing.is_empty(), "keys without a word: {missing:?}");
}
