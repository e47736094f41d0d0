//! Draws of processes of recorded kernels.

use super::recorded::{Recorded, Triple};
use crate::rng::Sequence;
use crate::verdict::Comparison;

/// Where base and candidate are drawn from: one card, or two at the same clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) base: &'static str,
    pub(super) candidate: &'static str,
}

pub(super) const SETUPS: [Setup; 5] = [
    Setup {
        base: "card-a",
        candidate: "card-a",
    },
    Setup {
        base: "card-b",
        candidate: "card-b",
    },
    Setup {
        base: "card-c",
        candidate: "card-c",
    },
    Setup {
        base: "card-b",
        candidate: "card-c",
    },
    Setup {
        base: "card-c",
        candidate: "card-b",
    },
];

/// Levels of work: base, base again, +1 %, +2 %, +5 %.
pub(super) const AGAIN: usize = 1;
pub(super) const MORE_1: usize = 2;
pub(super) const MORE_2: usize = 3;
pub(super) const MORE_5: usize = 4;

pub(super) struct Lab {
    pub(super) recorded: Recorded,
    pub(super) setup: Setup,
    pub(super) random: Sequence,
}

impl Lab {
    pub(super) fn new(setup: Setup) -> Self {
        Self {
            recorded: Recorded::read(),
            setup,
            random: Sequence::new(7),
        }
    }

    /// 0 within one card, the default between two.
    pub(super) fn between_run(&self) -> f64 {
        if self.setup.base == self.setup.candidate {
            0.0
        } else {
            0.001
        }
    }

    /// Kernels of 40 us and more: all but `tiny`.
    pub(super) fn kernels(&self) -> Vec<usize> {
        let names = self.recorded.kernels.iter().enumerate();
        names
            .filter(|(_, name)| *name != "tiny")
            .map(|(index, _)| index)
            .collect()
    }

    pub(super) fn kernel(&self, name: &str) -> usize {
        let found = self
            .recorded
            .kernels
            .iter()
            .position(|kernel| kernel == name);
        found.expect("a recorded kernel")
    }

    /// Five processes of each side, without replacement.
    pub(super) fn pair(&mut self) -> [Vec<usize>; 2] {
        let processes =
            |card: &str| -> Vec<usize> { (0..self.recorded.cards[card][0].len()).collect() };
        let (mut base, mut candidate) =
            (processes(self.setup.base), processes(self.setup.candidate));
        self.random.shuffle(&mut base);
        self.random.shuffle(&mut candidate);
        if self.setup.base == self.setup.candidate {
            candidate = base.split_off(5);
        }
        base.truncate(5);
        candidate.truncate(5);
        [base, candidate]
    }

    pub(super) fn sides(
        &self,
        pair: &[Vec<usize>; 2],
        kernel: usize,
        levels: [usize; 2],
    ) -> [Vec<Triple>; 2] {
        [
            self.recorded
                .side(self.setup.base, &pair[0], kernel, levels[0]),
            self.recorded
                .side(self.setup.candidate, &pair[1], kernel, levels[1]),
        ]
    }

    /// All kernels at two levels, the candidate changed by `change` (process, values).
    pub(super) fn all(
        &mut self,
        levels: [usize; 2],
        change: impl Fn(usize, Triple) -> Triple,
    ) -> Vec<Comparison> {
        let pair = self.pair();
        let one = |kernel: usize| {
            let [base, candidate] = self.sides(&pair, kernel, levels);
            let candidate: Vec<Triple> = candidate
                .into_iter()
                .enumerate()
                .map(|(process, triple)| change(process, triple))
                .collect();
            self.recorded
                .comparison(kernel, &base, &candidate, self.between_run())
        };
        self.kernels().into_iter().map(one).collect()
    }

    /// `kernel` alone at `level` among `count` cases, the others unchanged; it is the last.
    pub(super) fn lone(&mut self, kernel: usize, level: usize, count: usize) -> Vec<Comparison> {
        let mut cases: Vec<Comparison> = Vec::new();
        while cases.len() < count - 1 {
            let quiet = self.random.below(2);
            cases.extend(self.all([0, if quiet == 0 { 0 } else { AGAIN }], |_, triple| triple));
        }
        cases.truncate(count - 1);
        let pair = self.pair();
        let [base, candidate] = self.sides(&pair, kernel, [0, level]);
        cases.push(
            self.recorded
                .comparison(kernel, &base, &candidate, self.between_run()),
        );
        cases
    }
}
