//! Waiting for a worker: its words, its death, a time limit or a signal, whichever comes first.

use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::EngineError;
use super::child::Worker;
use super::process::{Happening, Session};
use super::protocol::{FromWorker, Stage, ToWorker, Unit};
use crate::event::Event;
use crate::record::{CaseResult, Failure, FailureKind};
use crate::telemetry;

/// A worker that takes longer to open its device, or to take up a unit, has failed.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// What a worker may take to say where a case hangs.
const LOCATE_LIMIT: Duration = Duration::from_millis(300);

/// What cleaning up may take after a signal.
const STOPPED_LIMIT: Duration = Duration::from_secs(10);

/// How waiting ended.
#[derive(Debug)]
pub enum Attended {
    /// The unit is done.
    Finished(Vec<CaseResult>),
    /// The unit was cleaned up, or why not.
    CleanedUp(Option<String>),
    /// The worker died or was ended: the failure of the unit's cases.
    Failed(Failure),
    /// A signal came.
    Stopped,
}

/// The time limits of a unit's stages.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    stage: Duration,
}

impl Limits {
    /// A unit's: each of its cases has its time, and that of its window.
    pub fn of(unit: &Unit) -> Self {
        let limits = unit.cases.iter().map(|placed| {
            let repetition = &placed.case.repetition;
            let window = repetition.window().map(telemetry::longest_window);
            let window = window.unwrap_or_default();
            repetition.timeout.saturating_add(window)
        });
        Self {
            stage: limits.fold(Duration::ZERO, Duration::saturating_add),
        }
    }

    /// Those of cleaning up; shorter in a run that was `stopped`.
    pub fn clean_up(self, stopped: bool) -> Self {
        let stage = if stopped {
            self.stage.min(STOPPED_LIMIT)
        } else {
            self.stage
        };
        Self { stage }
    }
}

/// The stage that a worker is in, and until when.
struct Watch {
    stage: Option<Stage>,
    deadline: Instant,
}

impl Session<'_, '_> {
    /// Waits until the worker has done what it was told.
    pub(super) fn attend(&mut self, unit: &Unit, limits: Limits) -> Result<Attended, EngineError> {
        let mut watch = Watch {
            stage: None,
            deadline: Instant::now() + READY_LIMIT,
        };
        loop {
            match self.next(watch.deadline) {
                Some(Happening::Said(_, FromWorker::Started(stage))) => {
                    if watch.stage.is_none() && stage != Stage::CleanUp {
                        self.announce_cases(unit)?;
                    }
                    watch.stage = Some(stage);
                    watch.deadline = later(limits.stage);
                }
                Some(Happening::Said(_, FromWorker::Finished { results, leaving })) => {
                    if leaving {
                        self.worker = None;
                    }
                    return Ok(Attended::Finished(results));
                }
                Some(Happening::Said(_, FromWorker::CleanedUp(why))) => {
                    return Ok(Attended::CleanedUp(why));
                }
                Some(Happening::Silent(_)) => return Ok(Attended::Failed(self.crash())),
                Some(Happening::Signal) => return Ok(Attended::Stopped),
                Some(Happening::Said(..) | Happening::Gauged(_)) => {}
                None => return Ok(Attended::Failed(self.time_out(watch.stage, limits))),
            }
        }
    }

    /// Waits until the worker has opened its device; `false` where a signal came.
    pub(super) fn await_ready(&mut self) -> Result<bool, EngineError> {
        let deadline = Instant::now() + READY_LIMIT;
        loop {
            match self.next(deadline) {
                Some(Happening::Said(_, FromWorker::Ready)) => return Ok(true),
                Some(Happening::Said(_, FromWorker::Refused(why))) => {
                    return Err(EngineError::Device(why));
                }
                Some(Happening::Said(..) | Happening::Gauged(_)) => {}
                Some(Happening::Signal) => return Ok(false),
                Some(Happening::Silent(_)) | None => {
                    let failure = self.crash();
                    let detail = failure.detail.map(|detail| format!(": {detail}"));
                    let why = failure.message + &detail.unwrap_or_default();
                    return Err(EngineError::Worker(why));
                }
            }
        }
    }

