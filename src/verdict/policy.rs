//! The rules that apply to a case: defaults by kind of device, overridden by the suite's `[compare]`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::BetweenRun;
use crate::stats::Variance;

/// The false discovery rate where the suite says nothing.
const FALSE_DISCOVERY_RATE: f64 = 0.01;

/// The least effect, margin and spread between runs of slow readings: windows of 2 s and 4 s of one kernel may
/// differ by 2 %.
const SLOW_MIN_EFFECT: f64 = 0.02;
const SLOW_MARGIN: f64 = 0.05;
const SLOW_BETWEEN_RUN: f64 = 0.01;
/// Clocks farther apart than this share are not compared.
const CLOCK_TOLERANCE: f64 = 0.003;

/// Whether two SM clocks are near enough to compare what ran at them; a clock that isn't known gates nothing.
pub fn same_clock(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a / b - 1.0).abs() <= CLOCK_TOLERANCE,
        _ => true,
    }
}

/// The rules that apply to a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// The smallest change, as a share, that is called regressed or improved.
    pub min_effect: f64,
    /// The change that must be ruled out for `unchanged`, compared in logs.
    pub margin: f64,
    /// The spread between runs.
    pub between_run: BetweenRun,
    /// The device's noise between processes; without one a case has its own variance alone, and no verdict rests
    /// on single processes.
    pub noise: Option<NoiseModel>,
    /// Whether cycles are compared in place of times, for cases that have some.
    pub by_cycles: bool,
}

/// What is known of the spread between processes of all kernels of a device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseModel {
    /// The part that doesn't grow with the duration, in nanoseconds.
    pub additive_ns: f64,
    /// The part that does, as a share.
    pub relative: f64,
    /// The degrees of freedom that the model is worth.
    pub freedom: f64,
    /// A case whose variance exceeds the model's by more than this upper tail of F keeps its own.
    pub own_above: f64,
}

impl NoiseModel {
    /// Of six H100s and one H200, for kernels.
    pub const CUDA: Self = Self {
        additive_ns: 70.0,
        relative: 0.0006,
        freedom: 20.0,
        own_above: 0.001,
    };

    /// The variance in logs of a duration of `timed_ns`.
    pub fn variance(&self, timed_ns: f64) -> Variance {
        Variance {
            value: (self.additive_ns / timed_ns).powi(2) + self.relative.powi(2),
            freedom: self.freedom,
        }
    }
}

/// Why a `[compare]` table of a record can't be applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("compare.{key} is {value}, which is no share from 0 to {most}")]
pub struct PolicyError {
    key: &'static str,
    value: Value,
    most: f64,
}

impl Policy {
    /// The rules for a metric of a window of slow readings (energy, utilisation): a device's noise model is one of
    /// times, and says nothing of them. A case has its own variance; between runs, where leakage follows the
    /// temperature, a spread of 1 % is assumed unless more is.
    #[must_use]
    pub fn of_slow_readings(self) -> Self {
        let within_one_run = self.between_run.deviation == 0.0;
        let keeps = within_one_run || self.between_run.deviation >= SLOW_BETWEEN_RUN;
        Self {
            min_effect: self.min_effect.max(SLOW_MIN_EFFECT),
            margin: self.margin.max(SLOW_MARGIN),
            between_run: if keeps {
                self.between_run
            } else {
                BetweenRun::assumed(SLOW_BETWEEN_RUN)
            },
            noise: None,
            ..self
        }
    }

    /// The rules for cases of `kind` (`cuda`, `host`, `transfer`, `command`, `mock`), with the keys of a suite's `[compare]`
    /// in place of the defaults. `mock` has the rules of `cuda`; a kind that is not known has those of `host`.
    pub fn for_kind(kind: &str, compare: &BTreeMap<String, Value>) -> Result<Self, PolicyError> {
        let defaults = match kind {
            "cuda" | "mock" => Self {
                min_effect: 0.005,
                margin: 0.01,
                between_run: BetweenRun::assumed(0.001),
                noise: Some(NoiseModel::CUDA),
                by_cycles: false,
            },
            _ => Self {
                min_effect: 0.1,
                margin: 0.25,
                between_run: BetweenRun::assumed(0.03),
                noise: None,
                by_cycles: false,
            },
        };
        let between_run = share(compare, "between-run", 10.0)?;
        Ok(Self {
            min_effect: share(compare, "min-effect", 10.0)?.unwrap_or(defaults.min_effect),
            margin: share(compare, "margin", 10.0)?.unwrap_or(defaults.margin),
            between_run: between_run.map_or(defaults.between_run, BetweenRun::assumed),
            by_cycles: by_cycles(compare),
            ..defaults
        })
    }
}

