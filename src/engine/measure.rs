//! One unit in one process: verification, warm-up, samples.

mod taken;
#[cfg(test)]
mod tests;
mod warm_up;
mod watched;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::device::{Execution, Finished, GroupSeen, Verification};
use crate::plan::Repetition;
use crate::record::{Method, Occupancy, Phase, Refusal};
use crate::telemetry::Watch;

pub use taken::Taken;

use taken::Pending;
use warm_up::WarmedUp;
use watched::window;

/// The budget ends sampling only once there are so many samples.
const ENOUGH: usize = 10;

/// Samples of a group: what is seen before the first and after the last of them holds for all.
const GROUP: usize = 20;

/// What one unit yielded, before it is dealt out to its cases.
#[derive(Debug)]
pub struct Measured {
    /// How the time was taken.
    pub method: Method,
    /// What verification found.
    pub verification: Verification,
    /// What warming up took.
    pub warmed_up: WarmedUp,
    /// How the kernel fills the device, where the device tells.
    pub occupancy: Option<Occupancy>,
    /// The samples.
    pub taken: Taken,
    /// Whether the budget ended the sampling.
    pub budget: bool,
    /// What was left to say.
    pub finished: Finished,
    /// Where its time went, in nanoseconds.
    pub phases: BTreeMap<Phase, f64>,
}

/// A second look at a group that ended just now, by somebody else than the device.
pub type Look<'a> = &'a dyn Fn(GroupSeen) -> Result<GroupSeen, Refusal>;

/// Verifies, warms up and samples. `elapsed` is a clock that runs, and `look` sees each group after the device has.
///
/// Sampling ends by the number of samples or by the budget, never by their values. Void samples are repeated, and
/// more than a fifth of them make the case `disturbed`; void groups likewise, and more than half of them are too many.
/// `watch` looks at the GPU, where the execution is on one.
pub fn measure(
    execution: &mut dyn Execution,
    repetition: &Repetition,
    mut watch: Option<&mut Watch>,
    elapsed: &dyn Fn() -> Duration,
    look: Look<'_>,
) -> Result<Measured, Refusal> {
    let mut phases = BTreeMap::new();
    let mut began = elapsed();
    let mut ends = |phase: Phase| {
        let now = elapsed();
        phases.insert(phase, now.saturating_sub(began).as_secs_f64() * 1e9);
        began = now;
    };
    let verification = execution.verify()?;
    ends(Phase::Verify);
    let warmed_up = warm_up::warm_up(execution, repetition, elapsed)?;
    execution.settle()?;
    ends(Phase::WarmUp);
    let watching = watch.as_deref_mut();
    let (mut taken, budget) = sample(execution, repetition, watching, elapsed, look)?;
    ends(Phase::Measure);
    let mut notes = Vec::new();
    if let Some(length) = repetition.window() {
        notes = window(execution, (repetition, length), watch, &mut taken)?;
        ends(Phase::Window);
    }
    let mut finished = execution.finish()?;
    finished.notes.extend(notes);
    finished.notes.extend(watched::power_cap(taken.groups()));
    ends(Phase::Finish);
    phases.extend(execution.phases());
    Ok(Measured {
        phases,
        method: execution.method(),
        verification,
        warmed_up,
        occupancy: execution.occupancy(),
        taken,
        budget,
        finished,
    })
}

/// Takes groups of samples until there are enough, and whether the budget ended that.
fn sample(
    execution: &mut dyn Execution,
    repetition: &Repetition,
    mut watch: Option<&mut Watch>,
    elapsed: &dyn Fn() -> Duration,
    look: Look<'_>,
) -> Result<(Taken, bool), Refusal> {
    let asked = usize::try_from(repetition.samples).unwrap_or(usize::MAX);
    let began = elapsed();
    let mut taken = Taken::default();
    let mut budget = false;
    while taken.valid() < asked && !budget {
        let mut group = Pending::default();
        let valid = |group: &Pending| taken.valid() + group.valid();
        watched::begin_group(execution, watch.as_deref_mut())?;
        while group.len() < GROUP && valid(&group) < asked && !budget {
            group.add(execution.sample()?);
            taken.judge(&group, asked)?;
            let spent = elapsed().saturating_sub(began);
            let enough = valid(&group) >= ENOUGH && valid(&group) < asked;
            budget = enough && spent >= repetition.budget;
        }
        let (seen, events_ns) = watched::end_group(execution, watch.as_deref_mut())?;
        taken.close(group, look(seen)?)?;
        taken.note_events(events_ns);
        taken.judge_groups(asked.div_ceil(GROUP))?;
        // A group that turns out void may leave too little to stop at.
        budget = budget && taken.valid() >= ENOUGH;
    }
    taken.judge(&Pending::default(), taken.valid())?;
    Ok((taken, budget))
}
