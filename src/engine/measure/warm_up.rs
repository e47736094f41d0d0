//! Warming up: as often as asked, and on until the device's clock holds.

use std::time::Duration;

use crate::device::Execution;
use crate::plan::Repetition;
use crate::record::Refusal;

/// Two clocks in a row that differ by this share at most hold.
const HOLDS: f64 = 0.005;

/// Warm-up goes on for so long at most, nor longer than the samples may take or a quarter of the timeout.
const LIMIT: Duration = Duration::from_secs(2);

/// Between two looks at the clock: long enough for it to have moved while it rises.
const STEP: Duration = Duration::from_millis(3);

/// What warming up took.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WarmedUp {
    /// Executions.
    pub executions: u32,
    /// A remark where the clock did not hold.
    pub note: Option<String>,
}

/// Executes as often as `repetition` says, and on until the clock holds within 0.5 % between two looks, where the
/// device has a clock.
pub fn warm_up(
    execution: &mut dyn Execution,
    repetition: &Repetition,
    elapsed: &dyn Fn() -> Duration,
) -> Result<WarmedUp, Refusal> {
    let began = elapsed();
    execution.mark_clock()?;
    let mut done = WarmedUp::default();
    for _ in 0..repetition.warm_up {
        execution.warm_up()?;
        done.executions += 1;
    }
    if repetition.warm_up == 0 {
        return Ok(done);
    }
    let limit = LIMIT.min(repetition.budget).min(repetition.timeout / 4);
    let Some(mut last) = execution.mark_clock()? else {
        return Ok(done);
    };
    loop {
        let step = elapsed();
        while elapsed().saturating_sub(step) < STEP {
            execution.warm_up()?;
            done.executions = done.executions.saturating_add(1);
        }
        let Some(clock) = execution.mark_clock()? else {
            return Ok(done);
        };
        if (clock / last - 1.0).abs() <= HOLDS {
            return Ok(done);
        }
        if elapsed().saturating_sub(began) >= limit {
            let (limit, percent) = (limit.as_secs_f64(), HOLDS * 100.0);
            done.note = Some(format!(
                "the SM clock did not hold within {percent} % in {limit} s of warm-up"
            ));
            return Ok(done);
        }
        last = clock;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::device::{Finished, Observation, Verification};
    use crate::record::Method;

    /// Executions of 1 ms, and clocks as they are read, the last one for ever.
    struct Clocked<'a> {
        clocks: Vec<Option<f64>>,
        marks: usize,
        now: &'a Cell<Duration>,
    }

    impl Execution for Clocked<'_> {
        fn method(&self) -> Method {
            Method {
                name: "scripted".to_owned(),
                executions: 1,
                tick_ns: None,
            }
        }
        fn verify(&mut self) -> Result<Verification, Refusal> {
            Ok(Verification::default())
        }
        fn warm_up(&mut self) -> Result<(), Refusal> {
            self.now.set(self.now.get() + Duration::from_millis(1));
            Ok(())
        }
        fn mark_clock(&mut self) -> Result<Option<f64>, Refusal> {
            let clocks = &self.clocks;
            let place = self.marks;
            self.marks += 1;
            let before = clocks.get(place % clocks.len().max(1)).copied();
            let clock = if place < clocks.len() {
                before
            } else {
                clocks.last().copied()
            };
            Ok(clock.flatten())
        }
        fn sample(&mut self) -> Result<Observation, Refusal> {
            Ok(Observation::default())
        }
        fn finish(&mut self) -> Result<Finished, Refusal> {
            Ok(Finished::default())
        }
    }

    fn warmed(clocks: &[Option<f64>], change: impl FnOnce(&mut Repetition)) -> WarmedUp {
        let now = Cell::new(Duration::ZERO);
        let mut execution = Clocked {
            clocks: clocks.to_vec(),
            marks: 0,
            now: &now,
        };
        let mut repetition = super::super::tests::repetition(5);
        repetition.warm_up = 5;
        repetition.budget = Duration::from_secs(10);
        repetition.timeout = Duration::from_mins(1);
        change(&mut repetition);
        warm_up(&mut execution, &repetition, &|| now.get()).expect("no fault")
    }

    #[test]
    fn it_goes_on_until_the_clock_holds() {
        let some = |clocks: &[f64]| -> Vec<Option<f64>> {
            let all = clocks.iter().copied().map(Some);
            [None].into_iter().chain(all).collect()
        };
        let table = [
            // No clock: as often as asked.
            (vec![None], 5),
            // It holds at once, and one look is needed to see that.
            (some(&[1980.0, 1980.0]), 8),
            (some(&[1980.0, 1989.0]), 8),
            // It rises, and it falls.
            (some(&[345.0, 1200.0, 1800.0, 1980.0, 1979.0]), 17),
            (some(&[1980.0, 1755.0, 1755.0]), 11),
            // It can't be told any more.
            (vec![None, Some(345.0), None], 8),
        ];
        for (clocks, executions) in table {
            let expected = WarmedUp {
                executions,
                note: None,
            };
            assert_eq!(warmed(&clocks, |_| {}), expected, "{clocks:?}");
        }
    }

    #[test]
    fn it_ends_where_the_clock_never_holds() {
        let swings: Vec<Option<f64>> = (0..5000)
            .map(|i| Some(if i % 2 == 0 { 1500.0 } else { 1980.0 }))
            .collect();
        let found = warmed(&swings, |_| {});
        assert!((1990..2010).contains(&found.executions), "{found:?}");
        let note = found.note.expect("a remark");
        assert_eq!(
            note,
            "the SM clock did not hold within 0.5 % in 2 s of warm-up"
        );
        let short = warmed(&swings, |repetition| {
            repetition.budget = Duration::from_millis(50);
        });
        assert!(short.executions < 60, "{short:?}");
        let short = warmed(&swings, |repetition| {
            repetition.timeout = Duration::from_millis(400);
        });
        assert!(short.executions < 110, "{short:?}");
        assert!(
            short.note.is_some_and(|note| note.contains("in 0.1 s")),
            "the limit is named"
        );
    }

    #[test]
    fn no_warm_up_is_none() {
        let found = warmed(&[None, Some(345.0), Some(1980.0)], |repetition| {
            repetition.warm_up = 0;
        });
        assert_eq!(found, WarmedUp::default());
    }
}
