//! Batches of launches, of which two are queued at most.

use std::rc::Rc;

use super::driver::{CallError, Context, Event, Stream};

/// The mark behind the batch that was queued last.
#[derive(Debug, Default)]
pub struct Queue {
    last: Option<Event>,
}

impl Queue {
    /// Queues `times` calls of `launch`, and waits for the batch that was queued before, so that the stream always
    /// holds work while the host is away.
    pub fn add(
        &mut self,
        (context, stream): (&Rc<Context>, &Stream),
        times: u32,
        launch: impl Fn() -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        (0..times).try_for_each(|_| launch())?;
        let mark = Event::new(context)?;
        mark.record(stream)?;
        match self.last.replace(mark) {
            Some(before) => before.synchronize(),
            None => Ok(()),
        }
    }
}
