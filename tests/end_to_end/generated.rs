//! Records that tests make through the store's writer: deterministic, without a device.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use warpmark::canonical;
use warpmark::event::{Event, Subscriber};
use warpmark::id::{CaseId, Name};
use warpmark::record::{
    Better, CaseHeader, CaseResult, Environment, FORMAT, Failure, FailureKind, GitState, Group,
    Header, Method, Occupancy, Outcome, ProcessEnd, ProcessStart, Series, Summary, Unit, Versions,
    Work,
};
use warpmark::rng::{Sequence, stream};
use warpmark::store::Writer;

/// A run that a test makes up: `header` and `cases` are its to change.
pub struct Run {
    /// The header; `cases` are filled in when it is written.
    pub header: Header,
    /// What it measures.
    pub cases: Vec<Case>,
    /// Whether it came to its end.
    pub complete: bool,
    /// How long it took; half of it is time of its cases, the same for each.
    pub seconds: u32,
    /// The clock that the probes see.
    pub probe_mhz: Option<f64>,
    /// The speeds that the probes of the processor see in each process.
    pub probe_speeds: Vec<f64>,
}

/// A case of a made-up run.
#[derive(Clone)]
pub struct Case {
    /// The id.
    pub id: String,
    /// The kind whose rules judge it.
    pub kind: String,
    /// The mean time in nanoseconds.
    pub mean_ns: f64,
    /// Factors on the time by process, 1 where the list ends.
    pub factors: Vec<f64>,
    /// The share of samples that take half as long again.
    pub tail: f64,
    /// What it ends with.
    pub outcome: Outcome,
    /// How its times are taken.
    pub method: Method,
    /// Its output's digest.
    pub digest: Option<String>,
    /// Its code identity.
    pub identity: Option<String>,
    /// How its kernel fills a GPU.
    pub occupancy: Option<Occupancy>,
    /// Whether it stands for the machine.
    pub sentinel: bool,
    /// The mean of a second metric, better higher.
    pub tokens: Option<f64>,
    /// The SM clock of its samples.
    pub clock_mhz: Option<f64>,
    /// Whether its time follows that clock.
    pub clock_bound: bool,
    /// Items of an execution.
    pub items: Option<f64>,
    /// Joules of an execution by a window, where there is one, and its watts.
    pub window: Option<(f64, f64)>,
}

impl Case {
    /// A case of the kind `mock` that takes `mean_ns`.
    pub fn new(id: &str, mean_ns: f64) -> Self {
        Self {
            id: id.to_owned(),
            kind: "mock".to_owned(),
            mean_ns,
            factors: Vec::new(),
            tail: 0.0,
            outcome: Outcome::Measured,
            method: Method {
                name: "events".to_owned(),
                executions: 1,
                tick_ns: Some(32.0),
            },
            digest: None,
            identity: None,
            occupancy: None,
            sentinel: false,
            tokens: None,
            clock_mhz: None,
            clock_bound: false,
            items: None,
            window: None,
        }
    }

    /// The same at an SM clock, which its time follows.
    pub fn bound_to(mut self, mhz: f64) -> Self {
        (self.clock_mhz, self.clock_bound) = (Some(mhz), true);
        self
    }

    /// The same, failed.
    pub fn failed(mut self, message: &str) -> Self {
        self.outcome = Outcome::Failed(Failure {
            kind: FailureKind::Wrong,
            message: message.to_owned(),
            detail: None,
        });
        self
    }

    /// The same, `factor` times as long.
    pub fn times(mut self, factor: f64) -> Self {
        self.mean_ns *= factor;
        self
    }
}

/// Three quiet cases of 1 ms, 100 us and 50 us.
pub fn three_cases() -> Vec<Case> {
    vec![
        Case::new("copy/n=1024", 1e6),
        Case::new("triad/n=1024", 1e5),
        Case::new("triad/n=4096", 5e4),
    ]
}

