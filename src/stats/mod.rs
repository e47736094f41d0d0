//! Summaries of samples, moderated variances, tests, Benjamini and Hochberg, shares of ceilings. Pure; every formula names its source.
//!
//! The process is the unit: samples enter [`ProcessValues`] and [`Summary`] and no test.

mod blocks;
mod ceiling;
mod discovery;
mod distribution;
mod process;
mod speed;
mod summary;
#[cfg(test)]
mod tables;
mod variance;

pub use blocks::BlockShift;
pub use ceiling::{Ceiling, CeilingFraction, Ceilings};
pub use discovery::benjamini_hochberg;
pub use distribution::{fisher_quantile, fisher_sf, student_quantile, student_sf};
pub use process::ProcessValues;
pub use speed::Speeds;
pub use summary::{CONFIDENCE, Interval, Summary, mean_interval, quantile};
pub use variance::{Variance, satterthwaite};
