//! Acknowledgements in reviewed files: what is known to be slower, written, listed and taken away.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::anchoring::axes;
use super::reviewed::{AnchoredMetric, Reviewed};
use super::{Baseline, BaselineError, MetricValues, RECENT, RunValues, Source, load};
use crate::files;
use crate::id::{CaseId, Name};
use crate::plan::Filters;
use crate::record::Better;
use crate::verdict::{Acknowledgement, Policy};

/// An acknowledgement, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// The reviewed file.
    pub file: PathBuf,
    /// The case.
    pub case: CaseId,
    /// The metric.
    pub metric: String,
    /// What is known.
    pub known: Acknowledgement,
}

/// Which metrics of which cases are meant.
#[derive(Debug, Clone, Default)]
pub struct Meant {
    /// The cases, as `-f` takes them; all without any. A baseline knows no tags.
    pub cases: Filters,
    /// The metrics by name; none of them means what each verb says.
    pub metrics: BTreeSet<String>,
    /// Beginnings of the keys of the machines; all without any.
    pub keys: Vec<String>,
}

impl Meant {
    fn has_key(&self, reviewed: &Reviewed) -> bool {
        let begins = |key: &String| reviewed.key.starts_with(key.as_str());
        self.keys.is_empty() || self.keys.iter().any(begins)
    }

    fn has_metric(&self, metric: &str) -> bool {
        self.metrics.is_empty() || self.metrics.contains(metric)
    }

    fn has_case(&self, id: &CaseId) -> bool {
        self.cases.select(id, &[], &axes(id))
    }
}

/// The reviewed files of `suite` in `folder` whose keys are `meant`.
fn files_of(folder: &Path, suite: &Name, meant: &Meant) -> Result<Vec<Reviewed>, BaselineError> {
    let mut all = load(&Source::Folder(folder.to_owned()), suite)?;
    all.retain(|reviewed| meant.has_key(reviewed));
    Ok(all)
}

