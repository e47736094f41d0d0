//! `warpmark schema`.

use super::Exit;
use super::output;
use crate::manifest;

/// Print the JSON Schema of suites, for editors
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: warpmark schema > suite.schema.json, and in a suite's first line:\n  #:schema ./suite.schema.json"
)]
pub struct Args {}

/// Prints the schema to standard output.
pub fn run(_: &Args) -> anyhow::Result<Exit> {
    output::print(output::json(&manifest::schema())?.as_bytes())?;
    Ok(Exit::Success)
}
