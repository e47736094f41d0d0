//! The cost of a run as charges in FOCUS 1.0, the FinOps Open Cost and Usage Specification (<https://focus.finops.org/>).
//!
//! A run is charged from its begin to its end, at the price of its suite's GPU hour. Each case has a row for the time that
//! its processes took, and a last row the rest (compiling, starting), so that rows add up to the run. Columns that
//! begin with `x_` are ours, as the specification has it for what it doesn't name.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use thiserror::Error;

use crate::finance::{Estimate, Item, Statement, UnitCost};
use crate::record::{Header, Price};
use crate::store::{Record, Results};

/// Nanoseconds of an hour.
const HOUR_NS: f64 = 3.6e12;

/// Who pays, and to whom.
#[derive(Debug, Clone)]
pub struct Payer {
    /// The billing account's id.
    pub account: String,
    /// Who provides the machine.
    pub provider: String,
    /// The region's id, where the machine has one.
    pub region: Option<String>,
}

/// Why a run can't be charged.
#[derive(Debug, Error)]
pub enum FocusError {
    /// The suite names no price.
    #[error("the suite {0} has no price: what the run cost is not known")]
    NoPrice(String),
    /// The currency is none that FOCUS takes.
    #[error("{0:?} is no currency code of ISO 4217, which FOCUS asks for")]
    Currency(String),
    /// The run was cut short.
    #[error("the run {0} has not ended: its cost is not known")]
    NotEnded(String),
    /// The rows could not be put together.
    #[error("the rows can't be written: {0}")]
    Csv(#[from] csv::Error),
}

/// The columns of FOCUS 1.0, and after them ours.
const COLUMNS: [&str; 60] = [
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
    "x_Suite",
    "x_Run",
    "x_Environment",
    "x_Commit",
    "x_Case",
    "x_Item",
    "x_CostPerMillionItems",
    "x_CostPerMillionItemsLow",
    "x_CostPerMillionItemsHigh",
    "x_EnergyPerItemJoules",
    "x_EnergyPerItemJoulesLow",
    "x_EnergyPerItemJoulesHigh",
    "x_ItemsPerSecond",
    "x_ItemsPerSecondLow",
    "x_ItemsPerSecondHigh",
    "x_PriceSource",
    "x_PriceDate",
];

/// The charges of a run as CSV; null is an empty field.
pub fn focus(
    record: &Record,
    results: &Results,
    statement: &Statement,
    payer: &Payer,
) -> Result<Vec<u8>, FocusError> {
    let header = &record.header;
    let missing = || FocusError::NoPrice(header.suite.to_string());
    let price = header.cost.as_ref().ok_or_else(missing)?;
    let code = &price.currency;
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(FocusError::Currency(code.clone()));
    }
    let ended = record.summary.as_ref().map(|summary| summary.ended);
    let ended = ended.ok_or_else(|| FocusError::NotEnded(header.id.clone()))?;
    let run = Run::of(header, price, ended, payer);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    let whole = ended.duration_since(header.started).as_secs_f64() * 1e9;
    let mut left = whole;
    for case in &header.cases {
        let found = results.get(&case.id).map_or(&[][..], Vec::as_slice);
        // Processes come one after another; what they took together can't be more than the run.
        let took: f64 = found.iter().map(|result| result.elapsed_ns).sum();
        let took = took.clamp(0.0, left);
        left -= took;
        let costs = statement.costs.get(&case.id).map_or(&[][..], Vec::as_slice);
        run.row(&mut writer, took, Some((case.id.as_str(), unit(costs))))?;
    }
    run.row(&mut writer, left, None)?;
    writer
        .into_inner()
        .map_err(|error| FocusError::Csv(error.into_error().into()))
}

/// The unit cost that a row shows: of items where there are some, else of tokens, else of executions.
fn unit(costs: &[UnitCost]) -> Option<&UnitCost> {
    let of = |item| costs.iter().find(|cost| cost.item == item);
    of(Item::Items)
        .or_else(|| of(Item::Tokens))
        .or_else(|| of(Item::Executions))
}

/// What the rows of a run have in common.
struct Run<'a> {
    header: &'a Header,
    price: &'a Price,
    common: BTreeMap<&'static str, String>,
}

