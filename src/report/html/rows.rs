//! What the page shows of all cases without its script: rows of the table, choices of its filters, money a month.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::Unit;
use crate::report::document::{CaseEntry, JudgementEntry, MetricEntry, MonthEntry};
use crate::report::text::shortened;
use crate::units::{percent, rough, si, significant};
use crate::verdict::Verdict;

/// Changes of money a month that the top names.
const MONTHS: usize = 8;
/// Characters of a name in a row; the whole stands where the case is opened.
const NAME: usize = 160;

/// A row of the table of cases. Of a text that is sorted by, the number stands beside it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The place of the case in the data.
    index: usize,
    /// The id as far as a row has room.
    name: String,
    /// The whole id, where a row has no room for it.
    whole: Option<String>,
    /// `regressed-spread`; of a case that was compared with nothing its outcome.
    key: String,
    /// `regressed (spread)`
    verdict: &'static str,
    class: &'static str,
    sign: &'static str,
    /// The place among verdicts, those that need attention first.
    rank: usize,
    outcome: &'static str,
    /// Why it should be looked at, where it should.
    group: Option<&'static str>,
    /// How many remarks engineers keep on it.
    remarks: usize,
    /// What is said of it in one line, where there is something.
    say: Option<String>,
    mean: Cell,
    change: Cell,
    interval: String,
    rate: Cell,
    ceiling: Cell,
    energy: Cell,
    cost: Cell,
}

/// A figure in a row.
#[derive(Debug, Clone, Default, Serialize)]
struct Cell {
    /// The figure in words; empty where there is none.
    text: String,
    /// What rows are sorted by.
    key: Option<f64>,
}

/// Columns of the table that not every report fills: those of which a row has a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Columns {
    ceiling: bool,
    energy: bool,
    cost: bool,
}

impl Columns {
    /// Those that `rows` fill.
    pub fn of(rows: &[Row]) -> Self {
        let any = |cell: fn(&Row) -> &Cell| rows.iter().any(|row| cell(row).key.is_some());
        Self {
            ceiling: any(|row| &row.ceiling),
            energy: any(|row| &row.energy),
            cost: any(|row| &row.cost),
        }
    }
}

/// A choice of a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    key: String,
    words: String,
    count: usize,
}

/// A change that means money.
#[derive(Debug, Clone, Serialize)]
pub struct MonthRow {
    index: usize,
    name: String,
    verdict: &'static str,
    sign: &'static str,
    month: MonthEntry,
}

/// Money a month, by direction.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Months {
    cases: usize,
    more: f64,
    less: f64,
}

impl Row {
    /// The row of the case that stands at `index`.
    pub fn of((index, case): (usize, &CaseEntry)) -> Self {
        let own = case.metrics.first();
        let judged = judgement(case);
        let verdict = case.verdict;
        let energy = case
            .metrics
            .iter()
            .find(|metric| metric.unit == Unit::Joules);
        Self {
            index,
            name: shortened(&case.id, NAME),
            whole: (case.id.chars().count() > NAME).then(|| case.id.clone()),
            key: verdict.map_or_else(|| case.outcome.to_owned(), key_of),
            verdict: verdict.map_or(case.outcome, Verdict::name),
            class: verdict.map_or_else(|| class_of_outcome(case.outcome), class_of),
            sign: verdict.map_or_else(|| sign_of_outcome(case.outcome), sign_of),
            rank: rank(case),
            outcome: case.outcome,
            group: group_of(case),
            remarks: case.remarks.len(),
            say: say(case),
            mean: own.map(mean).unwrap_or_default(),
            change: Cell::of(judged.and_then(|j| j.change).map(|c| c.estimate), percent),
            interval: judged
                .and_then(|j| j.change)
                .map_or_else(String::new, |change| {
                    let interval = change.interval;
                    format!("{} to {}", percent(interval.low), percent(interval.high))
                }),
            rate: own.map(rate).unwrap_or_default(),
            ceiling: own.map(ceiling).unwrap_or_default(),
            energy: energy.map(mean).unwrap_or_default(),
            cost: Cell::of(
                case.cost.as_ref().and_then(|c| c.per_million_items),
                significant,
            ),
        }
    }
}

impl Cell {
    fn of(figure: Option<f64>, show: impl Fn(f64) -> String) -> Self {
        let key = figure.filter(|figure| figure.is_finite());
        Self {
            text: key.map(show).unwrap_or_default(),
            key,
        }
    }
}

