//! The tables of a workload.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::axes::AxisWire;
use super::library::{LibraryWord, WithTable};
use super::quantities::{Duration, Volume};
use super::reader::{Raw, Reader, Wire};
use super::results::ResultsTable;
use super::scalars::{
    Boolean, Bounded, ExistingPath, Megahertz, NameText, Number, Paragraph, Text,
};
use super::shapes::{List, OneOrMany, Pairs};
use super::swizzle::SwizzleWord;
use crate::manifest::formula::{Formula, Template};

table! {
    /// Something that is measured at each point of its axes: a kernel, a command, or a script of times.
    WorkloadTable {
        /// The name, which begins the ids of its cases.
        "name" (required) name: NameText,
        /// Words to select it by, as in `-f tag:nightly`.
        "tags" tags: List<NameText>,
        /// A CUDA kernel.
        "kernel" kernel: KernelTable,
        /// A library's call, with parameters in `with`: what a user would otherwise call.
        "library" library: LibraryWord,
        /// The parameters of the library's call.
        "with" with: WithTable,
        /// A program and its arguments.
        "command" command: List<Template>,
        /// Scripted times, for testing set-ups; needs device.kind = "mock".
        "mock" mock: MockTable,
        /// The axes in order; the last one varies fastest.
        "axes" axes: Pairs<AxisWire>,
        /// Points at which one of these is true are left out.
        "skip" skip: OneOrMany<Formula>,
        /// Blocks in x, y and z.
        "grid" grid: OneOrMany<Formula>,
        /// Threads of a block in x, y and z: 1 to 1,024 in all.
        "block" block: OneOrMany<Formula>,
        /// Blocks of a cluster in x, y and z.
        "cluster" cluster: OneOrMany<Formula>,
        /// A cooperative launch; false by default.
        "cooperative" cooperative: Boolean,
        /// Dynamic shared memory in bytes; 0 by default.
        "shared" shared: Formula,
        /// The kernel's arguments in order.
        "args" args: List<ArgumentTable>,
        /// The work of one execution.
        "work" work: WorkTable,
        /// How the output is checked.
        "verify" verify: VerifyWire,
        /// Fresh processes, instead of the suite's.
        "processes" processes: Bounded<1, 1000>,
        /// Samples in each process, instead of the suite's.
        "samples" samples: Bounded<1, 1_000_000>,
        /// Untimed executions before the first sample, instead of the suite's.
        "warmup" warmup: Bounded<0, 1_000_000>,
        /// The L2 cache before each sample, instead of the suite's.
        "cache" cache: CacheWord,
        /// How times are taken, instead of the suite's.
        "timing" timing: TimingWord,
        /// A case that takes longer in one process has failed; instead of the suite's.
        "timeout" timeout: Duration,
        /// Sampling stops here once there are 10 samples; instead of the suite's.
        "budget" budget: Duration,
        /// What is measured in a window of its own after the samples, instead of the suite's.
        "measure" measure: List<MeasureWord>,
        /// The length of that window; instead of the suite's.
        "window" window: Duration,
        /// Whether the output is the same in every process; true by default.
        "deterministic" deterministic: Boolean,
        /// Whether its time follows the SM clock; false by default.
        "clock-bound" clock_bound: Boolean,
        /// Whether it stands for the machine: when sentinels move together, the machine moved. False by default.
        "sentinel" sentinel: Boolean,
        /// The name that it had before, so that its history goes on.
        "renamed-from" renamed_from: NameText,
        /// Why cases of it that a baseline has are gone; a workload that says so needs nothing to execute.
        "removed" removed: Text,
        /// Items that are asked for where it is used, executions without work.items, as in "2e6 / day": turns a change into money.
        "volume" volume: Volume,
        /// What its author knows of it, in prose: what limits it, what is missing. Reports show it; it decides nothing.
        "note" note: Paragraph,
        /// Metrics beside `time` that its command reports.
        "metrics" metrics: List<NameText>,
        /// Axes of which one execution of the command reports every value.
        "inner" inner: List<NameText>,
        /// Run once before the first process of a case.
        "setup" setup: List<Template>,
        /// Run before each execution, untimed.
        "prepare" prepare: List<Template>,
        /// Run once after the last process of a case.
        "cleanup" cleanup: List<Template>,
        /// A file that is the command's standard input; else it is empty.
        "stdin" stdin: ExistingPath,
        /// Whether a status other than 0 is no failure; false by default.
        "ignore-status" ignore_status: Boolean,
        /// Facts of the environment: a name, and the command that prints it.
        "facts" facts: Pairs<List<Text>>,
        /// Variables that are set.
        "environment" environment: Pairs<Template>,
        /// Whether no variable is inherited; false by default.
        "clear-environment" clear_environment: Boolean,
        /// The folder that the command runs in; the manifest's by default.
        "folder" folder: ExistingPath,
        /// The file of another harness that holds the results.
        "results" results: ResultsTable,
    }
}

