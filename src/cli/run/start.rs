//! One suite, from its code to its result.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::outcome::Ended;
use super::pinning::Taken;
use super::progress::Progress;
use super::subject::Subject;
use super::timings::Timings;
use super::{Options, header, methods, outcome, page};
use crate::cli::comparing::Operand;
use crate::cli::{Exit, Fault, exit, leftovers, output};
use crate::device::{self, Selector};
use crate::engine::{self, DeviceLock, Earlier, EngineError, Job, LockError, Patience};
use crate::engine::{Prepared, Signals, Subscribers, Tally};
use crate::event::{Event, Subscriber, SubscriberError};
use crate::id::CaseId;
use crate::plan::DeviceKind;
use crate::record::{CaseResult, Header, ProcessEnd, Summary};
use crate::store::{self, StoreError, Writer};
use crate::telemetry::{self, Recorder, WatchRules};

/// A run whose record exists.
pub struct Begun {
    /// Its header.
    pub header: Header,
    /// The writer of its record.
    pub writer: Writer,
    /// Processes that an earlier try measured.
    pub done: Vec<u32>,
    /// What they measured.
    pub results: Results,
    /// What is known of its cases.
    pub earlier: Earlier,
    /// What the result is compared with.
    pub against: Option<Operand>,
    /// Where its time goes.
    pub timings: Timings,
    /// Its device.
    pub taken: Taken,
}

/// What was measured, by case, and how its processes ended.
#[derive(Debug, Default)]
pub struct Results(pub HashMap<CaseId, Vec<CaseResult>>, pub Vec<ProcessEnd>);

impl Results {
    /// Takes one result.
    pub fn add(&mut self, result: CaseResult) {
        self.0.entry(result.case.clone()).or_default().push(result);
    }

    fn each(&self, take: impl FnMut(&CaseResult)) {
        self.0.values().flatten().for_each(take);
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.each(|result| tally.add(result));
        tally
    }
}

impl Subscriber for Results {
    fn notice(&mut self, event: &Event<'_>) -> Result<(), SubscriberError> {
        match event {
            Event::CaseFinished(result) => self.add((*result).clone()),
            Event::ProcessFinished(end) => self.1.push((*end).clone()),
            _ => {}
        }
        Ok(())
    }
}

/// Runs a suite from its beginning.
pub fn fresh(subject: &Subject, options: &Options, signals: &Signals) -> anyhow::Result<Exit> {
    let ended = begun(subject, options, signals, |prepared, begun, progress| {
        measure(subject, &prepared, begun, (options, progress), signals)
    })?;
    Ok(ended.unwrap_or_else(|| outcome::interrupted(signals)))
}

/// Measures a suite from its beginning and prints nothing: its record's folder and how it ended, or none where a
/// signal came before the first process.
pub fn record(
    subject: &Subject,
    options: &Options,
    signals: &Signals,
) -> anyhow::Result<Option<(PathBuf, Summary)>> {
    begun(
        subject,
        options,
        signals,
        |prepared, mut begun, progress| {
            let folder = begun.writer.folder().to_owned();
            let subject = (subject, &prepared);
            let summary = processes(subject, &mut begun, (options, progress), signals);
            begun.taken.give_back()?;
            Ok((folder, summary?))
        },
    )
}

