//! What the end-to-end tests share.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of this package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The built program, without variables that change what it does or prints.
pub fn warpmark() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_warpmark"));
    for variable in [
        "WARPMARK_CLOCKS",
        "WARPMARK_STATE",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
        "WARPMARK_NVRTC",
        "WARPMARK_CUDA_INCLUDE",
        "CUDA_HOME",
        "CUDA_PATH",
    ] {
        command.env_remove(variable);
    }
    // No GPU, also where there is one: tests are the same everywhere.
    command.env("WARPMARK_LIBCUDA", "none");
    command.env("WARPMARK_LIBNVIDIA_ML", "none");
    command
}

/// The built program, for arguments, with hang-ups not ignored: nohup may have started these tests.
pub fn hearing_hang_ups() -> Command {
    // It becomes the program, in the same process.
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_warpmark")]);
    command
}

/// Runs git in `folder` with an identity of its own and nothing of the user's configuration.
#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .expect("the tests need git: install it");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether `tool` is installed. A test that needs it and lacks it says so and ends; under
/// `WARPMARK_REQUIRE_ALL=1` it fails.
#[track_caller]
#[allow(clippy::print_stderr)] // the harness shows it beside the test's name
pub fn has_tool(tool: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(tool).is_file());
    let required = std::env::var_os("WARPMARK_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(found || !required, "this test needs {tool}: install it");
    if !found {
        eprintln!("not tested: this test needs {tool}");
    }
    found
}

/// A Python with what `.ci/run` installs into `target/python`, where it has the module `module`. A test that needs it and
/// lacks it says so and ends; under `WARPMARK_REQUIRE_ALL=1` it fails.
#[track_caller]
#[allow(clippy::print_stderr)] // the harness shows it beside the test's name
pub fn python_with(module: &str) -> Option<assert_cmd::Command> {
    if !has_tool("python3") {
        return None;
    }
    let python = || {
        let mut python = assert_cmd::Command::new("python3");
        python.env("PYTHONPATH", root().join("target/python"));
        python
    };
    let tried = python().args(["-c", &format!("import {module}")]).output();
    let found = tried.is_ok_and(|tried| tried.status.success());
    let required = std::env::var_os("WARPMARK_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(
        found || !required,
        "this test needs Python's {module}: python3 -m pip install --target target/python {module}"
    );
    if !found {
        eprintln!("not tested: this test needs Python's {module}");
    }
    found.then(python)
}

/// The files below `folder`.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
