//! What series of every sort are said to be, and how often wrongly.

use super::*;
use crate::rng::Sequence;
use crate::stats::change_points::candidate;
use crate::stats::simulated::autoregressive;

const NIGHTS: usize = 90;
/// The noise from night to night, as a share; three times as much exceeds `min-effect` by far.
const SIGMA: f64 = 0.004;
const RULE: Rule = Rule {
    alarm: ALARM,
    min_effect: Some(0.005),
};

/// A series of noise and what `change` adds to each night, in units of the noise.
fn nights(sequence: &mut Sequence, phi: f64, change: impl Fn(usize) -> f64) -> Nights {
    let noise = autoregressive(sequence, NIGHTS, phi);
    let logs = noise.iter().enumerate();
    Nights {
        days: (0..NIGHTS).map(|night| night as f64).collect(),
        logs: logs
            .map(|(night, noise)| 9.0 + SIGMA * (noise + change(night)))
            .collect(),
    }
}

/// The end of the one-sided 95 % interval of a share: `found` of `all`, by the normal approximation of Wilson 1927.
fn bound(found: usize, all: usize, side: f64) -> f64 {
    let z = 1.645 * side;
    let (x, n) = (found as f64 / all as f64, all as f64);
    let middle = x + z * z / (2.0 * n);
    let half = z * (x * (1.0 - x) / n + z * z / (4.0 * n * n)).sqrt();
    (middle + half) / (1.0 + z * z / n)
}

fn upper(found: usize, all: usize) -> f64 {
    bound(found, all, 1.0)
}

fn lower(found: usize, all: usize) -> f64 {
    bound(found, all, -1.0)
}

/// Of 2,000 series without a change, at most as many as are asked for have any change point at p 0.05, whatever the
/// floors and the trends would take of them.
#[test]
fn quiet_series_have_few_change_points() {
    const SERIES: usize = 2_000;
    for (phi, most) in [(0.0, 0.06), (0.3, 0.09), (0.5, 0.16)] {
        let mut sequence = Sequence::new(5);
        let found = (0..SERIES)
            .filter(|_| {
                let series = nights(&mut sequence, phi, |_| 0.0);
                candidate(&series.logs).is_some_and(|found| found.p <= 0.05)
            })
            .count();
        let bound = upper(found, SERIES);
        assert!(bound <= most, "{phi}: {found} of {SERIES}, at most {bound}");
    }
}

/// A step of `change` after the first nights, `after` of them.
fn step(after: usize, change: f64) -> impl Fn(usize) -> f64 {
    move |night| if night >= NIGHTS - after { change } else { 0.0 }
}

/// Of series that step by three standard deviations 7 nights before their end, 90 % are alarmed.
#[test]
fn a_step_is_found_within_a_week() {
    const SERIES: usize = 400;
    let mut sequence = Sequence::new(6);
    let found = (0..SERIES)
        .filter(|_| {
            let course = course(&nights(&mut sequence, 0.0, step(7, 3.0)), RULE);
            let near = |step: &Step| step.at.abs_diff(NIGHTS - 7) <= 2 && step.shift > 0.0;
            course.steps.iter().any(near)
        })
        .count();
    assert!(lower(found, SERIES) >= 0.9, "{found} of {SERIES}");
}

/// 14 nights after it, 90 % are established where no other of 1,000 series changed: Benjamini and Hochberg then ask
/// for p of a thousandth of the rate.
#[test]
fn a_step_among_a_thousand_series_is_established_within_two_weeks() {
    const SERIES: usize = 400;
    const RATE: f64 = 0.01;
    let mut sequence = Sequence::new(7);
    let found = (0..SERIES)
        .filter(|_| {
            let course = course(&nights(&mut sequence, 0.0, step(14, 3.0)), RULE);
            course.steps.iter().any(|step| step.p <= RATE / 1_000.0)
        })
        .count();
    assert!(lower(found, SERIES) >= 0.9, "{found} of {SERIES}");

    let mut courses: Vec<Course> = (0..1_000)
        .map(|index| {
            let change = if index == 500 { 3.0 } else { 0.0 };
            course(&nights(&mut sequence, 0.0, step(14, change)), RULE)
        })
        .collect();
    establish(&mut courses, RATE);
    for (index, course) in courses.iter().enumerate() {
        let established = |step: &Step| step.standing == Standing::Established;
        assert_eq!(
            course.steps.iter().any(established),
            index == 500,
            "{index}: {course:?}"
        );
    }
}