/// Compiles, takes the device's lock and makes a record, then goes on with `go` under the lock; none where a signal
/// came before.
fn begun<T>(
    subject: &Subject,
    options: &Options,
    signals: &Signals,
    go: impl FnOnce(Prepared, Begun, Progress) -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    let root = store::root_for(&subject.path);
    let against = base(subject, options)?;
    store::prepare(&root).map_err(Fault::from)?;
    let mut progress = Progress::new(options.quiet);
    let mut timings = Timings::begin(subject.took);
    let Some(prepared) = prepare(subject, &root, &mut progress, signals)? else {
        return Ok(None);
    };
    timings.compiled();
    let suite = subject.suite.name.as_str();
    let device = subject.selector.to_string();
    let held = (device.as_str(), suite);
    let Some(lock) = lock(&root, held, options.wait, &mut progress, signals)? else {
        return Ok(None);
    };
    refuse_company(subject)?;
    let Some(taken) = Taken::take(subject, &root, (lock, options.locks), signals)? else {
        return Ok(None);
    };
    let mut header = header::of(subject, &prepared)?;
    taken.state_in(&mut header);
    let methods = methods::of_base(against.as_ref(), subject, &header);
    let begun = Begun {
        earlier: Earlier::wished(methods),
        writer: Writer::create(&root, &header).map_err(Fault::from)?,
        header,
        done: Vec::new(),
        results: Results::default(),
        against,
        timings,
        taken,
    };
    go(prepared, begun, progress).map(Some)
}

/// Compiles the kernels; none where a signal came.
pub fn prepare(
    subject: &Subject,
    root: &Path,
    progress: &mut Progress,
    signals: &Signals,
) -> Result<Option<Prepared>, Fault> {
    let mut subscribers = Subscribers::new().with(progress);
    let cache = root.join("cache");
    let device = subject.device.as_ref();
    engine::prepare(&subject.plan, device, &cache, &mut subscribers, signals).map_err(fault)
}

/// The lock file of a device: a GPU's is the machine's, any other's is of the checkout.
fn lock_path(root: &Path, device: &str) -> Result<PathBuf, Fault> {
    let opened = device
        .parse::<Selector>()
        .ok()
        .filter(|selector| selector.kind == DeviceKind::Cuda)
        .and_then(|selector| device::open(selector).ok());
    match opened.and_then(|device| device.lock_name()) {
        Some(name) => Ok(engine::lock_path(&engine::machine_folder()?, &name)),
        None => Ok(engine::lock_path(root, device)),
    }
}

/// Takes the lock of a device for a suite; none where a signal came.
pub fn lock(
    root: &Path,
    (device, suite): (&str, &str),
    wait: Option<Duration>,
    progress: &mut Progress,
    signals: &Signals,
) -> Result<Option<DeviceLock>, Fault> {
    let mut patience = Patience {
        limit: wait.unwrap_or_default(),
        signals,
        notice: &mut |held, left| progress.waiting(held, left),
    };
    let path = lock_path(root, device)?;
    match engine::lock(&path, device, suite, &mut patience) {
        Ok(lock) => {
            // What a run left that died while this one waited.
            leftovers::give_back_of(&path);
            Ok(Some(lock))
        }
        Err(LockError::Interrupted(_)) => Ok(None),
        Err(LockError::File(error)) => Err(Fault::from(StoreError::from(error))),
        Err(held @ LockError::Held { .. }) => {
            Err(Fault::new(Exit::Environment, held.to_string()).hint("wait for it: --wait 10m"))
        }
    }
}

/// Measures what is left of a run, and prints its result.
pub fn measure(
    subject: &Subject,
    prepared: &Prepared,
    mut begun: Begun,
    (options, progress): (&Options, Progress),
    signals: &Signals,
) -> anyhow::Result<Exit> {
    let measuring = (subject, prepared);
    let summary = processes(measuring, &mut begun, (options, progress), signals);
    let given_back = begun.taken.give_back();
    // A second look takes the device again.
    drop(begun.taken);
    let ended = Ended {
        header: &begun.header,
        summary: &summary?,
        folder: begun.writer.folder(),
        results: &begun.results,
    };
    let against = options
        .compare
        .as_deref()
        .filter(|_| ended.summary.complete);
    let exit = outcome::print(&ended, begun.against, options, signals)?;
    if let Some(path) = &options.html {
        page::write(path, ended.folder, against, options.settings)?;
    }
    if options.timings {
        anstream::eprint!("{}", begun.timings.render());
    }
    Ok(given_back.map_or_else(|fault| exit.before(exit::report(&fault.into())), |()| exit))
}

