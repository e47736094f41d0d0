//! The facts of a machine in two groups, and the key of the first.
//!
//! *Comparability* holds what results depend on: results with equal keys are compared, others never. *Context*
//! explains a result. A measured value (a clock, a load, a temperature) is never hashed.

mod context;
mod diff;
mod facts;
mod git;
mod linux;

use std::collections::BTreeMap;

use serde_json::Value;

pub use diff::{Difference, Group, diff};
pub use facts::FactError;
pub use git::git_state;

use crate::canonical;
use crate::device::Device;
use crate::plan::Plan;
use crate::record::Environment;

/// The version of the measuring method. Raised whenever the same code on the same machine would measure
/// another time, so that results of two methods are never compared.
pub const METHOD: &str = "1";

/// The environment of a run of `plan` on `device`.
///
/// `plan` is the whole suite's, without the filters of the run: the key of a part of a suite is that of the
/// suite. Fails where a fact that a workload states by a command (`facts`) can't be found out.
pub fn collect(plan: &Plan, device: &dyn Device) -> Result<Environment, FactError> {
    let mut comparability = machine(device);
    comparability.extend(facts::of_commands(plan)?);
    Ok(with_key(comparability))
}

/// The environment of `device` without a suite.
pub fn of_device(device: &dyn Device) -> Environment {
    with_key(machine(device))
}

/// What results on `device` depend on, whatever the suite.
fn machine(device: &dyn Device) -> BTreeMap<String, Value> {
    let mut comparability = device.comparability();
    comparability.insert("method".to_owned(), Value::from(METHOD));
    comparability.insert("clock-policy".to_owned(), Value::from("observe"));
    comparability
}

fn with_key(comparability: BTreeMap<String, Value>) -> Environment {
    // Facts are JSON already, and only NaN or a key that is no string could keep them from being canonical.
    let key = canonical::hash(&comparability).expect("JSON values have a canonical form");
    Environment {
        key,
        comparability,
        context: context::collect(),
    }
}
