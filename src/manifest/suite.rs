//! The validated suite: what leaves this module.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::words::Order;
use super::workload::Workload;
use crate::diagnostic::{Place, Sources};
use crate::id::Name;
use crate::record::{self, Price, Volume};

/// A suite whose every key has been read and checked; its expressions wait for the axes' values and a device.
#[derive(Debug, Clone)]
pub struct Suite {
    /// The name.
    pub name: Name,
    /// What it is about.
    pub about: Option<String>,
    /// The file, as it was given.
    pub path: PathBuf,
    /// Every manifest file that was read, as it was given or found, the suite's own first.
    pub files: Vec<PathBuf>,
    /// The device it asks for.
    pub device: DeviceRequest,
    /// The clock policy.
    pub clocks: Clocks,
    /// The order of cases in each process.
    pub order: Order,
    /// The seed of order and inputs.
    pub seed: u64,
    /// What `[compare]` sets, by key, shares as numbers: `min-effect` is 0.005 for 0.5 %.
    pub compare: BTreeMap<String, Value>,
    /// The prices.
    pub cost: Option<Price>,
    /// The goals.
    pub goals: Vec<Goal>,
    /// The workloads in manifest order.
    pub workloads: Vec<Workload>,
    /// The texts of `files`, for messages.
    pub sources: Arc<Sources>,
}

impl Suite {
    /// New names of workloads by the names that they had before.
    pub fn renamed(&self) -> BTreeMap<String, Name> {
        let names = self.workloads.iter();
        let pair = |workload: &Workload| {
            let old = workload.renamed_from.as_ref()?;
            Some((old.to_string(), workload.name.clone()))
        };
        names.filter_map(pair).collect()
    }

    /// What is asked of workloads where they are used, by name.
    pub fn volumes(&self) -> BTreeMap<Name, Volume> {
        let workloads = self.workloads.iter();
        let pair = |workload: &Workload| Some((workload.name.clone(), workload.volume.clone()?));
        workloads.filter_map(pair).collect()
    }

    /// What the author knows of workloads, by name.
    pub fn notes(&self) -> BTreeMap<Name, String> {
        let workloads = self.workloads.iter();
        let pair = |workload: &Workload| Some((workload.name.clone(), workload.note.clone()?));
        workloads.filter_map(pair).collect()
    }
}

/// The device that a suite asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceRequest {
    /// Which.
    pub kind: DeviceChoice,
    /// Threads of the host device, 1 unless the suite says more.
    pub threads: usize,
    /// The least compute capability.
    pub compute_capability: Option<((u32, u32), Place)>,
    /// The least memory in bytes.
    pub memory: Option<(u64, Place)>,
    /// Where the kind is set, else where the suite is named.
    pub place: Place,
}

/// The kinds of device that a suite can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The best that is there.
    Auto,
    /// The CPU, by the system's C++ compiler.
    Host,
    /// An NVIDIA GPU.
    Cuda,
    /// Scripted times.
    Mock,
}

/// What is done with clocks.
#[derive(Debug, Clone, PartialEq)]
pub struct Clocks {
    /// Touch nothing, or lock.
    pub policy: ClockPolicy,
    /// The SM clock to lock.
    pub sm: ClockTarget,
    /// The memory clock to lock.
    pub memory: ClockTarget,
    /// The power limit to set, in watts; none leaves it alone.
    pub power_limit: Option<f64>,
    /// A group of samples farther off than this share is void.
    pub tolerance: f64,
    /// Whether a refused lock ends the run; else it is observed.
    pub denied_fails: bool,
}

/// Whether clocks are pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockPolicy {
    /// Nothing is touched, everything is watched.
    Observe,
    /// Clocks are pinned while a run measures, and given back.
    Lock,
}

/// A clock to pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockTarget {
    /// The clock that the device holds under any load.
    Base,
    /// The highest supported.
    Max,
    /// The device's own choice.
    Default,
    /// So many MHz.
    Megahertz(u32),
}

/// Something that a metric of some cases is to reach, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// The goal.
    pub goal: record::Goal,
    /// Where it stands.
    pub place: Place,
    /// Where its glob stands.
    pub case_place: Place,
    /// Where the case stands that it is relative to.
    pub of_place: Option<Place>,
}
