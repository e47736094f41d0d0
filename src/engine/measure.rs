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
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::plan::{Cache, Timing};
    use crate::record::{Better, Unit};

    /// Plays observations, again from the start when they end; each takes a second.
    struct Played<'a> {
        observations: Vec<Observation>,
        taken: usize,
        clock: &'a Cell<u64>,
    }

    impl Execution for Played<'_> {
        fn method(&self) -> Method {
            Method {
                name: "wall".to_owned(),
                executions: 1,
                tick_ns: None,
            }
        }

        fn verify(&mut self) -> Result<Verification, Refusal> {
            Ok(Verification::default())
        }

        fn warm_up(&mut self) -> Result<(), Refusal> {
            self.clock.set(self.clock.get() + 100);
            Ok(())
        }

        fn sample(&mut self) -> Result<Observation, Refusal> {
            self.clock.set(self.clock.get() + 1);
            let place = self.taken % self.observations.len();
            self.taken += 1;
            Ok(self.observations[place].clone())
        }

        fn finish(&mut self) -> Result<Finished, Refusal> {
            Ok(Finished::default())
        }
    }

    fn play(
        observations: Vec<Observation>,
        samples: u32,
        budget: u64,
    ) -> Result<Measured, Refusal> {
        let clock = Cell::new(0);
        let mut played = Played {
            observations,
            taken: 0,
            clock: &clock,
        };
        let repetition = Repetition {
            processes: 1,
            samples,
            warm_up: 3,
            cache: Cache::Hot,
            timing: Timing::Auto,
            timeout: Duration::from_mins(1),
            budget: Duration::from_secs(budget),
        };
        measure(&mut played, &repetition, &|| {
            Duration::from_secs(clock.get())
        })
    }

    fn timed(time: f64) -> Observation {
        Observation {
            time_ns: Some(time),
            ..Observation::default()
        }
    }

    fn void(time: f64) -> Observation {
        Observation {
            void: Some("late".to_owned()),
            ..timed(time)
        }
    }

    #[test]
    fn the_budget_stops_only_what_has_ten_samples() {
        // (samples asked, budget in seconds; samples taken, stopped by the budget)
        let table = [
            (100, 50, 50, true),
            (100, 3, 10, true),
            (8, 1, 8, false),
            (20, 20, 20, false),
            (1, 0, 1, false),
        ];
        for (asked, budget, taken, stopped) in table {
            let measured = play(vec![timed(5.0)], asked, budget).expect("measured");
            assert_eq!(measured.taken.valid, taken, "{asked} in {budget} s");
            assert_eq!(measured.budget, stopped, "{asked} in {budget} s");
        }
    }

    #[test]
    fn void_samples_are_kept_apart_and_repeated() {
        let mut script = vec![timed(1.0); 9];
        script.insert(4, void(9.0));
        let measured = play(script, 18, 1000).expect("measured");
        let series = &measured.taken.series(&BTreeMap::new(), false)[0];
        assert_eq!(series.samples, vec![1.0; 18]);
        let places: Vec<usize> = series.void.iter().map(|void| void.index).collect();
        assert_eq!(places, [4, 14]);
        assert_eq!(
            (series.void[0].value, series.void[0].why.as_str()),
            (9.0, "late")
        );
    }

    #[test]
    fn more_than_a_fifth_of_void_samples_is_a_failure() {
        let refusal = play(vec![timed(1.0), void(2.0)], 10, 1000).expect_err("disturbed");
        let message = "3 of 6 samples are void: late";
        assert_eq!(refusal, Refusal::failed(FailureKind::Disturbed, message));
        // Under the budget it is the share of what was taken that counts.
        let refusal = play(vec![timed(1.0), void(2.0)], 100, 20).expect_err("disturbed");
        let message = "10 of 20 samples are void: late";
        assert_eq!(refusal, Refusal::failed(FailureKind::Disturbed, message));
        assert!(
            play(
                vec![timed(1.0), timed(1.0), timed(1.0), timed(1.0), void(2.0)],
                20,
                1000
            )
            .is_ok()
        );
    }

    fn report(point: &[(&str, i64)], metric: &str, samples: &[f64]) -> Report {
        let point = point
            .iter()
            .map(|(n, v)| ((*n).to_owned(), AxisValue::Integer(*v)));
        Report {
            point: point.collect(),
            series: Series {
                metric: metric.to_owned(),
                ..Series::time(samples.to_vec())
            },
        }
    }

    #[test]
    fn reports_go_to_the_case_at_their_point_with_time_first() {
        let observation = Observation {
            reports: vec![
                report(&[("batch", 1)], "tokens", &[7.0]),
                report(&[("batch", 1)], "time", &[1.0, 2.0]),
                report(&[("batch", 8)], "time", &[8.0]),
                report(&[], "peak-memory", &[3.0]),
            ],
            ..Observation::default()
        };
        let taken = play(vec![observation], 2, 1000).expect("measured").taken;
        let of = |batch: i64, shared| {
            let value = AxisValue::Integer(batch);
            let series = taken.series(&BTreeMap::from([("batch", &value)]), shared);
            let named = series
                .into_iter()
                .map(|series| (series.metric, series.samples));
            named.collect::<Vec<_>>()
        };
        let time = ("time".to_owned(), vec![1.0, 2.0, 1.0, 2.0]);
        let tokens = ("tokens".to_owned(), vec![7.0, 7.0]);
        assert_eq!(of(1, true), [time, tokens]);
        assert_eq!(of(8, true), [("time".to_owned(), vec![8.0, 8.0])]);
        assert_eq!(of(8, false)[1].0, "peak-memory");
        assert_eq!(of(9, true), []);
    }

    #[test]
    fn a_metric_that_changes_its_unit_is_refused() {
        let mut other = report(&[], "energy", &[1.0]);
        other.series.unit = Unit::Joules;
        other.series.better = Better::Lower;
        let observation = Observation {
            reports: vec![report(&[], "energy", &[1.0]), other],
            ..Observation::default()
        };
        let refusal = play(vec![observation], 1, 1000).expect_err("refused");
        let message = "the metric \"energy\" changed its unit or direction";
        assert_eq!(refusal, Refusal::failed(FailureKind::Protocol, message));
    }

    #[test]
    fn the_clock_is_the_median() {
        let at = |clock| Observation {
            clock_mhz: Some(clock),
            ..timed(1.0)
        };
        let taken = play(vec![at(1980.0), at(300.0), at(1990.0), at(2000.0)], 4, 9)
            .expect("measured")
            .taken;
        assert_eq!(taken.clock_mhz(), Some(1985.0));
    }
}
