//! What the command line asks of a suite: which cases, and what it overrides.

use super::error::PlanError;
use crate::id::{AxisValue, Name};
use crate::manifest::Repetition;

/// Samples of a `--quick` run, at most.
const QUICK_SAMPLES: u32 = 10;
/// Untimed executions before a case's first sample in a `--quick` run, at most.
const QUICK_WARM_UP: u32 = 2;

/// Filters and overrides; the default selects everything and changes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// `-f`, as they were given: a case is taken if one of the positive ones matches, or there are none, and no
    /// `!` one does.
    pub filters: Vec<String>,
    /// `--axis NAME=V1,V2`: these values instead of the manifest's, read as the axis' type.
    pub axes: Vec<(Name, Vec<AxisValue>)>,
    /// `--processes`, 1 to 1,000.
    pub processes: Option<u32>,
    /// `--samples`, 1 to 10^6.
    pub samples: Option<u32>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--quick`: 1 process, at most 10 samples and 2 warm-ups, unless `processes` or `samples` say otherwise.
    pub quick: bool,
}

impl Selection {
    /// Reads the value of `--axis`, `NAME=V1,V2`; its values are text until a suite says what they are.
    pub fn parse_axis(text: &str) -> Result<(Name, Vec<AxisValue>), PlanError> {
        let usage = |message: String| PlanError::Usage {
            message,
            hint: "write --axis NAME=VALUE,VALUE, as in --axis n=1024,4096".to_owned(),
        };
        let (name, values) = text
            .split_once('=')
            .ok_or_else(|| usage(format!("--axis {text:?} has no `=`")))?;
        let name = Name::new(name).map_err(|error| usage(format!("--axis {text:?}: {error}")))?;
        if values.is_empty() || values.split(',').any(str::is_empty) {
            return Err(usage(format!("--axis {text:?} has an empty value")));
        }
        let values = values
            .split(',')
            .map(|value| AxisValue::Text(value.to_owned()));
        Ok((name, values.collect()))
    }

    /// How often a case is measured after the overrides.
    pub(super) fn repetition(&self, declared: &Repetition) -> Repetition {
        let mut repetition = declared.clone();
        if self.quick {
            repetition.processes = 1;
            repetition.samples = repetition.samples.min(QUICK_SAMPLES);
            repetition.warm_up = repetition.warm_up.min(QUICK_WARM_UP);
            repetition.measure.clear();
        }
        repetition.processes = self
            .processes
            .unwrap_or(repetition.processes)
            .clamp(1, 1000);
        repetition.samples = self
            .samples
            .unwrap_or(repetition.samples)
            .clamp(1, 1_000_000);
        repetition
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_override_has_a_name_and_values() {
        let (name, values) = Selection::parse_axis("n=1024,4096").expect("valid");
        assert_eq!((name.as_str(), values.len()), ("n", 2));
        for bad in ["n", "n=", "n=1,", "=1", "a b=1"] {
            assert!(Selection::parse_axis(bad).is_err(), "{bad}");
        }
    }
}
