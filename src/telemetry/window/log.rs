//! What the reading thread of a window writes down.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::{Shared, Window};
use crate::device::cuda::nvml::Answer;
use crate::plan::Measure;
use crate::telemetry::instruments::Instruments;

/// How often the energy counter is looked at: its steps are known to as much.
const PACE: Duration = Duration::from_millis(2);

/// How often power is read.
const POWER: f64 = 0.01;

/// How often utilisation is read.
const UTILISATION: f64 = 0.05;

/// What was read in a window; times are seconds since its origin.
#[derive(Debug, Default)]
pub struct Log {
    /// When the energy counter moved, and the millijoules it moved to.
    pub steps: Vec<(f64, u64)>,
    /// Watts.
    pub power: Vec<(f64, f64)>,
    /// Shares.
    pub utilisation: Vec<f64>,
    /// Metrics of the performance monitor.
    pub activity: Option<Vec<(&'static str, f64)>>,
    /// Why there is no energy, where it can't be had.
    pub no_energy: Option<String>,
    /// Why there is no utilisation, where it can't be had.
    pub no_utilisation: Option<String>,
}

impl Log {
    /// The mean utilisation, or why there is none.
    pub fn utilisation(&self) -> Result<f64, String> {
        if self.utilisation.is_empty() {
            let why = self.no_utilisation.clone();
            return Err(why.unwrap_or_else(|| "it was not read in time".to_owned()));
        }
        Ok(self.utilisation.iter().sum::<f64>() / self.utilisation.len() as f64)
    }

    /// Takes a reading of the energy counter, `last` being the one before.
    fn energy(&mut self, at: f64, read: Answer<u64>, last: &mut Option<u64>) {
        match read {
            Ok(now) => {
                if last.is_some_and(|before| before != now) {
                    self.steps.push((at, now));
                }
                *last = Some(now);
            }
            Err(why) => self.no_energy = Some(why.to_string()),
        }
    }

    /// Whether the window is long enough, `from` its beginning.
    fn is_enough(&self, window: &Window, from: f64, now: f64) -> bool {
        let length = window.length.as_secs_f64();
        if now < from + length {
            return false;
        }
        if !window.asks(Measure::Energy) || self.no_energy.is_some() {
            return true;
        }
        match (self.steps.first(), self.steps.last()) {
            (Some((first, _)), Some((last, _))) => last - first >= length,
            _ => false,
        }
    }
}

/// Reads until there is enough, or until it is told to stop.
pub fn keep(gpu: &dyn Instruments, window: &Window, origin: Instant, shared: &Shared) -> Log {
    let mut log = Log::default();
    let now = || origin.elapsed().as_secs_f64();
    let stopped = || shared.stop.load(Ordering::Relaxed);
    while origin.elapsed() < window.lead && !stopped() {
        thread::sleep(PACE);
    }
    let from = now();
    let monitor = gpu.monitor();
    let mut last = None;
    let (mut power_due, mut utilisation_due) = (from, from);
    while !stopped() {
        if window.asks(Measure::Energy) && log.no_energy.is_none() {
            let read = gpu.energy();
            log.energy(now(), read, &mut last);
            if now() >= power_due {
                log.power
                    .extend(gpu.power().ok().map(|watts| (now(), watts)));
                power_due = now() + POWER;
            }
        }
        if window.asks(Measure::Utilisation) && now() >= utilisation_due {
            match gpu.utilisation() {
                Ok(share) => log.utilisation.push(share),
                Err(why) => log.no_utilisation = Some(why.to_string()),
            }
            utilisation_due = now() + UTILISATION;
        }
        if log.is_enough(window, from, now()) {
            break;
        }
        thread::sleep(PACE);
    }
    log.activity = monitor.and_then(|monitor| monitor.activity()).ok();
    shared.enough.store(true, Ordering::Relaxed);
    log
}
