//! Judgements: the verdicts of the rule with their numbers and reasons.

use super::power;
use super::shift::Shift;
use super::tested::{Decided, Suite, Test};
use super::words;
use super::{Change, Comparison, Given, Judgement, Source, Verdict};
use crate::record::Better;
use crate::stats::Interval;

/// Judges every case of a suite at the false discovery rate `q`, in the order given, and says why.
pub fn judge(cases: &[Comparison], q: f64) -> Vec<Judgement> {
    let tests: Vec<Option<Test>> = cases.iter().map(Test::of).collect();
    let references: Vec<Option<&Test>> = tests.iter().map(Option::as_ref).collect();
    let suite = Suite::new(&references, q);
    let lone = q / 2.0 / tests.iter().flatten().count().max(1) as f64;
    let judged = cases.iter().zip(&tests).enumerate();
    judged
        .map(
            |(index, (case, test))| match test.as_ref().zip(suite.decided(index)) {
                Some((test, decided)) => Ruling {
                    case,
                    test,
                    decided,
                    lone,
                }
                .judgement(),
                None => without_test(case),
            },
        )
        .collect()
}

/// A case with all that decides it.
struct Ruling<'a> {
    case: &'a Comparison,
    test: &'a Test,
    decided: Decided,
    /// The level at which a lone case among these is significant.
    lone: f64,
}

impl Ruling<'_> {
    /// What was found, in words.
    fn found(&self) -> Vec<String> {
        let Decided {
            verdict, by_values, ..
        } = self.decided;
        let mut found = match by_values {
            Verdict::Regressed | Verdict::RegressedSpread => self.spread(),
            Verdict::Suspect => words::suspect(self.case, self.test),
            _ => Vec::new(),
        };
        if verdict != by_values {
            let policy = &self.case.policy;
            found.push(words::unmodelled(by_values, policy));
        }
        found
    }

    /// Why body or upper half are worse; empty where they are not.
    fn spread(&self) -> Vec<String> {
        let test = self.test;
        let mut reasons = Vec::new();
        if test.is_body_worse(self.decided.significant) {
            reasons.push(words::body(self.case, &test.body));
        }
        if test.is_upper_worse() {
            reasons.push(words::upper(self.case, test.upper_excess));
        }
        reasons
    }

    /// The logs by which body or upper half are worse, the larger one; none where neither is.
    fn worst_tail(&self) -> Option<f64> {
        let test = self.test;
        let body = test.is_body_worse(self.decided.significant);
        let body = body.then_some(test.body.worse);
        let upper = test.is_upper_worse().then_some(test.upper_excess);
        body.into_iter().chain(upper).max_by(f64::total_cmp)
    }

    fn judgement(&self) -> Judgement {
        let (test, policy) = (self.test, &self.case.policy);
        let (verdict, found) = (self.decided.verdict, self.found());
        let mut judgement = blank(self.case, verdict);
        let change = change(&test.location, self.case.better);
        let run = policy.between_run;
        judgement.run_noise_assumed = run.is_assumed();
        let share = run.deviation.exp_m1();
        judgement.run_noise_probed = matches!(run.source, Source::Probes(_)).then_some(share);
        let of_its_own = matches!(run.source, Source::Own { .. } | Source::Held { .. });
        judgement.run_noise_own = of_its_own.then_some(share);
        judgement.change = Some(change);
        match verdict {
            Verdict::Regressed | Verdict::RegressedSpread => {
                let shift = self.worst_tail();
                judgement.spread = shift.map(|shift| words::share(self.case.better, shift));
            }
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
        spread: None,
        margin: case.policy.margin,
        planning: None,
        run_noise_assumed: false,
        run_noise_probed: None,
        run_noise_own: None,
        expected: false,
        drift: None,
        accepted: None,
        acknowledged: None,
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
        Some(Given::Untested(why)) => (Verdict::Inconclusive, vec![why.clone()]),
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
