//! `warpmark export focus`: the cost of a run.

use std::path::PathBuf;

use super::Chosen;
use crate::cli::{Exit, Fault, ceilings, output, statement};
use crate::export::{self, Parties};

/// Write the cost of a run as charges in the columns of FOCUS 1.0 (CSV), with unit costs in columns that start with x_
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark export focus latest --out charges.csv\n  warpmark export focus latest --suite memory --provider \"Example Cloud\" --account 1234 --region eu-west-1 --out charges.csv"
)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// Who provides the GPUs and sends the bill
    #[arg(long, value_name = "NAME", default_value = "self-hosted", value_parser = filled)]
    provider: String,
    /// The account that is billed
    #[arg(long, value_name = "ID", default_value = "warpmark", value_parser = filled)]
    account: String,
    /// The region that the GPUs are in
    #[arg(long, value_name = "ID", value_parser = filled)]
    region: Option<String>,
    /// Write this file, at once, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// These columns are never null, so no word of the user's may be empty.
fn filled(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("must have a visible character, and no control character");
    }
    Ok(text.to_owned())
}

/// Exports a record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let record = args.chosen.open()?;
    let header = &record.header;
    let results = record.results().map_err(Fault::from)?;
    let ceilings = ceilings::of(header, &record.folder);
    let statement = statement::whole(header, &results, &ceilings, None);
    let parties = Parties {
        provider: args.provider.clone(),
        account: args.account.clone(),
        region: args.region.clone(),
    };
    let Some(text) = export::focus(&record, &results, &statement, &parties) else {
        let message = format!(
            "the suite {} states no price, so its run has no cost",
            header.suite
        );
        let hint = "write a table [cost] with currency = \"USD\" and gpu-hour = 2.99 in the suite, and run it again";
        return Err(Fault::new(Exit::Input, message).hint(hint).into());
    };
    output::write_out(text.as_bytes(), args.out.as_deref())?;
    Ok(Exit::Success)
}
