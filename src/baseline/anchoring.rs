//! Moves anchors to where the newest runs are, as at a release.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{AnchoredMetric, Baseline, BaselineError, RECENT, Source, load};
use crate::files;
use crate::id::{AxisValue, CaseId, Name};
use crate::plan::Filters;
use crate::record::Unit;

/// Which anchors move.
#[derive(Debug, Clone, Default)]
pub struct Anchoring {
    /// The cases, as `-f` takes them; all without any. A baseline knows no tags.
    pub cases: Filters,
    /// Beginnings of the keys of the machines; all without any.
    pub keys: Vec<String>,
    /// Only say what would move.
    pub dry_run: bool,
}

/// What moved in a suite's baseline for one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Reanchored {
    /// The reviewed file.
    pub file: PathBuf,
    /// How many cases were selected.
    pub selected: usize,
    /// The anchors that are others now.
    pub moved: Vec<MovedAnchor>,
    /// Cases, with the metric where that isn't the time, whose acknowledgement went, since their anchor moved.
    pub unacknowledged: Vec<String>,
}

/// An anchor that is another now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MovedAnchor {
    /// The case.
    pub case: CaseId,
    /// The metric.
    pub metric: String,
    /// The unit of both values.
    pub unit: Unit,
    /// The old anchor, where there was one in this unit.
    pub before: Option<f64>,
    /// The new one.
    pub after: f64,
    /// How many runs made it.
    pub runs: u32,
    /// The last of them.
    pub last: String,
}

/// Moves the anchors of `suite` in `folder` to the newest 10 runs of each case (since the last change of it that was
/// accepted), and says what moved, a file each.
pub fn anchor(
    folder: &Path,
    suite: &Name,
    what: &Anchoring,
) -> Result<Vec<Reanchored>, BaselineError> {
    let source = Source::Folder(folder.to_owned());
    let mut all = Vec::new();
    for reviewed in load(&source, suite)? {
        let is_meant = |key: &String| reviewed.key.starts_with(key.as_str());
        if what.keys.is_empty() || what.keys.iter().any(is_meant) {
            let baseline = Baseline::load(&source, reviewed, RECENT)?;
            all.push(move_anchors(folder, baseline, what)?);
        }
    }
    Ok(all)
}

fn move_anchors(
    folder: &Path,
    baseline: Baseline,
    what: &Anchoring,
) -> Result<Reanchored, BaselineError> {
    let Baseline { mut reviewed, runs } = baseline;
    let runs: Vec<_> = runs.iter().map(|run| &run.values).collect();
    let ids: Vec<CaseId> = reviewed.cases.keys().cloned().collect();
    let mut done = Reanchored {
        file: folder
            .join(reviewed.suite.as_str())
            .join(reviewed.file_name()),
        selected: 0,
        moved: Vec::new(),
        unacknowledged: Vec::new(),
    };
    for id in ids {
        if !what.cases.select(&id, &[], &axes(&id)) {
            continue;
        }
        done.selected += 1;
        let before = reviewed.cases.get(&id).cloned().unwrap_or_default();
        reviewed.anchor(&id, &runs);
        let Some(after) = reviewed.cases.get_mut(&id) else {
            continue;
        };
        for (name, metric) in &after.metrics {
            let old = before.metrics.get(name);
            if old != Some(metric) {
                done.moved.push(MovedAnchor::of(&id, name, old, metric));
                // How much slower it may be was said of the old anchor.
                if after.acknowledged.remove(name).is_some() {
                    done.unacknowledged.push(id.with_metric(name));
                }
            }
        }
    }
    if !what.dry_run && !done.moved.is_empty() {
        files::write_atomically(&done.file, reviewed.to_text().as_bytes())?;
    }
    Ok(done)
}

impl MovedAnchor {
    /// The move of a metric's anchor.
    pub(super) fn of(
        case: &CaseId,
        metric: &str,
        before: Option<&AnchoredMetric>,
        after: &AnchoredMetric,
    ) -> Self {
        Self {
            case: case.clone(),
            metric: metric.to_owned(),
            unit: after.unit,
            before: before
                .filter(|before| before.unit == after.unit)
                .map(|before| before.anchor),
            after: after.anchor,
            runs: after.runs,
            last: after.last.clone(),
        }
    }
}

/// The point of a case as its id tells it: `copy/n=1024/block=256`; every value is text.
pub(super) fn axes(id: &CaseId) -> Vec<(Name, AxisValue)> {
    let parts = id.as_str().split('/').skip(1);
    parts
        .filter_map(|part| {
            let (axis, value) = part.split_once('=')?;
            let value = percent_encoding::percent_decode_str(value);
            let value = value.decode_utf8_lossy().into_owned();
            Some((Name::new(axis).ok()?, AxisValue::Text(value)))
        })
        .collect()
}
