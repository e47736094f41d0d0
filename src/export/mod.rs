//! Records to the files of others: warpmark's own timings format. It reads records and prints nothing.

mod timings;

pub use timings::{ExportError, Exported, timings};