    /// Waits for the end of a worker that was told to end; whether a signal came meanwhile.
    pub(super) fn await_end(&mut self, serial: u64, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut signalled = false;
        while let Ok(happening) = self.receive(deadline) {
            match happening {
                Happening::Silent(of) if of == serial => break,
                Happening::Signal => signalled = true,
                Happening::Silent(_) | Happening::Said(..) | Happening::Gauged(_) => {}
            }
        }
        signalled
    }

    fn announce_cases(&mut self, unit: &Unit) -> Result<(), EngineError> {
        for placed in &unit.cases {
            self.subscribers.notice(&Event::CaseStarted {
                case: &placed.case.id,
                process: self.now.process,
                position: placed.position,
            })?;
        }
        Ok(())
    }

    /// The failure of a worker that died, or spoke no more: how, and the end of what it printed.
    fn crash(&mut self) -> Failure {
        let words = self.worker.take().map(Worker::end);
        let death = words.as_ref().and_then(|words| words.death);
        Failure {
            kind: FailureKind::Crash,
            message: death.map_or("crashed".to_owned(), |death| format!("crashed: {death}")),
            detail: words.and_then(|words| words.tail),
        }
    }

    /// Ends a worker whose time is over; the failure says where it hung, where its device knows.
    fn time_out(&mut self, stage: Option<Stage>, limits: Limits) -> Failure {
        let location = self.locate();
        self.worker = None;
        let after = match stage {
            None => READY_LIMIT,
            Some(_) => limits.stage,
        };
        let what = match stage {
            Some(Stage::SetUp) => "setup ",
            Some(Stage::CleanUp) => "cleanup ",
            Some(Stage::Measure) | None => "",
        };
        Failure {
            kind: FailureKind::Timeout,
            message: format!("{what}timed out after {}", seconds(after)),
            detail: location,
        }
    }

    fn locate(&mut self) -> Option<String> {
        self.tell(&ToWorker::Locate).ok()?;
        let deadline = Instant::now() + LOCATE_LIMIT;
        loop {
            match self.next(deadline)? {
                Happening::Said(_, FromWorker::Located(location)) => return location,
                Happening::Said(..) | Happening::Gauged(_) => {}
                other @ Happening::Signal => {
                    self.postpone(other);
                    return None;
                }
                Happening::Silent(_) => return None,
            }
        }
    }

    /// The next happening that is of the present worker or of nobody's; none at the deadline.
    pub(super) fn next(&mut self, deadline: Instant) -> Option<Happening> {
        let present = self.worker.as_ref().map(|worker| worker.serial);
        loop {
            let happening = self.receive(deadline).ok()?;
            let of = match happening {
                Happening::Said(of, _) | Happening::Silent(of) => Some(of),
                Happening::Signal | Happening::Gauged(_) => present,
            };
            if of == present {
                return Some(happening);
            }
        }
    }

    /// The next happening; readings of the GPU are passed on, and end no waiting.
    fn receive(&mut self, deadline: Instant) -> Result<Happening, RecvTimeoutError> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.happenings.recv_timeout(left)? {
                Happening::Gauged(reading) => {
                    // What is only shown ends no run.
                    let _ = self.subscribers.notice(&Event::Gauged(&reading));
                }
                other => return Ok(other),
            }
        }
    }
}

/// `limit` from now; a year where that is no time.
fn later(limit: Duration) -> Instant {
    Instant::now() + limit.min(Duration::from_hours(24 * 365))
}

/// A time limit as people write it: `60 s`, `1.5 s`, `0.25 s`.
fn seconds(limit: Duration) -> String {
    format!("{} s", limit.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_as_they_were_written() {
        let table = [(60_000, "60 s"), (1500, "1.5 s"), (250, "0.25 s")];
        for (milliseconds, text) in table {
            assert_eq!(seconds(Duration::from_millis(milliseconds)), text);
        }
    }
}
