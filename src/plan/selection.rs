//! What the command line asks of a suite: which cases, and what it overrides.

use crate::id::{AxisValue, Name};

/// Filters and overrides; the default selects everything and changes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// `-f`, as they were given: a case is taken if one of the positive ones matches, or there are none, and no
    /// `!` one does.
    pub filters: Vec<String>,
    /// `--axis NAME=V1,V2`: these values instead of the manifest's.
    pub axes: Vec<(Name, Vec<AxisValue>)>,
    /// `--processes`, 1 to 1,000.
    pub processes: Option<u32>,
    /// `--samples`, 1 to 10^6.
    pub samples: Option<u32>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--quick`: 1 process and few samples.
    pub quick: bool,
}
