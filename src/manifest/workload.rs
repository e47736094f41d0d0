//! A validated workload: expressions and templates wait for the axes' values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::formula::{Formula, Template};
use super::words::{LibraryName, MockTask, Repetition, Role, Swizzle};
use crate::diagnostic::Place;
use crate::id::{AxisValue, Name};
use crate::record::Volume;

/// Something that is measured at each point of its axes.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The name.
    pub name: Name,
    /// The tags.
    pub tags: Vec<Name>,
    /// The axes in manifest order; the last varies fastest.
    pub axes: Vec<Axis>,
    /// Points at which one of these is true are left out.
    pub skip: Vec<Formula>,
    /// What is executed.
    pub body: Body,
    /// How often it is measured.
    pub repetition: Repetition,
    /// The work of one execution.
    pub work: WorkFormulas,
    /// Whether the output must be the same in every process.
    pub deterministic: bool,
    /// Whether its time follows the clock.
    pub clock_bound: bool,
    /// Whether it stands for the machine: when these move together, the machine moved.
    pub sentinel: bool,
    /// The name that it had before, so that its series goes on.
    pub renamed_from: Option<Name>,
    /// Why cases of it that a baseline has may be missing.
    pub removed: Option<String>,
    /// How much of it is asked for where it is used.
    pub volume: Option<Volume>,
    /// What its author knows of it, in one line: what limits it, what is missing.
    pub note: Option<String>,
    /// Metrics beside `time` that it may report.
    pub metrics: Vec<Name>,
    /// The file that defines it, as it was given, and its line from 1.
    pub defined_at: (String, usize),
    /// Where its name stands.
    pub place: Place,
}

/// An axis and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The name.
    pub name: Name,
    /// The values, distinct and of one type.
    pub values: Vec<AxisValue>,
    /// Where it stands.
    pub place: Place,
}

/// What a workload executes.
#[derive(Debug, Clone)]
pub enum Body {
    /// A CUDA kernel.
    Kernel(Box<Kernel>),
    /// An external command.
    Command(Box<Command>),
    /// A script of times and faults.
    Mock(MockTask),
    /// Nothing any more (`removed`).
    Nothing,
}

/// The work of one execution.
#[derive(Debug, Clone, Default)]
pub struct WorkFormulas {
    /// Bytes read.
    pub reads: Option<Formula>,
    /// Bytes written.
    pub writes: Option<Formula>,
    /// Floating-point operations.
    pub flops: Option<Formula>,
    /// Items.
    pub items: Option<Formula>,
    /// What the operations are done in, and where that stands; none is single precision.
    pub precision: Option<(Template, Place)>,
}

/// A kernel and its launch, or a library's call.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// What is called instead of a kernel: source and entry are then those of the reference, empty without one.
    pub library: Option<LibraryFormula>,
    /// The source file, as reached from the current folder.
    pub source: PathBuf,
    /// The source's name relative to its repository, else as `source`.
    pub source_name: String,
    /// The entry.
    pub entry: Template,
    /// Compiler options.
    pub options: Vec<Template>,
    /// Macros in manifest order.
    pub defines: Vec<(String, Formula)>,
    /// Folders for `#include`, absolute.
    pub include: Vec<PathBuf>,
    /// Blocks in x, y and z: 1 to 3.
    pub grid: Vec<Formula>,
    /// Threads of a block in x, y and z: 1 to 3.
    pub block: Vec<Formula>,
    /// Blocks of a cluster.
    pub cluster: Option<Vec<Formula>>,
    /// A cooperative launch.
    pub cooperative: bool,
    /// Dynamic shared memory in bytes; none is 0.
    pub shared: Option<Formula>,
    /// The arguments.
    pub args: Vec<ArgumentFormula>,
    /// How the output is checked.
    pub verify: VerifyFormula,
    /// Where the kernel stands.
    pub place: Place,
}

/// A library's call and its parameters; which of them it has is checked.
#[derive(Debug, Clone)]
pub struct LibraryFormula {
    /// What is called.
    pub name: LibraryName,
    /// Rows of A, rows of B, and columns of both: all three for a product.
    pub sizes: Vec<Formula>,
    /// `fp32` or `tf32`, for products of fp32 inputs.
    pub compute: Option<Template>,
    /// Fast accumulation of fp8 products.
    pub fast_accumulation: bool,
    /// Where a copy begins: `device` or `host`.
    pub from: Option<Template>,
    /// Where a copy ends.
    pub to: Option<Template>,
    /// What host memory it is: `pinned` or `pageable`.
    pub memory: Option<Template>,
    /// What memory is set to; 0 where it is none.
    pub value: Option<Formula>,
    /// Where graphs are asked for, if they are.
    pub graph: Option<Place>,
    /// Where its name stands.
    pub place: Place,
}

