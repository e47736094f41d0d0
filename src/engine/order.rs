//! The order of the units in a process.

use crate::plan::{Order, Plan};
use crate::rng::{self, Sequence};

/// The units that process `process` executes, as indices into [`Plan::units`], in its order.
///
/// It depends on the plan, its seed and the process' number alone, so that a run can be repeated and resumed.
pub fn of_process(plan: &Plan, process: u32) -> Vec<usize> {
    let wanted = |unit: &[usize]| unit.iter().any(|&case| processes(plan, case) > process);
    let mut units: Vec<usize> = (0..plan.units.len())
        .filter(|&unit| wanted(&plan.units[unit]))
        .collect();
    if plan.order == Order::Shuffled {
        let seed = rng::stream(plan.seed, u64::from(process));
        Sequence::new(seed).shuffle(&mut units);
    }
    units
}

/// How many processes the plan has: the largest number that a case asks for.
pub fn process_count(plan: &Plan) -> u32 {
    let counts = plan.cases.iter().map(|case| case.repetition.processes);
    counts.max().unwrap_or(0)
}

fn processes(plan: &Plan, case: usize) -> u32 {
    plan.cases
        .get(case)
        .map_or(0, |case| case.repetition.processes)
}
