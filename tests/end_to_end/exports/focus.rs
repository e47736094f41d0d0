//! `warpmark export focus`: every column against a table made from the specification, FOCUS 1.0.

use std::collections::BTreeMap;

use jiff::Timestamp;
use regex::Regex;

use super::stated::candidate;
use crate::generated::{Run, three_cases};
use crate::support::warpmark;

/// What a column holds.
#[derive(Clone, Copy, PartialEq)]
enum Type {
    Text,
    /// One of these.
    OneOf(&'static [&'static str]),
    Decimal,
    /// Date and time in UTC, `YYYY-MM-DDTHH:MM:SSZ`.
    Time,
    /// ISO 4217.
    Currency,
    /// A JSON object of plain values.
    KeyValues,
}

/// When a column may be null.
#[derive(Clone, Copy, PartialEq)]
enum Null {
    Never,
    /// Not in a charge for usage that corrects nothing.
    NotInUsage,
    Fine,
}

use Null::{Fine, Never, NotInUsage};
use Type::{Currency, Decimal, KeyValues, OneOf, Text, Time};

const SERVICES: &[&str] = &[
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Multicloud",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Networking",
    "Security",
    "Storage",
    "Web",
    "Other",
];

/// The columns of FOCUS 1.0: those that are mandatory, recommended and conditional alike.
const TABLE: [(&str, Type, Null); 43] = [
    ("AvailabilityZone", Text, Fine),
    ("BilledCost", Decimal, Never),
    ("BillingAccountId", Text, Never),
    ("BillingAccountName", Text, Fine),
    ("BillingCurrency", Currency, Never),
    ("BillingPeriodEnd", Time, Never),
    ("BillingPeriodStart", Time, Never),
    (
        "ChargeCategory",
        OneOf(&["Usage", "Purchase", "Tax", "Credit", "Adjustment"]),
        Never,
    ),
    ("ChargeClass", OneOf(&["Correction"]), Fine),
    ("ChargeDescription", Text, Fine),
    (
        "ChargeFrequency",
        OneOf(&["One-Time", "Recurring", "Usage-Based"]),
        Never,
    ),
    ("ChargePeriodEnd", Time, Never),
    ("ChargePeriodStart", Time, Never),
    (
        "CommitmentDiscountCategory",
        OneOf(&["Spend", "Usage"]),
        Fine,
    ),
    ("CommitmentDiscountId", Text, Fine),
    ("CommitmentDiscountName", Text, Fine),
    ("CommitmentDiscountStatus", OneOf(&["Used", "Unused"]), Fine),
    ("CommitmentDiscountType", Text, Fine),
    ("ConsumedQuantity", Decimal, NotInUsage),
    ("ConsumedUnit", Text, NotInUsage),
    ("ContractedCost", Decimal, Never),
    ("ContractedUnitPrice", Decimal, NotInUsage),
    ("EffectiveCost", Decimal, Never),
    ("InvoiceIssuerName", Text, Never),
    ("ListCost", Decimal, Never),
    ("ListUnitPrice", Decimal, NotInUsage),
    (
        "PricingCategory",
        OneOf(&["Standard", "Dynamic", "Committed", "Other"]),
        NotInUsage,
    ),
    ("PricingQuantity", Decimal, NotInUsage),
    ("PricingUnit", Text, NotInUsage),
    ("ProviderName", Text, Never),
    ("PublisherName", Text, Never),
    ("RegionId", Text, Fine),
    ("RegionName", Text, Fine),
    ("ResourceId", Text, Fine),
    ("ResourceName", Text, Fine),
    ("ResourceType", Text, Fine),
    ("ServiceCategory", OneOf(SERVICES), Never),
    ("ServiceName", Text, Never),
    ("SkuId", Text, NotInUsage),
    ("SkuPriceId", Text, NotInUsage),
    ("SubAccountId", Text, Fine),
    ("SubAccountName", Text, Fine),
    ("Tags", KeyValues, Fine),
];

type Row = BTreeMap<String, String>;

