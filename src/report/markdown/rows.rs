//! The rows of a comment's tables of changes and goals, in words.

use super::comment::{ChangeRow, GoalRow, Rows};
use super::head::ALERTS;
use super::limit::{self, words};
use crate::report::document::{
    Bound, CaseEntry, Document, GoalEntry, JudgementEntry, MetricEntry, MonthEntry,
};
use crate::units::{money, percent, rough};
use crate::verdict::Verdict;

pub(super) use super::details::{
    code, differences, failures, notes, other_code, reasons, uncovered,
};
pub(super) use super::measurements::{have_costs, measurements};

impl<T> From<Vec<T>> for Rows<T> {
    fn from(shown: Vec<T>) -> Self {
        Self {
            total: shown.len(),
            shown,
            more: None,
        }
    }
}

/// A case's name with the metric where that isn't its time.
pub(super) fn label(case: &CaseEntry, metric: &str) -> String {
    let id = limit::name(&case.id);
    match metric {
        "time" => id,
        metric => format!("{id} {}", limit::name(metric)),
    }
}

/// A judgement with its case.
type Judged<'a> = (&'a CaseEntry, &'a JudgementEntry);

fn judged(document: &Document) -> impl Iterator<Item = Judged<'_>> {
    let cases = document.cases.iter();
    cases.flat_map(|case| {
        case.judgements
            .iter()
            .map(move |judgement| (case, judgement))
    })
}

/// The place of a verdict among changes; none where it is no change.
pub(super) fn rank(verdict: Verdict) -> Option<usize> {
    let order = ALERTS.iter().chain(&[Verdict::Improved]);
    order.into_iter().position(|other| *other == verdict)
}

/// Changes in the order in which they are told: by verdict, then the largest.
pub(super) fn changes(document: &Document) -> Vec<Judged<'_>> {
    let mut found: Vec<Judged<'_>> = judged(document)
        .filter(|(_, judgement)| rank(judgement.verdict).is_some())
        .collect();
    let size = |judgement: &JudgementEntry| judgement.change.map_or(0.0, |c| c.estimate.abs());
    found.sort_by(|(_, a), (_, b)| {
        let ranks = rank(a.verdict).cmp(&rank(b.verdict));
        ranks.then_with(|| size(b).total_cmp(&size(a)))
    });
    found
}

pub(super) fn changed(document: &Document) -> Rows<ChangeRow> {
    let changes = changes(document).into_iter();
    let rows: Vec<ChangeRow> = changes.map(|judged| change(document, judged)).collect();
    rows.into()
}

pub(super) fn others(document: &Document) -> Rows<ChangeRow> {
    let mut found: Vec<Judged<'_>> = judged(document)
        .filter(|(_, judgement)| rank(judgement.verdict).is_none())
        .collect();
    found.sort_by_key(|(_, judgement)| judgement.verdict);
    let rows: Vec<ChangeRow> = found
        .into_iter()
        .map(|judged| change(document, judged))
        .collect();
    rows.into()
}

fn change(document: &Document, (case, judgement): Judged<'_>) -> ChangeRow {
    let show = |mean: Option<f64>| {
        mean.map(|mean| judgement.unit.show(mean))
            .unwrap_or_default()
    };
    let change = judgement.change;
    let metric = case
        .metrics
        .iter()
        .find(|metric| metric.metric == judgement.metric);
    let of_ceiling = metric.and_then(of_ceiling).unwrap_or_default();
    ChangeRow {
        name: label(case, &judgement.metric),
        base: limit::cell(&show(judgement.base_mean)),
        now: limit::cell(&words(&[&show(judgement.mean), &of_ceiling])),
        estimate: change
            .map(|c| limit::cell(&percent(c.estimate)))
            .unwrap_or_default(),
        range: change
            .map(|c| {
                format!(
                    "{} to {}",
                    percent(c.interval.low),
                    percent(c.interval.high)
                )
            })
            .map(|interval| limit::cell(&interval))
            .unwrap_or_default(),
        month: judgement
            .month
            .as_ref()
            .filter(|_| !QUIET.contains(&judgement.verdict))
            .map(|m| month(document, m))
            .unwrap_or_default(),
        verdict: limit::cell(&judgement.headline),
        loud: ALERTS.contains(&judgement.verdict) && !judgement.is_quiet(),
    }
}

/// Verdicts whose money a month is none that anybody should count on.
const QUIET: [Verdict; 2] = [Verdict::Unchanged, Verdict::Inconclusive];

/// `+1234 USD (+900.0 USD to +1600 USD) at 2e6 / day`.
fn month(document: &Document, month: &MonthEntry) -> String {
    let currency = currency(document);
    let signed = |amount: f64| {
        let sign = if amount > 0.0 { "+" } else { "" };
        format!("{sign}{}", money(amount, currency))
    };
    let (low, high) = (month.interval.low, month.interval.high);
    limit::cell(&format!(
        "{} ({} to {}) at {}",
        signed(month.estimate),
        signed(low),
        signed(high),
        month.volume
    ))
}

pub(super) fn currency(document: &Document) -> &str {
    let price = document.price.as_ref();
    price.map_or("", |price| price.currency.as_str())
}

pub(super) fn of_ceiling(metric: &MetricEntry) -> Option<String> {
    let share = rough(metric.ceiling_fraction?);
    Some(format!("{share} of {}", metric.ceiling.as_deref()?))
}

/// Goals that aren't met, missed ones first.
pub(super) fn goals(document: &Document) -> Rows<GoalRow> {
    let open = ["missed", "at-risk", "unknown"]
        .into_iter()
        .flat_map(|status| {
            let goals = document.goals.iter();
            goals.filter(move |goal| goal.status == status)
        });
    let rows: Vec<GoalRow> = open.map(goal).collect();
    rows.into()
}

fn goal(goal: &GoalEntry) -> GoalRow {
    let bound = |bound: &Bound| format!("{} {}", bound.side.replace('-', " "), bound.value);
    let bounds: Vec<String> = goal.bounds.iter().map(bound).collect();
    let said = |word: &str, what: &Option<String>| {
        let said = what.as_ref().map(|what| format!("{word} {what}"));
        said.unwrap_or_default()
    };
    let whose = words(&[
        goal.owner.as_deref().unwrap_or_default(),
        &said("for", &goal.kpi),
        &said("due", &goal.due),
    ]);
    // Of an unknown goal it says why, of another what it is relative to.
    let why = goal.why.as_deref().unwrap_or_default();
    let (of_status, of_bounds) = match goal.status {
        "unknown" => (why, ""),
        _ => ("", why),
    };
    let headroom = goal.headroom.map(percent).unwrap_or_default();
    GoalRow {
        name: limit::cell(&goal.name),
        case: limit::name(goal.case.as_deref().unwrap_or_default()),
        found: limit::cell(&found(goal)),
        bounds: limit::cell(&words(&[&bounds.join(", "), of_bounds])),
        headroom: limit::cell(&headroom),
        whose: limit::cell(&whose),
        status: limit::cell(&words(&[&goal.status.replace('-', " "), of_status])),
        loud: goal.status == "missed",
    }
}

/// `p99 45.00 ms (44.00 ms to 46.00 ms)`.
fn found(goal: &GoalEntry) -> String {
    let value = goal.value.as_deref().unwrap_or_default();
    match &goal.interval {
        Some(interval) if *interval != format!("{value} to {value}") => {
            format!("{} {value} ({interval})", goal.metric)
        }
        _ => format!("{} {value}", goal.metric),
    }
}
