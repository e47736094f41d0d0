//! What crept, simulated by the night and by example.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use proptest::prelude::*;

use crate::id::CaseId;
use crate::record::{Better, Unit};
use crate::rng::Sequence;
use crate::stats::ProcessValues;
use crate::verdict::{
    Anchor, BetweenRun, Comparison, Judgement, NEWEST, Policy, Side, Verdict, judge,
};

/// The location of an unchanged night: 100 us.
const LEVEL: f64 = 11.512_925_464_970_229;
const PROCESSES: usize = 5;

/// Nights of one case: five processes each, with a spread between processes and one between runs.
struct Nights {
    random: Sequence,
    spare: Option<f64>,
    between_processes: f64,
    between_runs: f64,
    /// In logs, a night.
    drift: f64,
    night: u32,
}

impl Nights {
    fn new(seed: u64, between_runs: f64, drift: f64) -> Self {
        Self {
            random: Sequence::new(seed),
            spare: None,
            // The noise model of the H100s at 100 us.
            between_processes: 0.000_92,
            between_runs,
            drift,
            night: 0,
        }
    }

    /// A normal number, by Box and Muller.
    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let mut uniform = || (self.random.below(1 << 32) as f64 + 0.5) / f64::from(u32::MAX);
        let (radius, angle) = ((-2.0 * uniform().min(1.0).ln()).sqrt(), TAU * uniform());
        self.spare = Some(radius * angle.sin());
        radius * angle.cos()
    }

    fn next(&mut self) -> Vec<ProcessValues> {
        let level = LEVEL + self.drift * f64::from(self.night) + self.between_runs * self.normal();
        self.night += 1;
        let locations = (0..PROCESSES).map(|_| level + self.between_processes * self.normal());
        locations.map(process).collect()
    }
}

fn process(location: f64) -> ProcessValues {
    ProcessValues {
        location,
        body: location,
        upper: location,
        mean: location.exp(),
    }
}

/// The anchor that these runs make.
fn anchor(runs: &[Vec<ProcessValues>]) -> Anchor {
    let all = runs.iter().flatten().map(|process| process.location);
    let mean = all.sum::<f64>() / runs.iter().flatten().count() as f64;
    Anchor {
        value: mean.exp(),
        runs: u32::try_from(runs.len()).expect("few"),
        since: "20261101T020000.000Z-0000".to_owned(),
        carried: 0.0,
    }
}

/// The last of `runs` against the ten before it.
fn comparison(runs: &[Vec<ProcessValues>], between_runs: f64) -> Comparison {
    let (last, before) = runs.split_last().expect("a run");
    let recent = before.len().saturating_sub(10);
    let mut policy = Policy::for_kind("cuda", &BTreeMap::new()).expect("defaults");
    policy.between_run = BetweenRun::assumed(between_runs);
    Comparison {
        id: CaseId::from_text("case"),
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        base: Side {
            runs: before[recent..].to_vec(),
        },
        candidate: Side {
            runs: vec![last.clone()],
        },
        timed_ns: Some(1e5),
        tick_ns: None,
        policy,
        design: crate::verdict::Design::Apart,
        given: None,
    }
}

fn judged(case: &Comparison, anchor: &Anchor) -> Judgement {
    let mut judgement = judge(std::slice::from_ref(case), 0.01).remove(0);
    judgement.hold_to_anchor(case, anchor);
    judgement
}

/// The first night, from 1, at which a case with an anchor of `anchored` runs is called crept, within `nights`.
fn first_crept(mut nights: Nights, anchored: usize, count: usize) -> Option<usize> {
    let spread = nights.between_runs.max(0.001);
    let mut runs: Vec<Vec<ProcessValues>> = (0..anchored).map(|_| nights.next()).collect();
    let anchor = anchor(&runs);
    // A judgement that has a change, and says that nothing got worse, so that the anchor alone decides.
    let blank = judged(&comparison(&vec![runs[0].clone(); 2], spread), &anchor);
    assert_ne!(blank.verdict, Verdict::Regressed);
    for night in anchored + 1..=count {
        runs.push(nights.next());
        if runs.len() > NEWEST {
            runs.remove(0);
        }
        let mut judgement = blank.clone();
        judgement.hold_to_anchor(&comparison(&runs, spread), &anchor);
        if judgement.verdict == Verdict::Crept {
            return Some(night);
        }
    }
    None
}

