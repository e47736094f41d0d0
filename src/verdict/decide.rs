//! The rule: tests, families, and the first verdict that matches.

use super::power;
use super::shift::{Shift, Values};
use super::words;
use super::{Change, Comparison, Given, Judgement, Side, Verdict};
use crate::record::Better;
use crate::stats::{Interval, ProcessValues, benjamini_hochberg};

/// Judges every case of a suite at the false discovery rate `q`, in the order given.
///
/// All metrics of all cases that both sides have form two families, worse and better, of q / 2 each; the bodies form
/// a family of their own beside the first.
pub fn judge(cases: &[Comparison], q: f64) -> Vec<Judgement> {
    let tests: Vec<Option<Test>> = cases.iter().map(Test::of).collect();
    let family = |p: fn(&Test) -> f64| {
        let values: Vec<f64> = tests
            .iter()
            .map(|test| test.as_ref().map_or(f64::NAN, p))
            .collect();
        benjamini_hochberg(&values, q / 2.0)
    };
    let worse = family(|test| test.location.p_worse());
    let better = family(|test| test.location.p_better());
    let body = family(|test| test.body.p_worse());
    let lone = q / 2.0 / tests.iter().flatten().count().max(1) as f64;
    let judged = cases.iter().zip(&tests).enumerate();
    judged
        .map(|(index, (case, test))| match test {
            Some(test) => {
                let significant = Significant {
                    worse: worse[index],
                    better: better[index],
                    body: body[index],
                };
                Ruling {
                    case,
                    test,
                    significant,
                    lone,
                }
                .judgement()
            }
            None => without_test(case),
        })
        .collect()
}

/// What was computed of a case that has processes enough on both sides.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) location: Shift,
    pub(super) body: Shift,
    /// The second-smallest upper half of the candidate less the base's largest, in logs.
    pub(super) upper_excess: f64,
    /// The candidate's processes whose location lies more than the margin above the base's largest.
    pub(super) above: usize,
}

impl Test {
    fn of(case: &Comparison) -> Option<Self> {
        if case.given.is_some() || !has_finite_values(case) {
            return None;
        }
        let location = Shift::of(case, |process| process.location)?;
        let body = Shift::of(case, |process| process.body)?;
        let base = Values::of(&case.base, case.better, |process| process.location);
        let candidate = Values::of(&case.candidate, case.better, |process| process.location);
        let limit = base.largest() + case.policy.margin;
        let upper_base = Values::of(&case.base, case.better, |process| process.upper);
        let upper = Values::of(&case.candidate, case.better, |process| process.upper);
        Some(Self {
            location,
            body,
            upper_excess: second_smallest(upper.all()) - upper_base.largest(),
            above: candidate.all().filter(|value| *value > limit).count(),
        })
    }
}

pub(super) fn has_finite_values(case: &Comparison) -> bool {
    [&case.base, &case.candidate]
        .into_iter()
        .flat_map(Side::processes)
        .all(ProcessValues::is_finite)
}

fn second_smallest(values: impl Iterator<Item = f64>) -> f64 {
    let (mut first, mut second) = (f64::INFINITY, f64::INFINITY);
    for value in values {
        if value < first {
            (first, second) = (value, first);
        } else if value < second {
            second = value;
        }
    }
    second
}

/// What the families found of a case.
#[derive(Debug, Clone, Copy)]
struct Significant {
    worse: bool,
    better: bool,
    body: bool,
}

/// A case with all that decides it.
struct Ruling<'a> {
    case: &'a Comparison,
    test: &'a Test,
    significant: Significant,
    /// The level at which a lone case among these is significant.
    lone: f64,
}

