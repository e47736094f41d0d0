//! From gaps and what limits their cases to a document's backlog.

use super::of_money::range;
use super::{BacklogEntry, Document, LeftOutEntry, Place, Range};
use crate::finance::{Estimate, Gap, Saving};
use crate::limits::{Finding, Limit};
use crate::units::{money, rough, significant};

/// A case of the backlog, and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Backlogged {
    /// Its gap to the ceiling.
    pub gap: Gap,
    /// What limits it.
    pub findings: Vec<Finding>,
    /// What the suite's author knows of its workload.
    pub note: Option<String>,
    /// Where its workload stands.
    pub place: Place,
    /// A command line that measures it again.
    pub reproduce: String,
}

impl Document {
    /// Takes the backlog: its cases in their order, amounts in the currency of the price, and the measured cases that
    /// aren't in it, each with the reason.
    pub fn take_backlog(
        &mut self,
        cases: &[Backlogged],
        currency: &str,
        left_out: impl IntoIterator<Item = (String, String)>,
    ) {
        let cases = cases.iter().enumerate();
        self.backlog = cases
            .map(|(place, case)| BacklogEntry::of(case, place + 1, currency))
            .collect();
        self.backlog_ranked = ranked(&self.backlog);
        for (case, why) in left_out {
            match self.left_out.iter_mut().find(|known| known.why == why) {
                Some(known) => known.cases.push(case),
                None => self.left_out.push(LeftOutEntry {
                    why,
                    cases: vec![case],
                }),
            }
        }
    }
}

/// By what the entries are ranked, in words.
fn ranked(entries: &[BacklogEntry]) -> String {
    let has = |by: &str| entries.iter().any(|entry| entry.ranked_by == by);
    let by = if has("money") {
        "money a month"
    } else if has("hours") {
        "hours of execution a month (the suite states no price)"
    } else if has("time") {
        return "Ranked by the share of the suite's time that closing the gap saves: no workload states its volume."
            .to_owned();
    } else {
        return String::new();
    };
    let rest = if has("time") {
        " Workloads that state no volume stand last, by the share of the suite's time."
    } else {
        ""
    };
    format!("Ranked by what closing the gap saves: {by}.{rest}")
}

impl BacklogEntry {
    fn of(case: &Backlogged, rank: usize, currency: &str) -> Self {
        let gap = &case.gap;
        let saving = gap.saving.as_ref();
        let hours = saving.map(|saving| saving.hours);
        let money = saving.and_then(|saving| saving.money);
        let time_ns = gap.seconds.value * 1e9;
        Self {
            rank,
            title: title(case, currency),
            case: gap.case.to_string(),
            place: case.place.clone(),
            reproduce: case.reproduce.clone(),
            time_ns,
            ceiling_ns: time_ns * gap.of.fraction,
            gap_ns: gap.gap.value * 1e9,
            gap_interval: interval(gap.gap).map(|Range { low, high }| Range {
                low: low * 1e9,
                high: high * 1e9,
            }),
            gap: 1.0 - gap.of.fraction,
            of_suite: gap.of_suite,
            ceiling: Some(gap.of.of.name().to_owned()),
            ceiling_fraction: gap.of.fraction,
            ranked_by: match (hours, money) {
                (_, Some(_)) => "money",
                (Some(_), None) => "hours",
                (None, None) => "time",
            },
            volume: saving.map(|saving| saving.volume.clone()),
            hours_a_month: hours.map(|hours| hours.value),
            hours_interval: hours.and_then(interval),
            saves_a_month: money.map(|money| money.value),
            saves_interval: money.and_then(interval),
            limits: case
                .findings
                .iter()
                .map(|finding| finding.limit.to_string())
                .collect(),
            evidence: case
                .findings
                .iter()
                .map(|finding| finding.evidence.clone())
                .collect(),
            note: case.note.clone(),
        }
    }
}

fn interval(of: Estimate) -> Option<Range> {
    of.interval.and_then(range)
}

/// `sgemm/n=4096 at 38 % of fp32 (latency bound, occupancy): closing the gap saves 1234 USD a month`.
fn title(case: &Backlogged, currency: &str) -> String {
    let gap = &case.gap;
    let known = case.findings.iter().map(|finding| finding.limit);
    let known = known.filter(|limit| *limit != Limit::Unknown);
    let limits: Vec<&str> = known.map(Limit::name).collect();
    let limits = match limits.as_slice() {
        [] => String::new(),
        limits => format!(" ({})", limits.join(", ")),
    };
    let saves = match &gap.saving {
        Some(Saving {
            money: Some(amount),
            ..
        }) => format!("{} a month", money(amount.value, currency)),
        Some(saving) => format!("{} hours a month", significant(saving.hours.value)),
        None => format!("{} of the suite's time", rough(gap.of_suite)),
    };
    let share = rough(gap.of.fraction);
    format!(
        "{} at {share} of {}{limits}: closing the gap saves {saves}",
        gap.case, gap.of.of
    )
}
