//! Workloads: what is common to kernels, commands and scripts.

use std::collections::HashMap;
use std::time::Duration;

use super::axes::axes;
use super::command::command;
use super::context::Context;
use super::kernel::kernel;
use super::library::library;
use super::mock::mock;
use super::suite::Defaults;
use super::window;
use crate::diagnostic::{Diagnostic, Place};
use crate::id::Name;
use crate::manifest::formula::{Formula, Part, Template};
use crate::manifest::suite::{DeviceChoice, DeviceRequest};
use crate::manifest::wire::{
    At, Boolean, CacheWord, Field, List, NameText, TimingWord, WorkTable, WorkloadTable,
};
use crate::manifest::words::{Cache, Repetition, Timing};
use crate::manifest::workload::{Body, WorkFormulas, Workload};
use crate::record::Precision;

/// The workloads without mistakes, in their order.
pub(super) fn workloads(
    field: &Field<List<WorkloadTable>>,
    defaults: &Defaults,
    device: &DeviceRequest,
    context: &mut Context<'_>,
) -> Vec<Workload> {
    let Some(list) = field.get() else {
        if field.is_absent() {
            let start = Place::new(0, 0..0);
            context.mistake("the suite has no workload", start, "add a [[workload]]");
        }
        return Vec::new();
    };
    let listed = window::listed(&defaults.measure);
    window::check(&defaults.window, &listed, context);
    let mut names: HashMap<&Name, Place> = HashMap::new();
    let mut workloads = Vec::with_capacity(list.entries.len());
    for table in &list.entries {
        let before = context.found.len();
        if let Some(name) = table.name.get()
            && let Some(first) = names.insert(&name.value.0, name.place)
        {
            let message = format!("two workloads are called `{}`", name.value.0);
            context.found.push(
                Diagnostic::new(message, name.place)
                    .label("again")
                    .also(first, "first here")
                    .help("give one of them another name"),
            );
        }
        let workload = workload(table, defaults, device, context);
        if context.found.len() == before && !table.flawed {
            workloads.extend(workload);
        }
    }
    workloads
}

fn workload(
    table: &At<WorkloadTable>,
    defaults: &Defaults,
    device: &DeviceRequest,
    context: &mut Context<'_>,
) -> Option<Workload> {
    window::check(&table.window, &window::measures(table, defaults), context);
    let place = table.name.get().map_or(table.place, |name| name.place);
    let axes = axes(&table.axes, context);
    // Where an axis is broken, its name still is one.
    let keys: Vec<&str> = table.axes.get().map_or_else(Vec::new, |pairs| {
        let sound = pairs.entries.iter().map(|(key, _)| key.value.as_str());
        sound
            .chain(pairs.broken.iter().map(String::as_str))
            .collect()
    });
    let skip = formulas(table.skip.get().map(|skip| &skip.0), &keys, context);
    let graph = graph(table, defaults);
    let body = body(table, &keys, (device, place, graph), context);
    let work = work(&table.work, &keys, context);
    let is_command = matches!(body, Some(Body::Command(_)));
    let line = context.sources.position(table.place).line;
    Some(Workload {
        name: table.name.get()?.value.0.clone(),
        tags: names(&table.tags),
        axes,
        skip,
        body: body?,
        repetition: repetition(table, defaults, is_command),
        work,
        deterministic: flag(&table.deterministic, true),
        clock_bound: flag(&table.clock_bound, false),
        sentinel: flag(&table.sentinel, false),
        renamed_from: table.renamed_from.get().map(|name| name.value.0.clone()),
        removed: removed(&table.removed, context),
        volume: table.volume.get().map(|volume| volume.0.clone()),
        note: table.note.get().map(|note| note.0.clone()),
        metrics: metrics(&table.metrics, context),
        defined_at: (context.sources.name(place).to_owned(), line),
        place,
    })
}

/// The value of a key that is true or false.
pub(super) fn flag(field: &Field<Boolean>, default: bool) -> bool {
    field.get().map_or(default, |flag| flag.0)
}

/// The names in a list.
pub(super) fn names(field: &Field<List<NameText>>) -> Vec<Name> {
    field.get().map_or_else(Vec::new, |list| {
        list.values().map(|name| name.0.clone()).collect()
    })
}

