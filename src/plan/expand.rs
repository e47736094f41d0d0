//! A suite and a device to a plan.

use super::{DeviceFacts, Plan, PlanError, Selection};
use crate::manifest::Suite;

/// The cases of `suite` on a device of `facts`, as `selection` asks.
pub fn expand(
    suite: &Suite,
    facts: &DeviceFacts,
    selection: &Selection,
) -> Result<Plan, PlanError> {
    let _ = (facts, selection);
    Err(PlanError::Nothing {
        message: format!("suite \"{}\" has no cases", suite.name),
        hint: "add a [[workload]]".to_owned(),
    })
}
