//! What the rules look at: all that a record says of one case and its machine.

use std::collections::BTreeMap;

use crate::record::{CaseHeader, CaseResult, Header, Occupancy, ProcessEnd, Unit, Work};
use crate::stats::{Ceiling, CeilingFraction, Ceilings, median_of};

/// What is the same for all cases of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine<'a> {
    /// The measured ceilings.
    pub ceilings: &'a Ceilings,
    /// The most that the SM clock can be, in MHz.
    pub max_sm_mhz: Option<f64>,
    /// Whether the run pinned clocks: one below the maximum is then what was asked for.
    pub pinned: bool,
    /// What the timer reads with an empty kernel between its marks, the median of the processes in nanoseconds. That
    /// launch isn't gated, so that the host's part of it is in the reading.
    pub empty_kernel_ns: Option<f64>,
}

impl<'a> Machine<'a> {
    /// The machine of a run, from its header and what the end of each process says.
    pub fn of(header: &Header, ends: &[ProcessEnd], ceilings: &'a Ceilings) -> Self {
        let fact = |name: &str| header.environment.comparability.get(name);
        let empty = ends.iter().filter_map(|end| end.timer?.empty_kernel_ns);
        let empty: Vec<f64> = empty.filter(|empty| is_positive(*empty)).collect();
        Self {
            ceilings,
            max_sm_mhz: fact("max-sm-mhz").and_then(serde_json::Value::as_f64),
            pinned: fact("clock-policy").and_then(serde_json::Value::as_str) == Some("lock"),
            empty_kernel_ns: median_of(&empty),
        }
    }
}

/// All that the rules look at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// `cuda`, `host`, `command` or `mock`.
    pub kind: String,
    /// The mean time of an execution in nanoseconds.
    pub time_ns: f64,
    /// The work of an execution, as the suite states it.
    pub work: Work,
    /// Whether any ceiling of the machine was measured.
    pub has_ceilings: bool,
    /// How near it comes to each measured ceiling that bounds it.
    pub bounds: Vec<CeilingFraction>,
    /// How its kernel fills the GPU, where the device tells.
    pub occupancy: Option<Occupancy>,
    /// What the GPU did in its window.
    pub activity: Activity,
    /// The SM clock during its samples, where it is known.
    pub clock: Option<ClockFacts>,
    /// What the timer reads with an empty kernel between its marks, in nanoseconds; none where the case isn't timed by
    /// such marks, as in a graph.
    pub empty_kernel_ns: Option<f64>,
}

/// Shares of the window in which executions came back to back, on hot data.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Activity {
    /// Of time and multiprocessors on which a warp was.
    pub sm: Option<f64>,
    /// Of the places for warps that were taken.
    pub sm_occupancy: Option<f64>,
    /// Of time in which tensor cores worked.
    pub tensor: Option<f64>,
    /// Of the bandwidth that the device memory has by its clock and width.
    pub dram: Option<f64>,
}

/// The SM clock of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockFacts {
    /// The median of its valid groups of samples, in MHz.
    pub mhz: f64,
    /// The most that it can be, in MHz.
    pub max_mhz: f64,
    /// Whether the run pinned it.
    pub pinned: bool,
    /// Valid groups of samples.
    pub groups: usize,
    /// In how many of these each reason held clocks down.
    pub held: BTreeMap<String, usize>,
}

impl Facts {
    /// The facts of `case` on `machine`, from its results and its mean time in nanoseconds.
    pub fn of(
        machine: &Machine<'_>,
        case: &CaseHeader,
        results: &[CaseResult],
        time_ns: f64,
    ) -> Self {
        let bounds = if case.has_ceilings() {
            let ceilings = machine.ceilings;
            ceilings.bounds(&case.tags, &case.work, time_ns)
        } else {
            Vec::new()
        };
        let by_events = |result: &CaseResult| {
            let method = result.method.as_ref();
            method.is_some_and(|method| method.name == "events")
        };
        let is_by_events = !results.is_empty() && results.iter().all(by_events);
        Self {
            kind: case.kind.clone(),
            time_ns,
            work: case.work,
            has_ceilings: !machine.ceilings.is_empty(),
            bounds,
            occupancy: results.iter().find_map(|result| result.occupancy.clone()),
            activity: Activity::of(results),
            clock: ClockFacts::of(machine, results),
            empty_kernel_ns: machine.empty_kernel_ns.filter(|_| is_by_events),
        }
    }

    /// How near it comes to the ceiling of memory.
    pub(super) fn memory(&self) -> Option<CeilingFraction> {
        self.bound(|of| !of.is_of_operations())
    }

    /// How near it comes to the ceiling of arithmetic.
    pub(super) fn arithmetic(&self) -> Option<CeilingFraction> {
        self.bound(Ceiling::is_of_operations)
    }

    fn bound(&self, is_it: impl Fn(Ceiling) -> bool) -> Option<CeilingFraction> {
        let mut bounds = self.bounds.iter().copied();
        bounds.find(|bound| is_it(bound.of) && is_positive(bound.fraction))
    }

    /// The share of the ceiling that binds it.
    pub(super) fn nearest(&self) -> Option<f64> {
        let both = [self.memory(), self.arithmetic()].into_iter().flatten();
        both.map(|bound| bound.fraction).max_by(f64::total_cmp)
    }
}

impl Activity {
    fn of(results: &[CaseResult]) -> Self {
        let mean = |name: &str| {
            let series = results.iter().flat_map(|result| &result.series);
            let series =
                series.filter(|series| series.metric == name && series.unit == Unit::Ratio);
            let samples: Vec<f64> = series.flat_map(|series| &series.samples).copied().collect();
            let mean = samples.iter().sum::<f64>() / samples.len() as f64;
            (mean.is_finite() && mean >= 0.0).then_some(mean)
        };
        Self {
            sm: mean("sm-activity"),
            sm_occupancy: mean("sm-occupancy"),
            tensor: mean("tensor-activity"),
            dram: mean("dram-activity"),
        }
    }
}

impl ClockFacts {
    fn of(machine: &Machine<'_>, results: &[CaseResult]) -> Option<Self> {
        let max_mhz = machine.max_sm_mhz.filter(|mhz| is_positive(*mhz))?;
        let groups = results.iter().flat_map(|result| &result.groups);
        let groups: Vec<_> = groups.filter(|group| group.void.is_none()).collect();
        let clocks = groups.iter().filter_map(|group| group.clock_mhz);
        let clocks: Vec<f64> = clocks.filter(|mhz| is_positive(*mhz)).collect();
        let mut held = BTreeMap::new();
        for group in &groups {
            let grown = group.events_ns.iter().filter(|(_, grown)| **grown > 0);
            for (reason, _) in grown {
                *held.entry(reason.clone()).or_insert(0) += 1;
            }
        }
        Some(Self {
            mhz: median_of(&clocks)?,
            max_mhz,
            pinned: machine.pinned,
            groups: groups.len(),
            held,
        })
    }

    /// The share by which it is below the maximum; below 0 where it is above.
    pub(super) fn short(&self) -> f64 {
        1.0 - self.mhz / self.max_mhz
    }
}

/// Whether a figure can be one of a measurement.
pub(super) fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}