/// An argument of a kernel.
#[derive(Debug, Clone)]
pub struct ArgumentFormula {
    /// What it is.
    pub value: ArgumentValue,
    /// The type of its elements: `f32`, or from a text axis.
    pub element: Template,
    /// Where it stands.
    pub place: Place,
}

/// What an argument is.
#[derive(Debug, Clone)]
pub enum ArgumentValue {
    /// A pointer to device memory.
    Buffer(Box<BufferFormula>),
    /// What the TMA unit must know of another argument's buffer.
    TensorMap(Box<TensorMapFormula>),
    /// A value.
    Scalar(Formula),
}

/// A tensor in the buffer of another argument, and the boxes that are copied of it.
#[derive(Debug, Clone)]
pub struct TensorMapFormula {
    /// The argument, from 0; it is a buffer.
    pub argument: usize,
    /// Elements in each dimension, innermost first.
    pub shape: Vec<Formula>,
    /// Elements of a box in each dimension.
    pub tile: Vec<Formula>,
    /// How a box lies in shared memory.
    pub swizzle: Swizzle,
}

/// A buffer of device memory.
#[derive(Debug, Clone)]
pub struct BufferFormula {
    /// Who reads and writes it.
    pub role: Role,
    /// Elements.
    pub len: Formula,
    /// What it holds before, and where that stands; the element type's default where it is none.
    pub fill: Option<(FillFormula, Place)>,
    /// Only the first so many elements are written and verified.
    pub written: Option<Formula>,
}

/// What a buffer holds before the kernel runs.
#[derive(Debug, Clone)]
pub enum FillFormula {
    /// Reals evenly spread over `[low, high)`; `[0, 1)` unless said.
    Uniform(Option<Box<[Formula; 2]>>),
    /// Normally distributed reals of a mean and a deviation; 0 and 1 unless said.
    Normal(Option<Box<[Formula; 2]>>),
    /// Whole numbers evenly spread over `low..=high`; 0 to 127 unless said.
    Integers(Option<Box<[Formula; 2]>>),
    /// 0, 1, 2, ...
    Iota,
    /// Zeros.
    Zeros,
    /// One value everywhere.
    Constant(Formula),
    /// The data of a `.npy` file.
    Npy(PathBuf),
}

/// How a kernel's output is checked.
#[derive(Debug, Clone)]
pub enum VerifyFormula {
    /// Not compared.
    None,
    /// Against a plain kernel of the same source.
    Reference {
        /// Its entry.
        entry: Template,
        /// Its grid; the kernel's own where it is none.
        grid: Option<Vec<Formula>>,
        /// Its block; the kernel's own where it is none.
        block: Option<Vec<Formula>>,
        /// The tolerances.
        tolerance: Tolerance,
    },
    /// Against a `.npy` file.
    Npy {
        /// The file.
        path: PathBuf,
        /// Which argument it is the expectation of.
        argument: usize,
        /// The tolerances.
        tolerance: Tolerance,
    },
}

/// How far an output may lie from what is expected: `absolute + relative * |expected|`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tolerance {
    /// In the output's own unit.
    pub absolute: f64,
    /// A share of the expected value.
    pub relative: f64,
}

/// A command and its surroundings.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program and its arguments.
    pub command: Vec<Template>,
    /// The folder it runs in.
    pub folder: PathBuf,
    /// Variables that are set.
    pub environment: BTreeMap<String, Template>,
    /// Whether no variable is inherited.
    pub clear_environment: bool,
    /// A file that is its standard input.
    pub stdin: Option<PathBuf>,
    /// Run once before the first process of the case.
    pub setup: Option<Vec<Template>>,
    /// Run before each execution, untimed.
    pub prepare: Option<Vec<Template>>,
    /// Run once after the last process of the case.
    pub cleanup: Option<Vec<Template>>,
    /// Whether a status other than 0 is no failure.
    pub ignore_status: bool,
    /// A regular expression that standard output must match.
    pub stdout_pattern: Option<String>,
    /// Axes whose points one execution reports.
    pub inner: Vec<Name>,
    /// Facts of the environment: a name, and the command that prints it.
    pub facts: BTreeMap<String, Vec<String>>,
}