/// What decides a case: the judgement of its verdict, of several the first.
fn judgement(case: &CaseEntry) -> Option<&JudgementEntry> {
    let deciding = case.judgements.iter();
    deciding
        .clone()
        .find(|judgement| Some(judgement.verdict) == case.verdict)
        .or(case.judgements.first())
}

fn say(case: &CaseEntry) -> Option<String> {
    let metric = judgement(case).filter(|judged| judged.metric != "time");
    let metric = metric.map(|judged| format!("of {}", judged.metric));
    let why = case.why.as_ref().map(|why| shortened(why, NAME));
    let known = judgement(case).and_then(|judged| judged.acknowledged.as_ref());
    let known = known.map(|known| shortened(&known.text, NAME));
    why.or(known).or(metric)
}

fn mean(metric: &MetricEntry) -> Cell {
    Cell::of(metric.mean, |mean| metric.unit.show(mean))
}

fn rate(metric: &MetricEntry) -> Cell {
    let rates = [
        (metric.bytes_per_second, "B/s"),
        (metric.flops_per_second, "flop/s"),
        (metric.items_per_second, "/s"),
    ];
    let first = rates
        .into_iter()
        .find_map(|(rate, unit)| Some((rate?, unit)));
    first.map_or_else(Cell::default, |(rate, unit)| {
        Cell::of(Some(rate), |rate| si(rate, unit))
    })
}

fn ceiling(metric: &MetricEntry) -> Cell {
    let of = metric.ceiling.as_deref().unwrap_or_default();
    Cell::of(metric.ceiling_fraction, |share| {
        format!("{} {of}", rough(share))
    })
}

fn rank(case: &CaseEntry) -> usize {
    let outcomes = ["failed", "missing", "not-measured", "unsupported"];
    let place = |outcome| outcomes.iter().position(|other| *other == outcome);
    let of_verdict = |verdict| Verdict::ALL.iter().position(|other| *other == verdict);
    case.verdict
        .and_then(of_verdict)
        .or_else(|| place(case.outcome))
        .unwrap_or(Verdict::ALL.len())
}

/// Rows that need attention for like reasons.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// What the filter of verdicts calls them.
    key: &'static str,
    words: &'static str,
    count: usize,
    rows: Vec<Row>,
    left_out: usize,
}

/// What needs attention: what got worse, what failed, what should be looked at.
pub fn attention(rows: &[Row]) -> Vec<Group> {
    let groups = [
        ("worse", "regressed or crept", 8),
        ("failed", "failed", 4),
        ("unclear", "suspect, incomparable or missing", 4),
    ];
    let group = |(key, words, most): (&'static str, &'static str, usize)| {
        let all: Vec<&Row> = rows.iter().filter(|row| row.group == Some(key)).collect();
        Group {
            key,
            words,
            count: all.len(),
            rows: worst(&all, most),
            left_out: all.len().saturating_sub(most),
        }
    };
    let groups = groups.into_iter().map(group);
    groups.filter(|group| group.count > 0).collect()
}

/// The group of a case that needs attention.
fn group_of(case: &CaseEntry) -> Option<&'static str> {
    match case.verdict.filter(|_| !is_quiet(case)) {
        Some(Verdict::Regressed | Verdict::RegressedSpread | Verdict::Crept) => Some("worse"),
        Some(Verdict::Failed) => Some("failed"),
        Some(Verdict::Suspect | Verdict::Incomparable | Verdict::Missing) => Some("unclear"),
        _ if case.outcome == "failed" => Some("failed"),
        _ => None,
    }
}

/// Whether all that its verdict rests on is acknowledged.
fn is_quiet(case: &CaseEntry) -> bool {
    let deciding = case.judgements.iter();
    let mut deciding = deciding.filter(|judged| Some(judged.verdict) == case.verdict);
    deciding.next().is_some_and(JudgementEntry::is_quiet) && deciding.all(JudgementEntry::is_quiet)
}

/// The first `most` of `needing`, the most serious first, of like the largest change first.
fn worst(needing: &[&Row], most: usize) -> Vec<Row> {
    let mut sorted = needing.to_vec();
    let size = |row: &Row| row.change.key.map_or(0.0, f64::abs);
    sorted.sort_by(|a, b| a.rank.cmp(&b.rank).then(size(b).total_cmp(&size(a))));
    sorted.into_iter().take(most).cloned().collect()
}

