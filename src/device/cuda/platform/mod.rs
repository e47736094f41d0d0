//! Memory and launches of one opened case on a GPU.

mod arena;
mod events;
mod gate;
mod kernels;
mod launching;
mod library;
mod measured;

use std::cell::RefCell;
use std::rc::Rc;

use super::driver::{Arguments, CallError, Context, Event, Graph, Memory, Stream};
use super::flush::Flush;
use super::queue::Queue;
use super::support::Support;
use crate::device::kernel::{Filling, Judgement, Judging, Passed, Platform, Timed, Which};
use crate::plan::{DeviceFacts, KernelTask};
use crate::record::{FailureKind, Occupancy, Refusal};

pub use arena::Arena;
pub use gate::is_watched_by_tool;
pub use kernels::{Names, occupancy_of, tensor_maps_of};
pub use library::available;

use gate::Gate;
use kernels::Kernel;
use measured::Measured;

/// What a worker keeps on its GPU from case to case.
#[derive(Debug)]
pub struct Bench {
    pub context: Rc<Context>,
    pub stream: Stream,
    /// Before a flush, before and after a kernel.
    flush: Event,
    start: Event,
    stop: Event,
    /// warpmark's own kernels, where NVRTC could compile them.
    pub support: RefCell<Option<Support>>,
    /// How the L2 cache is flushed, and how many bytes of other memory that takes.
    flushed: (Flush, u64),
    gate: Gate,
    /// Where cases place their buffers.
    arena: Arena,
}

impl Bench {
    /// Takes what every case needs. `l2` is the size of the L2 cache in bytes, and `flush` how it is flushed; cases
    /// place their buffers in `arena`.
    pub fn new(
        context: Rc<Context>,
        support: Option<Support>,
        (flush, l2): (Flush, u64),
        arena: Arena,
    ) -> Result<Self, CallError> {
        Ok(Self {
            arena,
            stream: Stream::new(&context)?,
            flush: Event::new(&context)?,
            start: Event::new(&context)?,
            stop: Event::new(&context)?,
            support: RefCell::new(support),
            flushed: (flush, 2 * l2),
            gate: Gate::new(),
            context,
        })
    }

    /// Reads through memory again and again while `going` says so, which is first asked when that has begun.
    pub fn keep_busy(&self, going: &mut dyn FnMut() -> bool) -> Result<(), Refusal> {
        /// Launches between two questions: a millisecond or so.
        const ROUND: usize = 50;
        let mut support = self.support.borrow_mut();
        let Some(support) = support.as_mut() else {
            let message = "no NVRTC to compile the kernel that does it: install NVRTC";
            return Err(Refusal::failed(FailureKind::Compile, message));
        };
        loop {
            for _ in 0..ROUND {
                support.flush(self.flushed.1, &self.stream)?;
            }
            self.stop.record(&self.stream)?;
            self.stop.synchronize()?;
            if !going() {
                return Ok(());
            }
        }
    }
}

/// A case's kernels, or its library, on a GPU.
#[derive(Debug)]
pub struct GpuPlatform {
    bench: Rc<Bench>,
    measured: Measured,
    reference: Option<Kernel>,
    occupancy: Option<Occupancy>,
    /// The words of a launch, kept so that no sample allocates.
    values: Arguments,
    /// Whether a flush precedes the next launch.
    flushing: bool,
    flush_ns: f64,
    /// Whether something was timed that the host could have disturbed unseen.
    ungated: bool,
    /// What is executed back to back.
    queue: Queue,
}

