//! A row for each sample of each process, valid or void, in the order they were taken.

use super::{Sheet, cell, number};
use crate::record::{CaseResult, Series};

const HEADER: [&str; 9] = [
    "run", "side", "case", "metric", "unit", "process", "index", "value", "void",
];

/// Samples of runs as CSV, made of one result after the other, so that a record needs not be in memory.
#[derive(Debug)]
pub struct CsvSamples(Sheet);

impl CsvSamples {
    /// The header line, without a row yet.
    pub fn new() -> Self {
        Self(Sheet::new(&HEADER))
    }

    /// Adds the samples of a case in a process of the run with the id `run`, which is the `side` `candidate` or `base`.
    pub fn push(&mut self, side: &str, run: &str, result: &CaseResult) {
        let (run, case) = (cell(run), cell(result.case.as_str()));
        let process = result.process.to_string();
        for series in &result.series {
            let metric = cell(&series.metric);
            for (index, (value, void)) in in_order(series).into_iter().enumerate() {
                let (index, value) = (index.to_string(), number(Some(value)));
                let void = cell(void.unwrap_or_default());
                let unit = series.unit.name();
                let row = [
                    run.as_str(),
                    side,
                    &case,
                    &metric,
                    unit,
                    &process,
                    &index,
                    &value,
                    &void,
                ];
                self.0.push(&row);
            }
        }
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.0.finish()
    }
}

impl Default for CsvSamples {
    fn default() -> Self {
        Self::new()
    }
}

/// All samples in the order they were taken; why, where one is void.
fn in_order(series: &Series) -> Vec<(f64, Option<&str>)> {
    let mut void: Vec<_> = series.void.iter().collect();
    void.sort_by_key(|void| void.index);
    let mut void = void.into_iter().peekable();
    let mut all = Vec::with_capacity(series.samples.len() + series.void.len());
    for &sample in &series.samples {
        while let Some(next) = void.next_if(|void| void.index <= all.len()) {
            all.push((next.value, Some(next.why.as_str())));
        }
        all.push((sample, None));
    }
    all.extend(void.map(|void| (void.value, Some(void.why.as_str()))));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Void;

    #[test]
    fn void_samples_stand_where_they_were_taken() {
        let void = |index, value| Void {
            index,
            value,
            why: "late".to_owned(),
        };
        let mut series = Series::time(vec![1.0, 2.0, 3.0]);
        series.void = vec![void(5, 50.0), void(0, 10.0), void(2, 20.0)];
        let late = Some("late");
        let expected = [
            (10.0, late),
            (1.0, None),
            (20.0, late),
            (2.0, None),
            (3.0, None),
            (50.0, late),
        ];
        assert_eq!(in_order(&series), expected);
    }
}
