//! Memory and launches of one opened case on a GPU.

use std::cell::RefCell;
use std::rc::Rc;

use super::arguments::{self, MOST};
use super::driver::{
    CallError, Code, Context, Event, Function, FunctionAttribute, Geometry, Memory, Stream,
};
use super::support::Support;
use crate::device::kernel::{Filling, Judgement, Judging, Passed, Platform, Which};
use crate::plan::{DeviceFacts, KernelTask, Verify};
use crate::record::{Failure, FailureKind, Refusal};

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
    /// Bytes that a flush of the L2 cache reads.
    flushed: u64,
}

impl Bench {
    /// Takes what every case needs. `l2` is the size of the L2 cache in bytes.
    pub fn new(context: Rc<Context>, support: Option<Support>, l2: u64) -> Result<Self, CallError> {
        Ok(Self {
            stream: Stream::new(&context)?,
            flush: Event::new(&context)?,
            start: Event::new(&context)?,
            stop: Event::new(&context)?,
            support: RefCell::new(support),
            flushed: 2 * l2,
            context,
        })
    }
}

/// A kernel and how it is launched.
#[derive(Debug)]
struct Kernel {
    function: Function,
    geometry: Geometry,
    /// Whether the driver could tell its parameters, so that the arguments are known to fit.
    checked: bool,
}

/// A case's kernels on a GPU.
#[derive(Debug)]
pub struct GpuPlatform {
    bench: Rc<Bench>,
    measured: Kernel,
    reference: Option<Kernel>,
    /// Whether a flush precedes the next launch.
    flushing: bool,
    flush_ns: f64,
}

/// The mangled names of a case's kernels.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The measured one.
    pub entry: &'a str,
    /// The one that gives the expectation.
    pub reference: Option<&'a str>,
}

impl GpuPlatform {
    /// Loads the kernels of `task` from `image`, and checks what the driver can say of them.
    pub fn open(
        bench: Rc<Bench>,
        task: &KernelTask,
        (image, names): (&[u8], Names<'_>),
        facts: &DeviceFacts,
    ) -> Result<Self, Refusal> {
        let code = load(&bench, task, image)?;
        let own = (task.grid, task.block);
        let measured = kernel(&code, (names.entry, &task.entry), own, (task, facts))?;
        let reference = match (&task.verify, names.reference) {
            (
                Verify::Reference {
                    entry, grid, block, ..
                },
                Some(name),
            ) => {
                let plain = KernelTask {
                    cluster: None,
                    cooperative: false,
                    ..task.clone()
                };
                Some(kernel(
                    &code,
                    (name, entry),
                    (*grid, *block),
                    (&plain, facts),
                )?)
            }
            _ => None,
        };
        Ok(Self {
            bench,
            measured,
            reference,
            flushing: false,
            flush_ns: 0.0,
        })
    }
}

fn load(bench: &Bench, task: &KernelTask, image: &[u8]) -> Result<Rc<Code>, Refusal> {
    match Code::load(&bench.context, image) {
        Ok(code) => Ok(Rc::new(code)),
        Err((error, log)) => Err(Refusal::Failed(Failure {
            kind: error.kind(),
            message: format!("the driver can't load {}: {error}", task.source_name),
            detail: (!log.is_empty()).then_some(log),
        })),
    }
}

fn kernel(
    code: &Rc<Code>,
    (name, shown): (&str, &str),
    (grid, block): ([u64; 3], [u32; 3]),
    (task, facts): (&KernelTask, &DeviceFacts),
) -> Result<Kernel, Refusal> {
    let function = code.function(name).map_err(|error| {
        if error.is_not_found() {
            let message = format!("{} has no kernel {shown}: {error}", task.source_name);
            return Refusal::failed(FailureKind::Entry, message);
        }
        error.into()
    })?;
    let parameters = function.parameters();
    if let Some(parameters) = &parameters {
        arguments::check(shown, &task.args, parameters)?;
    }
    allow(&function, shown, task, facts)?;
    Ok(Kernel {
        function,
        geometry: Geometry {
            grid: grid.map(|blocks| u32::try_from(blocks).unwrap_or(u32::MAX)),
            block,
            cluster: task.cluster,
            cooperative: task.cooperative,
            shared: u32::try_from(task.shared).unwrap_or(u32::MAX),
        },
        checked: parameters.is_some(),
    })
}

/// Asks for what a kernel may have only when it asks: shared memory beyond 48 KiB, clusters beyond 8 blocks.
fn allow(
    function: &Function,
    shown: &str,
    task: &KernelTask,
    facts: &DeviceFacts,
) -> Result<(), Refusal> {
    const PORTABLE: u32 = 8;
    let of_its_own = function.attribute(FunctionAttribute::StaticShared)?;
    let of_its_own = u64::try_from(of_its_own).unwrap_or(0);
    if of_its_own.saturating_add(task.shared) > facts.max_shared {
        let message = format!(
            "{shown} needs {of_its_own} + {} bytes of shared memory, a block has {} at most",
            task.shared, facts.max_shared
        );
        return Err(Refusal::failed(FailureKind::Launch, message));
    }
    let granted = function.attribute(FunctionAttribute::MaxDynamicShared)?;
    let wanted = i32::try_from(task.shared).unwrap_or(i32::MAX);
    if wanted > granted {
        function.set(FunctionAttribute::MaxDynamicShared, wanted)?;
    }
    if let Some(cluster) = task.cluster
        && cluster.iter().product::<u32>() > PORTABLE
    {
        function.set(FunctionAttribute::NonPortableCluster, 1)?;
    }
    Ok(())
}

impl Platform for GpuPlatform {
    type Memory = Memory;

