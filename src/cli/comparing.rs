//! The comparison that `compare` and `run --compare` share: two operands to a view and an exit code.

mod anchored;
mod base;
mod candidate;
mod confirm;
pub(super) mod ending;
pub(super) mod fail_on;
pub(super) mod imported;
mod machine;
mod operand;
mod remarks;
pub(super) mod sides;
mod stale;

use std::path::Path;

use super::{Exit, Fault, ceilings, output, statement};
use crate::finance::Statement;
use crate::report::{CompareView, Label};
use crate::store::Record;
use crate::verdict::{self, Judgement, Moved, PolicyError};

use base::Base;
use candidate::Candidate;
pub use confirm::{Confirm, ConfirmArgs};
use confirm::{First, How};
pub use ending::Settings;
use fail_on::FailWord;
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

impl Compared {
    /// Adds what the candidate, the record in `folder`, costs, and whether it reaches its goals.
    fn state(&mut self, folder: &Path, settings: Settings) -> anyhow::Result<()> {
        let record = Record::open(folder).map_err(Fault::from)?;
        if !Statement::is_asked(&record.header) {
            return Ok(());
        }
        let ceilings = ceilings::of(&record.header, folder);
        let judgements = Some(self.view.judgements.as_slice());
        let statement = statement::of_record(&record, &ceilings, judgements);
        self.view.statement = statement.map_err(Fault::from)?;
        self.exit = self.exit.before(settings.exit_of(&self.view.statement));
        Ok(())
    }
}

/// Compares the record in the folder `candidate` with `against`.
pub fn compare_record(
    candidate: &Path,
    against: Operand,
    settings: Settings,
    confirm: Option<&Confirm<'_>>,
) -> anyhow::Result<Compared> {
    let record = Record::open(candidate).map_err(Fault::from)?;
    let facts = candidate::Facts::of(&record.header);
    // Reading is most of the work: each side on its own core.
    let (candidate, base) = std::thread::scope(|scope| {
        let base = scope.spawn(|| Base::load(against, &facts));
        let candidate = Candidate::of_record(&record, facts.clone());
        (candidate, base.join())
    });
    let base = base.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let (candidate, base) = (candidate.map_err(Fault::from)?, base.map_err(Fault::from)?);
    let judged = judged(
        &candidate,
        &base,
        confirm.map(|confirm| (confirm, &record, settings)),
    )?;
    let of_another = |other: &Candidate| Some(self::judged(other, &base, None).ok()?.judgements);
    let stale = stale::improvements(&record, &judged.judgements, &base, of_another);
    let mut compared = compared(candidate, base, (judged, stale), settings);
    ceilings::hold_against(&mut compared.view, &record);
    Ok(compared)
}

/// Compares any operand with another: of a baseline, its newest run is the candidate.
pub fn compare(
    candidate: Operand,
    against: Operand,
    suite: Option<&crate::id::Name>,
    settings: Settings,
    confirm: Option<&Confirm<'_>>,
) -> anyhow::Result<Compared> {
    match candidate {
        Operand::Record(folder) => {
            let mut compared = compare_record(&folder, against, settings, confirm)?;
            compared.state(&folder, settings)?;
            Ok(compared)
        }
        Operand::Baselines(_) if confirm.is_some() => {
            let message =
                "--confirm measures a record's cases again, and the candidate is a baseline";
            Err(Fault::new(Exit::Usage, message)
                .hint("name a run: warpmark compare latest --against BASE --confirm")
                .into())
        }
        Operand::Baselines(source) => {
            let candidate = Candidate::of_baseline(&source, suite)?;
            let base = Base::load(against, &candidate.facts).map_err(Fault::from)?;
            let judged = judged(&candidate, &base, None)?;
            let mut compared = compared(candidate, base, (judged, Vec::new()), settings);
            if settings.fail_on.asks(FailWord::Goal) {
                let warning = "no goal is judged: the candidate is a baseline, and goals stand in a run's record";
                compared.warnings.push(warning.to_owned());
            }
            Ok(compared)
        }
    }
}

/// The judgements of a candidate, and what they rest on.
struct Judged {
    judgements: Vec<Judgement>,
    /// How the machine moved.
    moved: Vec<Moved>,
    /// What was measured again, in words, and how.
    again: Option<(String, How)>,
}

fn judged(
    candidate: &Candidate,
    base: &Base,
    confirm: Option<(&Confirm<'_>, &Record, Settings)>,
) -> anyhow::Result<Judged> {
    let wrong = |error: PolicyError| Fault::new(Exit::Input, error.to_string());
    let comparisons = sides::comparisons(candidate, base).map_err(wrong)?;
    let mut rate = verdict::false_discovery_rate(&candidate.measured.run.compare).map_err(wrong)?;
    if confirm.is_some() {
        rate /= f64::from(confirm::LOOKS);
    }
    let mut judgements: Vec<Judgement> = verdict::judge(&comparisons, rate);
    let moved = machine::moved(candidate, base, &comparisons, &judgements, rate);
    let today = output::today();
    let mut again = None;
    if let Some((confirm, record, settings)) = confirm {
        let first = First {
            header: &record.header,
            folder: &record.folder,
            base,
            settings,
            rate,
        };
        again = confirm.again(&first, &mut judgements)?;
    }
    for (judgement, comparison) in judgements.iter_mut().zip(&comparisons) {
        base.anchored.complete(judgement, comparison, candidate);
        // What was measured again in turns doesn't rest on how the machine was.
        if judgement.first_look.is_none() {
            judgement.withdraw(&moved);
        }
        base.anchored.acknowledge(judgement, today);
    }
    Ok(Judged {
        judgements,
        moved,
        again,
    })
}

fn compared(
    candidate: Candidate,
    base: Base,
    (judged, stale): (Judged, Vec<String>),
    settings: Settings,
) -> Compared {
    let judgements = judged.judgements;
    let exit = ending::exit(&judgements, settings);
    let mut view = CompareView::new(candidate.facts.heading, base.label, judgements);
    view.set_moved(judged.moved);
    view.notes = remarks::differing_outputs(&candidate.measured.run, &base.runs);
    view.notes
        .extend(remarks::without_cycles(&candidate.measured.run));
    view.notes.extend(base.anchored.notes());
    view.note_quiet();
    view.set_stale(stale);
    if let Some((words, how)) = judged.again {
        view.notes.push(words);
        if how == How::InThisRunOnly {
            view.heading.labels.push(Label::ConfirmedInThisRunOnly);
        }
    }
    view.notes
        .extend(imported::notes(&candidate.facts.environment, &base.lacks));
    let mut warnings = candidate.warnings;
    warnings.extend(base.warnings);
    Compared {
        view,
        exit,
        warnings,
    }
}
