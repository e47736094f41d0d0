//! Baseline files, from a folder or from any git revision.
//!
//! A suite has two files for each environment key (`docs/reference/baseline.md`): the reviewed `<device>-<key>.toml`
//! with one block a case, and `<device>-<key>.runs/2026-11.jsonl` with one line a run. This module reads, extends
//! and prunes them; what a difference means is `verdict`'s.

mod acknowledge;
mod anchoring;
mod bridge;
mod ceilings;
mod checkout;
mod commits;
mod eligible;
mod error;
mod measured;
mod model;
mod nights;
mod noise;
mod prune;
mod rebase;
mod reviewed;
mod runs;
mod save;
mod set;
mod source;

pub use acknowledge::{
    Meant, Noted, acknowledge, acknowledge_all, acknowledgements, drop_moot, has_key, unacknowledge,
};
pub use anchoring::{Anchoring, MovedAnchor, Reanchored, anchor};
pub use bridge::{Bridge, Bridges};
pub use ceilings::{CEILINGS, ceilings};
pub use checkout::{Absent, Checkout, Reason};
pub use commits::{Between, Commit, Commits};
pub use eligible::{Allowed, Objection, objections};
pub use error::BaselineError;
pub use measured::{CaseValues, Measured, MetricValues, RunValues, UNJUDGED, same_clock};
pub use model::{MeasuredNoise, NoiseError, save_noise};
pub use nights::{
    Night, NightCase, NightRun, Renamed, Series, night_runs, nights, present_id, rename_keys,
    series,
};
pub use noise::{between_run, run_spread};
pub use prune::{Pruned, Pruning, prune};
pub use rebase::{Bridged, Carrying, Rebased, Rebasing, rebase};
pub use reviewed::{AnchoredMetric, Reviewed, ReviewedCase};
pub use runs::SavedRun;
pub use save::{Acceptance, Saved, Terms, save};
pub use set::{Baseline, RECENT, load, suites};
pub use source::{Revision, Source};

/// The number of the baseline files' format.
pub const FORMAT: u32 = 1;

/// The folder of all baselines in a work tree.
pub const FOLDER: &str = "baselines";
