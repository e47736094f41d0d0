//! A baseline that the code has left behind: improvements that nobody saves.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::base::Base;
use super::candidate::{Candidate, Facts};
use crate::baseline::{Allowed, objections};
use crate::store::{self, Record};
use crate::verdict::{Judgement, NEWEST, Verdict};

/// The cases (with the metric, where that isn't the time) that are improved in the run `record` and in each of the 6
/// runs before it, none of which is saved: sorted, and empty where there are fewer such runs.
///
/// A run counts that a save would take, but for a dirty tree; it lies beside `record`, and is newer than the newest
/// that `base` holds. `judge` makes a comparison with that base.
pub fn improvements(
    record: &Record,
    judgements: &[Judgement],
    base: &Base,
    judge: impl Fn(&Candidate) -> Option<Vec<Judgement>>,
) -> Vec<String> {
    let mut improved = labels(judgements);
    let Some(saved) = base.newest.as_deref() else {
        return Vec::new();
    };
    if improved.is_empty() || record.header.id.as_str() <= saved {
        return Vec::new();
    }
    let before = unsaved_before(record, saved);
    if before.len() + 1 < NEWEST {
        return Vec::new();
    }
    for run in &before {
        let candidate = Candidate::of_record(run, Facts::of(&run.header)).ok();
        // A run that can't be read or judged has shown nothing.
        let judgements = candidate.and_then(|candidate| judge(&candidate));
        let then = judgements
            .map(|judgements| labels(&judgements))
            .unwrap_or_default();
        improved.retain(|label| then.contains(label));
        if improved.is_empty() {
            break;
        }
    }
    improved.into_iter().collect()
}

fn labels(judgements: &[Judgement]) -> BTreeSet<String> {
    let improved = judgements
        .iter()
        .filter(|judgement| judgement.verdict == Verdict::Improved);
    improved.map(Judgement::label).collect()
}

/// The runs right before `record` that a save would take: as many as are looked at, the newest first. A record that
/// can't be read is none.
fn unsaved_before(record: &Record, saved: &str) -> Vec<Record> {
    let allowed = Allowed {
        dirty: true,
        ..Allowed::default()
    };
    let own = &record.header;
    let is_between = |path: &PathBuf| {
        let id = path.file_name().map(|name| name.to_string_lossy());
        id.is_some_and(|id| *id > *saved && *id < *own.id)
    };
    let beside = store::runs_beside(&record.folder).unwrap_or_default();
    let runs = beside
        .into_iter()
        .rev()
        .filter(is_between)
        .filter_map(|path| Record::open(&path).ok())
        .filter(|run| run.header.suite == own.suite)
        .filter(|run| run.header.environment.key == own.environment.key)
        .filter(|run| objections(run, allowed).is_empty());
    runs.take(NEWEST - 1).collect()
}
