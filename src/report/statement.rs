//! Money and goals in words, for tables and for Markdown.

use std::collections::HashMap;

use anstyle::{AnsiColor, Style};

use super::table::{Cell, Table};
use super::{human, text};
use crate::finance::{Estimate, GoalResult, Item, Statement, Status, terms};
use crate::id::CaseId;
use crate::record::{GoalUnit, Price};
use crate::units::{money, percent};
use crate::verdict::{Judgement, Verdict};

/// What the costs of a run's table rest on: `costs: 2.99 USD a GPU hour (list price, 2026-11-01), ...`.
pub(super) fn price_of_run(statement: &Statement) -> Option<String> {
    let mut units = statement.costs.values().flatten();
    let in_table = units.any(|unit| unit.item != Item::Executions);
    price(statement, in_table || !statement.months.is_empty())
}

/// What the money a month of a comparison rests on.
pub(super) fn price_of_comparison(
    statement: &Statement,
    judgements: &[Judgement],
) -> Option<String> {
    price(statement, !months(statement, judgements).is_empty())
}

/// The price, where money is `shown`, or a goal is about it.
fn price(statement: &Statement, shown: bool) -> Option<String> {
    let price = statement.price.as_ref()?;
    let mut goals = statement.goals.iter();
    let shown = shown || goals.any(|goal| goal.unit == GoalUnit::Money);
    shown.then(|| format!("costs: {}", text::harmless(&terms(price))))
}

/// The cost of a million of what stands in the row of `metric`: items beside the time, tokens beside themselves.
pub(super) fn per_million(statement: &Statement, case: &CaseId, metric: &str) -> Option<String> {
    let item = match metric {
        "time" => Item::Items,
        "tokens" => Item::Tokens,
        _ => return None,
    };
    let price = statement.price.as_ref()?;
    let mut units = statement.costs.get(case)?.iter();
    let cost = units.find(|unit| unit.item == item)?.per_million?;
    Some(money(cost.value, &price.currency))
}

/// What changes mean a month, a line each: of cases that changed for sure, or may have.
pub(super) fn months(statement: &Statement, judgements: &[Judgement]) -> Vec<String> {
    let Some(price) = &statement.price else {
        return Vec::new();
    };
    let quiet = [Verdict::Unchanged, Verdict::Inconclusive];
    let loud = judgements
        .iter()
        .filter(|judgement| !quiet.contains(&judgement.verdict));
    let loud: HashMap<(&CaseId, &str), &Judgement> = loud
        .map(|judgement| ((&judgement.id, judgement.metric.as_str()), judgement))
        .collect();
    let told = statement.months.iter();
    told.filter_map(|month| {
        let judgement = loud.get(&(&month.case, month.metric.as_str()))?;
        let (low, high) = (month.interval.low, month.interval.high);
        Some(format!(
            "{}: {} a month (99 % interval {} to {}) at {}",
            judgement.label(),
            signed(month.estimate, price),
            signed(low, price),
            signed(high, price),
            month.volume,
        ))
    })
    .collect()
}

fn signed(amount: f64, price: &Price) -> String {
    let sign = if amount > 0.0 { "+" } else { "" };
    format!("{sign}{}", money(amount, &price.currency))
}

/// What changes mean a month.
pub(super) fn write_months(out: &mut String, statement: &Statement, judgements: &[Judgement]) {
    let months = self::months(statement, judgements);
    if months.is_empty() {
        return;
    }
    out.push('\n');
    for line in &months {
        human::push(out, &text::harmless(line));
    }
}

/// The table of goals.
pub(super) fn write_goals(
    out: &mut String,
    statement: &Statement,
    width: Option<usize>,
    color: bool,
) {
    let Some((table, whys)) = self::table(statement) else {
        return;
    };
    out.push('\n');
    human::push_table(out, &table, width, color);
    for why in whys {
        human::push(out, &text::harmless(&why));
    }
}

/// `goals: 1 missed, 3 met`; nothing without goals.
pub(super) fn counts(goals: &[GoalResult]) -> Option<String> {
    let count = |status: &Status| goals.iter().filter(|goal| goal.status == *status).count();
    let counts = Status::ALL
        .iter()
        .map(|status| (status.name(), count(status)));
    let said: Vec<String> = counts
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    (!said.is_empty()).then(|| format!("goals: {}", said.join(", ")))
}

