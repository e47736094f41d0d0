//! What stands behind the recent runs of a baseline: anchors, accepted changes, and the noise model.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::candidate::Candidate;
use crate::baseline::{Reviewed, ReviewedCase, RunValues, same_clock};
use crate::id::CaseId;
use crate::record::CYCLES;
use crate::verdict::{Accepted, Anchor, Comparison, Judgement, NoiseModel};

/// What a reviewed file says beside the runs.
#[derive(Debug, Default)]
pub struct Anchored {
    /// Its cases.
    cases: BTreeMap<CaseId, ReviewedCase>,
    /// The device's noise model, where it was measured.
    pub noise: Option<NoiseModel>,
    /// Accepted cases of which the candidate itself is the only run that counts.
    pub restarted: BTreeSet<CaseId>,
    /// Accepted cases that have older values among the recent runs.
    recently: BTreeSet<CaseId>,
}

impl Anchored {
    /// What `reviewed` says.
    pub fn of(reviewed: Reviewed) -> Self {
        Self {
            noise: reviewed.noise.map(|noise| noise.model()),
            cases: reviewed.cases,
            ..Self::default()
        }
    }

    /// Drops the values of accepted cases that are older than what was accepted. `own` is the candidate's run.
    pub fn forget_older(&mut self, runs: &mut [RunValues], own: &str) {
        for (id, case) in &self.cases {
            let Some(since) = &case.since else { continue };
            let has = |run: &&RunValues| run.cases.contains_key(id);
            let counting: Vec<&RunValues> = runs
                .iter()
                .filter(|run| run.id >= *since)
                .filter(has)
                .collect();
            if counting.iter().any(|run| run.id == own) && counting.len() == 1 {
                self.restarted.insert(id.clone());
            }
            for run in runs.iter_mut().filter(|run| run.id < *since) {
                if run.cases.remove(id).is_some() {
                    self.recently.insert(id.clone());
                }
            }
        }
    }

    /// Holds `judgement` to the case's anchor, and adds the reason of what was accepted.
    pub fn complete(&self, judgement: &mut Judgement, comparison: &Comparison, from: &Candidate) {
        let Some(case) = self.cases.get(&judgement.id) else {
            return;
        };
        if let Some(reason) = &case.reason {
            judgement.accepted = Some(Accepted {
                reason: reason.clone(),
                since: case.since.clone(),
            });
        }
        if let Some(anchor) = anchor_of(case, comparison, from) {
            judgement.hold_to_anchor(comparison, &anchor);
        }
    }

    /// Adds what is acknowledged of the metric of `judgement` on the day `today`, in UTC, where it is slower.
    pub fn acknowledge(&self, judgement: &mut Judgement, today: Date) {
        let case = self.cases.get(&judgement.id);
        if let Some(known) = case.and_then(|case| case.acknowledged.get(&judgement.metric)) {
            judgement.acknowledge(known, today);
        }
    }

    /// The changes that were accepted within the recent runs, a line for each reason.
    pub fn notes(&self) -> Vec<String> {
        const SHOWN: usize = 5;
        let mut by_reason: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for id in self.recently.union(&self.restarted) {
            let case = self.cases.get(id);
            let said =
                case.and_then(|case| Some((case.reason.as_deref()?, case.since.as_deref()?)));
            if let Some((reason, since)) = said {
                by_reason
                    .entry((since, reason))
                    .or_default()
                    .push(id.as_str());
            }
        }
        let line = |((since, reason), ids): (_, Vec<&str>)| {
            let shown = ids.get(..SHOWN).unwrap_or(&ids).join(", ");
            let more = match ids.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("accepted with the run {since}: {shown}{more}: {reason}")
        };
        by_reason.into_iter().map(line).collect()
    }
}

/// The anchor of a comparison's metric, where it was made in the same way, at the same clock unless it is in cycles.
fn anchor_of(case: &ReviewedCase, comparison: &Comparison, from: &Candidate) -> Option<Anchor> {
    let metric = case.metrics.get(&comparison.metric)?;
    let run = &from.measured.run;
    let own = run.cases.get(&comparison.id)?;
    let method = case.method.as_ref();
    let same_method =
        own.method_name() == method.map(|method| (method.name.as_str(), method.executions));
    let is_same = metric.unit == comparison.unit && metric.better == comparison.better;
    let clock = comparison.metric == CYCLES || same_clock(metric.clock_mhz, run.clock_mhz);
    (same_method && is_same && clock).then(|| Anchor {
        value: metric.anchor,
        runs: metric.runs,
        since: metric.last.clone(),
        carried: metric.carried.unwrap_or_default(),
    })
}
