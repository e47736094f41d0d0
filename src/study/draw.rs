//! Pairs of sides, and the tests of their cases.

use super::{Recording, Setup};
use crate::id::CaseId;
use crate::record::{Better, Unit};
use crate::rng::Sequence;
use crate::verdict::{Comparison, Design, Side, Test, same_clock};

/// The kernels that both sides have, by their places in base and candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernel {
    pub(super) base: usize,
    pub(super) candidate: usize,
}

/// The processes of base and candidate.
#[derive(Debug)]
pub(super) struct Pair {
    base: Vec<usize>,
    candidate: Vec<usize>,
    /// Whether the sides ran at the same clock.
    pub(super) is_comparable: bool,
}

impl Pair {
    /// Draws both sides without replacement.
    pub(super) fn draw(setup: &Setup<'_>, random: &mut Sequence) -> Self {
        let count = setup.processes;
        let (base, candidate) = match setup.base {
            None => {
                let mut both = choose(setup.candidate.processes(), 2 * count, random);
                let candidate = both.split_off(count.min(both.len()));
                (both, candidate)
            }
            Some(base) => (
                choose(base.processes(), count, random),
                choose(setup.candidate.processes(), count, random),
            ),
        };
        let clocks = (setup.base().clock(&base), setup.candidate.clock(&candidate));
        Self {
            is_comparable: same_clock(clocks.1, clocks.0),
            base,
            candidate,
        }
    }

    /// Draws both sides of `count` processes: without replacement where there are enough, else with it.
    pub(super) fn resample(setup: &Setup<'_>, count: usize, random: &mut Sequence) -> Self {
        let whole = Setup {
            processes: count,
            ..*setup
        };
        let shared = if setup.base.is_none() {
            2 * count
        } else {
            count
        };
        let fewest = setup.candidate.processes().min(setup.base().processes());
        if shared <= fewest {
            return Self::draw(&whole, random);
        }
        let mut some = |all: usize| -> Vec<usize> {
            let one = |_| usize::try_from(random.below(all as u64)).unwrap_or_default();
            (0..count).map(one).collect()
        };
        Self {
            base: some(setup.base().processes()),
            candidate: some(setup.candidate.processes()),
            is_comparable: true,
        }
    }

    /// The test of a kernel at `level` against the base's base; `None` where clocks forbid one.
    pub(super) fn test(&self, setup: &Setup<'_>, kernel: Kernel, level: usize) -> Option<Test> {
        self.is_comparable
            .then(|| self.uncompared(setup, kernel, level))?
    }

    /// The same whatever the clocks say.
    pub(super) fn uncompared(
        &self,
        setup: &Setup<'_>,
        kernel: Kernel,
        level: usize,
    ) -> Option<Test> {
        Test::of(&self.comparison(setup, kernel, level))
    }

    /// The test of a kernel at the base level whose candidate is slower by `shift`, in logs.
    #[cfg(test)]
    pub(super) fn shifted(&self, setup: &Setup<'_>, kernel: Kernel, shift: f64) -> Option<Test> {
        let mut comparison = self.comparison(setup, kernel, 0);
        for process in comparison.candidate.runs.iter_mut().flatten() {
            process.location += shift;
            process.body += shift;
            process.upper += shift;
        }
        Test::of(&comparison)
    }

    fn comparison(&self, setup: &Setup<'_>, kernel: Kernel, level: usize) -> Comparison {
        let base = side(setup.base(), kernel.base, 0, &self.base);
        let executions = f64::from(setup.base().executions[kernel.base]);
        Comparison {
            id: CaseId::from_text(String::new()),
            metric: String::new(),
            unit: Unit::Nanoseconds,
            better: Better::Lower,
            timed_ns: base.typical().map(|typical| typical * executions),
            base,
            candidate: side(setup.candidate, kernel.candidate, level, &self.candidate),
            tick_ns: setup.candidate.tick_ns,
            policy: setup.policy,
            design: Design::Apart,
            given: None,
        }
    }
}

fn side(recording: &Recording, kernel: usize, level: usize, processes: &[usize]) -> Side {
    Side {
        runs: vec![recording.side(kernel, level, processes)],
    }
}

/// `count` of the numbers below `all`, each once, in random order.
fn choose(all: usize, count: usize, random: &mut Sequence) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..all).collect();
    random.shuffle(&mut numbers);
    numbers.truncate(count);
    numbers
}
