//! How a study ends that can't be made, or is stopped.

use std::fs;

use super::{DEVICE, HEAD, Repository, mock};
use crate::support::files_below;

#[test]
fn a_signal_stops_both_sides_and_keeps_what_was_measured() {
    let workload = "[[workload]]\nname = \"a\"\nmock = { times = [1e5], sleep-ms = 50, process-factors = [1.0] }\n";
    let repository = Repository::new(&format!("{DEVICE}{workload}"));
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_warpmark"))
        .current_dir(repository.path())
        .args(["ab", "HEAD", "suites/s.toml"])
        .env("WARPMARK_LIBCUDA", "none")
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let studies = repository.path().join(".warpmark/ab");
    let begun = |side: &str| {
        let folder = fs::read_dir(&studies).ok();
        let study = folder.and_then(|mut all| {
            all.find_map(|entry| Some(entry.ok()?.path()).filter(|path| path.join("base").exists()))
        });
        study.is_some_and(|study| {
            files_below(&study).iter().any(|path| {
                path.to_string_lossy().contains(side) && path.ends_with("process-0000.jsonl")
            })
        })
    };
    while !begun("/base/") || !begun("/head/") {
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(
            run.try_wait().expect("a child").is_none(),
            "it ended by itself"
        );
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status();
    assert!(killed.expect("kill").success());
    let output = run.wait_with_output().expect("it ended");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(
        err.contains("interrupted: what was measured is kept in .warpmark/ab/"),
        "{err}"
    );
    let results = files_below(&studies);
    assert_eq!(
        results
            .iter()
            .filter(|path| path.ends_with("result.json"))
            .count(),
        2
    );
}

#[test]
fn absent_revisions_suites_and_files_are_named() {
    let repository = Repository::new(&format!("{DEVICE}{}", mock("a", "[1e5]")));
    let (_, err) = repository.said(&["ab", "nothing", "suites/s.toml"], 3);
    assert!(err.contains("no revision \"nothing\""), "{err}");
    repository.write(
        "suites/t.toml",
        &format!("{HEAD}{DEVICE}{}", mock("a", "[1e5]")),
    );
    let (_, err) = repository.said(&["ab", "HEAD", "suites/t.toml"], 3);
    assert!(err.contains("there is no suites/t.toml at HEAD"), "{err}");
    repository.write(
        "suites/u.toml",
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    );
    repository.commit("a pointer");
    repository.write(
        "suites/u.toml",
        &format!("{HEAD}{DEVICE}{}", mock("a", "[1e5]")),
    );
    let (_, err) = repository.said(&["ab", "HEAD", "suites/u.toml"], 3);
    assert!(err.contains("suites/u.toml is a file of Git LFS"), "{err}");
    let (_, err) = repository.said(&["ab", "HEAD", "suites/s.toml", "--blocks", "1"], 2);
    assert!(err.contains("1 is not in 2..=250"), "{err}");
}
