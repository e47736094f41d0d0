//! What costs and goals need of a case: its metrics over all processes, or why there are none.

use super::Estimate;
use crate::record::{CaseResult, Outcome, Series, Unit};
use crate::stats::{Summary, quantile_interval};

/// The figures of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Its metrics in the order in which they first appear; or, in words, why it has none.
    pub metrics: Result<Vec<MetricFigures>, String>,
    /// The median, the 5th, 95th and 99th percentile of its times in nanoseconds.
    quantiles: [Option<Estimate>; 4],
    /// Theoretical occupancy of its kernel as a share, where the device tells.
    pub occupancy: Option<f64>,
}

/// A metric of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricFigures {
    /// The name.
    pub metric: String,
    /// The unit of its values.
    pub unit: Unit,
    /// The mean of its valid samples; none where every sample is void, or the mean is below 0.
    pub mean: Option<Estimate>,
}

/// The quantiles of times that goals may name, as shares.
const QUANTILES: [f64; 4] = [0.5, 0.05, 0.95, 0.99];

impl Figures {
    /// The figures of a case from its results, one a process.
    pub fn of(results: &[CaseResult]) -> Self {
        let without = |why: String| Self {
            metrics: Err(why),
            quantiles: [None; 4],
            occupancy: None,
        };
        if let Some(why) = trouble(results) {
            return without(why);
        }
        let of_clock: Vec<Vec<Series>> = results.iter().map(CaseResult::of_clock).collect();
        let taken = results.iter().flat_map(|result| &result.series);
        let all: Vec<&Series> = taken.chain(of_clock.iter().flatten()).collect();
        let mut figures = without(String::new());
        let mut metrics: Vec<MetricFigures> = Vec::new();
        for series in &all {
            if metrics.iter().any(|known| known.metric == series.metric) {
                continue;
            }
            let same = all.iter().filter(|other| other.metric == series.metric);
            let samples: Vec<&[f64]> = same.map(|other| other.samples.as_slice()).collect();
            let summary = Summary::of(&samples);
            if series.metric == "time" && series.unit == Unit::Nanoseconds {
                figures.quantiles = summary.map_or([None; 4], |found| quantiles(&found, &samples));
            }
            metrics.push(MetricFigures {
                metric: series.metric.clone(),
                unit: series.unit,
                mean: summary.and_then(|found| Estimate::new(found.mean, found.interval)),
            });
        }
        let mut occupancies = results
            .iter()
            .filter_map(|result| result.occupancy.as_ref());
        figures.occupancy = occupancies.next().map(|found| found.theoretical);
        figures.metrics = Ok(metrics);
        figures
    }

    /// The metric of this name.
    pub fn metric(&self, name: &str) -> Option<&MetricFigures> {
        let metrics = self.metrics.as_ref().ok()?;
        metrics.iter().find(|metric| metric.metric == name)
    }

    /// The mean of a metric in this unit.
    pub fn mean(&self, name: &str, unit: Unit) -> Option<Estimate> {
        self.metric(name).filter(|found| found.unit == unit)?.mean
    }

    /// Seconds of an execution.
    pub fn seconds(&self) -> Option<Estimate> {
        self.mean("time", Unit::Nanoseconds)?.times(1e-9)
    }

    /// Joules of an execution, where they were measured.
    pub fn joules(&self) -> Option<Estimate> {
        self.mean("energy", Unit::Joules)
    }

    /// The median of its times in nanoseconds.
    pub fn median(&self) -> Option<Estimate> {
        self.quantiles[0]
    }

    /// The 5th percentile of its times in nanoseconds.
    pub fn p5(&self) -> Option<Estimate> {
        self.quantiles[1]
    }

    /// The 95th percentile of its times in nanoseconds.
    pub fn p95(&self) -> Option<Estimate> {
        self.quantiles[2]
    }

    /// The 99th percentile of its times in nanoseconds.
    pub fn p99(&self) -> Option<Estimate> {
        self.quantiles[3]
    }
}

/// Why a case has no figures.
fn trouble(results: &[CaseResult]) -> Option<String> {
    if results.is_empty() {
        return Some("it was not measured".to_owned());
    }
    results.iter().find_map(|result| match &result.outcome {
        Outcome::Measured => None,
        Outcome::Failed(failure) => Some(format!("it failed: {}", failure.message)),
        Outcome::Unsupported(why) => Some(format!("the device can't run it: {why}")),
    })
}

fn quantiles(summary: &Summary, samples: &[&[f64]]) -> [Option<Estimate>; 4] {
    let values = [summary.median, summary.p5, summary.p95, summary.p99];
    let mut found = [None; 4];
    for ((place, share), value) in found.iter_mut().zip(QUANTILES).zip(values) {
        *place = Estimate::new(value, quantile_interval(samples, share, value));
    }
    found
}
