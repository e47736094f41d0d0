//! `list --occupancy`: how kernels fill a GPU, by their compiled code; nothing of them is executed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{aligned, dash, extent};
use crate::cli::{Exit, Fault, suites};
use crate::device::Device;
use crate::engine::{self, DeviceLock, LockError, Patience, Signals};
use crate::id::CaseId;
use crate::plan::{Case, Plan, Task};
use crate::record::{Occupancy, Refusal};
use crate::store::{self, StoreError};
use crate::units::{Bytes, rough, significant};

/// What was found of the kernels of a suite.
#[derive(Debug, Default)]
pub struct Found {
    /// By case; none where the device can't tell.
    pub cases: BTreeMap<CaseId, Option<Occupancy>>,
    /// Cases of which nothing can be known: why.
    pub failed: Vec<(CaseId, String)>,
}

impl Found {
    /// Compiles the kernels of `plan`, of the suite at `path`, and asks `device` of each. The device is locked
    /// meanwhile, since even loading code would disturb another's measurement.
    pub fn of(path: &Path, plan: &Plan, device: &mut dyn Device) -> Result<Self, Fault> {
        if let Some(lack) = device.lacks(plan) {
            return Err(Fault::new(Exit::Environment, lack.message).hint(lack.hint));
        }
        let root = store::root_for(path);
        store::prepare(&root)?;
        let _lock = lock(plan, device)?;
        let mut found = Self::default();
        for case in &plan.cases {
            if !matches!(case.task, Task::Kernel(_)) {
                continue;
            }
            match of_case(case, device, &root.join("cache")) {
                Ok(occupancy) => {
                    found.cases.insert(case.id.clone(), occupancy);
                }
                Err(why) => found.failed.push((case.id.clone(), why)),
            }
        }
        Ok(found)
    }

    /// Says of each case that failed why it did.
    pub fn complain(&self) {
        for (id, why) in &self.failed {
            suites::complain(&format!("error: {id}: {why}"));
        }
    }
}

fn of_case(
    case: &Case,
    device: &mut dyn Device,
    cache: &Path,
) -> Result<Option<Occupancy>, String> {
    let artefact = device.compile(case, cache);
    let found = artefact.and_then(|artefact| device.occupancy(case, &artefact));
    found.map_err(|refusal| match refusal {
        Refusal::Failed(failure) => match failure.detail {
            Some(detail) => format!("{}\n{detail}", failure.message),
            None => failure.message,
        },
        Refusal::Unsupported(why) => why,
    })
}

fn lock(plan: &Plan, device: &dyn Device) -> Result<Option<DeviceLock>, Fault> {
    let Some(name) = device.lock_name() else {
        return Ok(None);
    };
    let mut patience = Patience {
        limit: Duration::ZERO,
        signals: &Signals::default(),
        notice: &mut |_, _| {},
    };
    let path = engine::lock_path(&engine::machine_folder().map_err(StoreError::from)?, &name);
    match engine::lock(&path, &name, plan.suite.as_str(), &mut patience) {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::File(error)) => Err(StoreError::from(error).into()),
        Err(error) => {
            Err(Fault::new(Exit::Environment, error.to_string()).hint("try again when it is done"))
        }
    }
}

const COLUMNS: [&str; 11] = [
    "id",
    "limited by",
    "grid",
    "block",
    "registers",
    "shared",
    "local",
    "blocks/SM",
    "occupancy",
    "waves",
    "tail",
];

/// A table of the kernels of `plan`, a case a line.
pub fn table(plan: &Plan, found: &Found) -> String {
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    rows.extend(plan.cases.iter().map(|case| row(case, found)));
    aligned(&rows)
}

fn row(case: &Case, found: &Found) -> [String; 11] {
    let id = case.id.to_string();
    let (grid, block) = match &case.task {
        Task::Kernel(kernel) => (extent(kernel.grid), extent(kernel.block.map(u64::from))),
        Task::Command(_) | Task::Mock(_) => (dash(), dash()),
    };
    let Some(Some(of)) = found.cases.get(&case.id) else {
        let failed = found.failed.iter().any(|(other, _)| *other == case.id);
        let word = if failed { "failed".to_owned() } else { dash() };
        let [a, b, c, d, e, f, g] = std::array::from_fn(|_| dash());
        return [id, word, grid, block, a, b, c, d, e, f, g];
    };
    [
        id,
        of.limits(),
        grid,
        block,
        of.registers.to_string(),
        Bytes(of.static_shared.saturating_add(of.dynamic_shared)).to_string(),
        Bytes(of.local).to_string(),
        of.blocks_per_sm.to_string(),
        rough(of.theoretical),
        significant(of.waves),
        rough(of.tail),
    ]
}
