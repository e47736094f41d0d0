//! What the management library tells of a GPU while a run goes on it.
//!
//! [`Recorder`] reads the GPU ten times a second in the parent, and keeps the readings beside the record. [`Watch`]
//! looks at it in a worker: before and after each group of samples, and through a window of executions back to back
//! for what can only be read slowly. Both ask through a [`Reader`], a thread of its own, so that an answer that
//! doesn't come holds up nobody. Nothing here runs between two samples, and nothing here sets anything.

mod instruments;
mod reader;
mod recorder;
mod rules;
mod strangers;
mod watch;
mod window;

pub use reader::Reader;
pub use recorder::{Live, Recorder};
pub use strangers::{at_start as strangers_at_start, worse};
pub use watch::{Seen, Watch, WatchRules};
pub use window::{
    JUDGED as WINDOW_METRICS, Window, Windowed, longest as longest_window, usual as usual_window,
};
