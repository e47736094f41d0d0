//! Timing by a pair of events around something in a stream.

use super::Bench;
use super::gate::Closed;
use crate::device::cuda::driver::{CallError, Stream};
use crate::device::kernel::Timed;

/// Why a sample counts for nothing that the GPU began before it was all there.
const LATE: &str = "launched late: the GPU had begun before the host had enqueued all of it";

impl Bench {
    /// Has `enqueue` put work between two events, waits for it, and gives the time between them.
    ///
    /// The host is in time where the GPU hasn't come to the first event when all three calls are done: then nothing
    /// of the host's lies between the events. `closed` is the gate that keeps the GPU back.
    pub fn between(
        &self,
        closed: Closed<'_>,
        enqueue: impl FnOnce(&Stream) -> Result<(), CallError>,
    ) -> Result<Timed, CallError> {
        self.start.record(&self.stream)?;
        enqueue(&self.stream)?;
        self.stop.record(&self.stream)?;
        let late = closed.is_watched() && self.start.is_reached()?;
        drop(closed);
        self.stop.synchronize()?;
        Ok(Timed {
            ns: self.stop.since(&self.start)?,
            void: late.then_some(LATE),
        })
    }
}
