//! What a document says of the run as a whole: its environment beside the base's, and how to make it again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::base::Base;
use crate::cli::again;
use crate::record::{Environment, Header};
use crate::report::document::{Document, FactEntry};
use crate::store::Record;

/// Adds the facts of `record` and of `base`, which the command line called `against`.
pub fn complete(document: &mut Document, record: &Record, base: &Base, against: Option<&str>) {
    let header = &record.header;
    document.about.clone_from(&header.about);
    document.ended = record.summary.as_ref().map(|s| s.ended.to_string());
    document.environment_line = line(header, document.clocks_pinned);
    document.environment = environment(&header.environment, base.environment.as_ref());
    document.reproduce = again::report(header, against);
}

/// The facts of both environments, those of comparability first, each group by name.
fn environment(own: &Environment, base: Option<&Environment>) -> Vec<FactEntry> {
    let none = BTreeMap::new();
    let comparability = (
        true,
        &own.comparability,
        base.map(|base| &base.comparability),
    );
    // A baseline keeps no context, so that nothing is known to differ.
    let context = base
        .map(|base| &base.context)
        .filter(|facts| !facts.is_empty());
    let mut found = Vec::new();
    for (gates, own, base) in [comparability, (false, &own.context, context)] {
        let theirs = base.unwrap_or(&none);
        let names: BTreeSet<&String> = own.keys().chain(theirs.keys()).collect();
        found.extend(names.into_iter().map(|name| {
            let known = |facts: &BTreeMap<String, Value>| {
                facts.get(name).filter(|value| !value.is_null()).map(plain)
            };
            let (value, theirs) = (known(own), known(theirs));
            FactEntry {
                fact: name.clone(),
                comparability: gates,
                differs: base.is_some() && value != theirs,
                value,
                base: theirs,
            }
        }));
    }
    found
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The environment in one line: `NVIDIA H100 80GB HBM3, driver 580.159.04, NVRTC 13.0, observed clocks`.
fn line(header: &Header, pinned: bool) -> String {
    let fact = |name: &str| {
        let value = header.environment.comparability.get(name);
        value.filter(|value| !value.is_null()).map(plain)
    };
    let kind = header.device.split(':').next().unwrap_or_default();
    let machine = if kind == "cuda" {
        fact("gpu")
    } else {
        fact("cpu")
    };
    let clocks = (kind != "mock").then(|| {
        let word = if pinned { "pinned" } else { "observed" };
        format!("{word} clocks")
    });
    let parts = [
        Some(machine.unwrap_or_else(|| header.device.clone())),
        fact("driver")
            .filter(|_| kind == "cuda")
            .map(|driver| format!("driver {driver}")),
        header.versions.compiler.clone(),
        clocks,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_of_both_sides() {
        let of = |comparability: Value, context: Value| Environment {
            key: String::new(),
            comparability: serde_json::from_value(comparability).expect("facts"),
            context: serde_json::from_value(context).expect("facts"),
        };
        let own = of(json!({"cpu": "a", "threads": 2}), json!({"hostname": "x"}));
        let base = of(json!({"cpu": "b", "threads": 2}), json!({}));
        let facts = environment(&own, Some(&base));
        let found: Vec<_> = facts.iter().map(|f| (f.fact.as_str(), f.differs)).collect();
        // The context of a baseline isn't known.
        assert_eq!(
            found,
            [("cpu", true), ("threads", false), ("hostname", false)]
        );
        assert_eq!(facts[0].base.as_deref(), Some("b"));
        assert!(environment(&own, None).iter().all(|fact| !fact.differs));
    }
}
