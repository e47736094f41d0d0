//! What `run` and `compare` show.

use std::collections::{BTreeMap, HashMap};

use super::{CaseOutcome, CaseView, Heading, Label};
use crate::verdict::{Judgement, Verdict};

/// The result of a run, with verdicts where it was compared.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// Where it comes from.
    pub heading: Heading,
    /// The cases, in plan order.
    pub cases: Vec<CaseView>,
    /// The comparison that went with it.
    pub comparison: Option<CompareView>,
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareView {
    /// The candidate.
    pub heading: Heading,
    /// What it was compared with, in words: `HEAD (baselines/memory/host-0123456789ab.toml)`.
    pub base: String,
    /// The judgements: cases in plan order, the metrics of a case in theirs, what only the base has at the end.
    pub judgements: Vec<Judgement>,
    /// Remarks for the reader.
    pub notes: Vec<String>,
}

impl CompareView {
    /// A view that is labelled `run noise assumed` where a judgement rests on that.
    pub fn new(mut heading: Heading, base: String, judgements: Vec<Judgement>) -> Self {
        if judgements
            .iter()
            .any(|judgement| judgement.run_noise_assumed)
        {
            heading.labels.push(Label::RunNoiseAssumed);
        }
        Self {
            heading,
            base,
            judgements,
            notes: Vec::new(),
        }
    }

    /// How many judgements have each verdict, those that need attention first.
    pub fn counts(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        for judgement in &self.judgements {
            *counts.entry(judgement.verdict).or_default() += 1;
        }
        counts
    }
}

impl RunView {
    /// How many cases were measured, failed, are unsupported, and were not come to.
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for case in &self.cases {
            counts[match case.outcome {
                CaseOutcome::Measured(_) => 0,
                CaseOutcome::Failed(_) => 1,
                CaseOutcome::Unsupported(_) => 2,
                CaseOutcome::NotMeasured => 3,
            }] += 1;
        }
        counts
    }
}

/// Either view.
#[derive(Debug, Clone, Copy)]
pub enum View<'a> {
    /// A run.
    Run(&'a RunView),
    /// A comparison.
    Compare(&'a CompareView),
}

impl<'a> From<&'a RunView> for View<'a> {
    fn from(run: &'a RunView) -> Self {
        Self::Run(run)
    }
}

impl<'a> From<&'a CompareView> for View<'a> {
    fn from(compare: &'a CompareView) -> Self {
        Self::Compare(compare)
    }
}

/// Cases whose verdict has the same reasons.
pub(super) type Alike<'a> = (Verdict, &'a [String], Vec<String>);

/// Judgements that need words (all but `unchanged` and `new`), those that need attention first; those with the
/// same verdict and reasons stand together.
pub(super) fn by_reason(judgements: &[Judgement]) -> Vec<Alike<'_>> {
    let mut groups: Vec<Alike<'_>> = Vec::new();
    let mut places: HashMap<(Verdict, &[String]), usize> = HashMap::new();
    for judgement in judgements {
        if matches!(judgement.verdict, Verdict::Unchanged | Verdict::New) {
            continue;
        }
        let key = (judgement.verdict, judgement.reasons.as_slice());
        let place = *places.entry(key).or_insert_with(|| {
            groups.push((key.0, key.1, Vec::new()));
            groups.len() - 1
        });
        groups[place].2.push(judgement.label());
    }
    groups.sort_by_key(|(verdict, ..)| *verdict);
    groups
}
