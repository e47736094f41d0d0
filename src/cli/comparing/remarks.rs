//! What a comparison says of the candidate beside its verdicts.

use super::sides::has_cycles;
use crate::baseline::{CaseValues, RunValues};
use crate::id::CaseId;
use crate::verdict::by_cycles;

/// A remark on the cases whose output isn't that of the base's newest run, where both are known.
pub fn differing_outputs(candidate: &RunValues, base: &[RunValues]) -> Vec<String> {
    const SHOWN: usize = 5;
    let differs = |(id, values): &(&CaseId, &CaseValues)| {
        let newest = base.iter().rev().find_map(|run| run.cases.get(*id));
        let theirs = newest.and_then(|case| case.digest.as_ref());
        theirs.is_some() && values.digest.is_some() && theirs != values.digest.as_ref()
    };
    let ids: Vec<&str> = candidate
        .cases
        .iter()
        .filter(differs)
        .map(|(id, _)| id.as_str())
        .collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let more = match ids.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown = ids.get(..SHOWN).unwrap_or(&ids).join(", ");
    vec![format!("the output differs from the base's: {shown}{more}")]
}

/// A remark on the cases of the candidate that follow the clock, are to be judged by cycles, and have none.
pub fn without_cycles(candidate: &RunValues) -> Vec<String> {
    if !by_cycles(&candidate.compare) {
        return Vec::new();
    }
    let lacks = |case: &&CaseValues| case.clock_bound && !has_cycles(case);
    match candidate.cases.values().filter(lacks).count() {
        0 => Vec::new(),
        1 => vec!["1 case is judged by time, not by cycles: its clock is not known".to_owned()],
        many => vec![format!(
            "{many} cases are judged by time, not by cycles: their clock is not known"
        )],
    }
}
