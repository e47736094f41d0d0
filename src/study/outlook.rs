//! What so many processes can find on this device.

use serde::Serialize;

use super::Recording;
use crate::verdict::{CaseSpread, NoiseModel, Policy, Prospect};

/// The sizes of suites for which the smallest effect is told.
pub const SUITES: [usize; 3] = [8, 100, 1000];

/// The numbers of processes for which it is told.
pub const PROCESSES: [u32; 4] = [3, 5, 8, 15];

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

/// The outlook of every kernel of a recording at its base level.
pub fn outlook(recording: &Recording, policy: Policy, q: f64) -> Vec<Outlook> {
    let of = |(kernel, name): (usize, &String)| {
        let between = recording.spread(kernel, 0);
        let prospect = Prospect {
            timed_ns: recording.timed_ns(kernel, 0),
            tick_ns: recording.tick_ns,
            between,
            policy,
        };
        let smallest = |cases| PROCESSES.map(|count| prospect.smallest_effect(count, cases, q));
        Outlook {
            kernel: name.clone(),
            timed_ns: prospect.timed_ns,
            between_process_relative_sd: between.value.sqrt(),
            smallest_effects: SUITES.map(smallest),
            processes_for_min_effect: SUITES.map(|cases| prospect.processes(cases, q)),
        }
    };
    recording.kernels.iter().enumerate().map(of).collect()
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
