//! What the end-to-end tests share.

use std::path::PathBuf;

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
