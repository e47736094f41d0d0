//! The process values of a recording, computed once.

use super::StudyError;
use crate::record::Better;
use crate::stats::{ProcessValues, Variance};
use crate::timings::Timings;

/// What of a recording enters comparisons.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Whose rules judge it: `cuda`, `host`, `command`.
    pub kind: String,
    /// The kernels.
    pub kernels: Vec<String>,
    /// The levels of work; the first is the base.
    pub levels: Vec<String>,
    /// Whether a level holds the work of the base.
    pub unchanged: Vec<bool>,
    /// The timer's resolution in nanoseconds, where it is known.
    pub tick_ns: Option<f64>,
    /// Executions behind one sample, by kernel.
    pub executions: Vec<u32>,
    /// By kernel, level and process; in nanoseconds.
    values: Vec<Vec<Vec<ProcessValues>>>,
    /// The known SM clocks of each process, in MHz.
    clocks: Vec<Vec<f64>>,
}

impl Recording {
    /// The values of `timings`.
    pub fn of(timings: &Timings) -> Result<Self, StudyError> {
        let kernels = 0..timings.kernels.len();
        let values = kernels.map(|kernel| {
            let levels = 0..timings.levels.len();
            levels.map(|level| values(timings, kernel, level)).collect()
        });
        let clocks = timings.processes.iter().map(|process| {
            let known = process.sm_mhz.iter().flatten().flatten();
            known.copied().collect()
        });
        Ok(Self {
            kind: timings.kind.clone(),
            unchanged: (0..timings.levels.len())
                .map(|level| timings.is_unchanged(level))
                .collect(),
            tick_ns: timings.tick_ns,
            executions: timings.executions.clone(),
            values: values.collect::<Result<_, _>>()?,
            clocks: clocks.collect(),
            kernels: timings.kernels.clone(),
            levels: timings.levels.clone(),
        })
    }

    /// How many processes there are.
    pub fn processes(&self) -> usize {
        self.clocks.len()
    }

    /// The values of some processes.
    pub(super) fn side(
        &self,
        kernel: usize,
        level: usize,
        processes: &[usize],
    ) -> Vec<ProcessValues> {
        let all = &self.values[kernel][level];
        processes.iter().map(|&process| all[process]).collect()
    }

    /// The median of all clocks; `None` where none is known.
    pub fn median_clock(&self) -> Option<f64> {
        self.clock(&(0..self.processes()).collect::<Vec<_>>())
    }

    /// The median of all clocks of some processes; `None` where none is known.
    pub(super) fn clock(&self, processes: &[usize]) -> Option<f64> {
        let known = processes.iter().flat_map(|&process| &self.clocks[process]);
        let mut clocks: Vec<f64> = known.copied().collect();
        let middle = clocks.len() / 2;
        if clocks.is_empty() {
            return None;
        }
        let even = clocks.len().is_multiple_of(2);
        let (below, upper, _) = clocks.select_nth_unstable_by(middle, f64::total_cmp);
        let upper = *upper;
        if !even {
            return Some(upper);
        }
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(f64::midpoint(lower, upper))
    }

    /// The variance between processes of the location of a kernel at a level, in logs; 0 of a single process.
    pub fn spread(&self, kernel: usize, level: usize) -> Variance {
        let values = &self.values[kernel][level];
        let locations = values.iter().map(|process| process.location).collect();
        Variance::pooled(&[locations]).unwrap_or(Variance {
            value: 0.0,
            freedom: 1.0,
        })
    }

    /// The mean location of all processes, in logs of nanoseconds.
    pub(super) fn location(&self, kernel: usize, level: usize) -> f64 {
        let values = &self.values[kernel][level];
        let sum: f64 = values.iter().map(|process| process.location).sum();
        sum / values.len() as f64
    }

    /// The mean duration between two readings of the timer, in nanoseconds: all executions of a graph together.
    pub fn timed_ns(&self, kernel: usize, level: usize) -> f64 {
        self.location(kernel, level).exp() * f64::from(self.executions[kernel])
    }
}

fn values(
    timings: &Timings,
    kernel: usize,
    level: usize,
) -> Result<Vec<ProcessValues>, StudyError> {
    let scale = timings.unit.nanoseconds();
    let of = |(number, process): (usize, &crate::timings::Process)| {
        let counts = &process.samples[kernel][level];
        let samples: Vec<f64> = counts.iter().map(|count| count * scale).collect();
        ProcessValues::of(&samples, Better::Lower).ok_or_else(|| StudyError::Values {
            kernel: timings.kernels[kernel].clone(),
            level: timings.levels[level].clone(),
            process: number,
        })
    };
    timings.processes.iter().enumerate().map(of).collect()
}
