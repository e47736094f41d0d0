//! What holds for every input.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::recorded::{Triple, side};
use crate::id::CaseId;
use crate::record::{Better, Unit};
use crate::rng::Sequence;
use crate::stats::ProcessValues;
use crate::verdict::{BetweenRun, Comparison, Design, Judgement, Policy, Side, Verdict, judge};

/// A case whose candidate differs from its base by `shift` in logs, and its upper half by `tail` more.
#[derive(Debug, Clone)]
struct Synthetic {
    shift: f64,
    tail: f64,
    noise: f64,
    processes: usize,
    seed: u64,
}

fn synthetic(tail: f64) -> impl Strategy<Value = Synthetic> {
    let numbers = (-0.03..0.03_f64, 0.0..=tail, 0.0001..0.01_f64);
    (numbers, 2..8_usize, any::<u64>()).prop_map(|((shift, tail, noise), processes, seed)| {
        Synthetic {
            shift,
            tail,
            noise,
            processes,
            seed,
        }
    })
}

fn suite(tail: f64) -> impl Strategy<Value = Vec<Synthetic>> {
    prop::collection::vec(synthetic(tail), 1..12)
}

impl Synthetic {
    fn side(&self, stream: u64, shift: f64, tail: f64) -> Side {
        let mut random = Sequence::new(crate::rng::stream(self.seed, stream));
        let mut uniform = || random.below(1 << 32) as f64 / f64::from(u32::MAX) - 0.5;
        let values: Vec<Triple> = (0..self.processes)
            .map(|_| {
                let location = 11.0 + shift + self.noise * (uniform() + uniform() + uniform());
                [
                    location,
                    location + 0.001 + tail / 2.0,
                    location + 0.002 + tail,
                ]
            })
            .collect();
        side(&values)
    }

    fn comparison(&self) -> Comparison {
        let mut policy = Policy::for_kind("cuda", &BTreeMap::new()).expect("defaults");
        policy.between_run = BetweenRun::WITHIN_ONE_RUN;
        Comparison {
            id: CaseId::from_text("case"),
            metric: "time".to_owned(),
            unit: Unit::Nanoseconds,
            better: Better::Lower,
            base: self.side(0, 0.0, 0.0),
            candidate: self.side(1, self.shift, self.tail),
            timed_ns: Some(60_000.0),
            tick_ns: Some(32.0),
            policy,
            design: Design::default(),
            given: None,
        }
    }
}

fn comparisons(suite: &[Synthetic]) -> Vec<Comparison> {
    suite.iter().map(Synthetic::comparison).collect()
}

fn verdicts(cases: &[Comparison]) -> Vec<Verdict> {
    judge(cases, 0.01)
        .into_iter()
        .map(|judgement| judgement.verdict)
        .collect()
}

fn swapped(mut case: Comparison) -> Comparison {
    std::mem::swap(&mut case.base, &mut case.candidate);
    case
}

/// Whether a change lies where +0.5 % on one side is less than that on the other: 1 / 1.005 is more than 0.995.
fn is_at_the_edge(judgement: &Judgement) -> bool {
    let log = judgement
        .change
        .map_or(0.0, |change| change.estimate.ln_1p().abs());
    (1.005_f64.ln() - 1e-9..=-(0.995_f64.ln()) + 1e-9).contains(&log)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn swapping_sides_turns_regressed_into_improved_and_nothing_else(suite in suite(0.0)) {
        let cases = comparisons(&suite);
        let there = judge(&cases, 0.01);
        let back = judge(&cases.into_iter().map(swapped).collect::<Vec<_>>(), 0.01);
        for (there, back) in there.iter().zip(&back).filter(|(there, _)| !is_at_the_edge(there)) {
            prop_assert_eq!(there.verdict == Verdict::Improved, back.verdict == Verdict::Regressed);
            // What got better by its location may have an upper half that got worse: a spread comes before.
            let is_better = matches!(back.verdict, Verdict::Improved | Verdict::RegressedSpread);
            prop_assert!(there.verdict != Verdict::Regressed || is_better, "{:?} {:?}", there, back);
        }
    }

    #[test]
    fn the_order_of_processes_and_runs_changes_nothing(suite in suite(0.03)) {
        let cases = comparisons(&suite);
        let mut turned = cases.clone();
        for case in &mut turned {
            for run in case.base.runs.iter_mut().chain(&mut case.candidate.runs) {
                run.reverse();
            }
            case.base.runs.insert(0, Vec::new());
        }
        prop_assert_eq!(verdicts(&cases), verdicts(&turned));
    }

    #[test]
    fn quiet_and_improved_cases_make_no_case_regressed(suite in suite(0.03), extra in suite(0.0)) {
        let cases = comparisons(&suite);
        let mut more = cases.clone();
        let better = extra.into_iter().map(|case| Synthetic { shift: -case.shift.abs() - 3.0 * case.noise, ..case });
        more.extend(better.map(|case| case.comparison()));
        let (few, many) = (verdicts(&cases), verdicts(&more));
        for (few, many) in few.iter().zip(&many) {
            prop_assert!(few.is_regression() || !many.is_regression(), "{few} became {many}");
        }
    }

    #[test]
    fn a_metric_that_is_better_higher_is_the_mirror_image(suite in suite(0.03)) {
        let cases = comparisons(&suite);
        let mut mirrored = cases.clone();
        for case in &mut mirrored {
            case.better = Better::Higher;
            let runs = case.base.runs.iter_mut().chain(&mut case.candidate.runs);
            for process in runs.flatten() {
                let ProcessValues { location, body, upper, mean } = *process;
                *process = ProcessValues { location: -location, body: -body, upper: -upper, mean };
            }
        }
        let (plain, turned) = (judge(&cases, 0.01), judge(&mirrored, 0.01));
        for (plain, turned) in plain.iter().zip(&turned) {
            prop_assert_eq!(plain.verdict, turned.verdict);
            let [plain, turned] = [plain, turned].map(|it| it.change.expect("tested").estimate);
            prop_assert!(((1.0 + plain) * (1.0 + turned) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_panics(
        values in prop::collection::vec(prop::collection::vec([prop::num::f64::ANY; 3], 0..4), 0..6),
        timed in prop::option::of(prop::num::f64::ANY),
        q in prop::num::f64::ANY,
        kind in prop::sample::select(vec!["cuda", "command"]),
    ) {
        let sides = values.chunks(2).map(|runs| Side {
            runs: runs.iter().flat_map(|run| side(run).runs).collect(),
        });
        let sides: Vec<Side> = sides.collect();
        let at = |index: usize| sides.get(index).cloned().unwrap_or_default();
        let mut case = Synthetic { shift: 0.0, tail: 0.0, noise: 0.0, processes: 2, seed: 0 }.comparison();
        (case.base, case.candidate, case.timed_ns) = (at(0), at(1), timed);
        case.policy = Policy::for_kind(kind, &BTreeMap::new()).expect("defaults");
        let judged = judge(std::slice::from_ref(&case), q);
        prop_assert_eq!(judged.len(), 1);
        prop_assert!(!judged[0].headline().is_empty());
    }
}
