//! What a record would have to hold for more to be said.

use super::facts::Facts;
use super::rules::{ABOVE, is_far, shares};
use super::{Finding, Limit};
use crate::units::rough;

/// Says that nothing is known, and what is missing for it.
pub(super) fn unknown(facts: &Facts) -> Finding {
    let missing = missing(facts);
    let evidence = if missing.is_empty() {
        let shares = shares(facts);
        format!("{shares}, and nothing that the record holds says why: a profile would")
    } else {
        missing.join("; ")
    };
    Finding {
        limit: Limit::Unknown,
        evidence,
    }
}

fn missing(facts: &Facts) -> Vec<String> {
    let mut missing = Vec::new();
    match facts.nearest() {
        None => missing.push(without_ceiling(facts).to_owned()),
        Some(nearest) if nearest > ABOVE => {
            missing.push(format!("it is above its ceiling ({})", shares(facts)));
        }
        Some(_) if facts.arithmetic().is_none() && facts.work.flops != Some(0.0) => {
            let what = "the suite states no operations (`flops` of `work`; 0 where there are none), so that arithmetic \
                        isn't ruled out";
            missing.push(what.to_owned());
        }
        Some(_) => {}
    }
    let activity = facts.activity;
    let seen = [
        activity.sm,
        activity.sm_occupancy,
        activity.tensor,
        activity.dram,
    ];
    if facts.kind == "cuda" && seen.contains(&None) {
        let what =
            "no look at the GPU while it runs (`measure = [\"utilisation\"]`; Hopper and newer)";
        missing.push(what.to_owned());
    }
    if !missing.is_empty() && is_far(facts) {
        missing.insert(0, format!("{}, and why isn't known", shares(facts)));
    }
    missing
}

/// Why no ceiling bounds the case.
fn without_ceiling(facts: &Facts) -> &'static str {
    let work = &facts.work;
    if facts.kind == "command" {
        "the time of a command is that of a process, and no ceiling bounds it"
    } else if facts.kind == "transfer" {
        "a copy between host and device goes by the bus, and no ceiling bounds it"
    } else if work.bytes().is_none() && work.flops.is_none() {
        "the suite states no work of it (`work`)"
    } else if facts.has_ceilings {
        "no ceiling of what it does was measured"
    } else {
        "no ceilings of this machine were measured"
    }
}

/// Why a case with these facts has no gap to close; none where it has one.
pub fn without_gap(facts: &Facts) -> Option<String> {
    match facts.nearest() {
        None => Some(without_ceiling(facts).to_owned()),
        Some(nearest) if nearest < 1.0 => None,
        Some(nearest) if nearest <= ABOVE => Some("it is at its ceiling".to_owned()),
        Some(_) => Some(format!(
            "it is above its ceiling by more than {}: its work doesn't go where the ceiling lies",
            rough(ABOVE - 1.0)
        )),
    }
}
