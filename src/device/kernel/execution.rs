//! A case's kernel with its buffers, ready to execute.

use std::collections::BTreeMap;
use std::time::Instant;

use super::buffer::GuardedBuffer;
use super::graph::Graphs;
use super::window::Busy;
use super::{Passed, Platform, Timed, Which, pilot, verify};
use crate::device::{Execution, Finished, GroupSeen, Observation, Verification};
use crate::plan::{Argument, Cache, KernelTask, TensorMap, Timing};
use crate::record::{Method, Occupancy, Phase, Refusal};

/// Nanoseconds since `began`.
fn nanoseconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e9
}

/// How a case is executed and timed.
#[derive(Debug, Clone)]
pub struct Conditions {
    /// The run's seed.
    pub seed: u64,
    /// The state of the cache before each sample.
    pub cache: Cache,
    /// How times are to be taken.
    pub timing: Timing,
    /// How the device times one execution.
    pub method: Method,
    /// How the case was timed before, in this run or in its baseline: it is timed so again where `timing` lets it.
    pub wished: Option<Method>,
    /// The digest of an output that was verified before in this run.
    pub verified: Option<String>,
}

/// A kernel on a platform, with its buffers filled.
pub struct KernelExecution<P: Platform> {
    pub(super) platform: P,
    pub(super) task: KernelTask,
    pub(super) slots: Vec<Slot<P::Memory>>,
    pub(super) conditions: Conditions,
    /// What is replayed for a sample, where that isn't one execution.
    pub(super) graphs: Option<Graphs<P>>,
    pub(super) notes: Vec<String>,
    /// Nanoseconds that filling took, and flushing so far.
    filled_ns: f64,
    flushed_ns: f64,
    /// What is executed back to back.
    pub(super) busy: Busy,
}

/// One argument.
pub(super) enum Slot<M> {
    Buffer(GuardedBuffer<M>),
    TensorMap(TensorMap),
    Value { bits: u64, size: u64 },
}

impl<M> Slot<M> {
    pub(super) fn buffer(&self) -> Option<&GuardedBuffer<M>> {
        match self {
            Self::Buffer(buffer) => Some(buffer),
            Self::TensorMap(_) | Self::Value { .. } => None,
        }
    }

    /// As it is passed to a kernel; `slots` are all of the case. None for a map of what is no buffer.
    pub(super) fn passed<'a>(&'a self, slots: &'a [Self]) -> Option<Passed<'a, M>> {
        Some(match self {
            Self::Buffer(buffer) => Passed::Address {
                memory: &buffer.memory,
                offset: GuardedBuffer::<M>::offset(),
            },
            Self::TensorMap(tensor) => Passed::TensorMap {
                memory: &slots.get(tensor.argument)?.buffer()?.memory,
                offset: GuardedBuffer::<M>::offset(),
                tensor,
            },
            Self::Value { bits, size } => Passed::Value {
                bits: *bits,
                size: *size,
            },
        })
    }
}

/// All of `slots` as they are passed to a kernel.
pub(super) fn passed<M>(slots: &[Slot<M>]) -> impl Iterator<Item = Passed<'_, M>> {
    slots.iter().filter_map(move |slot| slot.passed(slots))
}

impl<P: Platform> KernelExecution<P> {
    /// Allocates and fills the buffers of `task`.
    pub fn open(
        mut platform: P,
        task: &KernelTask,
        conditions: Conditions,
    ) -> Result<Self, Refusal> {
        let began = Instant::now();
        let mut slots = Vec::with_capacity(task.args.len());
        for (index, argument) in task.args.iter().enumerate() {
            slots.push(match argument {
                Argument::Buffer(spec) => Slot::Buffer(GuardedBuffer::new(
                    &mut platform,
                    spec,
                    index,
                    conditions.seed,
                )?),
                Argument::TensorMap(map) => Slot::TensorMap(map.clone()),
                Argument::Scalar(scalar) => Slot::Value {
                    bits: scalar.bits,
                    size: scalar.element.size(),
                },
            });
        }
        Ok(Self {
            platform,
            task: task.clone(),
            slots,
            conditions,
            graphs: None,
            notes: Vec::new(),
            filled_ns: nanoseconds(began),
            flushed_ns: 0.0,
            busy: Busy::default(),
        })
    }

