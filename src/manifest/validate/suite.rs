//! The tables of a suite, save its workloads.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::context::Context;
use super::{goals, money, workload};
use crate::diagnostic::{Diagnostic, Place, Sources};
use crate::id::Name;
use crate::manifest::suite::{
    ClockPolicy, ClockTarget, Clocks, DeviceChoice, DeviceRequest, Suite,
};
use crate::manifest::wire::{
    Bounded, ClockTargetWire, ClocksTable, CompareTable, DeniedWord, DeviceTable, DeviceWord,
    Field, NormaliseWord, Number, OrderWord, PolicyWord, RepetitionTable, Root, Share,
};
use crate::manifest::words::Order;

/// The only format that this version reads.
const FORMAT: i64 = 1;

/// A suite of what is right in `root`, and the mistakes; its sources are still empty.
pub(in crate::manifest) fn validate(
    root: &Root,
    sources: &Sources,
    files: &[PathBuf],
) -> (Suite, Vec<Diagnostic>) {
    let mut context = Context::new(sources, files);
    format(&root.format, &mut context);
    let start = Place::new(0, 0..0);
    let name = name(root, start, &mut context);
    let device = device(&root.device, start);
    let repetition = root
        .repetition
        .get()
        .map(|at| at.value.clone())
        .unwrap_or_default();
    let workloads = workload::workloads(&root.workload, &repetition, &device, &mut context);
    let metrics: Vec<&str> = workloads
        .iter()
        .flat_map(|w| &w.metrics)
        .map(Name::as_str)
        .collect();
    let suite = Suite {
        name,
        about: root
            .suite
            .get()
            .and_then(|suite| suite.about.get())
            .map(|about| about.0.clone()),
        path: files.first().cloned().unwrap_or_default(),
        files: files.to_vec(),
        clocks: clocks(&root.clocks, &mut context),
        order: match repetition.order.get().map(|order| order.value) {
            Some(OrderWord::Declared) => Order::Declared,
            Some(OrderWord::Shuffled) | None => Order::Shuffled,
        },
        seed: repetition.seed.get().map_or(1, |seed| seed.get()),
        compare: compare(&root.compare, &mut context),
        cost: money::cost(&root.cost, &mut context),
        goals: goals::goals(root, &metrics, &mut context),
        device,
        workloads,
        sources: Arc::default(),
    };
    (suite, context.found)
}

fn format(field: &Field<Bounded<0, { i64::MAX }>>, context: &mut Context<'_>) {
    if let Some(format) = field.get().filter(|format| format.0 != FORMAT) {
        let message = format!("format {} is not supported", format.0);
        let help = format!("this version of warpmark reads format {FORMAT}");
        context.mistake(message, format.place, help);
    }
}

fn name(root: &Root, start: Place, context: &mut Context<'_>) -> Name {
    let suite = root.suite.get();
    let name = suite.and_then(|suite| suite.name.get());
    let absent = suite.map_or(root.suite.is_absent(), |suite| suite.name.is_absent());
    if absent {
        let place = suite.map_or(start, |suite| context.first_line(suite.place));
        let help = "add a table [suite] with name = \"...\"";
        context.mistake("the suite has no name", place, help);
    }
    name.map_or_else(Name::placeholder, |name| name.value.0.clone())
}

fn device(field: &Field<DeviceTable>, start: Place) -> DeviceRequest {
    let table = field.get();
    let kind = table.and_then(|table| table.kind.get());
    let place = kind.map_or(start, |kind| kind.place);
    let require = table.and_then(|table| table.require.get());
    DeviceRequest {
        kind: match kind.map(|kind| kind.value) {
            Some(DeviceWord::Host) => DeviceChoice::Host,
            Some(DeviceWord::Mock) => DeviceChoice::Mock,
            Some(DeviceWord::Auto) | None => DeviceChoice::Auto,
            Some(DeviceWord::Cuda) => DeviceChoice::Cuda,
        },
        threads: table
            .and_then(|table| table.threads.get())
            .map_or(1, |threads| threads.get()),
        compute_capability: require
            .and_then(|require| require.compute_capability.get())
            .map(|at| (at.value.0, at.place)),
        memory: require
            .and_then(|require| require.memory.get())
            .map(|at| (at.value.0, at.place)),
        place,
    }
}

