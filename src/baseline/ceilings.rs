//! The ceilings of an environment: what the baseline of the suite `ceilings` says.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{BaselineError, Source, load};
use crate::id::Name;
use crate::stats::Ceilings;

/// The suite whose baseline holds the ceilings.
pub const CEILINGS: &str = "ceilings";

/// The ceilings that `source` has for a run with the facts `comparability`, the best of several; empty where it has none.
///
/// All facts must be equal, save those that a suite has only because it measures commands too (the processor's model,
/// and what workloads state themselves), and the versions of libraries: what a library reached bounds a kernel too.
pub fn ceilings(
    source: &Source,
    comparability: &BTreeMap<String, Value>,
) -> Result<Ceilings, BaselineError> {
    let Ok(suite) = Name::new(CEILINGS) else {
        return Ok(Ceilings::default());
    };
    let mut found = Ceilings::default();
    for reviewed in load(source, &suite)? {
        if fits(&reviewed.environment, comparability) {
            for (ceiling, rate) in reviewed.ceilings().each() {
                found.take(ceiling, rate, 1e9);
            }
        }
    }
    Ok(found)
}

/// Whether what was measured under `ceilings` bounds what is measured under `run`.
fn fits(ceilings: &BTreeMap<String, Value>, run: &BTreeMap<String, Value>) -> bool {
    let of_commands = |name: &str| name == "cpu" || name.starts_with("fact.");
    let is_known = |(name, value): &(&String, &Value)| {
        // A reviewed file leaves out what has no value.
        !value.is_null() && !["cublas", "cublaslt"].contains(&name.as_str())
    };
    let known = run.iter().filter(is_known);
    known
        .filter(|(name, _)| ceilings.contains_key(*name) || !of_commands(name))
        .eq(ceilings.iter().filter(is_known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn facts(facts: &Value) -> BTreeMap<String, Value> {
        serde_json::from_value(facts.clone()).expect("facts")
    }

    #[test]
    fn ceilings_hold_for_their_own_environment() {
        let measured =
            facts(&json!({ "gpu": "H100", "clock-policy": "observe", "power-limit-w": 700.0 }));
        let table = [
            (
                json!({ "gpu": "H100", "clock-policy": "observe", "power-limit-w": 700.0 }),
                true,
            ),
            (
                json!({ "gpu": "H100", "clock-policy": "observe", "power-limit-w": 700.0, "mig": null }),
                true,
            ),
            (
                json!({ "gpu": "H100", "clock-policy": "observe", "power-limit-w": 700.0, "cublaslt": "13.1" }),
                true,
            ),
            (
                json!({ "gpu": "H100", "clock-policy": "observe", "power-limit-w": 700.0, "cpu": "Xeon", "fact.torch": "2" }),
                true,
            ),
            (
                json!({ "gpu": "H100", "clock-policy": "lock", "power-limit-w": 700.0 }),
                false,
            ),
            (
                json!({ "gpu": "H100", "clock-policy": "observe", "power-limit-w": null }),
                false,
            ),
            (
                json!({ "gpu": "H100", "clock-policy": "observe", "power-limit-w": 700.0, "driver": "580" }),
                false,
            ),
            (json!({}), false),
        ];
        for (run, expected) in table {
            assert_eq!(fits(&measured, &facts(&run)), expected, "{run}");
        }
        let on_host = facts(&json!({ "cpu": "Xeon", "threads": 1 }));
        assert!(!fits(
            &on_host,
            &facts(&json!({ "cpu": "EPYC", "threads": 1 }))
        ));
    }
}
