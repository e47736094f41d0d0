//! Scripts of times and faults.

use super::context::Context;
use crate::manifest::wire::{At, FaultWord, Field, List, MockTable, Number};
use crate::manifest::words::MockTask;

/// The script of a workload.
pub(super) fn mock(table: &At<MockTable>, context: &mut Context<'_>) -> MockTask {
    let task = MockTask {
        times: positive(&table.times, "a time", context),
        process_factors: positive(&table.process_factors, "a factor", context),
        fault: table.fault.get().map(|word| fault(word.value).to_owned()),
        fault_processes: table.fault_processes.get().map_or_else(Vec::new, |list| {
            list.values().map(|process| process.get()).collect()
        }),
        sleep_ms: table.sleep_ms.get().map_or(0, |at| at.get()),
        clock_mhz: table.clock_mhz.get().map(|at| f64::from(at.get::<u32>())),
        digests: table.digests.get().map_or_else(Vec::new, |list| {
            list.values().map(|text| text.0.clone()).collect()
        }),
    };
    if task.times.is_empty() && task.fault.is_none() && !table.flawed {
        let help = "write mock = { times = [50000, 50100] }, in nanoseconds";
        context.mistake("the script has no times", table.place, help);
    }
    task
}

fn positive(field: &Field<List<Number>>, what: &str, context: &mut Context<'_>) -> Vec<f64> {
    let mut values = Vec::new();
    for number in field.get().map_or(&[][..], |list| &list.entries) {
        if number.0 > 0.0 {
            values.push(number.0);
        } else {
            let message = format!("{what} can't be {}", number.0);
            context.mistake(message, number.place, "it must be above 0");
        }
    }
    values
}

fn fault(word: FaultWord) -> &'static str {
    match word {
        FaultWord::Fail => "fail",
        FaultWord::Unsupported => "unsupported",
        FaultWord::Hang => "hang",
        FaultWord::Crash => "crash",
        FaultWord::Wrong => "wrong",
        FaultWord::Disturbed => "disturbed",
        FaultWord::Panic => "panic",
        FaultWord::PanicThread => "panic-thread",
    }
}
