//! Simulated suites in which nothing changed: processes nested in runs, both with noise of a known size.

use std::collections::BTreeMap;

use super::recorded::{Triple, side};
use crate::id::CaseId;
use crate::record::{Better, Unit};
use crate::rng::{self, Sequence};
use crate::verdict::{BetweenRun, Comparison, Design, NoiseModel, Policy, Suite, Test, Verdict};

const CASES: usize = 100;
const PROCESSES: usize = 5;
const Q: f64 = 0.01;

/// A normal number (Box & Muller 1958).
fn normal(random: &mut Sequence) -> f64 {
    let uniform =
        |random: &mut Sequence| (random.below(1 << 53) as f64 + 0.5) / 9_007_199_254_740_992.0;
    let (a, b) = (uniform(random), uniform(random));
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// How far the deviations of cases scatter about the model's.
#[derive(Clone, Copy)]
enum Scatter {
    /// Not at all.
    None,
    /// As the model's 20 degrees of freedom allow.
    AsModelled,
}

/// The deviation between processes of a case.
fn deviation(model: &NoiseModel, timed_ns: f64, scatter: Scatter, random: &mut Sequence) -> f64 {
    let modelled = model.variance(timed_ns).value;
    match scatter {
        Scatter::None => modelled.sqrt(),
        Scatter::AsModelled => {
            let squares: f64 = (0..20).map(|_| normal(random).powi(2)).sum();
            (modelled * 20.0 / squares).sqrt()
        }
    }
}

/// One run of a case: its own effect, and that of each process; the upper half lies above by as much in all.
fn run(location: f64, deviations: [f64; 2], random: &mut Sequence) -> Vec<Triple> {
    let effect = deviations[0] * normal(random);
    (0..PROCESSES)
        .map(|_| {
            let value = location + effect + deviations[1] * normal(random);
            [value, value + 0.002, value + 0.004]
        })
        .collect()
}

fn suite(policy: Policy, scatter: Scatter, random: &mut Sequence) -> Vec<Option<Test>> {
    let between_run = policy.between_run.deviation;
    let model = policy.noise.expect("the model of a GPU");
    let case = |_| {
        let timed_ns = 4e4 * 25.0_f64.powf(random.below(1000) as f64 / 1000.0);
        let deviations = [between_run, deviation(&model, timed_ns, scatter, random)];
        let base = run(timed_ns.ln(), deviations, random);
        let candidate = run(timed_ns.ln(), deviations, random);
        Test::of(&Comparison {
            id: CaseId::from_text(String::new()),
            metric: String::new(),
            unit: Unit::Nanoseconds,
            better: Better::Lower,
            base: side(&base),
            candidate: side(&candidate),
            timed_ns: Some(timed_ns),
            tick_ns: None,
            policy,
            design: Design::Apart,
            given: None,
        })
    };
    (0..CASES).map(case).collect()
}

/// The share of `suites` in which any case is flagged.
fn flagged(policy: Policy, scatter: Scatter, suites: u64) -> f64 {
    let part = |first: u64| {
        let mut flagged = 0;
        for number in (first..suites).step_by(2) {
            let mut random = Sequence::new(rng::stream(5, number));
            let tests = suite(policy, scatter, &mut random);
            let tests: Vec<Option<&Test>> = tests.iter().map(Option::as_ref).collect();
            let suite = Suite::new(&tests, Q);
            let quiet = [Verdict::Unchanged, Verdict::Inconclusive];
            let mut verdicts = (0..CASES).filter_map(|case| suite.verdict(case));
            flagged += u32::from(verdicts.any(|verdict| !quiet.contains(&verdict)));
        }
        f64::from(flagged)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(move || part(1));
        (part(0) + other.join().expect("a count")) / suites as f64
    })
}

/// The rules of a GPU with a spread between runs of 0.1 %.
fn policy() -> Policy {
    let mut policy = Policy::for_kind("cuda", &BTreeMap::new()).expect("defaults");
    policy.between_run = BetweenRun::assumed(0.001);
    policy
}

#[test]
fn a_suite_without_a_change_has_any_flag_in_one_of_a_hundred_comparisons_at_most() {
    let share = flagged(policy(), Scatter::None, 10_000);
    assert!(share <= Q, "{share}");
}

/// With a spread between runs that is known for sure, and without the floors of effect and margin, what is left is the
/// families' own rate: q where cases are as the model says, and a little more where they scatter as far as its degrees of freedom
/// allow, since both sides of a case then err alike.
#[test]
fn significance_alone_is_false_about_as_often_as_the_false_discovery_rate_says() {
    let mut bare = policy();
    (bare.min_effect, bare.margin) = (0.0, 10.0);
    bare.between_run.freedom = 1e6;
    let suites = 2000;
    let chance = 3.0 * (Q / suites as f64).sqrt();
    for (scatter, most) in [(Scatter::None, Q), (Scatter::AsModelled, 1.5 * Q)] {
        let share = flagged(bare, scatter, suites);
        assert!(share <= most + chance, "{share}");
        assert!(share >= Q / 4.0, "the test sees what it should: {share}");
    }
}