table! {
    /// A CUDA kernel.
    KernelTable {
        /// The source file, relative to the manifest.
        "source" (required) source: ExistingPath,
        /// The entry: a name, or a C++ name expression such as "triad<float, UNROLL>".
        "entry" (required) entry: Template,
        /// Compiler options.
        "options" options: List<Template>,
        /// Macros: a name, and an expression or the text of a text axis.
        "defines" defines: Pairs<Formula>,
        /// Folders for `#include`, relative to the manifest.
        "include" include: List<ExistingPath>,
    }
}

table! {
    /// An argument of a kernel: a buffer (`in`, `out` or `inout`), a tensor map of one, or a value under the name of its type.
    ArgumentTable {
        /// A buffer that is read; the type of its elements.
        "in" input: Template,
        /// A buffer that is written, every element; the type of its elements.
        "out" output: Template,
        /// A buffer that is read and written, and restored before each sample; the type of its elements.
        "inout" inout: Template,
        /// Elements of the buffer.
        "len" len: Formula,
        /// What the buffer holds: by default uniform reals in [0, 1), or integers from 0 to 127.
        "fill" fill: FillWire,
        /// Only so many first elements are written and verified; all by default.
        "written" written: Formula,
        /// A tensor map (CUtensorMap) of the buffer with this number among the arguments, from 0.
        "tensor-map" tensor_map: Bounded<0, 255>,
        /// The tensor's elements in each dimension, 1 to 5 of them; the first one's lie side by side.
        "shape" shape: OneOrMany<Formula>,
        /// Elements in each dimension that one copy takes: 1 to 256.
        "box" tile: OneOrMany<Formula>,
        /// How a box's rows are exchanged in shared memory; not at all by default.
        "swizzle" swizzle: SwizzleWord,
        /// A value of this type.
        "i8" i8: Formula,
        /// A value of this type.
        "u8" u8: Formula,
        /// A value of this type.
        "i16" i16: Formula,
        /// A value of this type.
        "u16" u16: Formula,
        /// A value of this type.
        "i32" i32: Formula,
        /// A value of this type.
        "u32" u32: Formula,
        /// A value of this type.
        "i64" i64: Formula,
        /// A value of this type.
        "u64" u64: Formula,
        /// A value of this type.
        "f16" f16: Formula,
        /// A value of this type.
        "bf16" bf16: Formula,
        /// A value of this type.
        "f32" f32: Formula,
        /// A value of this type.
        "f64" f64: Formula,
        /// A value of this type.
        "e4m3" e4m3: Formula,
    }
}

/// What a buffer holds: a word, or a table with parameters.
#[derive(Debug, Clone)]
pub(in crate::manifest) enum FillWire {
    Word(FillWord),
    Table(Box<FillTable>),
}

words! {
    /// Fills without parameters.
    FillWord {
        /// Reals in [0, 1).
        "uniform" Uniform,
        /// Normally distributed reals of mean 0 and deviation 1.
        "normal" Normal,
        /// Whole numbers from 0 to 127.
        "integers" Integers,
        /// 0, 1, 2, ...
        "iota" Iota,
        /// Zeros.
        "zeros" Zeros,
    }
}

table! {
    /// A fill with parameters: exactly one key.
    FillTable {
        /// Reals in [low, high): [low, high].
        "uniform" uniform: List<Formula>,
        /// Normally distributed reals: [mean, deviation].
        "normal" normal: List<Formula>,
        /// Whole numbers from low to high: [low, high].
        "integers" integers: List<Formula>,
        /// One value everywhere.
        "constant" constant: Formula,
        /// A .npy file of the same type and number of elements, relative to the manifest.
        "npy" npy: ExistingPath,
    }
}

impl Wire for FillWire {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if raw.get_ref().is_table() {
            return FillTable::read(raw, reader).map(Box::new).map(Self::Table);
        }
        FillWord::read(raw, reader).map(Self::Word)
    }
}

