//! Choosing how a case is timed: around one execution, or by graphs of how many.

use super::execution::KernelExecution;
use super::graph::{Graphs, method_name};
use super::{Platform, sets};
use crate::plan::{Cache, Timing};
use crate::record::{FailureKind, Refusal};

/// An execution that takes less is timed by graphs: the spread of a pair of events, 50 to 100 ns between processes,
/// is more than 0.1 % of it.
const SHORT_NS: f64 = 70e3;

/// A replay lasts so long at least.
const REPLAY_NS: f64 = 200e3;

/// No graph has more executions.
const MOST: u32 = 10_000;

/// Sets of buffers take one in so many bytes of the free memory at most.
const SHARE: u64 = 2;

/// What was chosen before, as far as it fits the case.
enum Wish {
    /// One execution a sample.
    One,
    /// Graphs of so many.
    Graphs(u32),
}

/// Chooses: as the suite says, else as was chosen before, else by a pilot.
pub(super) fn settle<P: Platform>(execution: &mut KernelExecution<P>) -> Result<(), Refusal> {
    let timing = execution.conditions.timing;
    if timing == Timing::Events {
        return Ok(());
    }
    if !execution.platform.has_graphs() {
        if timing == Timing::Graph {
            let name = &execution.conditions.method.name;
            let note = format!("timing = \"graph\" is for GPUs: each execution timed by {name}");
            execution.notes.push(note);
        }
        return Ok(());
    }
    let graphs = match (wish(execution), timing) {
        (Some(Wish::One), Timing::Auto) => return Ok(()),
        (Some(Wish::Graphs(executions)), _) => again(execution, executions),
        _ => {
            let one_ns = time_of_one(execution)?;
            if timing == Timing::Auto && one_ns >= SHORT_NS {
                return Ok(());
            }
            search(execution, one_ns)
        }
    };
    match graphs {
        Ok(graphs) => take(execution, graphs),
        Err(Refusal::Failed(failure)) if timing == Timing::Auto => {
            let note = format!("timed by events, not by graphs: {}", failure.message);
            execution.notes.push(note);
        }
        Err(Refusal::Failed(mut failure)) => {
            failure.message = format!("timing = \"graph\": {}", failure.message);
            return Err(Refusal::Failed(failure));
        }
        Err(refusal) => return Err(refusal),
    }
    Ok(())
}

fn wish<P: Platform>(execution: &KernelExecution<P>) -> Option<Wish> {
    let conditions = &execution.conditions;
    let wished = conditions.wished.as_ref()?;
    if wished.name == conditions.method.name {
        return Some(Wish::One);
    }
    let fits = wished.name == method_name(conditions.cache);
    let sane = (1..=MOST).contains(&wished.executions);
    (fits && sane).then_some(Wish::Graphs(wished.executions))
}

fn take<P: Platform>(execution: &mut KernelExecution<P>, graphs: Graphs<P>) {
    let executions = graphs.executions();
    let label = match execution.conditions.cache {
        Cache::Cold => ", cold data",
        Cache::Hot => "",
    };
    let note = format!("timed by graphs of {executions} executions{label}");
    execution.notes.push(note);
    execution.graphs = Some(graphs);
}

/// Graphs of as many executions as before.
fn again<P: Platform>(
    execution: &mut KernelExecution<P>,
    executions: u32,
) -> Result<Graphs<P>, Refusal> {
    let mut graphs = Graphs::capture(execution, executions)?;
    graphs.warm_up(execution)?;
    Ok(graphs)
}

/// The time of one execution in nanoseconds: the median of a few, fewer where it is far from short.
fn time_of_one<P: Platform>(execution: &mut KernelExecution<P>) -> Result<f64, Refusal> {
    const FEW: usize = 3;
    const SOME: usize = 9;
    let mut times = Vec::with_capacity(SOME);
    while times.len() < SOME {
        times.push(execution.execute()?.ns);
        let least = times.iter().copied().fold(f64::INFINITY, f64::min);
        if times.len() >= FEW && least >= 2.0 * SHORT_NS {
            break;
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or(SHORT_NS))
}

/// Graphs whose replay lasts [`REPLAY_NS`], as far as memory has room for their buffers.
///
/// Executions in a graph are shorter than alone, so that one look may not do.
fn search<P: Platform>(
    execution: &mut KernelExecution<P>,
    one_ns: f64,
) -> Result<Graphs<P>, Refusal> {
    let room = room(execution)?;
    let mut wanted = coarse(REPLAY_NS / one_ns.max(1.0));
    loop {
        let executions = wanted.min(room);
        let mut graphs = Graphs::capture(execution, executions)?;
        let replay_ns = graphs.warm_up(execution)?;
        if replay_ns >= REPLAY_NS {
            return Ok(graphs);
        }
        let more = coarse(f64::from(executions) * REPLAY_NS / replay_ns.max(1.0));
        if executions == room.min(MOST) {
            let replay_us = replay_ns / 1e3;
            let why = if room < MOST {
                format!("memory has no room for the buffers of {more}")
            } else {
                "no graph has more".to_owned()
            };
            execution.notes.push(format!(
                "a replay of {executions} executions lasts {replay_us:.1} us, less than 200 us: {why}"
            ));
            return Ok(graphs);
        }
        wanted = more.max(next(executions));
    }
}

/// For graphs of how many executions memory has room, on the coarse grid.
fn room<P: Platform>(execution: &KernelExecution<P>) -> Result<u32, Refusal> {
    let bytes = sets::bytes_of_one(&execution.slots, execution.conditions.cache);
    let Some(free) = execution.platform.free_memory().filter(|_| bytes > 0) else {
        return Ok(MOST);
    };
    // The longer graph has twice as many.
    let room = free / SHARE / 2 / bytes;
    if room == 0 {
        let message = format!(
            "a graph needs two sets of buffers of {bytes} bytes, and has half of {free} free bytes for them"
        );
        return Err(Refusal::failed(FailureKind::Memory, message));
    }
    let room = u32::try_from(room).unwrap_or(MOST);
    Ok(grid().take_while(|step| *step <= room).last().unwrap_or(1))
}

/// 1, 2, 5, 10, 20, 50, ... up to [`MOST`].
fn grid() -> impl Iterator<Item = u32> {
    let decades = (0..).map(|power| 10_u32.pow(power));
    let steps = decades.flat_map(|decade| [decade, 2 * decade, 5 * decade]);
    steps.take_while(|step| *step <= MOST)
}

/// The first number of the grid that is no smaller, so that the same case gets the same number again.
fn coarse(executions: f64) -> u32 {
    let reaches = |step: &u32| f64::from(*step) >= executions;
    grid().find(reaches).unwrap_or(MOST)
}

/// The number of the grid after `executions`.
fn next(executions: u32) -> u32 {
    grid().find(|step| *step > executions).unwrap_or(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_coarse() {
        let table = [
            (0.1, 1),
            (1.0, 1),
            (1.1, 2),
            (3.0, 5),
            (50.0, 50),
            (113.0, 200),
            (9999.0, 10_000),
            (1e9, 10_000),
            (f64::NAN, 10_000),
        ];
        for (executions, step) in table {
            assert_eq!(coarse(executions), step, "{executions}");
        }
        assert_eq!(grid().last(), Some(MOST));
        assert_eq!((next(1), next(50), next(MOST)), (2, 100, MOST));
    }
}