/// A goal at a case in words.
pub(super) struct Told {
    /// The goal's name.
    pub(super) name: String,
    /// The case, where one matches.
    pub(super) case: String,
    /// The metric with its value: `p99 45.00 ms`.
    pub(super) value: String,
    /// The value's interval: `44.00 ms to 46.00 ms`.
    pub(super) interval: String,
    /// The bounds.
    pub(super) bounds: String,
    /// The room that is left.
    pub(super) headroom: String,
    /// Owner, figure of the business and day, where they are stated.
    pub(super) whose: String,
}

impl Told {
    pub(super) fn of(result: &GoalResult, statement: &Statement) -> Self {
        let currency = statement.price.as_ref();
        let currency = currency.map_or("", |price| price.currency.as_str());
        let goal = &result.goal;
        let value = result.value;
        let mean = value.map(|value| result.show(value.value, currency));
        let interval = value.and_then(|value| interval(result, value, currency));
        let due = goal.due.map(|day| format!("due {day}"));
        let owner = goal.owner.as_ref().map(|owner| format!("owner {owner}"));
        let kpi = goal.kpi.as_ref().map(|kpi| format!("for {kpi}"));
        let whose: Vec<String> = [owner, kpi, due].into_iter().flatten().collect();
        Self {
            name: goal.name.clone(),
            case: result
                .case
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            value: format!("{} {}", goal.metric, mean.unwrap_or_default())
                .trim_end()
                .to_owned(),
            interval: interval.unwrap_or_default(),
            bounds: result.bounds(currency),
            headroom: result.headroom.map(percent).unwrap_or_default(),
            whose: whose.join(", "),
        }
    }
}

/// The interval of a value, where it has a width.
fn interval(result: &GoalResult, value: Estimate, currency: &str) -> Option<String> {
    let interval = value.interval?;
    let show = |amount: f64| result.show(amount, currency);
    let (low, high) = (interval.low, interval.high);
    (low < high).then(|| format!("{} to {}", show(low), show(high)))
}

const COLUMNS: [super::table::Column; 7] = [
    human::column("goal", false, None),
    human::column("value", false, None),
    human::column("99 % interval", false, Some(2)),
    human::column("bound", false, Some(7)),
    human::column("headroom", true, Some(1)),
    human::column("owner", false, Some(0)),
    human::column("status", false, None),
];

/// The table of goals, and why some are unknown; nothing without goals.
pub(super) fn table(statement: &Statement) -> Option<(Table, Vec<String>)> {
    if statement.goals.is_empty() {
        return None;
    }
    let mut table = Table::new(&COLUMNS);
    let mut whys = Vec::new();
    for result in &statement.goals {
        let told = Told::of(result, statement);
        // A goal stands at several cases: both name the row.
        let name = match told.case.as_str() {
            "" => told.name,
            case => format!("{}, {case}", told.name),
        };
        let cells = [
            &name,
            &told.value,
            &told.interval,
            &told.bounds,
            &told.headroom,
            &told.whose,
        ];
        let mut row: Vec<Cell> = cells
            .into_iter()
            .map(|cell| Cell::from(text::harmless(cell).replace('\n', " ")))
            .collect();
        row.push(Cell::styled(result.status.name(), style(result.status)));
        table.push(row);
        whys.extend(why(result));
    }
    Some((table, whys))
}

/// Why a goal is unknown.
pub(super) fn why(result: &GoalResult) -> Option<String> {
    let why = result.why.as_ref()?;
    let name = &result.goal.name;
    Some(match &result.case {
        Some(case) => format!("unknown: {name}, {case}: {why}"),
        None => format!("unknown: {name}: {why}"),
    })
}

fn style(status: Status) -> Style {
    let color = match status {
        Status::Missed => AnsiColor::Red,
        Status::AtRisk => AnsiColor::Yellow,
        Status::Unknown => AnsiColor::Cyan,
        Status::Met => return Style::new(),
    };
    Style::new().fg_color(Some(color.into()))
}
