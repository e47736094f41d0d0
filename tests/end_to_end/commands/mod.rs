//! The command device, by its library interface and the built program as the supervisor.

mod ends;
mod models;
mod protocol;
mod python;
mod runs;
mod suites;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use warpmark::device::command::Command;
use warpmark::device::{Artefact, Device, Finished, Observation, Request};
use warpmark::id::{AxisValue, CaseId, Name};
use warpmark::plan::{Cache, Case, CommandTask, Repetition, Task, Timing};
use warpmark::record::{Failure, Refusal, Series, Work};

/// A case in a folder of its own.
struct Bench {
    folder: tempfile::TempDir,
    task: CommandTask,
    points: Vec<Vec<(Name, AxisValue)>>,
}

impl Bench {
    fn new(command: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let task = CommandTask {
            command: words(command),
            folder: folder.path().to_owned(),
            environment: BTreeMap::new(),
            clear_environment: false,
            stdin: None,
            setup: None,
            prepare: None,
            cleanup: None,
            ignore_status: false,
            stdout_pattern: None,
            inner: Vec::new(),
            metrics: Vec::new(),
            facts: BTreeMap::new(),
        };
        Self {
            folder,
            task,
            points: vec![Vec::new()],
        }
    }

    fn shell(script: &str) -> Self {
        Self::new(&["sh", "-c", script])
    }

    /// With one inner axis.
    fn inner(mut self, axis: &str, values: &[AxisValue]) -> Self {
        let axis = Name::new(axis).expect("a name");
        self.points = values
            .iter()
            .map(|value| vec![(axis.clone(), value.clone())])
            .collect();
        self.task.inner = vec![axis];
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file of the test")
    }

    fn cases(&self) -> Vec<Case> {
        let case = |axes: &Vec<(Name, AxisValue)>| case(&self.task, axes);
        self.points.iter().map(case).collect()
    }

    /// Gives `work` the device and the request for this case.
    fn with<T>(&self, work: impl FnOnce(&mut Command, &Request<'_>) -> T) -> T {
        let cases = self.cases();
        let unit: Vec<&Case> = cases.iter().collect();
        let mut device = Command::with_program(PathBuf::from(env!("CARGO_BIN_EXE_warpmark")));
        let artefact = match device.compile(unit[0], &self.path("cache")) {
            Ok(artefact) => artefact,
            Err(refusal) => panic!("{refusal:?}"),
        };
        let request = Request {
            case: unit[0],
            unit: &unit,
            artefact: &artefact,
            seed: 1,
            process: 0,
            method: None,
            verified: None,
            output: &self.path("out"),
        };
        work(&mut device, &request)
    }

    /// One sample.
    fn sample(&self) -> Result<(Observation, Finished), Refusal> {
        self.with(|device, request| {
            let mut execution = device.open(request)?;
            let observation = execution.sample()?;
            let finished = execution.finish()?;
            Ok((observation, finished))
        })
    }

    fn measured(&self) -> (Observation, Finished) {
        match self.sample() {
            Ok(measured) => measured,
            Err(refusal) => panic!("{refusal:?}"),
        }
    }

    fn failure(&self) -> Failure {
        match self.sample() {
            Err(Refusal::Failed(failure)) => failure,
            other => panic!("no failure: {other:?}"),
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn case(task: &CommandTask, axes: &[(Name, AxisValue)]) -> Case {
    let workload = Name::new("tool").expect("a name");
    Case {
        id: CaseId::new(&workload, axes.iter().map(|(axis, value)| (axis, value))),
        workload,
        axes: axes.to_vec(),
        tags: Vec::new(),
        task: Task::Command(Box::new(task.clone())),
        work: Work::default(),
        repetition: Repetition {
            measure: Vec::new(),
            window: None,
            processes: 1,
            samples: 1,
            warm_up: 0,
            cache: Cache::Hot,
            timing: Timing::Auto,
            timeout: Duration::from_mins(1),
            budget: Duration::from_mins(1),
        },
        deterministic: true,
        clock_bound: false,
        defined_at: ("suite.toml".to_owned(), 1),
    }
}

/// The only series of `metric` in what was observed.
fn series<'a>(observation: &'a Observation, metric: &str) -> &'a Series {
    let mut found = observation
        .reports
        .iter()
        .filter(|report| report.series.metric == metric);
    let series = found
        .next()
        .unwrap_or_else(|| panic!("no {metric} in {observation:?}"));
    assert!(found.next().is_none(), "one {metric}");
    &series.series
}

/// What a command printed, of a file of the record.
fn printed(bench: &Bench, finished: &Finished, stream: &str) -> String {
    bench.read(
        Path::new("out")
            .join(&finished.output[stream])
            .to_str()
            .expect("UTF-8"),
    )
}

fn artefact_folder(bench: &Bench) -> Artefact {
    bench.with(|_, request| request.artefact.clone())
}
