//! The cost of a run as charges in the columns of FOCUS 1.0 (FinOps Open Cost and Usage Specification), as CSV.
//!
//! The hours of a run's GPUs, or of what it was on instead, are split into charges: one for each case, by the time that its
//! processes took, and one for the rest of the run (compiling, starting, probing). So the charges add up to the run, and
//! no second is charged twice.

mod period;

use std::collections::BTreeMap;

use csv::Writer;
use jiff::Timestamp;

use super::harmless;
use super::measured::SHORT_KEY;
use crate::finance::{Estimate, Item, Statement, UnitCost, terms};
use crate::id::CaseId;
use crate::record::{Header, Price};
use crate::store::{Record, Results};
use period::{month, utc, whole};

/// Who is paid, and for whom: what a record doesn't know.
#[derive(Debug, Clone)]
pub struct Parties {
    /// Who provides the GPUs, and sends the bill.
    pub provider: String,
    /// The account that is billed.
    pub account: String,
    /// Where the GPUs are.
    pub region: Option<String>,
}

/// What all charges of a run have in common.
struct Run<'a> {
    header: &'a Header,
    price: &'a Price,
    parties: &'a Parties,
    started: Timestamp,
    ended: Timestamp,
    month: (Timestamp, Timestamp),
}

/// A row.
struct Charge<'a> {
    run: &'a Run<'a>,
    /// Hours of GPUs, or of what the run was on instead.
    hours: f64,
    /// The case and what its units cost; none for the rest of the run.
    case: Option<(&'a CaseId, &'a [UnitCost])>,
}

type Column = (&'static str, fn(&Charge<'_>) -> String);

/// The columns of FOCUS 1.0, in its alphabetical order, and how a charge fills them; an empty one is null.
const COLUMNS: [Column; 43] = [
    ("AvailabilityZone", null),
    ("BilledCost", cost),
    ("BillingAccountId", |charge| {
        harmless(&charge.run.parties.account)
    }),
    ("BillingAccountName", null),
    ("BillingCurrency", |charge| {
        charge.run.price.currency.clone()
    }),
    ("BillingPeriodEnd", |charge| utc(charge.run.month.1)),
    ("BillingPeriodStart", |charge| utc(charge.run.month.0)),
    ("ChargeCategory", |_| "Usage".to_owned()),
    ("ChargeClass", null),
    ("ChargeDescription", description),
    ("ChargeFrequency", |_| "Usage-Based".to_owned()),
    ("ChargePeriodEnd", |charge| utc(whole(charge.run.ended))),
    ("ChargePeriodStart", |charge| utc(charge.run.started)),
    ("CommitmentDiscountCategory", null),
    ("CommitmentDiscountId", null),
    ("CommitmentDiscountName", null),
    ("CommitmentDiscountStatus", null),
    ("CommitmentDiscountType", null),
    ("ConsumedQuantity", |charge| decimal(charge.hours)),
    ("ConsumedUnit", hours),
    ("ContractedCost", cost),
    ("ContractedUnitPrice", hourly),
    ("EffectiveCost", cost),
    ("InvoiceIssuerName", provider),
    ("ListCost", cost),
    ("ListUnitPrice", hourly),
    ("PricingCategory", |_| "Standard".to_owned()),
    ("PricingQuantity", |charge| decimal(charge.hours)),
    ("PricingUnit", hours),
    ("ProviderName", provider),
    ("PublisherName", provider),
    ("RegionId", region),
    ("RegionName", region),
    ("ResourceId", |charge| {
        harmless(&format!("{}/{}", host(charge), charge.run.header.device))
    }),
    ("ResourceName", |charge| harmless(&charge.run.header.device)),
    ("ResourceType", |charge| resource(charge).to_owned()),
    ("ServiceCategory", |_| "Compute".to_owned()),
    ("ServiceName", |charge| {
        format!("{} benchmark runs", resource(charge))
    }),
    ("SkuId", sku),
    ("SkuPriceId", sku),
    ("SubAccountId", |charge| charge.run.header.suite.to_string()),
    ("SubAccountName", |charge| {
        charge.run.header.suite.to_string()
    }),
    ("Tags", tags),
];