/// Notes that `what` is part of the grammar, and not of this version.
pub(super) fn unsupported(what: &str, place: Place, help: &str, context: &mut Context<'_>) {
    let message = format!("{what} is not supported by this version");
    context.mistake(message, place, help);
}

fn clocks(field: &Field<ClocksTable>, context: &mut Context<'_>) -> Clocks {
    let table = field.get();
    let sm = table.and_then(|table| table.sm.get());
    if let Some(sm) = sm.filter(|sm| sm.value == ClockTargetWire::Default) {
        let help = "write \"base\", \"max\" or a number of MHz";
        context.mistake("`sm` can't be \"default\"", sm.place, help);
    }
    let memory = table.and_then(|table| table.memory.get());
    if let Some(memory) = memory.filter(|memory| memory.value == ClockTargetWire::Base) {
        let help = "write \"max\", \"default\" or a number of MHz";
        context.mistake("`memory` can't be \"base\"", memory.place, help);
    }
    let locks = table
        .and_then(|table| table.policy.get())
        .is_some_and(|policy| policy.value == PolicyWord::Lock);
    Clocks {
        policy: if locks {
            ClockPolicy::Lock
        } else {
            ClockPolicy::Observe
        },
        sm: sm.map_or(ClockTarget::Base, |sm| target(sm.value)),
        memory: memory.map_or(ClockTarget::Max, |memory| target(memory.value)),
        power_limit: table.and_then(|table| watts(&table.power_limit, context)),
        tolerance: table
            .and_then(|table| table.tolerance.get())
            .map_or(0.004, |share| share.0),
        denied_fails: table
            .and_then(|table| table.denied.get())
            .is_some_and(|denied| denied.value == DeniedWord::Fail),
    }
}

/// A power limit in watts.
fn watts(field: &Field<Number>, context: &mut Context<'_>) -> Option<f64> {
    let number = field.get()?;
    if number.0 > 0.0 {
        return Some(number.0);
    }
    let message = format!("`power-limit` can't be {}", number.0);
    context.mistake(message, number.place, "write a number of watts, as 500");
    None
}

fn target(wire: ClockTargetWire) -> ClockTarget {
    match wire {
        ClockTargetWire::Base => ClockTarget::Base,
        ClockTargetWire::Max => ClockTarget::Max,
        ClockTargetWire::Default => ClockTarget::Default,
        ClockTargetWire::Megahertz(clock) => ClockTarget::Megahertz(clock.get()),
    }
}

fn compare(field: &Field<CompareTable>, context: &mut Context<'_>) -> BTreeMap<String, Value> {
    let mut rules = BTreeMap::new();
    let Some(table) = field.get() else {
        return rules;
    };
    let mut share = |key: &str, field: &Field<Share>, may_be_zero: bool| {
        let Some(share) = field.get() else {
            return;
        };
        if share.0 == 0.0 && !may_be_zero || share.0 >= 1.0 {
            let message = format!("`{key}` can't be {}", share.0);
            context.mistake(message, share.place, "it must be above 0 and below 1");
        }
        rules.insert(key.to_owned(), json!(share.0));
    };
    share("min-effect", &table.min_effect, true);
    share("margin", &table.margin, false);
    share("false-discovery-rate", &table.false_discovery_rate, false);
    share("between-run", &table.between_run, true);
    if let Some(normalise) = table.normalise.get() {
        let word = match normalise.value {
            NormaliseWord::None => "none",
            NormaliseWord::Cycles => "cycles",
        };
        rules.insert("normalise".to_owned(), json!(word));
    }
    rules
}

/// The suite's repetition, for the workloads.
pub(super) type Defaults = RepetitionTable;