#[test]
fn a_thousand_years_without_drift_have_no_false_flag() {
    for (seed, between_runs) in (0..1000).zip([0.0005, 0.001, 0.002, 0.003].into_iter().cycle()) {
        let anchored = if seed % 8 < 4 { 4 } else { 1 };
        let nights = Nights::new(seed, between_runs, 0.0);
        let found = first_crept(nights, anchored, 365);
        assert_eq!(
            found, None,
            "year {seed}, spread {between_runs}, {anchored} runs"
        );
    }
}

#[test]
fn a_creep_of_0_3_percent_a_week_is_found_by_night_28() {
    let a_night = 1.003_f64.ln() / 7.0;
    let mut earliest = 28;
    for seed in 0..1000 {
        let nights = Nights::new(10_000 + seed, 0.001, a_night);
        let found = first_crept(nights, 4, 28);
        earliest = earliest.min(found.unwrap_or_else(|| panic!("series {seed} was not found")));
    }
    assert!(earliest > 14, "as early as night {earliest} it is noise");
}

#[test]
fn a_creep_passes_the_recent_runs_and_not_the_anchor() {
    let a_night = 1.003_f64.ln() / 7.0;
    let mut noisy = 0;
    for seed in 0..50 {
        let mut nights = Nights::new(seed, 0.001, a_night);
        let runs: Vec<_> = (0..28).map(|_| nights.next()).collect();
        let anchor = anchor(&runs[..4]);
        let case = comparison(&runs, 0.001);
        let plain = judge(std::slice::from_ref(&case), 0.01).remove(0);
        let judgement = judged(&case, &anchor);
        if plain.verdict == Verdict::Regressed {
            // 0.24 % of drift, and a night that happened to be slow.
            assert_eq!(judgement.verdict, Verdict::Regressed);
            noisy += 1;
            continue;
        }
        assert_eq!(judgement.verdict, Verdict::Crept, "{judgement:?}");
        assert!(judgement.bound.is_none() && judgement.planning.is_none());
        let drift = judgement.drift.as_ref().expect("an anchor");
        assert!((drift.estimate - 0.0101).abs() < 0.003, "{drift:?}");
        assert_eq!((drift.runs, drift.anchor_runs), (7, 4));
        assert!(
            judgement.headline().ends_with(" since 2026-11-01)"),
            "{}",
            judgement.headline()
        );
    }
    assert!(noisy <= 5, "{noisy} of 50");
}

/// Seven steady runs that lie `shift` above the anchor, and a candidate that lies `last` above it.
fn steady(kind: &str, shift: f64, last: f64) -> (Comparison, Anchor) {
    let run = |shift: f64| {
        let steps = [0.0, 0.0004, -0.0004, 0.0002, -0.0002];
        steps.map(|step| process(LEVEL + shift + step)).to_vec()
    };
    let mut runs = vec![run(shift); 7];
    runs.push(run(last));
    let mut case = comparison(&runs, 0.001);
    let between_run = case.policy.between_run;
    case.policy = Policy::for_kind(kind, &BTreeMap::new()).expect("defaults");
    if kind == "cuda" {
        case.policy.between_run = between_run;
    }
    (case, anchor(&vec![run(0.0); 4]))
}

#[test]
fn verdicts_by_the_distance_and_the_kind() {
    for (kind, shift, last, expected) in [
        ("cuda", 0.007, 0.007, Verdict::Unchanged),
        ("cuda", 0.008, 0.008, Verdict::Crept),
        ("cuda", -0.008, -0.008, Verdict::Unchanged),
        // Worse than the recent runs comes first.
        ("cuda", 0.008, 0.028, Verdict::Regressed),
        // The repair is improved, half a repair is still crept.
        ("cuda", 0.02, 0.0, Verdict::Improved),
        ("cuda", 0.03, 0.012, Verdict::Crept),
        ("host", 0.15, 0.15, Verdict::Unchanged),
        ("host", 0.18, 0.18, Verdict::Crept),
        ("command", 0.18, 0.18, Verdict::Crept),
    ] {
        let (case, anchor) = steady(kind, shift, last);
        let found = judged(&case, &anchor).verdict;
        assert_eq!(found, expected, "{kind} {shift} {last}");
    }
}

