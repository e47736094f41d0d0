//! One process of a run, in the parent: a worker after another until every unit had its turn.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use super::attend::{Attended, Limits};
use super::child::Worker;
use super::probing::Seen;
use super::protocol::{Begin, FromWorker, Placed, ToWorker, Unit};
use super::run::{Job, Subscribers};
use super::{Earlier, EngineError, Signals, Tally, blank, order, prepare, script};
use crate::device;
use crate::event::Event;
use crate::plan::Task;
use crate::record::{CaseResult, Failure, Outcome, ProcessEnd, ProcessStart, Reading};

/// What the parent waits for.
#[derive(Debug)]
pub enum Happening {
    /// The worker of this serial number said something.
    Said(u64, FromWorker),
    /// The worker of this serial number will say no more.
    Silent(u64),
    /// A signal asks the run to stop.
    Signal,
    /// The GPU was read.
    Gauged(Box<Reading>),
}

/// The parent's side of a run.
pub struct Session<'a, 's> {
    pub(super) job: &'a Job<'a>,
    pub(super) subscribers: &'a mut Subscribers<'s>,
    pub(super) happenings: Receiver<Happening>,
    pub(super) worker: Option<Worker>,
    sender: Sender<Happening>,
    serial: u64,
    tally: Tally,
    earlier: Earlier,
    /// Units that were executed and are not cleaned up.
    open: BTreeSet<usize>,
    /// Units that were executed before.
    begun: BTreeSet<usize>,
    pub(super) stopped: bool,
    /// Whether it was said that the clock can't be probed.
    pub(super) warned: bool,
    pub(super) now: Now,
}

/// A session that ended.
pub struct Ended<'a, 's> {
    /// What was measured.
    pub tally: Tally,
    /// Whether that is all.
    pub complete: bool,
    /// Those who hear of it.
    pub subscribers: &'a mut Subscribers<'s>,
}

/// The process that runs.
#[derive(Debug)]
pub struct Now {
    pub(super) process: u32,
    began: Instant,
    workers: u32,
    /// Nanoseconds until its workers were ready, summed.
    ready_ns: f64,
    /// What probes saw.
    pub(super) seen: Seen,
}

impl<'a, 's> Session<'a, 's> {
    /// Before the first process.
    pub fn new(job: &'a Job<'a>, subscribers: &'a mut Subscribers<'s>, signals: &Signals) -> Self {
        let (sender, happenings) = mpsc::channel();
        signals.listen(sender.clone());
        let gauges = sender.clone();
        job.live.listen(move |reading| {
            // After the run nobody listens.
            let _ = gauges.send(Happening::Gauged(Box::new(reading.clone())));
        });
        Self {
            job,
            subscribers,
            happenings,
            worker: None,
            sender,
            serial: 0,
            tally: job.tally.clone(),
            earlier: job.earlier.clone(),
            open: BTreeSet::new(),
            begun: BTreeSet::new(),
            stopped: false,
            warned: false,
            now: Now {
                process: 0,
                began: Instant::now(),
                workers: 0,
                ready_ns: 0.0,
                seen: Seen::default(),
            },
        }
    }

    /// Runs one process; `false` where the run ends here.
    pub fn run_process(&mut self, process: u32) -> Result<bool, EngineError> {
        let units = self.units_of(process);
        self.now = Now {
            process,
            began: Instant::now(),
            workers: 0,
            ready_ns: 0.0,
            seen: Seen::default(),
        };
        let started = jiff::Timestamp::now();
        if units.iter().any(|&unit| self.refusal(unit).is_none()) && !self.have_worker()? {
            return Ok(false);
        }
        self.announce(&units, started)?;
        if !self.take_turns(&units)? {
            return Ok(false);
        }
        self.end_worker();
        let seen = std::mem::take(&mut self.now.seen);
        let end = ProcessEnd {
            process,
            ended: jiff::Timestamp::now(),
            workers: self.now.workers,
            ready_ns: self.now.ready_ns,
            probes_mhz: seen.clocks,
            probed_ns: seen.took.as_secs_f64() * 1e9,
            timer: seen.timer,
            probe_speeds: seen.speeds,
        };
        self.subscribers.notice(&Event::ProcessFinished(&end))?;
        Ok(!self.stopped)
    }

    /// Times what it has not timed yet as `other` has.
    pub fn time_like(&mut self, other: &Self) {
        self.earlier.follow(&other.earlier);
    }

