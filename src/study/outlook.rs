//! What so many processes can find on this device.

use std::num::NonZero;
use std::thread;

use serde::Serialize;

use super::draw::Kernel;
use super::{Recording, Setup, StudyError, reach, rows};
use crate::rng::{self, Sequence};
use crate::verdict::{CaseSpread, NoiseModel, fewest_processes};

/// The sizes of suites for which the smallest effect is told.
pub const SUITES: [usize; 3] = [8, 100, 1000];

/// The numbers of processes for which it is told.
pub const PROCESSES: [u32; 4] = [3, 5, 8, 15];

/// Pairs that are drawn for each.
const DRAWS: usize = 500;

/// What is known of a kernel, and what comparisons of it can find.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// The kernel.
    pub kernel: String,
    /// Its duration between two readings of the timer, in nanoseconds.
    pub timed_ns: f64,
    /// The standard deviation between processes, as a share.
    pub between_process_relative_sd: f64,
    /// The smallest slowdown of it alone that is found in 99 of 100 comparisons, as a share: by [`SUITES`], then by
    /// [`PROCESSES`].
    pub smallest_effects: [[f64; 4]; 3],
    /// The processes a side that make a slowdown by `min-effect` significant in 99 of 100 comparisons, by [`SUITES`];
    /// none where 1,000 are too few.
    pub processes_for_min_effect: [Option<u32>; 3],
}

/// The outlook of every kernel at its base level, by pairs of sides drawn without replacement where the recording has
/// processes enough, else with it.
pub fn outlook(setup: &Setup<'_>) -> Result<Vec<Outlook>, StudyError> {
    let kernels = rows::kernels(setup)?;
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let part = kernels.len().div_ceil(threads).max(1);
    let found = thread::scope(|scope| {
        let started: Vec<_> = kernels
            .chunks(part)
            .map(|part| scope.spawn(move || part.iter().map(|&kernel| of(setup, kernel)).collect()))
            .collect();
        let joined = started.into_iter().map(|thread| {
            let ended: std::thread::Result<Vec<Outlook>> = thread.join();
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.flatten().collect()
    });
    Ok(found)
}

fn of(setup: &Setup<'_>, kernel: Kernel) -> Outlook {
    let recording = setup.candidate;
    let levels = SUITES.map(|cases| setup.q / 2.0 / cases as f64);
    let mut random = Sequence::new(rng::stream(setup.seed, kernel.candidate as u64));
    let mut smallest_effects = [[f64::NAN; 4]; 3];
    for (place, count) in PROCESSES.into_iter().enumerate() {
        let needed = reach::drawn(setup, kernel, (count as usize, DRAWS), levels, &mut random);
        for (effects, needed) in smallest_effects.iter_mut().zip(needed) {
            effects[place] = needed.map_or(f64::NAN, f64::exp_m1);
        }
    }
    Outlook {
        kernel: recording.kernels[kernel.candidate].clone(),
        timed_ns: recording.timed_ns(kernel.candidate, 0),
        between_process_relative_sd: recording.spread(kernel.candidate, 0).value.sqrt(),
        smallest_effects,
        processes_for_min_effect: levels.map(|level| processes(setup, kernel, level)),
    }
}

/// The fewest processes a side with which a slowdown by `min-effect` is significant in 99 of 100.
fn processes(setup: &Setup<'_>, kernel: Kernel, level: f64) -> Option<u32> {
    // Without the floor of `min-effect`: an effect of that size has an estimate below it half of the time.
    let mut policy = setup.policy;
    let effect = policy.min_effect.ln_1p();
    policy.min_effect = 0.0;
    let setup = Setup { policy, ..*setup };
    let is_enough = |count: u32| {
        let mut random = Sequence::new(rng::stream(setup.seed, u64::from(count)));
        let drawn = (count as usize, DRAWS / 2);
        let [needed] = reach::drawn(&setup, kernel, drawn, [level], &mut random);
        needed.is_some_and(|needed| needed <= effect)
    };
    fewest_processes(is_enough)
}

/// The noise model of the device by its recorded kernels at their base level; `None` for fewer than three kernels or
/// two processes.
pub fn noise_model(recording: &Recording) -> Option<NoiseModel> {
    let spreads = (0..recording.kernels.len()).map(|kernel| CaseSpread {
        timed_ns: recording.timed_ns(kernel, 0),
        between: recording.spread(kernel, 0),
    });
    let spreads: Vec<CaseSpread> = spreads.collect();
    (recording.processes() >= 2)
        .then(|| NoiseModel::measured(&spreads))
        .flatten()
}
