//! Change points: the split of a series whose sides differ most, and how likely chance makes one as large.

mod null;
mod scan;
#[cfg(test)]
mod tests;

pub use null::{LEVELS, corrected, p_value};
pub use scan::{SHORTEST, Split, best_split, best_split_by, residual_autocorrelation, residuals};

use std::ops::Range;

use super::ranks::{autocorrelation, median, scores_of_ranks};
use null::p_value_of_phi;
use scan::autocorrelation_by_differences;

/// A split that belongs to a step of its own must be this unlikely, for the autocorrelation that is left to be taken
/// about it too.
const PILOT: f64 = 0.001;

/// A split and its probability where nothing changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The split.
    pub split: Split,
    /// The probability of a statistic as large in a series without a change, of this length and autocorrelation.
    pub p: f64,
    /// The autocorrelation of the series, 0 to 0.9, by what is left about its steps.
    pub phi: f64,
    /// The median size of what is left of the series about its steps.
    pub noise: f64,
    /// The split and the steps that leap to the eye besides, rising.
    pub splits: Vec<usize>,
}

impl Candidate {
    /// The segments on both sides of the split, in a series of `len` values: up to the next of its steps.
    pub fn sides(&self, len: usize) -> Range<usize> {
        let at = self.split.at;
        let before = self.splits.iter().rev().find(|other| **other < at);
        let after = self.splits.iter().find(|other| **other > at);
        before.copied().unwrap_or(0)..after.copied().unwrap_or(len)
    }

    /// Where the step is: of the places up to five values off the split, the one about which the least is left of
    /// its two segments, by absolute values. `values` are those that the candidate is of.
    ///
    /// Ranks say best whether there is a step, and not where: of a step near an end, the values next to it that rank
    /// above the middle of all go to the wrong side.
    pub fn place(&self, values: &[f64]) -> usize {
        let sides = self.sides(values.len());
        let near = &values[sides.clone()];
        let at = self.split.at - sides.start;
        let left = |place: usize| {
            residuals(near, &[place])
                .iter()
                .map(|left| left.abs())
                .sum()
        };
        let mut best: (usize, f64) = (at, left(at));
        let first = at.saturating_sub(SHORTEST).max(SHORTEST);
        let last = (at + SHORTEST).min(near.len().saturating_sub(SHORTEST));
        for place in first..=last {
            let size = left(place);
            if size < best.1 {
                best = (place, size);
            }
        }
        sides.start + best.0
    }
}

/// The best split of `values` with its probability; `None` for fewer than 10 values and where all are equal.
///
/// The autocorrelation is that of the residuals about the best split. Where the series has further steps that leap
/// to the eye (p at most 0.001 by an estimate that steps don't touch), it is taken about them too: else a regression
/// and its repair would look like a series that wanders.
pub fn candidate(values: &[f64]) -> Option<Candidate> {
    let split = best_split(values)?;
    let mut splits = Vec::new();
    pilot(values, 0, &mut splits);
    splits.retain(|other| other.abs_diff(split.at) >= SHORTEST);
    splits.push(split.at);
    splits.sort_unstable();
    let about = residuals(values, &splits);
    let left = autocorrelation(&about, &scores_of_ranks(about.len()));
    let sizes: Vec<f64> = about.iter().map(|residual| residual.abs()).collect();
    Some(Candidate {
        split,
        p: p_value(split.statistic, values.len(), left),
        phi: corrected(values.len(), left),
        noise: median(&sizes),
        splits,
    })
}

/// Adds the splits of binary segmentation by the autocorrelation of differences; `offset` is that of `values` in the
/// series.
fn pilot(values: &[f64], offset: usize, splits: &mut Vec<usize>) {
    let Some(split) = best_split(values) else {
        return;
    };
    let phi = autocorrelation_by_differences(values);
    if p_value_of_phi(split.statistic, values.len(), phi) > PILOT {
        return;
    }
    let (before, after) = values.split_at(split.at);
    pilot(before, offset, splits);
    splits.push(offset + split.at);
    pilot(after, offset + split.at, splits);
}
