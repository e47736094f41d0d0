//! `check` and `list` as a user meets them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::manifest_docs;
use crate::support::warpmark;

const SUITE: &str = "format = 1\n[suite]\nname = \"s\"\n[[workload]]\nname = \"w\"\ntags = [\"nightly\"]\ncommand = [\"true\"]\naxes = { n = [1, 2], mode = [\"a b\", \"c\"] }\nskip = \"n == 2 && mode == 'c'\"\nwork = { reads = \"n * 1000\", flops = 5e9 }\n";

fn say(folder: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = warpmark()
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("suites")).expect("created");
    fs::write(folder.path().join("suites/s.toml"), SUITE).expect("written");
    folder
}

#[test]
fn list_shows_a_case_a_line() {
    let folder = folder();
    let (out, err, code) = say(folder.path(), &["list"]);
    assert_eq!((err.as_str(), code), ("", Some(0)));
    insta::assert_snapshot!(out, @r"
    id                tags        bytes   operations  grid  block
    w/n=1/mode=a%20b  nightly  1.000 kB  5.000 GFLOP     -      -
    w/n=1/mode=c      nightly  1.000 kB  5.000 GFLOP     -      -
    w/n=2/mode=a%20b  nightly  2.000 kB  5.000 GFLOP     -      -
    ");
}

#[test]
fn list_shows_launches() {
    let (folder, path) = manifest_docs::folder();
    fs::write(&path, &manifest_docs::suites()[0]).expect("written");
    let (out, _, code) = say(
        folder.path(),
        &[
            "list",
            "suites",
            "-f",
            "block=256",
            "-f",
            "encoder/*",
            "-f",
            "!unroll=4",
        ],
    );
    assert_eq!(code, Some(0));
    insta::assert_snapshot!("list_launches", out);
}

#[test]
fn list_is_never_cut_and_takes_a_closed_pipe() {
    let folder = folder();
    let long = "x".repeat(300);
    let text = SUITE.replace("\"c\"", &format!("\"{long}\""));
    fs::write(folder.path().join("suites/s.toml"), text).expect("written");
    let mut narrow = warpmark();
    narrow
        .arg("list")
        .env("COLUMNS", "20")
        .current_dir(folder.path());
    let output = narrow.output().expect("the program runs");
    assert!(String::from_utf8_lossy(&output.stdout).contains(&long));

    // 20,000 lines don't fit a pipe, and nobody reads them.
    let many = SUITE.replace("[1, 2]", "{ range = \"0..10000\" }");
    fs::write(folder.path().join("suites/s.toml"), many).expect("written");
    let mut child = Command::new(env!("CARGO_BIN_EXE_warpmark"))
        .arg("list")
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let Output { status, stderr, .. } = child.wait_with_output().expect("it ends");
    assert_eq!((status.code(), stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn list_has_json_and_overrides() {
    let folder = folder();
    let (out, _, code) = say(
        folder.path(),
        &["list", "suites/s.toml", "--json", "--axis", "n=7"],
    );
    assert_eq!(code, Some(0));
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(value["format"], 1);
    let cases = value["suites"][0]["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 2);
    assert_eq!(cases[0]["id"], "w/n=7/mode=a%20b");
    assert_eq!(cases[0]["axes"]["n"], 7);
    assert_eq!(cases[0]["bytes"], 7000.0);
    assert_eq!(cases[0]["line"], 4);
}

#[test]
fn what_selects_nothing_says_what_to_do() {
    let folder = folder();
    let table = [
        (&["list", "-f", "w"][..], 4, "write 'w/*'"),
        (
            &["list", "-f", "tag:quick"],
            4,
            "no case of suite \"s\" matches -f tag:quick",
        ),
        (
            &["list", "-f", "n=2", "-f", "!mode=a b"],
            4,
            "every selected case of suite \"s\" is skipped",
        ),
        (&["list", "--axis", "m=1"], 2, "its axes are mode, n"),
        (
            &["list", "--axis", "n=x"],
            2,
            "\"x\" is no value for the axis `n`",
        ),
        (&["list", "--axis", "n=1,1"], 2, "given 1 twice"),
        (&["list", "--axis", "n"], 2, "has no `=`"),
        (&["list", "-f", "tag:"], 2, "names no tag"),
        (&["list", "nowhere.toml"], 3, "there is no nowhere.toml"),
        (&["check", "nowhere"], 3, "there is no nowhere"),
    ];
    for (arguments, code, words) in table {
        let (out, err, exit) = say(folder.path(), arguments);
        assert_eq!(
            (out.as_str(), exit),
            ("", Some(code)),
            "{arguments:?}: {err}"
        );
        assert!(err.contains(words), "{arguments:?}: {err}");
    }
}

#[test]
fn check_takes_files_and_folders() {
    let folder = folder();
    let at = |file: &str| folder.path().join(file);
    fs::create_dir_all(at("suites/deep/.hidden")).expect("created");
    fs::write(
        at("suites/deep/bad.toml"),
        "format = 1\n[suite]\nname = \"b\"\n[device]\nknd = 1\n",
    )
    .expect("written");
    fs::write(at("suites/deep/.hidden/bad.toml"), "[suite]\n").expect("written");
    fs::write(at("suites/Cargo.toml"), "[package]\nname = \"x\"\n").expect("written");
    fs::write(
        at("suites/base.toml"),
        "format = 1\n[[workload]]\nname = \"b\"\ncommand = [\"true\"]\n",
    )
    .expect("written");
    fs::write(
        at("suites/user.toml"),
        "format = 1\nextends = \"base.toml\"\n[suite]\nname = \"u\"\n",
    )
    .expect("written");
    let (out, err, code) = say(folder.path(), &["check", "suites"]);
    assert_eq!(code, Some(3), "{err}");
    insta::assert_snapshot!("check_a_folder", format!("{out}---\n{err}"));
    let (out, _, code) = say(
        folder.path(),
        &["check", "suites/s.toml", "suites/user.toml"],
    );
    assert_eq!(code, Some(0));
    insta::assert_snapshot!("check_two_files", out);
}

#[test]
fn check_has_json_with_places() {
    let folder = folder();
    fs::write(
        folder.path().join("suites/s.toml"),
        SUITE.replace("n == 2", "m == 2"),
    )
    .expect("written");
    let (out, err, code) = say(folder.path(), &["check", "--json"]);
    assert_eq!((err.as_str(), code), ("", Some(3)));
    insta::assert_snapshot!("check_json", out);
}

#[test]
fn a_suite_that_skips_everything_exits_4() {
    let folder = folder();
    fs::write(
        folder.path().join("suites/s.toml"),
        SUITE.replace("n == 2 && mode == 'c'", "n > 0"),
    )
    .expect("written");
    for verb in ["check", "list"] {
        let (out, err, code) = say(folder.path(), &[verb]);
        assert_eq!(code, Some(4), "{out}{err}");
        assert!(
            format!("{out}{err}").contains("every case of suite \"s\" is skipped"),
            "{out}{err}"
        );
    }
}