/// Formulas whose names have been checked.
pub(super) fn formulas(
    list: Option<&List<Formula>>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Vec<Formula> {
    let entries = list.map_or(&[][..], |list| &list.entries);
    entries
        .iter()
        .map(|at| {
            context.names(&at.value, axes);
            at.value.clone()
        })
        .collect()
}

/// A formula whose names have been checked.
pub(super) fn formula(
    field: &Field<Formula>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<Formula> {
    let formula = field.get()?;
    context.names(formula, axes);
    Some(formula.value.clone())
}

fn removed(
    field: &Field<crate::manifest::wire::Text>,
    context: &mut Context<'_>,
) -> Option<String> {
    let reason = field.get()?;
    if reason.0.trim().is_empty() {
        context.mistake(
            "`removed` gives no reason",
            reason.place,
            "say why it is gone",
        );
    }
    Some(reason.0.clone())
}

fn metrics(field: &Field<List<NameText>>, context: &mut Context<'_>) -> Vec<Name> {
    for metric in field.get().map_or(&[][..], |list| &list.entries) {
        if metric.0.as_str() == "time" {
            let help = "leave it out: `time` is always there";
            context.mistake("`metrics` lists \"time\"", metric.place, help);
        }
    }
    names(field)
}

fn work(field: &Field<WorkTable>, axes: &[&str], context: &mut Context<'_>) -> WorkFormulas {
    let Some(table) = field.get() else {
        return WorkFormulas::default();
    };
    WorkFormulas {
        reads: formula(&table.reads, axes, context),
        writes: formula(&table.writes, axes, context),
        flops: formula(&table.flops, axes, context),
        items: formula(&table.items, axes, context),
        precision: precision(&table.precision, axes, context),
    }
}

/// What operations are done in; a name from an axis is looked at when its value is known.
fn precision(
    field: &Field<Template>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<(Template, Place)> {
    let named = field.get()?;
    context.placeholders(named, axes, false);
    if let [Part::Text(name)] = named.parts.as_slice()
        && Precision::of_name(name).is_none()
    {
        let message = format!("{name:?} is no precision of operations");
        context.mistake(message, named.place, Precision::help());
    }
    Some((named.value.clone(), named.place))
}

/// What the workload executes: exactly one of `kernel`, `library`, `command` and `mock`, or nothing once it is removed.
fn body(
    table: &At<WorkloadTable>,
    axes: &[&str],
    (device, place, graph): (&DeviceRequest, Place, Option<Place>),
    context: &mut Context<'_>,
) -> Option<Body> {
    let there: Vec<&str> = [
        ("`kernel`", table.kernel.is_absent()),
        ("`library`", table.library.is_absent()),
        ("`command`", table.command.is_absent()),
        ("`mock`", table.mock.is_absent()),
    ]
    .into_iter()
    .filter_map(|(key, absent)| (!absent).then_some(key))
    .collect();
    match there.as_slice() {
        [] if !table.removed.is_absent() => return Some(Body::Nothing),
        [] => {
            let help = "add kernel = { ... }, command = [...], or removed = \"reason\"";
            context.mistake("the workload has nothing to execute", place, help);
            return None;
        }
        [_] => {}
        several => {
            let message = format!("the workload has {}", several.join(" and "));
            context.mistake(
                message,
                place,
                "leave one of them: a workload executes one thing",
            );
            return None;
        }
    }
    misplaced(table, there[0], context);
    if let Some(kernel_table) = table.kernel.get() {
        if device.kind == DeviceChoice::Mock {
            let help =
                "kernels run on kind = \"auto\" or \"host\"; a mock takes workloads with `mock`";
            context.mistake("a mock device can't run a kernel", kernel_table.place, help);
        }
        return kernel(table, kernel_table, axes, context)
            .map(|kernel| Body::Kernel(Box::new(kernel)));
    }
    if let Some(word) = table.library.get() {
        if device.kind == DeviceChoice::Mock {
            let help = "libraries are called on kind = \"auto\" or \"cuda\"; a mock takes workloads with `mock`";
            context.mistake("a mock device can't call a library", word.place, help);
        }
        return library(table, word, (axes, graph), context)
            .map(|kernel| Body::Kernel(Box::new(kernel)));
    }
    if let Some(script) = table.mock.get() {
        if device.kind != DeviceChoice::Mock {
            let help = "write [device] kind = \"mock\"";
            context.mistake(
                "only a mock device runs a script of times",
                script.place,
                help,
            );
        }
        return Some(Body::Mock(mock(script, context)));
    }
    let words = table.command.get()?;
    command(table, words, axes, context).map(|command| Body::Command(Box::new(command)))
}

/// Notes keys that mean nothing beside `kind`, the key that says what is executed.
fn misplaced(table: &WorkloadTable, kind: &str, context: &mut Context<'_>) {
    const KERNEL: &str = "`kernel`";
    const COMMAND: &str = "`command`";
    const LIBRARY: &str = "`library`";
    let place = |field: Option<Place>, key, owner| field.map(|place| (place, key, owner));
    macro_rules! keys {
        ($owner:expr; $($key:literal $field:ident),*) => {
            [$(place(table.$field.get().map(|at| at.place), $key, $owner)),*]
        };
    }
    let kernels = keys!(KERNEL; "grid" grid, "block" block, "cluster" cluster, "cooperative" cooperative,
        "shared" shared, "args" args, "cache" cache,
        "measure" measure, "window" window);
    let libraries = keys!(LIBRARY; "with" with);
    let commands = keys!(COMMAND; "inner" inner, "setup" setup, "prepare" prepare, "cleanup" cleanup,
        "stdin" stdin, "ignore-status" ignore_status, "facts" facts, "environment" environment,
        "clear-environment" clear_environment, "folder" folder, "results" results, "metrics" metrics);
    let scripted = kind == "`mock`";
    let called = kind == LIBRARY;
    let all = kernels.into_iter().chain(commands).chain(libraries);
    for (place, key, owner) in all.flatten() {
        let harmless = scripted && matches!(key, "cache" | "metrics")
            || called && matches!(key, "args" | "cache" | "measure" | "window");
        if owner != kind && !harmless {
            let message = format!("`{key}` means nothing for a workload with {kind}");
            context.mistake(
                message,
                place,
                format!("leave it out: it belongs to {owner}"),
            );
        }
    }
    if let Some(verify) = table.verify.get().filter(|_| scripted) {
        let help = "leave it out, or script fault = \"wrong\"";
        context.mistake(
            "a script of times has no output to verify",
            verify.place,
            help,
        );
    }
}

/// Where graphs are asked for.
fn graph(table: &WorkloadTable, defaults: &Defaults) -> Option<Place> {
    let timing = table.timing.get().or(defaults.timing.get())?;
    matches!(timing.value, TimingWord::Graph).then_some(timing.place)
}

fn repetition(table: &WorkloadTable, defaults: &Defaults, is_command: bool) -> Repetition {
    let processes = table.processes.get().or(defaults.processes.get());
    // A command is one process with one sample: what the suite says of samples is meant for kernels.
    let samples = table
        .samples
        .get()
        .or(defaults.samples.get().filter(|_| !is_command));
    let warm_up = table
        .warmup
        .get()
        .or(defaults.warmup.get().filter(|_| !is_command));
    let cache = table
        .cache
        .get()
        .or(defaults.cache.get().filter(|_| !is_command));
    let timing = table
        .timing
        .get()
        .or(defaults.timing.get().filter(|_| !is_command));
    let timeout = table.timeout.get().or(defaults.timeout.get());
    let budget = table.budget.get().or(defaults.budget.get());
    let window = table.window.get().or(defaults.window.get());
    let (few, many) = if is_command { (10, 1) } else { (5, 100) };
    Repetition {
        processes: processes.map_or(few, |at| at.get()),
        samples: samples.map_or(many, |at| at.get()),
        warm_up: warm_up.map_or(if is_command { 0 } else { 5 }, |at| at.get()),
        cache: match cache.map(|at| at.value) {
            Some(CacheWord::Cold) => Cache::Cold,
            None if !is_command => Cache::Cold,
            Some(CacheWord::Hot) | None => Cache::Hot,
        },
        timing: match timing.map(|at| at.value) {
            Some(TimingWord::Events) => Timing::Events,
            Some(TimingWord::Graph) => Timing::Graph,
            Some(TimingWord::Auto) | None => Timing::Auto,
        },
        timeout: timeout.map_or(Duration::from_mins(1), |at| at.0),
        budget: budget.map_or(Duration::from_secs(2), |at| at.0),
        measure: if is_command {
            Vec::new()
        } else {
            window::measures(table, defaults)
        },
        window: window.map(|at| at.0).filter(|_| !is_command),
    }
}
