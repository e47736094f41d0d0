//! A run as comparisons see it: process values in place of samples.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::id::CaseId;
use crate::record::{
    Better, CYCLES, CaseHeader, CaseResult, Failure, Header, Method, Occupancy, Outcome, Series,
    Unit,
};
use crate::stats::{ProcessValues, Speeds, median_of};
use crate::store::{Record, StoreError};

/// Measures of a process' resources, which explain a time and aren't judged themselves.
pub const UNJUDGED: [&str; 3] = ["user-time", "system-time", "peak-memory"];

/// The one share that is judged: others say how a kernel uses a GPU, and neither direction of them is worse by itself.
const JUDGED_SHARE: &str = "utilisation";

/// Energy by another way than the counter's.
const SECOND_ENERGY: &str = "energy-by-power";

/// Whether a series explains others, and isn't judged itself. Only warpmark's own windows have the units of power and
/// shares.
fn explains(series: &Series) -> bool {
    let metric = series.metric.as_str();
    match series.unit {
        Unit::Watts => true,
        Unit::Ratio => metric != JUDGED_SHARE,
        Unit::Joules => metric == SECOND_ENERGY,
        _ => UNJUDGED.contains(&metric),
    }
}

pub use crate::verdict::same_clock;

/// What a run measured, by case.
#[derive(Debug, Clone, PartialEq)]
pub struct RunValues {
    /// The run's id.
    pub id: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The key of its environment, 64 hex digits.
    pub key: String,
    /// The commit it measured, where it is known.
    pub commit: Option<String>,
    /// The median of the SM clocks that its probes saw, in MHz.
    pub clock_mhz: Option<f64>,
    /// The GPU it ran on, by its UUID, where it ran on one.
    pub card: Option<String>,
    /// What its probes of the processor saw, where it has some.
    pub speeds: Option<Speeds>,
    /// The suite's `[compare]` as it applied, by key.
    pub compare: BTreeMap<String, Value>,
    /// The cases that were measured in every process that should.
    pub cases: BTreeMap<CaseId, CaseValues>,
}

/// What a run measured of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseValues {
    /// `host`, `cuda`, `command` or `mock`: which defaults judge it.
    pub kind: String,
    /// How times were taken.
    pub method: Option<Method>,
    /// What identifies code and launch, where there is such.
    pub identity: Option<String>,
    /// The output's sha256, where it was the same in every process.
    pub digest: Option<String>,
    /// Whether its time follows the SM clock, as its suite says.
    pub clock_bound: bool,
    /// The SM clock that its kernel saw, in MHz, where that is known.
    pub clock_mhz: Option<f64>,
    /// How its kernel filled the GPU, where that is known; it decides nothing.
    pub occupancy: Option<Occupancy>,
    /// The judged metrics by name, `time` among them; `cycles` where the case's time follows the clock, which is known.
    pub metrics: BTreeMap<String, MetricValues>,
}

/// What a run measured of one metric of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricValues {
    /// The unit of the samples.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// The values of each process, in the order of their numbers; none where a process has no logarithm.
    pub processes: Vec<ProcessValues>,
}

impl MetricValues {
    /// The mean location of the processes; none without processes.
    pub fn location(&self) -> Option<f64> {
        let sum: f64 = self.processes.iter().map(|process| process.location).sum();
        let count = self.processes.len();
        (count > 0).then(|| sum / count as f64)
    }

    /// The variance of the mean location by the spread between processes; 0 for one process.
    pub fn variance_of_mean(&self) -> f64 {
        let count = self.processes.len() as f64;
        let Some(mean) = self.location().filter(|_| count > 1.0) else {
            return 0.0;
        };
        let squares = self
            .processes
            .iter()
            .map(|process| (process.location - mean).powi(2));
        squares.sum::<f64>() / (count - 1.0) / count
    }
}

impl CaseValues {
    /// What two runs must have in common to be compared: the method and the executions behind a sample.
    pub fn method_name(&self) -> Option<(&str, u32)> {
        let method = self.method.as_ref()?;
        Some((&method.name, method.executions))
    }
}

/// A record's values, and the cases that have none.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The values.
    pub run: RunValues,
    /// The cases that failed in a process, with the first failure.
    pub failed: BTreeMap<CaseId, Failure>,
    /// The cases that the device can't run, and why.
    pub unsupported: BTreeMap<CaseId, String>,
}

impl Measured {
    /// Reads a record through.
    pub fn of(record: &Record) -> Result<Self, StoreError> {
        let mut measured = Self::empty(&record.header);
        let mut processes = BTreeMap::new();
        record.each_case(|result| measured.count(result, &mut processes))?;
        Ok(measured.whole(record, &processes))
    }

    /// The values of `results`, which are all that `record` holds; those of a case in the order of its processes.
    pub fn of_results(record: &Record, results: impl IntoIterator<Item = CaseResult>) -> Self {
        let mut measured = Self::empty(&record.header);
        let mut processes = BTreeMap::new();
        for result in results {
            measured.count(result, &mut processes);
        }
        measured.whole(record, &processes)
    }