#[test]
fn noise_raises_the_limit() {
    let (mut case, mut anchor) = steady("cuda", 0.012, 0.012);
    assert_eq!(judged(&case, &anchor).verdict, Verdict::Crept);
    // 5 x 0.3 % x sqrt(1/7 + 1/1) is 1.6 %.
    case.policy.between_run = BetweenRun::assumed(0.003);
    anchor.runs = 1;
    let judgement = judged(&case, &anchor);
    assert_ne!(judgement.verdict, Verdict::Crept);
    let limit = judgement.drift.expect("an anchor").limit;
    assert!((0.016..0.0165).contains(&limit), "{limit}");
}

#[test]
fn an_anchor_that_was_carried_here_is_trusted_less() {
    let (case, mut anchor) = steady("cuda", 0.012, 0.012);
    let limit_of = |anchor: &Anchor| judged(&case, anchor).drift.expect("an anchor").limit;
    assert!((limit_of(&anchor) - 0.0075).abs() < 1e-9);
    // 5 x sqrt(0.1 %^2 x (1/7 + 1/4) + 0.3 %^2), and a little of the processes, is 1.5 %.
    anchor.carried = 0.003;
    let limit = limit_of(&anchor);
    assert!((0.0152..0.0156).contains(&limit), "{limit}");
    assert_eq!(judged(&case, &anchor).verdict, Verdict::Unchanged);
}

#[test]
fn six_runs_and_what_was_not_tested_have_no_drift() {
    let (mut case, anchor) = steady("cuda", 0.02, 0.02);
    case.base.runs.truncate(5);
    assert_eq!(judged(&case, &anchor).drift, None);
    let (mut case, anchor) = steady("cuda", 0.02, 0.02);
    case.candidate.runs[0].truncate(1);
    let lone = judged(&case, &anchor);
    assert_eq!((lone.verdict, lone.drift), (Verdict::Inconclusive, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn throughput_is_the_mirror_image(shift in -0.03..0.03_f64, last in -0.03..0.03_f64) {
        let (case, anchor) = steady("cuda", shift, last);
        let mut mirrored = case.clone();
        mirrored.better = Better::Higher;
        for process in mirrored.base.runs.iter_mut().chain(&mut mirrored.candidate.runs).flatten() {
            let ProcessValues { location, body, upper, mean } = *process;
            *process = ProcessValues { location: -location, body: -body, upper: -upper, mean };
        }
        let turned = Anchor { value: 1.0 / anchor.value, ..anchor.clone() };
        let [plain, turned] = [judged(&case, &anchor), judged(&mirrored, &turned)];
        prop_assert_eq!(plain.verdict, turned.verdict);
        let [plain, turned] = [plain, turned].map(|it| it.drift.expect("7 runs").estimate);
        prop_assert!(((1.0 + plain) * (1.0 + turned) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn an_anchor_never_makes_worse_better_nor_hides_a_regression(shift in -0.05..0.05_f64, last in -0.05..0.05_f64) {
        let (case, anchor) = steady("cuda", shift, last);
        let plain = judge(std::slice::from_ref(&case), 0.01).remove(0).verdict;
        let held = judged(&case, &anchor).verdict;
        prop_assert!(held == plain || held == Verdict::Crept);
        prop_assert!(!plain.is_regression() || held == plain);
        prop_assert!(shift > 0.0 || last > 0.0 || held == plain, "{shift} {last}");
    }

    #[test]
    fn nothing_panics(value in prop::num::f64::ANY, runs in any::<u32>(), shift in prop::num::f64::ANY) {
        let (case, _) = steady("cuda", shift, shift);
        let judgement = judged(&case, &Anchor { value, runs, since: "ü".repeat(9), carried: 0.0 });
        prop_assert!(!judgement.headline().is_empty());
    }
}
