//! A window of executions back to back, for what can only be read slowly: energy, power, utilisation, activity.
//!
//! One thread keeps the GPU busy and notes when how many executions were done, another reads the GPU. Both write down
//! times of one clock, and are put together afterwards: neither waits for the other. Energy is taken between two
//! steps of its counter, which moves ten times a second on an H100.

mod log;
mod sums;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Reader;
use crate::device::Execution;
use crate::record::{Better, Refusal, Series, Unit};
use crate::units;

pub use crate::plan::Measure;
use log::Log;
use sums::Progress;

/// Metrics of a window that are judged, and not with the rules of times.
pub const JUDGED: [&str; 2] = ["energy", "utilisation"];

/// Executions before the window proper: readings are means over up to a second.
const LEAD: Duration = Duration::from_secs(1);

/// Waiting for the last step of the energy counter ends so long after the window.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A batch lasts about so long, in nanoseconds: long enough that the host's pauses don't show.
const BATCH_NS: f64 = 5e6;

/// The most executions of a batch: a driver's queue holds about 1,000, and two batches wait.
const MOST: f64 = 400.0;

/// An execution that takes this much longer than its samples did is worth a remark.
const SLOW: f64 = 1.2;

/// What is measured in a window, and how long that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// What is measured.
    pub measures: Vec<Measure>,
    /// How long the GPU is kept busy before.
    pub lead: Duration,
    /// The least length.
    pub length: Duration,
    /// Executions of a batch.
    pub batch: u32,
    /// What an execution took by its samples, in nanoseconds.
    pub typical_ns: Option<f64>,
}

/// What a window found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Windowed {
    /// A metric each, with one value.
    pub series: Vec<Series>,
    /// What could not be measured, and why.
    pub notes: Vec<String>,
}

impl Window {
    /// A window for executions that take `typical_ns`.
    pub fn new(measures: &[Measure], length: Duration, typical_ns: Option<f64>) -> Self {
        let fitting = BATCH_NS / typical_ns.unwrap_or(BATCH_NS);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped
        let batch = fitting.clamp(1.0, MOST) as u32;
        Self {
            measures: measures.to_vec(),
            lead: LEAD,
            length,
            batch,
            typical_ns,
        }
    }

    /// A window that found nothing, and why.
    pub fn nothing(&self, why: &str) -> Windowed {
        let names: Vec<&str> = self.measures.iter().map(|m| m.name()).collect();
        let were = if names.len() == 1 { "was" } else { "were" };
        Windowed {
            series: Vec::new(),
            notes: vec![format!("{} {were} not measured: {why}", names.join(", "))],
        }
    }

    fn asks(&self, measure: Measure) -> bool {
        self.measures.contains(&measure)
    }
}

/// How long a window takes.
pub fn usual(length: Duration) -> Duration {
    LEAD + length
}

/// How long a window may take at most, with all around it: for time limits.
pub fn longest(length: Duration) -> Duration {
    (LEAD + length + PATIENCE) * 3
}

/// What the two threads share.
#[derive(Debug, Default)]
struct Shared {
    /// The reading thread has all that it wants.
    enough: AtomicBool,
    /// The executing thread stops.
    stop: AtomicBool,
}

/// Opens a window once.
pub fn open(
    reader: &mut Reader,
    execution: &mut dyn Execution,
    window: &Window,
) -> Result<Windowed, Refusal> {
    let instance = reader.ask(|gpu| Ok(gpu.is_instance()));
    match instance {
        Ok(false) => {}
        Ok(true) => {
            let why = "NVML counts for the whole GPU, and this is a MIG instance of it";
            return Ok(window.nothing(why));
        }
        Err(why) => return Ok(window.nothing(&why.to_string())),
    }
    let origin = Instant::now();
    let shared = Arc::new(Shared::default());
    let theirs = (Arc::clone(&shared), window.clone());
    let reading = reader.begin(move |gpu| Ok(log::keep(gpu, &theirs.1, origin, &theirs.0)));
    let reading = match reading {
        Ok(reading) => reading,
        Err(why) => return Ok(window.nothing(&why.to_string())),
    };
    let busy = keep_busy(execution, window, origin, &shared);
    shared.stop.store(true, Ordering::Relaxed);
    let log = reader.receive(&reading, Duration::from_secs(2));
    let Some(progress) = busy? else {
        return Ok(window.nothing("this device doesn't execute back to back"));
    };
    match log {
        Ok(log) => Ok(windowed(window, &log, &progress)),
        Err(why) => Ok(window.nothing(&why.to_string())),
    }
}

