//! Puts what two sides measured side by side, a metric of a case each, and sees what can't be compared.

use std::collections::BTreeSet;

use super::base::Base;
use super::candidate::Candidate;
use crate::baseline::{CaseValues, MetricValues, RunValues, run_spread, same_clock};
use crate::id::CaseId;
use crate::record::{Better, CYCLES, MEAN_ONLY, Unit};
use crate::report::Label;
use crate::stats::Speeds;
use crate::telemetry::WINDOW_METRICS;
use crate::verdict::{BetweenRun, Comparison, Design, Given, Policy, PolicyError, Side, by_cycles};

/// Why a case that is judged by cycles can't be.
const NO_CYCLES: &str =
    "the base has no cycles of it: save a new baseline, or leave normalise = \"cycles\" out";

/// The comparisons of all cases: those of the candidate in plan order, then those that only the base has.
pub fn comparisons(candidate: &Candidate, base: &Base) -> Result<Vec<Comparison>, PolicyError> {
    let pairing = Pairing::of(candidate, base);
    let mut all = Vec::new();
    for (id, kind) in &candidate.facts.cases {
        let policy = pairing.policy(kind)?;
        pairing.case(id, policy, &mut all);
    }
    if candidate.facts.partial || !base.incomparable.is_empty() {
        return Ok(all);
    }
    let planned: BTreeSet<&CaseId> = candidate.facts.cases.iter().map(|(id, _)| id).collect();
    for id in base.cases.iter().filter(|id| !planned.contains(id)) {
        let values = base.runs.iter().rev().find_map(|run| run.cases.get(id));
        let policy = pairing.policy(values.map_or("", |values| values.kind.as_str()))?;
        let reason = candidate.facts.removed.get(id.workload()).cloned();
        all.push(given(id, policy, Given::Missing(reason)));
    }
    Ok(all)
}

/// A comparison of a case's time that is decided already.
pub fn given(id: &CaseId, policy: Policy, given: Given) -> Comparison {
    Comparison {
        id: id.clone(),
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        base: Side::default(),
        candidate: Side::default(),
        timed_ns: None,
        tick_ns: None,
        policy,
        design: Design::default(),
        given: Some(given),
    }
}

/// Two sides, and what holds for all cases.
struct Pairing<'a> {
    candidate: &'a Candidate,
    base: &'a Base,
    /// The base's runs.
    all: Vec<&'a RunValues>,
    /// Those at the candidate's clock.
    runs: Vec<&'a RunValues>,
    /// Why none is, where none is.
    clocks: Option<String>,
}

impl<'a> Pairing<'a> {
    fn of(candidate: &'a Candidate, base: &'a Base) -> Self {
        let own = candidate.measured.run.clock_mhz;
        let (near, far): (Vec<_>, Vec<_>) = base
            .runs
            .iter()
            .partition(|run| same_clock(own, run.clock_mhz));
        let clocks = far
            .last()
            .filter(|_| near.is_empty())
            .and_then(|run| Some((run.clock_mhz?, own?)))
            .map(|(theirs, own)| {
                let [theirs, own] = [theirs, own].map(|mhz| (mhz * 10.0).round() / 10.0);
                format!("SM clock of the probe: {theirs} MHz (base), {own} MHz (candidate)")
            });
        Self {
            candidate,
            base,
            all: base.runs.iter().collect(),
            runs: near,
            clocks,
        }
    }

    /// Whether a case is judged by its cycles instead of its time: the suite wants that, and they are known.
    fn by_cycles(&self, values: &CaseValues) -> bool {
        by_cycles(&self.candidate.measured.run.compare) && has_cycles(values)
    }

    /// The base's runs that a case is compared with: those at the same clock, unless cycles are compared.
    fn runs_for(&self, values: &CaseValues) -> &[&'a RunValues] {
        if self.by_cycles(values) {
            &self.all
        } else {
            &self.runs
        }
    }

    /// The rules for cases of `kind`, with the spread between runs that the base has measured, or probes tell.
    fn policy(&self, kind: &str) -> Result<Policy, PolicyError> {
        let mut policy = Policy::for_kind(kind, &self.candidate.measured.run.compare)?;
        // A kind without a model by default has none.
        policy.noise = policy
            .noise
            .map(|usual| self.base.anchored.noise.unwrap_or(usual));
        let own = &self.candidate.measured.run.id;
        if self.runs.iter().all(|run| run.id == *own) && !self.runs.is_empty() {
            policy.between_run = BetweenRun::WITHIN_ONE_RUN;
            return Ok(policy);
        }
        if let Some(noise) = self.base.noise.get(kind) {
            policy.between_run = *noise;
        }
        if matches!(kind, "host" | "command") {
            policy.between_run = self.widened(policy.between_run);
        }
        Ok(policy)
    }

