//! Whether the machine moved, by the sentinels of the candidate.

use std::collections::{BTreeMap, BTreeSet};

use super::base::Base;
use super::candidate::Candidate;
use crate::baseline::CaseValues;
use crate::id::CaseId;
use crate::verdict::{self, Comparison, Judgement, Moved};

/// How the sentinels moved, a kind each; none where they stayed. `judgements` are those of `comparisons`, in the same
/// order.
pub fn moved(
    candidate: &Candidate,
    base: &Base,
    comparisons: &[Comparison],
    judgements: &[Judgement],
    rate: f64,
) -> Vec<Moved> {
    let sentinels: BTreeSet<&CaseId> = candidate.facts.sentinels.iter().collect();
    let kinds: BTreeMap<&CaseId, &str> = candidate
        .facts
        .cases
        .iter()
        .map(|(id, kind)| (id, kind.as_str()))
        .collect();
    let mut by_kind: BTreeMap<&str, (f64, Vec<&Judgement>)> = BTreeMap::new();
    for (comparison, judgement) in comparisons.iter().zip(judgements) {
        let id = &judgement.id;
        if !sentinels.contains(id) || has_other_code(id, candidate, base) {
            continue;
        }
        if let Some(kind) = kinds.get(id) {
            let (effect, all) = by_kind.entry(kind).or_default();
            *effect = effect.max(comparison.policy.min_effect);
            all.push(judgement);
        }
    }
    by_kind
        .into_iter()
        .filter_map(|(kind, (effect, all))| verdict::moved(kind, &all, effect, rate))
        .collect()
}

/// Whether a sentinel's own code is known to have changed, so that it says nothing of the machine.
fn has_other_code(id: &CaseId, candidate: &Candidate, base: &Base) -> bool {
    let identity = |case: &CaseValues| case.identity.clone();
    let own = candidate.measured.run.cases.get(id).and_then(identity);
    let newest = base.runs.iter().rev().find_map(|run| run.cases.get(id));
    let theirs = newest.and_then(identity);
    own.is_some() && theirs.is_some() && own != theirs
}
