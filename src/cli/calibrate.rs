//! `warpmark calibrate`: what verdicts are worth on a device, measured by comparing it with itself.

mod recorded;
mod suite;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::format::{FactArgs, FactFormat};
use super::{Exit, Fault, format, output};
use crate::device::Selector;
use crate::report::{self, CalibratedRun, CalibrationView};
use crate::study::{self, Outlook, Recording, Setup, StudyError};
use crate::verdict::{BetweenRun, Policy, PolicyError};

const AFTER: &str = "\
Examples:
  warpmark calibrate suites/memory.toml                  measures the suite in 15 processes, and compares them
  warpmark calibrate suites/memory.toml --out card.json.gz --save baselines
  warpmark calibrate --from card.json.gz                 the same of recorded timings
  warpmark calibrate --from card.json.gz --alone 100     one kernel changes, 99 cases don't
  warpmark calibrate --from now.json --against then.json --format json

Exit codes: 0 printed; 2 usage; 3 a suite or a file is wrong; 4 no case selected; 5 the device can't serve;
10 a case failed; 129, 130, 143 interrupted, what was measured is kept.";

/// The processes that a suite is measured in.
const MEASURED: u32 = 15;
/// Processes of a side.
const SIDE: usize = 5;

/// Measure how often verdicts are false and how small a slowdown is found: runs compared with themselves
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The suite that is measured, unless timings are given
    #[arg(
        value_name = "SUITE",
        required_unless_present = "from",
        conflicts_with = "from"
    )]
    suite: Option<PathBuf>,
    /// Draw from recorded timings (warpmark export timings): plain or gzip
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Draw the base from this recording, and only the candidate from the first
    #[arg(long, value_name = "FILE", requires = "from")]
    against: Option<PathBuf>,
    /// Compare one kernel at a time in a suite of N cases whose others are unchanged
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    alone: Option<u32>,
    /// Processes a side that are drawn [default: 5]; of a suite, the processes that are measured [default: 15]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    processes: Option<u32>,
    /// Comparisons of each kernel and level
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    draws: u32,
    /// The seed of the draws
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    measuring: Measuring,
    #[command(flatten)]
    format: FactArgs,
}

/// How a suite is measured.
#[derive(Debug, clap::Args)]
struct Measuring {
    /// Write the measured timings: plain, or gzip where the name ends in .gz
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    out: Option<PathBuf>,
    /// Store the measured noise model with the suite's baseline in this folder, where compare finds it
    #[arg(long, value_name = "BASELINES", conflicts_with = "from")]
    save: Option<PathBuf>,
    /// Run on this device instead of the suite's: host, cuda:N, cuda:UUID, mock
    #[arg(long, value_name = "DEVICE", conflicts_with = "from")]
    device: Option<Selector>,
    /// Measure only cases that match, as run -f does
    #[arg(
        short = 'f',
        long = "filter",
        value_name = "FILTER",
        allow_hyphen_values = true,
        conflicts_with = "from"
    )]
    filters: Vec<String>,
    /// Wait so long for a device that is in use: 30s, 10m, 1h
    #[arg(long, value_name = "TIME", value_parser = super::run::duration, conflicts_with = "from")]
    wait: Option<Duration>,
    /// Show no progress
    #[arg(long, short, conflicts_with = "from")]
    quiet: bool,
}

/// Measures or reads, draws, and prints.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match (&args.from, &args.suite) {
        (Some(from), _) => recorded::run(args, from),
        (None, Some(suite)) => suite::run(args, suite),
        (None, None) => Err(Fault::new(Exit::Usage, "neither a suite nor --from is given").into()),
    }
}

/// What is studied.
struct Subject<'a> {
    candidate: &'a Recording,
    base: Option<&'a Recording>,
    /// Processes of a side.
    side: usize,
    /// The suite's `[compare]`.
    compare: BTreeMap<String, serde_json::Value>,
    /// What was drawn from, a line each.
    about: Vec<String>,
    run: Option<CalibratedRun>,
}

/// Draws, judges and prints.
fn study(args: &Args, subject: Subject<'_>) -> Result<(), Fault> {
    let wrong = |error: PolicyError| Fault::new(Exit::Input, error.to_string());
    let mut policy = Policy::for_kind(&subject.candidate.kind, &subject.compare).map_err(wrong)?;
    if subject.base.is_none() {
        policy.between_run = BetweenRun::WITHIN_ONE_RUN;
    }
    let q = crate::verdict::false_discovery_rate(&subject.compare).map_err(wrong)?;
    let setup = Setup {
        candidate: subject.candidate,
        base: subject.base,
        processes: subject.side,
        draws: args.draws as usize,
        seed: args.seed,
        alone: args.alone.map(|cases| cases as usize),
        policy,
        q,
    };
    let rows = study::rows(&setup)?;
    let mut about = subject.about;
    about.push(how(&setup));
    let view = CalibrationView {
        about,
        processes: subject.side,
        rows,
        outlook: outlook(args, &setup, subject.run.is_some())?,
        min_effect: policy.min_effect,
        noise: study::noise_model(subject.candidate),
        run: subject.run,
    };
    print(&view, args.format.chosen())
        .map_err(|error| Fault::new(Exit::Environment, error.to_string()))
}

/// What comparisons can find: for people, and in the JSON of a suite.
fn outlook(args: &Args, setup: &Setup<'_>, of_suite: bool) -> Result<Vec<Outlook>, StudyError> {
    if of_suite || args.format.chosen() == FactFormat::Human {
        study::outlook(setup)
    } else {
        Ok(Vec::new())
    }
}

/// How it was drawn, in one line.
fn how(setup: &Setup<'_>) -> String {
    let what = match setup.alone {
        None => "all kernels change together".to_owned(),
        Some(1) => "each kernel alone".to_owned(),
        Some(cases) => format!("one kernel changes among {cases} cases"),
    };
    let between = setup.policy.between_run.deviation;
    let runs = if between > 0.0 {
        let share = crate::units::significant(between * 100.0);
        format!("noise between runs {share} %, assumed")
    } else {
        "no noise between runs, since both sides are of one".to_owned()
    };
    format!(
        "{} draws of {} processes against {}; {what}; {runs}",
        setup.draws, setup.processes, setup.processes
    )
}

fn print(view: &CalibrationView, chosen: FactFormat) -> std::io::Result<()> {
    let format = match chosen {
        FactFormat::Json => report::Format::Json,
        FactFormat::Human => report::Format::Human {
            width: format::width(),
            color: format::color(),
        },
    };
    output::print(report::calibration(view, format).as_bytes())
}

impl From<StudyError> for Fault {
    fn from(error: StudyError) -> Self {
        let hint = match &error {
            StudyError::Processes { .. } => "draw fewer a side (--processes N), or record more",
            StudyError::NoKernel | StudyError::Differ { .. } => {
                "compare recordings of the same kernels, timed in the same way"
            }
            StudyError::Values { .. } => "leave that process out of the recording",
        };
        Self::new(Exit::Input, error.to_string()).hint(hint)
    }
}
