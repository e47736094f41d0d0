//! Executions back to back, for readings that need a device that is busy for seconds.

use super::Platform;
use super::execution::{KernelExecution, passed};
use crate::record::Refusal;

/// What is executed back to back.
#[derive(Debug, Default)]
pub(super) struct Busy {
    /// Executions that are done for sure.
    done: u64,
    /// Those of the batch that was queued last.
    queued: u64,
}

impl<P: Platform> KernelExecution<P> {
    /// Queues a batch, and waits for the one before: how many executions are done.
    ///
    /// `inout` buffers are restored before each batch, not before each execution: the energy of copies stays small,
    /// and values drift for some milliseconds at most.
    pub(super) fn queue_batch(&mut self, batch: u32) -> Result<Option<u64>, Refusal> {
        self.restore()?;
        let arguments: Vec<_> = passed(&self.slots).collect();
        if !self.platform.queue(&arguments, batch)? {
            return Ok(None);
        }
        self.busy.done += self.busy.queued;
        self.busy.queued = u64::from(batch);
        Ok(Some(self.busy.done))
    }
}