/// The columns of our own that say what a charge belongs to.
const OWN: [Column; 5] = [
    ("x_Case", |charge| {
        charge
            .case
            .map(|(id, _)| harmless(id.as_str()))
            .unwrap_or_default()
    }),
    ("x_PriceDate", |charge| {
        charge
            .run
            .price
            .date
            .map(|date| date.to_string())
            .unwrap_or_default()
    }),
    ("x_PriceSource", |charge| {
        harmless(charge.run.price.source.as_deref().unwrap_or_default())
    }),
    ("x_PriceTerms", |charge| harmless(&terms(charge.run.price))),
    ("x_RunId", |charge| charge.run.header.id.clone()),
];

/// What unit costs are counted in, and the word of their columns.
const ITEMS: [(Item, &str); 3] = [
    (Item::Items, "Item"),
    (Item::Tokens, "Token"),
    (Item::Executions, "Execution"),
];

/// The charges of `record` as CSV; none where its suite states no price.
pub fn focus(
    record: &Record,
    results: &Results,
    statement: &Statement,
    parties: &Parties,
) -> Option<String> {
    let header = &record.header;
    let started = header.started;
    let run = Run {
        header,
        price: header.cost.as_ref()?,
        parties,
        started,
        ended: super::ended(record).max(started),
        month: month(started),
    };
    let mut rows = Writer::from_writer(Vec::new());
    write(&mut rows, names());
    for charge in charges(&run, results, statement) {
        let fixed = COLUMNS.iter().chain(&OWN).map(|(_, fill)| fill(&charge));
        write(&mut rows, fixed.chain(unit_costs(&charge)));
    }
    Some(text(rows))
}

fn text(rows: Writer<Vec<u8>>) -> String {
    let bytes = rows.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("all that was written is text")
}

fn names() -> impl Iterator<Item = String> {
    let fixed = COLUMNS
        .iter()
        .chain(&OWN)
        .map(|(name, _)| (*name).to_owned());
    let units = ITEMS.iter().flat_map(|(_, word)| {
        let stems = [
            format!("x_CostPer{word}"),
            format!("x_CostPerMillion{word}s"),
            format!("x_JoulesPer{word}"),
        ];
        stems
            .into_iter()
            .flat_map(|stem| ["", "Low", "High"].map(|end| format!("{stem}{end}")))
    });
    fixed.chain(units)
}

fn write(rows: &mut Writer<Vec<u8>>, row: impl IntoIterator<Item = String>) {
    rows.write_record(row)
        .expect("memory takes every row, and all rows have the same length");
}

/// The run's GPU hours, split by the time that each case took; the rest last, also where it is nothing.
fn charges<'a>(run: &'a Run<'a>, results: &Results, statement: &'a Statement) -> Vec<Charge<'a>> {
    let seconds = run.ended.duration_since(run.started).as_secs_f64();
    let taken: BTreeMap<&CaseId, f64> = results
        .iter()
        .map(|(id, results)| (id, results.iter().map(|one| one.elapsed_ns * 1e-9).sum()))
        .collect();
    let all: f64 = taken.values().sum();
    // A clock that was set while the run went: the parts keep their proportions, and the whole stays the run's.
    let scale = if all > seconds { seconds / all } else { 1.0 };
    let hours = |seconds: f64| seconds / 3600.0 * run.price.gpu_share;
    let none: &[UnitCost] = &[];
    let cases = run.header.cases.iter().filter_map(|case| {
        let seconds = taken.get(&case.id)? * scale;
        let costs = statement.costs.get(&case.id).map_or(none, Vec::as_slice);
        Some(Charge {
            run,
            hours: hours(seconds),
            case: Some((&case.id, costs)),
        })
    });
    let rest = Charge {
        run,
        hours: hours((seconds - all * scale).max(0.0)),
        case: None,
    };
    cases.chain([rest]).collect()
}

