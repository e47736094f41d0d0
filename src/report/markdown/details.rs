//! The folded parts of a comment: code, failures, reasons, differences of the environment, notes.

use std::collections::HashMap;

use super::comment::{CodeRow, DifferenceRow, FailureRow, ReasonRow, Rows};
use super::limit;
use super::rows::label;
use crate::report::document::{CaseEntry, Document, FactEntry, OccupancyEntry, RemarkEntry};
use crate::units::{rough, si};
use crate::verdict::Verdict;

/// The most names of cases that stand together.
const NAMES: usize = 10;
/// Characters of failures' details in all, where there are many.
const DETAILS: usize = 20_000;

/// Cases whose code differs from the base's.
pub(super) fn other_code(document: &Document) -> impl Iterator<Item = &CaseEntry> {
    let cases = document.cases.iter();
    cases.filter(|case| case.code.changed == Some(true))
}

pub(super) fn code(document: &Document) -> Rows<CodeRow> {
    let known = |case: &&CaseEntry| case.occupancy.is_some() || case.base_occupancy.is_some();
    let rows: Vec<CodeRow> = other_code(document).filter(known).map(code_row).collect();
    rows.into()
}

fn code_row(case: &CaseEntry) -> CodeRow {
    let both = |show: fn(&OccupancyEntry) -> String| {
        let of = |side: &Option<OccupancyEntry>| side.as_ref().map(show);
        limit::cell(&before_and_after(
            of(&case.base_occupancy),
            of(&case.occupancy),
        ))
    };
    CodeRow {
        name: label(case, "time"),
        registers: both(|found| found.registers.to_string()),
        local: both(|found| bytes(found.local_bytes)),
        shared: both(|found| bytes(found.shared_bytes)),
        occupancy: both(|found| {
            let share = rough(found.theoretical);
            if found.limited_by.is_empty() {
                return share;
            }
            format!("{share} ({})", found.limited_by)
        }),
    }
}

fn bytes(count: u64) -> String {
    si(count as f64, "B")
}

/// `40 to 48`, `40` where both are the same, `? to 48` where one isn't known.
fn before_and_after(before: Option<String>, after: Option<String>) -> String {
    let unknown = || "?".to_owned();
    let (before, after) = (
        before.unwrap_or_else(unknown),
        after.unwrap_or_else(unknown),
    );
    if before == after {
        before
    } else {
        format!("{before} to {after}")
    }
}

pub(super) fn uncovered(document: &Document) -> Rows<String> {
    let files = document.uncovered.iter();
    let rows: Vec<String> = files.map(|file| limit::name(file)).collect();
    rows.into()
}

pub(super) fn failures(document: &Document) -> Rows<FailureRow> {
    let failed = || {
        document
            .cases
            .iter()
            .filter(|case| case.outcome == "failed")
    };
    let share = DETAILS / failed().count().max(1);
    let most = share.clamp(limit::LEAST_DETAIL, limit::DETAIL);
    let row = |case: &CaseEntry| FailureRow {
        name: label(case, "time"),
        why: limit::text(case.why.as_deref().unwrap_or("it failed")),
        detail: limit::detail(case.detail.as_deref().unwrap_or_default(), most),
    };
    let rows: Vec<FailureRow> = failed().map(row).collect();
    rows.into()
}

/// Verdicts that say all there is to say, or whose words stand elsewhere.
const SAID: [Verdict; 3] = [Verdict::Unchanged, Verdict::New, Verdict::Failed];

/// Verdicts that need words, those that need attention first; the same verdicts for the same reasons are one row.
pub(super) fn reasons(document: &Document) -> Rows<ReasonRow> {
    let mut groups: Vec<(Verdict, ReasonRow)> = Vec::new();
    let mut places: HashMap<(Verdict, &[String]), usize> = HashMap::new();
    for (verdict, reasons, name) in document.cases.iter().flat_map(told) {
        let place = *places.entry((verdict, reasons)).or_insert_with(|| {
            groups.push((verdict, group(verdict, reasons)));
            groups.len() - 1
        });
        let row = &mut groups[place].1;
        if row.names.len() < NAMES {
            row.names.push(name);
        } else {
            row.more_names += 1;
        }
    }
    groups.sort_by_key(|(verdict, _)| *verdict);
    let rows: Vec<ReasonRow> = groups.into_iter().map(|(_, row)| row).collect();
    rows.into()
}

/// What is to be told of a case: verdict, reasons and whose they are.
fn told(case: &CaseEntry) -> Vec<(Verdict, &[String], String)> {
    if case.outcome == "unsupported" && case.judgements.is_empty() {
        let why = case.why.as_slice();
        return vec![(Verdict::Unsupported, why, label(case, "time"))];
    }
    let judgements = case
        .judgements
        .iter()
        .filter(|j| !SAID.contains(&j.verdict));
    judgements
        .map(|j| (j.verdict, j.reasons.as_slice(), label(case, &j.metric)))
        .collect()
}

fn group(verdict: Verdict, reasons: &[String]) -> ReasonRow {
    ReasonRow {
        verdict: verdict.to_string(),
        names: Vec::new(),
        more_names: 0,
        reasons: limit::lines(reasons.iter().map(String::as_str)),
    }
}

pub(super) fn differences(document: &Document) -> Rows<DifferenceRow> {
    let differing = document.environment.iter().filter(|fact| fact.differs);
    let row = |fact: &FactEntry| DifferenceRow {
        fact: limit::cell(&fact.fact),
        base: limit::cell(fact.base.as_deref().unwrap_or("not known")),
        now: limit::cell(fact.value.as_deref().unwrap_or("not known")),
        comparability: fact.comparability,
    };
    let rows: Vec<DifferenceRow> = differing.map(row).collect();
    rows.into()
}

pub(super) fn notes(document: &Document) -> Rows<String> {
    let of_run = document.notes.iter().map(|note| limit::text(note));
    let of_cases = document.cases.iter().flat_map(|case| {
        let name = label(case, "time");
        let remarks = remarks(case).into_iter();
        remarks.map(move |remark| format!("{name}: {}", limit::text(&remark)))
    });
    let rows: Vec<String> = of_run.chain(of_cases).collect();
    rows.into()
}

/// What a case's reader must know of it.
fn remarks(case: &CaseEntry) -> Vec<String> {
    let mut remarks: Vec<String> = case.remarks.iter().map(remark).collect();
    if case.nondeterministic {
        remarks.push("nondeterministic: the output differs between processes".to_owned());
    }
    if let Some(local) = case.occupancy.as_ref().map(|found| found.local_bytes)
        && local > 0
    {
        remarks.push(format!(
            "{local} bytes of local memory a thread: spilled registers, or arrays that registers can't hold"
        ));
    }
    remarks.extend(case.notes.iter().cloned());
    remarks
}

fn remark(remark: &RemarkEntry) -> String {
    let author = remark.author.as_deref().unwrap_or("somebody");
    format!("{author} noted: {}", remark.text)
}
