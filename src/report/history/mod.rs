//! The history of a suite: series of nights, their steps and trends, as values; and their JSON.

mod human;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::FORMAT;
use crate::baseline::{Between, Night, Series};
use crate::id::{CaseId, Name};
use crate::record::{Better, Unit};
use crate::stats::Interval;
use crate::verdict::history::{Course, Standing, Trend};

/// The history of a suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryView {
    /// The suite.
    pub suite: Name,
    /// The probability at which a series is alarmed.
    pub alarm: f64,
    /// The false discovery rate at which a finding is established.
    pub false_discovery_rate: f64,
    /// The filters, as they were given; with some, the family of series is a part of the suite's.
    pub filters: Vec<String>,
    /// One entry a device and environment key.
    pub machines: Vec<MachineView>,
}

/// The series of one device and environment key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MachineView {
    /// The device: `host`, `cuda`.
    pub device: String,
    /// The environment's key, 64 hex digits.
    pub environment: String,
    /// The nights, oldest first.
    pub nights: Vec<NightView>,
    /// The series, by case, `time` first.
    pub series: Vec<SeriesView>,
}

/// A night of a machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NightView {
    /// When its first run began.
    pub started: jiff::Timestamp,
    /// The commit that it measured, where it is known.
    pub commit: Option<String>,
    /// The ids of its runs.
    pub runs: Vec<String>,
}

/// A series and what became of it. Shares are ratios less 1; indices of nights are those of the machine's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesView {
    /// The case.
    pub case: CaseId,
    /// The metric.
    pub metric: String,
    /// The unit of its values.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// The nights that have a value.
    pub nights: Vec<usize>,
    /// Their values, in the unit: exponentials of mean locations.
    pub values: Vec<f64>,
    /// Older nights whose values were come by in another way and aren't in the series.
    pub left_out: usize,
    /// The autocorrelation from night to night that steps were judged with.
    pub autocorrelation: f64,
    /// The probability of the clearest step by chance, whether it is reported or not.
    pub p_step: f64,
    /// The probability of the clearest trend by chance, whether it is reported or not.
    pub p_trend: f64,
    /// The nights between steps, each with its level.
    pub segments: Vec<SegmentView>,
    /// The steps, oldest first.
    pub steps: Vec<StepView>,
    /// The trends, oldest first.
    pub trends: Vec<TrendView>,
}

/// Nights between two steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentView {
    /// Its first night.
    pub first: usize,
    /// Its last night.
    pub last: usize,
    /// How many nights of the series it has.
    pub count: usize,
    /// The median of its values.
    pub level: f64,
}

/// A step of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepView {
    /// `provisional` or `established`.
    pub status: &'static str,
    /// The last night before it.
    pub last_before: usize,
    /// The first night after it.
    pub first_after: usize,
    /// By how much the value changed, as a share.
    pub change: f64,
    /// The 99 % interval of that.
    pub interval: Interval,
    /// Whether that is the worse direction.
    pub worse: bool,
    /// The probability that chance makes as clear a split.
    pub p: f64,
    /// Whether both nights ran the same code; `None` where that isn't known.
    pub same_code: Option<bool>,
    /// By how much the probed speed of the machine changed as a share, where both sides have probes: the median of
    /// the SM clocks, or of the processor's speeds.
    pub machine: Option<f64>,
    /// What was committed between the two nights.
    pub near: Between,
    /// What was committed before the night before: the step may lie a night earlier.
    pub earlier: Option<Between>,
    /// What was committed until the night after: the step may lie a night later.
    pub later: Option<Between>,
}

/// A trend of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrendView {
    /// `provisional` or `established`.
    pub status: &'static str,
    /// Its first night.
    pub first: usize,
    /// Its last night.
    pub last: usize,
    /// By how much the value changes in 7 days, as a share.
    pub per_week: f64,
    /// The 99 % interval of that.
    pub interval: Interval,
    /// By how much it changed from the first night to the last, as a share.
    pub total: f64,
    /// Whether that is the worse direction.
    pub worse: bool,
    /// The probability that chance makes as clear a trend.
    pub p: f64,
}

impl From<&Night> for NightView {
    fn from(night: &Night) -> Self {
        Self {
            started: night.started,
            commit: night.commit.clone(),
            runs: night.runs.iter().map(|run| run.id.clone()).collect(),
        }
    }
}

impl SeriesView {
    /// A series and its course; the steps are given, since they need the commits.
    pub fn new(series: Series, course: &Course, steps: Vec<StepView>) -> Self {
        let night = |index: usize| series.nights.get(index).copied().unwrap_or_default();
        let segments = course.segments.iter().map(|segment| SegmentView {
            first: night(segment.from),
            last: night(segment.to - 1),
            count: segment.to - segment.from,
            level: segment.level.exp(),
        });
        let trend = |trend: &Trend| TrendView {
            status: status(trend.standing),
            first: night(trend.from),
            last: night(trend.to - 1),
            per_week: trend.per_week.exp_m1(),
            interval: share(trend.interval),
            total: trend.total.exp_m1(),
            worse: is_worse(trend.total, series.better),
            p: trend.p,
        };
        Self {
            segments: segments.collect(),
            trends: course.trends.iter().map(trend).collect(),
            values: series.logs.iter().map(|log| log.exp()).collect(),
            autocorrelation: course.phi,
            p_step: course.p_step,
            p_trend: course.p_trend,
            steps,
            case: series.case,
            metric: series.metric,
            unit: series.unit,
            better: series.better,
            nights: series.nights,
            left_out: series.left_out,
        }
    }
}

/// The word of a standing.
pub fn status(standing: Standing) -> &'static str {
    match standing {
        Standing::Provisional => "provisional",
        Standing::Established => "established",
    }
}

/// An interval of logs as one of shares.
pub fn share(interval: Interval) -> Interval {
    Interval {
        low: interval.low.exp_m1(),
        high: interval.high.exp_m1(),
    }
}

/// Whether a change in logs is the worse direction.
pub fn is_worse(change: f64, better: Better) -> bool {
    match better {
        Better::Lower => change > 0.0,
        Better::Higher => change < 0.0,
    }
}

/// A history for people, with ANSI colours if `color`; everything is readable without.
pub fn history_text(view: &HistoryView, color: bool) -> String {
    human::history(view, color)
}

/// A history for programs: `docs/reference/json.md` describes it.
pub fn history_json(view: &HistoryView) -> String {
    super::json::write(&Wire {
        format: FORMAT,
        kind: "history",
        view,
    })
}

#[derive(Serialize)]
struct Wire<'a> {
    format: u32,
    kind: &'static str,
    #[serde(flatten)]
    view: &'a HistoryView,
}
