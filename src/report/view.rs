//! What `run` and `compare` show.

use std::collections::{BTreeMap, HashMap};

use super::{CaseOutcome, CaseView, Heading, Label, Probes, text};
use crate::finance::Statement;
use crate::id::CaseId;
use crate::stats::CeilingFraction;
use crate::units::{percent, rough};
use crate::verdict::{Judgement, Moved, NEWEST, Verdict};

/// The result of a run, with verdicts where it was compared.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// Where it comes from.
    pub heading: Heading,
    /// What its probes saw of the machine.
    pub probes: Probes,
    /// The cases, in plan order.
    pub cases: Vec<CaseView>,
    /// The comparison that went with it.
    pub comparison: Option<CompareView>,
    /// What it costs, and whether it reaches its goals.
    pub statement: Statement,
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
    /// How near the candidate's cases come to a measured ceiling, where one is known.
    pub of_ceiling: BTreeMap<CaseId, CeilingFraction>,
    /// How the machine moved, by its sentinels, a kind of device each.
    pub moved: Vec<Moved>,
    /// What is improved in this run and the 6 before it, none of which is saved.
    pub stale: Vec<String>,
    /// Remarks for the reader.
    pub notes: Vec<String>,
    /// What the candidate costs, and whether it reaches its goals; empty where that stands with its run.
    pub statement: Statement,
}

impl CompareView {
    /// A view that is labelled `run noise assumed`, or `run noise 24 % by probe`, where a judgement rests on that.
    pub fn new(mut heading: Heading, base: String, judgements: Vec<Judgement>) -> Self {
        if judgements
            .iter()
            .any(|judgement| judgement.run_noise_assumed)
        {
            heading.labels.push(Label::RunNoiseAssumed);
        }
        let mut probed: Vec<f64> = judgements
            .iter()
            .filter_map(|judgement| judgement.run_noise_probed)
            .collect();
        probed.sort_unstable_by(f64::total_cmp);
        probed.dedup();
        if !probed.is_empty() {
            let shares = probed.into_iter().map(rough).collect();
            heading.labels.push(Label::RunNoiseProbed(shares));
        }
        Self {
            heading,
            base,
            judgements,
            of_ceiling: BTreeMap::new(),
            moved: Vec::new(),
            stale: Vec::new(),
            notes: Vec::new(),
            statement: Statement::default(),
        }
    }

    /// How near the case of a judgement of time comes to a measured ceiling.
    pub(super) fn of_ceiling(&self, judgement: &Judgement) -> Option<CeilingFraction> {
        let of_case = self.of_ceiling.get(&judgement.id).copied();
        of_case.filter(|_| judgement.metric == "time")
    }

    /// Labels the view `machine moved +1.2 %` where the sentinels did.
    pub fn set_moved(&mut self, moved: Vec<Moved>) {
        if !moved.is_empty() {
            let shares = moved.iter().map(|moved| percent(moved.estimate)).collect();
            self.heading.labels.push(Label::MachineMoved(shares));
        }
        self.moved = moved;
    }

    /// Labels the view `stale baseline`, and says what to do, where improvements wait to be saved.
    pub fn set_stale(&mut self, stale: Vec<String>) {
        if !stale.is_empty() {
            self.heading.labels.push(Label::StaleBaseline);
            let names = some_of(stale.clone());
            self.notes.push(format!(
                "stale baseline: improved in each of the last {NEWEST} runs, none of which is saved: {}; save them with warpmark baseline save",
                names.join(", ")
            ));
        }
        self.stale = stale;
    }

    /// Says how many verdicts are acknowledged, where some are.
    pub fn note_quiet(&mut self) {
        let quiet = self.judgements.iter().filter(|found| found.is_quiet());
        match quiet.count() {
            0 => {}
            1 => self
                .notes
                .push("1 of the verdicts is acknowledged and fails nothing".to_owned()),
            many => self.notes.push(format!(
                "{many} of the verdicts are acknowledged and fail nothing"
            )),
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

/// What a run says of its cases by itself.
pub(super) const SAID_BY_RUN: [Verdict; 2] = [Verdict::Failed, Verdict::Unsupported];

impl RunView {
    /// The run's heading, with the labels of its comparison.
    pub(super) fn whole_heading(&self) -> &Heading {
        self.comparison
            .as_ref()
            .map_or(&self.heading, |comparison| &comparison.heading)
    }

    /// Says by which command line the run, and its comparison where there is one, is made again.
    pub fn set_reproduce(&mut self, line: &str) {
        let of_comparison = self.comparison.as_mut();
        let headings = of_comparison.map(|comparison| &mut comparison.heading);
        for heading in headings.into_iter().chain([&mut self.heading]) {
            line.clone_into(&mut heading.reproduce);
        }
    }

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

/// The verdicts that say all there is to say.
const QUIET: [Verdict; 2] = [Verdict::Unchanged, Verdict::New];

/// The most names that stand together; the table has all.
const NAMES: usize = 10;

/// Judgements that need words, those that need attention first; those with the same verdict and reasons stand
/// together. `silent` verdicts are left out besides `unchanged` and `new`.
pub(super) fn by_reason<'a>(judgements: &'a [Judgement], silent: &[Verdict]) -> Vec<Alike<'a>> {
    let mut groups: Vec<(Verdict, &[String], Vec<&Judgement>)> = Vec::new();
    let mut places: HashMap<(Verdict, &[String]), usize> = HashMap::new();
    for judgement in judgements {
        if QUIET.contains(&judgement.verdict) || silent.contains(&judgement.verdict) {
            continue;
        }
        let key = (judgement.verdict, judgement.reasons.as_slice());
        let place = *places.entry(key).or_insert_with(|| {
            groups.push((key.0, key.1, Vec::new()));
            groups.len() - 1
        });
        groups[place].2.push(judgement);
    }
    groups.sort_by_key(|(verdict, ..)| *verdict);
    let named = |(verdict, reasons, all): (_, _, Vec<&Judgement>)| (verdict, reasons, names(&all));
    groups.into_iter().map(named).collect()
}

/// The names of the first judgements, and how many more there are.
fn names(judgements: &[&Judgement]) -> Vec<String> {
    let label = |judgement: &&Judgement| text::harmless(&judgement.label());
    some_of(judgements.iter().map(label).collect())
}

/// The first of `names`, and how many more there are.
fn some_of(mut names: Vec<String>) -> Vec<String> {
    if names.len() > NAMES {
        let more = names.len() - NAMES;
        names.truncate(NAMES);
        names.push(format!("and {more} more"));
    }
    names
}
