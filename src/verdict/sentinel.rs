//! Whether the machine moved: by workloads whose own code is not in question.

use serde::Serialize;

use super::{Judgement, Verdict, words};
use crate::id::CaseId;
use crate::stats::{CONFIDENCE, Interval, student_quantile, student_sf};

/// The sentinels of one kind of device, and how far they moved together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// What they were measured by: `cuda`, `host`, `command`, `mock`.
    pub kind: String,
    /// The mean change of their times: 0.02 is 2 % more time.
    pub estimate: f64,
    /// Its 99 % interval.
    pub interval: Interval,
    /// The sentinels.
    pub sentinels: Vec<CaseId>,
}

/// How far the times of `sentinels`, of one `kind`, moved together; `None` where they didn't.
///
/// They moved where all changes have one direction, their mean (of the logs) is more than `min_effect`, and it is
/// significant at q / 2 in that direction. What disturbs a run disturbs all of its cases, so the errors of the
/// sentinels are taken for one and the same: the error of the mean is the mean of the errors, with the fewest degrees
/// of freedom of any. That is never too small, whatever the errors have in common.
pub fn moved(kind: &str, sentinels: &[&Judgement], min_effect: f64, q: f64) -> Option<Moved> {
    let tested: Vec<(&CaseId, Shift)> = sentinels
        .iter()
        .filter(|judgement| judgement.metric == "time")
        .filter_map(|judgement| Some((&judgement.id, Shift::of(judgement)?)))
        .collect();
    let shifts = || tested.iter().map(|(_, shift)| shift);
    let direction = shifts().next()?.worse.signum();
    if !shifts().all(|shift| shift.worse * direction > 0.0) {
        return None;
    }
    let count = tested.len() as f64;
    let mean = shifts().map(|shift| shift.worse).sum::<f64>() / count;
    let error = shifts().map(|shift| shift.error).sum::<f64>() / count;
    let freedom = shifts()
        .map(|shift| shift.freedom)
        .fold(f64::INFINITY, f64::min);
    let is_significant = student_sf(mean.abs() / error, freedom) <= q / 2.0;
    if mean.exp_m1().abs() <= min_effect || !is_significant {
        return None;
    }
    let half = student_quantile((1.0 - CONFIDENCE) / 2.0, freedom) * error;
    Some(Moved {
        kind: kind.to_owned(),
        estimate: mean.exp_m1(),
        interval: Interval {
            low: (mean - half).exp_m1(),
            high: (mean + half).exp_m1(),
        },
        sentinels: tested.into_iter().map(|(id, _)| id.clone()).collect(),
    })
}

/// A change in logs, with its error.
struct Shift {
    worse: f64,
    error: f64,
    freedom: f64,
}

impl Shift {
    /// The change of a time that was tested; `None` for one without.
    fn of(judgement: &Judgement) -> Option<Self> {
        let change = judgement.change?;
        let width = change.interval.high.ln_1p() - change.interval.low.ln_1p();
        let error = width / 2.0 / student_quantile((1.0 - CONFIDENCE) / 2.0, change.freedom);
        let worse = change.estimate.ln_1p();
        (worse.is_finite() && error > 0.0 && error.is_finite()).then_some(Self {
            worse,
            error,
            freedom: change.freedom,
        })
    }
}

impl Judgement {
    /// Makes a verdict that rests on compared values `inconclusive`, since the machine `moved`; the reasons say what
    /// it would have been.
    pub fn withdraw(&mut self, moved: &[Moved]) {
        if moved.is_empty() || !self.verdict.is_of_values() {
            return;
        }
        let otherwise = (self.verdict != Verdict::Inconclusive).then_some(self.verdict);
        let why = moved.iter().map(|moved| words::moved(moved, otherwise));
        self.reasons.splice(0..0, why);
        self.verdict = Verdict::Inconclusive;
        (self.bound, self.planning) = (None, None);
    }
}