    /// Takes note that no more processes come.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// After the last process: cleans up what is open.
    pub fn finish(mut self) -> Result<Ended<'a, 's>, EngineError> {
        for unit in std::mem::take(&mut self.open) {
            self.clean_up(unit)?;
        }
        self.end_worker();
        Ok(Ended {
            tally: self.tally,
            complete: !self.stopped,
            subscribers: self.subscribers,
        })
    }

    /// The units of a process in its order, without those that failed before.
    fn units_of(&self, process: u32) -> Vec<usize> {
        let plan = self.job.plan;
        let mut units = order::of_process(plan, process);
        units.retain(|&unit| {
            let cases = &plan.units[unit];
            !cases
                .iter()
                .all(|&case| self.tally.is_out(&plan.cases[case].id))
        });
        units
    }

    fn announce(&mut self, units: &[usize], started: jiff::Timestamp) -> Result<(), EngineError> {
        let cases = units.iter().flat_map(|&unit| &self.job.plan.units[unit]);
        let own = std::process::id();
        let start = ProcessStart {
            process: self.now.process,
            pid: self.worker.as_ref().map_or(own, Worker::pid),
            started,
            order: cases.copied().collect(),
        };
        self.subscribers.notice(&Event::ProcessStarted(&start))
    }

    /// Executes one unit and tells of its results; `false` where the run ends here.
    pub(super) fn take_turn(&mut self, unit: usize, position: usize) -> Result<bool, EngineError> {
        if let [case, ..] = self.job.plan.units[unit][..] {
            script::play(&self.job.plan.cases[case].task, self.now.process);
        }
        let Some(mut results) = self.results(unit, position)? else {
            self.stopped = true;
            self.worker = None;
            return Ok(false);
        };
        for result in &mut results {
            self.earlier.check(result);
            self.tally.add(result);
            self.subscribers.notice(&Event::CaseFinished(result))?;
        }
        if self.is_over(unit) && self.open.remove(&unit) {
            self.clean_up(unit)?;
        }
        if self.job.fail_fast && self.tally.any_failed() {
            self.stopped = true;
        }
        Ok(!self.stopped)
    }

    /// The results of a unit's cases; none where a signal came.
    fn results(
        &mut self,
        unit: usize,
        position: usize,
    ) -> Result<Option<Vec<CaseResult>>, EngineError> {
        let message = self.message(unit, position);
        if let Some(outcome) = self.refusal(unit) {
            return Ok(Some(self.all(&message, &outcome, self.elapsed_ns())));
        }
        if !self.have_worker()? {
            return Ok(None);
        }
        let began = self.elapsed_ns();
        let limits = Limits::of(&message);
        if self.cleans_up(unit) {
            self.open.insert(unit);
        }
        self.begun.insert(unit);
        if let Some(worker) = &self.worker {
            worker.forget_errors();
        }
        self.tell(&ToWorker::Execute(message.clone()))?;
        match self.attend(&message, limits)? {
            Attended::Finished(results) => Ok(Some(results)),
            Attended::Failed(failure) => {
                Ok(Some(self.all(&message, &Outcome::Failed(failure), began)))
            }
            Attended::CleanedUp(_) | Attended::Stopped => Ok(None),
        }
    }

    /// The same outcome for all cases of a unit.
    fn all(&self, unit: &Unit, outcome: &Outcome, began: f64) -> Vec<CaseResult> {
        let result = |placed: &Placed| CaseResult {
            outcome: outcome.clone(),
            started_ns: began,
            elapsed_ns: self.elapsed_ns() - began,
            ..blank(&placed.case.id, self.now.process, placed.position)
        };
        unit.cases.iter().map(result).collect()
    }

    /// Cleans up after a unit; that it can't is a warning.
    fn clean_up(&mut self, unit: usize) -> Result<(), EngineError> {
        let message = self.message(unit, 0);
        let name = message.cases.first().map(|placed| placed.case.id.clone());
        if !self.have_worker()? {
            return Ok(());
        }
        let limits = Limits::of(&message).clean_up(self.stopped);
        self.tell(&ToWorker::CleanUp(message.clone()))?;
        let why = match self.attend(&message, limits)? {
            Attended::CleanedUp(why) => why,
            Attended::Failed(Failure { message, .. }) => Some(message),
            Attended::Finished(_) => None,
            Attended::Stopped => {
                self.stopped = true;
                Some("interrupted".to_owned())
            }
        };
        match (why, name) {
            (Some(why), Some(name)) => {
                let text = format!("cleaning up after {name}: {why}");
                self.subscribers.notice(&Event::Warning(text))
            }
            _ => Ok(()),
        }
    }

