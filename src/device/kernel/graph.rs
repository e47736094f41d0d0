//! Graphs of executions: many of a short kernel, captured once and replayed between two time stamps.
//!
//! A replay has 2 to 3 us of its own on a GPU, whatever is in it. So a sample is a slope: a replay of 2 G executions
//! takes G executions longer than one of G.

use super::execution::KernelExecution;
use super::sets::Sets;
use super::{Platform, Timed};
use crate::plan::Cache;
use crate::record::{Method, Refusal};

/// Why a sample counts for nothing whose longer replay took no longer than the shorter one.
const NO_SLOPE: &str = "disturbed: the replay of twice as many executions took no longer";

/// Two graphs of a case's executions, and what these work on.
pub(super) struct Graphs<P: Platform> {
    /// G.
    executions: u32,
    /// G executions.
    short: P::Graph,
    /// 2 G executions.
    long: P::Graph,
    sets: Sets<P::Memory>,
    /// Whether the longer replay comes first in the next sample.
    long_first: bool,
}

/// The name of the method for a case whose cache is so; data of a cold graph are cold in another way than those of
/// one execution, and are never compared with these.
pub(super) fn method_name(cache: Cache) -> &'static str {
    match cache {
        Cache::Cold => "graph-cold",
        Cache::Hot => "graph",
    }
}

impl<P: Platform> Graphs<P> {
    /// Captures `executions` of them, and twice as many.
    pub(super) fn capture(
        execution: &mut KernelExecution<P>,
        executions: u32,
    ) -> Result<Self, Refusal> {
        execution.restore()?;
        let cache = execution.conditions.cache;
        let KernelExecution {
            platform, slots, ..
        } = execution;
        let sets = Sets::new(platform, slots, cache, 2 * u64::from(executions))?;
        let arguments = |number: u32| sets.arguments(slots, number.into());
        let mut all: Vec<_> = (0..2 * executions).map(arguments).collect();
        let long = platform.capture(&all)?;
        all.truncate(all.len() / 2);
        let short = platform.capture(&all)?;
        drop(all);
        Ok(Self {
            executions,
            short,
            long,
            sets,
            long_first: false,
        })
    }

    /// How it takes times, where one execution is timed as by `one`.
    pub(super) fn method(&self, cache: Cache, one: &Method) -> Method {
        Method {
            name: method_name(cache).to_owned(),
            executions: self.executions,
            tick_ns: one.tick_ns,
        }
    }

    /// G.
    pub(super) fn executions(&self) -> u32 {
        self.executions
    }

    /// The longer graph, or the shorter.
    pub(super) fn graph(&self, long: bool) -> &P::Graph {
        if long { &self.long } else { &self.short }
    }

    /// What is replayed before a hot replay, so that it begins on a GPU that is as busy and warm whichever comes first;
    /// none where executions change what they work on. A flush does that for cold ones.
    pub(super) fn lead(&self, cache: Cache) -> Option<&P::Graph> {
        (cache == Cache::Hot && !self.sets.change()).then_some(&self.short)
    }

    /// Brings the sets of one of the graphs to their start state.
    pub(super) fn restore(&mut self, platform: &mut P, long: bool) -> Result<(), Refusal> {
        let count = u64::from(self.executions) * if long { 2 } else { 1 };
        self.sets.restore(platform, count)
    }

    /// One sample: (t(2 G) - t(G)) / G of a replay of each. Which of them comes first changes from sample to sample.
    pub(super) fn sample(&mut self, execution: &mut KernelExecution<P>) -> Result<Timed, Refusal> {
        // On an H100 a kernel of one block takes one of two times, 3 % apart, and keeps it until another kernel stands
        // between. With samples of both, the better half of each process is of the same one.
        execution.platform.stir()?;
        let long_first = self.long_first;
        self.long_first = !long_first;
        let first = execution.replay(self, long_first)?;
        let second = execution.replay(self, !long_first)?;
        let (short, long) = if long_first {
            (second, first)
        } else {
            (first, second)
        };
        let ns = (long.ns - short.ns) / f64::from(self.executions);
        let flat = (ns <= 0.0).then_some(NO_SLOPE);
        Ok(Timed {
            ns,
            void: short.void.or(long.void).or(flat),
        })
    }

    /// Replays both until they are warm, and gives the shortest time of the shorter in nanoseconds.
    pub(super) fn warm_up(&mut self, execution: &mut KernelExecution<P>) -> Result<f64, Refusal> {
        const REPLAYS: usize = 3;
        let mut least = f64::INFINITY;
        for _ in 0..REPLAYS {
            execution.replay(self, true)?;
            least = least.min(execution.replay(self, false)?.ns);
        }
        Ok(least)
    }
}
