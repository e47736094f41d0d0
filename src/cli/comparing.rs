//! The comparison that `compare` and `run --compare` share: two operands to a view and an exit code.

mod base;
mod candidate;
mod ending;
pub(super) mod imported;
mod operand;
mod sides;

use std::path::Path;

use super::{Exit, Fault};
use crate::report::CompareView;
use crate::store::Record;
use crate::verdict::{self, Judgement, PolicyError};

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
    judge(candidate?, base, settings)
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
            judge(candidate, base, settings)
        }
    }
}

fn judge(candidate: Candidate, base: Base, settings: Settings) -> Result<Compared, Fault> {
    let wrong = |error: PolicyError| Fault::new(Exit::Input, error.to_string());
    let comparisons = sides::comparisons(&candidate, &base).map_err(wrong)?;
    let rate = verdict::false_discovery_rate(&candidate.measured.run.compare).map_err(wrong)?;
    let judgements: Vec<Judgement> = verdict::judge(&comparisons, rate);
    let exit = ending::exit(&judgements, settings);
    let mut view = CompareView::new(candidate.facts.heading, base.label, judgements);
    view.notes = sides::differing_outputs(&candidate.measured.run, &base.runs);
    view.notes
        .extend(imported::notes(&candidate.facts.environment, &base.lacks));
    let mut warnings = candidate.warnings;
    warnings.extend(base.warnings);
    Ok(Compared {
        view,
        exit,
        warnings,
    })
}
