//! The words of a suite that plans, engines and devices share.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The order of cases in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Shuffled by the seed and the process' number.
    Shuffled,
    /// As in the manifest.
    Declared,
}

/// What a library workload calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LibraryName {
    /// `cublasLtMatmul`.
    CublasLtMatmul,
    /// `cublasGemmEx`.
    CublasGemm,
    /// The driver's copies.
    Memcpy,
    /// The driver's `cuMemsetD...`.
    Memset,
}

impl LibraryName {
    /// Its name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::CublasLtMatmul => "cublaslt.matmul",
            Self::CublasGemm => "cublas.gemm",
            Self::Memcpy => "memcpy",
            Self::Memset => "memset",
        }
    }
}

/// How a tensor map has the 16-byte pieces of a box exchanged in shared memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Swizzle {
    /// Not at all.
    None,
    /// Within 32 bytes.
    Bytes32,
    /// Within 64 bytes.
    Bytes64,
    /// Within 128 bytes.
    Bytes128,
}

impl Swizzle {
    /// The bytes within which pieces are exchanged, which a box's rows can't be longer than; none without a swizzle.
    pub fn span(self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Bytes32 => Some(32),
            Self::Bytes64 => Some(64),
            Self::Bytes128 => Some(128),
        }
    }
}

/// How often and how a case is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repetition {
    /// Fresh operating-system processes, 1 to 1,000.
    pub processes: u32,
    /// Samples in each, 1 to 10^6.
    pub samples: u32,
    /// Untimed executions before the first sample.
    pub warm_up: u32,
    /// State of the L2 cache before each sample.
    pub cache: Cache,
    /// The method.
    pub timing: Timing,
    /// A case that takes longer in one process has failed.
    pub timeout: Duration,
    /// Sampling stops here once there are 10 samples.
    pub budget: Duration,
    /// What is measured in a window of its own after the samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measure: Vec<Measure>,
    /// How long that window is, where the suite says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
}

impl Repetition {
    /// How long the window of slow readings is: as the suite says, else 1 s, and 2 s for energy; none where nothing is
    /// measured in one.
    pub fn window(&self) -> Option<Duration> {
        let least = self
            .measure
            .iter()
            .map(|measure| measure.least_window())
            .max()?;
        Some(self.window.unwrap_or(least).max(least))
    }
}

/// What is measured in a window of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// How busy the device is, and its parts where it tells.
    Utilisation,
    /// The energy of an execution, and power.
    Energy,
}

impl Measure {
    /// Its name in manifests, and that of its metric.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utilisation => "utilisation",
            Self::Energy => "energy",
        }
    }

    /// The shortest window that says something.
    pub fn least_window(self) -> Duration {
        match self {
            Self::Utilisation => Duration::from_secs(1),
            Self::Energy => Duration::from_secs(2),
        }
    }
}

/// The state of the L2 cache before a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cache {
    /// Flushed by reading twice its size.
    Cold,
    /// As the execution before left it.
    Hot,
}

/// How a time is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    /// The device chooses.
    Auto,
    /// Around one execution.
    Events,
    /// A graph of many executions.
    Graph,
}

/// Who reads and writes a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Read.
    In,
    /// Written, every element; poisoned before the verified launch.
    Out,
    /// Both; restored before each sample, outside the timing.
    #[serde(rename = "inout")]
    InOut,
}

/// A script of times and faults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MockTask {
    /// Times in nanoseconds, one a sample, taken again from the start when they end.
    pub times: Vec<f64>,
    /// Factors on the times by process number, 1 where the list ends.
    pub process_factors: Vec<f64>,
    /// What happens instead: `fail`, `unsupported`, `hang`, `crash`, `wrong`, `disturbed`.
    pub fault: Option<String>,
    /// The fault strikes only in these processes; empty is all.
    pub fault_processes: Vec<u32>,
    /// Real milliseconds that a sample takes.
    pub sleep_ms: u64,
    /// The SM clock that it claims, in MHz.
    pub clock_mhz: Option<f64>,
    /// The output's digest by process number; the last one holds for the rest.
    pub digests: Vec<String>,
}

/// The device facts that expressions may name.
pub const DEVICE_FACTS: [&str; 5] = [
    "sm_count",
    "l2_bytes",
    "warp_size",
    "shared_bytes",
    "compute_capability",
];
