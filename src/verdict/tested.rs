//! The rule: what is computed of a case alone, what the families of a suite make of it, and the first verdict that
//! matches.

use super::shift::{Shift, Values};
use super::{Comparison, NoiseModel, Policy, Side, Source, Verdict};
use crate::stats::{ProcessValues, benjamini_hochberg, student_quantile};

/// The standard deviations of a single process that the margin of `suspect` spans at least.
const SUSPECT_DEVIATIONS: f64 = 3.0;
/// The standard deviations of a whole run that are added to it where the case's own runs lie apart.
const RUN_DEVIATIONS: f64 = 2.0;

/// What is computed of a case by itself, once: it stays true in whatever suite the case is judged.
#[derive(Debug, Clone)]
pub struct Test {
    pub(super) location: Shift,
    pub(super) body: Shift,
    /// The second-smallest upper half of the candidate (the smallest of two) less the base's largest, in logs.
    pub(super) upper_excess: f64,
    /// The candidate's processes whose location lies more than the margin of `suspect` above the base's largest.
    pub(super) above: usize,
    /// The margin of `suspect`, in logs.
    pub(super) suspect_margin: f64,
    policy: Policy,
    /// Whether the noise, between processes and between runs, is known beyond the case's own.
    modelled: bool,
    p_worse: f64,
    p_better: f64,
    p_body: f64,
}

impl Test {
    /// The test of a case; `None` where one is given already, a value is not finite, or a side has no spread.
    pub fn of(case: &Comparison) -> Option<Self> {
        if case.given.is_some() || !has_finite_values(case) {
            return None;
        }
        let location = Shift::of(case, |process| process.location)?;
        let body = Shift::of(case, |process| process.body)?;
        let base = Values::of(&case.base, case.better, |process| process.location);
        let candidate = Values::of(&case.candidate, case.better, |process| process.location);
        let suspect_margin = suspect_margin(case);
        let limit = base.largest() + suspect_margin;
        let upper_base = Values::of(&case.base, case.better, |process| process.upper);
        let upper = Values::of(&case.candidate, case.better, |process| process.upper);
        let p_worse = location.p_worse();
        Some(Self {
            upper_excess: second_smallest(upper.all()) - upper_base.largest(),
            above: candidate.all().filter(|value| *value > limit).count(),
            suspect_margin,
            policy: case.policy,
            modelled: case.policy.noise.is_some()
                && case.timed_ns.is_some()
                && !case.policy.between_run.reaches(case.policy.margin),
            p_worse,
            p_better: location.p_better(),
            p_body: body.p_worse(),
            location,
            body,
        })
    }

    /// How much worse the candidate is by estimate, in logs.
    pub fn shift(&self) -> f64 {
        self.location.worse
    }

    /// How much worse the estimate must be, in logs, to be called `regressed` where a lone case is significant below
    /// the p-value `level`.
    pub fn least_regression(&self, level: f64) -> f64 {
        let error = self.location.error;
        let significant = student_quantile(level, error.freedom) * error.value.sqrt();
        significant.max(self.policy.min_effect.ln_1p())
    }

    /// The first verdict of the table that matches, as if the noise were modelled.
    fn verdict(&self, significant: Significant) -> Verdict {
        let policy = &self.policy;
        let worse = self.location.worse.exp_m1();
        if significant.worse && worse >= policy.min_effect {
            Verdict::Regressed
        } else if self.is_body_worse(significant) || self.is_upper_worse() {
            Verdict::RegressedSpread
        } else if significant.better && worse <= -policy.min_effect {
            Verdict::Improved
        } else if self.above >= 2 || (worse >= policy.margin && worse >= self.suspect_margin) {
            Verdict::Suspect
        } else if self.location.is_within(policy.margin) && self.body.is_within(policy.margin) {
            Verdict::Unchanged
        } else {
            Verdict::Inconclusive
        }
    }

