//! One unit in a worker: the devices that execute it, and the results of its cases.

use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::time::Instant;

use super::measure::{Measured, measure};
use super::protocol::{Begin, FromWorker, Placed, Probe, Probed, Stage, Unit};
use super::worker::Voice;
use crate::clocks;
use crate::device::{self, Device, Request};
use crate::plan::{Case, Task};
use crate::processes;
use crate::record::{CaseResult, FailureKind, Outcome, Phase, Refusal, Series};
use crate::telemetry::Watch;

/// Where the case that hangs does so, where its device knows.
pub fn location() -> Option<String> {
    device::host::hanging()
}

/// The devices of a worker, and what its units share.
pub struct Bench {
    device: Box<dyn Device>,
    commands: device::command::Command,
    begin: Begin,
    clock: Instant,
    /// Looks at a pinned clock.
    pinned: Option<Rc<clocks::Watch>>,
    /// A look at the GPU, where the device is one.
    watch: Option<Watch>,
}

impl Bench {
    /// Opens the device; the error is in words for the user.
    pub fn open(begin: &Begin, clock: Instant) -> Result<Self, String> {
        let mut device = device::open(begin.device).map_err(|error| super::chain(&error))?;
        device.expect_buffers(begin.buffers);
        let pinned = begin.clocks.as_ref().map(clocks::Watch::open).transpose();
        let identity = device.managed_as();
        Ok(Self {
            pinned: pinned.map_err(|error| super::chain(&error))?.map(Rc::new),
            watch: identity.map(|identity| Watch::of_gpu(identity, begin.watch)),
            device,
            commands: device::command::Command::new(),
            begin: begin.clone(),
            clock,
        })
    }

    /// Executes a unit: a result for each of its cases.
    pub fn execute(&mut self, unit: &Unit, voice: &Voice) -> io::Result<Vec<CaseResult>> {
        let began = self.now_ns();
        let mut ready = Ok(());
        if unit.first {
            voice.say(&FromWorker::Started(Stage::SetUp))?;
            ready = self.with_device(unit, |device, request| device.set_up(request));
        }
        voice.say(&FromWorker::Started(Stage::Measure))?;
        let measured = ready.and_then(|()| self.measure(unit));
        if measured.is_err() {
            // A supervisor that was killed leaves its command to this process.
            processes::end_below(std::process::id());
        }
        let elapsed = self.now_ns() - began;
        let results = unit.cases.iter().map(|placed| {
            let mut result = self.blank(placed);
            result.started_ns = began;
            result.elapsed_ns = elapsed;
            match &measured {
                Ok(measured) => self.fill(&mut result, placed, unit, measured),
                Err(refusal) => {
                    result.outcome = refusal.clone().into();
                    result.output = self.printed(unit);
                }
            }
            result
        });
        Ok(results.collect())
    }

    /// Whether the device can execute nothing more in this process.
    pub fn is_lost(&self) -> bool {
        self.device.is_lost()
    }

    /// Cleans up after a unit; what went wrong, where something did.
    pub fn clean_up(&mut self, unit: &Unit, voice: &Voice) -> io::Result<Option<String>> {
        voice.say(&FromWorker::Started(Stage::CleanUp))?;
        let outcome = self.with_device(unit, |device, request| device.clean_up(request));
        Ok(outcome.err().as_ref().map(why))
    }

    /// Probes the speed of the machine, by the suite's device or as commands see it, and the device's clock.
    pub fn probe(&mut self, wanted: &Probe) -> Probed {
        let speed = wanted.speed.then(|| {
            let own = self.device.probe();
            own.or_else(|| self.commands.probe())
        });
        let clock = wanted.clock.as_deref();
        let clock = clock.map_or(Ok(None), |cache| self.device.probe_clock(cache));
        Probed {
            speed: speed.flatten(),
            failed: clock.as_ref().err().map(why),
            clock: clock.ok().flatten(),
            leaving: self.is_lost(),
        }
    }

    fn measure(&mut self, unit: &Unit) -> Result<Measured, Refusal> {
        let clock = self.clock;
        // A command's GPU idles when the command has ended: its clock tells nothing then.
        let is_kernel = |placed: &Placed| matches!(placed.case.task, Task::Kernel(_));
        let pinned = self
            .pinned
            .clone()
            .filter(|_| unit.cases.iter().all(is_kernel));
        let pinned = pinned.as_deref();
        if let Some(pinned) = pinned {
            pinned.begin();
        }
        let mut watch = self.watch.take();
        if let Some(watch) = &mut watch {
            let first = unit.cases.first().map(|placed| &placed.case.task);
            watch.begin_unit(matches!(first, Some(Task::Command(_))));
        }
        let measured = self.with_device(unit, |device, request| {
            let began = clock.elapsed();
            let mut execution = device.open(request)?;
            let opened = clock.elapsed().saturating_sub(began).as_secs_f64() * 1e9;
            let repetition = &request.case.repetition;
            let look = |seen| match pinned {
                Some(pinned) => pinned.look(seen),
                None => Ok(seen),
            };
            let elapsed = || clock.elapsed();
            let watch = watch.as_mut();
            let mut measured = measure(&mut *execution, repetition, watch, &elapsed, &look)?;
            let filled = measured.phases.get(&Phase::Fill).copied().unwrap_or(0.0);
            measured.phases.insert(Phase::Load, opened - filled);
            let began = clock.elapsed();
            drop(execution);
            let freed = clock.elapsed().saturating_sub(began).as_secs_f64() * 1e9;
            *measured.phases.entry(Phase::Finish).or_default() += freed;
            Ok(measured)
        });
        self.watch = watch;
        measured.map_err(|refusal| match pinned {
            Some(pinned) => pinned.advise(refusal),
            None => refusal,
        })
    }

