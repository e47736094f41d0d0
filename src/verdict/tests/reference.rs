//! Every verdict equals that of the reference rule on the same process values.

use std::collections::BTreeMap;

use super::recorded::{Draw, Recorded, Triple};
use crate::verdict::{Comparison, Verdict, judge};

/// The reference's code of a verdict.
pub(super) fn code(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::Regressed => 1,
        Verdict::RegressedSpread => 2,
        Verdict::Suspect => 3,
        Verdict::Improved => -1,
        Verdict::Unchanged => 0,
        Verdict::Inconclusive => 9,
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

#[test]
fn verdicts_are_those_of_the_reference() {
    let recorded = Recorded::read();
    assert!(recorded.draws.len() >= 200);
    let mut seen: BTreeMap<i32, usize> = BTreeMap::new();
    for (number, draw) in recorded.draws.iter().enumerate() {
        let judged = judge(&comparisons(&recorded, draw), 0.01);
        let codes: Vec<i32> = judged
            .iter()
            .map(|judgement| code(judgement.verdict))
            .collect();
        assert_eq!(codes, draw.codes, "draw {number}, {}", draw.scenario);
        for code in codes {
            *seen.entry(code).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 6, "every verdict occurs: {seen:?}");
    assert!(seen.values().all(|&count| count >= 50), "{seen:?}");
}
