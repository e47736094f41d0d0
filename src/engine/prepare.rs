//! What happens once, before the first process: each unit's code is compiled.

use std::path::{Path, PathBuf};

use super::run::Subscribers;
use super::{EngineError, Signals};
use crate::canonical;
use crate::device::command::Command;
use crate::device::kernel;
use crate::device::{Artefact, Device};
use crate::event::Event;
use crate::plan::{Case, Plan, Task};
use crate::record::Refusal;

/// The buffers of larger cases lie where the device puts them.
const PLACED: u64 = 8 << 30;

/// What became of the code of each case, in plan order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prepared {
    /// Its artefact, or why it has none: such a case is recorded and never executed.
    pub artefacts: Vec<Result<Artefact, Refusal>>,
}

impl Prepared {
    /// What identifies the code and the launch of a case, where there is such.
    pub fn identity(&self, case: usize) -> Option<&str> {
        match self.artefacts.get(case) {
            Some(Ok(artefact)) => artefact.identity.as_deref(),
            Some(Err(_)) | None => None,
        }
    }
}

/// Compiles the kernels of `plan`, or finds them in `cache`; `None` where a signal came in between.
pub fn prepare(
    plan: &Plan,
    device: &dyn Device,
    cache: &Path,
    subscribers: &mut Subscribers<'_>,
    signals: &Signals,
) -> Result<Option<Prepared>, EngineError> {
    let is_kernel = |case: &&Case| matches!(case.task, Task::Kernel(_));
    let total = plan.cases.iter().filter(is_kernel).count();
    let mut number = 0;
    let mut prepared = Prepared::default();
    for case in &plan.cases {
        if signals.caught().is_some() {
            return Ok(None);
        }
        if is_kernel(&case) {
            number += 1;
            subscribers.notice(&Event::Compiling {
                case: &case.id,
                number,
                total,
            })?;
        }
        prepared.artefacts.push(compile(case, device, cache));
    }
    Ok(signals.caught().is_none().then_some(prepared))
}

fn compile(case: &Case, device: &dyn Device, cache: &Path) -> Result<Artefact, Refusal> {
    match case.task {
        Task::Command(_) => Command::new().compile(case, cache),
        Task::Kernel(_) | Task::Mock(_) => device.compile(case, cache),
    }
}

/// The most that the buffers of a case of `plan` take, of those that take [`PLACED`] bytes or less.
pub(super) fn largest_buffers(plan: &Plan) -> u64 {
    let of = |case: &Case| match &case.task {
        Task::Kernel(task) => kernel::footprint(task),
        Task::Command(_) | Task::Mock(_) => 0,
    };
    let all = plan.cases.iter().map(of);
    all.filter(|bytes| *bytes <= PLACED).max().unwrap_or(0)
}

/// A hash of all that was planned for a case, 16 hex digits; where its manifest stands and where the repository
/// was checked out is no part of it.
pub fn definition(case: &Case) -> String {
    let mut case = case.clone();
    case.defined_at = (String::new(), 0);
    if let Task::Kernel(kernel) = &mut case.task {
        kernel.source = PathBuf::new();
        kernel.include.clear();
    }
    // A plan that came from a manifest always has a JSON form.
    let json = serde_json::to_vec(&case).unwrap_or_default();
    let mut hash = canonical::sha256(&json);
    hash.truncate(16);
    hash
}
