//! The rank statistic over all splits of a series, and what is left about a split.

use super::super::ranks::{NOTHING, autocorrelation, median, normal_scores, scores_of_ranks};

/// The fewest values of a segment: a spike is no change point.
pub const SHORTEST: usize = 5;

/// The split of a series whose sides differ most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The index of the first value after it.
    pub at: usize,
    /// The standardised difference of the sides' mean normal scores, without a sign.
    pub statistic: f64,
}

/// The split of `values` with the largest statistic; `None` for fewer than 10 values and where all are equal.
///
/// The statistic of a split is the two-sample test of van der Waerden 1952, standardised by its permutation
/// variance; the largest over all splits is that of Pettitt 1979, "A non-parametric approach to the change-point
/// problem", with normal scores in place of ranks. By ranks alone 7 values after 83 can't reach 4.4 standard
/// deviations however far they lie apart, hardly more than chance reaches somewhere in 90 values; scores reach 5.0.
pub fn best_split(values: &[f64]) -> Option<Split> {
    best_split_by(values, &scores_of_ranks(values.len()))
}

/// The same, with the normal scores `of_ranks` of as many ranks: [`scores_of_ranks`].
pub fn best_split_by(values: &[f64], of_ranks: &[f64]) -> Option<Split> {
    let scores = normal_scores(values, of_ranks);
    let n = values.len() as f64;
    let squares: f64 = scores.iter().map(|score| score * score).sum();
    if squares <= NOTHING {
        return None;
    }
    let mut sum = 0.0;
    let mut best: Option<(usize, f64)> = None;
    for (index, score) in scores.iter().enumerate() {
        sum += score;
        let at = index + 1;
        if at < SHORTEST || values.len() - at < SHORTEST {
            continue;
        }
        let (before, after) = (at as f64, n - at as f64);
        let square = sum * sum * n * (n - 1.0) / (before * after * squares);
        if best.is_none_or(|(_, largest)| square > largest) {
            best = Some((at, square));
        }
    }
    best.map(|(at, square)| Split {
        at,
        statistic: square.sqrt(),
    })
}

/// `values` less the median of the segment that each lies in; `splits` rise.
pub fn residuals(values: &[f64], splits: &[usize]) -> Vec<f64> {
    let mut left = Vec::with_capacity(values.len());
    let ends = splits.iter().copied().chain([values.len()]);
    let mut first = 0;
    for end in ends {
        let segment = &values[first..end];
        let middle = median(segment);
        left.extend(segment.iter().map(|value| value - middle));
        first = end;
    }
    left
}

/// The lag-1 autocorrelation, by normal scores, of what is left of `values` about `splits`.
pub fn residual_autocorrelation(values: &[f64], splits: &[usize]) -> f64 {
    let left = residuals(values, splits);
    autocorrelation(&left, &scores_of_ranks(left.len()))
}

/// An estimate of the autocorrelation that a few steps hardly touch, however large: of an AR(1) process the mean
/// square of differences over two nights is 1 + phi times that over one. The largest twentieth of the squares, where
/// steps and spikes are, is left out of both.
pub(super) fn autocorrelation_by_differences(values: &[f64]) -> f64 {
    let mean_square = |lag: usize| {
        let pairs = values.iter().zip(values.iter().skip(lag));
        let mut squares: Vec<f64> = pairs.map(|(a, b)| (b - a).powi(2)).collect();
        squares.sort_unstable_by(f64::total_cmp);
        let kept = squares.len() - squares.len() / 20;
        squares[..kept].iter().sum::<f64>() / kept as f64
    };
    let phi = mean_square(2) / mean_square(1) - 1.0;
    if phi.is_finite() { phi } else { 0.0 }
}
