//! The ceilings of the machine that a run was made on, for what prints results.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Once;

use super::output;
use crate::baseline::{self, CEILINGS, Source};
use crate::id::CaseId;
use crate::record::{CaseHeader, Header, Unit};
use crate::report::CompareView;
use crate::stats::Ceilings;
use crate::store::{self, Record};

/// The ceilings that bound what the run with `header` in the folder `record` measured.
///
/// Where there are none, a word on standard error says how to measure them, once a program; results don't depend on
/// them, so that a damaged file is a warning.
pub fn of(header: &Header, record: &Path) -> Ceilings {
    let folder = folder(record);
    let source = Source::Folder(folder.clone());
    match baseline::ceilings(&source, &header.environment.comparability) {
        Ok(ceilings) if ceilings.is_empty() => {
            if is_bounded(header) {
                advise(&folder);
            }
            ceilings
        }
        Ok(ceilings) => ceilings,
        Err(error) => {
            output::warn(&format!(
                "the ceilings of this machine are left out: {error}"
            ));
            Ceilings::default()
        }
    }
}

/// Adds how near the cases of `record` come to the ceilings of its machine.
pub fn hold_against(view: &mut CompareView, record: &Record) {
    let ceilings = of(&record.header, &record.folder);
    let cases = record.header.cases.iter();
    let planned: BTreeMap<&CaseId, &CaseHeader> = cases.map(|case| (&case.id, case)).collect();
    for judgement in &view.judgements {
        let time = judgement
            .candidate
            .mean
            .filter(|_| judgement.metric == "time" && judgement.unit == Unit::Nanoseconds);
        let case = planned.get(&judgement.id).copied();
        if let (Some(time), Some(case)) = (time, case)
            && let Some(found) = ceilings.of_case(case, time)
        {
            view.of_ceiling.insert(judgement.id.clone(), found);
        }
    }
}

/// Whether ceilings would say something of the run: it measured work on a GPU, and isn't their own.
fn is_bounded(header: &Header) -> bool {
    let mut kernels = header.cases.iter().filter(|case| case.kind == "cuda");
    header.suite.as_str() != CEILINGS
        && kernels.any(|case| case.work.bytes().is_some() || case.work.flops.is_some())
}

/// Says how ceilings come to be.
fn advise(folder: &Path) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        anstream::eprintln!(
            "note: {} has no ceilings of this GPU under these settings, so results don't say how near they come to \
             them. Measure them: warpmark run suites/ceilings.toml && warpmark baseline save --suite ceilings",
            folder.display()
        );
    });
}

/// The baselines of the work tree that holds a record (`.warpmark/runs/SUITE/RUN`), else of the current one.
fn folder(record: &Path) -> PathBuf {
    let whole = std::path::absolute(record).unwrap_or_else(|_| record.to_owned());
    let beside = whole
        .ancestors()
        .nth(4)
        .map(|tree| tree.join(baseline::FOLDER));
    let here = || {
        let root = store::root_for(Path::new("."));
        let tree = root.parent().unwrap_or(Path::new("."));
        tree.join(baseline::FOLDER)
    };
    output::shown(&beside.filter(|folder| folder.is_dir()).unwrap_or_else(here))
}
