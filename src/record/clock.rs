//! What is known of clocks and timers, and the metrics that follow from a clock.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Better, CaseResult, Series, Unit};

/// The metric of the SM clock; it explains a time and is never judged.
pub const CLOCK: &str = "clock";

/// The metric of SM cycles: time by clock.
pub const CYCLES: &str = "cycles";

/// What the timer behind times can do, measured once in a process.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timer {
    /// The smallest difference between two readings in nanoseconds; null where all were the same.
    pub tick_ns: Option<f64>,
    /// What two marks read with nothing between them, the median in nanoseconds.
    pub empty_pair_ns: Option<f64>,
    /// What two marks read with a kernel between them that does nothing, the median in nanoseconds; null where there
    /// is no compiler for that kernel.
    pub empty_kernel_ns: Option<f64>,
}

impl CaseResult {
    /// The metrics that its clock gives beside its time: the SM clock of each valid group, and the cycles of each
    /// sample by the clock of its group. Empty where a group has no clock, or its samples can't be told.
    pub fn of_clock(&self) -> Vec<Series> {
        let valid = self.groups.iter().filter(|group| group.void.is_none());
        let clocks: Option<Vec<f64>> = valid.map(|group| group.clock_mhz).collect();
        let Some(clocks) = clocks.filter(|clocks| !clocks.is_empty()) else {
            return Vec::new();
        };
        let clock = Series {
            metric: CLOCK.to_owned(),
            unit: Unit::Megahertz,
            better: Better::Higher,
            samples: clocks,
            void: Vec::new(),
        };
        let cycles = self.cycles().map(|samples| Series {
            metric: CYCLES.to_owned(),
            unit: Unit::Count,
            better: Better::Lower,
            samples,
            void: Vec::new(),
        });
        [clock].into_iter().chain(cycles).collect()
    }

    /// The SM cycles of each valid sample, by the clock of its group.
    fn cycles(&self) -> Option<Vec<f64>> {
        let timed = |series: &&Series| series.metric == "time" && series.unit == Unit::Nanoseconds;
        let time = self.series.iter().find(timed)?;
        let groups = self.groups.iter();
        let clocks: Vec<Option<f64>> = groups
            .flat_map(|group| std::iter::repeat_n(group.clock_mhz, group.samples))
            .take(time.samples.len() + time.void.len() + 1)
            .collect();
        if clocks.len() != time.samples.len() + time.void.len() {
            return None;
        }
        let void: BTreeSet<usize> = time.void.iter().map(|void| void.index).collect();
        let places = clocks.into_iter().enumerate();
        let valid = places.filter(|(place, _)| !void.contains(place));
        let valid: Vec<Option<f64>> = valid.map(|(_, clock)| clock).collect();
        if valid.len() != time.samples.len() || valid.is_empty() {
            return None;
        }
        // MHz are cycles in 1,000 ns.
        let samples = valid.into_iter().zip(&time.samples);
        samples.map(|(mhz, ns)| Some(ns * mhz? * 1e-3)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::record::{FailureKind, Group, GroupVoid, Void};

    fn group(samples: usize, clock_mhz: Option<f64>, void: bool) -> Group {
        let void = void.then(|| GroupVoid {
            kind: FailureKind::Clocks,
            why: "it sagged".to_owned(),
        });
        Group {
            samples,
            clock_mhz,
            void,
            events_ns: BTreeMap::new(),
        }
    }

    fn result(samples: &[f64], void: &[usize], groups: Vec<Group>) -> CaseResult {
        let text = r#"{"case":"a","process":0,"position":0,"outcome":"measured","series":[],"digest":null,
            "method":null,"warm_up":5,"stopped_by":null,"clock_mhz":null,"started_ns":0,"elapsed_ns":0,
            "output":{},"notes":[]}"#;
        let mut result: CaseResult = serde_json::from_str(text).expect("a result");
        let mut time = Series::time(samples.to_vec());
        time.void = void
            .iter()
            .map(|&index| Void {
                index,
                value: 1.0,
                why: String::new(),
            })
            .collect();
        result.series = vec![time];
        result.groups = groups;
        result
    }

    fn metrics(result: &CaseResult) -> Vec<(String, Vec<f64>)> {
        let series = result.of_clock().into_iter();
        series.map(|s| (s.metric, s.samples)).collect()
    }

    #[test]
    fn a_sample_has_the_cycles_of_its_group_s_clock() {
        // The second sample of the first group is void, and all of the second group.
        let groups = vec![
            group(3, Some(2000.0), false),
            group(2, Some(1000.0), true),
            group(1, Some(1500.0), false),
        ];
        let result = result(&[100.0, 110.0, 100.0], &[1, 3, 4], groups);
        let expected = [
            ("clock".to_owned(), vec![2000.0, 1500.0]),
            ("cycles".to_owned(), vec![200.0, 220.0, 150.0]),
        ];
        assert_eq!(metrics(&result), expected);
    }

    #[test]
    fn what_is_not_known_gives_no_metric() {
        let table = [
            // No groups, a valid group without a clock, all groups void.
            (vec![1.0, 2.0], vec![], vec![], 0),
            (vec![1.0, 2.0], vec![], vec![group(2, None, false)], 0),
            (
                vec![1.0, 2.0],
                vec![],
                vec![group(1, Some(1.0), false), group(1, None, false)],
                0,
            ),
            (vec![], vec![0], vec![group(1, Some(1.0), true)], 0),
            // Groups of other samples than the time has: a clock alone.
            (vec![1.0, 2.0], vec![], vec![group(1, Some(1.0), false)], 1),
            (
                vec![1.0],
                vec![],
                vec![group(usize::MAX, Some(1.0), false)],
                1,
            ),
            // A void sample that is nowhere.
            (vec![1.0], vec![9], vec![group(2, Some(1.0), false)], 1),
            (vec![1.0], vec![], vec![group(1, Some(1.0), false)], 2),
        ];
        for (samples, void, groups, expected) in table {
            let result = result(&samples, &void, groups);
            assert_eq!(result.of_clock().len(), expected, "{result:?}");
        }
    }
}
