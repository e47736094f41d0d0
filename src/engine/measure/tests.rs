//! Sampling against scripted executions.

use std::cell::Cell;

use super::*;
use crate::device::{GroupSeen, Observation, Report};
use crate::id::AxisValue;
use crate::plan::{Cache, Timing};
use crate::record::{Better, FailureKind, Group, GroupVoid, Series, Unit};

/// Plays observations, again from the start when they end; each takes a second.
struct Played<'a> {
    observations: Vec<Observation>,
    taken: usize,
    clock: &'a Cell<u64>,
    /// What is seen of each group, in turns.
    groups: Vec<GroupSeen>,
    closed: usize,
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

    fn end_group(&mut self) -> Result<GroupSeen, Refusal> {
        let place = self.closed % self.groups.len().max(1);
        self.closed += 1;
        Ok(self.groups.get(place).cloned().unwrap_or_default())
    }

    fn finish(&mut self) -> Result<Finished, Refusal> {
        Ok(Finished::default())
    }
}

/// One process of so many samples, with 3 executions to warm up and a minute for all.
pub(super) fn repetition(samples: u32) -> Repetition {
    Repetition {
        processes: 1,
        samples,
        warm_up: 3,
        cache: Cache::Hot,
        timing: Timing::Auto,
        timeout: Duration::from_mins(1),
        budget: Duration::from_mins(1),
        measure: Vec::new(),
        window: None,
    }
}

fn play(observations: Vec<Observation>, samples: u32, budget: u64) -> Result<Measured, Refusal> {
    play_groups(observations, Vec::new(), samples, budget)
}

fn play_groups(
    observations: Vec<Observation>,
    groups: Vec<GroupSeen>,
    samples: u32,
    budget: u64,
) -> Result<Measured, Refusal> {
    let clock = Cell::new(0);
    let mut played = Played {
        observations,
        taken: 0,
        clock: &clock,
        groups,
        closed: 0,
    };
    let repetition = Repetition {
        budget: Duration::from_secs(budget),
        ..repetition(samples)
    };
    measure(
        &mut played,
        &repetition,
        None,
        &|| Duration::from_secs(clock.get()),
        &Ok,
    )
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
        assert_eq!(measured.taken.valid(), taken, "{asked} in {budget} s");
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

fn seen(clock: f64, void: bool) -> GroupSeen {
    GroupSeen {
        clock_mhz: Some(clock),
        void: void.then(|| GroupVoid {
            kind: FailureKind::Clocks,
            why: "the clock sagged".to_owned(),
        }),
    }
}

#[test]
fn a_void_group_is_repeated_whole_and_its_clock_is_not_the_case_s() {
    let groups = vec![seen(1980.0, false), seen(1200.0, true), seen(1990.0, false)];
    let measured = play_groups(vec![timed(1.0)], groups, 50, 1000).expect("measured");
    let series = &measured.taken.series(&BTreeMap::new(), false)[0];
    assert_eq!((series.samples.len(), series.void.len()), (50, 20));
    assert_eq!(
        (series.void[0].index, series.void[0].why.as_str()),
        (20, "the clock sagged")
    );
    // Groups of 20, 20 void, 20, and the ten that were left.
    let of = |group: &Group| (group.samples, group.void.is_some());
    let groups: Vec<_> = measured.taken.groups().iter().map(of).collect();
    assert_eq!(groups, [(20, false), (20, true), (20, false), (10, false)]);
    assert_eq!(measured.taken.clock_mhz(), Some(1980.0));
}

#[test]
fn more_void_groups_than_valid_ones_are_a_failure_of_their_kind() {
    let groups = vec![seen(1200.0, true)];
    let refusal = play_groups(vec![timed(1.0)], groups, 40, 1000).expect_err("refused");
    let message = "clocks did not hold: 3 of 3 groups of samples are void: the clock sagged";
    assert_eq!(refusal, Refusal::failed(FailureKind::Clocks, message));
    let groups = vec![seen(1200.0, true), seen(1980.0, false)];
    assert!(play_groups(vec![timed(1.0)], groups, 40, 1000).is_ok());
}

#[test]
fn a_void_group_does_not_let_the_budget_stop_at_too_few() {
    let groups = vec![seen(1200.0, true), seen(1980.0, false)];
    let measured = play_groups(vec![timed(1.0)], groups, 100, 15).expect("measured");
    assert_eq!(measured.taken.valid(), 10);
    assert!(measured.budget);
}
