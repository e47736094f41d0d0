//! Process values of kernels on three GPUs, as `tests/tables/make_tables.py` took them from recorded timings.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::id::CaseId;
use crate::record::{Better, Unit};
use crate::stats::ProcessValues;
use crate::verdict::{BetweenRun, Comparison, Design, Policy, Side};

/// Location, body, upper half: logs of timer ticks.
pub(super) type Triple = [f64; 3];

#[derive(Deserialize)]
pub(super) struct Recorded {
    pub(super) tick_ns: f64,
    pub(super) kernels: Vec<String>,
    /// By card: value, process, kernel, level.
    pub(super) cards: BTreeMap<String, Vec<Vec<Vec<Vec<f64>>>>>,
    pub(super) draws: Vec<Draw>,
}

/// One comparison of all kernels, with the reference's verdict codes.
#[derive(Deserialize)]
pub(super) struct Draw {
    pub(super) scenario: String,
    pub(super) cards: [String; 2],
    pub(super) processes: [Vec<usize>; 2],
    pub(super) levels: [Vec<usize>; 2],
    pub(super) between_run: f64,
    /// Values of the candidate that no recording holds: value, process, kernel.
    pub(super) candidate: Option<[Vec<Vec<f64>>; 3]>,
    /// What is added to the candidate's logs: process, kernel.
    pub(super) shift: Option<Vec<Vec<f64>>>,
    pub(super) codes: Vec<i32>,
}

impl Recorded {
    pub(super) fn read() -> Self {
        let text = include_str!("../../../tests/tables/verdicts.json");
        serde_json::from_str(text).expect("the table")
    }

    /// The values of one process of a card.
    pub(super) fn at(&self, card: &str, process: usize, kernel: usize, level: usize) -> Triple {
        let values = &self.cards[card];
        [0, 1, 2].map(|value: usize| values[value][process][kernel][level])
    }

    /// The values of some processes.
    pub(super) fn side(
        &self,
        card: &str,
        processes: &[usize],
        kernel: usize,
        level: usize,
    ) -> Vec<Triple> {
        let values = processes
            .iter()
            .map(|&process| self.at(card, process, kernel, level));
        values.collect()
    }

    /// A comparison by the rules of `cuda`.
    pub(super) fn comparison(
        &self,
        kernel: usize,
        base: &[Triple],
        candidate: &[Triple],
        between_run: f64,
    ) -> Comparison {
        let mut policy = Policy::for_kind("cuda", &BTreeMap::new()).expect("defaults");
        policy.between_run = BetweenRun::assumed(between_run);
        let base = side(base);
        Comparison {
            id: CaseId::from_text(self.kernels[kernel].clone()),
            metric: "time".to_owned(),
            unit: Unit::Nanoseconds,
            better: Better::Lower,
            timed_ns: base.typical().map(|ticks| ticks * self.tick_ns),
            base,
            candidate: side(candidate),
            tick_ns: Some(self.tick_ns),
            policy,
            design: Design::default(),
            given: None,
        }
    }
}

/// A side of one run.
pub(super) fn side(values: &[Triple]) -> Side {
    let of = |&[location, body, upper]: &Triple| ProcessValues {
        location,
        body,
        upper,
        mean: body.exp(),
    };
    Side {
        runs: vec![values.iter().map(of).collect()],
    }
}