impl<'a> Run<'a> {
    fn of(header: &'a Header, price: &'a Price, ended: Timestamp, payer: &Payer) -> Self {
        let (first, last) = month(header.started);
        // A period ends after it begins.
        let end = ended.max(header.started + 1.second());
        let mut common = BTreeMap::from([
            ("BillingAccountId", payer.account.clone()),
            ("BillingCurrency", price.currency.clone()),
            ("BillingPeriodEnd", moment(last)),
            ("BillingPeriodStart", moment(first)),
            ("ChargeCategory", "Usage".to_owned()),
            ("ChargeFrequency", "Usage-Based".to_owned()),
            ("ChargePeriodEnd", moment(end)),
            ("ChargePeriodStart", moment(header.started)),
            ("ConsumedUnit", "GPU-Hours".to_owned()),
            ("ContractedUnitPrice", number(price.gpu_hour)),
            ("InvoiceIssuerName", payer.provider.clone()),
            ("ListUnitPrice", number(price.gpu_hour)),
            ("PricingCategory", "Standard".to_owned()),
            ("PricingUnit", "GPU-Hours".to_owned()),
            ("ProviderName", payer.provider.clone()),
            ("PublisherName", payer.provider.clone()),
            ("ServiceCategory", "Compute".to_owned()),
            ("ServiceName", "Benchmarks".to_owned()),
            ("SkuId", "gpu-hour".to_owned()),
            (
                "SkuPriceId",
                format!("gpu-hour-{}-{}", number(price.gpu_hour), price.currency),
            ),
            ("x_Suite", header.suite.to_string()),
            ("x_Run", header.id.clone()),
            ("x_Environment", header.environment.key.clone()),
        ]);
        let fact = |name: &str| {
            let environment = &header.environment;
            let found = environment
                .context
                .get(name)
                .or_else(|| environment.comparability.get(name));
            found.and_then(|value| value.as_str()).map(str::to_owned)
        };
        if let Some(id) = fact("gpu-uuid").or_else(|| fact("hostname")) {
            let kind = if fact("gpu-uuid").is_some() {
                "GPU"
            } else {
                "Host"
            };
            common.insert("ResourceId", id);
            common.insert("ResourceType", kind.to_owned());
            common.extend(fact("gpu").map(|name| ("ResourceName", name)));
        }
        common.extend(
            payer
                .region
                .clone()
                .map(|region| ("RegionId", region.clone())),
        );
        common.extend(payer.region.clone().map(|region| ("RegionName", region)));
        common.extend(price.source.clone().map(|source| ("x_PriceSource", source)));
        common.extend(price.date.map(|date| ("x_PriceDate", date.to_string())));
        let commit = header.git.as_ref().and_then(|git| git.commit.clone());
        common.extend(commit.map(|commit| ("x_Commit", commit)));
        Self {
            header,
            price,
            common,
        }
    }

    /// A charge for `took` nanoseconds: of a case, or of what belongs to none.
    fn row(
        &self,
        writer: &mut csv::Writer<Vec<u8>>,
        took: f64,
        case: Option<(&str, Option<&UnitCost>)>,
    ) -> Result<(), FocusError> {
        let mut row = self.common.clone();
        let hours = took / HOUR_NS * self.price.gpu_share;
        for column in ["ConsumedQuantity", "PricingQuantity"] {
            row.insert(column, number(hours));
        }
        for column in ["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"] {
            row.insert(column, number(hours * self.price.gpu_hour));
        }
        let what = case.map_or("beside its cases", |(id, _)| id);
        row.insert(
            "ChargeDescription",
            format!("run {} of {}: {what}", self.header.id, self.header.suite),
        );
        let mut tags = BTreeMap::from([("suite", self.header.suite.as_str())]);
        tags.extend(case.map(|(id, _)| ("case", id)));
        row.insert("Tags", serde_json::to_string(&tags).unwrap_or_default());
        if let Some((id, cost)) = case {
            row.insert("x_Case", id.to_owned());
            if let Some(cost) = cost {
                row.insert("x_Item", cost.item.name().to_owned());
                estimate(
                    &mut row,
                    [
                        "x_CostPerMillionItems",
                        "x_CostPerMillionItemsLow",
                        "x_CostPerMillionItemsHigh",
                    ],
                    cost.per_million,
                );
                estimate(
                    &mut row,
                    [
                        "x_EnergyPerItemJoules",
                        "x_EnergyPerItemJoulesLow",
                        "x_EnergyPerItemJoulesHigh",
                    ],
                    cost.joules_per_item,
                );
                estimate(
                    &mut row,
                    [
                        "x_ItemsPerSecond",
                        "x_ItemsPerSecondLow",
                        "x_ItemsPerSecondHigh",
                    ],
                    cost.per_second_per_gpu,
                );
            }
        }
        let fields = COLUMNS
            .iter()
            .map(|column| row.get(column).map_or("", String::as_str));
        Ok(writer.write_record(fields)?)
    }
}

/// A figure and the ends of its interval; what is unknown, or has no bound, is null.
fn estimate(
    row: &mut BTreeMap<&'static str, String>,
    [value, low, high]: [&'static str; 3],
    estimate: Option<Estimate>,
) {
    let Some(estimate) = estimate else { return };
    row.insert(value, number(estimate.value));
    if let Some(interval) = estimate.interval {
        for (column, end) in [(low, interval.low), (high, interval.high)] {
            if end.is_finite() {
                row.insert(column, number(end));
            }
        }
    }
}

/// A number as FOCUS writes it: digits, and a point where it needs one.
fn number(value: f64) -> String {
    value.to_string()
}

/// A moment in UTC to the second, as FOCUS writes it: `2026-11-25T14:00:00Z`.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The first moment of the month of `at` in UTC, and of the month after.
fn month(at: Timestamp) -> (Timestamp, Timestamp) {
    let start = |zoned: Zoned| zoned.start_of_day().unwrap_or(zoned);
    let first = at.to_zoned(TimeZone::UTC);
    let first = start(first.first_of_month().unwrap_or(first));
    let next = first
        .checked_add(1.month())
        .unwrap_or_else(|_| first.clone());
    (first.timestamp(), next.timestamp())
}