    /// `noise`, or as much as the processors' own speeds differed.
    fn widened(&self, noise: BetweenRun) -> BetweenRun {
        let base: Vec<Speeds> = self.runs.iter().filter_map(|run| run.speeds).collect();
        let candidate: Vec<Speeds> = self.candidate.measured.run.speeds.into_iter().collect();
        noise.widened(&base, &candidate)
    }

    /// Adds the comparisons of a case: one, or one a metric.
    fn case(&self, id: &CaseId, policy: Policy, all: &mut Vec<Comparison>) {
        let measured = &self.candidate.measured;
        if let Some(failure) = measured.failed.get(id) {
            all.push(given(id, policy, Given::Failed(failure.message.clone())));
        } else if let Some(why) = measured.unsupported.get(id) {
            all.push(given(id, policy, Given::Unsupported(why.clone())));
        } else if let Some(reasons) = self.incomparable(id) {
            all.push(given(id, policy, Given::Incomparable(reasons)));
        } else if !self.base.cases.contains(id) || self.base.anchored.restarted.contains(id) {
            all.push(given(id, policy, Given::New));
        } else if let Some(why) = self.untested(id) {
            all.push(given(id, policy, Given::Untested(why)));
        } else if let Some(values) = measured.run.cases.get(id) {
            self.metrics(id, values, policy, all);
        }
    }

    /// Why a case can't be compared as a whole.
    fn incomparable(&self, id: &CaseId) -> Option<Vec<String>> {
        let base = self.base;
        if !base.incomparable.is_empty() {
            return Some(base.incomparable.clone());
        }
        let Some(values) = self.candidate.measured.run.cases.get(id) else {
            return Some(vec!["the candidate has no values of it".to_owned()]);
        };
        if !base.cases.contains(id) || base.anchored.restarted.contains(id) {
            return None;
        }
        if let Some(why) = base.unmeasured.get(id) {
            return Some(vec![why.clone()]);
        }
        if let Some(clocks) = self.clocks.as_ref().filter(|_| !self.by_cycles(values)) {
            return Some(vec![clocks.clone()]);
        }
        let runs = self.runs_for(values).iter();
        let mut others = runs.filter_map(|run| run.cases.get(id));
        let Some(newest) = others.next_back() else {
            return Some(vec![
                "no recent run of the base has values of it".to_owned(),
            ]);
        };
        let is_same = |other: &&CaseValues| other.method_name() == values.method_name();
        let same: Vec<&CaseValues> = others.chain([newest]).filter(is_same).collect();
        if !same.is_empty() {
            let lacks = self.by_cycles(values) && !same.into_iter().any(has_cycles);
            return lacks.then(|| vec![NO_CYCLES.to_owned()]);
        }
        let (theirs, own) = (method(newest), method(values));
        Some(vec![format!(
            "timing method: {theirs} (base), {own} (candidate)"
        )])
    }

    /// Why nothing can be said of a case that was imported without its samples.
    fn untested(&self, id: &CaseId) -> Option<String> {
        let values = self.candidate.measured.run.cases.get(id)?;
        let (name, _) = values.method_name()?;
        (name == MEAN_ONLY).then(|| {
            "the harness kept no samples, only their mean: one number a process says nothing of its tail".to_owned()
        })
    }

    /// Gives `comparison` the spread between runs of its own case: what is known of kernels that power holds down, and
    /// what the base's `runs`, at whatever clock, show of it.
    fn take_own_spread(
        &self,
        values: &CaseValues,
        runs: &[(Option<f64>, &CaseValues)],
        comparison: &mut Comparison,
    ) {
        let between_run = &mut comparison.policy.between_run;
        if comparison.metric == "time" && !self.is_one_card() {
            let clock = values.clock_mhz.zip(self.candidate.measured.run.clock_mhz);
            *between_run = clock.map_or(*between_run, |(own, probe)| {
                between_run.held_at(own / probe)
            });
        }
        if let Some(spread) = run_spread(runs, &comparison.metric) {
            *between_run = between_run.or_own(spread);
        }
    }

    /// Whether all runs were on one card, as far as is known.
    fn is_one_card(&self) -> bool {
        let own = &self.candidate.measured.run.card;
        own.is_some() && self.all.iter().all(|run| run.card == *own)
    }

    /// Adds a comparison for each metric that either side has, `time` first.
    fn metrics(&self, id: &CaseId, values: &CaseValues, policy: Policy, all: &mut Vec<Comparison>) {
        let taken_alike = |run: &&'a RunValues| {
            let case = run.cases.get(id)?;
            (case.method_name() == values.method_name()).then_some((run.clock_mhz, case))
        };
        let all_runs: Vec<_> = self.all.iter().filter_map(taken_alike).collect();
        let near = self.runs_for(values).iter().filter_map(taken_alike);
        let runs: Vec<&CaseValues> = near.map(|(_, case)| case).collect();
        let is_quick = self.candidate.facts.heading.labels.contains(&Label::Quick);
        let is_lacking = |found: &Comparison| {
            let missing = matches!(found.given, Some(Given::Missing(_)));
            missing && is_of_window(values, &found.metric)
        };
        let mut found = of_metrics(id, values, &runs, policy);
        for comparison in &mut found {
            self.take_own_spread(values, &all_runs, comparison);
        }
        let found = found.into_iter();
        // A quick run opens no windows: what they measure isn't missing.
        all.extend(found.filter(|found| !(is_quick && is_lacking(found))));
    }
}

