//! The planned case.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::library::LibraryCall;
use crate::expr::ElementType;
use crate::id::{AxisValue, CaseId, Name};
use crate::manifest::{MockTask, Order, Repetition, Role, Swizzle};
use crate::record::Work;

/// A suite at every point of its axes, in manifest order, for one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The suite's name.
    pub suite: Name,
    /// The order of units in each process.
    pub order: Order,
    /// The seed of order and inputs.
    pub seed: u64,
    /// The cases.
    pub cases: Vec<Case>,
    /// What is executed together, as indices into `cases`: one case each, or the cases that one command reports
    /// (`inner`). Every case is in one unit.
    pub units: Vec<Vec<usize>>,
    /// What the selection left out by `skip`.
    pub skipped: usize,
}

impl Plan {
    /// The part of the plan whose units have a case that `keep` takes, and the indices of its cases in this one.
    #[must_use]
    pub fn part(&self, keep: impl Fn(usize) -> bool) -> (Self, Vec<usize>) {
        let taken = self
            .units
            .iter()
            .filter(|unit| unit.iter().any(|&case| keep(case)));
        let mut from = Vec::new();
        let mut units = Vec::new();
        for unit in taken {
            units.push((from.len()..from.len() + unit.len()).collect());
            from.extend(unit);
        }
        let part = Self {
            suite: self.suite.clone(),
            order: self.order,
            seed: self.seed,
            cases: from
                .iter()
                .filter_map(|&case| self.cases.get(case).cloned())
                .collect(),
            units,
            skipped: self.skipped,
        };
        (part, from)
    }

    /// Adds a case with a unit of its own.
    pub fn add(&mut self, case: Case) {
        self.units.push(vec![self.cases.len()]);
        self.cases.push(case);
    }
}

/// A workload at one point of its axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The id.
    pub id: CaseId,
    /// The workload's name.
    pub workload: Name,
    /// The point, in manifest order.
    pub axes: Vec<(Name, AxisValue)>,
    /// The workload's tags.
    pub tags: Vec<Name>,
    /// What is executed.
    pub task: Task,
    /// The work of one execution.
    pub work: Work,
    /// How often it is measured.
    pub repetition: Repetition,
    /// Whether the output must be the same in every process.
    pub deterministic: bool,
    /// Whether its time follows the clock (`normalise = "cycles"` is for these).
    pub clock_bound: bool,
    /// The file that defines the workload, as it was given, and its line from 1.
    pub defined_at: (String, usize),
}

/// What a case executes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// A CUDA kernel.
    Kernel(Box<KernelTask>),
    /// An external command.
    Command(Box<CommandTask>),
    /// A script of times and faults, for tests.
    Mock(MockTask),
}

/// A kernel and its launch, or a library's call with its arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KernelTask {
    /// What is called instead of a kernel; the source, where there is one, is then that of the reference alone, and
    /// `entry` its entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<LibraryCall>,
    /// The source file.
    pub source: PathBuf,
    /// The source's name relative to its repository, else as it was given: what compilers and messages see.
    pub source_name: String,
    /// The entry, a C++ name expression such as `triad<float, UNROLL>`.
    pub entry: String,
    /// Compiler options.
    pub options: Vec<String>,
    /// Macros in manifest order.
    pub defines: Vec<(String, String)>,
    /// Folders for `#include`, absolute.
    pub include: Vec<PathBuf>,
    /// Blocks in x, y and z.
    pub grid: [u64; 3],
    /// Threads of a block in x, y and z.
    pub block: [u32; 3],
    /// Blocks of a cluster, where clusters are asked for.
    pub cluster: Option<[u32; 3]>,
    /// A cooperative launch.
    pub cooperative: bool,
    /// Dynamic shared memory in bytes.
    pub shared: u64,
    /// The arguments.
    pub args: Vec<Argument>,
    /// How the output is checked.
    pub verify: Verify,
}

impl KernelTask {
    /// Whether it is a copy between the host's memory and the device's.
    pub fn is_transfer(&self) -> bool {
        matches!(self.library, Some(LibraryCall::Copy(transfer)) if transfer.is_with_host())
    }

    /// Whether there is code to compile or to load: not where a library is called and no kernel checks it.
    pub fn has_code(&self) -> bool {
        self.library.is_none() || !self.entry.is_empty()
    }
}

/// One argument of a kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Argument {
    /// A pointer to device memory.
    Buffer(Buffer),
    /// What the TMA unit must know of another argument's buffer, passed by value.
    TensorMap(TensorMap),
    /// A value.
    Scalar(Scalar),
}

/// A tensor in the buffer of another argument, and the boxes that are copied of it. Its elements lie without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorMap {
    /// The argument, from 0; it is a buffer.
    pub argument: usize,
    /// The type of its elements.
    pub element: ElementType,
    /// Elements in each dimension, innermost first; 1 to 5 of them.
    pub shape: Vec<u64>,
    /// Elements of a box in each dimension, 1 to 256.
    pub tile: Vec<u32>,
    /// How a box lies in shared memory.
    pub swizzle: Swizzle,
}

