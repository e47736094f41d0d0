//! Why a run can't go on; a case that fails is a result and none of these.

use crate::event::SubscriberError;

/// Why a run ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// What was measured can't be kept.
    #[error("cannot keep what was measured")]
    Subscriber(#[source] SubscriberError),
    /// A worker can't be started.
    #[error("cannot start a worker process")]
    Spawn(#[source] std::io::Error),
    /// A worker says that its device can't be opened.
    #[error("a worker process cannot open the device: {0}")]
    Device(String),
    /// A worker was started and never came up.
    #[error("a worker process did not come up: {0}")]
    Worker(String),
}
