//! One progress for two runs in turns.

use std::cell::RefCell;

use crate::cli::run::progress::Progress;
use crate::event::{Event, Subscriber, SubscriberError};
use crate::record::ProcessStart;

/// The progress of both sides, and how many processes of either began.
pub struct Shared<'a>(pub &'a RefCell<(Progress, u32)>);

impl Subscriber for Shared<'_> {
    fn notice(&mut self, event: &Event<'_>) -> Result<(), SubscriberError> {
        let (progress, begun) = &mut *self.0.borrow_mut();
        match event {
            // Both are announced together, and end together.
            Event::RunStarted { .. } | Event::RunFinished(_) => Ok(()),
            Event::ProcessStarted(start) => {
                let process = *begun;
                *begun += 1;
                let start = ProcessStart {
                    process,
                    ..(*start).clone()
                };
                progress.notice(&Event::ProcessStarted(&start))
            }
            other => progress.notice(other),
        }
    }
}