/// How many cases could be shown neither changed nor unchanged.
pub fn inconclusive(cases: &[CaseEntry]) -> usize {
    let all = cases.iter();
    all.filter(|case| case.verdict == Some(Verdict::Inconclusive))
        .count()
}

/// The verdicts that cases have, those that need attention first.
pub fn verdicts(cases: &[CaseEntry]) -> Vec<Choice> {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for verdict in cases.iter().filter_map(|case| case.verdict) {
        *counts.entry(verdict).or_default() += 1;
    }
    let choice = |(verdict, count): (Verdict, usize)| Choice {
        key: key_of(verdict),
        words: format!("{} {}", sign_of(verdict), verdict.name()),
        count,
    };
    counts.into_iter().map(choice).collect()
}

/// The outcomes that cases have.
pub fn outcomes(cases: &[CaseEntry]) -> Vec<Choice> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *counts.entry(case.outcome).or_default() += 1;
    }
    let choice = |(outcome, count): (&str, usize)| Choice {
        key: outcome.to_owned(),
        words: outcome.replace('-', " "),
        count,
    };
    counts.into_iter().map(choice).collect()
}

/// Cases whose change means money, and how much.
fn with_months(cases: &[CaseEntry]) -> impl Iterator<Item = (usize, &JudgementEntry, &MonthEntry)> {
    let counts = |verdict| !matches!(verdict, Verdict::Unchanged | Verdict::Inconclusive);
    cases.iter().enumerate().filter_map(move |(index, case)| {
        let mut judged = case.judgements.iter().filter(|j| counts(j.verdict));
        let (judged, month) = judged.find_map(|j| Some((j, j.month.as_ref()?)))?;
        month.estimate.is_finite().then_some((index, judged, month))
    })
}

/// The changes that mean most money a month.
pub fn months(cases: &[CaseEntry]) -> Vec<MonthRow> {
    let mut all: Vec<_> = with_months(cases).collect();
    all.sort_by(|a, b| b.2.estimate.abs().total_cmp(&a.2.estimate.abs()));
    all.truncate(MONTHS);
    let row = |(index, judged, month): (usize, &JudgementEntry, &MonthEntry)| MonthRow {
        index,
        name: shortened(&cases[index].id, NAME),
        verdict: judged.verdict.name(),
        sign: if month.estimate > 0.0 { "+" } else { "" },
        month: month.clone(),
    };
    all.into_iter().map(row).collect()
}

/// What all changes mean a month, what costs more and what costs less apart.
pub fn month_sums(cases: &[CaseEntry]) -> Months {
    let mut sums = Months::default();
    for (_, _, month) in with_months(cases) {
        sums.cases += 1;
        if month.estimate > 0.0 {
            sums.more += month.estimate;
        } else {
            sums.less -= month.estimate;
        }
    }
    sums
}

/// The verdict as JSON has it: `regressed-spread`.
fn key_of(verdict: Verdict) -> String {
    match serde_json::to_value(verdict) {
        Ok(serde_json::Value::String(key)) => key,
        _ => verdict.name().to_owned(),
    }
}

/// The class that colours a verdict; what it says also stands as a sign and a word.
pub fn class_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Failed | Verdict::Regressed | Verdict::RegressedSpread | Verdict::Crept => "bad",
        Verdict::Suspect | Verdict::Incomparable | Verdict::Missing => "warn",
        Verdict::Inconclusive | Verdict::Unsupported => "dim",
        Verdict::Improved => "good",
        Verdict::New | Verdict::Unchanged => "plain",
    }
}

/// A sign for a verdict, so that colour is not all that tells it.
pub fn sign_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Failed => "✕",
        Verdict::Regressed => "▲",
        Verdict::RegressedSpread => "△",
        Verdict::Crept => "◢",
        Verdict::Suspect => "?",
        Verdict::Incomparable => "≠",
        Verdict::Missing => "∅",
        Verdict::Inconclusive => "~",
        Verdict::Unsupported => "–",
        Verdict::Improved => "▼",
        Verdict::New => "+",
        Verdict::Unchanged => "=",
    }
}

fn class_of_outcome(outcome: &str) -> &'static str {
    match outcome {
        "failed" => "bad",
        "missing" => "warn",
        "measured" => "plain",
        _ => "dim",
    }
}

fn sign_of_outcome(outcome: &str) -> &'static str {
    match outcome {
        "failed" => "✕",
        "missing" => "∅",
        "measured" => "✓",
        "unsupported" => "–",
        _ => "○",
    }
}