impl Run {
    /// The run of the suite `memory` of a numbered minute on the machine `A`: whole, clean, 5 processes.
    pub fn new(minute: u32, cases: Vec<Case>) -> Self {
        let id = format!("20260301T10{minute:02}00.000Z-0000");
        let started = format!("2026-03-01T10:{minute:02}:00Z");
        Self {
            header: Header {
                format: FORMAT,
                id,
                suite: Name::new("memory").expect("a name"),
                suite_path: "suites/memory.toml".to_owned(),
                started: started.parse().expect("a time"),
                device: "mock".to_owned(),
                processes: 5,
                seed: 1,
                quick: false,
                overrides: Vec::new(),
                filters: Vec::new(),
                versions: Versions {
                    warpmark: "0.1.0".to_owned(),
                    method: "1".to_owned(),
                    compiler: None,
                },
                git: None,
                environment: environment(&[("gpu", "A"), ("driver", "1.0")]),
                compare: BTreeMap::new(),
                removed: BTreeMap::new(),
                about: None,
                renamed: BTreeMap::new(),
                cost: None,
                goals: Vec::new(),
                volumes: BTreeMap::new(),
                notes: BTreeMap::new(),
                cases: Vec::new(),
            },
            cases,
            complete: true,
            seconds: 0,
            probe_mhz: None,
            probe_speeds: Vec::new(),
        }
    }

    /// The same of a day of March 2026 instead of the first.
    pub fn on_day(mut self, day: u32) -> Self {
        self.header.id = self
            .header
            .id
            .replacen("20260301", &format!("202603{day:02}"), 1);
        let started = format!("2026-03-{day:02}T10:00:00Z");
        self.header.started = started.parse().expect("a time");
        self
    }

    /// The same at a commit; `dirty` files differ from it.
    pub fn at_commit(mut self, commit: &str, dirty: &[&str]) -> Self {
        self.header.git = Some(GitState {
            commit: Some(commit.to_owned()),
            branch: Some("main".to_owned()),
            dirty: dirty.iter().map(|&file| file.to_owned()).collect(),
        });
        self
    }

    /// Writes the record below `root` (a `.warpmark`) and gives its folder.
    pub fn write(mut self, root: &Path) -> PathBuf {
        let processes = self.header.processes;
        self.header.cases = self
            .cases
            .iter()
            .map(|case| case_header(case, processes))
            .collect();
        let mut writer = Writer::create(root, &self.header).expect("a writable folder");
        let mut notice = |event: Event<'_>| writer.notice(&event).expect("a writable folder");
        for process in 0..processes {
            notice(Event::ProcessStarted(&self.start(process)));
            for (position, case) in self.cases.iter().enumerate() {
                let mut result = result(&self.header, case, process, position);
                let results = self.cases.len() as f64 * f64::from(processes);
                result.elapsed_ns = f64::from(self.seconds) * 1e9 / 2.0 / results;
                notice(Event::CaseFinished(&result));
            }
            if !self.complete && process + 1 == processes {
                break;
            }
            notice(Event::ProcessFinished(&self.end(process)));
        }
        if self.complete {
            notice(Event::RunFinished(&self.summary()));
        }
        writer.folder().to_owned()
    }

    fn start(&self, process: u32) -> ProcessStart {
        ProcessStart {
            process,
            pid: 1,
            started: self.header.started,
            order: (0..self.cases.len()).collect(),
        }
    }

    fn end(&self, process: u32) -> ProcessEnd {
        ProcessEnd {
            process,
            ended: self.header.started,
            workers: 1,
            ready_ns: 0.0,
            probes_mhz: self.probe_mhz.map_or_else(Vec::new, |mhz| vec![mhz; 3]),
            probe_speeds: self.probe_speeds.clone(),
            timer: None,
            probed_ns: 0.0,
        }
    }

