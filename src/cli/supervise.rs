//! `warpmark supervise`, which a worker starts for each command; no one types it.

use super::{Exit, Fault};
use crate::device::command;

/// Watches over one command.
pub fn run() -> anyhow::Result<Exit> {
    command::supervise().map_err(|error| {
        Fault::new(
            Exit::Usage,
            format!("no order came on standard input: {error}"),
        )
        .hint("this verb is for warpmark's workers; run a suite by `warpmark run`")
    })?;
    Ok(Exit::Success)
}
