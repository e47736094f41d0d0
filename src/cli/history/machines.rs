//! The nights of each device and environment key, from baselines and from records.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Args;
use super::subject::Subject;
use crate::baseline::{self, BaselineError, Measured, Night, NightRun, Source};
use crate::cli::{Exit, Fault};
use crate::files::FileError;
use crate::store::Record;

/// How deep records are looked for: `.warpmark` holds `runs`, suites and runs.
const DEPTH: usize = 4;

/// The nights of a device and environment key.
#[derive(Debug)]
pub struct Machine {
    /// The device: `host`, `cuda`.
    pub device: String,
    /// The environment's key.
    pub key: String,
    /// The nights, oldest first.
    pub nights: Vec<Night>,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The machines, by device and key.
    pub machines: Vec<Machine>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Runs by device and key.
type Runs = BTreeMap<(String, String), Vec<NightRun>>;

/// The nights of the suite in `source` and in the folders of records.
pub fn collect(args: &Args, source: &Source, subject: &Subject) -> Result<Found, Fault> {
    let mut runs = Runs::new();
    let mut warnings = Vec::new();
    for reviewed in baseline::load(source, &subject.name)? {
        let found = baseline::night_runs(source, &reviewed, args.since, &subject.renamed)?;
        let machine = (reviewed.device, reviewed.key);
        runs.entry(machine).or_default().extend(found);
    }
    for folder in &args.records {
        read_records(args, folder, subject, &mut runs, &mut warnings)?;
    }
    runs.retain(|_, runs| !runs.is_empty());
    if runs.is_empty() {
        return Err(nothing(args, source, subject));
    }
    let machines = runs.into_iter().map(|((device, key), runs)| Machine {
        device,
        key,
        nights: baseline::nights(runs),
    });
    Ok(Found {
        machines: machines.collect(),
        warnings,
    })
}

/// The error where there is no run at all.
fn nothing(args: &Args, source: &Source, subject: &Subject) -> Fault {
    if args.since.is_some() {
        let message = format!("no run of the suite {} since then", subject.name);
        return Fault::new(Exit::Input, message).hint("an earlier --since takes more nights");
    }
    BaselineError::Nothing {
        what: format!("of the suite {}", subject.name),
        folder: source.to_string(),
    }
    .into()
}

/// Adds the suite's runs below `folder`; those that can't be read are named and left out.
fn read_records(
    args: &Args,
    folder: &Path,
    subject: &Subject,
    runs: &mut Runs,
    warnings: &mut Vec<String>,
) -> Result<(), Fault> {
    if !folder.is_dir() {
        let message = format!("{} is no folder of records", folder.display());
        return Err(Fault::new(Exit::Input, message)
            .hint("`warpmark run` writes records below .warpmark/runs"));
    }
    let mut records = Vec::new();
    find_records(folder, DEPTH, &mut records)?;
    let before = runs.len();
    for path in &records {
        let left_out = |why: String| format!("{} is left out: {why}", path.display());
        match Record::open(path) {
            Err(error) => warnings.push(left_out(error.to_string())),
            Ok(record) if record.header.suite != subject.name => {}
            Ok(record) if record.header.quick => {
                warnings.push(left_out("a --quick run says too little".to_owned()));
            }
            Ok(record)
                if args
                    .since
                    .is_some_and(|since| record.header.started < since) => {}
            Ok(record) => match Measured::of(&record) {
                Err(error) => warnings.push(left_out(error.to_string())),
                Ok(measured) => take(&record, measured, subject, runs),
            },
        }
    }
    if runs.len() == before && records.is_empty() {
        warnings.push(format!("no record below {}", folder.display()));
    }
    Ok(())
}

fn take(record: &Record, measured: Measured, subject: &Subject, runs: &mut Runs) {
    let header = &record.header;
    let device = header.device.split(':').next().unwrap_or_default();
    let machine = (device.to_owned(), header.environment.key.clone());
    let method = header.versions.method.clone();
    let run = NightRun::of(measured.run, method, &subject.renamed);
    runs.entry(machine).or_default().push(run);
}

/// Adds the run directories in `folder`, itself among them, down to `depth` folders below.
fn find_records(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), FileError> {
    if folder.join("run.json").exists() {
        found.push(folder.to_owned());
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(FileError::at("list", folder))? {
        let path = entry.map_err(FileError::at("list", folder))?.path();
        // A link may lead back up.
        if path.is_dir() && !path.is_symlink() {
            folders.push(path);
        }
    }
    folders.sort();
    for folder in folders {
        find_records(&folder, depth - 1, found)?;
    }
    Ok(())
}
