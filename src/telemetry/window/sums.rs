//! Energy of an execution from two logs: what was read of the GPU, and what it had executed.

use std::time::Duration;

use super::log::Log;

/// How many executions were done at which time, rising.
#[derive(Debug, Default)]
pub struct Progress(Vec<(f64, f64)>);

impl Progress {
    /// Notes that `done` executions are done at `at` of the window's clock.
    pub fn note(&mut self, at: Duration, done: u64) {
        self.0.push((at.as_secs_f64(), done as f64));
    }

    /// The executions at `at`, linear between two notes; none outside them.
    fn at(&self, at: f64) -> Option<f64> {
        interpolated(&self.0, at)
    }
}

/// What an execution used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Energy {
    /// Joules of an execution, by the energy counter.
    pub joules: f64,
    /// Watts in the window, by the energy counter.
    pub watts: f64,
    /// Joules of an execution, by integrated power.
    pub by_power: Option<f64>,
    /// Nanoseconds from one execution to the next.
    pub execution_ns: f64,
}

/// The energy of an execution, from the first step of the counter to the first one `length` or more later.
pub fn energy(log: &Log, progress: &Progress, length: Duration) -> Result<Energy, String> {
    if let Some(why) = &log.no_energy {
        return Err(why.clone());
    }
    let few = || "the energy counter moved too seldom".to_owned();
    let (from, before) = *log.steps.first().ok_or_else(few)?;
    let end = from + length.as_secs_f64();
    let last = log.steps.iter().find(|(at, _)| *at >= end);
    let (to, after) = *last.ok_or_else(few)?;
    let joules = after.checked_sub(before).ok_or_else(few)? as f64 / 1000.0;
    let executions = match (progress.at(from), progress.at(to)) {
        (Some(first), Some(last)) if last - first >= 1.0 => last - first,
        _ => return Err("no execution ended in the window: make it longer".to_owned()),
    };
    let span = to - from;
    Ok(Energy {
        joules: joules / executions,
        watts: joules / span,
        by_power: integral(&log.power, from, to).map(|joules| joules / executions),
        execution_ns: span / executions * 1e9,
    })
}

/// The integral of `readings` from `from` to `to` by trapezoids; none where they don't reach over most of it.
fn integral(readings: &[(f64, f64)], from: f64, to: f64) -> Option<f64> {
    let inside: Vec<(f64, f64)> = readings
        .iter()
        .copied()
        .filter(|(at, _)| (from..=to).contains(at))
        .collect();
    let (first, last) = (inside.first()?, inside.last()?);
    let span = last.0 - first.0;
    if span < 0.9 * (to - from) {
        return None;
    }
    let area: f64 = inside
        .windows(2)
        .map(|pair| (pair[1].0 - pair[0].0) * f64::midpoint(pair[0].1, pair[1].1))
        .sum();
    // What lies outside the first and last reading is taken at the mean.
    Some(area / span * (to - from))
}

fn interpolated(points: &[(f64, f64)], at: f64) -> Option<f64> {
    let after = points.partition_point(|(time, _)| *time < at);
    let (t1, y1) = *points.get(after)?;
    if t1 <= at {
        return Some(y1);
    }
    let (t0, y0) = *points.get(after.checked_sub(1)?)?;
    Some(y0 + (y1 - y0) * (at - t0) / (t1 - t0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A counter that moves ten times a second at 500 W, and power that is read a hundred times.
    fn log(seconds: u32) -> Log {
        Log {
            steps: (0..=10 * seconds)
                .map(|step| {
                    (
                        1.03 + 0.1 * f64::from(step),
                        7_000_000 + 50_000 * u64::from(step),
                    )
                })
                .collect(),
            power: (0..=100 * (seconds + 1))
                .map(|step| (1.0 + 0.01 * f64::from(step), 500.0))
                .collect(),
            ..Log::default()
        }
    }

    /// 1,000 executions a second, known every 5 ms or so.
    fn progress(seconds: u32) -> Progress {
        let mut progress = Progress::default();
        for step in 0..200 * (seconds + 3) {
            let at = 0.0051 * f64::from(step);
            let done = format!("{:.0}", at * 1000.0).parse().expect("a number");
            progress.note(Duration::from_secs_f64(at), done);
        }
        progress
    }

    #[test]
    fn a_window_of_any_length_gives_the_same_energy() {
        for seconds in [2, 4] {
            let length = Duration::from_secs(seconds.into());
            let found = energy(&log(seconds), &progress(seconds), length).expect("energy");
            let near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 1e-3;
            assert!(near(found.joules, 0.5), "{found:?}");
            assert!(near(found.watts, 500.0), "{found:?}");
            assert!(near(found.by_power.expect("power"), 0.5), "{found:?}");
            assert!(near(found.execution_ns, 1e6), "{found:?}");
        }
    }

    #[test]
    fn what_is_too_short_has_no_energy() {
        let long = Duration::from_secs(3);
        let found = energy(&log(2), &progress(3), long);
        assert_eq!(found, Err("the energy counter moved too seldom".to_owned()));
        let mut still = Progress::default();
        still.note(Duration::from_secs(0), 0);
        still.note(Duration::from_secs(100), 1);
        let found = energy(&log(2), &still, Duration::from_secs(2));
        assert!(found.is_err_and(|why| why.starts_with("no execution ended")));
        let denied = Log {
            no_energy: Some("not permitted".to_owned()),
            ..Log::default()
        };
        let found = energy(&denied, &still, long);
        assert_eq!(found, Err("not permitted".to_owned()));
    }

    #[test]
    fn power_that_was_read_too_seldom_is_not_integrated() {
        let readings = [(1.0, 100.0), (2.0, 300.0)];
        let whole = integral(&readings, 1.0, 2.0);
        assert_eq!(whole, Some(200.0));
        assert_eq!(integral(&readings, 0.0, 4.0), None);
        assert_eq!(integral(&[], 0.0, 1.0), None);
    }
}