/// Measures the processes that are left of a run.
fn processes(
    (subject, prepared): (&Subject, &Prepared),
    begun: &mut Begun,
    (options, mut progress): (&Options, Progress),
    signals: &Signals,
) -> Result<Summary, Fault> {
    let folder = begun.writer.folder().to_owned();
    let mut earlier = std::mem::take(&mut begun.earlier);
    begun.results.each(|result| earlier.take(result));
    let mut recorder = recorder(subject, options, &folder);
    let job = Job {
        header: &begun.header,
        plan: &subject.plan,
        prepared,
        device: subject.selector,
        folder: &folder,
        done: &begun.done,
        tally: begun.results.tally(),
        earlier,
        fail_fast: options.fail_fast,
        clocks: begun.taken.held(),
        watch: watch_rules(subject, &begun.taken),
        live: recorder.as_ref().map(Recorder::live).unwrap_or_default(),
    };
    let mut subscribers = Subscribers::new()
        .with(&mut begun.writer)
        .with(&mut begun.results)
        .with(&mut begun.timings)
        .with(&mut progress);
    if let Some(recorder) = &mut recorder {
        subscribers = subscribers.with(recorder);
    }
    let summary = engine::run(&job, &mut subscribers, signals);
    drop(progress);
    finish(recorder);
    summary.map_err(fault)
}

/// Begins to read the GPU, where the run is on one and the user wants it.
fn recorder(subject: &Subject, options: &Options, folder: &Path) -> Option<Recorder> {
    let identity = subject.device.managed_as()?;
    (!options.gauges.no_telemetry).then(|| Recorder::start(identity, folder))
}

/// Ends the reading of the GPU, and says what is missing of it.
fn finish(recorder: Option<Recorder>) {
    if let Some(why) = recorder.and_then(Recorder::finish) {
        output::warn(&format!("the GPU's telemetry is incomplete: {why}"));
    }
}

/// What voids a group of samples of `subject` on a GPU.
pub fn watch_rules(subject: &Subject, taken: &Taken) -> WatchRules {
    WatchRules {
        locked: taken.held().is_some(),
        shared: subject.overrides.shared,
    }
}

/// Refuses a GPU that other processes use, unless the user means to share it.
pub fn refuse_company(subject: &Subject) -> Result<(), Fault> {
    let Some(identity) = subject.device.managed_as() else {
        return Ok(());
    };
    if subject.overrides.shared {
        return Ok(());
    }
    let strangers = telemetry::strangers_at_start(&identity);
    if strangers.is_empty() {
        return Ok(());
    }
    let message = format!(
        "other processes use {}: {}",
        subject.selector,
        strangers.join(", ")
    );
    Err(Fault::new(Exit::Environment, message).hint(
        "end them, or measure beside them with --shared: the result is labelled, and is no baseline",
    ))
}

/// What the result will be compared with; looked at before, so that no run is made for nothing.
pub fn base(subject: &Subject, options: &Options) -> Result<Option<Operand>, Fault> {
    let Some(word) = &options.compare else {
        return Ok(None);
    };
    let suite = &subject.suite.name;
    let place = subject
        .path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let base = Operand::resolve(word, place.unwrap_or(Path::new(".")), Some(suite))?;
    base.check(suite)?;
    Ok(Some(base))
}

/// What the engine's errors mean for the program's end.
pub fn fault(error: EngineError) -> Fault {
    let error = match error {
        EngineError::Subscriber(source) => match source.downcast::<StoreError>() {
            Ok(error) => return Fault::from(*error),
            Err(other) => EngineError::Subscriber(other),
        },
        other => other,
    };
    let mut message = error.to_string();
    if let Some(cause) = std::error::Error::source(&error) {
        message = format!("{message}: {cause}");
    }
    Fault::new(Exit::Environment, message)
        .hint("what was measured so far is kept: warpmark run --resume goes on there")
}
