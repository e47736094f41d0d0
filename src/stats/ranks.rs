//! Order statistics of a series: medians, normal scores, and the autocorrelation of scores.

use statrs::function::erf::erfc_inv;

/// A sum of squared scores up to this is that of equal values: what rounding leaves.
pub(super) const NOTHING: f64 = 1e-12;

/// The median; NaN for no values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    median_of_sorted(&sorted)
}

/// The median of what is sorted already; NaN for no values.
pub(super) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (Some(upper), 1) => *upper,
        (Some(upper), _) => f64::midpoint(sorted[middle - 1], *upper),
        (None, _) => f64::NAN,
    }
}

/// The normal scores of `n` ranks, rising: the standard normal quantiles at (rank - 1/2) / n.
pub fn scores_of_ranks(n: usize) -> Vec<f64> {
    let share = |rank: usize| (rank as f64 + 0.5) / n as f64;
    (0..n)
        .map(|rank| -std::f64::consts::SQRT_2 * erfc_inv(2.0 * share(rank)))
        .collect()
}

/// The normal score of each value by its rank among all, `of_ranks` from [`scores_of_ranks`]; equal values share the
/// mean of their scores.
///
/// Van der Waerden 1952, "Order tests for the two-sample problem and their power".
pub(super) fn normal_scores(values: &[f64], of_ranks: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let compare = |a: usize, b: usize| plain(values[a]).total_cmp(&plain(values[b]));
    order.sort_unstable_by(|&a, &b| compare(a, b));
    let mut scores = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let tied = order[first..]
            .iter()
            .take_while(|&&index| compare(index, order[first]).is_eq())
            .count();
        let last = first + tied;
        let mean = of_ranks[first..last].iter().sum::<f64>() / tied as f64;
        for &index in &order[first..last] {
            scores[index] = mean;
        }
        first = last;
    }
    scores
}

/// `value`, with 0 in place of -0: the two are equal and no order may part them.
pub(super) fn plain(value: f64) -> f64 {
    value + 0.0
}

/// The lag-1 autocorrelation of `residuals` by their normal scores, so that no outlier makes or hides it; 0 where
/// all are equal.
pub(super) fn autocorrelation(residuals: &[f64], of_ranks: &[f64]) -> f64 {
    let scores = normal_scores(residuals, of_ranks);
    let squares: f64 = scores.iter().map(|score| score * score).sum();
    let products: f64 = scores.windows(2).map(|pair| pair[0] * pair[1]).sum();
    if squares > NOTHING {
        products / squares
    } else {
        0.0
    }
}

/// The autocorrelation, 0 to 0.9, of an AR(1) process whose `residuals` about a line these are.
///
/// What a line leaves is less correlated by about (2 + 4 phi) / n (Marriott & Pope 1954, "Bias in the estimation of
/// autocorrelations", gives (1 + 3 phi) / n about a mean; a slope takes as much again).
pub fn residual_correlation(residuals: &[f64]) -> f64 {
    let n = residuals.len() as f64;
    let found = autocorrelation(residuals, &scores_of_ranks(residuals.len()));
    ((found + 2.0 / n) / (1.0 - 4.0 / n)).clamp(0.0, 0.9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_ranks_and_ties_share_theirs() {
        let of_ranks = scores_of_ranks(4);
        // The quartiles' middles: standard normal quantiles at 1/8 and 3/8.
        for (found, expected) in of_ranks
            .iter()
            .zip([-1.150_349, -0.318_639, 0.318_639, 1.150_349])
        {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        let scores = normal_scores(&[3.0, 9.0, 3.0, -1.0], &of_ranks);
        assert!((scores[0] - scores[2]).abs() < 1e-12 && scores[0].abs() < 1e-12);
        assert!(scores[1] > 1.15 && scores[3] < -1.15);
        assert!(normal_scores(&[], &[]).is_empty());
        let zeros = normal_scores(&[-0.0, 5.0, 0.0, 6.0], &of_ranks);
        assert!((zeros[0] - zeros[2]).abs() < 1e-12, "{zeros:?}");
    }

    #[test]
    fn an_alternating_series_is_negatively_correlated_and_a_constant_one_not_at_all() {
        let of_ranks = scores_of_ranks(6);
        assert!(autocorrelation(&[1.0, -1.0, 1.1, -1.1, 1.2, -1.2], &of_ranks) < -0.5);
        assert!(autocorrelation(&[-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], &of_ranks) > 0.3);
        assert!(autocorrelation(&[2.0; 6], &of_ranks).abs() < f64::EPSILON);
    }

    #[test]
    fn medians() {
        assert!(median(&[]).is_nan());
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }
}
