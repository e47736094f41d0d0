//! Commands as cases: started under a supervisor, timed by wall clock, or asked for their own samples.
//!
//! A command may be started however often; nothing that it starts outlives it. What one execution prints and
//! uses is taken here; how often, and within which time, is the engine's, which ends the worker of a case that takes
//! too long. The supervisor sees that and ends the command.

mod capture;
mod execution;
mod failure;
mod launch;
mod protocol;
mod supervisor;
mod surroundings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

pub use capture::KEPT;
pub use protocol::PROTOCOL;
pub use supervisor::supervise;

use super::{Artefact, Device, Execution, Probe, Request};
use crate::canonical;
use crate::files::{self, FileError};
use crate::plan::{Case, CommandTask, DeviceFacts, DeviceKind, Task};
use crate::record::{FailureKind, Refusal};
use surroundings::{Occasion, Surroundings};

/// The hidden verb by which the program becomes a supervisor.
pub const VERB: &str = "supervise";

/// The Python module that scripts report with.
const PYTHON: &str = include_str!("../../../python/warpmark.py");

/// Executes commands.
#[derive(Debug)]
pub struct Command {
    program: PathBuf,
    facts: DeviceFacts,
    /// Made when it is first asked.
    probe: Option<Probe>,
}

impl Command {
    /// Commands whose supervisor is the running program, which must answer to [`VERB`].
    pub fn new() -> Self {
        Self::with_program(PathBuf::from("/proc/self/exe"))
    }

    /// Commands whose supervisor is `program`, a warpmark.
    pub fn with_program(program: PathBuf) -> Self {
        Self {
            program,
            facts: facts(),
            probe: None,
        }
    }
}

impl Command {
    /// What `words` print, trimmed, run as the command of `task` is, within `limit`; for facts of the environment.
    pub fn ask(
        &self,
        task: &CommandTask,
        words: &[String],
        limit: Duration,
    ) -> Result<String, Refusal> {
        let nowhere = std::env::temp_dir();
        Surroundings::new(&self.program, task, &Artefact::default(), &nowhere)?.ask(words, limit)
    }

    fn beside(&self, request: &Request<'_>, occasion: Occasion) -> Result<(), Refusal> {
        let task = task(request.case)?;
        Surroundings::new(&self.program, task, request.artefact, request.output)?.beside(occasion)
    }
}

impl Default for Command {
    fn default() -> Self {
        Self::new()
    }
}

impl Device for Command {
    fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    /// Nothing: what commands depend on is the machine's and the workloads' `facts`.
    fn comparability(&self) -> BTreeMap<String, Value> {
        BTreeMap::new()
    }

    /// Writes the Python module that scripts report with to `cache`; the artefact is its folder.
    fn compile(&self, case: &Case, cache: &Path) -> Result<Artefact, Refusal> {
        task(case)?;
        let path = write_module(cache)
            .map_err(|error| Refusal::failed(FailureKind::Command, error.to_string()))?;
        Ok(Artefact {
            path: Some(path),
            ..Artefact::default()
        })
    }

    fn open(&mut self, request: &Request<'_>) -> Result<Box<dyn Execution + '_>, Refusal> {
        let task = task(request.case)?;
        let surroundings =
            Surroundings::new(&self.program, task, request.artefact, request.output)?;
        let execution = execution::Run::open(surroundings, task, request.unit)?;
        Ok(Box::new(execution))
    }

    /// Runs the case's `setup`; what it leaves running is ended.
    fn set_up(&mut self, request: &Request<'_>) -> Result<(), Refusal> {
        self.beside(request, Occasion::Setup)
    }

    /// Runs the case's `cleanup`.
    fn clean_up(&mut self, request: &Request<'_>) -> Result<(), Refusal> {
        self.beside(request, Occasion::Cleanup)
    }

    fn probe(&mut self) -> Option<f64> {
        Some(self.probe.get_or_insert_default().speed())
    }
}

fn task(case: &Case) -> Result<&CommandTask, Refusal> {
    match &case.task {
        Task::Command(task) => Ok(task),
        _ => Err(Refusal::Unsupported(format!("{} is no command", case.id))),
    }
}

/// Writes the module where it isn't yet; each version of it has a folder of its own.
fn write_module(cache: &Path) -> Result<PathBuf, FileError> {
    let digest = canonical::sha256(PYTHON.as_bytes());
    let folder = cache.join(format!("python-{}", &digest[..12]));
    let path = folder.join("warpmark.py");
    if !path.exists() {
        files::create_folder(&folder)?;
        files::write_atomically(&path, PYTHON.as_bytes())?;
    }
    std::path::absolute(&folder).map_err(FileError::at("find", &folder))
}

/// Commands have no kernels, so nothing is limited.
fn facts() -> DeviceFacts {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    DeviceFacts {
        kind: DeviceKind::Host,
        name: "command".to_owned(),
        sm_count: i64::try_from(threads).unwrap_or(i64::MAX),
        l2_bytes: 0,
        warp_size: 1,
        memory: u64::MAX,
        max_grid: [u64::MAX; 3],
        max_block: [u32::MAX; 3],
        max_threads: u32::MAX,
        max_shared: u64::MAX,
        compute_capability: None,
    }
}