    /// Calls `act` with the device that executes the unit.
    fn with_device<T>(
        &mut self,
        unit: &Unit,
        act: impl FnOnce(&mut dyn Device, &Request<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let Some(first) = unit.cases.first() else {
            let message = "the unit has no case";
            return Err(Refusal::failed(FailureKind::Protocol, message));
        };
        let cases: Vec<&Case> = unit.cases.iter().map(|placed| &placed.case).collect();
        let output = self.begin.folder.join(self.output(first));
        let request = Request {
            case: &first.case,
            unit: &cases,
            artefact: &unit.artefact,
            seed: self.begin.seed,
            process: self.begin.process,
            method: unit.method.as_ref(),
            verified: unit.verified.as_deref(),
            output: &output,
        };
        match first.case.task {
            Task::Command(_) => act(&mut self.commands, &request),
            Task::Kernel(_) | Task::Mock(_) => act(self.device.as_mut(), &request),
        }
    }

    /// The folder of what a case prints, relative to the run directory.
    fn output(&self, placed: &Placed) -> String {
        let (process, number) = (self.begin.process, placed.number);
        format!("output/process-{process:04}/case-{number:05}")
    }

    /// What a unit that failed printed before it did, by name.
    fn printed(&self, unit: &Unit) -> BTreeMap<String, String> {
        let there = |file: &String| {
            let folder = unit.cases.first().map(|first| self.output(first));
            folder.is_some_and(|folder| self.begin.folder.join(folder).join(file).is_file())
        };
        let names = ["stdout", "stderr"].map(str::to_owned);
        let kept = names.iter().filter(|name| there(name));
        self.within(unit, kept.map(|name| (name, name)))
    }

    /// Files of a unit's output, by name, relative to the run directory.
    fn within<'f>(
        &self,
        unit: &Unit,
        files: impl Iterator<Item = (&'f String, &'f String)>,
    ) -> BTreeMap<String, String> {
        let folder = unit.cases.first().map(|first| self.output(first));
        files
            .filter_map(|(name, file)| Some((name.clone(), format!("{}/{file}", folder.as_ref()?))))
            .collect()
    }

    /// Nanoseconds since the process began.
    fn now_ns(&self) -> f64 {
        self.begin.elapsed_ns + self.clock.elapsed().as_secs_f64() * 1e9
    }

    /// The result of a case of which nothing is known yet.
    fn blank(&self, placed: &Placed) -> CaseResult {
        super::blank(&placed.case.id, self.begin.process, placed.position)
    }

    /// Deals out to one case what its unit yielded.
    fn fill(&self, result: &mut CaseResult, placed: &Placed, unit: &Unit, measured: &Measured) {
        let case = &placed.case;
        let axes: BTreeMap<_, _> = case.axes.iter().map(|(n, v)| (n.as_str(), v)).collect();
        result.series = measured.taken.series(&axes, is_shared(&case.task));
        result.digest.clone_from(&measured.verification.digest);
        result.method = Some(measured.method.clone());
        result.phases.clone_from(&measured.phases);
        result.warm_up = measured.warmed_up.executions;
        result.occupancy.clone_from(&measured.occupancy);
        result.stopped_by = measured.budget.then(|| "budget".to_owned());
        result.groups = measured.taken.groups().to_vec();
        result.exclusivity = self.watch.as_ref().and_then(Watch::exclusivity);
        result.clock_mhz = measured.taken.clock_mhz();
        result.notes.extend(measured.verification.notes.clone());
        result.notes.extend(measured.warmed_up.note.clone());
        result.notes.extend(measured.finished.notes.clone());
        result.output = self.within(unit, measured.finished.output.iter());
        result.outcome = match unreported(case, &result.series) {
            Some(message) => Refusal::failed(FailureKind::Protocol, message).into(),
            None => Outcome::Measured,
        };
        if result.outcome != Outcome::Measured {
            result.series.clear();
        }
    }
}

/// A refusal on one line.
fn why(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Failed(failure) => failure.message.clone(),
        Refusal::Unsupported(what) => what.clone(),
    }
}

/// What a command should have reported of a case, and didn't.
fn unreported(case: &Case, series: &[Series]) -> Option<String> {
    let Task::Command(task) = &case.task else {
        return None;
    };
    let timed = series.iter().any(|series| series.metric == "time");
    if series.is_empty() || !task.inner.is_empty() && !timed {
        let inner = case
            .axes
            .iter()
            .filter(|(name, _)| task.inner.contains(name));
        let point: Vec<String> = inner
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        return Some(format!("it reported no time for {}", point.join(", ")));
    }
    None
}

/// Whether one execution reports several cases, so that its own time is nobody's.
fn is_shared(task: &Task) -> bool {
    matches!(task, Task::Command(command) if !command.inner.is_empty())
}
