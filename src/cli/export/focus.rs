//! `warpmark export focus`: what a run cost, as charges in FOCUS 1.0.

use std::path::PathBuf;

use super::{Against, Chosen, Gathered, write};
use crate::cli::{Exit, Fault};
use crate::export::{self, FocusError, Payer};

/// Write what a run cost as charges in FOCUS 1.0 (CSV), with the unit costs of each case
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark export focus latest --out charges.csv\n  warpmark export focus latest --account 1234-5678 --provider \"Example Cloud\" --region eu-west-1"
)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// The billing account's id
    #[arg(long, value_name = "ID", default_value = "unassigned")]
    account: String,
    /// Who provides the machine, publishes the service and issues the invoice
    #[arg(long, value_name = "NAME", default_value = "Self-hosted")]
    provider: String,
    /// The region that the machine stands in
    #[arg(long, value_name = "ID")]
    region: Option<String>,
    /// Write this file, at once, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Exports a record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let gathered = Gathered::read(&args.chosen, &Against::default())?;
    let payer = Payer {
        account: args.account.clone(),
        provider: args.provider.clone(),
        region: args.region.clone(),
    };
    let Gathered {
        record,
        results,
        statement,
        ..
    } = &gathered;
    let text = export::focus(record, results, statement, &payer).map_err(Fault::from)?;
    write(args.out.as_deref(), &text)?;
    Ok(Exit::Success)
}

impl From<FocusError> for Fault {
    fn from(error: FocusError) -> Self {
        let hint = match &error {
            FocusError::NoPrice(_) => {
                "give the suite [cost] with currency and gpu-hour, and run it again"
            }
            FocusError::Currency(_) => "write currency under [cost] as three capital letters: USD",
            FocusError::NotEnded(_) => "finish it: warpmark run --resume",
            FocusError::Csv(_) => return Self::new(Exit::Internal, error.to_string()),
        };
        Self::new(Exit::Input, error.to_string()).hint(hint)
    }
}
