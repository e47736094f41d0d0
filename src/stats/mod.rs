//! Summaries of samples, moderated variances, tests, Benjamini and Hochberg, shares of ceilings. Pure; every formula names its source.
//!
//! The process is the unit: samples enter [`ProcessValues`] and [`Summary`] and no test.

mod blocks;
mod bound;
mod ceiling;
pub mod change_points;
mod discovery;
mod distribution;
mod gamma;
#[cfg(test)]
mod history_tables;
mod median;
mod process;
mod ranks;
pub mod simulated;
mod speed;
mod summary;
#[cfg(test)]
mod tables;
mod theil_sen;
mod variance;

pub use blocks::BlockShift;
pub use bound::upper_bound;
pub use ceiling::{Ceiling, CeilingFraction, Ceilings};
pub use discovery::benjamini_hochberg;
pub use distribution::{fisher_quantile, fisher_sf, student_quantile, student_sf};
pub use gamma::{digamma, inverse_trigamma, trigamma};
pub use median::median_of;
pub use process::ProcessValues;
pub use ranks::{median, residual_correlation, scores_of_ranks};
pub use speed::Speeds;
pub use summary::{CONFIDENCE, Interval, Summary, mean_interval, quantile, quantile_interval};
pub use theil_sen::{Slope, shift, theil_sen};
pub use variance::{Variance, satterthwaite};
