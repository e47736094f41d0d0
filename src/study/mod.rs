//! What verdicts are worth: comparisons drawn again and again from recorded processes, judged as `compare` judges.
//!
//! A [`Recording`] holds the process values of every kernel at every level once; [`rows`] draws pairs of sides from
//! one recording or from two and counts the verdicts, and [`outlook`] says what a number of processes can find. Pure:
//! the same seed gives the same counts on any number of threads.

mod draw;
mod error;
mod outlook;
mod reach;
mod recording;
mod rows;
#[cfg(test)]
mod tests;

pub use error::StudyError;
pub use outlook::{Outlook, PROCESSES, SUITES, noise_model, outlook};
pub use recording::Recording;
pub use rows::{Counts, Row, rows};

use crate::verdict::Policy;

/// What is drawn, and by which rules it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// What candidates are drawn from.
    pub candidate: &'a Recording,
    /// What bases are drawn from; none where both sides are drawn from one recording, without replacement.
    pub base: Option<&'a Recording>,
    /// Processes of a side.
    pub processes: usize,
    /// Comparisons of each kernel and level.
    pub draws: usize,
    /// The seed of all draws.
    pub seed: u64,
    /// The cases of a suite in which one kernel changes alone; none where all change at once.
    pub alone: Option<usize>,
    /// The rules.
    pub policy: Policy,
    /// The false discovery rate.
    pub q: f64,
}

impl Setup<'_> {
    /// What bases are drawn from.
    pub fn base(&self) -> &Recording {
        self.base.unwrap_or(self.candidate)
    }

    /// How many pairs of sides share no process: all that is known, however many are drawn.
    pub fn disjoint_pairs(&self) -> usize {
        let sides = |recording: &Recording| recording.processes() / self.processes.max(1);
        match self.base {
            None => sides(self.candidate) / 2,
            Some(base) => sides(base).min(sides(self.candidate)),
        }
    }
}