    pub(super) fn is_body_worse(&self, significant: Significant) -> bool {
        significant.body && self.body.worse.exp_m1() >= self.policy.margin
    }

    pub(super) fn is_upper_worse(&self) -> bool {
        self.upper_excess >= self.policy.margin
    }
}

/// The margin above which single processes are suspect: the policy's, or three standard deviations of a process by
/// the device's noise model where that is more. On a modelled GPU that is so below 20 us: there 1 % is what any two
/// processes differ by, and says nothing. Where the case's own runs lie farther apart than runs do otherwise, twice their
/// deviation comes on top of the policy's.
fn suspect_margin(case: &Comparison) -> f64 {
    let noise: Option<(NoiseModel, f64)> = case.policy.noise.zip(case.timed_ns);
    let deviation = noise.map_or(0.0, |(model, timed)| model.variance(timed).value.sqrt());
    let run = case.policy.between_run;
    let of_runs = match run.source {
        Source::Own { .. } => RUN_DEVIATIONS * run.deviation,
        _ => 0.0,
    };
    let margin = case.policy.margin + of_runs;
    margin.max(SUSPECT_DEVIATIONS * deviation)
}

pub(super) fn has_finite_values(case: &Comparison) -> bool {
    [&case.base, &case.candidate]
        .into_iter()
        .flat_map(Side::processes)
        .all(ProcessValues::is_finite)
}

/// What all values but one reach; of two values both.
fn second_smallest(values: impl Iterator<Item = f64>) -> f64 {
    let (mut first, mut second, mut count) = (f64::INFINITY, f64::INFINITY, 0);
    for value in values {
        count += 1;
        if value < first {
            (first, second) = (value, first);
        } else if value < second {
            second = value;
        }
    }
    if count > 2 { second } else { first }
}

/// What the families found of a case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Significant {
    worse: bool,
    better: bool,
    body: bool,
}

/// The verdict on a test among others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    /// The verdict.
    pub(super) verdict: Verdict,
    /// What the values alone say; without a noise model no verdict rests on tails or single processes.
    pub(super) by_values: Verdict,
    pub(super) significant: Significant,
}

/// The tests of a suite and what is significant among them.
///
/// All metrics of all cases that both sides have form two families, worse and better, of q / 2 each; the bodies form
/// a family of their own beside the first. A place without a test counts in no family.
#[derive(Debug)]
pub struct Suite<'a> {
    tests: &'a [Option<&'a Test>],
    worse: Vec<bool>,
    better: Vec<bool>,
    body: Vec<bool>,
}

impl<'a> Suite<'a> {
    /// The suite of `tests` at the false discovery rate `q`.
    pub fn new(tests: &'a [Option<&'a Test>], q: f64) -> Self {
        let family = |p: fn(&Test) -> f64| {
            let values: Vec<f64> = tests.iter().map(|test| test.map_or(f64::NAN, p)).collect();
            benjamini_hochberg(&values, q / 2.0)
        };
        Self {
            tests,
            worse: family(|test| test.p_worse),
            better: family(|test| test.p_better),
            body: family(|test| test.p_body),
        }
    }

    /// The verdict on the test at `index`, as [`super::judge`] gives it with its reasons; none where there is no test.
    pub fn verdict(&self, index: usize) -> Option<Verdict> {
        Some(self.decided(index)?.verdict)
    }

    pub(super) fn decided(&self, index: usize) -> Option<Decided> {
        let test = (*self.tests.get(index)?)?;
        let significant = Significant {
            worse: self.worse[index],
            better: self.better[index],
            body: self.body[index],
        };
        let by_values = test.verdict(significant);
        let guarded = matches!(by_values, Verdict::RegressedSpread | Verdict::Suspect);
        let verdict = if guarded && !test.modelled {
            Verdict::Inconclusive
        } else {
            by_values
        };
        Some(Decided {
            verdict,
            by_values,
            significant,
        })
    }
}