/// 0.3 % a week is a trend, and has no night and no commit, whatever the noise.
#[test]
fn a_ramp_is_a_trend() {
    const SERIES: usize = 60;
    for (sigma, phi) in [(0.001, 0.0), (0.004, 0.0), (0.004, 0.3), (0.0005, 0.5)] {
        let mut sequence = Sequence::new(8);
        let of_noise = |weekly: f64| weekly / SIGMA;
        for index in 0..SERIES {
            let mut series = nights(&mut sequence, phi, |_| 0.0);
            for (night, log) in series.logs.iter_mut().enumerate() {
                let ramp = of_noise(0.003) * SIGMA * night as f64 / 7.0;
                *log = 9.0 + (*log - 9.0) * sigma / SIGMA + ramp;
            }
            let course = course(&series, RULE);
            let at = format!("{sigma} {phi} {index}: {course:?}");
            assert!(course.steps.is_empty(), "{at}");
            let [trend] = course.trends.as_slice() else {
                panic!("{at}");
            };
            assert_eq!((trend.from, trend.to), (0, NIGHTS), "{at}");
            assert!(
                (trend.per_week - 0.003).abs() < 0.0015 && trend.p <= ALARM,
                "{at}"
            );
        }
    }
}

/// One night far off is no change, wherever it is.
#[test]
fn a_spike_is_no_step() {
    let mut sequence = Sequence::new(9);
    for index in 0..300 {
        let place = [4, 45, 84, 85, 88, 89][index % 6];
        let spike = |night: usize| if night == place { 25.0 } else { 0.0 };
        let course = course(&nights(&mut sequence, 0.0, spike), RULE);
        assert!(
            course.steps.is_empty() && course.trends.is_empty(),
            "{place}: {course:?}"
        );
    }
}

#[test]
fn segments_cover_the_nights_and_steps_have_their_size() {
    let mut sequence = Sequence::new(10);
    let twice = |night: usize| match night {
        0..30 => 0.0,
        30..60 => 20.0,
        _ => 8.0,
    };
    let course = course(&nights(&mut sequence, 0.0, twice), RULE);
    let ends: Vec<(usize, usize)> = course
        .segments
        .iter()
        .map(|segment| (segment.from, segment.to))
        .collect();
    assert_eq!(ends, [(0, 30), (30, 60), (60, 90)]);
    for (step, expected) in course.steps.iter().zip([20.0, -12.0]) {
        let expected = expected * SIGMA;
        assert!((step.shift - expected).abs() < 2.0 * SIGMA, "{course:?}");
        assert!(
            step.interval.low < expected && expected < step.interval.high,
            "{course:?}"
        );
    }
}

#[test]
fn what_is_small_is_not_told() {
    let mut sequence = Sequence::new(11);
    let small = nights(
        &mut sequence,
        0.0,
        |night| if night >= 45 { 10.0 } else { 0.0 },
    );
    let least = |min_effect| Rule { min_effect, ..RULE };
    assert!(course(&small, least(Some(0.05))).steps.is_empty());
    assert_eq!(course(&small, least(Some(0.03))).steps.len(), 1);
    assert_eq!(course(&small, least(None)).steps.len(), 1);
}

#[test]
fn short_and_constant_series_have_no_findings() {
    for count in [0, 1, 9, 10, 40] {
        let level = Nights {
            days: (0..count).map(f64::from).collect(),
            logs: vec![9.0; usize::try_from(count).expect("a count")],
        };
        let course = course(&level, RULE);
        assert_eq!(course.segments.len(), usize::from(count > 0));
        assert!(course.steps.is_empty() && course.trends.is_empty());
    }
    // All in one moment: no slope, and no panic.
    let days = vec![0.0; 20];
    let logs = (0..20).map(|night| f64::from(night / 10)).collect();
    assert_eq!(course(&Nights { days, logs }, RULE).steps.len(), 1);
}
