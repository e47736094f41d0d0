//! What the driver's events can tell apart, and what they read around nothing: measured, never subtracted.

use std::rc::Rc;

use super::clock::Clock;
use super::driver::{CallError, Context, Event, Function, Stream};
use super::support::plain;
use crate::record::Timer;
use crate::stats::median_of;

/// Readings of each sort.
const READINGS: u64 = 64;

/// Readings that count for nothing before those: the first ones wait for the driver.
const UNCOUNTED: u64 = 8;

/// By how many cycles the waits of successive readings differ: fewer than a tick has, so that every tick is met.
const STEP: u64 = 16;

/// Two readings that differ by less are the same: what an event's time in 32-bit milliseconds can't tell apart.
const SAME_NS: f64 = 0.25;

/// Measures the timer on `stream`; without `clock` only by pairs of events with nothing between them.
pub fn measure(
    context: &Rc<Context>,
    clock: Option<&Clock>,
    stream: &Stream,
) -> Result<Timer, CallError> {
    let pair = Pair {
        start: Event::new(context)?,
        stop: Event::new(context)?,
        stream,
    };
    let mut all = Vec::new();
    let mut typical = |function: Option<&Function>| {
        let found = (0..UNCOUNTED + READINGS).map(|_| pair.around(function, &[]));
        let found: Vec<f64> = found.collect::<Result<_, _>>()?;
        let counted = found.into_iter().skip(UNCOUNTED.try_into().unwrap_or(0));
        let counted: Vec<f64> = counted.collect();
        all.extend(&counted);
        Ok::<_, CallError>(median_of(&counted))
    };
    let empty_pair_ns = typical(None)?;
    let empty_kernel_ns = match clock {
        Some(clock) => typical(Some(&clock.nothing))?,
        None => None,
    };
    for number in 0..READINGS {
        if let Some(clock) = clock {
            all.push(pair.around(Some(&clock.wait), &[number * STEP])?);
        }
    }
    Ok(Timer {
        tick_ns: tick(all),
        empty_pair_ns,
        empty_kernel_ns,
    })
}

/// Two events on a stream.
struct Pair<'a> {
    start: Event,
    stop: Event,
    stream: &'a Stream,
}

impl Pair<'_> {
    /// Nanoseconds between the events, with `function` between them where there is one.
    fn around(&self, function: Option<&Function>, values: &[u64]) -> Result<f64, CallError> {
        self.start.record(self.stream)?;
        if let Some(function) = function {
            function.launch(&plain(1, 1), values, self.stream)?;
        }
        self.stop.record(self.stream)?;
        self.stop.synchronize()?;
        self.stop.since(&self.start)
    }
}

/// The smallest difference between two of `readings`, in their unit; none where all are the same.
fn tick(mut readings: Vec<f64>) -> Option<f64> {
    readings.retain(|reading| reading.is_finite());
    readings.sort_unstable_by(f64::total_cmp);
    let differences = readings.windows(2).map(|pair| pair[1] - pair[0]);
    differences
        .filter(|difference| *difference > SAME_NS)
        .min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tick_is_the_smallest_difference() {
        let milliseconds = |ticks: u16| f64::from(f32::from(ticks) * 32e-6) * 1e6;
        let many: Vec<f64> = [40, 41, 39, 40, 40, 120, 57]
            .into_iter()
            .map(milliseconds)
            .collect();
        let found = tick(many).expect("a tick");
        assert!((found - 32.0).abs() < 0.01, "{found}");
        assert_eq!(tick(vec![1280.0, 1280.0001, 1280.0]), None);
        assert_eq!(tick(vec![f64::NAN, 1.0]), None);
        assert_eq!(tick(Vec::new()), None);
        assert_eq!(tick(vec![1000.0, 3048.0, 2024.0]), Some(1024.0));
    }
}
