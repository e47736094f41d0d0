//! The smallest slowdown that is found, by what each drawn pair would have needed.

use super::Setup;
use super::draw::{Kernel, Pair};
use crate::rng::Sequence;
use crate::stats::quantile;
use crate::verdict::Test;

/// The share of comparisons that find it.
const POWER: f64 = 0.99;

/// The true slowdowns, in logs, that drawn pairs would have needed to be `regressed`.
#[derive(Debug, Clone, Default)]
pub(super) struct Needed(Vec<f64>);

/// By how much the candidate's processes differ from the base's when all of them are taken, in logs.
pub(super) fn centre(setup: &Setup<'_>, kernel: Kernel, level: usize) -> f64 {
    setup.candidate.location(kernel.candidate, level) - setup.base().location(kernel.base, 0)
}

impl Needed {
    /// Takes what the pair of `test` would have needed: its estimate, which is off the truth (`centre`) by the draw of
    /// its processes and by what runs differ by (`run`), must reach what is called `regressed` at `level`.
    pub(super) fn take(&mut self, test: &Test, centre: f64, run: f64, level: f64) {
        self.0
            .push(test.least_regression(level) - (test.shift() - centre) - run);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The slowdown in logs that is enough in 99 of 100; `None` where nothing was drawn.
    pub(super) fn enough(mut self) -> Option<f64> {
        self.0.sort_unstable_by(f64::total_cmp);
        (!self.0.is_empty()).then(|| quantile(&self.0, POWER))
    }
}

/// A run effect of both sides as the rules assume it: nearly normal, the sum of 12 uniform numbers less 6.
pub(super) fn run_effect(setup: &Setup<'_>, random: &mut Sequence) -> f64 {
    let deviation = setup.policy.between_run.deviation;
    if deviation == 0.0 {
        return 0.0;
    }
    let uniform = |random: &mut Sequence| random.below(1 << 32) as f64 / 4_294_967_296.0;
    let normal = (0..12).map(|_| uniform(random)).sum::<f64>() - 6.0;
    normal * deviation * std::f64::consts::SQRT_2
}

/// What `draws` pairs of `processes` would have needed of a kernel at its base level, by each of `levels` of
/// significance.
pub(super) fn drawn<const N: usize>(
    setup: &Setup<'_>,
    kernel: Kernel,
    (processes, draws): (usize, usize),
    levels: [f64; N],
    random: &mut Sequence,
) -> [Option<f64>; N] {
    let mut needed = [(); N].map(|()| Needed::default());
    let centre = centre(setup, kernel, 0);
    for _ in 0..draws {
        let pair = Pair::resample(setup, processes, random);
        let run = run_effect(setup, random);
        if let Some(test) = pair.uncompared(setup, kernel, 0) {
            for (needed, level) in needed.iter_mut().zip(levels) {
                needed.take(&test, centre, run, level);
            }
        }
    }
    needed.map(Needed::enough)
}
