//! Instruments of a script.

use std::cell::Cell;
use std::time::Instant;

use crate::device::cuda::nvml::{Answer, ClockEvents, EccErrors, Process, Unknown};
use crate::telemetry::instruments::{Instruments, Monitoring};

/// Plays what it holds; lists are taken an element a question, the last one again and again.
pub struct Scripted {
    /// Clock events.
    pub events: Vec<ClockEvents>,
    /// Listed processes, by id.
    pub listed: Vec<Vec<u32>>,
    /// The power in watts, at which energy grows ten steps a second.
    pub watts: f64,
    /// Whether the energy counter is there.
    pub counts_energy: bool,
    /// Whether it is an instance.
    pub instance: bool,
    /// Whether there is a performance monitor.
    pub monitor: bool,
    /// How many of the lists' elements were asked for.
    pub asked: [Cell<usize>; 2],
    /// When energy began to grow.
    pub began: Instant,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            events: vec![ClockEvents::new()],
            listed: vec![Vec::new()],
            watts: 300.0,
            counts_energy: true,
            instance: false,
            monitor: true,
            asked: [Cell::new(0), Cell::new(0)],
            began: Instant::now(),
        }
    }
}

impl Scripted {
    fn next<'a, T>(&self, which: usize, list: &'a [T]) -> Answer<&'a T> {
        let number = self.asked[which].get();
        self.asked[which].set(number + 1);
        list.get(number)
            .or(list.last())
            .ok_or(Unknown::NotSupported)
    }
}

impl Instruments for Scripted {
    fn uuid(&self) -> Answer<String> {
        Ok("GPU-1".to_owned())
    }

    fn is_instance(&self) -> bool {
        self.instance
    }

    fn clocks(&self) -> (Answer<u32>, Answer<u32>) {
        (Ok(1980), Err(Unknown::NotSupported))
    }

    fn temperature(&self) -> Answer<u32> {
        Ok(60)
    }

    fn power(&self) -> Answer<f64> {
        Ok(self.watts)
    }

    fn energy(&self) -> Answer<u64> {
        if !self.counts_energy {
            return Err(Unknown::NoCall);
        }
        let steps = (self.began.elapsed().as_secs_f64() * 10.0).floor();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small and positive
        Ok((steps * self.watts * 100.0) as u64)
    }

    fn reasons(&self) -> Answer<Vec<String>> {
        Ok(vec!["sw-power-cap".to_owned()])
    }

    fn clock_events(&self) -> Answer<ClockEvents> {
        self.next(0, &self.events).cloned()
    }

    fn ecc_errors(&self) -> Answer<EccErrors> {
        Err(Unknown::NotSupported)
    }

    fn utilisation(&self) -> Answer<f64> {
        Ok(0.97)
    }

    fn processes(&self) -> Answer<Vec<Process>> {
        let pids = self.next(1, &self.listed)?;
        let named = |pid: &u32| Process {
            pid: *pid,
            name: None,
        };
        Ok(pids.iter().map(named).collect())
    }

    fn monitor(&self) -> Answer<Box<dyn Monitoring + '_>> {
        if self.monitor {
            Ok(Box::new(Half))
        } else {
            Err(Unknown::NotSupported)
        }
    }
}

/// Half of everything.
struct Half;

impl Monitoring for Half {
    fn activity(&self) -> Answer<Vec<(&'static str, f64)>> {
        Ok(vec![("sm-activity", 0.5), ("dram-activity", 0.5)])
    }
}
