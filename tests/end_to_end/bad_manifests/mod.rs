//! Manifests with mistakes: each is refused with exit 3 and a message that is kept as a snapshot.

mod commands;
mod expressions;
mod extends;
mod kernels;
mod syntax;
mod tables;

use std::fs;
use std::path::Path;

use crate::support::warpmark;

/// What every suite begins with.
const HEAD: &str = "format = 1\n\n[suite]\nname = \"s\"\n\n";

/// A suite with `text` after its head.
fn suite(text: &str) -> String {
    format!("{HEAD}{text}")
}

/// A suite with one kernel, whose workload goes on with `text`.
fn kernel(text: &str) -> String {
    suite(&format!(
        "[[workload]]\nname = \"w\"\nkernel = {{ source = \"kernel.cu\", entry = \"k\" }}\n{text}\n"
    ))
}

/// A suite with one kernel of one block, whose workload goes on with `text`.
fn launched(text: &str) -> String {
    kernel(&format!("grid = [1]\nblock = [1]\n{text}"))
}

/// A suite with one command, whose workload goes on with `text`.
fn command(text: &str) -> String {
    suite(&format!(
        "[[workload]]\nname = \"w\"\ncommand = [\"true\"]\n{text}\n"
    ))
}

/// Files of a folder beside `suite.toml`.
type Beside<'a> = &'a [(&'a str, &'a str)];

/// Checks `suite.toml` with `bytes` and `files` in a folder of its own: it must be refused as the snapshot says.
fn refused_with(name: &str, bytes: &[u8], files: Beside<'_>) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("kernel.cu"), "").expect("written");
    for (file, text) in files {
        fs::write(folder.path().join(file), text).expect("written");
    }
    fs::write(folder.path().join("suite.toml"), bytes).expect("written");
    let (message, code) = check(folder.path());
    assert_eq!(code, Some(3), "{name}:\n{message}");
    assert!(!message.contains("panicked"), "{name}:\n{message}");
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        omit_expression => true,
        snapshot_path => "../snapshots/bad_manifests",
    }, {
        insta::assert_snapshot!(name, message);
    });
}

fn refused(name: &str, text: &str) {
    refused_with(name, text.as_bytes(), &[]);
}

/// What `warpmark check suite.toml` says in `folder`, and its exit code.
fn check(folder: &Path) -> (String, Option<i32>) {
    let output = warpmark()
        .args(["check", "suite.toml"])
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    (message, output.status.code())
}

#[test]
fn the_frame_of_these_tests_is_right() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("kernel.cu"), "").expect("written");
    for text in [launched(""), command("")] {
        fs::write(folder.path().join("suite.toml"), text).expect("written");
        assert_eq!(check(folder.path()), (String::new(), Some(0)));
    }
}
