//! `warpmark clocks restore`.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::{Exit, Fault, leftovers, output};
use crate::clocks::{self, Recovered, Trouble, journal};
use crate::device::cuda::Uuid;
use crate::device::cuda::nvml::observes;
use crate::machine;

/// Give back what a run that died left pinned
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 nothing is left pinned; 5 something is, and can't be given back, or its run goes on"
)]
pub struct Args {
    /// Only of this GPU: GPU-01234567-89ab-cdef-0123-456789abcdef
    #[arg(long, value_name = "UUID", value_parser = uuid)]
    gpu: Option<Uuid>,
}

fn uuid(text: &str) -> Result<Uuid, String> {
    let no_uuid = |()| format!("{text:?} is no UUID: `warpmark clocks status` names them");
    text.parse().map_err(no_uuid)
}

/// Gives back what is left.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if observes() {
        return Err(super::fault(&Trouble::Observing).into());
    }
    let mut text = String::new();
    let mut first = None;
    for path in journals(args.gpu) {
        match clocks::recover(&path, Duration::ZERO) {
            Ok(recovered) => {
                let (line, fault) = told(&recovered);
                let _ = writeln!(text, "{line}");
                first = first.or(fault);
            }
            Err(error) => {
                first.get_or_insert(super::fault(&error));
            }
        }
    }
    if text.is_empty() && first.is_none() {
        text.push_str("nothing is left pinned by a run that died\n");
    }
    output::print(text.as_bytes())?;
    first.map_or(Ok(Exit::Success), |fault| Err(fault.into()))
}

/// The journals there are, or that of one GPU.
fn journals(gpu: Option<Uuid>) -> Vec<PathBuf> {
    let all = journal::all();
    let Some(gpu) = gpu else {
        return all;
    };
    let own: Vec<PathBuf> = machine::candidates()
        .iter()
        .map(|folder| journal::path(folder, &format!("cuda:{gpu}")))
        .collect();
    all.into_iter().filter(|path| own.contains(path)).collect()
}

/// What became of a journal in a line, and how the program ends for it.
fn told(recovered: &Recovered) -> (String, Option<Fault>) {
    match recovered {
        Recovered::Nothing => ("given back meanwhile".to_owned(), None),
        Recovered::InUse { gpu, pid } => {
            let line = format!("{gpu}: pinned by process {pid}, which goes on");
            let fault = Fault::new(Exit::Environment, "the run that pins a GPU goes on")
                .hint(format!("it gives back when it ends; end it: kill {pid}"));
            (line, Some(fault))
        }
        Recovered::Discarded { gpu } => {
            let line =
                format!("{gpu}: pinned before the last boot, which has given back all of it");
            (line, None)
        }
        Recovered::Restored { .. } => {
            let line = leftovers::in_words(recovered);
            (
                line.unwrap_or_else(|| "nothing had been set".to_owned()),
                None,
            )
        }
    }
}
