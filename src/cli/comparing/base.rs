//! What a candidate is compared with: another run, or the recent runs of a baseline.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::super::output;
use super::anchored::Anchored;
use super::candidate::Facts;
use super::imported;
use super::operand::Operand;
use crate::baseline::{
    self, Baseline, BaselineError, Measured, RECENT, Reviewed, RunValues, Source,
};
use crate::environment;
use crate::id::CaseId;
use crate::record::{Environment, Method};
use crate::store::Record;
use crate::verdict::BetweenRun;

/// Runs read to measure the spread between runs.
const NOISE_RUNS: usize = 40;

/// A candidate's base.
#[derive(Debug, Default)]
pub struct Base {
    /// What it is, in words.
    pub label: String,
    /// Its runs, oldest first.
    pub runs: Vec<RunValues>,
    /// The cases that it has.
    pub cases: BTreeSet<CaseId>,
    /// Cases that it has no values of, and why.
    pub unmeasured: BTreeMap<CaseId, String>,
    /// Why nothing of it can be compared with the candidate; empty where it can.
    pub incomparable: Vec<String>,
    /// The spread between runs by kind, where the base has measured it.
    pub noise: BTreeMap<String, BetweenRun>,
    /// What stands behind its runs: anchors, accepted changes, the noise between processes.
    pub anchored: Anchored,
    /// The newest run that is saved in it; none where it is no baseline.
    pub newest: Option<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// The commit of its newest run, where that run stands for it.
    pub commit: Option<String>,
    /// What its record lacks, where it was imported.
    pub lacks: Vec<String>,
}

impl Base {
    /// Loads what `against` names for a candidate of these `facts`.
    pub fn load(against: Operand, facts: &Facts) -> Result<Self, BaselineError> {
        match against {
            Operand::Record(folder) => Self::of_record(&Record::open(&folder)?, facts),
            Operand::Baselines(source) => Self::of_baselines(&source, facts),
        }
    }

    /// How its newest run with a case has timed it.
    pub fn methods(&self) -> HashMap<CaseId, Method> {
        let cases = self.runs.iter().flat_map(|run| &run.cases);
        cases
            .filter_map(|(id, case)| Some((id.clone(), case.method.clone()?)))
            .collect()
    }

    fn of_record(record: &Record, facts: &Facts) -> Result<Self, BaselineError> {
        let mut measured = Measured::of(record)?;
        let header = &record.header;
        baseline::rename_keys(&mut measured.run.cases, &facts.renamed);
        let shown = output::shown(&record.folder);
        let mut unmeasured: BTreeMap<CaseId, String> = measured.unsupported;
        for (id, failure) in measured.failed {
            unmeasured.insert(id, format!("it failed in the base: {}", failure.message));
        }
        let planned = header.cases.iter();
        let cases = planned.map(|case| baseline::present_id(&case.id, &facts.renamed));
        baseline::rename_keys(&mut unmeasured, &facts.renamed);
        let mut base = Self {
            label: format!("the run {} ({})", header.id, shown.display()),
            cases: cases.collect(),
            unmeasured,
            incomparable: differing_facts(&header.environment, &facts.environment),
            warnings: record.warnings(),
            commit: header
                .git
                .as_ref()
                .filter(|git| git.dirty.is_empty())
                .and_then(|git| git.commit.clone()),
            lacks: imported::lacks(&header.environment),
            ..Self::default()
        };
        if header.suite != facts.heading.suite {
            let own = &facts.heading.suite;
            base.incomparable = vec![format!("suite: {} (base), {own} (candidate)", header.suite)];
        }
        base.take_runs(vec![measured.run], facts);
        Ok(base)
    }