fn is_of(kind: Type, value: &str) -> bool {
    let matches = |pattern: &str| Regex::new(pattern).expect("a pattern").is_match(value);
    match kind {
        Text => true,
        OneOf(allowed) => allowed.contains(&value),
        Decimal => matches(r"^-?\d+(\.\d+)?$"),
        Time => {
            let is_time = value.parse::<Timestamp>().is_ok();
            is_time && matches(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        }
        Currency => matches("^[A-Z]{3}$"),
        KeyValues => serde_json::from_str::<BTreeMap<String, serde_json::Value>>(value)
            .is_ok_and(|tags| tags.values().all(|tag| !tag.is_object() && !tag.is_array())),
    }
}

/// What a row breaks of the specification.
fn broken(row: &Row) -> Vec<String> {
    let mut found = Vec::new();
    for (name, kind, null) in TABLE {
        let Some(value) = row.get(name) else {
            found.push(format!("{name} lacks"));
            continue;
        };
        let usage = row["ChargeCategory"] == "Usage" && row["ChargeClass"].is_empty();
        match value.as_str() {
            "" if null == Never || (null == NotInUsage && usage) => {
                found.push(format!("{name} is null"));
            }
            "" => {}
            value if !is_of(kind, value) => found.push(format!("{name} is {value}")),
            _ => {}
        }
    }
    let own = row
        .keys()
        .filter(|name| TABLE.iter().all(|(known, ..)| known != name));
    let own = own.filter(|name| !name.starts_with("x_"));
    found.extend(own.map(|name| format!("{name} is no column")));
    if found.is_empty() {
        found.extend(related(row));
    }
    found
}

/// What columns say of each other.
fn related(row: &Row) -> Vec<String> {
    let number = |name: &str| row[name].parse::<f64>().expect("a number");
    let mut found = Vec::new();
    for (unit, cost) in [
        ("ListUnitPrice", "ListCost"),
        ("ContractedUnitPrice", "ContractedCost"),
    ] {
        let product = number(unit) * number("PricingQuantity");
        if (product - number(cost)).abs() > 1e-12 * product.abs() {
            found.push(format!("{cost} is not {unit} x PricingQuantity"));
        }
    }
    for (start, end) in [
        ("ChargePeriodStart", "ChargePeriodEnd"),
        ("BillingPeriodStart", "BillingPeriodEnd"),
    ] {
        if row[start] > row[end] {
            found.push(format!("{start} is after {end}"));
        }
    }
    let start = &row["ChargePeriodStart"];
    if *start < row["BillingPeriodStart"] || *start >= row["BillingPeriodEnd"] {
        found.push("the charge begins outside of the billing period".to_owned());
    }
    for of in ["Category", "Name", "Status", "Type"] {
        if row["CommitmentDiscountId"].is_empty()
            && !row[&format!("CommitmentDiscount{of}")].is_empty()
        {
            found.push(format!("CommitmentDiscount{of} without an id"));
        }
    }
    found
}

fn exported(run: Run, arguments: &[&str]) -> String {
    let root = tempfile::tempdir().expect("a folder");
    let folder = run.write(root.path());
    let mut command = warpmark();
    command
        .args(["export", "focus"])
        .arg(folder)
        .args(arguments);
    let done = command.assert().success();
    String::from_utf8(done.get_output().stdout.clone()).expect("text")
}

fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize().collect::<Result<Vec<Row>, _>>();
    rows.expect("rows of the same length")
}

#[test]
fn every_column_is_as_the_specification_has_it() {
    let rows = rows(&exported(candidate(), &["--region", "eu-west-1"]));
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert_eq!(broken(row), [""; 0], "{row:?}");
        assert_eq!(row["RegionId"], "eu-west-1");
        assert_eq!(row["ChargePeriodStart"], "2026-03-01T10:30:00Z");
        assert_eq!(row["ChargePeriodEnd"], "2026-03-01T10:40:00Z");
        assert_eq!(row["BillingPeriodEnd"], "2026-04-01T00:00:00Z");
    }
}

#[test]
fn what_breaks_the_specification_would_be_seen() {
    let row = rows(&exported(candidate(), &[])).remove(0);
    for (name, value, said) in [
        ("BilledCost", "1e-3", "BilledCost is 1e-3"),
        ("BilledCost", "", "BilledCost is null"),
        ("PricingUnit", "", "PricingUnit is null"),
        ("ServiceCategory", "GPUs", "ServiceCategory is GPUs"),
        (
            "ChargePeriodEnd",
            "2026-03-01 10:40",
            "ChargePeriodEnd is 2026-03-01 10:40",
        ),
        ("BillingCurrency", "usd", "BillingCurrency is usd"),
        ("Tags", "{\"a\":[1]}", "Tags is {\"a\":[1]}"),
        (
            "ListCost",
            "99",
            "ListCost is not ListUnitPrice x PricingQuantity",
        ),
        ("Mine", "1", "Mine is no column"),
    ] {
        let mut row = row.clone();
        row.insert(name.to_owned(), value.to_owned());
        assert_eq!(broken(&row), [said]);
    }
}

