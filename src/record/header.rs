//! The header of a run: what was to be measured, where, and by which rules.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Goal, Price, Volume};
use crate::id::{AxisValue, CaseId, Name};

/// What `run.json` holds: written before the first process starts, never changed after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The record's format, [`super::FORMAT`].
    pub format: u32,
    /// The run's id: `<UTC time>-<4 hex>`, the name of its folder.
    pub id: String,
    /// The suite's name.
    pub suite: Name,
    /// What the suite is about, where its manifest says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The suite's file as it was given.
    pub suite_path: String,
    /// When the run began.
    pub started: jiff::Timestamp,
    /// The device: `host`, `cuda:0`, `mock`.
    pub device: String,
    /// Processes, the largest number that a case asks for.
    pub processes: u32,
    /// The seed of order and inputs.
    pub seed: u64,
    /// A `--quick` run: few samples, no baseline.
    pub quick: bool,
    /// What the command line changed, as it was given: `--samples 20`.
    pub overrides: Vec<String>,
    /// The filters of the run, as they were given; a run with some is partial.
    pub filters: Vec<String>,
    /// The programs that took part.
    pub versions: Versions,
    /// The repository's state.
    pub git: Option<GitState>,
    /// Where it ran.
    pub environment: Environment,
    /// The suite's `[compare]` as it applies to this device, by key.
    pub compare: BTreeMap<String, Value>,
    /// Reasons by workload whose missing cases are expected (`removed = "reason"`).
    pub removed: BTreeMap<String, String>,
    /// New names of workloads by the names that they had before (`renamed-from = "old"`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed: BTreeMap<String, Name>,
    /// The suite's prices (`[cost]`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Price>,
    /// The suite's goals, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
    /// What is asked of workloads where they are used (`volume = "2e6 / day"`), by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<Name, Volume>,
    /// What the suite's author knows of workloads (`note = "..."`), by name: prose, which decides nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<Name, String>,
    /// The cases in plan order.
    pub cases: Vec<CaseHeader>,
}

impl Header {
    /// The cases that stand for the machine.
    pub fn sentinels(&self) -> BTreeSet<CaseId> {
        let sentinels = self.cases.iter().filter(|case| case.sentinel);
        sentinels.map(|case| case.id.clone()).collect()
    }
}

/// The programs that took part in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Versions {
    /// warpmark's own version.
    pub warpmark: String,
    /// The version of the measuring method; results of two methods are never compared.
    pub method: String,
    /// The kernels' compiler, where kernels ran.
    pub compiler: Option<String>,
}

/// The state of the git work tree that holds a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GitState {
    /// The full hash of HEAD; none in a repository without commits.
    pub commit: Option<String>,
    /// The branch, unless HEAD is detached.
    pub branch: Option<String>,
    /// Why the tree doesn't stand for HEAD: tracked files that differ outside `baselines/`, and suites or
    /// kernels of this run that HEAD lacks, relative to the work tree. Empty is clean.
    pub dirty: Vec<String>,
}

/// The facts of a machine, in two groups, and the key of the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// The sha256 of the canonical JSON of `comparability`, 64 hex digits.
    pub key: String,
    /// Facts that results depend on: equal keys are comparable.
    pub comparability: BTreeMap<String, Value>,
    /// Facts that explain a result and don't gate comparison.
    pub context: BTreeMap<String, Value>,
}

impl Environment {
    /// The GPU that the run was on, by its UUID, where it was on one.
    pub fn card(&self) -> Option<String> {
        let uuid = self.context.get("gpu-uuid")?;
        uuid.as_str().map(str::to_owned)
    }
}

/// A case, as planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseHeader {
    /// The id.
    pub id: CaseId,
    /// The workload's name.
    pub workload: Name,
    /// The point on the axes, in manifest order.
    pub axes: Vec<(Name, AxisValue)>,
    /// The workload's tags.
    pub tags: Vec<Name>,
    /// The work of one execution.
    pub work: Work,
    /// `host`, `cuda`, `transfer`, `command` or `mock`: which defaults judge it.
    pub kind: String,
    /// Processes that measure it.
    pub processes: u32,
    /// Samples asked for in a process.
    pub samples: u32,
    /// What identifies code and launch (`STATISTICS`: code identity), where there is one.
    pub identity: Option<String>,
    /// A hash of all that was planned for the case, 16 hex digits: a run that goes on must find it unchanged.
    pub definition: String,
    /// Whether the output must be the same in every process.
    pub deterministic: bool,
    /// Whether its time follows the SM clock: `normalise = "cycles"` compares its cycles instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock_bound: bool,
    /// Whether it stands for the machine (`sentinel = true`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sentinel: bool,
    /// The file of the workload, as it was given, and its line from 1.
    pub defined_at: (String, usize),
}

impl CaseHeader {
    /// Whether ceilings bound it: not a command, whose time is that of a process, nor a copy that goes by the bus.
    pub fn has_ceilings(&self) -> bool {
        !matches!(self.kind.as_str(), "command" | "transfer")
    }
}

/// The work of one execution of a case, as the suite states it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Work {
    /// Bytes read.
    pub reads: Option<f64>,
    /// Bytes written.
    pub writes: Option<f64>,
    /// Floating-point operations.
    pub flops: Option<f64>,
    /// Items (inferences, tokens, elements), so that cost is per item.
    pub items: Option<f64>,
    /// What the operations are done in; none is single precision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
}

/// What operations are done in: which ceiling bounds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single precision, by CUDA cores.
    Fp32,
    /// Double precision.
    Fp64,
    /// tf32, by tensor cores.
    Tf32,
    /// fp16, by tensor cores.
    Fp16,
    /// bf16, by tensor cores.
    Bf16,
    /// fp8 of either kind, by tensor cores.
    Fp8,
}

impl Precision {
    /// Every precision.
    pub const ALL: [Self; 6] = [
        Self::Fp32,
        Self::Fp64,
        Self::Tf32,
        Self::Fp16,
        Self::Bf16,
        Self::Fp8,
    ];

    /// The name in suites and records: `bf16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fp32 => "fp32",
            Self::Fp64 => "fp64",
            Self::Tf32 => "tf32",
            Self::Fp16 => "fp16",
            Self::Bf16 => "bf16",
            Self::Fp8 => "fp8",
        }
    }

    /// All names, for those who wrote another: `the precisions are fp32, fp64, ...`.
    pub fn help() -> String {
        format!(
            "the precisions are {}",
            Self::ALL.map(Self::name).join(", ")
        )
    }

    /// The precision of a name; none for other texts.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == name)
    }
}

impl Work {
    /// The amounts: bytes read, bytes written, operations, items. What the operations are done in is none of them.
    pub fn amounts(&self) -> [Option<f64>; 4] {
        [self.reads, self.writes, self.flops, self.items]
    }

    /// Bytes moved, where reads or writes are stated.
    pub fn bytes(&self) -> Option<f64> {
        match (self.reads, self.writes) {
            (None, None) => None,
            (reads, writes) => Some(reads.unwrap_or(0.0) + writes.unwrap_or(0.0)),
        }
    }
}
