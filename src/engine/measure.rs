//! One unit in one process: verification, warm-up, samples.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::device::{Execution, Finished, Observation, Report, Verification};
use crate::id::AxisValue;
use crate::plan::Repetition;
use crate::record::{FailureKind, Method, Phase, Refusal, Series, Void};

/// The budget ends sampling only once there are so many samples.
const ENOUGH: usize = 10;

/// One in so many samples may be void.
const VOID_SHARE: usize = 5;

/// What one unit yielded, before it is dealt out to its cases.
#[derive(Debug)]
pub struct Measured {
    /// How the time was taken.
    pub method: Method,
    /// What verification found.
    pub verification: Verification,
    /// The samples.
    pub taken: Taken,
    /// Whether the budget ended the sampling.
    pub budget: bool,
    /// What was left to say.
    pub finished: Finished,
    /// Where its time went, in nanoseconds.
    pub phases: BTreeMap<Phase, f64>,
}

/// Verifies, warms up and samples. `elapsed` is a clock that runs.
///
/// Sampling ends by the number of samples or by the budget, never by their values; void samples are repeated, and
/// more than a fifth of them make the case `disturbed`.
pub fn measure(
    execution: &mut dyn Execution,
    repetition: &Repetition,
    elapsed: &dyn Fn() -> Duration,
) -> Result<Measured, Refusal> {
    let mut phases = BTreeMap::new();
    let mut began = elapsed();
    let mut ends = |phase: Phase| {
        let now = elapsed();
        phases.insert(phase, now.saturating_sub(began).as_secs_f64() * 1e9);
        began = now;
    };
    let verification = execution.verify()?;
    ends(Phase::Verify);
    for _ in 0..repetition.warm_up {
        execution.warm_up()?;
    }
    ends(Phase::WarmUp);
    let (taken, budget) = sample(execution, repetition, elapsed)?;
    ends(Phase::Measure);
    let finished = execution.finish()?;
    ends(Phase::Finish);
    phases.extend(execution.phases());
    Ok(Measured {
        phases,
        method: execution.method(),
        verification,
        taken,
        budget,
        finished,
    })
}

fn sample(
    execution: &mut dyn Execution,
    repetition: &Repetition,
    elapsed: &dyn Fn() -> Duration,
) -> Result<(Taken, bool), Refusal> {
    let asked = usize::try_from(repetition.samples).unwrap_or(usize::MAX);
    let began = elapsed();
    let mut taken = Taken::default();
    let mut budget = false;
    while taken.valid < asked && !budget {
        taken.add(execution.sample()?)?;
        taken.judge(asked)?;
        let spent = elapsed().saturating_sub(began);
        budget = taken.valid >= ENOUGH && taken.valid < asked && spent >= repetition.budget;
    }
    taken.judge(taken.valid)?;
    Ok((taken, budget))
}

/// The samples of a unit.
#[derive(Debug, Default)]
pub struct Taken {
    valid: usize,
    void: usize,
    why: String,
    time: Option<Series>,
    reports: Vec<Report>,
    clocks: Vec<f64>,
}

impl Taken {
    /// Takes what one execution yielded.
    fn add(&mut self, observation: Observation) -> Result<(), Refusal> {
        let void = observation.void.as_deref();
        if let Some(time) = observation.time_ns {
            let time = Series::time(vec![time]);
            let own = self.time.get_or_insert_with(|| Series::time(Vec::new()));
            append(own, time, void)?;
        }
        for report in observation.reports {
            append(self.series_of(&report), report.series, void)?;
        }
        self.clocks.extend(observation.clock_mhz);
        match observation.void {
            None => self.valid += 1,
            Some(why) => {
                self.void += 1;
                self.why = why;
            }
        }
        Ok(())
    }

    /// The series that holds the samples of `report`'s point and metric.
    fn series_of(&mut self, report: &Report) -> &mut Series {
        let same = |other: &Report| {
            other.point == report.point && other.series.metric == report.series.metric
        };
        let place = self.reports.iter().position(same);
        let place = place.unwrap_or_else(|| {
            let series = Series {
                samples: Vec::new(),
                void: Vec::new(),
                ..report.series.clone()
            };
            self.reports.push(Report {
                point: report.point.clone(),
                series,
            });
            self.reports.len() - 1
        });
        &mut self.reports[place].series
    }

    /// Refuses what was disturbed too often for `valid` samples.
    fn judge(&self, valid: usize) -> Result<(), Refusal> {
        if self.void <= valid.div_ceil(VOID_SHARE) {
            return Ok(());
        }
        let all = self.valid + self.void;
        let message = format!("{} of {all} samples are void: {}", self.void, self.why);
        Err(Refusal::failed(FailureKind::Disturbed, message))
    }

    /// The median of the clocks that were seen, in MHz.
    pub fn clock_mhz(&self) -> Option<f64> {
        let mut clocks = self.clocks.clone();
        clocks.sort_by(f64::total_cmp);
        let high = clocks.get(clocks.len() / 2)?;
        let low = clocks.get(clocks.len().saturating_sub(1) / 2)?;
        Some(f64::midpoint(*low, *high))
    }

    /// The series of the case at `axes`: its time first. `shared` is an execution that reports several cases, and
    /// whose own time is therefore nobody's.
    pub fn series(&self, axes: &BTreeMap<&str, &AxisValue>, shared: bool) -> Vec<Series> {
        let here = |report: &&Report| {
            let on_axes = |(name, value): (&String, &AxisValue)| {
                axes.get(name.as_str()).is_some_and(|own| *own == value)
            };
            !(shared && report.point.is_empty()) && report.point.iter().all(on_axes)
        };
        let own = self.time.iter().filter(|_| !shared);
        let reported = self.reports.iter().filter(here).map(|r| &r.series);
        let mut series: Vec<Series> = own.chain(reported).cloned().collect();
        series.sort_by_key(|series| series.metric != "time");
        series
    }
}

/// Appends the samples of `more` to `series`, as void ones where `void` says why.
fn append(series: &mut Series, more: Series, void: Option<&str>) -> Result<(), Refusal> {
    if (series.unit, series.better) != (more.unit, more.better) {
        let message = format!("the metric {:?} changed its unit or direction", more.metric);
        return Err(Refusal::failed(FailureKind::Protocol, message));
    }
    let start = series.samples.len() + series.void.len();
    series.void.extend(more.void.into_iter().map(|old| Void {
        index: start + old.index,
        ..old
    }));
    match void {
        None => series.samples.extend(more.samples),
        Some(why) => {
            let void = more.samples.into_iter().enumerate();
            series.void.extend(void.map(|(index, value)| Void {
                index: start + index,
                value,
                why: why.to_owned(),
            }));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
