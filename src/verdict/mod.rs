//! Two sets of process values and a policy to a verdict and its reasons. Pure: no files, no clock.
//!
//! `docs/verdicts.md` says in words what is computed here. [`judge`] takes all cases of a suite at once, since how
//! sure a case must be depends on how many there are.

mod acknowledged;
mod between_run;
mod comparison;
mod control;
mod creep;
mod decide;
pub mod history;
mod noise;
mod policy;
mod power;
mod ratio;
mod sentinel;
mod shift;
mod tested;
#[cfg(test)]
mod tests;
mod words;

pub use acknowledged::{Acknowledged, Acknowledgement, Standing};
pub use between_run::{BetweenRun, Probed, RunSpread, Source};
pub use comparison::{
    Accepted, Change, Comparison, Design, FirstLook, Given, Judgement, Planning, Side, SideFacts,
    Verdict,
};
pub use control::Control;
pub use creep::{Anchor, Drift, NEWEST};
pub use decide::judge;
pub use noise::CaseSpread;
pub use policy::{NoiseModel, Policy, PolicyError, by_cycles, false_discovery_rate, same_clock};
pub use power::fewest_processes;
pub use ratio::Ratio;
pub use sentinel::{Moved, moved};
pub use tested::{Suite, Test};
