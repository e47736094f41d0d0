//! `warpmark history`.

pub(super) mod machines;
mod subject;
pub(super) mod telling;

use std::path::{Path, PathBuf};

use super::format::{self, FactArgs, FactFormat};
use super::{Exit, Fault, output};
use crate::baseline::{Commits, Source};
use crate::plan::Filters;
use crate::report;
use crate::verdict::history::ALARM;

use subject::Subject;

/// Say which cases stepped or drift over the nights of a suite's baselines, and near which commit
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark history memory\n  warpmark history suites/memory.toml --since 2026-09-01 -f 'copy/*'\n  warpmark history memory --records .warpmark/runs --json"
)]
pub struct Args {
    /// The suite's name, or its manifest
    suite: String,
    /// A git revision, or a folder of baselines [default: `baselines` in the root of the work tree]
    #[arg(long, value_name = "REV|DIR")]
    at: Option<String>,
    /// Also the runs of this suite in a folder of records, at any depth
    #[arg(long, value_name = "DIR")]
    records: Vec<PathBuf>,
    /// Only cases that match: a glob on ids, tag:NAME, or axis=value; ! leaves out
    #[arg(short, long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
    /// Only nights from this day or time on: 2026-09-01, or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<jiff::Timestamp>,
    /// Tell of a series what chance makes with at most this probability
    #[arg(long, value_name = "P", default_value_t = ALARM, value_parser = probability)]
    alarm: f64,
    #[command(flatten)]
    format: FactArgs,
}

/// Tells the history.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let here = Path::new(".");
    let subject = match Subject::resolve(&args.suite, here)? {
        Ok(subject) => subject,
        Err(exit) => return Ok(exit),
    };
    let filters = Filters::parse(&args.filters)
        .map_err(|error| Fault::new(super::suites::exit_of(&error), error.to_string()))?;
    let found = machines::collect(args, &source(args, here)?, &subject)?;
    for warning in &found.warnings {
        output::warn(warning);
    }
    let commits = Commits::around(here).map_err(Fault::from)?;
    let Some(view) = telling::tell(args, &subject, &filters, found.machines, commits.as_ref())?
    else {
        let fault = Fault::new(Exit::NothingSelected, "no case of these nights is selected");
        return Err(fault
            .hint("tags are read from the suite's manifest; `-f '*'` takes every case")
            .into());
    };
    let text = match args.format.chosen() {
        FactFormat::Human => report::history_text(&view, format::color()),
        FactFormat::Json => report::history_json(&view),
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Where the baselines are.
fn source(args: &Args, here: &Path) -> Result<Source, Fault> {
    Ok(match &args.at {
        Some(at) if Path::new(at).is_dir() => Source::Folder(PathBuf::from(at)),
        Some(at) => Source::revision(here, at)?,
        None => Source::Folder(super::baseline::folder(None)),
    })
}

/// A day, which begins at midnight UTC, or a time.
fn time(text: &str) -> Result<jiff::Timestamp, String> {
    let day = |date: jiff::civil::Date| date.to_zoned(jiff::tz::TimeZone::UTC);
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && let Ok(midnight) = day(date)
        && !text.contains(['T', 't', ' '])
    {
        return Ok(midnight.timestamp());
    }
    text.parse()
        .map_err(|_| "write a day, 2026-09-01, or a time, 2026-09-01T22:00:00Z".to_owned())
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(p) if p > 0.0 && p <= 0.5 => Ok(p),
        _ => Err("write a probability above 0, 0.5 at most".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_probabilities() {
        let midnight = time("2026-09-01").expect("a day");
        assert_eq!(midnight, time("2026-09-01T00:00:00Z").expect("a time"));
        assert_eq!(time("2026-09-01T02:00:00+02:00"), Ok(midnight));
        for bad in ["", "yesterday", "2026-13-01", "2026-09"] {
            assert!(time(bad).is_err(), "{bad}");
        }
        assert_eq!(probability("0.05"), Ok(0.05));
        for bad in ["0", "0.6", "-1", "nan", "x"] {
            assert!(probability(bad).is_err(), "{bad}");
        }
    }
}