/// Whether the baseline of one of `suites` in `folder` has a key that begins with one of `keys`.
pub fn has_key(folder: &Path, suites: &[Name], keys: &[String]) -> Result<bool, BaselineError> {
    let meant = Meant {
        keys: keys.to_vec(),
        ..Meant::default()
    };
    for suite in suites {
        if !files_of(folder, suite, &meant)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The acknowledgements in the baseline of `suite` in `folder` that are `meant`; every metric without a named one.
pub fn acknowledgements(
    folder: &Path,
    suite: &Name,
    meant: &Meant,
) -> Result<Vec<Noted>, BaselineError> {
    let mut all = Vec::new();
    for reviewed in files_of(folder, suite, meant)? {
        all.extend(meant_in(&reviewed, &file(folder, &reviewed), meant));
    }
    Ok(all)
}

/// Writes `known` of cases and metrics to the baseline of `suite` for the machine of `key`; what was known of them
/// before is replaced. A dry run only says what would stand there.
///
/// Fails where the baseline has no such key; a case that it doesn't have is left out.
pub fn acknowledge(
    folder: &Path,
    (suite, key): (&Name, &str),
    known: Vec<(CaseId, String, Acknowledgement)>,
    dry_run: bool,
) -> Result<Vec<Noted>, BaselineError> {
    let all = load(&Source::Folder(folder.to_owned()), suite)?;
    let of_key = all.into_iter().find(|reviewed| reviewed.key == key);
    let mut reviewed = of_key.ok_or_else(|| BaselineError::Nothing {
        what: format!("of the suite {suite} for this machine"),
        folder: folder.display().to_string(),
    })?;
    write(folder, &mut reviewed, known, dry_run)
}

/// Writes `known` of all cases and metrics that are `meant`, whether they are slower now or not: of the time without a
/// named metric, and of every metric where a case has no time. A dry run only says what would stand there.
pub fn acknowledge_all(
    folder: &Path,
    suite: &Name,
    (meant, known): (&Meant, &Acknowledgement),
    dry_run: bool,
) -> Result<Vec<Noted>, BaselineError> {
    let mut all = Vec::new();
    for mut reviewed in files_of(folder, suite, meant)? {
        let mut each = Vec::new();
        for (id, case) in reviewed.cases.iter().filter(|(id, _)| meant.has_case(id)) {
            let timed = meant.metrics.is_empty() && case.metrics.contains_key("time");
            let metrics = case.metrics.keys();
            let metrics =
                metrics.filter(|name| meant.has_metric(name) && (!timed || *name == "time"));
            each.extend(metrics.map(|name| (id.clone(), name.clone(), known.clone())));
        }
        all.extend(write(folder, &mut reviewed, each, dry_run)?);
    }
    Ok(all)
}

/// Takes away the acknowledgements that are `meant`, and says which; every metric without a named one.
pub fn unacknowledge(
    folder: &Path,
    suite: &Name,
    meant: &Meant,
    dry_run: bool,
) -> Result<Vec<Noted>, BaselineError> {
    let mut all = Vec::new();
    for mut reviewed in files_of(folder, suite, meant)? {
        let file = file(folder, &reviewed);
        let gone = meant_in(&reviewed, &file, meant);
        for noted in &gone {
            if let Some(case) = reviewed.cases.get_mut(&noted.case) {
                case.acknowledged.remove(&noted.metric);
            }
        }
        if !dry_run && !gone.is_empty() {
            files::write_atomically(&file, reviewed.to_text().as_bytes())?;
        }
        all.extend(gone);
    }
    Ok(all)
}

/// Drops the acknowledgements of `mended` metrics from the baseline of `suite` for the machine of `key` where the saved
/// `run` is as fast as the anchor again: less than `min-effect` worse. Says which went.
///
/// That a metric is no slower than the recent runs isn't enough, since these grow slower with it.
pub fn drop_moot(
    folder: &Path,
    (suite, key): (&Name, &str),
    mended: &BTreeSet<(CaseId, String)>,
    run: &str,
) -> Result<Vec<String>, BaselineError> {
    let source = Source::Folder(folder.to_owned());
    let mut gone = Vec::new();
    for reviewed in load(&source, suite)? {
        if reviewed.key != key {
            continue;
        }
        let mut baseline = Baseline::load(&source, reviewed, RECENT)?;
        let run = baseline.runs.iter().find(|saved| saved.values.id == run);
        let Some(run) = run.map(|saved| &saved.values) else {
            continue;
        };
        for (id, case) in &mut baseline.reviewed.cases {
            let metrics = &case.metrics;
            let moot = |metric: &String| {
                mended.contains(&(id.clone(), metric.clone()))
                    && metrics
                        .get(metric)
                        .is_none_or(|anchor| is_back(run, id, metric, anchor))
            };
            let dropped = case.acknowledged.extract_if(.., |metric, _| moot(metric));
            gone.extend(dropped.map(|(metric, _)| id.with_metric(&metric)));
        }
        if !gone.is_empty() {
            let text = baseline.reviewed.to_text();
            files::write_atomically(&file(folder, &baseline.reviewed), text.as_bytes())?;
        }
    }
    Ok(gone)
}

/// Whether `run` measured a metric as fast as its anchor says: less than `min-effect` worse.
fn is_back(run: &RunValues, id: &CaseId, metric: &str, anchor: &AnchoredMetric) -> bool {
    let Some(case) = run.cases.get(id) else {
        return false;
    };
    let own = case.metrics.get(metric);
    let own = own.filter(|own| own.unit == anchor.unit && own.better == anchor.better);
    let policy = Policy::for_kind(&case.kind, &run.compare).ok();
    let (Some(location), Some(policy)) = (own.and_then(MetricValues::location), policy) else {
        return false;
    };
    let change = location - anchor.anchor.ln();
    let worse = match anchor.better {
        Better::Lower => change,
        Better::Higher => -change,
    };
    worse.exp_m1() < policy.min_effect
}

fn write(
    folder: &Path,
    reviewed: &mut Reviewed,
    known: Vec<(CaseId, String, Acknowledgement)>,
    dry_run: bool,
) -> Result<Vec<Noted>, BaselineError> {
    let file = file(folder, reviewed);
    let mut all = Vec::new();
    for (case, metric, known) in known {
        let Some(block) = reviewed.cases.get_mut(&case) else {
            continue;
        };
        block.acknowledged.insert(metric.clone(), known.clone());
        all.push(Noted {
            file: file.clone(),
            case,
            metric,
            known,
        });
    }
    if !dry_run && !all.is_empty() {
        files::write_atomically(&file, reviewed.to_text().as_bytes())?;
    }
    Ok(all)
}

fn meant_in(reviewed: &Reviewed, file: &Path, meant: &Meant) -> Vec<Noted> {
    let all = reviewed.acknowledgements();
    let meant = all.filter(|(id, metric, _)| meant.has_case(id) && meant.has_metric(metric));
    meant
        .map(|(id, metric, known)| Noted {
            file: file.to_owned(),
            case: id.clone(),
            metric: metric.clone(),
            known: known.clone(),
        })
        .collect()
}

fn file(folder: &Path, reviewed: &Reviewed) -> PathBuf {
    folder
        .join(reviewed.suite.as_str())
        .join(reviewed.file_name())
}