/// Whether a metric comes from a window of slow readings on a GPU; a command's own of the same name doesn't.
fn is_of_window(values: &CaseValues, metric: &str) -> bool {
    values.kind == "cuda" && WINDOW_METRICS.contains(&metric)
}

/// A comparison for each metric that either side has, `time` first; `runs` are the base's, taken by the same method.
pub fn of_metrics(
    id: &CaseId,
    values: &CaseValues,
    runs: &[&CaseValues],
    policy: Policy,
) -> Vec<Comparison> {
    let newest = runs.last().into_iter().flat_map(|case| case.metrics.keys());
    let mut names: Vec<&String> = values.metrics.keys().chain(newest).collect();
    names.sort_unstable_by_key(|name| (*name != "time", *name));
    names.dedup();
    let by_cycles = policy.by_cycles && has_cycles(values);
    // A command's own metric of that name is judged like any other.
    let left_out = |name: &str| match name {
        "time" => by_cycles,
        CYCLES => !by_cycles && values.kind != "command",
        _ => false,
    };
    names.retain(|name| !left_out(name));
    let of = |name: &String| {
        let theirs: Vec<&MetricValues> = runs
            .iter()
            .filter_map(|case| case.metrics.get(name))
            .collect();
        let mut comparison = pair(
            values.metrics.get(name),
            &theirs,
            given(id, policy, Given::New),
        );
        comparison.metric.clone_from(name);
        if is_of_window(values, name) {
            comparison.policy = policy.of_slow_readings();
        }
        let timed = match name.as_str() {
            "time" => comparison.base.typical(),
            CYCLES => typical_time(runs),
            _ => None,
        };
        let is_time = name == CYCLES || comparison.unit == Unit::Nanoseconds;
        if let Some(typical) = timed.filter(|_| is_time) {
            let method = values.method.as_ref();
            let executions = method.map_or(1, |method| method.executions);
            comparison.timed_ns = Some(typical * f64::from(executions));
            comparison.tick_ns = method.and_then(|method| method.tick_ns);
        }
        comparison
    };
    names.into_iter().map(of).collect()
}

/// Whether a run has cycles of a case.
pub fn has_cycles(case: &CaseValues) -> bool {
    let cycles = case.metrics.get(CYCLES);
    cycles.is_some_and(|cycles| !cycles.processes.is_empty())
}

/// What `runs` took of a case in nanoseconds.
fn typical_time(runs: &[&CaseValues]) -> Option<f64> {
    let times = runs.iter().filter_map(|case| case.metrics.get("time"));
    let times = times.filter(|time| time.unit == Unit::Nanoseconds);
    let side = Side {
        runs: times.map(|time| time.processes.clone()).collect(),
    };
    side.typical()
}

/// Fills `comparison` with the values of a metric on both sides, or with what decides without them.
fn pair(
    own: Option<&MetricValues>,
    theirs: &[&MetricValues],
    mut comparison: Comparison,
) -> Comparison {
    let Some(shown) = own.or(theirs.last().copied()) else {
        return comparison;
    };
    (comparison.unit, comparison.better) = (shown.unit, shown.better);
    let side = |all: &[&MetricValues]| Side {
        runs: all
            .iter()
            .map(|metric| metric.processes.clone())
            .filter(|processes| !processes.is_empty())
            .collect(),
    };
    let without_logarithm = |whose| {
        let why = format!(
            "{whose} samples have no logarithm in some process: there are none, or their mean is not above 0"
        );
        Some(Given::Incomparable(vec![why]))
    };
    let Some(own) = own else {
        comparison.given = Some(Given::Missing(None));
        comparison.base = side(theirs);
        return comparison;
    };
    let same: Vec<&MetricValues> = theirs
        .iter()
        .copied()
        .filter(|other| other.unit == own.unit && other.better == own.better)
        .collect();
    comparison.base = side(&same);
    comparison.candidate = side(&[own]);
    comparison.given = if theirs.is_empty() {
        Some(Given::New)
    } else if same.is_empty() {
        Some(Given::Incomparable(vec![
            "the metric's unit or direction differs".to_owned(),
        ]))
    } else if own.processes.is_empty() {
        without_logarithm("the candidate's")
    } else if comparison.base.runs.is_empty() {
        without_logarithm("the base's")
    } else {
        None
    };
    comparison
}

/// How times were taken, in words.
pub fn method(values: &CaseValues) -> String {
    match values.method_name() {
        None => "none".to_owned(),
        Some((name, 1)) => name.to_owned(),
        Some((name, executions)) => format!("{name} of {executions} executions"),
    }
}
