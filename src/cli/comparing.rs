//! The comparison that `compare` and `run --compare` share: two operands to a view and an exit code.

mod anchored;
mod base;
mod candidate;
mod ending;
mod machine;
mod operand;
mod sides;
mod stale;

use std::path::Path;

use super::{Exit, Fault};
use crate::report::CompareView;
use crate::store::Record;
use crate::verdict::{self, Judgement, Moved, PolicyError};

use base::Base;
use candidate::Candidate;
pub use ending::Settings;
pub use operand::Operand;

/// A comparison that was made.
#[derive(Debug)]
pub struct Compared {
    /// What to show.
    pub view: CompareView,
    /// How the program ends by it.
    pub exit: Exit,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Compares the record in the folder `candidate` with `against`.
pub fn compare_record(
    candidate: &Path,
    against: Operand,
    settings: Settings,
) -> Result<Compared, Fault> {
    let record = Record::open(candidate)?;
    let facts = candidate::Facts::of(&record.header);
    // Reading is most of the work: each side on its own core.
    let (candidate, base) = std::thread::scope(|scope| {
        let base = scope.spawn(|| Base::load(against, &facts));
        let candidate = Candidate::of_record(&record, facts.clone());
        (candidate, base.join())
    });
    let base = base.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let candidate = candidate?;
    let judged = judged(&candidate, &base)?;
    let of_another = |other: &Candidate| Some(self::judged(other, &base).ok()?.0);
    let stale = stale::improvements(&record, &judged.0, &base, of_another);
    Ok(compared(candidate, base, (judged, stale), settings))
}

/// Compares any operand with another: of a baseline, its newest run is the candidate.
pub fn compare(
    candidate: Operand,
    against: Operand,
    suite: Option<&crate::id::Name>,
    settings: Settings,
) -> Result<Compared, Fault> {
    match candidate {
        Operand::Record(folder) => compare_record(&folder, against, settings),
        Operand::Baselines(source) => {
            let candidate = Candidate::of_baseline(&source, suite)?;
            let base = Base::load(against, &candidate.facts)?;
            let judged = judged(&candidate, &base)?;
            Ok(compared(candidate, base, (judged, Vec::new()), settings))
        }
    }
}

/// The judgements of a candidate, and how the machine moved.
type Judged = (Vec<Judgement>, Vec<Moved>);

fn judged(candidate: &Candidate, base: &Base) -> Result<Judged, Fault> {
    let wrong = |error: PolicyError| Fault::new(Exit::Input, error.to_string());
    let comparisons = sides::comparisons(candidate, base).map_err(wrong)?;
    let rate = verdict::false_discovery_rate(&candidate.measured.run.compare).map_err(wrong)?;
    let mut judgements: Vec<Judgement> = verdict::judge(&comparisons, rate);
    let moved = machine::moved(candidate, base, &comparisons, &judgements, rate);
    for (judgement, comparison) in judgements.iter_mut().zip(&comparisons) {
        base.anchored.complete(judgement, comparison, candidate);
        judgement.withdraw(&moved);
    }
    Ok((judgements, moved))
}

fn compared(
    candidate: Candidate,
    base: Base,
    (judged, stale): (Judged, Vec<String>),
    settings: Settings,
) -> Compared {
    let (judgements, moved) = judged;
    let exit = ending::exit(&judgements, settings);
    let mut view = CompareView::new(candidate.facts.heading, base.label, judgements);
    view.set_moved(moved);
    view.notes = sides::differing_outputs(&candidate.measured.run, &base.runs);
    view.notes.extend(base.anchored.notes());
    view.set_stale(stale);
    let mut warnings = candidate.warnings;
    warnings.extend(base.warnings);
    Compared {
        view,
        exit,
        warnings,
    }
}