    fn of_baselines(source: &Source, facts: &Facts) -> Result<Self, BaselineError> {
        let suite = &facts.heading.suite;
        let mut all = baseline::load(source, suite)?;
        let key = &facts.environment.key;
        let Some(place) = all.iter().position(|reviewed| reviewed.key == *key) else {
            return Ok(Self::without_key(source, &all, facts));
        };
        let reviewed = all.swap_remove(place);
        let file = source.name_of(&format!("{suite}/{}", reviewed.file_name()));
        let mut baseline = Baseline::load(source, reviewed, NOISE_RUNS)?;
        baseline::rename_keys(&mut baseline.reviewed.cases, &facts.renamed);
        let mut runs: Vec<RunValues> = baseline.runs.into_iter().map(|run| run.values).collect();
        for run in &mut runs {
            baseline::rename_keys(&mut run.cases, &facts.renamed);
        }
        let mut base = Self {
            cases: baseline.reviewed.cases.keys().cloned().collect(),
            anchored: Anchored::of(baseline.reviewed),
            newest: runs.last().map(|run| run.id.clone()),
            ..Self::default()
        };
        base.measure_noise(&runs, facts);
        let recent = runs.len().saturating_sub(RECENT + 1);
        base.anchored
            .forget_older(&mut runs[recent..], &facts.heading.run);
        base.take_runs(runs, facts);
        base.commit = base.runs.last().and_then(|run| run.commit.clone());
        let count = base.runs.len();
        let runs = if count == 1 { "run" } else { "runs" };
        base.label = format!("{file} ({count} {runs})");
        if count == 0 {
            base.incomparable = vec![format!("{file} has no runs")];
        }
        Ok(base)
    }

    /// The base where `source` has no baseline for the candidate's key: it says what the nearest one differs in.
    fn without_key(source: &Source, all: &[Reviewed], facts: &Facts) -> Self {
        let suite = &facts.heading.suite;
        let differences = all.iter().map(|reviewed| {
            let environment = Environment {
                key: reviewed.key.clone(),
                comparability: reviewed.environment.clone(),
                context: BTreeMap::new(),
            };
            differing_facts(&environment, &facts.environment)
        });
        let nearest = differences.min_by_key(Vec::len);
        let kind = |device: &str| device.split(':').next().map(str::to_owned);
        let own = kind(&facts.heading.device);
        let is_like = |reviewed: &Reviewed| kind(&reviewed.device) == own;
        let hint = "this machine, as it is now, has no baseline: warpmark baseline rebase goes on from the one that is there";
        let warnings = all.iter().any(is_like).then(|| hint.to_owned());
        let incomparable = nearest
            .unwrap_or_else(|| vec![format!("no baseline of the suite {suite} in {source}")]);
        Self {
            label: source.to_string(),
            incomparable,
            warnings: warnings.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Takes the newest of `runs`; the candidate itself only where there is no other.
    fn take_runs(&mut self, mut runs: Vec<RunValues>, facts: &Facts) {
        let own = &facts.heading.run;
        if runs.len() > 1 {
            runs.retain(|run| run.id != *own);
        } else if runs.iter().any(|run| run.id == *own) {
            self.warnings
                .push(format!("the run {own} is compared with itself"));
        }
        let old = runs.len().saturating_sub(RECENT);
        self.runs = runs.split_off(old);
    }

    fn measure_noise(&mut self, runs: &[RunValues], facts: &Facts) {
        let others: Vec<&RunValues> = runs
            .iter()
            .filter(|run| run.id != facts.heading.run)
            .collect();
        let kinds: BTreeSet<&String> = facts.cases.iter().map(|(_, kind)| kind).collect();
        for kind in kinds {
            if let Some(noise) = baseline::between_run(&others, kind) {
                self.noise.insert(kind.clone(), noise);
            }
        }
    }
}

/// The facts that break comparability, one a line; empty where the keys are equal.
fn differing_facts(base: &Environment, candidate: &Environment) -> Vec<String> {
    if base.key == candidate.key {
        return Vec::new();
    }
    let differences = environment::diff(base, candidate).into_iter();
    let facts: Vec<String> = differences
        .filter(environment::Difference::breaks_comparability)
        .map(|difference| {
            let (a, b) = (plain(difference.a.as_ref()), plain(difference.b.as_ref()));
            format!("{}: {a} (base), {b} (candidate)", difference.fact)
        })
        .collect();
    if facts.is_empty() {
        return vec!["the environments' keys differ".to_owned()];
    }
    facts
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