impl GpuPlatform {
    /// Loads the kernels of `task` from `image`, and checks what the driver can say of them.
    pub fn open(
        bench: Rc<Bench>,
        task: &KernelTask,
        image: Option<(&[u8], Names<'_>)>,
        facts: &DeviceFacts,
    ) -> Result<Self, Refusal> {
        bench.arena.begin();
        let (measured, reference) = Measured::open(&bench, task, image, facts)?;
        Ok(Self {
            occupancy: measured.occupancy(&bench.context),
            bench,
            measured,
            reference,
            values: Arguments::default(),
            flushing: false,
            flush_ns: 0.0,
            ungated: false,
            queue: Queue::default(),
        })
    }

    /// Has `enqueue` fill the time between two events, behind the gate and behind `lead`; `many` where that takes the
    /// host longer than a flush takes the GPU.
    fn between(
        &mut self,
        many: bool,
        lead: Option<&Graph>,
        enqueue: impl FnOnce(&Self, &Stream) -> Result<(), CallError>,
    ) -> Result<Timed, Refusal> {
        let bench = Rc::clone(&self.bench);
        let closed = self.closed(&bench, many)?;
        if let Some(lead) = lead {
            lead.launch(&bench.stream)?;
        }
        let timed = bench.between(closed, |stream| enqueue(self, stream));
        self.after_flush(timed.map_err(|error| faulted(error, self.measured.what()))?)
    }

    /// Adds the time of the flush before what was timed, where there was one.
    fn after_flush(&mut self, timed: Timed) -> Result<Timed, Refusal> {
        if std::mem::take(&mut self.flushing) {
            self.flush_ns += self.bench.start.since(&self.bench.flush)?;
        }
        Ok(timed)
    }
}

/// The refusal for an error while `what` was executed.
fn faulted(error: CallError, what: &str) -> Refusal {
    // A fault shows where the kernel is waited for, or at the next call: which one says nothing.
    if !error.is_fatal() {
        return error.into();
    }
    let message = format!("{what} failed: {} ({})", error.name, error.text);
    Refusal::failed(error.kind(), message)
}

impl Platform for GpuPlatform {
    type Memory = Memory;
    type Graph = Graph;

    fn allocate(&mut self, bytes: u64) -> Result<Memory, Refusal> {
        let mut allocated = Memory::allocate(&self.bench.context, bytes);
        let is_full = |error: &CallError| error.is_out_of_memory();
        if allocated.as_ref().is_err_and(is_full) && self.bench.arena.give_up() {
            allocated = Memory::allocate(&self.bench.context, bytes);
        }
        allocated.map_err(|error| {
            if !error.is_out_of_memory() {
                return error.into();
            }
            let free = self.bench.context.free_memory();
            let free = free.map_or_else(|_| "an unknown number of".to_owned(), |f| f.to_string());
            let message = format!("cannot allocate {bytes} bytes, {free} bytes are free: {error}");
            Refusal::failed(FailureKind::Memory, message)
        })
    }

    fn place(&mut self, bytes: u64) -> Result<Memory, Refusal> {
        match self.bench.arena.place(bytes) {
            Some(memory) => Ok(memory),
            None => self.allocate(bytes),
        }
    }

    fn write(&mut self, memory: &mut Memory, offset: u64, bytes: &[u8]) -> Result<(), Refusal> {
        Ok(memory.write(offset, bytes)?)
    }

    fn read(&mut self, memory: &Memory, offset: u64, into: &mut [u8]) -> Result<(), Refusal> {
        Ok(memory.read(offset, into)?)
    }

