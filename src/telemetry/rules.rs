//! Which clock events make a group of samples void.

use std::collections::BTreeMap;

use crate::device::cuda::nvml::{ClockEvents, Reason};
use crate::record::{FailureKind, GroupVoid};
use crate::units;

/// Whether an event of `reason` voids a group.
///
/// Where clocks are pinned (`locked`), the lock is the claim, and every event breaks it. Where they are only
/// watched, the power limit voids nothing: a kernel that draws all the power that the GPU may draw runs at the clock
/// that the limit leaves, today and tomorrow, and that is its time. Heat, the power supply and sync boost come from
/// outside the kernel.
fn voids(reason: Reason, locked: bool) -> bool {
    locked || reason != Reason::SwPowerCap
}

/// Nanoseconds by which each counter grew. One that is smaller than before was reset with the driver, and says nothing.
pub fn growth(before: &ClockEvents, after: &ClockEvents) -> BTreeMap<Reason, u64> {
    let grown = after.iter().filter_map(|(reason, now)| {
        let grown = now.saturating_sub(*before.get(reason)?);
        (grown > 0).then_some((*reason, grown))
    });
    grown.collect()
}

/// Why a group during which the counters grew so is void, where it is.
pub fn void(grown: &BTreeMap<Reason, u64>, locked: bool) -> Option<GroupVoid> {
    let guilty: Vec<String> = grown
        .iter()
        .filter(|(reason, _)| voids(**reason, locked))
        .map(|(reason, ns)| {
            let span = units::si(*ns as f64 * 1e-9, "s");
            format!("{} for {span}", reason.name())
        })
        .collect();
    (!guilty.is_empty()).then(|| GroupVoid {
        kind: FailureKind::Clocks,
        why: format!("clocks were held down: {}", guilty.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_voids_always_and_the_power_limit_under_a_lock() {
        let quiet: ClockEvents = [(Reason::SwPowerCap, 5), (Reason::HwThermalSlowdown, 7)].into();
        let table = [
            // What grew, by how much; void under observe, under lock.
            (Reason::SwPowerCap, false, true),
            (Reason::SyncBoost, true, true),
            (Reason::SwThermalSlowdown, true, true),
            (Reason::HwThermalSlowdown, true, true),
            (Reason::HwPowerBrake, true, true),
            (Reason::Thermal, true, true),
            (Reason::BoardLimit, true, true),
        ];
        for (reason, observed, locked) in table {
            let before: ClockEvents = [(reason, 1_000)].into();
            let after: ClockEvents = [(reason, 12_001_000)].into();
            let grown = growth(&before, &after);
            assert_eq!(grown, [(reason, 12_000_000)].into());
            let why = format!("clocks were held down: {} for 12.00 ms", reason.name());
            for (policy, expected) in [(false, observed), (true, locked)] {
                let void = void(&grown, policy);
                assert_eq!(void.is_some(), expected, "{reason:?} {policy}");
                if let Some(void) = void {
                    assert_eq!(
                        (void.kind, void.why.as_str()),
                        (FailureKind::Clocks, why.as_str())
                    );
                }
            }
        }
        assert_eq!(void(&growth(&quiet, &quiet), true), None);
    }

    #[test]
    fn a_counter_that_is_new_or_was_reset_says_nothing() {
        let before: ClockEvents = [(Reason::SyncBoost, 10)].into();
        let after: ClockEvents = [(Reason::SyncBoost, 3), (Reason::Thermal, 99)].into();
        assert!(growth(&before, &after).is_empty());
    }
}
