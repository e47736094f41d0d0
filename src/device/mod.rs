//! What can execute cases: the [`Device`] trait and its implementations.
//!
//! A device compiles in the parent and executes in workers. It knows nothing of processes, records or the
//! terminal; how often something is executed, and what counts, is the engine's.

pub mod command;
pub mod cuda;
pub mod host;
pub mod kernel;
pub mod mock;
mod probe;
mod selector;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::AxisValue;
use crate::plan::{Case, DeviceFacts, DeviceKind, Plan};
use crate::record::{GroupVoid, Method, Occupancy, Phase, Refusal, Series, Timer};

pub use probe::Probe;
pub use selector::{OpenError, Selector, SelectorError, open};

/// Something that executes cases.
pub trait Device {
    /// Limits and facts.
    fn facts(&self) -> &DeviceFacts;

    /// The facts of this device that decide whether results are comparable, by name.
    fn comparability(&self) -> BTreeMap<String, Value>;

    /// Further facts of that sort that hold for the cases of `plan` alone, such as the version of a library they call.
    fn comparability_of(&self, _plan: &Plan) -> BTreeMap<String, Value> {
        BTreeMap::new()
    }

    /// The facts of this device that explain results, by name, and by the name of a fact of comparability that is null
    /// the reason why it isn't known.
    fn context(&self) -> BTreeMap<String, Value> {
        BTreeMap::new()
    }

    /// Compiles what `case` needs, or finds it in the folder `cache`; cases without code give an empty artefact.
    fn compile(&self, case: &Case, cache: &Path) -> Result<Artefact, Refusal>;

    /// Loads the code, allocates and fills the buffers of `case`.
    fn open(&mut self, request: &Request<'_>) -> Result<Box<dyn Execution + '_>, Refusal>;

    /// What is missing on this machine before any case of `plan` can be executed, beside the device itself.
    fn lacks(&self, _plan: &Plan) -> Option<Lack> {
        None
    }

    /// Whether a fault left the device unable to execute anything more in this process.
    fn is_lost(&self) -> bool {
        false
    }

    /// The name under which the device is locked, where it is not that of its selector: a GPU has one name in every
    /// process, whatever its number there.
    fn lock_name(&self) -> Option<String> {
        None
    }

    /// Tells that no case of this process that the device should place needs more than `bytes` for its buffers. Called
    /// before the first case.
    fn expect_buffers(&mut self, _bytes: u64) {}

    /// What names the GPU in NVIDIA's management library, where the device is one.
    fn managed_as(&self) -> Option<cuda::nvml::Identity> {
        None
    }

    /// The speed of the machine that executes, where its own clock isn't known and may change: a rate that is
    /// proportional to it, in no unit. Called between units, never beside a case; takes less than 20 ms.
    fn probe(&mut self) -> Option<f64> {
        None
    }

    /// What the device's clock and timer show; none where it has neither. Called between units, never beside a case;
    /// takes less than 20 ms, and 250 ms on a device that was idle. `cache` holds what [`Self::compile`] left.
    fn probe_clock(&mut self, _cache: &Path) -> Result<Option<ClockProbe>, Refusal> {
        Ok(None)
    }

    /// How the kernel of `case`, compiled to `artefact`, fills the device; none where it can't tell.
    fn occupancy(
        &mut self,
        _case: &Case,
        _artefact: &Artefact,
    ) -> Result<Option<Occupancy>, Refusal> {
        Ok(None)
    }

    /// Called once before the first execution of a case in a run, in the worker that executes it first.
    fn set_up(&mut self, _request: &Request<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Called once after the last execution of a case that was set up, also when it failed or the run was stopped.
    fn clean_up(&mut self, _request: &Request<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

/// Says that [`worker_variables`] set what follows, and not the user.
const SET_BY_WARPMARK: &str = "WARPMARK_SET_MODULE_LOADING";

/// How CUDA loads code: all of it at once, so that no first launch waits for some.
const MODULE_LOADING: &str = "CUDA_MODULE_LOADING";

/// The variables of a worker on a device of `kind` that its parent lacks. A user's own choice stands.
pub fn worker_variables(kind: DeviceKind) -> Vec<(&'static str, &'static str)> {
    if kind != DeviceKind::Cuda || std::env::var_os(MODULE_LOADING).is_some() {
        return Vec::new();
    }
    vec![(MODULE_LOADING, "EAGER"), (SET_BY_WARPMARK, "1")]
}

/// The variables that a command must not inherit from its worker.
fn variables_to_remove() -> &'static [&'static str] {
    match std::env::var_os(SET_BY_WARPMARK) {
        Some(_) => &[MODULE_LOADING, SET_BY_WARPMARK],
        None => &[],
    }
}

/// Something that is missing on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// What.
    pub message: String,
    /// How to get it.
    pub hint: String,
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
    /// How the case was timed before, in this run or in its baseline.
    pub method: Option<&'a Method>,
    /// The digest of an output of the case that was verified before in this run, by the same code.
    pub verified: Option<&'a str>,
    /// A folder for what the case prints.
    pub output: &'a Path,
}

/// A case that is ready to execute on a device.
pub trait Execution {
    /// How it takes times.
    fn method(&self) -> Method;

    /// Executes with poisoned outputs and judges what was written; timing waits for this.
    fn verify(&mut self) -> Result<Verification, Refusal>;

    /// Executes once, untimed.
    fn warm_up(&mut self) -> Result<(), Refusal>;

    /// Marks a moment: the clock in MHz since the last mark, where there is one and the device can tell it.
    fn mark_clock(&mut self) -> Result<Option<f64>, Refusal> {
        Ok(None)
    }

    /// How its kernel fills the device, where that can be told.
    fn occupancy(&self) -> Option<Occupancy> {
        None
    }

    /// Called after warm-up: chooses how to take times, where that is left to it.
    fn settle(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Called before the first sample of a group.
    fn begin_group(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Called after the last sample of a group: what was seen of all of it.
    fn end_group(&mut self) -> Result<GroupSeen, Refusal> {
        Ok(GroupSeen::default())
    }

    /// Executes once and times it.
    fn sample(&mut self) -> Result<Observation, Refusal>;

    /// Queues `batch` executions back to back, on buffers and caches as the execution before left them, and waits
    /// for the batch before, so that the device never runs out of work and no more than two batches wait. How many
    /// executions are done since the first call; none where the device can't. Nothing is timed or verified here.
    fn keep_busy(&mut self, _batch: u32) -> Result<Option<u64>, Refusal> {
        Ok(None)
    }

    /// Waits for all that [`Self::keep_busy`] has queued; its count begins anew.
    fn rest(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Where the time of opening and executing it went so far, in nanoseconds; only the phases that the device itself
    /// can tell apart.
    fn phases(&self) -> BTreeMap<Phase, f64> {
        BTreeMap::new()
    }

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

/// What a device's clock and timer showed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClockProbe {
    /// The clock under load in MHz, where it could be told.
    pub clock_mhz: Option<f64>,
    /// What the timer can do.
    pub timer: Timer,
}

/// What was seen of a group of samples.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupSeen {
    /// The SM clock from before its first sample to after its last, in MHz, where it is known.
    pub clock_mhz: Option<f64>,
    /// Why all of it counts for nothing, where it does.
    pub void: Option<GroupVoid>,
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
