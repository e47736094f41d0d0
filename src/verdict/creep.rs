//! What crept: the newest runs of a metric against its anchor, which no plain save moves.
//!
//! Each night's comparison with the recent runs forgives a change that is too small to be seen, so that many of them
//! add up unseen. The anchor stays where it is, and [`Judgement::hold_to_anchor`] looks at the distance.

use serde::Serialize;

use super::shift::Values;
use super::{Comparison, Judgement, Policy, Side, Verdict, words};
use crate::record::Better;
use crate::stats::{ProcessValues, Variance};

/// How many runs stand against an anchor: the candidate and the newest of its base.
pub const NEWEST: usize = 7;

/// The share of the margin from which on a distance is called crept.
const OF_MARGIN: f64 = 0.75;

/// A distance below this many standard errors is noise. One night of 3.5 million lies beyond it by chance, where the
/// errors are normal and known: none in a thousand years.
const SURE: f64 = 5.0;

/// What the newest runs of a metric may not creep away from.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// Its value, in the unit of the samples: the exponential of the mean location of the runs that made it.
    pub value: f64,
    /// How many runs made it.
    pub runs: u32,
    /// The last of them.
    pub since: String,
    /// The standard error, in logs, of the ratios by which it was carried to this machine; 0 where it was made here.
    pub carried: f64,
}

/// How far the newest runs lie from the anchor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// The mean of the newest runs over the anchor, less 1: 0.01 is 1 % more, whether that is better or worse.
    pub estimate: f64,
    /// The worsening, as a share, from which on it is called crept.
    pub limit: f64,
    /// How many runs the mean is of, the candidate among them.
    pub runs: usize,
    /// The anchor, in the unit of the samples.
    pub anchor: f64,
    /// How many runs made the anchor.
    pub anchor_runs: u32,
    /// The last run that made it.
    pub since: String,
}

impl Policy {
    /// The worsening against the anchor, as a share, from which on a metric is called crept: 0.75 of the margin.
    pub fn creep(&self) -> f64 {
        OF_MARGIN * self.margin
    }
}

impl Judgement {
    /// Adds how far the newest runs of `case` lie from its anchor, and makes the verdict `crept` where that is too
    /// much and the case isn't called worse already. `case.base.runs` are oldest first.
    ///
    /// The newest runs are the candidate and the 6 newest of its base; with fewer nothing is said. The distance must
    /// reach both [`Policy::creep`] and 5 standard errors. A candidate that is improved and lies itself nearer to the
    /// anchor than [`Policy::creep`] is the repair, and stays `improved`.
    pub fn hold_to_anchor(&mut self, case: &Comparison, anchor: &Anchor) {
        if self.change.is_none() {
            return;
        }
        let Some(distance) = Distance::of(case, anchor) else {
            return;
        };
        let creep = case.policy.creep();
        let limit = creep.max((SURE * distance.error).exp_m1());
        let sign = sign(case.better);
        self.drift = Some(Drift {
            estimate: (sign * distance.worse).exp_m1(),
            limit,
            runs: NEWEST,
            anchor: anchor.value,
            anchor_runs: anchor.runs,
            since: anchor.since.clone(),
        });
        let is_repaired = self.verdict == Verdict::Improved && distance.candidate.exp_m1() < creep;
        if distance.worse.exp_m1() >= limit && self.is_not_worse() && !is_repaired {
            self.verdict = Verdict::Crept;
            (self.bound, self.planning) = (None, None);
            let why = self.drift.as_ref().map(|drift| words::crept(case, drift));
            self.reasons.splice(0..0, why);
        }
    }

    /// Whether its values were compared, and nothing says that it got worse.
    fn is_not_worse(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::Improved | Verdict::Suspect | Verdict::Unchanged | Verdict::Inconclusive
        )
    }
}

/// 1 where more is worse, -1 where less is.
fn sign(better: Better) -> f64 {
    match better {
        Better::Lower => 1.0,
        Better::Higher => -1.0,
    }
}

/// Logs by which the newest runs are worse than the anchor.
struct Distance {
    /// Of their mean.
    worse: f64,
    /// The standard error of that.
    error: f64,
    /// Of the candidate alone.
    candidate: f64,
}

impl Distance {
    /// The mean m of n runs less the anchor of a runs. With the spread s_run between runs, and s between the k
    /// processes of a run (pooled within the n runs), its variance is (s_run^2 + s^2 / k) (1 / n + 1 / a): the anchor's
    /// runs are taken to have been as noisy as the newest. An anchor that was carried here from another machine has the
    /// squared error of that besides.
    fn of(case: &Comparison, anchor: &Anchor) -> Option<Self> {
        let candidate: Vec<ProcessValues> = case.candidate.processes().copied().collect();
        let earlier: Vec<&Vec<ProcessValues>> = case
            .base
            .runs
            .iter()
            .filter(|run| !run.is_empty())
            .collect();
        let from = (earlier.len() + 1).checked_sub(NEWEST)?;
        let mut runs: Vec<Vec<ProcessValues>> = earlier[from..].iter().copied().cloned().collect();
        runs.push(candidate);
        let runs = Values::of(&Side { runs }, case.better, |process| process.location);
        let means: Vec<f64> = runs.means().collect();
        let within = Variance::pooled(runs.by_run()).map_or(0.0, |pooled| pooled.value);
        let processes = runs.all().count() as f64 / means.len() as f64;
        let of_run = case.policy.between_run.deviation.powi(2) + within / processes;
        let parts = 1.0 / means.len() as f64 + 1.0 / f64::from(anchor.runs.max(1));
        let level = sign(case.better) * anchor.value.ln();
        let found = Self {
            worse: means.iter().sum::<f64>() / means.len() as f64 - level,
            error: (of_run * parts + anchor.carried.powi(2)).sqrt(),
            candidate: means.last()? - level,
        };
        (found.worse.is_finite() && found.error.is_finite()).then_some(found)
    }
}
