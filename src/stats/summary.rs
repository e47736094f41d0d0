//! What reports show of a case: the plain mean with its interval, and quantiles.

use serde::{Deserialize, Serialize};

use super::distribution::student_quantile;
use super::process::mean;

/// The level of every interval that is printed.
pub const CONFIDENCE: f64 = 0.99;

/// A confidence interval, 99 % unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A case's valid samples over all processes, in the samples' unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Valid samples.
    pub count: usize,
    /// Processes with at least one valid sample.
    pub processes: usize,
    /// The plain mean of the samples.
    pub mean: f64,
    /// The 99 % interval of the mean, from the means of the processes; none for a single process.
    pub interval: Option<Interval>,
    /// The median.
    pub median: f64,
    /// The 5th percentile.
    pub p5: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The smallest sample.
    pub min: f64,
    /// The largest sample.
    pub max: f64,
}

impl Summary {
    /// The summary of the valid samples of each process; `None` where there is none, or one is not finite.
    pub fn of<S: AsRef<[f64]>>(processes: &[S]) -> Option<Self> {
        let mut all: Vec<f64> = processes
            .iter()
            .flat_map(|samples| samples.as_ref().iter().copied())
            .collect();
        if all.is_empty() || all.iter().any(|sample| !sample.is_finite()) {
            return None;
        }
        all.sort_unstable_by(f64::total_cmp);
        let measured: Vec<&[f64]> = processes
            .iter()
            .map(AsRef::as_ref)
            .filter(|samples| !samples.is_empty())
            .collect();
        Some(Self {
            count: all.len(),
            processes: measured.len(),
            mean: mean(&all),
            interval: mean_interval(&measured),
            median: quantile(&all, 0.5),
            p5: quantile(&all, 0.05),
            p95: quantile(&all, 0.95),
            p99: quantile(&all, 0.99),
            min: all[0],
            max: all[all.len() - 1],
        })
    }
}

/// The 99 % interval of the plain mean of all samples, where processes are the unit; none below two processes.
///
/// Student's t with k - 1 degrees of freedom over the k processes' means. The squared standard error is
/// k / (k - 1) * sum(w^2 (m - M)^2), w being a process' share of the samples, m its mean and M the mean of all
/// (Cochran 1977, "Sampling techniques", 6.3 and 9A: the ratio estimator for clusters of unequal size); with
/// equally many samples in each process this is the ordinary s^2 / k.
pub fn mean_interval<S: AsRef<[f64]>>(processes: &[S]) -> Option<Interval> {
    let measured: Vec<(f64, f64)> = processes
        .iter()
        .map(AsRef::as_ref)
        .filter(|samples| !samples.is_empty())
        .map(|samples| (samples.len() as f64, mean(samples)))
        .collect();
    let count = measured.len() as f64;
    if count < 2.0 {
        return None;
    }
    let total: f64 = measured.iter().map(|(size, _)| size).sum();
    let centre: f64 = measured
        .iter()
        .map(|(size, mean)| size / total * mean)
        .sum();
    let squares: f64 = measured
        .iter()
        .map(|(size, mean)| (size / total * (mean - centre)).powi(2))
        .sum();
    let error = (count / (count - 1.0) * squares).sqrt();
    let half = student_quantile((1.0 - CONFIDENCE) / 2.0, count - 1.0) * error;
    Some(Interval {
        low: centre - half,
        high: centre + half,
    })
}

/// The 99 % interval of `quantile`, the quantile `share` of the samples of all processes together; none below two
/// processes.
///
/// As of a mean, processes are the unit: Student's t over the processes' own quantiles gives the half of the width,
/// and the interval lies about `quantile`. Samples of one process depend on each other, so that intervals by order
/// statistics, which take them for independent, would be too narrow.
pub fn quantile_interval<S: AsRef<[f64]>>(
    processes: &[S],
    share: f64,
    quantile: f64,
) -> Option<Interval> {
    let own: Vec<[f64; 1]> = processes
        .iter()
        .map(AsRef::as_ref)
        .filter(|samples| !samples.is_empty())
        .map(|samples| {
            let mut sorted = samples.to_vec();
            sorted.sort_unstable_by(f64::total_cmp);
            [self::quantile(&sorted, share)]
        })
        .collect();
    let about = mean_interval(&own)?;
    let half = (about.high - about.low) / 2.0;
    Some(Interval {
        low: quantile - half,
        high: quantile + half,
    })
}

/// The quantile `share` (0 to 1) of `sorted` by linear interpolation between order statistics at
/// (n - 1) * share, counted from 0; NaN for no values.
///
/// Type 7 of Hyndman & Fan 1996, "Sample quantiles in statistical packages", the default of NumPy and R.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = last as f64 * share.clamp(0.0, 1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to `last`
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let part = place - below as f64;
    sorted[below] + (sorted[above] - sorted[below]) * part
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // exact on purpose

    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.0, 1.0), (0.5, 3.0), (0.25, 1.75), (1.0, 8.0)] {
            assert!((quantile(&sorted, share) - expected).abs() < 1e-15);
        }
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[7.0], 0.99), 7.0);
    }

    #[test]
    fn a_quantile_s_interval_is_that_of_the_processes_own_quantiles() {
        let processes = [vec![3.0, 1.0, 2.0], vec![], vec![4.0, 2.0, 3.0]];
        let found = quantile_interval(&processes, 0.5, 2.5).expect("two processes");
        let expected = mean_interval(&[[2.0], [3.0]]).expect("two processes");
        assert!((found.low - expected.low).abs() < 1e-12);
        assert!((found.high - expected.high).abs() < 1e-12);
        let moved = quantile_interval(&processes, 1.0, 4.0).expect("two processes");
        assert!((f64::midpoint(moved.low, moved.high) - 4.0).abs() < 1e-12);
        assert_eq!(quantile_interval(&processes[..2], 0.5, 2.0), None);
    }

    #[test]
    fn a_summary_needs_samples_and_an_interval_two_processes() {
        assert_eq!(Summary::of::<Vec<f64>>(&[]), None);
        assert_eq!(Summary::of(&[vec![1.0, f64::NAN]]), None);
        let one = Summary::of(&[vec![2.0, 4.0], vec![]]).expect("samples");
        assert_eq!(
            (one.count, one.processes, one.mean, one.interval),
            (2, 1, 3.0, None)
        );
        let same = Summary::of(&[vec![-3.0], vec![-3.0]]).expect("samples");
        assert_eq!(
            same.interval,
            Some(Interval {
                low: -3.0,
                high: -3.0
            })
        );
    }

    #[test]
    fn unequal_processes_weigh_by_their_samples() {
        let summary = Summary::of(&[vec![1.0, 1.0, 1.0], vec![3.0]]).expect("samples");
        let interval = summary.interval.expect("two processes");
        assert!((f64::midpoint(interval.low, interval.high) - summary.mean).abs() < 1e-12);
        assert_eq!(summary.mean, 1.5);
    }
}
