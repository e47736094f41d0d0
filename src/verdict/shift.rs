//! The difference between two sides in one value, with its error: the moderated t test.

use super::{Comparison, Design, Policy, Side};
use crate::record::Better;
use crate::stats::{
    BlockShift, CONFIDENCE, ProcessValues, Variance, fisher_sf, satterthwaite, student_quantile,
    student_sf,
};

/// A shift in logs between base and candidate, positive where the candidate is worse.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shift {
    /// The shift.
    pub(super) worse: f64,
    /// Its squared standard error, and its degrees of freedom.
    pub(super) error: Variance,
    /// The variances of one process: base, candidate.
    pub(super) between_processes: [SideVariance; 2],
    /// The part of `error` that is between runs.
    pub(super) between_runs: Option<Variance>,
}

/// The variance of one process of a side.
#[derive(Debug, Clone, Copy)]
pub(super) struct SideVariance {
    /// The variance that is used, and its degrees of freedom.
    pub(super) used: Variance,
    /// The degrees of freedom that the model brings; 0 for a case that keeps its own variance.
    pub(super) from_model: f64,
}

impl Shift {
    /// The shift of one value of the processes; `None` where a side has no variance of its own.
    pub(super) fn of(case: &Comparison, value: fn(&ProcessValues) -> f64) -> Option<Self> {
        let base = Values::of(&case.base, case.better, value);
        let candidate = Values::of(&case.candidate, case.better, value);
        if case.design == Design::Blocks {
            return Self::of_blocks(case, base, candidate);
        }
        let variances = [
            side_variance(case, &base)?,
            side_variance(case, &candidate)?,
        ];
        let between_runs = between_runs(&case.policy, &base, &candidate);
        let mut parts = vec![
            variances[0].used.scaled(1.0 / base.count()),
            variances[1].used.scaled(1.0 / candidate.count()),
        ];
        parts.extend(between_runs);
        Some(Self {
            worse: candidate.mean() - base.mean(),
            error: satterthwaite(&parts),
            between_processes: variances,
            between_runs,
        })
    }

    /// The shift of sides that were measured in blocks; `None` where the blocks aren't whole.
    fn of_blocks(case: &Comparison, base: Values, candidate: Values) -> Option<Self> {
        if base.0.len() != candidate.0.len() {
            return None;
        }
        let each_side = base.count();
        let blocks: Vec<[Vec<f64>; 2]> = base
            .0
            .into_iter()
            .zip(candidate.0)
            .map(Into::into)
            .collect();
        let found = BlockShift::of(&blocks)?;
        let one = Variance {
            value: found.residual.value.max(timer_floor(case)),
            ..found.residual
        };
        let error = one.scaled(2.0 / each_side);
        let side = SideVariance {
            used: one,
            from_model: 0.0,
        };
        Some(Self {
            worse: found.shift,
            error,
            between_processes: [side; 2],
            between_runs: None,
        })
    }

    /// The one-sided p-value of "the candidate is worse".
    pub(super) fn p_worse(&self) -> f64 {
        self.p(self.worse)
    }

    /// The one-sided p-value of "the candidate is better".
    pub(super) fn p_better(&self) -> f64 {
        self.p(-self.worse)
    }

    fn p(&self, shift: f64) -> f64 {
        if shift == 0.0 {
            return 0.5; // also where the error is 0
        }
        student_sf(shift / self.error.value.sqrt(), self.error.freedom)
    }

    /// The lower and upper end of the 99 % interval.
    pub(super) fn interval(&self) -> (f64, f64) {
        let quantile = student_quantile((1.0 - CONFIDENCE) / 2.0, self.error.freedom);
        let half_width = quantile * self.error.value.sqrt();
        (self.worse - half_width, self.worse + half_width)
    }

    /// Whether the 99 % interval lies inside ± `margin`: whether the nearer end of the margin is so many standard
    /// errors away that the tail beyond holds less than half of the remaining 1 %.
    pub(super) fn is_within(&self, margin: f64) -> bool {
        let room = margin - self.worse.abs();
        let error = self.error.value.sqrt();
        if error == 0.0 {
            return room > 0.0;
        }
        room > 0.0 && student_sf(room / error, self.error.freedom) < (1.0 - CONFIDENCE) / 2.0
    }
}

/// One value of each process by run, in logs and turned so that more is worse.
pub(super) struct Values(Vec<Vec<f64>>);

impl Values {
    pub(super) fn of(side: &Side, better: Better, value: fn(&ProcessValues) -> f64) -> Self {
        let sign = match better {
            Better::Lower => 1.0,
            Better::Higher => -1.0,
        };
        let turned =
            |run: &Vec<ProcessValues>| run.iter().map(|process| sign * value(process)).collect();
        Self(side.runs.iter().map(turned).collect())
    }

    pub(super) fn runs(&self) -> &[Vec<f64>] {
        &self.0
    }

    pub(super) fn all(&self) -> impl Iterator<Item = f64> {
        self.0.iter().flatten().copied()
    }

    pub(super) fn largest(&self) -> f64 {
        self.all().fold(f64::NEG_INFINITY, f64::max)
    }

    /// The values of each run.
    pub(super) fn by_run(&self) -> &[Vec<f64>] {
        &self.0
    }

    /// The mean of each run.
    pub(super) fn means(&self) -> impl Iterator<Item = f64> {
        let mean = |run: &Vec<f64>| run.iter().sum::<f64>() / run.len() as f64;
        self.0.iter().map(mean)
    }

    fn count(&self) -> f64 {
        self.all().count() as f64
    }

    fn mean(&self) -> f64 {
        self.all().sum::<f64>() / self.count()
    }

    /// The sum of the runs' squared shares of all processes: 1 / runs where each has as many.
    fn run_weight(&self) -> f64 {
        let count = self.count();
        self.0
            .iter()
            .map(|run| (run.len() as f64 / count).powi(2))
            .sum()
    }
}

/// The variance within runs, moderated by the device's noise model unless the case is clearly noisier, and never
/// below the timer's floor; `None` where no run has two processes.
fn side_variance(case: &Comparison, values: &Values) -> Option<SideVariance> {
    let own = Variance::pooled(&values.0)?;
    let model = case
        .policy
        .noise
        .zip(case.timed_ns)
        .map(|(noise, timed)| (noise, noise.variance(timed)));
    let mut found = match model {
        Some((noise, expected)) if is_alike(own, expected, noise.own_above) => SideVariance {
            used: own.moderated(expected),
            from_model: noise.freedom,
        },
        _ => SideVariance {
            used: own,
            from_model: 0.0,
        },
    };
    found.used.value = found.used.value.max(timer_floor(case));
    Some(found)
}

/// Whether a case is as the model says: no more noisy than all but the share `tail` of cases that are.
fn is_alike(own: Variance, model: Variance, tail: f64) -> bool {
    fisher_sf(own.value / model.value, own.freedom, model.freedom) >= tail
}

/// The variance of what the timer can't see: a uniform error of one tick has tick^2 / 12.
fn timer_floor(case: &Comparison) -> f64 {
    let times = case.tick_ns.zip(case.timed_ns);
    times.map_or(0.0, |(tick, timed)| (tick / timed).powi(2) / 12.0)
}

fn between_runs(policy: &Policy, base: &Values, candidate: &Values) -> Option<Variance> {
    let run = policy.between_run;
    (run.deviation > 0.0).then(|| Variance {
        value: run.deviation.powi(2) * (base.run_weight() + candidate.run_weight()),
        freedom: run.freedom,
    })
}