/// Executes until the readings are enough; none where the device can't.
fn keep_busy(
    execution: &mut dyn Execution,
    window: &Window,
    origin: Instant,
    shared: &Shared,
) -> Result<Option<Progress>, Refusal> {
    let limit = window.lead + window.length + PATIENCE;
    let mut progress = Progress::default();
    while !shared.enough.load(Ordering::Relaxed) && origin.elapsed() < limit {
        match execution.keep_busy(window.batch)? {
            Some(done) => progress.note(origin.elapsed(), done),
            None => return Ok(None),
        }
    }
    execution.rest()?;
    Ok(Some(progress))
}

/// The metrics of a log.
fn windowed(window: &Window, log: &Log, progress: &Progress) -> Windowed {
    let mut found = Windowed::default();
    if window.asks(Measure::Utilisation) {
        match log.utilisation() {
            Ok(share) => found.put("utilisation", Unit::Ratio, share),
            Err(why) => found
                .notes
                .push(format!("utilisation was not measured: {why}")),
        }
        for (name, share) in log.activity.iter().flatten() {
            found.put(name, Unit::Ratio, *share);
        }
    }
    if window.asks(Measure::Energy) {
        match sums::energy(log, progress, window.length) {
            Ok(energy) => {
                found.put("energy", Unit::Joules, energy.joules);
                found.put("power", Unit::Watts, energy.watts);
                if let Some(joules) = energy.by_power {
                    found.put("energy-by-power", Unit::Joules, joules);
                }
                found.notes.extend(slow(window, energy.execution_ns));
            }
            Err(why) => found.notes.push(format!("energy was not measured: {why}")),
        }
    }
    found
}

/// A remark where executions come slower than they take: the energy between them is theirs, too.
fn slow(window: &Window, execution_ns: f64) -> Option<String> {
    let typical = window.typical_ns.filter(|ns| execution_ns > ns * SLOW)?;
    let span = |ns: f64| units::si(ns * 1e-9, "s");
    Some(format!(
        "energy is of executions that came every {}, and take {}",
        span(execution_ns),
        span(typical)
    ))
}

impl Windowed {
    fn put(&mut self, metric: &str, unit: Unit, value: f64) {
        let better = match unit {
            Unit::Ratio => Better::Higher,
            _ => Better::Lower,
        };
        self.series.push(Series {
            metric: metric.to_owned(),
            unit,
            better,
            samples: vec![value],
            void: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_last_some_milliseconds_and_fit_the_queue() {
        let table = [
            (Some(4_000.0), 400),
            (Some(50_000.0), 100),
            (Some(1e6), 5),
            (Some(3e9), 1),
            (None, 1),
        ];
        for (typical, batch) in table {
            let window = Window::new(&[Measure::Energy], Duration::from_secs(2), typical);
            assert_eq!(window.batch, batch, "{typical:?}");
        }
    }

    #[test]
    fn executions_that_come_slowly_are_remarked() {
        let window = Window::new(&[Measure::Energy], Duration::from_secs(2), Some(2_000.0));
        assert_eq!(slow(&window, 2_100.0), None);
        let remark = slow(&window, 3_000.0).expect("a remark");
        assert_eq!(
            remark,
            "energy is of executions that came every 3.000 us, and take 2.000 us"
        );
    }
}
