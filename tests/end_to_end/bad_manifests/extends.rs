//! Mistakes of files that extend others.

use super::{HEAD, refused_with, suite};

#[test]
fn missing_base() {
    let text = format!("extends = \"common.toml\"\n{}", suite(""));
    refused_with("extends_a_missing_file", text.as_bytes(), &[]);
}

#[test]
fn itself() {
    let text = format!("extends = \"./suite.toml\"\n{HEAD}");
    refused_with("extends_itself", text.as_bytes(), &[]);
}

#[test]
fn a_circle() {
    let text = format!("extends = \"a.toml\"\n{HEAD}");
    let files = [
        ("a.toml", "format = 1\nextends = \"b.toml\"\n"),
        ("b.toml", "format = 1\nextends = \"a.toml\"\n"),
    ];
    refused_with("extends_in_a_circle", text.as_bytes(), &files);
}

#[test]
fn mistakes_of_both_files() {
    let text = format!("extends = \"common.toml\"\n{HEAD}[repetition]\nsampels = 3\n");
    let base = "format = 1\n[repetition]\nprocesses = -1\n[[workload]]\nname = \"w\"\ncommand = [\"{n}\"]\n";
    refused_with(
        "mistakes_of_both_files",
        text.as_bytes(),
        &[("common.toml", base)],
    );
}

#[test]
fn a_broken_base() {
    let text = format!("extends = \"common.toml\"\n{HEAD}");
    refused_with(
        "extends_a_broken_file",
        text.as_bytes(),
        &[("common.toml", "format = 1\nx = = 2\n")],
    );
}

#[test]
fn a_base_that_is_no_text() {
    let text = format!("extends = 7\n{HEAD}");
    refused_with("extends_a_number", text.as_bytes(), &[]);
}