    fn launch(&mut self, which: Which, arguments: &[Passed<'_, Memory>]) -> Result<f64, Refusal> {
        match which {
            Which::Measured => self.launch_measured(arguments),
            Which::Reference => self.launch_reference(arguments),
        }
    }

    fn time(
        &mut self,
        arguments: &mut dyn Iterator<Item = Passed<'_, Memory>>,
    ) -> Result<Timed, Refusal> {
        self.measured
            .words(arguments, &self.bench.context, &mut self.values)?;
        self.between(false, None, |own, stream| {
            own.measured.launch(&own.bench.context, &own.values, stream)
        })
    }

    fn queue(&mut self, arguments: &[Passed<'_, Memory>], times: u32) -> Result<bool, Refusal> {
        let Self {
            bench,
            measured,
            values,
            queue,
            ..
        } = self;
        measured.words(arguments.iter().copied(), &bench.context, values)?;
        let stream = &bench.stream;
        let launch = || measured.launch(&bench.context, values, stream);
        let queued = queue.add((&bench.context, stream), times, launch);
        queued.map_err(|error| faulted(error, measured.what()))?;
        Ok(true)
    }

    fn drain(&mut self) -> Result<(), Refusal> {
        let drained = self.bench.stream.synchronize();
        self.queue = Queue::default();
        drained.map_err(|error| faulted(error, self.measured.what()))
    }

    fn has_graphs(&self) -> bool {
        !self.measured.blocks()
    }

    fn capture(&mut self, executions: &[Vec<Passed<'_, Memory>>]) -> Result<Graph, Refusal> {
        let Self {
            bench,
            measured,
            values,
            ..
        } = self;
        let captured = Graph::capture(&bench.context, &bench.stream, |stream| {
            executions.iter().try_for_each(|arguments| {
                measured.words(arguments.iter().copied(), &bench.context, values)?;
                measured.launch(&bench.context, values, stream)
            })
        });
        captured.map_err(|error| {
            let kind = match error.kind() {
                FailureKind::Device if !error.is_fatal() => FailureKind::Launch,
                kind => kind,
            };
            Refusal::failed(
                kind,
                format!("{} can't be captured: {error}", measured.what()),
            )
        })
    }

    fn replay(&mut self, graph: &Graph, lead: Option<&Graph>) -> Result<Timed, Refusal> {
        self.between(true, lead, |_, stream| graph.launch(stream))
    }

    fn free_memory(&self) -> Option<u64> {
        self.bench.context.free_memory().ok()
    }

    fn remarks(&self) -> Vec<String> {
        let why = self.bench.gate.why_open().filter(|_| self.ungated);
        why.map(|why| format!("ungated: {why}"))
            .into_iter()
            .collect()
    }

    fn flush_cache(&mut self) -> Result<(), Refusal> {
        let mut support = self.bench.support.borrow_mut();
        let Some(support) = support.as_mut() else {
            let message = "no NVRTC to compile what reads through the L2 cache: set cache = \"hot\", or install NVRTC";
            return Err(Refusal::failed(FailureKind::Compile, message));
        };
        self.bench.context.reset_persisting_lines()?;
        self.bench.flush.record(&self.bench.stream)?;
        self.flushing = true;
        let (flush, bytes) = self.bench.flushed;
        match flush {
            Flush::Read => support.flush(bytes, &self.bench.stream)?,
            Flush::Memset => support.overwrite(bytes, &self.bench.stream)?,
        }
        Ok(())
    }

    fn take_flush_ns(&mut self) -> f64 {
        std::mem::take(&mut self.flush_ns)
    }

    fn stir(&mut self) -> Result<(), Refusal> {
        match self.bench.support.borrow().as_ref() {
            Some(support) => Ok(support.clock.stir(&self.bench.stream)?),
            None => Ok(()),
        }
    }

    fn mark_clock(&mut self) -> Result<Option<f64>, Refusal> {
        match self.bench.support.borrow_mut().as_mut() {
            Some(support) => Ok(support.clock.mark(&self.bench.stream)?),
            None => Ok(None),
        }
    }

    fn occupancy(&self) -> Option<Occupancy> {
        self.occupancy.clone()
    }

    fn is_near(&self) -> bool {
        self.bench.support.borrow().is_some()
    }

    fn fill(
        &mut self,
        memory: &mut Memory,
        offset: u64,
        filling: &Filling<'_>,
    ) -> Result<bool, Refusal> {
        match self.bench.support.borrow().as_ref() {
            Some(support) => Ok(support.fill(memory, offset, filling, &self.bench.stream)?),
            None => Ok(false),
        }
    }

    fn set(
        &mut self,
        memory: &mut Memory,
        (offset, bytes): (u64, u64),
        byte: u8,
    ) -> Result<bool, Refusal> {
        memory.set(offset, bytes, byte, &self.bench.stream)?;
        Ok(true)
    }

    fn copy(
        &mut self,
        (to, offset): (&mut Memory, u64),
        from: (&Memory, u64),
        bytes: u64,
    ) -> Result<bool, Refusal> {
        to.copy(offset, from, bytes, &self.bench.stream)?;
        Ok(true)
    }

    fn leaves(
        &mut self,
        memory: &Memory,
        range: (u64, u64),
        leaf: u64,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        match self.bench.support.borrow().as_ref() {
            Some(support) => Ok(Some(support.leaves(
                memory,
                range,
                leaf,
                &self.bench.stream,
            )?)),
            None => Ok(None),
        }
    }

    fn judge(&mut self, judging: &Judging<'_, Memory>) -> Result<Judgement, Refusal> {
        match self.bench.support.borrow().as_ref() {
            Some(support) => Ok(support.judge(judging, &self.bench.stream)?),
            None => Ok(Judgement::default()),
        }
    }
}