    fn allocate(&mut self, bytes: u64) -> Result<Memory, Refusal> {
        Memory::allocate(&self.bench.context, bytes).map_err(|error| {
            if !error.is_out_of_memory() {
                return error.into();
            }
            let free = self.bench.context.free_memory();
            let free = free.map_or_else(|_| "an unknown number of".to_owned(), |f| f.to_string());
            let message = format!("cannot allocate {bytes} bytes, {free} bytes are free: {error}");
            Refusal::failed(FailureKind::Memory, message)
        })
    }

    fn write(&mut self, memory: &mut Memory, offset: u64, bytes: &[u8]) -> Result<(), Refusal> {
        Ok(memory.write(offset, bytes)?)
    }

    fn read(&mut self, memory: &Memory, offset: u64, into: &mut [u8]) -> Result<(), Refusal> {
        Ok(memory.read(offset, into)?)
    }

    fn launch(&mut self, which: Which, arguments: &[Passed<'_, Memory>]) -> Result<f64, Refusal> {
        let kernel = match (which, &self.reference) {
            (Which::Measured, _) => &self.measured,
            (Which::Reference, Some(reference)) => reference,
            (Which::Reference, None) => {
                let message = "the case has no reference kernel";
                return Err(Refusal::failed(FailureKind::Entry, message));
            }
        };
        let mut values: Vec<u64> = arguments.iter().map(value).collect();
        if !kernel.checked {
            // The kernel may have more parameters than the case has arguments: what the driver then reads is zeros.
            values.resize(MOST.max(values.len()), 0);
        }
        let time = self.bench.time(kernel, &values).map_err(|error| {
            // A fault shows where the kernel is waited for, or at the next call: which one says nothing.
            if !error.is_fatal() {
                return error.into();
            }
            let which = match which {
                Which::Measured => "the kernel",
                Which::Reference => "the reference kernel",
            };
            let message = format!("{which} failed: {} ({})", error.name, error.text);
            Refusal::failed(error.kind(), message)
        })?;
        if std::mem::take(&mut self.flushing) {
            self.flush_ns += self.bench.start.since(&self.bench.flush)?;
        }
        Ok(time)
    }

    fn flush_cache(&mut self) -> Result<(), Refusal> {
        let mut support = self.bench.support.borrow_mut();
        let Some(support) = support.as_mut() else {
            let message = "no NVRTC to compile what reads through the L2 cache: set cache = \"hot\", or install NVRTC";
            return Err(Refusal::failed(FailureKind::Compile, message));
        };
        self.bench.flush.record(&self.bench.stream)?;
        self.flushing = true;
        Ok(support.flush(self.bench.flushed, &self.bench.stream)?)
    }

    fn take_flush_ns(&mut self) -> f64 {
        std::mem::take(&mut self.flush_ns)
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

impl Bench {
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
                support.flush(self.flushed, &self.stream)?;
            }
            self.stop.record(&self.stream)?;
            self.stop.synchronize()?;
            if !going() {
                return Ok(());
            }
        }
    }

    /// Executes a kernel between two events, waits for it, and gives the time between them in nanoseconds.
    fn time(&self, kernel: &Kernel, values: &[u64]) -> Result<f64, CallError> {
        self.start.record(&self.stream)?;
        kernel
            .function
            .launch(&kernel.geometry, values, &self.stream)?;
        self.stop.record(&self.stream)?;
        self.stop.synchronize()?;
        self.stop.since(&self.start)
    }
}

/// An argument as a word that holds it in its lowest bytes.
fn value(argument: &Passed<'_, Memory>) -> u64 {
    match argument {
        Passed::Address { memory, offset } => memory.address() + offset,
        Passed::Value { bits, .. } => *bits,
    }
}
