//! What the rule must reach on recorded timings, by kernel and card or pair of cards at one clock: the rates of
//! `docs/verdicts.md`.
//!
//! `WARPMARK_DRAWS=500` draws more often than the few times that every run of the tests has the time for.

use std::path::Path;

use super::lab::{AGAIN, Lab, MORE_1, MORE_2, MORE_5, SETUPS};
use super::recorded::Triple;
use crate::record::Better;
use crate::rng::Sequence;
use crate::stats::ProcessValues;
use crate::timings::Timings;
use crate::verdict::{Comparison, Verdict, judge};

const FLAGS: [Verdict; 4] = [
    Verdict::Regressed,
    Verdict::RegressedSpread,
    Verdict::Suspect,
    Verdict::Improved,
];

fn draws(few: usize) -> usize {
    let asked = std::env::var("WARPMARK_DRAWS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(few)
}

/// Whether `share` is at most `limit`, where a single one of so few draws says nothing.
fn at_most(share: f64, limit: f64, draws: usize) -> bool {
    share <= limit.max(1.0 / draws as f64)
}

fn verdicts(cases: &[Comparison]) -> Vec<Verdict> {
    judge(cases, 0.01)
        .iter()
        .map(|judgement| judgement.verdict)
        .collect()
}

/// The share of `wanted` by kernel, in the order of `Lab::kernels`.
fn shares(count: usize, wanted: &[Verdict], mut draw: impl FnMut() -> Vec<Verdict>) -> Vec<f64> {
    let drawn: Vec<Vec<Verdict>> = (0..count).map(|_| draw()).collect();
    let share = |kernel: usize| {
        let found = drawn
            .iter()
            .filter(|verdicts| wanted.contains(&verdicts[kernel]))
            .count();
        found as f64 / count as f64
    };
    (0..drawn[0].len()).map(share).collect()
}

#[test]
fn unchanged_kernels_are_not_flagged() {
    for setup in SETUPS {
        let mut lab = Lab::new(setup);
        for level in [0, AGAIN] {
            let shares = shares(draws(40), &FLAGS, || {
                verdicts(&lab.all([0, level], |_, triple| triple))
            });
            assert!(
                shares.iter().all(|&share| share <= 0.001),
                "{setup:?} {level}: {shares:?}"
            );
        }
    }
}

#[test]
fn two_percent_more_work_of_all_is_regressed_and_five_percent_less_improved() {
    for setup in SETUPS {
        let mut lab = Lab::new(setup);
        let regressed = shares(draws(40), &[Verdict::Regressed], || {
            verdicts(&lab.all([0, MORE_2], |_, triple| triple))
        });
        assert!(
            regressed.iter().all(|&share| share >= 0.999),
            "{setup:?}: {regressed:?}"
        );
        let improved = shares(draws(40), &[Verdict::Improved], || {
            verdicts(&lab.all([MORE_5, 0], |_, triple| triple))
        });
        assert!(
            improved.iter().all(|&share| share >= 0.999),
            "{setup:?}: {improved:?}"
        );
    }
}

fn lone_share(
    lab: &mut Lab,
    name: &str,
    (level, count): (usize, usize),
    wanted: &[Verdict],
) -> f64 {
    let kernel = lab.kernel(name);
    let few = if count > 10 { 4 } else { 25 };
    shares(draws(few), wanted, || {
        vec![
            *verdicts(&lab.lone(kernel, level, count))
                .last()
                .expect("a case"),
        ]
    })[0]
}

#[test]
fn a_lone_percent_is_found_among_8() {
    for setup in SETUPS {
        let mut lab = Lab::new(setup);
        for name in ["copy", "triad", "sgemm", "fma", "gather"] {
            let share = lone_share(&mut lab, name, (MORE_1, 8), &[Verdict::Regressed]);
            assert!(share >= 0.99, "{setup:?} {name}: {share}");
        }
    }
}

#[test]
fn a_lone_percent_is_found_among_100() {
    for setup in SETUPS {
        let mut lab = Lab::new(setup);
        for (name, least) in [
            ("copy", 0.99),
            ("triad", 0.99),
            ("sgemm", 0.99),
            ("fma", 0.7),
            ("gather", 0.99),
        ] {
            // `fma` is found in three of four draws on the noisiest card, which a few draws can't tell from half of them.
            let least = if draws(4) < 100 {
                f64::min(least, 0.25)
            } else {
                least
            };
            let share = lone_share(&mut lab, name, (MORE_1, 100), &[Verdict::Regressed]);
            assert!(share >= least, "{setup:?} {name}: {share}");
        }
    }
}

#[test]
fn two_lone_percent_are_flagged_among_100() {
    let worse = [
        Verdict::Regressed,
        Verdict::RegressedSpread,
        Verdict::Suspect,
    ];
    for setup in SETUPS {
        let mut lab = Lab::new(setup);
        for name in ["copy", "triad", "reduce", "sgemm", "fma", "hist", "gather"] {
            let share = lone_share(&mut lab, name, (MORE_2, 100), &worse);
            assert!(share >= 0.999, "{setup:?} {name}: {share}");
        }
    }
}

#[test]
fn disturbed_processes_are_never_passed_over() {
    for setup in SETUPS {
        let mut lab = Lab::new(setup);
        for (disturbed, size) in [(2, 0.03), (4, 0.05)] {
            let shift = f64::ln_1p(size);
            let passed = [Verdict::Unchanged, Verdict::Inconclusive];
            let shares = shares(draws(40), &passed, || {
                verdicts(&lab.all([0, 0], |process, triple| {
                    if process < disturbed {
                        triple.map(|value| value + shift)
                    } else {
                        triple
                    }
                }))
            });
            assert!(
                shares.iter().all(|&share| share <= 0.001),
                "{setup:?}: {shares:?}"
            );
        }
    }
}

#[test]
fn effects_of_runs_are_no_changes() {
    for deviation in [0.0005, 0.001, 0.0015, 0.002_f64] {
        for setup in &SETUPS[..3] {
            let mut lab = Lab::new(*setup);
            let mut normal = Sequence::new(11);
            // The sum of 12 uniform values less 6 is nearly normal, with variance 1.
            let mut effect = || {
                deviation
                    * ((0..12)
                        .map(|_| normal.below(1 << 32) as f64 / 4_294_967_296.0)
                        .sum::<f64>()
                        - 6.0)
            };
            let shares = shares(draws(60), &FLAGS, || {
                let mut cases = lab.all([0, 0], |_, triple| triple);
                for case in &mut cases {
                    let difference = effect() - effect();
                    for process in &mut case.candidate.runs[0] {
                        process.location += difference;
                        process.body += difference;
                        process.upper += difference;
                    }
                    case.policy.between_run =
                        crate::verdict::BetweenRun::assumed(deviation.max(0.001));
                }
                verdicts(&cases)
            });
            let few = shares.iter().all(|&share| at_most(share, 0.01, draws(60)));
            assert!(few, "{setup:?} {deviation}: {shares:?}");
        }
    }
}

#[test]
fn a_kernel_of_4_us_timed_by_event_pairs_is_not_flagged() {
    for setup in SETUPS {
        let mut lab = Lab::new(setup);
        let kernel = lab.kernel("tiny");
        let shares = shares(draws(40), &FLAGS, || {
            let pair = lab.pair();
            let all = 0..lab.recorded.kernels.len();
            let cases = all.map(|kernel| {
                let [base, candidate] = lab.sides(&pair, kernel, [0, AGAIN]);
                lab.recorded
                    .comparison(kernel, &base, &candidate, lab.between_run())
            });
            verdicts(&cases.collect::<Vec<_>>())
        });
        assert!(
            at_most(shares[kernel], 0.01, draws(40)),
            "{setup:?}: {shares:?}"
        );
    }
}

/// Every sample of a card's kernels at the base level.
fn recording(card: &str) -> Timings {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/h100-timings");
    Timings::read(&folder.join(format!("{card}.json.gz"))).expect("a recording")
}

#[test]
fn a_quarter_of_the_samples_a_tenth_longer_is_regressed() {
    let wanted = [Verdict::Regressed, Verdict::RegressedSpread];
    for setup in SETUPS {
        let mut lab = Lab::new(setup);
        let ticks = recording(setup.candidate).processes;
        let between_run = lab.between_run();
        let shares = shares(draws(40), &wanted, || {
            let pair = lab.pair();
            let mut cases = Vec::new();
            for kernel in lab.kernels() {
                let [base, _] = lab.sides(&pair, kernel, [0, 0]);
                let tailed = pair[1]
                    .iter()
                    .map(|&process| tailed(&ticks[process].samples[kernel][0], &mut lab.random));
                let candidate: Vec<Triple> = tailed.collect();
                cases.push(
                    lab.recorded
                        .comparison(kernel, &base, &candidate, between_run),
                );
            }
            verdicts(&cases)
        });
        for (kernel, share) in lab.kernels().into_iter().zip(shares) {
            let name = &lab.recorded.kernels[kernel];
            let least = if name == "hist" { 0.75 } else { 0.95 };
            assert!(share >= least, "{setup:?} {name}: {share}");
        }
    }
}

/// A process' values with a quarter of its samples 10 % longer.
fn tailed(ticks: &[f64], random: &mut Sequence) -> Triple {
    let longer: Vec<f64> = ticks
        .iter()
        .map(|&ticks| ticks * if random.below(4) == 0 { 1.1 } else { 1.0 })
        .collect();
    let values = ProcessValues::of(&longer, Better::Lower).expect("positive samples");
    [values.location, values.body, values.upper]
}
