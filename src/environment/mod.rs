//! The facts of a machine in two groups, and the key of the first.
//!
//! *Comparability* holds what results depend on: results with equal keys are compared, others never. *Context*
//! explains a result. A measured value (a clock, a load, a temperature) is never hashed.

mod context;
mod diff;
pub mod doctor;
mod facts;
mod git;
mod linux;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use diff::{Difference, Group, diff};
pub use facts::FactError;
pub use git::git_state;

use crate::canonical;
use crate::device::{Device, host};
use crate::id::Name;
use crate::plan::{Case, Plan, Task};
use crate::record::Environment;

/// The version of the measuring method. Raised whenever the same code on the same machine would measure
/// another time, so that results of two methods are never compared. `docs/reference/environment.md` says what each is.
pub const METHOD: &str = "2 (flush 2 x L2)";

/// The fact of the context that says why clocks are not pinned that were to be.
pub const NOT_PINNED: &str = "clocks-not-pinned";

/// What is done with a device's clocks, as facts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClockFacts {
    /// What results depend on where they are pinned, by name.
    pub pinned: BTreeMap<String, Value>,
    /// Why they are not, where they were to be.
    pub not_pinned: Option<String>,
}

/// What kind of container this process is in, as far as it leaves a trace.
pub fn container() -> Option<String> {
    linux::Machine::this().container(&|name| std::env::var(name).ok())
}

/// The environment of a run of the cases `selected` of a suite on `device`.
///
/// `whole` is the plan of all the suite's cases: the key of a part of a suite is that of the suite. Fails where a
/// fact that a selected workload states by a command (`facts`) can't be found out.
pub fn collect(
    whole: &Plan,
    selected: &Plan,
    device: &dyn Device,
) -> Result<Environment, FactError> {
    let is_command = |case: &&Case| matches!(case.task, Task::Command(_));
    let commands: Vec<&Case> = whole.cases.iter().filter(is_command).collect();
    let mut facts = BTreeMap::new();
    // A suite of commands alone doesn't depend on the device's compiler or driver.
    let mut context = BTreeMap::new();
    if commands.len() < whole.cases.len() || whole.cases.is_empty() {
        facts.extend(device.comparability());
        facts.extend(device.comparability_of(whole));
        context = device.context();
    }
    if !commands.is_empty() {
        let workloads: BTreeSet<&Name> = selected.cases.iter().map(|case| &case.workload).collect();
        let needed = |case: &Case| workloads.contains(&case.workload);
        let answers = facts::of_commands(&commands, &needed)?;
        facts.insert("cpu".to_owned(), Value::from(host::cpu_model()));
        facts.extend(answers.known);
        context.extend(answers.unknown);
    }
    Ok(with_key(facts, context))
}

/// States in `environment` what is done with the device's clocks.
pub fn state_clocks(environment: &mut Environment, clocks: &ClockFacts) {
    environment.comparability.extend(clocks.pinned.clone());
    environment.key = key(&environment.comparability);
    if let Some(why) = &clocks.not_pinned {
        let why = Value::from(why.as_str());
        environment.context.insert(NOT_PINNED.to_owned(), why);
    }
}

/// The hash of the facts that results depend on.
fn key(comparability: &BTreeMap<String, Value>) -> String {
    // Facts are JSON already, and only NaN or a key that is no string could keep them from being canonical.
    canonical::hash(comparability).expect("JSON values have a canonical form")
}

/// The environment of `device` without a suite.
pub fn of_device(device: &dyn Device) -> Environment {
    with_key(device.comparability(), device.context())
}

/// The environment of results that another harness measured, by the facts of its files: nothing of this machine.
pub fn of_import(
    comparability: BTreeMap<String, Value>,
    context: BTreeMap<String, Value>,
) -> Environment {
    Environment {
        key: key(&comparability),
        comparability,
        context,
    }
}

/// The environment with these facts, and with the context of the machine beside `context`.
fn with_key(
    mut comparability: BTreeMap<String, Value>,
    mut context: BTreeMap<String, Value>,
) -> Environment {
    comparability.insert("method".to_owned(), Value::from(METHOD));
    comparability.insert("clock-policy".to_owned(), Value::from("observe"));
    context.extend(context::collect());
    of_import(comparability, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_facts_have_equal_keys_and_every_fact_counts() {
        let none = BTreeMap::new;
        let facts = |cpu: &str| BTreeMap::from([("cpu".to_owned(), Value::from(cpu))]);
        let one = with_key(facts("one"), none());
        assert_eq!(one.key, with_key(facts("one"), none()).key);
        assert_ne!(one.key, with_key(facts("two"), none()).key);
        assert_eq!(one.key.len(), 64);
        // The canonical form, written out (RFC 8785): names sorted, no space.
        let text = r#"{"clock-policy":"observe","cpu":"one","method":"2 (flush 2 x L2)"}"#;
        assert_eq!(one.key, canonical::sha256(text.as_bytes()));
    }

    #[test]
    fn what_is_measured_is_context() {
        let environment = with_key(BTreeMap::new(), BTreeMap::new());
        for measured in ["load", "hostname", "kernel", "cpu-governor"] {
            assert!(
                !environment.comparability.contains_key(measured),
                "{measured}"
            );
        }
        assert!(environment.context.contains_key("hostname"));
    }
}