impl JsonSchema for FillWire {
    fn schema_name() -> Cow<'static, str> {
        "Fill".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let word = generator.subschema_for::<FillWord>();
        let table = generator.subschema_for::<FillTable>();
        json_schema!({ "anyOf": [word, table] })
    }
}

table! {
    /// The work of one execution.
    WorkTable {
        /// Bytes read.
        "reads" reads: Formula,
        /// Bytes written.
        "writes" writes: Formula,
        /// Floating-point operations.
        "flops" flops: Formula,
        /// Items, such as inferences or elements; cost is per item.
        "items" items: Formula,
        /// What the operations are done in: fp32, fp64, or tf32, fp16, bf16, fp8 of tensor cores; fp32 by default.
        "precision" precision: Template,
    }
}

/// How an output is checked: not at all, or a table.
#[derive(Debug, Clone)]
pub(in crate::manifest) enum VerifyWire {
    None,
    Table(Box<VerifyTable>),
}

table! {
    /// How an output is checked.
    VerifyTable {
        /// The source of the plain kernel that checks a library's call, relative to the manifest.
        "source" source: ExistingPath,
        /// A plain kernel in the same source, or a .npy file, relative to the manifest.
        "reference" reference: Template,
        /// Which argument a .npy file is the expectation of, from 0; needed where several are written.
        "argument" argument: Bounded<0, 255>,
        /// The absolute tolerance; 0 by default.
        "absolute" absolute: Number,
        /// The tolerance as a share of the expected value; 0 by default.
        "relative" relative: Number,
        /// The reference's grid; the kernel's own by default.
        "grid" grid: OneOrMany<Formula>,
        /// The reference's block; the kernel's own by default.
        "block" block: OneOrMany<Formula>,
        /// A regular expression that a command's standard output must match.
        "stdout" stdout: Text,
    }
}

impl Wire for VerifyWire {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if raw.get_ref().is_table() {
            return VerifyTable::read(raw, reader)
                .map(Box::new)
                .map(Self::Table);
        }
        if raw.get_ref().as_str() == Some("none") {
            return Some(Self::None);
        }
        reader.wrong_type_or_text(raw, "a table or \"none\"", "{ reference = \"...\" }");
        None
    }
}

impl JsonSchema for VerifyWire {
    fn schema_name() -> Cow<'static, str> {
        "Verify".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<VerifyTable>();
        json_schema!({ "anyOf": [{ "const": "none" }, table] })
    }
}

words! {
    /// States of the L2 cache.
    CacheWord {
        /// Flushed before each sample.
        "cold" Cold,
        /// As the execution before left it.
        "hot" Hot,
    }
}

words! {
    /// How times are taken.
    TimingWord {
        /// The device chooses.
        "auto" Auto,
        /// Around one execution.
        "events" Events,
        /// A graph of many executions.
        "graph" Graph,
    }
}

words! {
    /// What is measured in a window of executions back to back.
    MeasureWord {
        /// How busy the GPU is, and its parts where it tells.
        "utilisation" Utilisation,
        /// The energy of an execution, and power.
        "energy" Energy,
    }
}

table! {
    /// Scripted times and faults, for testing set-ups.
    MockTable {
        /// Times in nanoseconds, one a sample, taken again from the start when they end.
        "times" times: List<Number>,
        /// Factors on the times by process, 1 where the list ends.
        "process-factors" process_factors: List<Number>,
        /// What happens instead.
        "fault" fault: FaultWord,
        /// The fault strikes only in these processes, from 0; in all by default.
        "fault-processes" fault_processes: List<Bounded<0, 999>>,
        /// Real milliseconds that a sample takes; 0 by default.
        "sleep-ms" sleep_ms: Bounded<0, 3_600_000>,
        /// The SM clock that it claims, in MHz.
        "clock-mhz" clock_mhz: Megahertz,
        /// The output's digest by process; the last one holds for the rest.
        "digests" digests: List<Text>,
    }
}

words! {
    /// What a script can do instead of yielding a time.
    FaultWord {
        /// It fails.
        "fail" Fail,
        /// The device can't run it.
        "unsupported" Unsupported,
        /// It never ends.
        "hang" Hang,
        /// Its process dies.
        "crash" Crash,
        /// Its output is wrong.
        "wrong" Wrong,
        /// Its samples are void.
        "disturbed" Disturbed,
        /// The run itself breaks off before the case, as by a fault of warpmark's own.
        "panic" Panic,
        /// A thread of the run breaks off before the case.
        "panic-thread" PanicThread,
    }
}
