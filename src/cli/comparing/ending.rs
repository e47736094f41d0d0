//! The exit code of a comparison.

use std::collections::BTreeSet;

use super::super::Exit;
use super::fail_on::{FailOn, FailWord};
use crate::finance::{Statement, is_missed};
use crate::id::CaseId;
use crate::verdict::{Judgement, Verdict};

/// More incomparable cases than this share are as good as no comparison.
const INCOMPARABLE: f64 = 0.05;

/// How a comparison ends the program.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Settings {
    #[command(flatten)]
    pub fail_on: FailOn,
    /// Succeed even if nothing, or only a part, could be compared
    #[arg(long)]
    pub allow_incomparable: bool,
}

impl Settings {
    /// How `statement` ends the program: 23 where a goal is missed, and that was asked about.
    pub fn exit_of(self, statement: &Statement) -> Exit {
        if self.fail_on.asks(FailWord::Goal) && is_missed(&statement.goals) {
            Exit::GoalMissed
        } else {
            Exit::Success
        }
    }
}

/// The exit code of `judgements`; where several hold, the one that stands first in the documented order.
pub fn exit(judgements: &[Judgement], settings: Settings) -> Exit {
    let all = judgements.iter().map(|judgement| of(judgement, settings));
    let worst = all.fold(Exit::Success, Exit::before);
    let of_verdict = |verdicts: &[Verdict]| -> BTreeSet<&CaseId> {
        let matching = judgements
            .iter()
            .filter(|judgement| verdicts.contains(&judgement.verdict));
        matching.map(|judgement| &judgement.id).collect()
    };
    let unsupported = of_verdict(&[Verdict::Unsupported]);
    if !unsupported.is_empty() && unsupported.len() == cases(judgements).len() {
        return worst.before(Exit::Environment);
    }
    let incomparable = of_verdict(&[Verdict::Incomparable]).len() as f64;
    let share = incomparable / cases(judgements).len().max(1) as f64;
    let compared = judgements
        .iter()
        .any(|judgement| judgement.verdict.is_of_values());
    if settings.allow_incomparable || (compared && share <= INCOMPARABLE) {
        worst
    } else {
        worst.before(Exit::Incomparable)
    }
}

/// The candidate's cases.
fn cases(judgements: &[Judgement]) -> BTreeSet<&CaseId> {
    judgements
        .iter()
        .filter(|judgement| judgement.verdict != Verdict::Missing)
        .map(|judgement| &judgement.id)
        .collect()
}

/// What one judgement asks for.
fn of(judgement: &Judgement, settings: Settings) -> Exit {
    match judgement.verdict {
        Verdict::Failed => Exit::CaseFailed,
        Verdict::Regressed | Verdict::RegressedSpread => Exit::Regressed,
        Verdict::Crept => Exit::Crept,
        Verdict::Suspect => Exit::Suspect,
        Verdict::Inconclusive if settings.fail_on.asks(FailWord::Inconclusive) => Exit::Suspect,
        Verdict::Missing if !judgement.expected => Exit::Missing,
        Verdict::Inconclusive
        | Verdict::Missing
        | Verdict::Incomparable
        | Verdict::Unsupported
        | Verdict::Improved
        | Verdict::New
        | Verdict::Unchanged => Exit::Success,
    }
}
