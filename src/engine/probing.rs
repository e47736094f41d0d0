//! Probes of the machine at fixed points of a process: before its first unit, in the middle and after its last, never
//! beside a case.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::EngineError;
use super::process::{Happening, Session};
use super::protocol::{FromWorker, Probe, Probed, ToWorker};
use crate::event::Event;
use crate::plan::{DeviceKind, Task};
use crate::record::Timer;

/// A worker that takes longer to probe has failed.
const LIMIT: Duration = Duration::from_secs(30);

/// What the probes of a process saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// SM clocks in MHz.
    pub clocks: Vec<f64>,
    /// Speeds of the processor.
    pub speeds: Vec<f64>,
    /// The timer, as the first worker that could tell saw it.
    pub timer: Option<Timer>,
    /// How long it took.
    pub took: Duration,
}

impl Seen {
    fn take(&mut self, probed: &Probed) {
        self.speeds.extend(probed.speed);
        if let Some(clock) = &probed.clock {
            self.clocks.extend(clock.clock_mhz);
            self.timer.get_or_insert(clock.timer);
        }
    }
}

impl Session<'_, '_> {
    /// Executes the units of a process, with probes before the first, in the middle and after the last; `false`
    /// where the run ends here.
    pub(super) fn take_turns(&mut self, units: &[usize]) -> Result<bool, EngineError> {
        let mut position = 0;
        for (turn, &unit) in units.iter().enumerate() {
            if (turn == 0 || turn == units.len() / 2) && !self.probe()? {
                return Ok(false);
            }
            if !self.take_turn(unit, position)? {
                return Ok(false);
            }
            position += self.job.plan.units[unit].len();
        }
        // A signal that comes now takes nothing from a process that has measured all.
        self.probe()?;
        Ok(true)
    }

    /// Probes what the cases depend on, where there is a worker; `false` where a signal came.
    fn probe(&mut self) -> Result<bool, EngineError> {
        let wanted = self.wanted();
        if wanted == Probe::default() || self.worker.is_none() {
            return Ok(true);
        }
        let began = Instant::now();
        self.tell(&ToWorker::Probe(wanted))?;
        let answer = self.await_probe();
        self.now.seen.took += began.elapsed();
        match answer {
            Answer::Probed(probed) => {
                if let Some(why) = probed.failed.as_ref().filter(|_| !self.warned) {
                    self.warned = true;
                    let text = format!("the probe of the SM clock failed: {why}");
                    self.subscribers.notice(&Event::Warning(text))?;
                }
                if probed.leaving {
                    self.worker = None;
                }
                self.now.seen.take(&probed);
            }
            Answer::Nothing => self.worker = None,
            Answer::Signal => {
                self.stopped = true;
                self.worker = None;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What to probe: the processor for commands and for kernels on the CPU, the device's clock for kernels on a GPU.
    fn wanted(&self) -> Probe {
        let kind = self.job.device.kind;
        let depends = |on: &dyn Fn(&Task) -> bool| {
            let mut cases = self.job.plan.cases.iter();
            cases.any(|case| on(&case.task))
        };
        let on_processor = |task: &Task| match task {
            Task::Kernel(_) => kind == DeviceKind::Host,
            Task::Command(_) => true,
            Task::Mock(_) => false,
        };
        let on_gpu = |task: &Task| matches!(task, Task::Kernel(_)) && kind == DeviceKind::Cuda;
        Probe {
            speed: depends(&on_processor),
            clock: self.code_folder().filter(|_| depends(&on_gpu)),
        }
    }

    /// Where compiled code lies, if a case has some.
    fn code_folder(&self) -> Option<PathBuf> {
        let artefacts = self.job.prepared.artefacts.iter();
        let mut paths = artefacts.filter_map(|artefact| artefact.as_ref().ok()?.path.as_deref());
        paths.find_map(Path::parent).map(Path::to_owned)
    }

    /// Waits for what a probe saw. A worker that says nothing is given up, and one that leaves is gone: the next unit
    /// gets another.
    fn await_probe(&mut self) -> Answer {
        let deadline = Instant::now() + LIMIT;
        loop {
            match self.next(deadline) {
                Some(Happening::Said(_, FromWorker::Probed(probed))) => {
                    return Answer::Probed(Box::new(probed));
                }
                Some(Happening::Said(..) | Happening::Gauged(_)) => {}
                Some(Happening::Signal) => return Answer::Signal,
                Some(Happening::Silent(_)) | None => return Answer::Nothing,
            }
        }
    }
}

/// What came of asking a worker to probe.
enum Answer {
    Probed(Box<Probed>),
    /// It died, or said nothing.
    Nothing,
    /// A signal came.
    Signal,
}
