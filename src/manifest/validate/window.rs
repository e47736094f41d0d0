//! The window of slow readings: what is measured in it, and how long it is.

use std::time::Duration;

use super::context::Context;
use super::suite::Defaults;
use crate::manifest::wire::{Duration as Span, Field, List, MeasureWord, WorkloadTable};
use crate::manifest::words::Measure;

/// The longest window.
const LONGEST: Duration = Duration::from_mins(10);

/// What a workload has measured: its own list, else the suite's.
pub(super) fn measures(table: &WorkloadTable, defaults: &Defaults) -> Vec<Measure> {
    if table.measure.is_absent() {
        listed(&defaults.measure)
    } else {
        listed(&table.measure)
    }
}

/// What a list names, each once.
pub(super) fn listed(field: &Field<List<MeasureWord>>) -> Vec<Measure> {
    let mut measures = Vec::new();
    for word in field.get().into_iter().flat_map(|list| list.values()) {
        let measure = match word {
            MeasureWord::Utilisation => Measure::Utilisation,
            MeasureWord::Energy => Measure::Energy,
        };
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    measures
}

/// Notes a window that is too short for what is measured in it, or too long.
pub(super) fn check(field: &Field<Span>, measures: &[Measure], context: &mut Context<'_>) {
    let Some(window) = field.get() else {
        return;
    };
    let slowest = measures.iter().max_by_key(|measure| measure.least_window());
    let measure = slowest.copied().unwrap_or(Measure::Utilisation);
    let least = measure.least_window();
    if window.0 < least {
        let seconds = least.as_secs();
        let message = format!("`window` is too short for {}", measure.name());
        let help = format!("write \"{seconds}s\" or more: readings are no faster");
        context.mistake(message, window.place, help);
    } else if window.0 > LONGEST {
        let message = "`window` is too long";
        context.mistake(message, window.place, "write \"10min\" or less");
    }
}