/// What the units of a charge's case cost, each with its interval's ends.
fn unit_costs(charge: &Charge<'_>) -> impl Iterator<Item = String> {
    let costs = charge.case.map(|(_, costs)| costs).unwrap_or_default();
    ITEMS.into_iter().flat_map(move |(item, _)| {
        let found = costs.iter().find(|cost| cost.item == item);
        let figures = [
            found.and_then(|cost| cost.per_item),
            found.and_then(|cost| cost.per_million),
            found.and_then(|cost| cost.joules_per_item),
        ];
        figures.into_iter().flat_map(three)
    })
}

/// A figure and the ends of its interval; an end without a bound is null.
fn three(estimate: Option<Estimate>) -> [String; 3] {
    let interval = estimate.and_then(|estimate| estimate.interval);
    let figures = [
        estimate.map(|estimate| estimate.value),
        interval.map(|interval| interval.low),
        interval.map(|interval| interval.high),
    ];
    figures.map(|figure| {
        let finite = figure.filter(|figure| figure.is_finite());
        finite.map(decimal).unwrap_or_default()
    })
}

fn null(_: &Charge<'_>) -> String {
    String::new()
}

fn provider(charge: &Charge<'_>) -> String {
    harmless(&charge.run.parties.provider)
}

fn region(charge: &Charge<'_>) -> String {
    harmless(charge.run.parties.region.as_deref().unwrap_or_default())
}

/// The unit price times the quantity, as the specification has it for list and contracted costs. There is no discount
/// and nothing is amortised, so billed and effective costs are the same.
fn cost(charge: &Charge<'_>) -> String {
    decimal(charge.hours * charge.run.price.gpu_hour)
}

fn hourly(charge: &Charge<'_>) -> String {
    decimal(charge.run.price.gpu_hour)
}

/// What hours are counted of: the price is that of a GPU's hour, whatever a run of the suite was on.
fn resource(charge: &Charge<'_>) -> &'static str {
    match charge.run.header.device.as_str() {
        device if device.starts_with("cuda") => "GPU",
        "host" => "Host",
        _ => "Device",
    }
}

/// The unit of quantities.
fn hours(charge: &Charge<'_>) -> String {
    format!("{} Hours", resource(charge))
}

fn sku(charge: &Charge<'_>) -> String {
    format!("{}-hour", resource(charge).to_ascii_lowercase())
}

fn description(charge: &Charge<'_>) -> String {
    let (resource, suite) = (resource(charge), &charge.run.header.suite);
    match charge.case {
        Some((id, _)) => format!("{resource} time of case {id} of suite {suite}"),
        None => format!("{resource} time of suite {suite} beside its cases"),
    }
}

fn host(charge: &Charge<'_>) -> String {
    let context = &charge.run.header.environment.context;
    let host = context.get("hostname").and_then(|host| host.as_str());
    host.unwrap_or("host").to_owned()
}

/// Tags as the specification's key-value format: a JSON object.
fn tags(charge: &Charge<'_>) -> String {
    let header = charge.run.header;
    let key: String = header.environment.key.chars().take(SHORT_KEY).collect();
    let commit = header.git.as_ref().and_then(|git| git.commit.clone());
    let mut tags = BTreeMap::from([
        ("environment", key),
        ("run", header.id.clone()),
        ("suite", header.suite.to_string()),
    ]);
    tags.extend(commit.map(|commit| ("commit", commit)));
    tags.extend(charge.case.map(|(id, _)| ("case", id.to_string())));
    serde_json::Value::from_iter(tags).to_string()
}

/// A number in full, without an exponent.
fn decimal(value: f64) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_exponent_and_unbounded_ends_are_null() {
        assert_eq!(decimal(1e-9), "0.000000001");
        let half = Estimate::exact(1e-9).and_then(|value| value.under(1e-9));
        assert_eq!(three(half)[0], "1");
        let open = Estimate::new(
            2.0,
            Some(crate::stats::Interval {
                low: 0.0,
                high: 4.0,
            }),
        );
        let rate = three(open.and_then(|open| open.under(8.0)));
        assert_eq!(rate, ["4", "2", ""].map(str::to_owned));
        assert_eq!(three(None), ["", "", ""].map(str::to_owned));
    }
}