    fn summary(&self) -> Summary {
        let count = |wanted: fn(&Outcome) -> bool| {
            self.cases
                .iter()
                .filter(|case| wanted(&case.outcome))
                .count()
        };
        let length = std::time::Duration::from_secs(self.seconds.into());
        Summary {
            format: FORMAT,
            ended: self.header.started + length,
            complete: true,
            signal: None,
            measured: count(|outcome| matches!(outcome, Outcome::Measured)),
            failed: count(|outcome| matches!(outcome, Outcome::Failed(_))),
            unsupported: count(|outcome| matches!(outcome, Outcome::Unsupported(_))),
            exclusivity: None,
        }
    }
}

/// An environment of these facts, with its key.
pub fn environment(facts: &[(&str, &str)]) -> Environment {
    let comparability: BTreeMap<String, Value> = facts
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect();
    Environment {
        key: canonical::hash(&comparability).expect("facts have a canonical form"),
        comparability,
        context: BTreeMap::new(),
    }
}

fn case_header(case: &Case, processes: u32) -> CaseHeader {
    let id = CaseId::from_text(&case.id);
    CaseHeader {
        workload: Name::new(id.workload()).expect("a name"),
        id,
        axes: Vec::new(),
        tags: Vec::new(),
        work: Work {
            items: case.items,
            ..Work::default()
        },
        kind: case.kind.clone(),
        processes,
        samples: 100,
        identity: case.identity.clone(),
        definition: "0000000000000000".to_owned(),
        deterministic: true,
        clock_bound: case.clock_bound,
        sentinel: case.sentinel,
        defined_at: ("suites/memory.toml".to_owned(), 1),
    }
}

fn result(header: &Header, case: &Case, process: u32, position: usize) -> CaseResult {
    let measured = case.outcome == Outcome::Measured;
    let seed = header
        .id
        .bytes()
        .fold(u64::from(process), |seed, byte| stream(seed, byte.into()));
    let mut random = Sequence::new(stream(seed, position as u64));
    CaseResult {
        case: CaseId::from_text(&case.id),
        process,
        position,
        outcome: case.outcome.clone(),
        series: if measured {
            series(case, process, &mut random)
        } else {
            Vec::new()
        },
        digest: case.digest.clone().filter(|_| measured),
        method: measured.then(|| case.method.clone()),
        warm_up: 5,
        stopped_by: None,
        clock_mhz: case.clock_mhz.filter(|_| measured),
        groups: measured.then(|| group(case)).into_iter().collect(),
        occupancy: case.occupancy.clone().filter(|_| measured),
        started_ns: 0.0,
        elapsed_ns: 0.0,
        output: BTreeMap::new(),
        notes: Vec::new(),
        phases: BTreeMap::new(),
        exclusivity: None,
    }
}

fn group(case: &Case) -> Group {
    Group {
        samples: 100,
        clock_mhz: case.clock_mhz,
        void: None,
        events_ns: BTreeMap::new(),
    }
}

/// 100 samples with a spread of 0.05 % within a process and as much between processes.
fn series(case: &Case, process: u32, random: &mut Sequence) -> Vec<Series> {
    let mut share = |spread: f64| 1.0 + spread * (random.below(2001) as f64 / 1000.0 - 1.0);
    let factor = case.factors.get(process as usize).copied().unwrap_or(1.0);
    let level = case.mean_ns * factor * share(0.0005);
    let slow = (case.tail * 100.0).round();
    let times = (0..100)
        .map(|index| {
            let tail = if f64::from(index) < slow { 1.5 } else { 1.0 };
            level * tail * share(0.0005)
        })
        .collect();
    let mut all = vec![Series::time(times)];
    let mut read = |metric: &str, unit, value: f64| Series {
        metric: metric.to_owned(),
        unit,
        better: Better::Lower,
        samples: vec![value * share(0.001)],
        void: Vec::new(),
    };
    if let Some((joules, watts)) = case.window {
        all.push(read("energy", Unit::Joules, joules));
        all.push(read("power", Unit::Watts, watts));
    }
    all.extend(case.tokens.map(|tokens| Series {
        metric: "tokens".to_owned(),
        unit: Unit::PerSecond,
        better: Better::Higher,
        samples: (0..100).map(|_| tokens * share(0.001)).collect(),
        void: Vec::new(),
    }));
    all
}
