//! How the base of a run has timed its cases: the run does it the same way, or it could not be compared.

use std::collections::HashMap;

use super::subject::Subject;
use crate::baseline::{self, Baseline, BaselineError, FOLDER, Measured, RECENT, RunValues, Source};
use crate::cli::comparing::Operand;
use crate::id::CaseId;
use crate::plan::DeviceKind;
use crate::record::{Header, Method};
use crate::store::{self, Record};

/// The method of each case in the newest run that has it: of what the result will be compared with, else of the
/// baseline beside the suite. Only runs of the same environment count.
///
/// A baseline that can't be read is a warning: it can't be compared with later, and the run can be made.
pub fn of_base(
    against: Option<&Operand>,
    subject: &Subject,
    header: &Header,
) -> HashMap<CaseId, Method> {
    if subject.selector.kind != DeviceKind::Cuda {
        return HashMap::new();
    }
    let found = match against {
        Some(Operand::Record(folder)) => of_record(folder),
        Some(Operand::Baselines(source)) => of_baselines(source, header),
        None => {
            let root = store::root_for(&subject.path);
            let tree = root.parent().unwrap_or(&root);
            of_baselines(&Source::Folder(tree.join(FOLDER)), header)
        }
    };
    let runs = found.unwrap_or_else(|error| {
        anstream::eprintln!("warning: how cases are timed is chosen anew: {error}");
        Vec::new()
    });
    let key = &header.environment.key;
    let mut methods = HashMap::new();
    // The newest come last, and replace what was before.
    for run in runs.into_iter().filter(|run| run.key == *key) {
        let cases = run.cases.into_iter();
        methods.extend(cases.filter_map(|(id, case)| Some((id, case.method?))));
    }
    methods
}

fn of_record(folder: &std::path::Path) -> Result<Vec<RunValues>, BaselineError> {
    Ok(vec![Measured::of(&Record::open(folder)?)?.run])
}

fn of_baselines(source: &Source, header: &Header) -> Result<Vec<RunValues>, BaselineError> {
    let all = baseline::load(source, &header.suite)?;
    let key = &header.environment.key;
    let Some(reviewed) = all.into_iter().find(|reviewed| reviewed.key == *key) else {
        return Ok(Vec::new());
    };
    let runs = Baseline::load(source, reviewed, RECENT)?.runs;
    Ok(runs.into_iter().map(|run| run.values).collect())
}
