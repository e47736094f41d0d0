//! What the parent and a worker say to each other: one JSON value a line.
//!
//! The parent speaks on the worker's standard input, the worker on its standard output. A worker whose standard
//! input ends without [`ToWorker::End`] has lost its parent: it ends, and supervisors end the commands below it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::clocks::Held;
use crate::device::{Artefact, ClockProbe, Selector};
use crate::plan::Case;
use crate::record::{CaseResult, Method};
use crate::telemetry::WatchRules;

/// What the parent says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToWorker {
    /// The first line: open the device.
    Begin(Begin),
    /// Execute a unit.
    Execute(Unit),
    /// Clean up after a unit that won't be executed again in this run.
    CleanUp(Unit),
    /// Probe the machine.
    Probe(Probe),
    /// Say where the case hangs.
    Locate,
    /// There is no more to do.
    End,
}

/// What a worker must know before its first unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// The suite's device.
    pub device: Selector,
    /// The run's seed.
    pub seed: u64,
    /// The process' number in its run, from 0.
    pub process: u32,
    /// The run directory.
    pub folder: PathBuf,
    /// Nanoseconds since the process began: more than 0 where a worker replaces one that died.
    pub elapsed_ns: f64,
    /// Bytes that the buffers of its largest case take, of those that aren't too large to be placed alike in every
    /// process.
    #[serde(default)]
    pub buffers: u64,
    /// The clock that is pinned, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clocks: Option<Held>,
    /// What voids a group of samples on a GPU.
    #[serde(default)]
    pub watch: WatchRules,
}

/// Cases that are executed together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// The cases, one or more; one execution serves them all.
    pub cases: Vec<Placed>,
    /// Its code.
    pub artefact: Artefact,
    /// Whether the run executes it for the first time: it is set up before.
    pub first: bool,
    /// How its first case was timed before, in this run or in its base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// The digest of an output of its first case that an earlier process of this run has verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<String>,
}

/// A case and its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// The case's number in its plan, from 0.
    pub number: usize,
    /// The case's position in the process, from 0.
    pub position: usize,
    /// The case.
    pub case: Case,
}

/// What a worker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromWorker {
    /// The device is open.
    Ready,
    /// The device can't be opened: why.
    Refused(String),
    /// A stage of the unit begins, and with it its clock.
    Started(Stage),
    /// The unit is done.
    Finished {
        /// A result for each of its cases.
        results: Vec<CaseResult>,
        /// Whether the worker ends itself, since its device can execute nothing more in this process.
        leaving: bool,
    },
    /// The unit was cleaned up, or why it could not be.
    CleanedUp(Option<String>),
    /// What probes saw.
    Probed(Probed),
    /// Where the case hangs, where the device knows.
    Located(Option<String>),
}

/// What is to be probed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Probe {
    /// Whether the speed of the processor is.
    pub speed: bool,
    /// The folder of compiled code, where the device's clock is.
    pub clock: Option<PathBuf>,
}

/// What probes saw.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Probed {
    /// The machine's speed, where it was asked for.
    pub speed: Option<f64>,
    /// The device's clock and timer, where they were asked for and it has some.
    pub clock: Option<ClockProbe>,
    /// Why the device's clock could not be probed.
    pub failed: Option<String>,
    /// Whether the worker ends itself, since its device can execute nothing more in this process.
    pub leaving: bool,
}

/// The stages of a unit that have a time limit of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// What precedes the first execution in a run.
    SetUp,
    /// Verification, warm-up and samples.
    Measure,
    /// What follows the last execution in a run.
    CleanUp,
}

/// How a worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// By itself, with this exit status.
    Status(i32),
    /// By this signal.
    Signal(i32),
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "exit status {status}"),
            Self::Signal(number) => match signal_hook::low_level::signal_name(*number) {
                Some(name) => f.write_str(name),
                None => write!(f, "signal {number}"),
            },
        }
    }
}

impl From<std::process::ExitStatus> for Death {
    fn from(status: std::process::ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Status(code),
            (None, Some(signal)) => Self::Signal(signal),
            (None, None) => Self::Status(-1),
        }
    }
}
