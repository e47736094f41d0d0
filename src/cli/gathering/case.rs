//! What a record and its base add to the cases of a document: tags, places, samples, digests, identities.

use std::collections::{BTreeSet, HashMap};

use super::Results;
use super::base::Base;
use crate::id::CaseId;
use crate::record::{CaseHeader, CaseResult, Header, Series};
use crate::report::document::{CaseEntry, CodeEntry, Place, ProcessEntry, VoidEntry};

/// Reports of more cases than this have at most [`SAMPLES_OF_MANY`] samples a process.
const MANY_CASES: usize = 200;
/// Samples of a process in a report of many cases.
const SAMPLES_OF_MANY: usize = 200;
/// Samples of a process in any report.
const SAMPLES: usize = 5_000;
/// Void samples of a process in any report.
const VOID: usize = 200;

/// Adds to `cases` what their headers, results and the base say.
pub fn complete(cases: &mut [CaseEntry], header: &Header, results: &Results, base: &Base) {
    let planned: HashMap<&str, &CaseHeader> = header
        .cases
        .iter()
        .map(|case| (case.id.as_str(), case))
        .collect();
    let most = most_samples(cases.len());
    for case in cases {
        let id = CaseId::from_text(case.id.as_str());
        if let Some(planned) = planned.get(case.id.as_str()) {
            describe(case, planned);
            case.note = header.notes.get(&planned.workload).cloned();
            let found = results.get(&id).map_or(&[][..], Vec::as_slice);
            case.digest = only_digest(found);
            case.processes = processes(found, most, None);
            case.elapsed_s = elapsed_s(found);
        }
        take_base(case, &id, base, most);
    }
}

/// The most samples of a process in a report of so many cases.
fn most_samples(cases: usize) -> usize {
    if cases > MANY_CASES {
        SAMPLES_OF_MANY
    } else {
        SAMPLES
    }
}

fn describe(case: &mut CaseEntry, planned: &CaseHeader) {
    let (file, line) = &planned.defined_at;
    case.workload = planned.workload.to_string();
    case.tags = planned.tags.iter().map(ToString::to_string).collect();
    case.place = Some(Place {
        file: file.clone(),
        line: *line,
    });
    case.code.identity.clone_from(&planned.identity);
    let work = &planned.work;
    let intensity = work.flops.zip(work.bytes().filter(|bytes| *bytes > 0.0));
    let time = case
        .metrics
        .iter_mut()
        .find(|metric| metric.metric == "time");
    if let (Some(time), Some((flops, bytes))) = (time, intensity) {
        time.intensity = Some(flops / bytes);
    }
}

fn take_base(case: &mut CaseEntry, id: &CaseId, base: &Base, most: usize) {
    let Some(found) = base.cases.get(id) else {
        return;
    };
    let identity = case.code.identity.take();
    case.code = CodeEntry {
        changed: identity
            .as_ref()
            .zip(found.identity.as_ref())
            .map(|(own, theirs)| own != theirs),
        base: found.identity.clone(),
        identity,
    };
    case.base_occupancy.clone_from(&found.occupancy);
    case.base_processes.clone_from(&found.processes);
    for process in &mut case.base_processes {
        process.samples = thinned(&process.samples, most);
    }
}

/// The digest of the outputs, where all processes have the same.
fn only_digest(results: &[CaseResult]) -> Option<String> {
    let digests: BTreeSet<&String> = results.iter().filter_map(|r| r.digest.as_ref()).collect();
    let mut digests = digests.into_iter();
    digests.next().filter(|_| digests.next().is_none()).cloned()
}

/// Seconds that all processes spent on the case; none where none came to it.
fn elapsed_s(results: &[CaseResult]) -> Option<f64> {
    let elapsed: f64 = results.iter().map(|result| result.elapsed_ns).sum();
    (!results.is_empty()).then_some(elapsed * 1e-9)
}

/// What each process measured of the case's own metric, `most` samples each.
pub fn processes(results: &[CaseResult], most: usize, run: Option<&str>) -> Vec<ProcessEntry> {
    let mut found: Vec<ProcessEntry> = results
        .iter()
        .filter_map(|result| {
            let series = result.series.first()?;
            Some(process(result, series, most, run))
        })
        .collect();
    found.sort_by_key(|process| process.process);
    found
}

fn process(result: &CaseResult, series: &Series, most: usize, run: Option<&str>) -> ProcessEntry {
    let void = series.void.iter().take(VOID).map(|void| VoidEntry {
        index: void.index,
        value: void.value,
        why: void.why.clone(),
    });
    ProcessEntry {
        run: run.map(str::to_owned),
        process: result.process,
        samples: thinned(&series.samples, most),
        void: void.collect(),
        middle: middle(&series.samples),
        clock_mhz: result.clock_mhz,
    }
}

/// The mean of the samples between the 5th and 95th percentile, cut as [`crate::stats::ProcessValues`] does; 0 where
/// there is none.
fn middle(samples: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = samples.iter().copied().filter(|s| s.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let cut = sorted.len() / 20;
    let inner = &sorted[cut..sorted.len() - cut];
    inner.iter().sum::<f64>() / inner.len().max(1) as f64
}

/// At most `most` of `samples` in their order, taken evenly, the smallest and the largest always among them.
pub fn thinned(samples: &[f64], most: usize) -> Vec<f64> {
    let count = samples.len();
    if count <= most || most < 3 {
        return samples.to_vec();
    }
    let by_value = |a: &usize, b: &usize| samples[*a].total_cmp(&samples[*b]);
    let ends = [
        (0..count).min_by(by_value).unwrap_or_default(),
        (0..count).max_by(by_value).unwrap_or_default(),
    ];
    let even = most - ends.len();
    let mut kept: BTreeSet<usize> = (0..even).map(|place| place * count / even).collect();
    kept.extend(ends);
    kept.into_iter().map(|place| samples[place]).collect()
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // samples are kept as they are
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_ends_and_the_order() {
        let mut samples: Vec<f64> = (0..1000).map(f64::from).map(f64::sin).collect();
        samples[501] = 9.0;
        samples[777] = -9.0;
        let few = thinned(&samples, 200);
        assert!((198..=200).contains(&few.len()), "{}", few.len());
        assert!(few.contains(&9.0) && few.contains(&-9.0));
        let mut rest = samples.iter();
        assert!(few.iter().all(|kept| rest.any(|sample| sample == kept)));
        assert_eq!(thinned(&samples, 1000), samples);
        assert_eq!(thinned(&[], 200), Vec::<f64>::new());
    }

    #[test]
    fn the_middle_leaves_tails_out() {
        let mut samples = vec![10.0; 98];
        samples.extend([1.0, 1000.0]);
        assert_eq!(middle(&samples), 10.0);
        assert_eq!(middle(&[7.0]), 7.0);
        assert_eq!(middle(&[1.0, 3.0]), 2.0);
        assert_eq!(middle(&[]), 0.0);
    }

    #[test]
    fn reports_of_many_cases_are_thinned() {
        assert_eq!((most_samples(200), most_samples(201)), (5_000, 200));
    }
}
