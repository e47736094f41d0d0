//! What a run says while it goes. The engine emits these; the printer, the progress bars and the store subscribe.

use std::path::PathBuf;

use crate::id::CaseId;
use crate::record::{CaseResult, Header, ProcessEnd, ProcessStart, Reading, Summary};

/// Something that happened in a run, in the order it happened.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// Kernels are being compiled.
    Compiling {
        /// The case whose kernel it is.
        case: &'a CaseId,
        /// Its number, from 1.
        number: usize,
        /// How many kernels there are.
        total: usize,
    },
    /// The run begins, or goes on (`resumed` processes are done already).
    RunStarted {
        /// The run's header.
        header: &'a Header,
        /// The run directory.
        folder: PathBuf,
        /// Processes that an earlier try measured.
        resumed: u32,
    },
    /// A process begins.
    ProcessStarted(&'a ProcessStart),
    /// A worker takes up a case.
    CaseStarted {
        /// The case.
        case: &'a CaseId,
        /// The process' number, from 0.
        process: u32,
        /// The case's position in the process, from 0.
        position: usize,
    },
    /// A case is done, well or badly.
    CaseFinished(&'a CaseResult),
    /// A process ended.
    ProcessFinished(&'a ProcessEnd),
    /// The GPU was read: its clocks, temperature and power now.
    Gauged(&'a Reading),
    /// Something that the user should know.
    Warning(String),
    /// The run ended, by itself or by a signal.
    RunFinished(&'a Summary),
}

/// Takes events as they happen. An error ends the run: what can't be kept must not be measured.
pub trait Subscriber {
    /// Takes one event.
    fn notice(&mut self, event: &Event<'_>) -> Result<(), SubscriberError>;
}

/// Why a subscriber can't go on, such as a full disk.
pub type SubscriberError = Box<dyn std::error::Error + Send + Sync>;
