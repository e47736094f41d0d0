//! What a run shows to be slower, and is acknowledged as it is.

use std::path::Path;

use super::{Args, told};
use crate::baseline::{self, Noted, Source};
use crate::cli::baseline::{filters, folder};
use crate::cli::comparing::{self, Operand, Settings};
use crate::cli::{Exit, Fault};
use crate::id::CaseId;
use crate::store::{self, Record};
use crate::verdict::{Acknowledgement, Judgement, Verdict};

/// Acknowledges the meant cases that are slower in the run that is meant, each as much as it is.
pub fn acknowledged(
    args: &Args,
    known: &dyn Fn(f64) -> Acknowledgement,
) -> anyhow::Result<Vec<Noted>> {
    if !args.keys.is_empty() {
        let fault = Fault::new(Exit::Usage, "--key says nothing here: the run has its key");
        return Err(fault
            .hint("give --at-most too, or --run RUN of that machine instead")
            .into());
    }
    let root = store::root_for(Path::new("."));
    let run = args.run.as_deref().unwrap_or("latest");
    let place = store::find(&root, args.suite.as_ref(), run).map_err(Fault::from)?;
    let record = Record::open(&place).map_err(Fault::from)?;
    let meant = selected(&record, args)?;
    let folder = folder(args.place.baselines.as_ref());
    let base = Operand::Baselines(Source::Folder(folder.clone()));
    let view = comparing::compare_record(&place, base, Settings::default(), None)?.view;
    let is_meant = |found: &&Judgement| {
        meant.contains(&found.id)
            && (args.metrics.is_empty() || args.metrics.contains(&found.metric))
    };
    let judgements: Vec<&Judgement> = view.judgements.iter().filter(is_meant).collect();
    let slower = judgements.iter().filter(|found| found.verdict.is_slower());
    let slower = slower.filter_map(|found| {
        let at_most = rounded_up(found.worse_at_most()?);
        Some((found.id.clone(), found.metric.clone(), known(at_most)))
    });
    let slower: Vec<_> = slower.collect();
    let header = &record.header;
    if slower.is_empty() {
        return Err(none_is_slower(&judgements, &header.id).into());
    }
    let of = (&header.suite, header.environment.key.as_str());
    let noted = baseline::acknowledge(&folder, of, slower, args.place.dry_run);
    Ok(noted.map_err(Fault::from)?)
}

/// The run's cases that are meant.
fn selected(record: &Record, args: &Args) -> Result<Vec<CaseId>, Fault> {
    let filters = filters(&args.cases)?;
    let cases = record.header.cases.iter();
    let meant = cases.filter(|case| filters.select(&case.id, &case.tags, &case.axes));
    let meant: Vec<CaseId> = meant.map(|case| case.id.clone()).collect();
    if !meant.is_empty() {
        return Ok(meant);
    }
    let message = format!(
        "no case of the run {} matches {}",
        record.header.id,
        told::asked(args)
    );
    let asked = args.cases.first().map_or("", String::as_str);
    let likeness = |id: &&CaseId| strsim::jaro_winkler(id.as_str(), asked);
    let ids = record.header.cases.iter().map(|case| &case.id);
    let nearest = ids.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let hint = nearest.map_or_else(
        || "warpmark list prints the cases".to_owned(),
        |near| format!("did you mean {near}? warpmark list prints the cases"),
    );
    Err(Fault::new(Exit::NothingSelected, message).hint(hint))
}

/// Why nothing can be acknowledged.
fn none_is_slower(judgements: &[&Judgement], run: &str) -> Fault {
    let failed = |found: &&&Judgement| found.verdict == Verdict::Failed;
    if let Some(failed) = judgements.iter().find(failed) {
        let message = format!(
            "{} failed in the run {run}: only a slowdown can be acknowledged",
            failed.id
        );
        return Fault::new(Exit::NothingSelected, message)
            .hint("a failure stays one until it is mended, or the case is skipped in its suite");
    }
    let message = match judgements {
        [] => format!("the run {run} has no such metric of what is meant"),
        [only] => format!(
            "{} is not slower in the run {run}: {}",
            only.label(),
            only.headline()
        ),
        all => format!(
            "none of the {} metrics that are meant is slower in the run {run}",
            all.len()
        ),
    };
    let hint = match judgements.first().and_then(|found| found.reasons.first()) {
        Some(why) if judgements[0].verdict == Verdict::Incomparable => why.clone(),
        _ => "--at-most 5% acknowledges a slowdown that isn't there yet".to_owned(),
    };
    Fault::new(Exit::NothingSelected, message).hint(hint)
}

/// A share for people to review: the next hundredth of a percent.
fn rounded_up(share: f64) -> f64 {
    (share * 1e4).ceil() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_up() {
        for (share, expected) in [(0.05, "0.05"), (0.050_401, "0.0505"), (1e-9, "0.0001")] {
            assert_eq!(rounded_up(share).to_string(), expected);
        }
    }
}
