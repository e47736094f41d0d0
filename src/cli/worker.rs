//! `warpmark worker`, which a run starts for each of its processes; no one types it.

use super::{Exit, Fault};
use crate::engine;

/// Executes what the parent says on standard input.
pub fn run() -> anyhow::Result<Exit> {
    engine::work().map_err(|error| {
        Fault::new(Exit::Usage, format!("the parent is gone: {error}"))
            .hint("this verb is for warpmark itself; run a suite by `warpmark run`")
    })?;
    Ok(Exit::Success)
}
