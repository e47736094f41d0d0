//! The speeds that a run's probes of the machine saw.

use serde::{Deserialize, Serialize};

/// A run's probes in short.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Speeds {
    /// How many there are, 1 or more.
    pub count: usize,
    /// The median of the speeds, above 0.
    pub median: f64,
    /// The standard deviation of their logs; 0 of a single probe.
    pub deviation: f64,
}

impl Speeds {
    /// Those of `speeds`; `None` where there are none. What is no speed is left out.
    pub fn of(speeds: &[f64]) -> Option<Self> {
        let mut logs: Vec<f64> = speeds
            .iter()
            .map(|speed| speed.ln())
            .filter(|log| log.is_finite())
            .collect();
        logs.sort_unstable_by(f64::total_cmp);
        let middle = logs.len() / 2;
        let upper = *logs.get(middle)?;
        let lower = if logs.len() % 2 == 1 {
            upper
        } else {
            *logs.get(middle.checked_sub(1)?)?
        };
        let count = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        Some(Self {
            count: logs.len(),
            median: f64::midpoint(upper, lower).exp(),
            deviation: (squares / (count - 1.0).max(1.0)).sqrt(),
        })
    }

    /// Whether its numbers can be those of probes: a file may say anything.
    pub fn is_sound(&self) -> bool {
        let is_speed = self.median.is_finite() && self.median > 0.0;
        self.count > 0 && is_speed && self.deviation.is_finite() && self.deviation >= 0.0
    }

    /// The standard deviation of log speeds within `runs`, pooled by their degrees of freedom; 0 where each has a
    /// single probe.
    pub fn pooled_deviation(runs: &[Self]) -> f64 {
        let freedom = |run: &Self| run.count.saturating_sub(1) as f64;
        let all: f64 = runs.iter().map(freedom).sum();
        let squares: f64 = runs
            .iter()
            .map(|run| freedom(run) * run.deviation.powi(2))
            .sum();
        (squares / all.max(1.0)).sqrt()
    }

    /// The mean log speed of `runs`, by their medians; `None` without runs.
    pub fn mean_log(runs: &[Self]) -> Option<f64> {
        let sum: f64 = runs.iter().map(|run| run.median.ln()).sum();
        (!runs.is_empty()).then(|| sum / runs.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_run_in_short() {
        assert_eq!(Speeds::of(&[]), None);
        assert_eq!(Speeds::of(&[0.0, -1.0, f64::NAN]), None);
        let table = [
            (&[800.0][..], 1, 800.0, 0.0),
            (&[800.0, 800.0, 800.0], 3, 800.0, 0.0),
            (&[900.0, 100.0, 300.0], 3, 300.0, 3.0_f64.ln()),
            (&[400.0, 100.0], 2, 200.0, 2.0_f64.ln() * 2.0_f64.sqrt()),
            (&[400.0, 0.0, 400.0], 2, 400.0, 0.0),
        ];
        for (speeds, count, median, deviation) in table {
            let found = Speeds::of(speeds).expect("there are some");
            assert!(found.is_sound());
            assert_eq!(found.count, count, "{speeds:?}");
            assert!(near(found.median, median), "{speeds:?}: {found:?}");
            assert!(near(found.deviation, deviation), "{speeds:?}: {found:?}");
        }
    }

    #[test]
    fn runs_are_pooled_by_their_freedom() {
        let run = |count, deviation| Speeds {
            count,
            median: 100.0,
            deviation,
        };
        assert!(near(Speeds::pooled_deviation(&[]), 0.0));
        assert!(near(Speeds::pooled_deviation(&[run(1, 0.0)]), 0.0));
        let pooled = Speeds::pooled_deviation(&[run(4, 0.1), run(2, 0.3)]);
        assert!(near(pooled, 0.03_f64.sqrt()), "{pooled}");
        assert_eq!(Speeds::mean_log(&[]), None);
        let mean = Speeds::mean_log(&[run(1, 0.0), run(9, 0.0)]).expect("two");
        assert!(near(mean, 100.0_f64.ln()));
    }

    #[test]
    fn what_no_probe_says_is_unsound() {
        let sound = Speeds::of(&[1.0, 2.0]).expect("two");
        for unsound in [
            Speeds { count: 0, ..sound },
            Speeds {
                median: 0.0,
                ..sound
            },
            Speeds {
                median: f64::INFINITY,
                ..sound
            },
            Speeds {
                deviation: -0.1,
                ..sound
            },
            Speeds {
                deviation: f64::NAN,
                ..sound
            },
        ] {
            assert!(!unsound.is_sound(), "{unsound:?}");
        }
    }
}
