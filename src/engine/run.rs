//! A whole run: its processes, one after another.

use std::path::Path;

use super::process::Session;
use super::{Earlier, EngineError, Prepared, Signals, Tally, order};
use crate::clocks::Held;
use crate::device::Selector;
use crate::event::{Event, Subscriber};
use crate::plan::Plan;
use crate::record::{Header, Summary};
use crate::telemetry::{Live, WatchRules};

/// All that a run needs; its record exists already.
#[derive(Debug)]
pub struct Job<'a> {
    /// The run's header.
    pub header: &'a Header,
    /// The plan.
    pub plan: &'a Plan,
    /// Its code.
    pub prepared: &'a Prepared,
    /// The suite's device.
    pub device: Selector,
    /// The run directory.
    pub folder: &'a Path,
    /// Processes that an earlier try measured, by number.
    pub done: &'a [u32],
    /// What they measured.
    pub tally: Tally,
    /// What they found out, and how the base was timed.
    pub earlier: Earlier,
    /// Whether the first failed case ends the run.
    pub fail_fast: bool,
    /// The clock that is pinned, where one is.
    pub clocks: Option<&'a Held>,
    /// What voids a group of samples on a GPU.
    pub watch: WatchRules,
    /// Fresh readings of the GPU, for those who show progress.
    pub live: Live,
}

/// Those who hear of a run's events, in this order.
#[derive(Default)]
pub struct Subscribers<'a>(Vec<&'a mut dyn Subscriber>);

impl<'a> Subscribers<'a> {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same and `subscriber`.
    #[must_use]
    pub fn with(mut self, subscriber: &'a mut dyn Subscriber) -> Self {
        self.0.push(subscriber);
        self
    }

    /// Tells all of them; the first that can't go on ends the run.
    pub fn notice(&mut self, event: &Event<'_>) -> Result<(), EngineError> {
        self.0
            .iter_mut()
            .try_for_each(|subscriber| subscriber.notice(event))
            .map_err(EngineError::Subscriber)
    }
}

/// Runs what is left of `job`, and says how that ended. A signal is no error: the summary names it.
///
/// Fails where what was measured can't be kept, or no worker can be had.
pub fn run(
    job: &Job<'_>,
    subscribers: &mut Subscribers<'_>,
    signals: &Signals,
) -> Result<Summary, EngineError> {
    let mut session = begin(job, subscribers, signals)?;
    for process in 0..order::process_count(job.plan) {
        if !job.done.contains(&process) && !session.run_process(process)? {
            break;
        }
    }
    end(session, signals)
}

/// Says that `job` begins, and what measures it.
pub(super) fn begin<'a, 's>(
    job: &'a Job<'a>,
    subscribers: &'a mut Subscribers<'s>,
    signals: &Signals,
) -> Result<Session<'a, 's>, EngineError> {
    subscribers.notice(&Event::RunStarted {
        header: job.header,
        folder: job.folder.to_owned(),
        resumed: u32::try_from(job.done.len()).unwrap_or(u32::MAX),
    })?;
    Ok(Session::new(job, subscribers, signals))
}

/// Ends what `begin` began, and says how.
pub(super) fn end(session: Session<'_, '_>, signals: &Signals) -> Result<Summary, EngineError> {
    let (plan, ended) = (session.job.plan, session.finish()?);
    let signal = signals.caught().filter(|_| !ended.complete);
    let summary = ended.tally.summary(plan, ended.complete, signal);
    ended.subscribers.notice(&Event::RunFinished(&summary))?;
    Ok(summary)
}
