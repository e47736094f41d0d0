//! What a comparison could have found, and how many processes would have been enough.

use super::shift::Shift;
use super::{Planning, Policy};
use crate::stats::{CONFIDENCE, Variance, satterthwaite, student_quantile};

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
        processes: fewest_processes(|count| {
            shows_unchanged(location, policy.margin, count)
                && shows_unchanged(body, policy.margin, count)
        }),
    }
}

/// The smallest number of processes from 2 on that is enough, where more are never worse; none where 1,000 are not.
pub fn fewest_processes(is_enough: impl Fn(u32) -> bool) -> Option<u32> {
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