impl TensorMap {
    /// Bytes that a kernel's parameter of it takes (`CUtensorMap`).
    pub const BYTES: u64 = 128;
}

/// A buffer of device memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Buffer {
    /// Who reads and writes it.
    pub role: Role,
    /// The type of its elements.
    pub element: ElementType,
    /// Elements, 1 or more.
    pub len: u64,
    /// What inputs hold; outputs are poisoned.
    pub fill: Fill,
    /// Only the first so many elements are written and verified.
    pub written: Option<u64>,
}

impl Buffer {
    /// The size in bytes; validation keeps it at 2^48 or less.
    pub fn bytes(&self) -> u64 {
        self.len.saturating_mul(self.element.size())
    }
}

/// A value that is passed to a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scalar {
    /// Its type.
    pub element: ElementType,
    /// Its bits, little-endian, in the lowest `element.size()` bytes; the rest is 0.
    pub bits: u64,
}

/// What an input holds before the kernel runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fill {
    /// Reals evenly spread over `[low, high)`.
    Uniform {
        /// The smallest value.
        low: f64,
        /// The bound above.
        high: f64,
    },
    /// Normally distributed reals (a sum of 12 uniform integers, so that bits are equal everywhere).
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        deviation: f64,
    },
    /// Whole numbers evenly spread over `low..=high`.
    Integers {
        /// The smallest value.
        low: i64,
        /// The largest value.
        high: i64,
    },
    /// 0, 1, 2, ...
    Iota,
    /// Zeros.
    Zeros,
    /// One value everywhere.
    Constant(f64),
    /// The data of a `.npy` file of the same type and number of elements.
    Npy(PathBuf),
}

/// How a kernel's output is checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verify {
    /// Not compared; guard bands and poisons are watched all the same.
    None,
    /// Against a plain kernel of the same source with the case's arguments.
    Reference {
        /// Its entry.
        entry: String,
        /// Its grid.
        grid: [u64; 3],
        /// Its block.
        block: [u32; 3],
        /// The absolute tolerance.
        absolute: f64,
        /// The tolerance as a share of the reference's value.
        relative: f64,
    },
    /// Against a `.npy` file.
    Npy {
        /// The file.
        path: PathBuf,
        /// Which argument it is the expectation of.
        argument: usize,
        /// The absolute tolerance.
        absolute: f64,
        /// The tolerance as a share of the file's value.
        relative: f64,
    },
}

/// What stands in a [`CommandTask`] where the manifest says `{out}`: no text of a manifest holds a NUL.
pub const OUTPUT_FOLDER: &str = "\0out\0";

/// `text` of a [`CommandTask`] with the folder of an execution's output in place of [`OUTPUT_FOLDER`].
pub fn with_output_folder(text: &str, folder: &Path) -> String {
    text.replace(OUTPUT_FOLDER, &folder.display().to_string())
}

/// A command and its surroundings, placeholders filled in, save that [`OUTPUT_FOLDER`] stands for the folder of
/// an execution's output in `command`, `environment`, `setup`, `prepare` and `cleanup`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandTask {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The folder it runs in.
    pub folder: PathBuf,
    /// Variables that are set.
    pub environment: BTreeMap<String, String>,
    /// Whether no variable is inherited.
    pub clear_environment: bool,
    /// A file that is its standard input; none is an empty one.
    pub stdin: Option<PathBuf>,
    /// Run once before the first process of the case.
    pub setup: Option<Vec<String>>,
    /// Run before each execution, untimed.
    pub prepare: Option<Vec<String>>,
    /// Run once after the last process of the case.
    pub cleanup: Option<Vec<String>>,
    /// Whether a status other than 0 is no failure.
    pub ignore_status: bool,
    /// A regular expression that standard output must match.
    pub stdout_pattern: Option<String>,
    /// Axes whose points one execution reports, by `"case": {axis: value}`.
    pub inner: Vec<Name>,
    /// Metrics beside `time` that it may report.
    pub metrics: Vec<String>,
    /// Facts of the environment: a name, and the command that prints it.
    pub facts: BTreeMap<String, Vec<String>>,
}

/// The kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// The CPU, by the system's C++ compiler.
    Host,
    /// An NVIDIA GPU.
    Cuda,
    /// Scripted, for tests.
    Mock,
}

/// What plans need to know of a device: limits, and the facts that expressions may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceFacts {
    /// The kind.
    pub kind: DeviceKind,
    /// The name for people and file names: `host`, `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// Streaming multiprocessors; for `host` its threads.
    pub sm_count: i64,
    /// L2 cache in bytes.
    pub l2_bytes: i64,
    /// Threads of a warp.
    pub warp_size: i64,
    /// Memory in bytes.
    pub memory: u64,
    /// The most blocks in x, y and z.
    pub max_grid: [u64; 3],
    /// The most threads of a block in x, y and z.
    pub max_block: [u32; 3],
    /// The most threads of a block in all.
    pub max_threads: u32,
    /// The most shared memory of a block in bytes, static and dynamic.
    pub max_shared: u64,
    /// Major and minor compute capability, for GPUs.
    pub compute_capability: Option<(u32, u32)>,
}
