//! What a comparison could have found, and how many processes would have been enough.

use super::shift::{Shift, moderated};
use super::{Planning, Policy};
use crate::stats::{CONFIDENCE, Variance, satterthwaite, student_quantile};

/// What is known of a case before a comparison: how far its processes differ, and by which rules it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Prospect {
    /// The duration between two readings of the timer, in nanoseconds.
    pub timed_ns: f64,
    /// The timer's resolution in nanoseconds, where it is known.
    pub tick_ns: Option<f64>,
    /// The variance of its processes' locations (logs), and its degrees of freedom.
    pub between: Variance,
    /// The rules.
    pub policy: Policy,
}

impl Prospect {
    /// The smallest slowdown, as a share, of this case alone in a suite of `cases` quiet ones that is called
    /// `regressed` in 99 of 100 comparisons of one run of `processes` with another, at the false discovery rate `q`.
    ///
    /// A lone case is significant below q / 2 / cases, and its estimate must reach `min-effect` too; beyond the
    /// larger of the two lies what its estimate may fall short by, at 99 %, by the spread that was measured.
    pub fn smallest_effect(&self, processes: u32, cases: usize, q: f64) -> f64 {
        let (least, short) = self.needs(processes, cases, q);
        (least.max(self.policy.min_effect.ln_1p()) + short).exp_m1()
    }

    /// The fewest processes a side with which a slowdown by `min-effect` is significant in 99 of 100 comparisons;
    /// none where 1,000 are too few.
    pub fn processes(&self, cases: usize, q: f64) -> Option<u32> {
        let effect = self.policy.min_effect.ln_1p();
        enough(|count| {
            let (least, short) = self.needs(count, cases, q);
            least + short <= effect
        })
    }

    /// In logs: what an estimate must reach to be significant, and how far one in a hundred falls short of the truth.
    fn needs(&self, processes: u32, cases: usize, q: f64) -> (f64, f64) {
        let count = f64::from(processes.max(2));
        let own = Variance {
            freedom: count - 1.0,
            ..self.between
        };
        let used = moderated(own, &self.policy, Some(self.timed_ns), self.tick_ns).used;
        let error = self.error(used, count);
        let level = q / 2.0 / cases.max(1) as f64;
        let least = student_quantile(level, error.freedom) * error.value.sqrt();
        let truth = self.error(self.between, count);
        (
            least,
            student_quantile(0.01, truth.freedom) * truth.value.sqrt(),
        )
    }

    /// The squared error of a difference of two runs of `count` processes of this variance.
    fn error(&self, variance: Variance, count: f64) -> Variance {
        let run = self.policy.between_run;
        let mut parts = vec![variance.scaled(1.0 / count); 2];
        if run.deviation > 0.0 {
            parts.push(Variance {
                value: 2.0 * run.deviation.powi(2),
                freedom: run.freedom,
            });
        }
        satterthwaite(&parts)
    }
}

/// The most processes that a suite may ask for.
const MOST_PROCESSES: u32 = 1000;

/// What a comparison with these errors can show, at `level` for a single case.
pub(super) fn planning(location: &Shift, body: &Shift, policy: &Policy, level: f64) -> Planning {
    let freedom = location.error.freedom;
    // A shift of (t of the level + t of the power) standard errors is significant with that power.
    let steps = student_quantile(level, freedom) + student_quantile(0.01, freedom);
    let found = (steps * location.error.value.sqrt()).exp_m1();
    Planning {
        smallest_effect: found.max(policy.min_effect),
        processes: enough(|count| {
            shows_unchanged(location, policy.margin, count)
                && shows_unchanged(body, policy.margin, count)
        }),
    }
}

/// The smallest number of processes from 2 on that is enough, where more are never worse.
fn enough(is_enough: impl Fn(u32) -> bool) -> Option<u32> {
    if !is_enough(MOST_PROCESSES) {
        return None;
    }
    let (mut low, mut high) = (2, MOST_PROCESSES);
    while low < high {
        let middle = u32::midpoint(low, high);
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

/// Whether with `count` processes a side the 99 % interval of an unchanged case lies inside ± `margin` nine times
/// in ten: its estimate then lies within the t of 5 % on either side.
fn shows_unchanged(shift: &Shift, margin: f64, count: u32) -> bool {
    let count = f64::from(count);
    let mut parts: Vec<Variance> = shift
        .between_processes
        .iter()
        .map(|side| Variance {
            value: side.used.value / count,
            freedom: side.from_model + count - 1.0,
        })
        .collect();
    parts.extend(shift.between_runs);
    let error = satterthwaite(&parts);
    let steps = student_quantile((1.0 - CONFIDENCE) / 2.0, error.freedom)
        + student_quantile(0.05, error.freedom);
    steps * error.value.sqrt() < margin
}
