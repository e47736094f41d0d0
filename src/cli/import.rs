//! `warpmark import`: results of other harnesses as a record.

mod assembled;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Exit, Fault, output};
use crate::harness::{self, Harness, HarnessError, Reading};
use crate::id::Name;
use crate::store;

const AFTER: &str = "\
Examples:
  warpmark import nvbench r1.json r2.json r3.json r4.json r5.json
  warpmark import hyperfine times.json --suite startup
  warpmark import criterion target/criterion
  warpmark compare latest --against ID           as any other run

Every file is a process of the benchmark; hyperfine's holds one for each of its runs. A verdict needs two processes
a side at least, and five find what is worth finding.

Exit codes: 0 imported; 2 usage; 3 a file is wrong; 5 nothing can be written.";

/// Take results of other harnesses as a record, which compare, history and reports read as their own
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Whose files they are
    #[arg(value_enum)]
    format: Format,
    /// The files, one a process; for criterion folders such as target/criterion
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The name of the suite that they are results of [default: the format's name]
    #[arg(long, value_name = "NAME", value_parser = output::name)]
    suite: Option<Name>,
    /// The folder for the record, in place of .warpmark
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A harness on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// NVBench's JSON of --jsonbin, its folders of samples beside it
    Nvbench,
    /// Google Benchmark's JSON of --benchmark_out
    GoogleBenchmark,
    /// pytest-benchmark's JSON of --benchmark-json, with --benchmark-save-data
    PytestBenchmark,
    /// hyperfine's JSON of --export-json
    Hyperfine,
    /// Criterion's folder
    Criterion,
}

impl Format {
    fn harness(self) -> Harness {
        match self {
            Self::Nvbench => Harness::Nvbench,
            Self::GoogleBenchmark => Harness::GoogleBenchmark,
            Self::PytestBenchmark => Harness::PytestBenchmark,
            Self::Hyperfine => Harness::Hyperfine,
            Self::Criterion => Harness::Criterion,
        }
    }
}

/// Reads the files and writes their record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let harness = args.format.harness();
    let mut readings: Vec<(&Path, Reading)> = Vec::new();
    for path in &args.files {
        let reading = harness::read(harness, path).map_err(|error| wrong(harness, error))?;
        readings.push((path, reading));
    }
    let suite = match &args.suite {
        Some(suite) => suite.clone(),
        None => Name::new(harness.name())?,
    };
    let root = match &args.out {
        Some(folder) => folder.clone(),
        None => store::root_for(Path::new(".")),
    };
    let assembled = assembled::Assembled::of(harness, suite, &readings)?;
    for lack in &assembled.lacks {
        output::warn(lack);
    }
    let folder = assembled.write(&root)?;
    let shown = output::shown(&folder);
    let (cases, processes) = (assembled.header.cases.len(), assembled.header.processes);
    let text = format!(
        "{}: {cases} cases in {processes} {}\nrecord: {}\n",
        assembled.header.suite,
        if processes == 1 {
            "process"
        } else {
            "processes"
        },
        shown.display(),
    );
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

fn wrong(harness: Harness, error: HarnessError) -> Fault {
    match error {
        HarnessError::File(error) => error.into(),
        other => Fault::new(Exit::Input, other.to_string()).hint(format!(
            "is it a file of {}? docs/import.md says which options write one",
            harness.name()
        )),
    }
}
