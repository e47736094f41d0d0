//! Disks that are full and folders that can't be written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::project::{Project, lines};

/// A mounted file system in memory, until it is dropped.
struct Mount(PathBuf);

impl Mount {
    /// Mounts one with `options`; none where that isn't permitted, which fails under `WARPMARK_REQUIRE_ALL=1`.
    #[track_caller]
    #[allow(clippy::print_stderr)] // the harness shows it beside the test's name
    fn new(folder: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(folder).expect("a folder");
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder)
            .output();
        let mounted = output.is_ok_and(|output| output.status.success());
        let required = std::env::var_os("WARPMARK_REQUIRE_ALL").is_some_and(|value| value == "1");
        assert!(
            mounted || !required,
            "this test mounts a file system: run it as root"
        );
        if !mounted {
            eprintln!("not tested: this test mounts a file system, which only root may");
        }
        mounted.then(|| Self(folder.to_owned()))
    }

    fn remount(&self, options: &str) {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,{options}")])
            .arg(&self.0)
            .status();
        assert!(status.expect("mount runs").success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_ends_the_run_and_keeps_whole_what_was_measured() {
    let project = Project::new(
        "[[workload]]\nname = \"a\"\naxes = { n = { range = \"1..=20\" } }\nmock = { times = [123456.789] }\n",
    );
    project.edit("samples = 3", "samples = 1000");
    let Some(mount) = Mount::new(&project.path().join(".warpmark"), "size=128k") else {
        return;
    };
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("process-0000.jsonl"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("No space left on device"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("warpmark run --resume"),
        "{}",
        ended.stderr
    );
    let kept = lines(&project.record().join("process-0000.jsonl"));
    assert!(kept.len() > 2, "{} lines", kept.len());
    let names: Vec<String> = fs::read_dir(project.record())
        .expect("the record")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(
        !names
            .iter()
            .any(|name| name.starts_with('.') || name == "result.json"),
        "{names:?}"
    );
    project.is_quiet_soon();

    mount.remount("size=8m");
    let resumed = project.run(&["run", "--resume"]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert_eq!(project.summary()["measured"], 20);
}

#[test]
fn a_disk_that_is_full_from_the_start_is_named() {
    let project = Project::with(&[("a", "times = [1.0]")]);
    let Some(_mount) = Mount::new(&project.path().join(".warpmark"), "size=4k") else {
        return;
    };
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains(".warpmark"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("No space left on device"),
        "{}",
        ended.stderr
    );
    assert!(
        project
            .records()
            .iter()
            .all(|record| !record.join("run.json").exists())
    );
}

#[test]
fn a_read_only_output_folder_is_named() {
    let project = Project::with(&[("a", "times = [1.0]")]);
    let Some(_mount) = Mount::new(&project.path().join(".warpmark"), "size=64k,ro") else {
        return;
    };
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains(".warpmark"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("Read-only file system"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("hint: "), "{}", ended.stderr);
    assert!(ended.stdout.is_empty());
}

#[test]
fn a_folder_without_a_place_for_output_is_named() {
    let project = Project::with(&[("a", "times = [1.0]")]);
    let text = fs::read_to_string(project.path().join("s.toml")).expect("the suite");
    let Some(mount) = Mount::new(&project.path().join("sealed"), "size=64k") else {
        return;
    };
    project.write("sealed/s.toml", &text);
    mount.remount("ro");
    let mut command = project.command(&["run", "s.toml"]);
    let output = command
        .current_dir(project.path().join("sealed"))
        .output()
        .expect("it runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(stderr.contains("sealed/.warpmark"), "{stderr}");
    assert!(stderr.contains("Read-only file system"), "{stderr}");
}

#[test]
fn a_file_in_the_place_of_the_output_folder_is_named() {
    let project = Project::with(&[("a", "times = [1.0]")]);
    project.write(".warpmark", "in the way");
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains(".warpmark"), "{}", ended.stderr);
}
