//! The JSON of a recording, and the checks that make it one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize, Serializer};

use super::{DEFAULT_KIND, FORMAT, Process, Timings, Unit};

/// The file as it stands.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Wire {
    #[serde(default = "format")]
    format: u64,
    #[serde(default)]
    device: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    driver: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tick_ns: Option<f64>,
    kernels: Vec<String>,
    levels: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    executions: Vec<u32>,
    processes: Vec<WireProcess>,
}

fn format() -> u64 {
    u64::from(FORMAT)
}

/// A process as it stands.
#[derive(Debug, Serialize, Deserialize)]
struct WireProcess {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    order: Vec<Vec<usize>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sm_mhz: Vec<Vec<Option<f64>>>,
    ticks: Vec<Vec<Vec<Count>>>,
}

/// A sample, written without a point where it is whole.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
struct Count(f64);

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const WHOLE: f64 = 9_007_199_254_740_992.0; // 2^53
        if self.0.fract() == 0.0 && (0.0..WHOLE).contains(&self.0) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole, 0 to 2^53
            serializer.serialize_u64(self.0 as u64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl Wire {
    /// The recording, or what is wrong with it.
    pub(super) fn checked(self) -> Result<Timings, String> {
        if self.format != u64::from(FORMAT) {
            return Err(format!(
                "timings of format {}; this warpmark reads {FORMAT}",
                self.format
            ));
        }
        let unit = unit(&self.unit)?;
        names("kernel", &self.kernels)?;
        names("level", &self.levels)?;
        let shape = [self.kernels.len(), self.levels.len()];
        if self.processes.is_empty() {
            return Err("`processes` is empty".to_owned());
        }
        let tick_ns = self.tick_ns.or(match unit {
            Unit::Ticks(ns) => Some(ns),
            Unit::Nanoseconds => None,
        });
        if tick_ns.is_some_and(|tick| !(tick.is_finite() && tick > 0.0)) {
            return Err("`tick_ns` must be above 0".to_owned());
        }
        let processes = self.processes.into_iter().enumerate();
        Ok(Timings {
            executions: executions(self.executions, shape[0])?,
            device: self.device,
            driver: self.driver,
            kind: self.kind.unwrap_or_else(|| DEFAULT_KIND.to_owned()),
            unit,
            tick_ns,
            processes: processes
                .map(|(number, process)| process.checked(number, shape))
                .collect::<Result<_, _>>()?,
            kernels: self.kernels,
            levels: self.levels,
        })
    }

    /// The file of a recording.
    pub(super) fn of(timings: &Timings) -> Self {
        let (unit, tick_ns) = match timings.unit {
            Unit::Nanoseconds => ("ns".to_owned(), timings.tick_ns),
            Unit::Ticks(ns) => (format!("ticks of {ns} ns"), None),
        };
        let plain = timings.executions.iter().all(|count| *count == 1);
        Self {
            format: format(),
            device: timings.device.clone(),
            driver: timings.driver.clone(),
            kind: Some(timings.kind.clone()).filter(|kind| kind != DEFAULT_KIND),
            unit,
            tick_ns,
            kernels: timings.kernels.clone(),
            levels: timings.levels.clone(),
            executions: if plain {
                Vec::new()
            } else {
                timings.executions.clone()
            },
            processes: timings.processes.iter().map(WireProcess::of).collect(),
        }
    }
}

/// Reads `ns` or `ticks of 32 ns`.
fn unit(text: &str) -> Result<Unit, String> {
    let ticks = text
        .strip_prefix("ticks of ")
        .and_then(|rest| rest.strip_suffix(" ns"))
        .and_then(|ns| ns.trim().parse::<f64>().ok())
        .filter(|ns| ns.is_finite() && *ns > 0.0);
    match (text, ticks) {
        ("ns", _) => Ok(Unit::Nanoseconds),
        (_, Some(ns)) => Ok(Unit::Ticks(ns)),
        _ => Err(format!(
            "the unit {text:?} is not known: \"ns\" and \"ticks of 32 ns\" are"
        )),
    }
}

/// Refuses lists that are empty or name something twice.
fn names(what: &str, names: &[String]) -> Result<(), String> {
    if names.is_empty() {
        return Err(format!("`{what}s` is empty"));
    }
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(twice) => Err(format!("the {what} {twice:?} is there twice")),
        None => Ok(()),
    }
}

fn executions(given: Vec<u32>, kernels: usize) -> Result<Vec<u32>, String> {
    if given.is_empty() {
        return Ok(vec![1; kernels]);
    }
    if given.len() != kernels || given.contains(&0) {
        return Err(format!(
            "`executions` must have a number of 1 or more for each of {kernels} kernels"
        ));
    }
    Ok(given)
}

impl WireProcess {
    fn checked(self, number: usize, shape: [usize; 2]) -> Result<Process, String> {
        let of = |what: &str| format!("processes[{number}].{what}");
        fits(&of("ticks"), &self.ticks, shape)?;
        if !self.order.is_empty() {
            fits(&of("order"), &self.order, shape)?;
        }
        if !self.sm_mhz.is_empty() {
            fits(&of("sm_mhz"), &self.sm_mhz, shape)?;
        }
        let clocks = self.sm_mhz.iter().flatten().flatten();
        if let Some(clock) = clocks
            .into_iter()
            .find(|clock| !(clock.is_finite() && **clock > 0.0))
        {
            return Err(format!("{}: {clock} is no clock", of("sm_mhz")));
        }
        let mut samples = Vec::with_capacity(shape[0]);
        for (kernel, levels) in self.ticks.into_iter().enumerate() {
            let mut checked = Vec::with_capacity(shape[1]);
            for (level, counts) in levels.into_iter().enumerate() {
                let place = format!("{}[{kernel}][{level}]", of("ticks"));
                checked.push(positive(&place, counts)?);
            }
            samples.push(checked);
        }
        Ok(Process {
            order: self.order,
            sm_mhz: self.sm_mhz,
            samples,
        })
    }

    fn of(process: &Process) -> Self {
        let counts = |samples: &Vec<f64>| samples.iter().copied().map(Count).collect();
        let levels = |levels: &Vec<Vec<f64>>| levels.iter().map(counts).collect();
        Self {
            order: process.order.clone(),
            sm_mhz: process.sm_mhz.clone(),
            ticks: process.samples.iter().map(levels).collect(),
        }
    }
}

/// Refuses a list that isn't by kernel and level.
fn fits<T>(place: &str, list: &[Vec<T>], [kernels, levels]: [usize; 2]) -> Result<(), String> {
    if list.len() != kernels {
        return Err(format!("{place} has {} kernels, not {kernels}", list.len()));
    }
    match list.iter().position(|inner| inner.len() != levels) {
        None => Ok(()),
        Some(kernel) => {
            let found = list[kernel].len();
            Err(format!(
                "{place}[{kernel}] has {found} levels, not {levels}"
            ))
        }
    }
}

fn positive(place: &str, counts: Vec<Count>) -> Result<Vec<f64>, String> {
    if counts.is_empty() {
        return Err(format!("{place} has no samples"));
    }
    let samples: Vec<f64> = counts.into_iter().map(|Count(count)| count).collect();
    match samples
        .iter()
        .find(|sample| !(sample.is_finite() && **sample > 0.0))
    {
        Some(bad) => Err(format!("{place} holds {bad}: times are above 0")),
        None => Ok(samples),
    }
}
