//! The spread between runs, measured by the runs of a baseline.

use std::collections::{BTreeMap, BTreeSet};

use super::measured::{CaseValues, RunValues, same_clock};
use crate::id::CaseId;
use crate::record::CYCLES;
use crate::stats::Variance;
use crate::verdict::{BetweenRun, RunSpread, Source};

/// Fewer runs than these, or on fewer days, measure no spread.
const RUNS: usize = 8;
const DAYS: usize = 3;
/// A spread measured smaller than this is taken as this.
const LEAST: f64 = 0.001;
/// What a median of squares knows, as a share of what their mean does: with as many degrees of freedom, a test at 1 %
/// flags 1 % or less of unchanged runs, by simulation of 8 to 40 runs whose effect is common to all cases.
const MEDIAN_EFFICIENCY: f64 = 0.6;
/// The median of the chi-squared distribution with one degree of freedom.
const MEDIAN_CHI_SQUARED: f64 = 0.454_936;

/// The spread between `runs` (oldest first) for cases of `kind`, in logs of `time`; `None` while there are fewer
/// than 8 runs on 3 days.
///
/// The difference of two successive runs' mean locations has the variance 2 s^2 + v1 + v2, where s is the spread
/// between runs and v that of each mean by its processes. Drift hardly enters successive differences. A case's
/// variance is the median of its squared differences over the median of chi-squared, so that the few differences
/// where the code changed don't count; cases are pooled by their mean. A run's effect may be common to its cases,
/// so that cases add no degrees of freedom: those of n - 1 successive differences are 2 (n - 1)^2 / (3 n - 4)
/// (von Neumann, Kent, Bellinson & Hart 1941, "The mean square successive difference") for their mean, and 0.6 of
/// that for their median.
pub fn between_run(runs: &[&RunValues], kind: &str) -> Option<BetweenRun> {
    let days: BTreeSet<String> = runs
        .iter()
        .map(|run| run.started.strftime("%Y-%m-%d").to_string())
        .collect();
    if runs.len() < RUNS || days.len() < DAYS {
        return None;
    }
    let mut excesses: BTreeMap<&CaseId, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for pair in runs.windows(2) {
        let [before, after] = pair else { continue };
        for (id, case) in after.cases.iter().filter(|(_, case)| case.kind == kind) {
            if let Some((square, within)) = before.cases.get(id).and_then(|old| differ(old, case)) {
                let (squares, withins) = excesses.entry(id).or_default();
                squares.push(square);
                withins.push(within);
            }
        }
    }
    let variances: Vec<f64> = excesses
        .into_values()
        .filter(|(squares, _)| squares.len() + 1 >= RUNS)
        .filter_map(|(squares, withins)| {
            let total = median(squares)? / MEDIAN_CHI_SQUARED;
            Some((total - median(withins)?).max(0.0) / 2.0)
        })
        .collect();
    if variances.is_empty() {
        return None;
    }
    let variance = variances.iter().sum::<f64>() / variances.len() as f64;
    let n = runs.len() as f64;
    Some(BetweenRun {
        deviation: variance.sqrt().max(LEAST),
        freedom: MEDIAN_EFFICIENCY * successive_freedom(n),
        source: Source::Measured,
    })
}

/// The squared difference of two runs' locations of `time`, and what the spread between processes adds to it.
fn differ(before: &CaseValues, after: &CaseValues) -> Option<(f64, f64)> {
    let (old, new) = (before.metrics.get("time")?, after.metrics.get("time")?);
    let same_method = before.method_name() == after.method_name();
    let changed = before.identity.is_some() && before.identity != after.identity;
    if !same_method || changed {
        return None;
    }
    let difference = new.location()? - old.location()?;
    Some((
        difference * difference,
        old.variance_of_mean() + new.variance_of_mean(),
    ))
}

/// How far `runs` of one case (each with its run's SM clock, oldest first) lie apart in `metric`; `None` where too few
/// have it.
///
/// Runs of the same code at the same clock are compared with each other: the variance about their mean, pooled. The
/// clock is nothing to cycles. Commands and libraries have no identity: there it is told by the median of the squared
/// differences of successive runs, as [`between_run`] does, so that a change in what they run doesn't count.
pub fn run_spread(runs: &[(Option<f64>, &CaseValues)], metric: &str) -> Option<RunSpread> {
    let mut alike: Vec<(Option<f64>, Option<&str>, Vec<f64>)> = Vec::new();
    let mut withins = Vec::new();
    for (clock, run) in runs {
        let values = run.metrics.get(metric);
        let Some((values, location)) = values.and_then(|v| Some((v, v.location()?))) else {
            continue;
        };
        withins.push(values.variance_of_mean());
        let clock = clock.filter(|_| metric != CYCLES);
        let code = run.identity.as_deref();
        let is_alike = |(its_clock, its_code, _): &&mut (Option<f64>, Option<&str>, Vec<f64>)| {
            *its_code == code && same_clock(*its_clock, clock)
        };
        match alike.iter_mut().find(is_alike) {
            Some((.., locations)) => locations.push(location),
            None => alike.push((clock, code, vec![location])),
        }
    }
    let count = withins.len() as f64;
    let by_code = alike.iter().all(|(_, code, _)| code.is_some());
    let groups: Vec<Vec<f64>> = alike.into_iter().map(|(.., locations)| locations).collect();
    let total = if by_code {
        Variance::pooled(&groups)
    } else {
        successive(&groups)
    };
    Some(RunSpread {
        total: total?,
        within: withins.iter().sum::<f64>() / count,
    })
}

