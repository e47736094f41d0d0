//! The tables of a suite, save its workloads.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::quantities::{Date, Duration, Portion, Quantity, Share, Size, Version};
use super::reader::{Raw, Reader, Wire};
use super::scalars::{Bounded, Megahertz, NameText, Number, Text};
use super::shapes::List;
use super::workload::{CacheWord, MeasureWord, TimingWord, WorkloadTable};

table! {
    /// A benchmark suite of warpmark.
    Root {
        /// The format of this file: 1.
        "format" (required) format: Bounded<0, { i64::MAX }>,
        /// Another manifest, relative to this one, whose tables are defaults of this one's.
        "extends" extends: Text,
        /// The suite itself.
        "suite" suite: SuiteTable,
        /// The device it runs on.
        "device" device: DeviceTable,
        /// What is done with the GPU's clocks.
        "clocks" clocks: ClocksTable,
        /// How often everything is measured; a workload may say otherwise.
        "repetition" repetition: RepetitionTable,
        /// How results are compared with a baseline.
        "compare" compare: CompareTable,
        /// Prices.
        "cost" cost: CostTable,
        /// What metrics are to reach.
        "goal" goal: List<GoalTable>,
        /// What is measured.
        "workload" workload: List<WorkloadTable>,
    }
}

table! {
    /// The suite itself.
    SuiteTable {
        /// The name: 1 to 64 of letters, digits, '_', '.' and '-'.
        "name" name: NameText,
        /// What it is about, in a line.
        "about" about: Text,
    }
}

table! {
    /// The device that a suite runs on.
    DeviceTable {
        /// The kind of device; "auto" by default.
        "kind" kind: DeviceWord,
        /// Threads of the host device; 1 by default.
        "threads" threads: Bounded<1, 1024>,
        /// What the device must have; else the run ends with exit code 5.
        "require" require: RequireTable,
    }
}

words! {
    /// Kinds of device.
    DeviceWord {
        /// The best that is there.
        "auto" Auto,
        /// An NVIDIA GPU.
        "cuda" Cuda,
        /// The CPU, by the system's C++ compiler.
        "host" Host,
        /// Scripted times, for testing set-ups.
        "mock" Mock,
    }
}

table! {
    /// What a device must have.
    RequireTable {
        /// The least compute capability, as in "8.0".
        "compute-capability" compute_capability: Version,
        /// The least memory, as in "8GiB".
        "memory" memory: Size,
    }
}

table! {
    /// What is done with the GPU's clocks.
    ClocksTable {
        /// "observe" touches nothing and watches everything, the default; "lock" pins the clocks.
        "policy" policy: PolicyWord,
        /// The SM clock to pin: "base", the default, "max", or MHz.
        "sm" sm: ClockTargetWire,
        /// The memory clock to pin: "max", the default, "default", or MHz.
        "memory" memory: ClockTargetWire,
        /// The power limit to set, in watts; it is left alone by default.
        "power-limit" power_limit: Number,
        /// A group of samples farther off than this is void; "0.4%" by default.
        "tolerance" tolerance: Share,
        /// Where clocks may not be pinned: "observe", the default, or "fail".
        "denied" denied: DeniedWord,
    }
}

words! {
    /// Clock policies.
    PolicyWord {
        /// Nothing is touched.
        "observe" Observe,
        /// Clocks are pinned.
        "lock" Lock,
    }
}

words! {
    /// What happens where clocks may not be pinned.
    DeniedWord {
        /// They are watched, and reports say so.
        "observe" Observe,
        /// The run ends.
        "fail" Fail,
    }
}

/// A clock to pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) enum ClockTargetWire {
    /// What holds under any load.
    Base,
    /// The highest.
    Max,
    /// The device's own choice.
    Default,
    /// So many MHz.
    Megahertz(Megahertz),
}

impl Wire for ClockTargetWire {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if raw.get_ref().is_integer() {
            return Megahertz::read(raw, reader).map(Self::Megahertz);
        }
        match super::word(raw, reader, &["base", "max", "default"])? {
            "base" => Some(Self::Base),
            "max" => Some(Self::Max),
            _ => Some(Self::Default),
        }
    }
}

