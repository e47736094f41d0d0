//! `warpmark run`: plans, measures, records, and prints what came of it.

mod dry_run;
pub(super) mod header;
pub(super) mod measured;
mod methods;
pub(super) mod outcome;
pub(super) mod overrides;
mod page;
pub(super) mod pinning;
pub(super) mod progress;
mod resume;
pub(super) mod start;
pub(super) mod subject;
mod timings;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;

use super::comparing::{ConfirmArgs, Settings};
use super::format::ReportArgs;
use super::{Exit, Fault, suites};
use crate::engine::Signals;
use overrides::Overrides;
use pinning::Locks;
use subject::{Refused, Subject};

const EXAMPLES: &str = "\
Examples:
  warpmark run                                  every suite in suites/
  warpmark run suites/memory.toml -f 'triad/*'  the cases of one workload
  warpmark run --quick                          does everything work?
  warpmark run --dry-run                        the cases, and how long they will take
  warpmark run --resume                         goes on where the last run stopped
  warpmark run --axis n=1024,4096 --samples 20  other values than the suite's
  warpmark run --compare origin/main            did anything get slower?
  warpmark run --compare origin/main --confirm  the same, and flagged cases are measured once more
  warpmark run --fail-on goal                   does it reach its goals?
  warpmark run --wait 10m --json > result.json  waits for the device; results for programs
  warpmark run suites/memory.toml --html report.html  the report as a page

Exit codes: 0 all ran; 2 usage; 3 a suite is wrong; 4 no case selected; 5 the device or environment can't serve;
10 a case failed; 129, 130, 143 interrupted, what was measured is kept. With --compare also 20 regressed;
21 not comparable; 22 suspect; 24 a case of the baseline is missing; 25 crept. With --fail-on goal also 23 a goal is
missed.";

/// Measure suites, and record what came of it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A suite, or a folder of suites
    #[arg(value_name = "SUITE|FOLDER")]
    suite: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
    /// Go on with a run that was stopped: its folder, its id, or latest
    #[arg(
        long,
        value_name = "RUN",
        num_args = 0..=1,
        default_missing_value = "latest",
        conflicts_with_all = ["device", "processes", "samples", "seed", "axis", "filters", "quick", "shared", "dry_run"]
    )]
    resume: Option<String>,
    /// Show the cases and the predicted time, and measure nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    options: Options,
    /// When to use colours
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
}

/// How a run is done, and shown.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Stop at the first case that fails
    #[arg(long)]
    fail_fast: bool,
    /// Wait so long for a device that is in use: 30s, 10m, 1h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
    /// Compare the result with a record, with baselines in a folder, or with those of a git revision
    #[arg(long, value_name = "BASE")]
    compare: Option<String>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    locks: Locks,
    #[command(flatten)]
    confirm: ConfirmArgs,
    /// Print where the wall time went
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    gauges: Gauges,
    /// Write the report as a page for a browser to FILE, also of a run that was interrupted or has failed cases
    #[arg(long, value_name = "FILE", conflicts_with = "confirm")]
    html: Option<PathBuf>,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    report: ReportArgs,
}

impl Options {
    /// Those of a run that is compared with nothing and prints nothing.
    fn plain(wait: Option<Duration>, quiet: bool) -> Self {
        Self {
            fail_fast: false,
            wait,
            compare: None,
            settings: Settings::default(),
            locks: Locks::default(),
            confirm: ConfirmArgs::default(),
            timings: false,
            gauges: Gauges::default(),
            html: None,
            quiet,
            report: ReportArgs::default(),
        }
    }
}

/// What is read of a GPU while a run goes.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
struct Gauges {
    /// Keep no series of the GPU's clocks, temperature and power; what voids samples is looked at all the same
    #[arg(long)]
    no_telemetry: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On terminals, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Runs the suites one after another.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match args.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    if let Some(run) = &args.resume {
        let signals = watch()?;
        let (suite, run) = resume::meant(args.suite.as_deref(), run);
        return resume::resume(suite.as_deref(), &run, &args.options, &signals);
    }
    let given = args
        .suite
        .clone()
        .unwrap_or_else(|| PathBuf::from("suites"));
    let (subjects, refused) = load(&given, &args.overrides)?;
    if let Some(exit) = refused {
        return Ok(exit);
    }
    if args.options.html.is_some() && subjects.len() > 1 {
        let message = format!(
            "--html writes one report, and {} suites are meant",
            subjects.len()
        );
        return Err(Fault::new(Exit::Usage, message)
            .hint("name one suite")
            .into());
    }
    if args.dry_run {
        return dry_run::show(&subjects, args.options.report);
    }
    let signals = watch()?;
    let mut exits = Vec::new();
    for subject in &subjects {
        exits.push(start::fresh(subject, &args.options, &signals)?);
        if signals.caught().is_some() {
            break;
        }
    }
    Ok(exits.into_iter().fold(Exit::Success, Exit::before))
}

/// Watches for signals from now on.
pub(super) fn watch() -> Result<Signals, Fault> {
    Signals::watch().map_err(|error| {
        Fault::new(
            Exit::Environment,
            format!("cannot watch for signals: {error}"),
        )
    })
}

/// Loads and plans all suites before the first runs, so that a mistake in the last costs no time. A suite without a
/// selected case is left out where another has one.
fn load(given: &Path, overrides: &Overrides) -> anyhow::Result<(Vec<Subject>, Option<Exit>)> {
    let mut subjects = Vec::new();
    let mut refused = Vec::new();
    for path in suites::given(&[given.to_owned()], false)? {
        match Subject::load(&path, overrides)? {
            Ok(subject) => subjects.push(subject),
            Err(Refused(exit)) => refused.push(exit),
        }
    }
    refused.retain(|exit| *exit != Exit::NothingSelected || subjects.is_empty());
    let exit = refused.into_iter().reduce(Exit::before);
    Ok((subjects, exit))
}

/// Reads `30s`, `10m`, `1.5h`, `500ms`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time: 500ms, 30s, 10m and 1h are");
    let split = text
        .find(|c: char| c.is_ascii_alphabetic())
        .ok_or_else(wrong)?;
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(number * scale).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_wait_have_units() {
        let table = [
            ("500ms", 500),
            ("30s", 30_000),
            ("10m", 600_000),
            ("1.5h", 5_400_000),
        ];
        for (text, milliseconds) in table {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for bad in ["", "10", "m", "-1s", "10x", "1e400s", "nans"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
