//! Every verdict equals that of the reference rule on the same process values, save for one refinement: what is
//! suspect must stand out of the noise that the device's model has of so short a kernel.

use std::collections::BTreeMap;

use super::recorded::{Draw, Recorded, Triple};
use crate::verdict::{Comparison, Verdict, judge};

const SUSPECT: i32 = 3;
const INCONCLUSIVE: i32 = 9;

/// The reference's code of a verdict.
pub(super) fn code(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::Regressed => 1,
        Verdict::RegressedSpread => 2,
        Verdict::Suspect => SUSPECT,
        Verdict::Improved => -1,
        Verdict::Unchanged => 0,
        Verdict::Inconclusive => INCONCLUSIVE,
        other => panic!("the reference has no {other}"),
    }
}

fn candidate(recorded: &Recorded, draw: &Draw, kernel: usize) -> Vec<Triple> {
    let values = match &draw.candidate {
        Some([location, body, upper]) => (0..location.len())
            .map(|process| [location, body, upper].map(|value| value[process][kernel]))
            .collect(),
        None => recorded.side(
            &draw.cards[1],
            &draw.processes[1],
            kernel,
            draw.levels[1][kernel],
        ),
    };
    let shift = |process: usize| {
        draw.shift
            .as_ref()
            .map_or(0.0, |shift| shift[process][kernel])
    };
    let shifted = values.into_iter().enumerate();
    shifted
        .map(|(process, triple)| triple.map(|value| value + shift(process)))
        .collect()
}

fn comparisons(recorded: &Recorded, draw: &Draw) -> Vec<Comparison> {
    (0..recorded.kernels.len())
        .map(|kernel| {
            let base = recorded.side(
                &draw.cards[0],
                &draw.processes[0],
                kernel,
                draw.levels[0][kernel],
            );
            recorded.comparison(
                kernel,
                &base,
                &candidate(recorded, draw, kernel),
                draw.between_run,
            )
        })
        .collect()
}

/// Whether three standard deviations of a process, by the noise model, are more than the margin of 1 %.
fn is_below_its_noise(case: &Comparison) -> bool {
    let timed = case.timed_ns.expect("a time");
    3.0 * (70.0 / timed).hypot(0.0006) > 0.01
}

#[test]
fn verdicts_are_those_of_the_reference() {
    let recorded = Recorded::read();
    assert!(recorded.draws.len() >= 200);
    let mut seen: BTreeMap<i32, usize> = BTreeMap::new();
    let mut refined = 0;
    for (number, draw) in recorded.draws.iter().enumerate() {
        let cases = comparisons(&recorded, draw);
        for ((case, judged), &expected) in cases.iter().zip(judge(&cases, 0.01)).zip(&draw.codes) {
            let found = code(judged.verdict);
            let of = format!("draw {number}, {}: {}", draw.scenario, case.id);
            if is_below_its_noise(case) && expected == SUSPECT && found != SUSPECT {
                assert_eq!(found, INCONCLUSIVE, "{of}");
                refined += 1;
            } else {
                assert_eq!(found, expected, "{of}");
            }
            *seen.entry(found).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 6, "every verdict occurs: {seen:?}");
    assert!(seen.values().all(|&count| count >= 50), "{seen:?}");
    assert!((10..100).contains(&refined), "{refined} of `tiny`");
}
