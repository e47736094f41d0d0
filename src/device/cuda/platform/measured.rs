//! What is measured: a kernel, or a library's call.

use std::rc::Rc;

use super::super::driver::{Arguments, CallError, Context, Memory, Stream};
use super::kernels::{self, Kernel, Names};
use super::library::Called;
use super::{Bench, faulted};
use crate::device::kernel::Passed;
use crate::plan::{DeviceFacts, KernelTask};
use crate::record::{Occupancy, Refusal};

/// What is measured.
#[derive(Debug)]
pub enum Measured {
    /// A kernel.
    Kernel(Kernel),
    /// A library's call.
    Called(Called),
}

impl Measured {
    /// What `task` measures, and the kernel that gives the expectation; `image` is its code, where it has some.
    pub fn open(
        bench: &Bench,
        task: &KernelTask,
        image: Option<(&[u8], Names<'_>)>,
        facts: &DeviceFacts,
    ) -> Result<(Self, Option<Kernel>), Refusal> {
        let context = &bench.context;
        let Some(call) = &task.library else {
            let image = image.unwrap_or((&[], Names::default()));
            let (kernel, reference) = kernels::open(context, task, image, facts)?;
            return Ok((Self::Kernel(kernel), reference));
        };
        let called = Called::new(bench, task, call)?;
        let reference = match image {
            Some((code, names)) => {
                let names = Names {
                    reference: Some(names.entry),
                    ..names
                };
                kernels::reference(context, task, (code, names), facts)?
            }
            None => None,
        };
        Ok((Self::Called(called), reference))
    }

    /// Takes the arguments of the next executions.
    pub fn words<'a>(
        &mut self,
        arguments: impl Iterator<Item = Passed<'a, Memory>>,
        context: &Context,
        values: &mut Arguments,
    ) -> Result<(), CallError> {
        match self {
            Self::Kernel(kernel) => kernel.words(arguments, context, values),
            Self::Called(called) => called.take(arguments),
        }
    }

    /// Enqueues an execution in `stream`.
    pub fn launch(
        &self,
        context: &Context,
        values: &Arguments,
        stream: &Stream,
    ) -> Result<(), CallError> {
        match self {
            Self::Kernel(kernel) => kernel.launch(values, stream),
            Self::Called(called) => called.enqueue(context, stream),
        }
    }

    /// Whether enqueuing waits for the device.
    pub fn blocks(&self) -> bool {
        matches!(self, Self::Called(called) if called.blocks())
    }

    /// Before an execution whose output is looked at.
    pub fn renew(&mut self) -> Result<(), CallError> {
        match self {
            Self::Kernel(_) => Ok(()),
            Self::Called(called) => called.renew(),
        }
    }

    /// After an execution whose output is looked at.
    pub fn deliver(&self) -> Result<(), CallError> {
        match self {
            Self::Kernel(_) => Ok(()),
            Self::Called(called) => called.deliver(),
        }
    }

    /// Writes the expectation where it needs no reference kernel; `false` where it does.
    pub fn expect<'a>(
        &mut self,
        arguments: impl Iterator<Item = Passed<'a, Memory>>,
        context: &Context,
    ) -> Result<bool, Refusal> {
        let Self::Called(called) = self else {
            return Ok(false);
        };
        let expect = || {
            called.take(arguments)?;
            called.expect(context)
        };
        expect().map_err(|error| faulted(error, "writing the expectation"))
    }

    /// How it fills the GPU, where that can be told.
    pub fn occupancy(&self, context: &Rc<Context>) -> Option<Occupancy> {
        match self {
            Self::Kernel(kernel) => kernel.occupancy(context),
            Self::Called(_) => None,
        }
    }

    /// In words.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Kernel(_) => "the kernel",
            Self::Called(_) => "the library's call",
        }
    }
}
