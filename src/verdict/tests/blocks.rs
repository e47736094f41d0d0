//! Sides that are measured in blocks, on recorded timings of one card and with a machine that drifts.

use proptest::prelude::*;

use super::lab::{AGAIN, Lab, MORE_1, Setup};
use super::recorded::{Triple, side};
use crate::rng::Sequence;
use crate::verdict::{Comparison, Control, Design, Side, Verdict, judge};

const CARD_A: Setup = Setup {
    base: "card-a",
    candidate: "card-a",
};

const BLOCKS: usize = 5;

/// Half a percent, either way: what all processes of a block have in common.
fn drift(random: &mut Sequence) -> f64 {
    (random.below(2001) as f64 / 1000.0 - 1.0) * 0.005
}

/// Twenty processes in blocks of four: all kernels at two levels.
fn study(lab: &mut Lab, levels: [usize; 2]) -> Vec<Comparison> {
    let mut processes: Vec<usize> = (0..lab.recorded.cards["card-a"][0].len()).collect();
    lab.random.shuffle(&mut processes);
    let drifts: Vec<f64> = (0..BLOCKS).map(|_| drift(&mut lab.random)).collect();
    let runs = |kernel: usize, first: usize, level: usize| Side {
        runs: (0..BLOCKS)
            .flat_map(|block| {
                let own = &processes[4 * block + first..4 * block + first + 2];
                let values = lab.recorded.side("card-a", own, kernel, level);
                let moved: Vec<Triple> = values
                    .iter()
                    .map(|triple| triple.map(|value| value + drifts[block]))
                    .collect();
                side(&moved).runs
            })
            .collect(),
    };
    let one = |kernel: usize| {
        let base = runs(kernel, 0, levels[0]);
        Comparison {
            timed_ns: base.typical().map(|ticks| ticks * lab.recorded.tick_ns),
            base,
            candidate: runs(kernel, 2, levels[1]),
            design: Design::Blocks,
            ..lab.recorded.comparison(kernel, &[], &[], 0.0)
        }
    };
    lab.kernels().into_iter().map(one).collect()
}

/// Thirty cases, of which the last is `kernel` at `level`.
fn thirty(lab: &mut Lab, kernel: usize, level: usize) -> Vec<Comparison> {
    let mut cases = Vec::new();
    while cases.len() < 29 {
        cases.extend(study(lab, [0, AGAIN]));
    }
    cases.truncate(29);
    let place = lab.kernels().iter().position(|own| *own == kernel);
    cases.push(study(lab, [0, level]).swap_remove(place.expect("a kernel of 40 us")));
    cases
}

#[test]
fn one_percent_alone_among_thirty_is_found_in_every_study() {
    let mut lab = Lab::new(CARD_A);
    for name in ["copy", "triad", "sgemm", "fma", "gather"] {
        let kernel = lab.kernel(name);
        for draw in 0..20 {
            let cases = thirty(&mut lab, kernel, MORE_1);
            let last = judge(&cases, 0.01).pop().expect("thirty judgements");
            assert_eq!(
                last.verdict,
                Verdict::Regressed,
                "{name}, draw {draw}: {:?}",
                last.reasons
            );
        }
    }
}

#[test]
fn the_same_against_itself_is_flagged_in_no_study_and_controls_agree() {
    const FLAGS: [Verdict; 4] = [
        Verdict::Regressed,
        Verdict::RegressedSpread,
        Verdict::Suspect,
        Verdict::Improved,
    ];
    let mut lab = Lab::new(CARD_A);
    let copy = lab.kernel("copy");
    let (mut flagged, mut controls) = (0, 0);
    for _ in 0..60 {
        let cases = thirty(&mut lab, copy, AGAIN);
        let judged = judge(&cases, 0.01);
        flagged += usize::from(judged.iter().any(|one| FLAGS.contains(&one.verdict)));
        let three = cases.iter().take(3).filter_map(Control::of);
        controls += three.filter(Control::is_flagged).count();
    }
    // 60 studies of 30 cases, and 180 controls that are judged twice at 0.1 %.
    assert!(flagged <= 1, "{flagged} of 60 studies");
    assert!(controls <= 3, "{controls} of 180 controls");
}

proptest! {
    #[test]
    fn swapping_the_sides_swaps_worse_and_better(seed in any::<u64>(), level in 0..5_usize) {
        let mut lab = Lab::new(CARD_A);
        lab.random = Sequence::new(seed);
        let forth = study(&mut lab, [0, level]);
        let back: Vec<Comparison> = forth
            .iter()
            .cloned()
            .map(|case| Comparison {
                base: case.candidate,
                candidate: case.base,
                ..case
            })
            .collect();
        for (one, other) in judge(&forth, 0.01).iter().zip(judge(&back, 0.01)) {
            let (one, other) = (one.change.expect("tested"), other.change.expect("tested"));
            prop_assert!((one.p_worse - other.p_better).abs() < 1e-9);
            prop_assert!(((1.0 + one.estimate) * (1.0 + other.estimate) - 1.0).abs() < 1e-9);
        }
    }
}