impl JsonSchema for ClockTargetWire {
    fn schema_name() -> Cow<'static, str> {
        "Clock".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let megahertz = generator.subschema_for::<Megahertz>();
        json_schema!({ "anyOf": [{ "enum": ["base", "max", "default"] }, megahertz] })
    }
}

table! {
    /// How often everything is measured.
    RepetitionTable {
        /// Fresh processes, 1 to 1,000; 5 by default, 10 for commands.
        "processes" processes: Bounded<1, 1000>,
        /// Samples in each process and case, 1 to 1,000,000; 100 by default. Commands take 1, whatever stands here.
        "samples" samples: Bounded<1, 1_000_000>,
        /// Untimed executions before the first sample; 5 by default. Commands take none, whatever stands here.
        "warmup" warmup: Bounded<0, 1_000_000>,
        /// The L2 cache before each sample: "cold", flushed, the default; or "hot".
        "cache" cache: CacheWord,
        /// How times are taken: "auto", the default, "events" or "graph".
        "timing" timing: TimingWord,
        /// The order of cases in each process: "shuffled" by the seed, the default, or "declared".
        "order" order: OrderWord,
        /// The seed of order and inputs; 1 by default.
        "seed" seed: Bounded<0, { i64::MAX }>,
        /// A case that takes longer in one process has failed; "60s" by default.
        "timeout" timeout: Duration,
        /// Sampling of a case stops here in each process once it has 10 samples; "2s" by default.
        "budget" budget: Duration,
        /// What is measured of kernels in a window of its own after the samples: "utilisation", "energy"; nothing by default.
        "measure" measure: List<MeasureWord>,
        /// The length of that window: 1s or more, for energy 2s or more, which are the defaults.
        "window" window: Duration,
    }
}

words! {
    /// The order of cases in a process.
    OrderWord {
        /// By the seed and the process' number.
        "shuffled" Shuffled,
        /// As in the manifest.
        "declared" Declared,
    }
}

table! {
    /// How results are compared with a baseline; the defaults depend on the device.
    CompareTable {
        /// Smaller changes are never called a regression or an improvement.
        "min-effect" min_effect: Share,
        /// Changes within this are "unchanged" where the data shows it.
        "margin" margin: Share,
        /// The share of false alarms among alarms that is allowed; 0.01 by default.
        "false-discovery-rate" false_discovery_rate: Share,
        /// The assumed spread between runs, until a baseline has measured it.
        "between-run" between_run: Share,
        /// "cycles" compares cycles instead of times, for workloads that say clock-bound = true; "none" by default.
        "normalise" normalise: NormaliseWord,
    }
}

words! {
    /// What times are divided by before they are compared.
    NormaliseWord {
        /// Nothing.
        "none" None,
        /// The length of a clock cycle.
        "cycles" Cycles,
    }
}

table! {
    /// Prices.
    CostTable {
        /// The currency's code, as in "USD".
        "currency" currency: Text,
        /// The price of an hour of one GPU.
        "gpu-hour" gpu_hour: Number,
        /// The price of a kilowatt hour, where the hour's price doesn't hold it.
        "energy-kwh" energy_kwh: Number,
        /// Where the prices are from.
        "source" source: Text,
        /// The day on which they were true, as in 2026-11-22.
        "date" date: Date,
        /// GPUs that a case occupies while it runs: 0.5 is half of one, 8 are eight; 1 by default.
        "gpu-share" gpu_share: Portion,
        /// The share of paid hours in which the GPU works; 1 by default.
        "utilisation-share" utilisation_share: Share,
        /// Energy of the whole site for each joule of its machines; 1 by default.
        "pue" pue: Number,
    }
}

table! {
    /// Something that a metric of some cases is to reach.
    GoalTable {
        /// The name for people.
        "name" (required) name: Text,
        /// Which cases: a glob on their ids.
        "case" (required) case: Text,
        /// The metric: built in, or one of the workload's `metrics`.
        "metric" (required) metric: Text,
        /// The least value.
        "at-least" at_least: Quantity,
        /// The greatest value.
        "at-most" at_most: Quantity,
        /// What the bounds are factors of: "baseline", or the id of another case.
        "of" of: Text,
        /// Who answers for it.
        "owner" owner: Text,
        /// The figure of the business that it serves.
        "kpi" kpi: Text,
        /// The day by which it is to be met, as in 2026-12-31.
        "due" due: Date,
    }
}
