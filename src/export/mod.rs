//! Records to the formats of others: warpmark's own timings, Prometheus' text, OTLP, FOCUS. It reads records and prints
//! nothing.

mod focus;
mod gauges;
mod otlp;
mod prometheus;
mod timings;

pub use focus::{FocusError, Payer, focus};
pub use gauges::{Gauges, Sources};
pub use otlp::otlp;
pub use prometheus::prometheus;
pub use timings::{ExportError, Exported, timings};
