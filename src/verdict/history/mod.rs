//! The course of a series of nights: where it stepped, and where it drifts. Pure: no files, no clock.
//!
//! `docs/history.md` says in words what is computed here. [`course`] looks at one series, [`establish`] at all of
//! them, since how sure a series must be depends on how many there are.

mod examination;
#[cfg(test)]
mod tests;

pub use examination::course;

use crate::stats::{Interval, benjamini_hochberg};

/// The probability at which a series is alarmed unless something else is asked for.
pub const ALARM: f64 = 0.001;

/// The values of a case, one a night.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Nights {
    /// When, in days since any beginning; rising.
    pub days: Vec<f64>,
    /// Locations: natural logarithms.
    pub logs: Vec<f64>,
}

/// What a step or a trend must be to be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// The largest probability that chance may have.
    pub alarm: f64,
    /// The smallest change, as a share; `None` also takes off the floor of three times the noise.
    pub min_effect: Option<f64>,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Alone it would be sure enough; among all series looked at it may be chance.
    Provisional,
    /// It holds among all series too.
    Established,
}

/// A lasting change from one night to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The index of the first night after it.
    pub at: usize,
    /// By how much it changed, in logs.
    pub shift: f64,
    /// The 99 % interval of that.
    pub interval: Interval,
    /// The probability that chance makes as clear a split.
    pub p: f64,
    /// How sure it is.
    pub standing: Standing,
}

/// A slow change over many nights, which no commit made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// The index of its first night.
    pub from: usize,
    /// The index after its last night.
    pub to: usize,
    /// By how much it changes in 7 days, in logs.
    pub per_week: f64,
    /// The 99 % interval of that.
    pub interval: Interval,
    /// By how much it changed from its first night to its last, in logs.
    pub total: f64,
    /// The probability that chance makes as clear a trend.
    pub p: f64,
    /// How sure it is.
    pub standing: Standing,
}

/// Nights between two steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// The index of its first night.
    pub from: usize,
    /// The index after its last night.
    pub to: usize,
    /// The median of its locations.
    pub level: f64,
}

/// What became of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Course {
    /// The segments between steps, which cover all nights; none for no night.
    pub segments: Vec<Segment>,
    /// The steps, oldest first.
    pub steps: Vec<Step>,
    /// The trends, oldest first.
    pub trends: Vec<Trend>,
    /// The probability of its clearest step by chance, reported or not; 1 where it can't have one, or has a trend.
    pub p_step: f64,
    /// The probability of its clearest trend by chance, reported or not; 1 where it can't have one.
    pub p_trend: f64,
    /// The autocorrelation from night to night that the steps were judged with, 0 to 0.9.
    pub phi: f64,
}

/// Says of each step and each trend whether it holds at the false discovery rate `rate`: one family of all series'
/// clearest steps, and one of their clearest trends.
pub fn establish(courses: &mut [Course], rate: f64) {
    let steps = largest_discovery(courses.iter().map(|course| course.p_step), rate);
    let trends = largest_discovery(courses.iter().map(|course| course.p_trend), rate);
    let standing = |p: f64, largest: Option<f64>| match largest {
        Some(largest) if p <= largest => Standing::Established,
        _ => Standing::Provisional,
    };
    for course in courses {
        for step in &mut course.steps {
            step.standing = standing(step.p, steps);
        }
        for trend in &mut course.trends {
            trend.standing = standing(trend.p, trends);
        }
    }
}

/// The largest of `p_values` that is a discovery.
fn largest_discovery(p_values: impl Iterator<Item = f64>, rate: f64) -> Option<f64> {
    let p_values: Vec<f64> = p_values.collect();
    let discoveries = benjamini_hochberg(&p_values, rate);
    let found = p_values.iter().zip(discoveries);
    found
        .filter_map(|(p, is_one)| is_one.then_some(*p))
        .max_by(f64::total_cmp)
}
