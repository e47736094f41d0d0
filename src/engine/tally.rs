//! What a run has so far of each case: what its summary counts, and what need not be executed again.

use std::collections::HashMap;

use crate::id::CaseId;
use crate::plan::Plan;
use crate::record::{CaseResult, Exclusivity, FORMAT, Outcome, Summary};
use crate::telemetry;

/// What a run has so far of each case.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    scores: HashMap<CaseId, Score>,
    /// The worst that a case says of having had the GPU to itself.
    exclusivity: Option<Exclusivity>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Score {
    measured: u32,
    failed: bool,
    unsupported: bool,
}

impl Tally {
    /// Counts a result.
    pub fn add(&mut self, result: &CaseResult) {
        if let Some(found) = &result.exclusivity {
            let worst = self.exclusivity.take();
            self.exclusivity = Some(telemetry::worse(worst, found.clone()));
        }
        let score = self.scores.entry(result.case.clone()).or_default();
        match result.outcome {
            Outcome::Measured => score.measured += 1,
            Outcome::Failed(_) => score.failed = true,
            Outcome::Unsupported(_) => score.unsupported = true,
        }
    }

    /// Whether the case failed or can't run: it has no time, and no later process executes it.
    pub fn is_out(&self, case: &CaseId) -> bool {
        self.score(case).is_some_and(|s| s.failed || s.unsupported)
    }

    /// Whether a case has failed.
    pub fn any_failed(&self) -> bool {
        self.scores.values().any(|score| score.failed)
    }

    /// The summary of a run of `plan` that ends now.
    pub fn summary(&self, plan: &Plan, complete: bool, signal: Option<i32>) -> Summary {
        let whole = plan.cases.iter().filter(|case| {
            let score = self.score(&case.id).unwrap_or_default();
            let out = score.failed || score.unsupported;
            !out && score.measured >= case.repetition.processes
        });
        Summary {
            format: FORMAT,
            ended: jiff::Timestamp::now(),
            complete,
            signal,
            measured: whole.count(),
            failed: self.scores.values().filter(|score| score.failed).count(),
            unsupported: self
                .scores
                .values()
                .filter(|s| s.unsupported && !s.failed)
                .count(),
            exclusivity: self.exclusivity.clone(),
        }
    }

    fn score(&self, case: &CaseId) -> Option<Score> {
        self.scores.get(case).copied()
    }
}
