//! The kernels of a case: loaded, checked against its arguments, and launched.

use std::rc::Rc;

use super::super::arguments::{self, MOST};
use super::super::driver::{
    Arguments, CallError, Code, Context, Function, FunctionAttribute, Geometry, Memory, Stream,
};
use super::super::occupancy::{self, Multiprocessor};
use crate::device::kernel::Passed;
use crate::plan::{Argument, DeviceFacts, KernelTask, Verify};
use crate::record::{Failure, FailureKind, Occupancy, Refusal};

/// A kernel and how it is launched.
#[derive(Debug)]
pub struct Kernel {
    function: Function,
    geometry: Geometry,
    /// Whether the driver could tell its parameters, so that the arguments are known to fit.
    checked: bool,
}

impl Kernel {
    /// Puts the words of `arguments` into `values`, as many as a launch takes.
    pub fn words<'a>(
        &self,
        arguments: impl Iterator<Item = Passed<'a, Memory>>,
        context: &Context,
        values: &mut Arguments,
    ) -> Result<(), CallError> {
        values.clear();
        for argument in arguments {
            match argument {
                Passed::Address { memory, offset } => values.push(&[memory.address() + offset]),
                Passed::Value { bits, .. } => values.push(&[bits]),
                Passed::TensorMap {
                    memory,
                    offset,
                    tensor,
                } => values.push(&context.tensor_map(tensor, memory.address() + offset)?),
            }
        }
        if !self.checked {
            // The kernel may have more parameters than the case has arguments: what the driver then reads is zeros.
            values.fill(MOST);
        }
        Ok(())
    }

    /// Launches it on `stream`.
    pub fn launch(&self, values: &Arguments, stream: &Stream) -> Result<(), CallError> {
        self.function.launch_wide(&self.geometry, values, stream)
    }

    /// How it fills the GPU, where the driver tells.
    pub fn occupancy(&self, context: &Context) -> Option<Occupancy> {
        let multiprocessor = Multiprocessor::of(&context.gpu()).ok()?;
        occupancy::of(&multiprocessor, &self.function, &self.geometry).ok()
    }
}

/// How the kernel of `task` in `image` fills the GPU of `context`; nothing is allocated for it.
pub fn occupancy_of(
    context: &Rc<Context>,
    task: &KernelTask,
    (image, entry): (&[u8], &str),
    facts: &DeviceFacts,
) -> Result<Option<Occupancy>, Refusal> {
    let code = load(context, task, image)?;
    let own = (task.grid, task.block);
    let kernel = kernel(&code, (entry, &task.entry), own, (task, facts))?;
    Ok(kernel.occupancy(context))
}

/// The mangled names of a case's kernels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// The measured one.
    pub entry: &'a str,
    /// The one that gives the expectation.
    pub reference: Option<&'a str>,
}

/// The measured kernel of `task` and its reference, from the code in `image`.
pub fn open(
    context: &Rc<Context>,
    task: &KernelTask,
    (image, names): (&[u8], Names<'_>),
    facts: &DeviceFacts,
) -> Result<(Kernel, Option<Kernel>), Refusal> {
    tensor_maps(context, task)?;
    let code = load(context, task, image)?;
    let own = (task.grid, task.block);
    let measured = kernel(&code, (names.entry, &task.entry), own, (task, facts))?;
    let reference = reference_in(&code, task, names.reference, facts)?;
    Ok((measured, reference))
}

/// The reference of `task` alone, from the code in `image`.
pub fn reference(
    context: &Rc<Context>,
    task: &KernelTask,
    (image, names): (&[u8], Names<'_>),
    facts: &DeviceFacts,
) -> Result<Option<Kernel>, Refusal> {
    tensor_maps(context, task)?;
    let code = load(context, task, image)?;
    reference_in(&code, task, names.reference, facts)
}

fn reference_in(
    code: &Rc<Code>,
    task: &KernelTask,
    name: Option<&str>,
    facts: &DeviceFacts,
) -> Result<Option<Kernel>, Refusal> {
    match (&task.verify, name) {
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
            let launch = (*grid, *block);
            kernel(code, (name, entry), launch, (&plain, facts)).map(Some)
        }
        _ => Ok(None),
    }
}

/// Refuses tensor maps where the GPU has no TMA unit.
pub fn tensor_maps_of(task: &KernelTask, facts: &DeviceFacts) -> Result<(), Refusal> {
    /// Hopper's, the first with one.
    const FIRST: (u32, u32) = (9, 0);
    match (map_of(task), facts.compute_capability) {
        (Some(index), Some((major, minor))) if (major, minor) < FIRST => {
            Err(Refusal::Unsupported(format!(
                "a tensor map, args[{index}]: it needs compute capability 9.0, {} has {major}.{minor}",
                facts.name
            )))
        }
        _ => Ok(()),
    }
}

/// Refuses tensor maps where the driver makes none.
fn tensor_maps(context: &Context, task: &KernelTask) -> Result<(), Refusal> {
    match map_of(task) {
        Some(index) if !context.has_tensor_maps() => Err(Refusal::Unsupported(format!(
            "a tensor map, args[{index}]: the driver has no cuTensorMapEncodeTiled; install that of CUDA 12.0 or newer"
        ))),
        _ => Ok(()),
    }
}

/// The first tensor map among the arguments of `task`.
fn map_of(task: &KernelTask) -> Option<usize> {
    let is_map = |argument: &Argument| matches!(argument, Argument::TensorMap(_));
    task.args.iter().position(is_map)
}

fn load(context: &Rc<Context>, task: &KernelTask, image: &[u8]) -> Result<Rc<Code>, Refusal> {
    match Code::load(context, image) {
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