/// The variance by the median squared successive difference within groups, pooled.
fn successive(groups: &[Vec<f64>]) -> Option<Variance> {
    let mut found = Variance {
        value: 0.0,
        freedom: 0.0,
    };
    for values in groups {
        let squares = values.windows(2).map(|pair| (pair[1] - pair[0]).powi(2));
        let Some(middle) = median(squares.collect()) else {
            continue;
        };
        let freedom = MEDIAN_EFFICIENCY * successive_freedom(values.len() as f64);
        found.value += freedom * middle / MEDIAN_CHI_SQUARED / 2.0;
        found.freedom += freedom;
    }
    found.value /= found.freedom;
    (found.freedom > 0.0).then_some(found)
}

/// The degrees of freedom of the mean squared successive difference of `n` values (von Neumann et al. 1941).
fn successive_freedom(n: f64) -> f64 {
    2.0 * (n - 1.0).powi(2) / (3.0 * n - 4.0)
}

/// The upper median.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::MetricValues;
    use crate::record::{Better, Method, Unit};
    use crate::rng::Sequence;
    use crate::stats::{ProcessValues, student_quantile};

    /// A nearly normal number: the sum of 12 uniform ones.
    fn normal(random: &mut Sequence) -> f64 {
        let uniform = |random: &mut Sequence| random.below(1 << 32) as f64 / f64::from(u32::MAX);
        (0..12).map(|_| uniform(random)).sum::<f64>() - 6.0
    }

    fn case(location: f64, random: &mut Sequence) -> CaseValues {
        let process = |random: &mut Sequence| {
            let location = location + 0.0005 * normal(random);
            ProcessValues {
                location,
                body: location,
                upper: location,
                mean: location.exp(),
            }
        };
        let metric = MetricValues {
            unit: Unit::Nanoseconds,
            better: Better::Lower,
            processes: (0..5).map(|_| process(random)).collect(),
        };
        CaseValues {
            kind: "cuda".into(),
            method: Some(Method {
                name: "events".into(),
                executions: 1,
                tick_ns: None,
            }),
            identity: None,
            digest: None,
            clock_bound: false,
            clock_mhz: None,
            occupancy: None,
            metrics: [("time".to_owned(), metric)].into(),
        }
    }

    /// Nightly runs of 40 cases with a spread between them; from run `slower` on all are 20 % slower.
    fn runs(count: usize, spread: f64, slower: usize) -> Vec<RunValues> {
        let mut random = Sequence::new(7);
        let midnight: jiff::Timestamp = "2026-11-01T00:00:00Z".parse().expect("a time");
        let mut runs = Vec::new();
        for night in 0..count {
            let hours = i64::try_from(night).expect("few") * 24;
            let cases = (0..40).map(|number| {
                let shift = if night >= slower { 0.2 } else { 0.0 };
                let location = 11.0 + shift + spread * normal(&mut random);
                (
                    CaseId::from_text(format!("case/n={number}")),
                    case(location, &mut random),
                )
            });
            runs.push(RunValues {
                id: format!("{night:03}"),
                started: midnight + jiff::SignedDuration::from_hours(hours),
                key: "k".into(),
                commit: None,
                clock_mhz: None,
                card: None,
                speeds: None,
                compare: BTreeMap::new(),
                cases: cases.collect(),
            });
        }
        runs
    }

    fn measured(runs: &[RunValues]) -> Option<BetweenRun> {
        between_run(&runs.iter().collect::<Vec<_>>(), "cuda")
    }

    #[test]
    fn a_case_s_runs_are_compared_with_those_of_the_same_code_and_clock() {
        // Location, code and clock of each run; the variance about what is alike, and its degrees of freedom.
        type Row<'a> = (Vec<(f64, Option<&'a str>, f64)>, f64, f64);
        let mut random = Sequence::new(3);
        let table: [Row<'_>; 5] = [
            (vec![(1.0, Some("a"), 1980.0); 4], 0.0, 3.0),
            // (0.01^2 + 0.01^2) / 2 about 1.01.
            (
                [1.0, 1.01, 1.02].map(|l| (l, Some("a"), 1980.0)).into(),
                1e-4,
                2.0,
            ),
            // Another code, or another clock, is another level.
            (
                [(1.0, "a"), (1.0, "a"), (2.0, "b"), (2.0, "b")]
                    .map(|(l, code)| (l, Some(code), 1980.0))
                    .into(),
                0.0,
                2.0,
            ),
            (
                [(1.0, 1980.0), (2.0, 1995.0), (1.0, 1980.0), (2.0, 1995.0)]
                    .map(|(l, clock)| (l, Some("a"), clock))
                    .into(),
                0.0,
                2.0,
            ),
            // Without a code the median of 0, 0.01 and 0.01, squared: a step of 1 is none of it.
            (
                [1.0, 1.01, 1.02, 2.02, 2.02, 2.03]
                    .map(|l| (l, None, 1980.0))
                    .into(),
                1e-4 / MEDIAN_CHI_SQUARED / 2.0,
                MEDIAN_EFFICIENCY * 50.0 / 14.0,
            ),
        ];
        for (rows, variance, freedom) in table {
            let of = |(location, code, clock): (f64, Option<&str>, f64)| {
                let mut values = case(location, &mut random);
                for process in &mut values.metrics.get_mut("time").expect("time").processes {
                    process.location = location;
                }
                values.identity = code.map(str::to_owned);
                (Some(clock), values)
            };
            let runs: Vec<(Option<f64>, CaseValues)> = rows.into_iter().map(of).collect();
            let runs: Vec<(Option<f64>, &CaseValues)> =
                runs.iter().map(|(clock, case)| (*clock, case)).collect();
            let found = run_spread(&runs, "time").expect("runs enough");
            assert!((found.total.value - variance).abs() < 1e-9, "{found:?}");
            assert!((found.total.freedom - freedom).abs() < 1e-12, "{found:?}");
            assert!(found.within.abs() < 1e-12, "{found:?}");
            assert_eq!(run_spread(&runs, "energy"), None);
            assert_eq!(run_spread(&runs[..1], "time"), None);
        }
    }

    #[test]
    fn a_spread_is_measured_once_there_are_runs_enough() {
        assert_eq!(measured(&runs(7, 0.002, 99)), None);
        for spread in [0.002, 0.01] {
            let found = measured(&runs(20, spread, 99)).expect("20 runs on 20 days");
            let ratio = found.deviation / spread;
            assert!((0.85..1.25).contains(&ratio), "{ratio}");
            assert!(!found.is_assumed());
        }
    }

    #[test]
    fn an_effect_common_to_all_cases_is_flagged_no_more_often_than_it_should() {
        const SPREAD: f64 = 0.01;
        let (mut random, mut template) = (Sequence::new(11), runs(21, 0.0, 99));
        for run in &mut template {
            run.cases.retain(|id, _| id.as_str() == "case/n=0");
        }
        for count in [8, 12, 20] {
            let mut flagged = 0;
            for _ in 0..4000 {
                let mut effects = Vec::new();
                for run in &mut template[..=count] {
                    effects.push(SPREAD * normal(&mut random));
                    let processes = run.cases.values_mut().flat_map(|case| &mut case.metrics);
                    for process in processes.flat_map(|(_, metric)| &mut metric.processes) {
                        process.location = 11.0 + effects[effects.len() - 1];
                    }
                }
                let found = measured(&template[..count]).expect("runs enough");
                let base = &effects[count.saturating_sub(10)..count];
                let mean = base.iter().sum::<f64>() / base.len() as f64;
                let error = found.deviation * (1.0 + 1.0 / base.len() as f64).sqrt();
                let t = (effects[count] - mean).abs() / error;
                flagged += usize::from(t > student_quantile(0.005, found.freedom));
            }
            assert!(
                flagged <= 50,
                "{flagged} of 4,000 with {count} runs, and 40 are 1 %"
            );
        }
    }

    #[test]
    fn a_change_of_the_code_hardly_raises_it() {
        let found = measured(&runs(20, 0.002, 10)).expect("20 runs on 20 days");
        assert!(found.deviation < 0.003, "{}", found.deviation);
    }

    #[test]
    fn other_kinds_and_quiet_runs() {
        let runs = runs(10, 0.0, 99);
        let all: Vec<_> = runs.iter().collect();
        assert_eq!(between_run(&all, "host"), None);
        let quiet = between_run(&all, "cuda").expect("10 runs on 10 days");
        assert!((quiet.deviation - LEAST).abs() < 1e-12);
    }
}