#[test]
fn the_charges_add_up_to_the_run() {
    let rows = rows(&exported(candidate(), &[]));
    for cost in ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"] {
        let sum: f64 = rows
            .iter()
            .map(|row| row[cost].parse::<f64>().expect("a number"))
            .sum();
        // Ten minutes of two GPUs at 3.60 USD an hour.
        assert!((sum - 1.2).abs() < 1e-9, "{sum}");
    }
    let rest = rows.last().expect("a row");
    assert!((rest["PricingQuantity"].parse::<f64>().expect("hours") - 1.0 / 6.0).abs() < 1e-9);
    assert_eq!(rest["x_Case"], "");
}

#[test]
fn cases_have_unit_costs_with_their_bounds() {
    let rows = rows(&exported(candidate(), &[]));
    let number = |row: &Row, name: &str| row[name].parse::<f64>().expect("a number");
    let copy = &rows[0];
    assert_eq!(copy["x_Case"], "copy/n=1024");
    assert_eq!(copy["x_PriceSource"], "list price");
    assert_eq!(copy["x_PriceDate"], "2026-11-01");
    // 1 ms of two GPUs, of whose hours half are used, for 1,000 items.
    let million = number(copy, "x_CostPerMillionItems");
    assert!((million / 0.004 - 1.0).abs() < 0.01, "{million}");
    assert!((number(copy, "x_CostPerItem") * 1e6 / million - 1.0).abs() < 1e-12);
    for stem in [
        "x_CostPerItem",
        "x_CostPerMillionItems",
        "x_CostPerExecution",
        "x_JoulesPerItem",
    ] {
        let low = number(copy, &format!("{stem}Low"));
        let high = number(copy, &format!("{stem}High"));
        assert!(
            low <= number(copy, stem) && number(copy, stem) <= high,
            "{stem}"
        );
    }
    assert_eq!(rows[1]["x_CostPerItem"], "");
    assert_eq!(copy["x_CostPerToken"], "");
}

#[test]
fn the_resource_is_called_by_the_device() {
    for (device, resource) in [("cuda:0", "GPU"), ("host", "Host"), ("mock", "Device")] {
        let mut run = candidate();
        run.header.device = device.to_owned();
        let sku = format!("{}-hour", resource.to_lowercase());
        let rows = rows(&exported(run, &[]));
        for row in &rows {
            assert_eq!(broken(row), [""; 0]);
            for (name, expected) in [
                ("ResourceName", device),
                ("ResourceType", resource),
                ("ServiceName", &format!("{resource} benchmark runs")),
                ("ConsumedUnit", &format!("{resource} Hours")),
                ("PricingUnit", &format!("{resource} Hours")),
                ("SkuId", &sku),
                ("SkuPriceId", &sku),
            ] {
                assert_eq!(row[name], expected, "{device}: {name}");
            }
        }
        let descriptions = [&rows[0], &rows[3]].map(|row| row["ChargeDescription"].as_str());
        let case = format!("{resource} time of case copy/n=1024 of suite memory");
        let rest = format!("{resource} time of suite memory beside its cases");
        assert_eq!(descriptions, [case, rest]);
    }
}

#[test]
fn a_name_is_no_formula_and_no_second_column() {
    let mut run = candidate();
    run.header.device = "=cmd(\"a\"),\nb".to_owned();
    let text = exported(run, &["--provider", "+1,\"x\"", "--account", "@a"]);
    for row in rows(&text) {
        assert_eq!(broken(&row), [""; 0]);
        assert_eq!(row["ResourceName"], "'=cmd(\"a\"),\nb");
        assert_eq!(row["ProviderName"], "'+1,\"x\"");
        assert_eq!(row["BillingAccountId"], "'@a");
    }
}

#[test]
fn a_run_that_was_cut_short_is_charged_up_to_its_last_process() {
    let mut run = candidate();
    run.complete = false;
    for row in rows(&exported(run, &[])) {
        assert_eq!(broken(&row), [""; 0]);
        assert_eq!(row["ChargePeriodEnd"], "2026-03-01T10:30:00Z");
        assert_eq!(row["BilledCost"], "0");
    }
}

#[test]
fn a_suite_without_a_price_has_no_charges() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = Run::new(0, three_cases()).write(root.path());
    let mut command = warpmark();
    let done = command
        .args(["export", "focus"])
        .arg(folder)
        .assert()
        .code(3);
    let error = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        error.contains("states no price") && error.contains("[cost]"),
        "{error}"
    );
}
