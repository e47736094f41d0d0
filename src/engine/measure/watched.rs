//! What is seen of the GPU from outside while a unit is measured.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Taken;
use crate::device::{Execution, GroupSeen};
use crate::plan::{Measure, Repetition};
use crate::record::{Group, Refusal};
use crate::telemetry::{Watch, Window};

/// The reason that voids nothing where clocks are only watched, and is worth a remark.
const POWER_CAP: &str = "sw-power-cap";

/// Before the first sample of a group: the GPU is asked before the execution takes its own stamps, and after them
/// at the end, so that the slow questions lie outside.
pub fn begin_group(
    execution: &mut dyn Execution,
    watch: Option<&mut Watch>,
) -> Result<(), Refusal> {
    if let Some(watch) = watch {
        watch.begin_group();
    }
    execution.begin_group()
}

/// After the last sample of a group: what was seen of it, and by how many nanoseconds clock events grew.
pub fn end_group(
    execution: &mut dyn Execution,
    watch: Option<&mut Watch>,
) -> Result<(GroupSeen, BTreeMap<String, u64>), Refusal> {
    let mut seen = execution.end_group()?;
    let Some(watch) = watch else {
        return Ok((seen, BTreeMap::new()));
    };
    let found = watch.end_group();
    seen.void = seen.void.or(found.void);
    Ok((seen, found.events_ns))
}

/// Opens the window of slow readings, whose metrics go to `taken`; remarks on what could not be measured.
pub fn window(
    execution: &mut dyn Execution,
    (repetition, length): (&Repetition, Duration),
    watch: Option<&mut Watch>,
    taken: &mut Taken,
) -> Result<Vec<String>, Refusal> {
    let Some(watch) = watch else {
        let names: Vec<&str> = repetition
            .measure
            .iter()
            .copied()
            .map(Measure::name)
            .collect();
        let names = names.join(" and ");
        return Ok(vec![format!("{names}: measured of kernels on a GPU alone")]);
    };
    let window = Window::new(&repetition.measure, length, taken.mean_ns());
    let found = watch.window(execution, &window)?;
    taken.report(found.series);
    Ok(found.notes)
}

/// The remark that the GPU was at its power limit: such groups count, since that is where the kernel runs.
pub fn power_cap(groups: &[Group]) -> Option<String> {
    let valid = || groups.iter().filter(|group| group.void.is_none());
    let capped = valid().filter(|group| group.events_ns.contains_key(POWER_CAP));
    let (capped, all) = (capped.count(), valid().count());
    (capped > 0).then(|| format!("power-capped in {capped} of {all} groups"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{FailureKind, GroupVoid};

    #[test]
    fn valid_groups_at_the_power_limit_are_counted() {
        let group = |capped: bool, is_void: bool| Group {
            samples: 20,
            clock_mhz: None,
            void: is_void.then(|| GroupVoid {
                kind: FailureKind::Clocks,
                why: String::new(),
            }),
            events_ns: capped
                .then(|| (POWER_CAP.to_owned(), 1))
                .into_iter()
                .collect(),
        };
        let remark = power_cap(&[group(true, false), group(false, false), group(true, true)]);
        assert_eq!(remark.as_deref(), Some("power-capped in 1 of 2 groups"));
        assert_eq!(power_cap(&[group(false, false)]), None);
    }
}
