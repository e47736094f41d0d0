//! What of a document and its cases the page shows beside what it draws: borrowed, so that samples and readings, which
//! are most of a document, are not copied.

use std::borrow::Cow;

use serde::Serialize;

use crate::report::document::{
    BacklogEntry, CaseEntry, CeilingEntry, CodeEntry, CostEntry, Document, FactEntry, GoalEntry,
    JudgementEntry, LabelEntry, LeftOutEntry, MetricEntry, OccupancyEntry, Place, PriceEntry,
    RemarkEntry,
};

/// Lines of a failure's detail that a page holds, in bytes: what is longer stands in the record.
const DETAIL: usize = 20_000;

/// The names of a document that the template uses.
#[derive(Serialize)]
pub struct Around<'a> {
    warpmark: &'a str,
    suite: &'a str,
    about: Option<&'a str>,
    run: &'a str,
    started: &'a str,
    ended: Option<&'a str>,
    device: &'a str,
    environment_key: &'a str,
    environment_line: &'a str,
    commit: Option<&'a str>,
    clean: Option<bool>,
    record: Option<&'a str>,
    reproduce: &'a str,
    labels: &'a [LabelEntry],
    clocks_pinned: bool,
    clocks: Option<&'a str>,
    clock_mhz: Option<f64>,
    measured: usize,
    failed: usize,
    unsupported: usize,
    not_measured: usize,
    base: Option<&'a str>,
    bound: Option<f64>,
    price: Option<&'a PriceEntry>,
    goals: &'a [GoalEntry],
    backlog: &'a [BacklogEntry],
    backlog_ranked: &'a str,
    left_out: &'a [LeftOutEntry],
    ceilings: &'a [CeilingEntry],
    environment: &'a [FactEntry],
    uncovered: &'a [String],
    machine_moved: &'a [String],
    notes: &'a [String],
}

impl<'a> From<&'a Document> for Around<'a> {
    fn from(document: &'a Document) -> Self {
        Self {
            warpmark: &document.warpmark,
            suite: &document.suite,
            about: document.about.as_deref(),
            run: &document.run,
            started: &document.started,
            ended: document.ended.as_deref(),
            device: &document.device,
            environment_key: &document.environment_key,
            environment_line: &document.environment_line,
            commit: document.commit.as_deref(),
            clean: document.clean,
            record: document.record.as_deref(),
            reproduce: &document.reproduce,
            labels: &document.labels,
            clocks_pinned: document.clocks_pinned,
            clocks: document.clocks.as_deref(),
            clock_mhz: document.clock_mhz,
            measured: document.measured,
            failed: document.failed,
            unsupported: document.unsupported,
            not_measured: document.not_measured,
            base: document.base.as_deref(),
            bound: document.bound,
            price: document.price.as_ref(),
            goals: &document.goals,
            backlog: &document.backlog,
            backlog_ranked: &document.backlog_ranked,
            left_out: &document.left_out,
            ceilings: &document.ceilings,
            environment: &document.environment,
            uncovered: &document.uncovered,
            machine_moved: &document.machine_moved,
            notes: &document.notes,
        }
    }
}

/// What the page's data hold of a case beside samples and nights.
#[derive(Serialize)]
pub struct Shown<'a> {
    id: &'a str,
    tags: &'a [String],
    note: Option<&'a str>,
    place: Option<&'a Place>,
    outcome: &'a str,
    verdict: Option<crate::verdict::Verdict>,
    why: Option<&'a str>,
    detail: Option<Cow<'a, str>>,
    nondeterministic: bool,
    digest: Option<&'a str>,
    code: &'a CodeEntry,
    occupancy: Option<&'a OccupancyEntry>,
    base_occupancy: Option<&'a OccupancyEntry>,
    metrics: &'a [MetricEntry],
    judgements: &'a [JudgementEntry],
    cost: Option<&'a CostEntry>,
    token_cost: Option<&'a CostEntry>,
    remarks: &'a [RemarkEntry],
    notes: &'a [String],
}

impl<'a> From<&'a CaseEntry> for Shown<'a> {
    fn from(case: &'a CaseEntry) -> Self {
        Self {
            id: &case.id,
            tags: &case.tags,
            note: case.note.as_deref(),
            place: case.place.as_ref(),
            outcome: case.outcome,
            verdict: case.verdict,
            why: case.why.as_deref(),
            detail: case.detail.as_deref().map(end_of),
            nondeterministic: case.nondeterministic,
            digest: case.digest.as_deref(),
            code: &case.code,
            occupancy: case.occupancy.as_ref(),
            base_occupancy: case.base_occupancy.as_ref(),
            metrics: &case.metrics,
            judgements: &case.judgements,
            cost: case.cost.as_ref(),
            token_cost: case.token_cost.as_ref(),
            remarks: &case.remarks,
            notes: &case.notes,
        }
    }
}

/// The end of a log, which says what went wrong.
fn end_of(detail: &str) -> Cow<'_, str> {
    if detail.len() <= DETAIL {
        return Cow::Borrowed(detail);
    }
    let start = detail.ceil_char_boundary(detail.len() - DETAIL);
    Cow::Owned(format!(
        "[the record has {start} bytes before this]\n{}",
        &detail[start..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_log_is_kept() {
        assert_eq!(end_of("short"), "short");
        let long = format!("é{}the end", "x".repeat(DETAIL - 8));
        let kept = end_of(&long);
        assert!(kept.starts_with("[the record has 2 bytes before this]\nx"));
        assert!(kept.ends_with("the end"));
    }
}
