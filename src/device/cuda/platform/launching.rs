//! Executions that aren't samples: of what is measured, to look at its output, and of what gives the expectation.

use std::rc::Rc;

use super::gate::Closed;
use super::{Bench, GpuPlatform, faulted};
use crate::device::cuda::driver::Memory;
use crate::device::kernel::Passed;
use crate::record::{FailureKind, Refusal};

impl GpuPlatform {
    /// The gate, closed, unless what is enqueued waits for the GPU: a held one would keep the host for ever. Then the
    /// GPU is idle when the first event comes, and what the host does for the copy is a part of it.
    pub(super) fn closed<'a>(
        &mut self,
        bench: &'a Bench,
        many: bool,
    ) -> Result<Closed<'a>, Refusal> {
        if self.measured.blocks() {
            bench.stream.synchronize()?;
            return Ok(Closed::open());
        }
        let behind_flush = self.flushing && !many;
        let closed = bench
            .gate
            .close(&bench.context, &bench.stream, behind_flush)?;
        self.ungated |= !closed.is_watched();
        Ok(closed)
    }

    /// Executes what is measured so that its output can be looked at.
    pub(super) fn launch_measured(
        &mut self,
        arguments: &[Passed<'_, Memory>],
    ) -> Result<f64, Refusal> {
        let bench = Rc::clone(&self.bench);
        let Self {
            measured, values, ..
        } = self;
        measured.words(arguments.iter().copied(), &bench.context, values)?;
        measured.renew()?;
        let timed = bench.between(Closed::open(), |stream| {
            measured.launch(&bench.context, values, stream)
        });
        let timed = timed.map_err(|error| faulted(error, measured.what()))?;
        measured.deliver()?;
        self.after_flush(timed).map(|timed| timed.ns)
    }

    /// Executes what gives the expectation.
    pub(super) fn launch_reference(
        &mut self,
        arguments: &[Passed<'_, Memory>],
    ) -> Result<f64, Refusal> {
        let bench = Rc::clone(&self.bench);
        let all = arguments.iter().copied();
        if self.measured.expect(all.clone(), &bench.context)? {
            return Ok(0.0);
        }
        let Some(kernel) = &self.reference else {
            let message = "the case has no reference kernel";
            return Err(Refusal::failed(FailureKind::Entry, message));
        };
        kernel.words(all, &bench.context, &mut self.values)?;
        let timed = bench.between(Closed::open(), |stream| kernel.launch(&self.values, stream));
        let timed = timed.map_err(|error| faulted(error, "the reference kernel"))?;
        self.after_flush(timed).map(|timed| timed.ns)
    }
}