    fn count(&mut self, result: CaseResult, processes: &mut BTreeMap<CaseId, usize>) {
        *processes.entry(result.case.clone()).or_insert(0) += 1;
        self.take(result);
    }

    /// The values with what the probes of `record` saw, and without what isn't whole.
    fn whole(mut self, record: &Record, processes: &BTreeMap<CaseId, usize>) -> Self {
        let probes = record.ends.iter().flat_map(|end| &end.probes_mhz);
        self.run.clock_mhz = median_of(&probes.copied().collect::<Vec<_>>());
        let speeds = record.ends.iter().flat_map(|end| &end.probe_speeds);
        self.run.speeds = Speeds::of(&speeds.copied().collect::<Vec<_>>());
        self.settle(&record.header, processes);
        self
    }

    /// The values of a run of `header` that has measured nothing yet.
    fn empty(header: &Header) -> Self {
        let run = RunValues {
            id: header.id.clone(),
            started: header.started,
            key: header.environment.key.clone(),
            commit: header.git.as_ref().and_then(|git| git.commit.clone()),
            clock_mhz: None,
            card: header.environment.card(),
            speeds: None,
            compare: header.compare.clone(),
            cases: BTreeMap::new(),
        };
        Self {
            run,
            failed: BTreeMap::new(),
            unsupported: BTreeMap::new(),
        }
    }

    /// Takes what one process measured of one case.
    fn take(&mut self, mut result: CaseResult) {
        let cycles = result.of_clock().into_iter();
        result
            .series
            .extend(cycles.filter(|series| series.metric == CYCLES));
        match result.outcome {
            Outcome::Measured => {}
            Outcome::Failed(failure) => {
                self.failed.entry(result.case).or_insert(failure);
                return;
            }
            Outcome::Unsupported(why) => {
                self.unsupported.entry(result.case).or_insert(why);
                return;
            }
        }
        let first = !self.run.cases.contains_key(&result.case);
        let case = self.run.cases.entry(result.case).or_insert(CaseValues {
            kind: String::new(),
            method: result.method,
            identity: None,
            digest: None,
            clock_bound: false,
            clock_mhz: None,
            occupancy: None,
            metrics: BTreeMap::new(),
        });
        // The lowest of its processes: a median of them would need all.
        case.clock_mhz = match (case.clock_mhz, result.clock_mhz) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        if case.occupancy.is_none() {
            case.occupancy = result.occupancy;
        }
        if first {
            case.digest = result.digest;
        } else if case.digest != result.digest {
            case.digest = None;
        }
        for series in result.series {
            if explains(&series) {
                continue;
            }
            let metric = case.metrics.entry(series.metric).or_insert(MetricValues {
                unit: series.unit,
                better: series.better,
                processes: Vec::new(),
            });
            // A process without a logarithm (all zero, say) leaves a gap that `settle` sees.
            metric
                .processes
                .extend(ProcessValues::of(&series.samples, series.better));
        }
    }

    /// Drops what isn't whole: cases that failed somewhere, and the values of metrics that one of the case's
    /// `processes` lacks.
    fn settle(&mut self, header: &Header, processes: &BTreeMap<CaseId, usize>) {
        let planned: BTreeMap<&CaseId, &CaseHeader> =
            header.cases.iter().map(|case| (&case.id, case)).collect();
        let (failed, unsupported) = (&self.failed, &self.unsupported);
        self.run
            .cases
            .retain(|id, _| !failed.contains_key(id) && !unsupported.contains_key(id));
        for (id, case) in &mut self.run.cases {
            if let Some(planned) = planned.get(id) {
                case.kind.clone_from(&planned.kind);
                case.identity.clone_from(&planned.identity);
                case.clock_bound = planned.clock_bound;
                // A command's own metric of that name is no less its metric.
                if !planned.clock_bound && planned.kind != "command" {
                    case.metrics.remove(CYCLES);
                }
            }
            let all = processes.get(id).copied().unwrap_or_default();
            for metric in case.metrics.values_mut() {
                if metric.processes.len() != all {
                    metric.processes.clear();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::explains;
    use crate::record::{Better, Series, Unit};

    #[test]
    fn energy_and_utilisation_are_judged_and_what_explains_them_is_not() {
        let table = [
            ("time", Unit::Nanoseconds, false),
            ("user-time", Unit::Nanoseconds, true),
            ("energy", Unit::Joules, false),
            ("energy-by-power", Unit::Joules, true),
            ("power", Unit::Watts, true),
            ("utilisation", Unit::Ratio, false),
            ("dram-activity", Unit::Ratio, true),
            // A command's own metric of that name.
            ("power", Unit::Count, false),
        ];
        for (metric, unit, expected) in table {
            let series = Series {
                metric: metric.to_owned(),
                unit,
                better: Better::Lower,
                samples: Vec::new(),
                void: Vec::new(),
            };
            assert_eq!(explains(&series), expected, "{metric}");
        }
    }
}