/// The false discovery rate of a suite's `[compare]`, 0.01 where it says nothing.
pub fn false_discovery_rate(compare: &BTreeMap<String, Value>) -> Result<f64, PolicyError> {
    Ok(share(compare, "false-discovery-rate", 1.0)?.unwrap_or(FALSE_DISCOVERY_RATE))
}

/// Whether a suite's `[compare]` has cycles compared instead of times, for cases that have some.
pub fn by_cycles(compare: &BTreeMap<String, Value>) -> bool {
    compare
        .get("normalise")
        .is_some_and(|word| word == "cycles")
}

fn share(
    compare: &BTreeMap<String, Value>,
    key: &'static str,
    most: f64,
) -> Result<Option<f64>, PolicyError> {
    let Some(value) = compare.get(key) else {
        return Ok(None);
    };
    match value.as_f64() {
        Some(share) if (0.0..=most).contains(&share) => Ok(Some(share)),
        _ => Err(PolicyError {
            key,
            value: value.clone(),
            most,
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // exact on purpose

    use super::*;

    #[test]
    fn a_suite_overrides_what_it_names_and_no_more() {
        let compare = BTreeMap::from([("margin".to_owned(), Value::from(0.02))]);
        for (kind, min_effect, between_run, has_model) in [
            ("cuda", 0.005, 0.001, true),
            ("mock", 0.005, 0.001, true),
            ("host", 0.1, 0.03, false),
            ("command", 0.1, 0.03, false),
            ("transfer", 0.1, 0.03, false),
        ] {
            let policy = Policy::for_kind(kind, &compare).expect("valid");
            assert_eq!(policy.margin, 0.02);
            assert_eq!(policy.min_effect, min_effect);
            assert_eq!(policy.between_run, BetweenRun::assumed(between_run));
            assert_eq!(policy.noise.is_some(), has_model);
        }
        assert_eq!(
            Policy::for_kind("host", &BTreeMap::new())
                .expect("valid")
                .margin,
            0.25
        );
        assert_eq!(false_discovery_rate(&compare), Ok(0.01));
    }

    #[test]
    fn slow_readings_have_no_noise_model_of_times() {
        let cuda = Policy::for_kind("cuda", &BTreeMap::new()).expect("valid");
        let slow = cuda.of_slow_readings();
        assert_eq!((slow.min_effect, slow.margin), (0.02, 0.05));
        assert_eq!(slow.noise, None);
        assert_eq!(slow.between_run, BetweenRun::assumed(0.01));
        let within = Policy {
            between_run: BetweenRun::WITHIN_ONE_RUN,
            ..cuda
        };
        let run = within.of_slow_readings().between_run;
        assert_eq!(run, BetweenRun::WITHIN_ONE_RUN);
        let host = Policy::for_kind("host", &BTreeMap::new()).expect("valid");
        let slow = host.of_slow_readings();
        assert_eq!((slow.min_effect, slow.margin), (0.1, 0.25));
        assert_eq!(slow.between_run, host.between_run);
    }

    #[test]
    fn what_is_no_share_is_named() {
        let compare = BTreeMap::from([("min-effect".to_owned(), Value::from("0.5%"))]);
        let error = Policy::for_kind("cuda", &compare).expect_err("text");
        assert_eq!(
            error.to_string(),
            "compare.min-effect is \"0.5%\", which is no share from 0 to 10"
        );
        let compare = BTreeMap::from([("false-discovery-rate".to_owned(), Value::from(2))]);
        assert!(false_discovery_rate(&compare).is_err());
    }
}
