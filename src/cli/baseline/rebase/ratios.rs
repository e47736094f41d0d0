//! What comes over a bridge: each metric of the old revision here over what it was in the old baseline.

use crate::baseline::{self, Baseline, Bridged, Carrying, CaseValues, Measured, RECENT, RunValues};
use crate::cli::ab::study::Study;
use crate::cli::comparing::sides;
use crate::id::CaseId;
use crate::stats::{ProcessValues, Speeds};
use crate::verdict::{Comparison, Given, Policy, PolicyError, Ratio, Side};

/// The ratios of the cases that the present revision measured; `here` is what base and head measured.
pub(super) fn of(
    study: &Study,
    here: [&Measured; 2],
    old: &Baseline,
) -> Result<Carrying, PolicyError> {
    let ends = Measurements { study, here, old };
    let mut carrying = Carrying::default();
    for case in &study.cases[1] {
        if !here[1].run.cases.contains_key(&case.id) {
            continue;
        }
        match ends.case(&case.id)? {
            Ok(comparisons) => comparisons
                .iter()
                .for_each(|comparison| take(comparison, &mut carrying)),
            Err(why) => carrying.anew.push((case.id.to_string(), why)),
        }
    }
    Ok(carrying)
}

/// Takes the ratio of a metric, or why it has none.
fn take(comparison: &Comparison, carrying: &mut Carrying) {
    let name = comparison.id.with_metric(&comparison.metric);
    let why = match &comparison.given {
        Some(Given::New) => "the old baseline has no values of it".to_owned(),
        Some(Given::Missing(_)) => "the old revision has no values of it here".to_owned(),
        Some(Given::Incomparable(_)) => {
            "its unit or direction is another now, or its values have no logarithm".to_owned()
        }
        Some(_) | None => match Ratio::of(comparison) {
            Some((ratio, error)) => {
                carrying.bridged.push(Bridged {
                    case: comparison.id.clone(),
                    metric: comparison.metric.clone(),
                    unit: comparison.unit,
                    old: level(&comparison.base),
                    here: level(&comparison.candidate),
                    ratio,
                    error,
                });
                return;
            }
            None => "its spread isn't known: a side has one process a run".to_owned(),
        },
    };
    carrying.anew.push((name, why));
}

/// The exponential of the mean location of a side's processes.
fn level(side: &Side) -> f64 {
    let locations: Vec<f64> = side
        .processes()
        .map(|process: &ProcessValues| process.location)
        .collect();
    (locations.iter().sum::<f64>() / locations.len() as f64).exp()
}

/// What was measured at both ends.
struct Measurements<'a> {
    study: &'a Study,
    here: [&'a Measured; 2],
    old: &'a Baseline,
}

impl Measurements<'_> {
    /// The comparisons of a case's metrics, the old baseline against the old revision here; or why there are none.
    fn case(&self, id: &CaseId) -> Result<Result<Vec<Comparison>, String>, PolicyError> {
        let (base, head) = match self.comparable(id) {
            Ok(values) => values,
            Err(why) => return Ok(Err(why)),
        };
        let old = self.old.like_newest(id);
        let Some(newest) = old.last() else {
            return Ok(Err("the old baseline has no recent values of it".to_owned()));
        };
        for (other, place) in [
            (newest, "in the old baseline"),
            (&head, "at the present revision"),
        ] {
            if other.method_name() != base.method_name() {
                let (theirs, own) = (sides::method(other), sides::method(base));
                return Ok(Err(format!(
                    "timing method: {theirs} {place}, {own} at the old revision here"
                )));
            }
        }
        let policy = self.policy(&base.kind)?;
        Ok(Ok(sides::of_metrics(id, base, &old, policy)))
    }

    /// What both revisions measured here of a case, where the one can stand for the other.
    fn comparable(&self, id: &CaseId) -> Result<(&CaseValues, &CaseValues), String> {
        let [base, head] = self.here;
        if !self.study.cases[0].iter().any(|case| case.id == *id) {
            return Err("the old revision doesn't have it".to_owned());
        }
        if let Some(words) = self.study.other_work.get(id) {
            return Err(format!("its work is another: {words}"));
        }
        if let Some(failure) = base.failed.get(id) {
            return Err(format!(
                "it fails here at the old revision: {}",
                failure.message
            ));
        }
        if let Some(why) = base.unsupported.get(id) {
            return Err(format!("it is unsupported here at the old revision: {why}"));
        }
        let values = base.run.cases.get(id).zip(head.run.cases.get(id));
        values.ok_or_else(|| "it has no values here".to_owned())
    }

    /// The rules for cases of `kind`, with what the old baseline knows of noise.
    fn policy(&self, kind: &str) -> Result<Policy, PolicyError> {
        let mut policy = Policy::for_kind(kind, &self.here[1].run.compare)?;
        let model = self.old.reviewed.noise.map(|noise| noise.model());
        policy.noise = policy.noise.map(|usual| model.unwrap_or(usual));
        let runs: Vec<&RunValues> = self.old.runs.iter().map(|run| &run.values).collect();
        if let Some(noise) = baseline::between_run(&runs, kind) {
            policy.between_run = noise;
        }
        if matches!(kind, "host" | "command") {
            // How unsteady each machine was; that one is faster than the other is what is measured.
            let recent = &self.old.runs[self.old.runs.len().saturating_sub(RECENT)..];
            let there: Vec<Speeds> = recent.iter().filter_map(|run| run.values.speeds).collect();
            let here: Vec<Speeds> = self.here[0].run.speeds.into_iter().collect();
            for speeds in [there, here] {
                policy.between_run = policy.between_run.widened(&speeds, &speeds);
            }
        }
        Ok(policy)
    }
}
