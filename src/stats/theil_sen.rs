//! The slope of a series that no outlier moves, and the shift between two samples that none moves either.

use statrs::function::erf::{erfc, erfc_inv};

use super::Interval;
use super::ranks::{median, median_of_sorted, plain};

/// A slope, in units of y by units of x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// The median of the slopes between all pairs.
    pub slope: f64,
    /// The line's value at x = 0: the median of y less the slope times the median of x.
    pub intercept: f64,
    /// The interval of the slope.
    pub interval: Interval,
    /// The two-sided probability of as many rising, or falling, pairs where there is no slope.
    pub p: f64,
}

impl Slope {
    /// What is left of the points about the line.
    pub fn residuals(&self, x: &[f64], y: &[f64]) -> Vec<f64> {
        let points = x.iter().zip(y);
        points
            .map(|(x, y)| y - (self.intercept + self.slope * x))
            .collect()
    }
}

/// The Theil–Sen slope of the points (x, y) with the interval that holds it with `confidence`; `None` where no two
/// points differ in x, and for values that aren't finite.
///
/// Theil 1950; Sen 1968, "Estimates of the regression coefficient based on Kendall's tau", equations 1.7 and 2.6; the
/// choice of ranks is that of SciPy's `theilslopes`. `inflation` is the ratio of the standard deviation of Kendall's
/// score to that of independent values: 1 for those, sqrt((1 + phi) / (1 - phi)) for an AR(1) process.
pub fn theil_sen(x: &[f64], y: &[f64], confidence: f64, inflation: f64) -> Option<Slope> {
    if !x.iter().chain(y).all(|value| value.is_finite()) {
        return None;
    }
    let (mut slopes, score) = slopes(x, y);
    let last = slopes.len().checked_sub(1)?;
    let deviation = score_deviation(x, y) * inflation;
    let normal = std::f64::consts::SQRT_2 * erfc_inv(1.0 - confidence);
    let pairs = slopes.len() as f64;
    let rank = |place: f64| (place / 2.0).round_ties_even();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // clamped to the ranks there are
    let (low, high) = (
        (rank(pairs - normal * deviation) - 1.0).clamp(0.0, last as f64) as usize,
        rank(pairs + normal * deviation).clamp(0.0, last as f64) as usize,
    );
    let slope = middle(&mut slopes);
    let mut at = |rank: usize| *slopes.select_nth_unstable_by(rank, f64::total_cmp).1;
    Some(Slope {
        slope,
        intercept: median(y) - slope * median(x),
        interval: Interval {
            low: at(low),
            high: at(high),
        },
        p: if deviation > 0.0 {
            erfc(score.abs() / deviation / std::f64::consts::SQRT_2)
        } else {
            1.0
        },
    })
}

/// The slopes of all pairs that differ in x, and Kendall's score: rising less falling pairs.
fn slopes(x: &[f64], y: &[f64]) -> (Vec<f64>, f64) {
    let n = x.len().min(y.len());
    let mut slopes = Vec::with_capacity(n * n.saturating_sub(1) / 2);
    let mut score = 0_i64;
    for later in 1..n {
        for earlier in 0..later {
            let run = x[later] - x[earlier];
            if run == 0.0 {
                continue;
            }
            let slope = (y[later] - y[earlier]) / run;
            score += i64::from(slope > 0.0) - i64::from(slope < 0.0);
            slopes.push(slope);
        }
    }
    (slopes, score as f64)
}

/// The standard deviation of Kendall's score of independent values, less what ties in x and y take of it.
fn score_deviation(x: &[f64], y: &[f64]) -> f64 {
    let term = |count: usize| {
        let count = count as f64;
        count * (count - 1.0) * (2.0 * count + 5.0)
    };
    let ties = |values: &[f64]| {
        let mut sorted: Vec<f64> = values.iter().copied().map(plain).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let groups = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq());
        groups.map(|group| term(group.len())).sum::<f64>()
    };
    let variance = (term(y.len()) - ties(x) - ties(y)) / 18.0;
    variance.max(0.0).sqrt()
}

/// The median of `values`, which change their order.
fn middle(values: &mut [f64]) -> f64 {
    let (half, odd) = (values.len() / 2, values.len() % 2 == 1);
    let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let upper = *upper;
    if odd {
        return upper;
    }
    let lower = below.iter().copied().max_by(f64::total_cmp);
    lower.map_or(upper, |lower| f64::midpoint(lower, upper))
}

/// By how much `after` lies above `before`: the median of all differences between the two.
///
/// Hodges & Lehmann 1963, "Estimates of location based on rank tests"; the interval has the ranks of the normal
/// approximation to Mann and Whitney's statistic, its deviation times `inflation` as in [`theil_sen`]. `None` where
/// a side is empty.
pub fn shift(
    before: &[f64],
    after: &[f64],
    confidence: f64,
    inflation: f64,
) -> Option<(f64, Interval)> {
    let mut differences: Vec<f64> = after
        .iter()
        .flat_map(|late| before.iter().map(move |early| late - early))
        .collect();
    differences.sort_unstable_by(f64::total_cmp);
    let last = differences.len().checked_sub(1)?;
    let (m, n) = (before.len() as f64, after.len() as f64);
    let deviation = (m * n * (m + n + 1.0) / 12.0).sqrt() * inflation;
    let normal = std::f64::consts::SQRT_2 * erfc_inv(1.0 - confidence);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // clamped to the ranks there are
    let left_out = (m * n / 2.0 - normal * deviation).clamp(0.0, last as f64 / 2.0) as usize;
    let interval = Interval {
        low: differences[left_out],
        high: differences[last - left_out],
    };
    Some((median_of_sorted(&differences), interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_whatever_one_point_says() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let mut y: Vec<f64> = x.iter().map(|x| 3.0 + 0.5 * x).collect();
        y[7] = 1e6;
        let line = theil_sen(&x, &y, 0.99, 1.0).expect("a slope");
        assert!((line.slope - 0.5).abs() < 1e-9 && line.p < 1e-6, "{line:?}");
        let wider = theil_sen(&x, &y, 0.99, 5.0).expect("a slope");
        assert!(wider.p > line.p && wider.interval.low <= line.interval.low);
    }

    #[test]
    fn what_has_no_slope_says_so() {
        assert_eq!(theil_sen(&[], &[], 0.99, 1.0), None);
        assert_eq!(theil_sen(&[1.0, 1.0], &[1.0, 2.0], 0.99, 1.0), None);
        assert_eq!(theil_sen(&[1.0, 2.0], &[1.0, f64::NAN], 0.99, 1.0), None);
        let level = theil_sen(&[1.0, 2.0, 3.0], &[2.0; 3], 0.99, 1.0).expect("a slope");
        assert!(level.slope == 0.0 && (level.p - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_shift_is_the_median_of_differences() {
        assert_eq!(shift(&[], &[1.0], 0.99, 1.0), None);
        let (estimate, interval) =
            shift(&[1.0, 2.0, 3.0], &[11.0, 12.0, 13.0], 0.99, 1.0).expect("one");
        assert!((estimate - 10.0).abs() < 1e-12);
        assert!(interval.low >= 8.0 && interval.high <= 12.0);
    }
}
