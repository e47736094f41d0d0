//! What can execute cases: the [`Device`] trait and its implementations.
//!
//! A device compiles in the parent and executes in workers. It knows nothing of processes, records or the
//! terminal; how often something is executed, and what counts, is the engine's.

pub mod command;
pub mod host;
pub mod kernel;
pub mod mock;
mod selector;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::AxisValue;
use crate::plan::{Case, DeviceFacts};
use crate::record::{Method, Refusal, Series};

pub use selector::{OpenError, Selector, SelectorError, open};

/// Something that executes cases.
pub trait Device {
    /// Limits and facts.
    fn facts(&self) -> &DeviceFacts;

    /// The facts of this device that decide whether results are comparable, by name.
    fn comparability(&self) -> BTreeMap<String, Value>;

    /// Compiles what `case` needs, or finds it in the folder `cache`; cases without code give an empty artefact.
    fn compile(&self, case: &Case, cache: &Path) -> Result<Artefact, Refusal>;

    /// Loads the code, allocates and fills the buffers of `case`.
    fn open(&mut self, request: &Request<'_>) -> Result<Box<dyn Execution + '_>, Refusal>;

    /// Called once before the first execution of a case in a run, in the worker that executes it first.
    fn set_up(&mut self, _request: &Request<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Called once after the last execution of a case that was set up, also when it failed or the run was stopped.
    fn clean_up(&mut self, _request: &Request<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

/// What a case's code was compiled to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Artefact {
    /// The compiled file, where there is one.
    pub path: Option<PathBuf>,
    /// The compiled reference kernel, where one verifies the case and has a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<PathBuf>,
    /// What identifies code and launch (code identity), where there is such.
    pub identity: Option<String>,
}

/// All that a device is told about the case it opens.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The case; of a unit of several, the first.
    pub case: &'a Case,
    /// All cases of the unit: what one execution may report (`inner`).
    pub unit: &'a [&'a Case],
    /// Its code.
    pub artefact: &'a Artefact,
    /// The run's seed.
    pub seed: u64,
    /// The process' number, from 0.
    pub process: u32,
    /// A folder for what the case prints.
    pub output: &'a Path,
}

/// A case that is ready to execute on a device.
pub trait Execution {
    /// How it takes times.
    fn method(&self) -> Method;

    /// Executes once with poisoned outputs and judges what was written; timing waits for this.
    fn verify(&mut self) -> Result<Verification, Refusal>;

    /// Executes once, untimed.
    fn warm_up(&mut self) -> Result<(), Refusal>;

    /// Executes once and times it.
    fn sample(&mut self) -> Result<Observation, Refusal>;

    /// After the last sample: looks at the guard bands once more.
    fn finish(&mut self) -> Result<Finished, Refusal>;
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verification {
    /// The sha256 of the outputs, where there are some.
    pub digest: Option<String>,
    /// Remarks for the reader.
    pub notes: Vec<String>,
}

/// What one execution yielded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// Its time in nanoseconds, unless it reported its own.
    pub time_ns: Option<f64>,
    /// Why the sample counts for nothing, where it does.
    pub void: Option<String>,
    /// The SM clock during it, in MHz, where it is known.
    pub clock_mhz: Option<f64>,
    /// Samples that it reported itself, and measures of the execution such as `peak-memory`.
    pub reports: Vec<Report>,
}

/// Samples of one metric that an execution reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The point on the inner axes; empty where a command reports one case.
    pub point: BTreeMap<String, AxisValue>,
    /// The samples.
    pub series: Series,
}

/// What is left to say when a case is done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finished {
    /// Files of what it printed, `stdout` and `stderr`, relative to [`Request::output`].
    pub output: BTreeMap<String, String>,
    /// Remarks for the reader.
    pub notes: Vec<String>,
}
