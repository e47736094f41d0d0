//! Why nothing can be drawn.

/// Why a recording can't be studied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// Too few processes for the sides.
    #[error("{what} has {found} processes, and {needed} are needed for {side} a side")]
    Processes {
        /// Which recording.
        what: &'static str,
        /// Its processes.
        found: usize,
        /// What is needed.
        needed: usize,
        /// The processes of a side.
        side: usize,
    },
    /// Two recordings without a kernel in common.
    #[error("the two recordings have no kernel in common")]
    NoKernel,
    /// Two recordings whose samples are no times of one kind.
    #[error("the recordings differ in {what}: {base} (base), {candidate} (candidate)")]
    Differ {
        /// In what.
        what: &'static str,
        /// The base's.
        base: String,
        /// The candidate's.
        candidate: String,
    },
    /// Samples whose means have no logarithm.
    #[error(
        "{kernel} at the level {level} has samples whose mean is not finite in process {process}"
    )]
    Values {
        /// The kernel.
        kernel: String,
        /// The level.
        level: String,
        /// The process, from 0.
        process: usize,
    },
}