    /// Launches on the buffers as they are.
    pub(super) fn launch(&mut self, which: Which) -> Result<f64, Refusal> {
        let arguments: Vec<_> = passed(&self.slots).collect();
        self.platform.launch(which, &arguments)
    }

    /// Fails where something was written outside a buffer, by `who` (empty, or with a space behind).
    pub(super) fn check_bands(&mut self, who: &str) -> Result<(), Refusal> {
        for buffer in self.slots.iter().filter_map(Slot::buffer) {
            buffer.check_bands(&mut self.platform, who)?;
        }
        Ok(())
    }

    /// Brings its buffers to their start state.
    pub(super) fn restore(&mut self) -> Result<(), Refusal> {
        for slot in &mut self.slots {
            if let Slot::Buffer(buffer) = slot {
                buffer.restore(&mut self.platform)?;
            }
        }
        Ok(())
    }

    /// Executes from the start state, and gives the time.
    pub(super) fn execute(&mut self) -> Result<Timed, Refusal> {
        self.restore()?;
        self.flush()?;
        let timed = self.platform.time(&mut passed(&self.slots));
        self.flushed_ns += self.platform.take_flush_ns();
        timed
    }

    /// Replays one of the graphs from the start state, and gives its time.
    pub(super) fn replay(&mut self, graphs: &mut Graphs<P>, long: bool) -> Result<Timed, Refusal> {
        graphs.restore(&mut self.platform, long)?;
        self.flush()?;
        let timed = self
            .platform
            .replay(graphs.graph(long), graphs.lead(self.conditions.cache));
        self.flushed_ns += self.platform.take_flush_ns();
        timed
    }

    /// Flushes the cache where it is to be cold.
    fn flush(&mut self) -> Result<(), Refusal> {
        if self.conditions.cache == Cache::Cold {
            let began = Instant::now();
            self.platform.flush_cache()?;
            self.flushed_ns += nanoseconds(began);
        }
        Ok(())
    }

    /// One sample: of one execution, or by the graphs where there are some.
    fn timed(&mut self) -> Result<Timed, Refusal> {
        let Some(mut graphs) = self.graphs.take() else {
            return self.execute();
        };
        let timed = graphs.sample(self);
        self.graphs = Some(graphs);
        timed
    }
}

impl<P: Platform> Execution for KernelExecution<P> {
    fn method(&self) -> Method {
        let one = &self.conditions.method;
        match &self.graphs {
            Some(graphs) => graphs.method(self.conditions.cache, one),
            None => one.clone(),
        }
    }

    fn phases(&self) -> BTreeMap<Phase, f64> {
        BTreeMap::from([
            (Phase::Fill, self.filled_ns),
            (Phase::Flush, self.flushed_ns),
        ])
    }

    fn verify(&mut self) -> Result<Verification, Refusal> {
        verify::verify(self)
    }

    fn warm_up(&mut self) -> Result<(), Refusal> {
        self.execute().map(drop)
    }

    fn mark_clock(&mut self) -> Result<Option<f64>, Refusal> {
        self.platform.mark_clock()
    }

    fn occupancy(&self) -> Option<Occupancy> {
        self.platform.occupancy()
    }

    fn begin_group(&mut self) -> Result<(), Refusal> {
        self.platform.mark_clock().map(drop)
    }

    fn end_group(&mut self) -> Result<GroupSeen, Refusal> {
        Ok(GroupSeen {
            clock_mhz: self.platform.mark_clock()?,
            ..GroupSeen::default()
        })
    }

    fn settle(&mut self) -> Result<(), Refusal> {
        pilot::settle(self)
    }

    fn sample(&mut self) -> Result<Observation, Refusal> {
        let timed = self.timed()?;
        Ok(Observation {
            time_ns: Some(timed.ns),
            void: timed.void.map(str::to_owned),
            ..Observation::default()
        })
    }

    fn keep_busy(&mut self, batch: u32) -> Result<Option<u64>, Refusal> {
        self.queue_batch(batch)
    }

    fn rest(&mut self) -> Result<(), Refusal> {
        self.busy = Busy::default();
        self.platform.drain()
    }

    fn finish(&mut self) -> Result<Finished, Refusal> {
        self.check_bands("")?;
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(self.platform.remarks());
        Ok(Finished {
            notes,
            ..Finished::default()
        })
    }
}
