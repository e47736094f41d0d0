//! Commands that the documents show: each is one that the program takes.

use std::fs;
use std::path::PathBuf;

use crate::support::root;

fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    for folder in ["docs", "docs/reference"] {
        for entry in fs::read_dir(root().join(folder)).expect("a folder of documents") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The command lines of a document that start with `warpmark`: in code blocks, and between backquotes.
fn shown(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block || line.starts_with("    ") {
            let parts = line.split("&&").flat_map(|part| part.split([';', '|']));
            found.extend(
                parts
                    .map(str::trim)
                    .filter(|part| part.starts_with("warpmark "))
                    .map(str::to_owned),
            );
        } else {
            let quoted = line.split('`').skip(1).step_by(2);
            found.extend(
                quoted
                    .filter(|part| part.starts_with("warpmark "))
                    .map(str::to_owned),
            );
        }
    }
    found
}

/// The words of a command line, up to a comment, a redirection or a column of remarks; none where it is only a manner of speaking.
fn words(line: &str) -> Option<Vec<String>> {
    let line = line.split("  ").next().unwrap_or_default();
    let end = line.find(['#', '>', '<']).unwrap_or(line.len());
    let line = line[..end].replace(['[', ']'], " ");
    if line.contains("...") || line.contains('…') {
        return None;
    }
    let mut words = Vec::new();
    for (place, part) in line.split(['\'', '"']).enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    Some(words)
}

#[test]
fn every_command_in_the_documents_is_taken() {
    let mut refused = Vec::new();
    let mut count = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).expect("a document");
        for line in shown(&text) {
            let Some(words) = words(&line) else { continue };
            count += 1;
            if let Err(error) = warpmark::cli::command().try_get_matches_from(words) {
                use clap::error::ErrorKind::{
                    DisplayHelp, DisplayVersion, MissingRequiredArgument,
                };
                if !matches!(
                    error.kind(),
                    DisplayHelp | DisplayVersion | MissingRequiredArgument
                ) {
                    refused.push(format!("{}: {line}\n{error}", document.display()));
                }
            }
        }
    }
    assert!(count > 20, "only {count} commands were found");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn a_command_that_is_not_there_would_be_seen() {
    let lines = shown("```sh\nwarpmark nonsense --now # why\n```\nand `warpmark run --quick`\n");
    assert_eq!(
        lines,
        ["warpmark nonsense --now # why", "warpmark run --quick"]
    );
    let taken = |line: &str| {
        warpmark::cli::command()
            .try_get_matches_from(words(line).expect("words"))
            .is_ok()
    };
    assert!(!taken(&lines[0]));
    assert!(taken(&lines[1]));
}