impl Ruling<'_> {
    /// The first match of the table, with the words for it.
    fn verdict(&self) -> (Verdict, Vec<String>) {
        let (test, policy) = (self.test, &self.case.policy);
        let worse = test.location.worse.exp_m1();
        let spread = self.spread();
        if self.significant.worse && worse >= policy.min_effect {
            (Verdict::Regressed, spread)
        } else if !spread.is_empty() {
            self.guarded(Verdict::RegressedSpread, spread)
        } else if self.significant.better && worse <= -policy.min_effect {
            (Verdict::Improved, Vec::new())
        } else if test.above >= 2 || worse >= policy.margin {
            self.guarded(Verdict::Suspect, words::suspect(self.case, test))
        } else if test.location.is_within(policy.margin) && test.body.is_within(policy.margin) {
            (Verdict::Unchanged, Vec::new())
        } else {
            (Verdict::Inconclusive, Vec::new())
        }
    }

    /// `verdict` where the device's noise is modelled: without a model none rests on tails or single processes.
    fn guarded(&self, verdict: Verdict, mut reasons: Vec<String>) -> (Verdict, Vec<String>) {
        if self.case.policy.noise.is_some() && self.case.timed_ns.is_some() {
            return (verdict, reasons);
        }
        reasons.push(words::unmodelled(verdict));
        (Verdict::Inconclusive, reasons)
    }

    /// Why body or upper half are worse; empty where they are not.
    fn spread(&self) -> Vec<String> {
        let (test, margin) = (self.test, self.case.policy.margin);
        let body = test.body.worse.exp_m1();
        let mut reasons = Vec::new();
        if self.significant.body && body >= margin {
            reasons.push(words::body(self.case, &test.body));
        }
        if test.upper_excess >= margin {
            reasons.push(words::upper(self.case, test.upper_excess));
        }
        reasons
    }

    fn judgement(&self) -> Judgement {
        let (test, policy) = (self.test, &self.case.policy);
        let (verdict, found) = self.verdict();
        let mut judgement = blank(self.case, verdict);
        let change = change(&test.location, self.case.better);
        let run = policy.between_run;
        judgement.run_noise_assumed = run.assumed;
        judgement.run_noise_probed = run.probed.map(|_| run.deviation.exp_m1());
        judgement.change = Some(change);
        match verdict {
            Verdict::Unchanged => {
                let ends = [test.location.interval().1, test.body.interval().1];
                judgement.bound = Some(ends[0].max(ends[1]).exp_m1());
            }
            Verdict::Inconclusive => {
                judgement.planning = Some(power::planning(
                    &test.location,
                    &test.body,
                    policy,
                    self.lone,
                ));
            }
            _ => {}
        }
        judgement.reasons = words::reasons(self.case, &judgement, found);
        judgement
    }
}

/// The change of the metric itself, whichever direction is better.
fn change(location: &Shift, better: Better) -> Change {
    let (low, high) = location.interval();
    let (shift, low, high) = match better {
        Better::Lower => (location.worse, low, high),
        Better::Higher => (-location.worse, -high, -low),
    };
    Change {
        estimate: shift.exp_m1() + 0.0, // -0 becomes 0
        interval: Interval {
            low: low.exp_m1(),
            high: high.exp_m1(),
        },
        p_worse: location.p_worse(),
        p_better: location.p_better(),
        freedom: location.error.freedom,
    }
}

fn blank(case: &Comparison, verdict: Verdict) -> Judgement {
    Judgement {
        id: case.id.clone(),
        metric: case.metric.clone(),
        unit: case.unit,
        better: case.better,
        verdict,
        change: None,
        bound: None,
        planning: None,
        run_noise_assumed: false,
        run_noise_probed: None,
        expected: false,
        drift: None,
        accepted: None,
        base: case.base.facts(),
        candidate: case.candidate.facts(),
        reasons: Vec::new(),
        first_look: None,
    }
}

/// The judgement of a case whose verdict is given, or whose values allow no test.
fn without_test(case: &Comparison) -> Judgement {
    let (verdict, reasons) = match &case.given {
        Some(Given::Failed(why)) => (Verdict::Failed, vec![why.clone()]),
        Some(Given::Unsupported(why)) => (Verdict::Unsupported, vec![why.clone()]),
        Some(Given::Incomparable(facts)) => (Verdict::Incomparable, facts.clone()),
        Some(Given::SameCode) => (Verdict::Unchanged, vec!["same code".to_owned()]),
        Some(Given::New) => (
            Verdict::New,
            vec!["only the candidate has this case".to_owned()],
        ),
        Some(Given::Missing(removed)) => {
            (Verdict::Missing, vec![words::missing(removed.as_deref())])
        }
        None => (Verdict::Inconclusive, vec![words::untestable(case)]),
    };
    let mut judgement = blank(case, verdict);
    judgement.expected = matches!(&case.given, Some(Given::Missing(Some(_))));
    judgement.reasons = reasons;
    judgement
}
