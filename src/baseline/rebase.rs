//! Begins a machine's baseline where another's leads: its anchors come over the bridge, and its runs are those that
//! measured it.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::reviewed::anchor::rounded;
use super::{
    AnchoredMetric, Baseline, BaselineError, Bridge, CaseValues, MovedAnchor, RECENT, Reviewed,
    RunValues, SavedRun, model, same_clock, save,
};
use crate::id::CaseId;
use crate::record::{Header, Unit};
use crate::verdict::Ratio;

/// A metric that was measured at both ends of a bridge by the same revision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bridged {
    /// The case.
    pub case: CaseId,
    /// The metric.
    pub metric: String,
    /// The unit of both values.
    pub unit: Unit,
    /// The exponential of the mean location of the old baseline's runs.
    pub old: f64,
    /// That of the run here.
    pub here: f64,
    /// The second over the first.
    #[serde(flatten)]
    pub ratio: Ratio,
    /// The standard error of the ratio in logs.
    pub error: f64,
}

/// What comes over a bridge.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Carrying {
    /// The metrics whose ratio is known.
    pub bridged: Vec<Bridged>,
    /// Cases, or metrics of them, that begin anew here, and why.
    pub anew: Vec<(String, String)>,
}

/// A baseline that begins here.
#[derive(Debug)]
pub struct Rebasing<'a> {
    /// Where its series come from.
    pub bridge: Bridge,
    /// The baseline at the other end, with its runs.
    pub old: &'a Baseline,
    /// The header of the present revision's record: it says which machine this is.
    pub header: &'a Header,
    /// What the bridge's revision measured here; it is saved too unless the suite of that revision has other facts.
    pub base: SavedRun,
    /// What the present revision measured beside it.
    pub head: SavedRun,
    /// What comes over.
    pub carrying: Carrying,
}

/// What a rebase did.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebased {
    /// The reviewed file.
    pub file: PathBuf,
    /// The ids of the runs that it took, oldest first.
    pub runs: Vec<String>,
    /// How many cases the baseline has.
    pub cases: usize,
    /// The anchors that came over.
    pub anchors: Vec<MovedAnchor>,
    /// What comes over, and what begins anew.
    pub carrying: Carrying,
}

impl Baseline {
    /// What the recent runs measured of a case in the way, at the clock and, where that is known, by the code of the
    /// newest of them, since the last accepted change; oldest first.
    pub fn like_newest(&self, id: &CaseId) -> Vec<&CaseValues> {
        let recent = &self.runs[self.runs.len().saturating_sub(RECENT)..];
        let since = self.reviewed.cases.get(id);
        let since = since.and_then(|case| case.since.as_deref());
        let counting: Vec<(&RunValues, &CaseValues)> = recent
            .iter()
            .map(|run| &run.values)
            .filter(|run| since.is_none_or(|since| run.id.as_str() >= since))
            .filter_map(|run| Some((run, run.cases.get(id)?)))
            .collect();
        let Some((newest, values)) = counting.last().copied() else {
            return Vec::new();
        };
        let alike = counting.into_iter().filter(|(run, case)| {
            case.method_name() == values.method_name()
                && case.identity == values.identity
                && same_clock(run.clock_mhz, newest.clock_mhz)
        });
        alike.map(|(_, case)| case).collect()
    }
}

/// Begins the baseline of this machine in `folder`, or goes on with the one that is there: what comes over the bridge
/// replaces its anchors.
pub fn rebase(folder: &Path, what: Rebasing<'_>) -> Result<Rebased, BaselineError> {
    let suite = &what.old.reviewed.suite;
    let Header {
        device,
        environment,
        ..
    } = what.header;
    let mut reviewed = model::present(folder, suite, device, environment)?;
    let mut carrying = what.carrying;
    for case in reviewed.cases.values_mut() {
        case.ratios.clear();
    }
    reviewed.bridge = Some(what.bridge);
    reviewed.extend(&[&what.head.values]);
    reviewed.note_ceilings(what.header);
    let mut anchors = Vec::new();
    for bridged in &carrying.bridged {
        match carry(&mut reviewed, bridged, (what.old, &what.base.values)) {
            Ok(moved) => anchors.extend(moved),
            Err(why) => carrying
                .anew
                .push((bridged.case.with_metric(&bridged.metric), why)),
        }
    }
    let same_key = |run: &SavedRun| run.values.key == environment.key;
    let runs: Vec<SavedRun> = [what.base, what.head]
        .into_iter()
        .filter(same_key)
        .collect();
    save::write(folder, &reviewed, &runs)?;
    Ok(Rebased {
        file: folder.join(suite.as_str()).join(reviewed.file_name()),
        runs: runs.into_iter().map(|run| run.values.id).collect(),
        cases: reviewed.cases.len(),
        anchors,
        carrying,
    })
}

/// Takes a ratio into `reviewed`, and the anchor with it; what moved, or why the anchor can't come.
fn carry(
    reviewed: &mut Reviewed,
    bridged: &Bridged,
    (old, base): (&Baseline, &RunValues),
) -> Result<Option<MovedAnchor>, String> {
    let Some(case) = reviewed.cases.get_mut(&bridged.case) else {
        return Ok(None); // it failed at the present revision
    };
    let Ratio { value, low, high } = bridged.ratio;
    let ratio = Ratio {
        value: rounded(value),
        low: rounded(low),
        high: rounded(high),
    };
    case.ratios.insert(bridged.metric.clone(), ratio);
    let theirs = old.reviewed.cases.get(&bridged.case);
    if let Some(theirs) = theirs.filter(|theirs| theirs.reason.is_some()) {
        case.reason.clone_from(&theirs.reason);
        case.since.clone_from(&theirs.since);
    }
    let before = theirs.and_then(|theirs| theirs.metrics.get(&bridged.metric));
    let before = before
        .filter(|before| before.unit == bridged.unit)
        .ok_or("the old baseline has no anchor of it")?;
    let newest = old.runs.iter().rev();
    let newest = newest
        .map(|run| &run.values)
        .find(|run| run.cases.contains_key(&bridged.case));
    if !same_clock(before.clock_mhz, newest.and_then(|run| run.clock_mhz)) {
        return Err("its anchor was made at another clock than its recent runs".to_owned());
    }
    let after = AnchoredMetric {
        anchor: rounded(before.anchor * value),
        clock_mhz: base.clock_mhz,
        carried: Some(rounded(
            before.carried.unwrap_or_default().hypot(bridged.error),
        )),
        ..before.clone()
    };
    if !(after.anchor > 0.0 && after.anchor.is_finite()) {
        return Err("its anchor is beyond what numbers hold here".to_owned());
    }
    let moved = MovedAnchor::of(&bridged.case, &bridged.metric, Some(before), &after);
    case.metrics.insert(bridged.metric.clone(), after);
    if let Some(known) = theirs.and_then(|theirs| theirs.acknowledged.get(&bridged.metric)) {
        let metric = bridged.metric.clone();
        case.acknowledged.insert(metric, known.clone());
    }
    Ok(Some(moved))
}
