//! Comments say by which command line their result is made again, and it makes it.

use std::env;
use std::fs;
use std::path::Path;

use crate::ceilings::HEAD;
use crate::generated::{Run, three_cases};
use crate::support::{git, root, warpmark};

const WORKLOADS: &str = r#"
[suite]
name = "s"
[[workload]]
name = "a"
axes = { n = [1, 2] }
mock = { times = [1e5, 1.001e5] }
[[workload]]
name = "b"
mock = { times = [1e5, 1.001e5] }
"#;

fn write(folder: &Path, workloads: &str) {
    fs::write(folder.join("s.toml"), format!("{HEAD}{workloads}")).expect("written");
}

/// A repository with a suite and its baseline.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    write(here, WORKLOADS);
    git(here, &["init", "-q"]);
    git(here, &["add", "-A"]);
    git(here, &["commit", "-qm", "A suite"]);
    said(here, &["run", "s.toml", "-q"]);
    said(here, &["baseline", "save"]);
    git(here, &["add", "-A"]);
    git(here, &["commit", "-qm", "A baseline"]);
    folder
}

/// What warpmark prints.
#[track_caller]
fn said(folder: &Path, arguments: &[&str]) -> String {
    let command = warpmark().current_dir(folder).args(arguments).assert();
    let output = command.success().get_output().stdout.clone();
    String::from_utf8(output).expect("text")
}

/// The comment that `arguments` print, and the command line in it.
#[track_caller]
fn comment(folder: &Path, arguments: &[&str]) -> (String, String) {
    let text = said(folder, &[arguments, &["--format", "markdown"]].concat());
    let parts: Vec<&str> = text.split("```").collect();
    let [_, line, _] = parts.as_slice() else {
        panic!("one block: {text}");
    };
    let line = line.trim().to_owned();
    (text, line)
}

/// What a shell prints that is given `line`.
#[track_caller]
fn pasted(folder: &Path, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_warpmark"));
    let programs = program.parent().expect("a folder").to_owned();
    let others = env::var_os("PATH").unwrap_or_default();
    let path = [programs].into_iter().chain(env::split_paths(&others));
    let command = assert_cmd::Command::new("sh")
        .current_dir(folder)
        .args(["-c", line])
        .env("PATH", env::join_paths(path).expect("a path"))
        .env("WARPMARK_LIBCUDA", "none")
        .env("WARPMARK_LIBNVIDIA_ML", "none")
        .assert();
    String::from_utf8(command.success().get_output().stdout.clone()).expect("text")
}

/// The command line of a comment is `expected`; what it prints ends with the same verdicts.
#[track_caller]
fn is_made_again(folder: &Path, arguments: &[&str], expected: &str, verdicts: &str) {
    let (text, line) = comment(folder, arguments);
    assert_eq!(line, expected, "{text}");
    assert!(text.contains(verdicts), "{text}");
    let again = pasted(folder, &line);
    assert!(again.contains(&format!("verdicts: {verdicts}")), "{again}");
}

#[test]
fn a_run_is_made_again_with_what_was_asked_of_it() {
    let folder = repository();
    let here = folder.path();
    let run = ["run", "s.toml", "-q", "-f", "a/*", "--samples", "12"];
    let (_, line) = comment(here, &run);
    assert_eq!(line, "warpmark run s.toml -f 'a/*' --samples 12");
    let again = pasted(here, &line);
    assert!(
        again.contains("a/n=2 ") && !again.contains("\nb "),
        "{again}"
    );
    let compared = [&run[..5], &["--compare", "HEAD~0"]].concat();
    let expected = "warpmark run s.toml -f 'a/*' --compare 'HEAD~0'";
    is_made_again(here, &compared, expected, "2 unchanged");
}

#[test]
fn a_comparison_is_made_again_with_its_run() {
    let folder = repository();
    let here = folder.path();
    said(here, &["run", "s.toml", "-q", "-f", "!b"]);
    let compare = ["compare", "latest", "--against", "HEAD"];
    let expected = "warpmark run s.toml -f '!b' && warpmark compare latest --against HEAD";
    is_made_again(here, &compare, expected, "2 unchanged");
    // A baseline's run can't be measured again by what it holds.
    let saved = ["compare", "baselines", "--against", "HEAD", "--suite", "s"];
    let expected = "warpmark compare baselines --against HEAD --suite s";
    is_made_again(here, &saved, expected, "3 unchanged");
}

#[test]
fn a_confirmed_comparison_is_confirmed_again() {
    let folder = repository();
    let here = folder.path();
    let run = ["run", "s.toml", "-q", "--compare", "HEAD", "--confirm"];
    let expected = "warpmark run s.toml --compare HEAD --confirm";
    is_made_again(here, &run, expected, "3 unchanged");
    let compare = ["compare", "--against", "HEAD", "--confirm"];
    let expected = "warpmark run s.toml && warpmark compare latest --against HEAD --confirm";
    is_made_again(here, &compare, expected, "3 unchanged");
}

#[test]
fn two_revisions_are_measured_again_in_turns() {
    let folder = repository();
    let here = folder.path();
    write(here, &WORKLOADS.replace("1.001e5", "1.002e5"));
    git(here, &["commit", "-qam", "Another script"]);
    let ab = ["ab", "HEAD~1", "HEAD", "s.toml", "-q", "--blocks", "2"];
    let (_, line) = comment(here, &[&ab[..], &["-f", "a/n=1"]].concat());
    assert_eq!(line, "warpmark ab 'HEAD~1' HEAD s.toml --blocks 2 -f a/n=1");
    let again = pasted(here, &line);
    assert!(again.contains("verdicts: 1 unchanged"), "{again}");
    assert!(again.contains("2 blocks of 4 processes"), "{again}");
}

#[test]
fn an_imported_run_is_compared_again_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let id = |said: &str| {
        let record = said.lines().find_map(|line| line.strip_prefix("record: "));
        let record = Path::new(record.expect("a record")).file_name();
        record.expect("an id").to_string_lossy().into_owned()
    };
    let import = |which: &str| {
        let file = root().join("tests/data/nvbench").join(which).join("r.json");
        id(&said(here, &["import", "nvbench", &file.to_string_lossy()]))
    };
    let [base, candidate] = ["base", "plus2pct"].map(import);
    let compare = ["compare", &candidate, "--against", &base];
    let expected = format!("warpmark compare {candidate} --against {base}");
    is_made_again(here, &compare, &expected, "8 inconclusive");
}

#[test]
fn a_record_of_another_checkout_says_its_suite() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let base = Run::new(0, three_cases()).write(here);
    let candidate = Run::new(1, three_cases()).write(here);
    let [base, candidate] = [base, candidate].map(|path| path.display().to_string());
    let (_, line) = comment(here, &["compare", &candidate, "--against", &base]);
    let run = "warpmark run suites/memory.toml";
    assert_eq!(
        line,
        format!("{run} && warpmark compare latest --against {base}")
    );
}
