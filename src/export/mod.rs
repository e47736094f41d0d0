//! Records to the files of others: warpmark's own timings format, and Prometheus' text. It reads records and prints nothing.

mod prometheus;
mod timings;

pub use prometheus::prometheus;
pub use timings::{ExportError, Exported, timings};
