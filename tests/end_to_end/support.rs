//! What the end-to-end tests share.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of this package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The built program, without variables that change what it does or prints.
#[allow(dead_code)] // until the first verb has a test
pub fn warpmark() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_warpmark"));
    for variable in [
        "WARPMARK_CLOCKS",
        "WARPMARK_STATE",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
    ] {
        command.env_remove(variable);
    }
    command
}

/// Runs git in `folder` with an identity of its own and nothing of the user's configuration.
#[track_caller]
#[allow(dead_code)] // until a test needs a repository
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