    fn message(&self, unit: usize, position: usize) -> Unit {
        let plan = self.job.plan;
        let numbers = &plan.units[unit];
        let placed = numbers.iter().enumerate().map(|(offset, &number)| Placed {
            number,
            position: position + offset,
            case: plan.cases[number].clone(),
        });
        let artefact = numbers
            .first()
            .and_then(|&case| self.job.prepared.artefacts.get(case));
        let first = numbers.first().map(|&case| &plan.cases[case].id);
        Unit {
            method: first.and_then(|case| self.earlier.method(case)).cloned(),
            verified: first.and_then(|case| self.earlier.verified(case)).cloned(),
            cases: placed.collect(),
            artefact: artefact.and_then(|a| a.clone().ok()).unwrap_or_default(),
            first: self.sets_up(unit) && !self.begun.contains(&unit),
        }
    }

    /// Why a unit can't be executed at all, as its preparation found.
    fn refusal(&self, unit: usize) -> Option<Outcome> {
        let first = *self.job.plan.units[unit].first()?;
        let artefact = self.job.prepared.artefacts.get(first)?;
        artefact.as_ref().err().cloned().map(Outcome::from)
    }

    /// Whether no later process executes the unit.
    fn is_over(&self, unit: usize) -> bool {
        let plan = self.job.plan;
        let next = self.now.process + 1;
        plan.units[unit].iter().all(|&case| {
            let case = &plan.cases[case];
            case.repetition.processes <= next || self.tally.is_out(&case.id)
        })
    }

    fn sets_up(&self, unit: usize) -> bool {
        self.any_command(unit, |task| task.setup.is_some())
    }

    fn cleans_up(&self, unit: usize) -> bool {
        self.any_command(unit, |task| task.cleanup.is_some())
    }

    fn any_command(&self, unit: usize, is: impl Fn(&crate::plan::CommandTask) -> bool) -> bool {
        let plan = self.job.plan;
        plan.units[unit]
            .iter()
            .any(|&case| match &plan.cases[case].task {
                Task::Command(task) => is(task),
                Task::Kernel(_) | Task::Mock(_) => false,
            })
    }

    /// Starts a worker where there is none; `false` where a signal came.
    fn have_worker(&mut self) -> Result<bool, EngineError> {
        if self.worker.is_some() {
            return Ok(true);
        }
        let began = Instant::now();
        self.serial += 1;
        self.now.workers += 1;
        let variables = device::worker_variables(self.job.device.kind);
        let worker = Worker::start(self.serial, self.sender.clone(), &variables);
        self.worker = Some(worker.map_err(EngineError::Spawn)?);
        self.tell(&ToWorker::Begin(Begin {
            device: self.job.device,
            seed: self.job.plan.seed,
            process: self.now.process,
            folder: self.job.folder.to_owned(),
            elapsed_ns: self.elapsed_ns(),
            buffers: prepare::largest_buffers(self.job.plan),
            clocks: self.job.clocks.cloned(),
            watch: self.job.watch,
        }))?;
        let came_up = self.await_ready()?;
        self.now.ready_ns += began.elapsed().as_secs_f64() * 1e9;
        if !came_up {
            self.stopped = true;
            self.worker = None;
        }
        Ok(came_up)
    }

    /// Puts off what came at a bad moment.
    pub(super) fn postpone(&self, happening: Happening) {
        let _ = self.sender.send(happening);
    }

    pub(super) fn tell(&mut self, message: &ToWorker) -> Result<(), EngineError> {
        match &mut self.worker {
            Some(worker) => worker.tell(message).map_err(EngineError::Spawn),
            None => Ok(()),
        }
    }

    /// Lets the worker end by itself, and ends it where it doesn't.
    fn end_worker(&mut self) {
        if let Some(mut worker) = self.worker.take()
            && worker.tell(&ToWorker::End).is_ok()
        {
            self.stopped |= self.await_end(worker.serial, Duration::from_secs(5));
        }
    }

    /// Nanoseconds since the process began.
    pub(super) fn elapsed_ns(&self) -> f64 {
        self.now.began.elapsed().as_secs_f64() * 1e9
    }
}
