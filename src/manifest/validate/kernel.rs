//! Kernels: their source, their launch, and how their output is checked.

use std::path::{Path, PathBuf};

use super::arguments::arguments;
use super::context::{Context, Sort};
use super::workload::{flag, formula, formulas};
use crate::diagnostic::Place;
use crate::manifest::formula::{Formula, Part, Template};
use crate::manifest::wire::{
    At, ExistingPath, Field, KernelTable, List, Number, OneOrMany, VerifyTable, VerifyWire,
    WorkloadTable,
};
use crate::manifest::words::Role;
use crate::manifest::workload::{ArgumentFormula, ArgumentValue, Kernel, Tolerance, VerifyFormula};

/// The kernel of a workload; `None` where the source or the entry has a mistake.
pub(super) fn kernel(
    workload: &WorkloadTable,
    table: &At<KernelTable>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<Kernel> {
    let place = table.place;
    let args = arguments(&workload.args, axes, context);
    let grid = extent(&workload.grid, ("grid", place), axes, context);
    let block = extent(&workload.block, ("block", place), axes, context);
    let cluster = optional_extent(&workload.cluster, "cluster", axes, context);
    let verify = verify(&workload.verify, &args, axes, context);
    let options = templates(&table.options, axes, context);
    let defines = defines(table, axes, context);
    let include = include(table, context);
    let source = table
        .source
        .get()
        .map(|source| context.existing(source, Sort::File, "the kernel's source"));
    let entry = table.entry.get().map(|entry| &entry.value);
    if let Some(entry) = entry {
        context.placeholders(entry, axes, false);
        not_blank(entry, "the kernel has no entry", context);
    }
    let source = source?;
    if let Some(source) = verify_source(&workload.verify) {
        let help = "leave it out: a kernel's reference lies in its own source";
        context.mistake("`source` is for libraries", source.place, help);
    }
    Some(Kernel {
        library: None,
        source_name: context.repository_name(&source),
        source,
        entry: entry?.clone(),
        options,
        defines,
        include,
        grid,
        block,
        cluster,
        cooperative: flag(&workload.cooperative, false),
        shared: formula(&workload.shared, axes, context),
        args,
        verify,
        place,
    })
}

fn not_blank(template: &Template, message: &str, context: &mut Context<'_>) {
    let blank = |part: &Part| matches!(part, Part::Text(text) if text.trim().is_empty());
    if template.parts.iter().all(blank) {
        context.mistake(
            message,
            template.place,
            "write the name of a __global__ function",
        );
    }
}

/// Checked templates of a list.
pub(super) fn templates(
    field: &Field<List<Template>>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Vec<Template> {
    let entries = field.get().map_or(&[][..], |list| &list.entries);
    for template in entries {
        context.placeholders(template, axes, false);
    }
    entries.iter().map(|at| at.value.clone()).collect()
}

fn defines(
    table: &KernelTable,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Vec<(String, Formula)> {
    let mut defines = Vec::new();
    for (key, formula) in table.defines.get().map_or(&[][..], |pairs| &pairs.entries) {
        let begins = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let goes_on = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !(begins && goes_on) {
            let message = format!("a macro can't be called {:?}", key.value);
            let help = "write a C++ identifier: letters, digits and '_'";
            context.mistake(message, key.place, help);
        }
        context.names(formula, axes);
        defines.push((key.value.clone(), formula.value.clone()));
    }
    defines
}

fn include(table: &KernelTable, context: &mut Context<'_>) -> Vec<PathBuf> {
    let entries: &[At<ExistingPath>] = table.include.get().map_or(&[][..], |list| &list.entries);
    entries
        .iter()
        .map(|named| {
            let path = context.existing(named, Sort::Folder, "the include folder");
            std::path::absolute(&path).unwrap_or(path)
        })
        .collect()
}

/// Blocks or threads in 1 to 3 dimensions.
fn extent(
    field: &Field<OneOrMany<Formula>>,
    (key, kernel): (&str, Place),
    axes: &[&str],
    context: &mut Context<'_>,
) -> Vec<Formula> {
    if field.is_absent() {
        let message = format!("the kernel has no `{key}`");
        let example = if key == "grid" {
            "[\"ceil_div(n, block)\"]"
        } else {
            "[256]"
        };
        let place = context.first_line(kernel);
        context.mistake(
            message,
            place,
            format!("add {key} = {example} to the workload"),
        );
    }
    optional_extent(field, key, axes, context).unwrap_or_default()
}

fn optional_extent(
    field: &Field<OneOrMany<Formula>>,
    key: &str,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<Vec<Formula>> {
    let at = field.get()?;
    let list = &at.value.0;
    let count = list.entries.len() + list.broken;
    if !(1..=3).contains(&count) {
        let message = format!("`{key}` has {count} dimensions");
        context.mistake(message, at.place, "give it 1 to 3: x, y and z");
    }
    Some(formulas(Some(list), axes, context))
}

/// Where `verify` names a source of its own.
pub(super) fn verify_source(field: &Field<VerifyWire>) -> Option<&At<ExistingPath>> {
    match &field.get()?.value {
        VerifyWire::Table(table) => table.source.get(),
        VerifyWire::None => None,
    }
}

/// How the output is checked.
pub(super) fn verify(
    field: &Field<VerifyWire>,
    args: &[ArgumentFormula],
    axes: &[&str],
    context: &mut Context<'_>,
) -> VerifyFormula {
    let Some(at) = field.get() else {
        return VerifyFormula::None;
    };
    let VerifyWire::Table(table) = &at.value else {
        return VerifyFormula::None;
    };
    if let Some(stdout) = table.stdout.get() {
        let help = "a kernel prints nothing that is looked at: name a `reference`";
        context.mistake("`stdout` is for commands", stdout.place, help);
    }
    let Some(reference) = table.reference.get() else {
        if table.reference.is_absent() && !table.flawed && table.stdout.is_absent() {
            let help = "write verify = { reference = \"...\" }, or verify = \"none\"";
            context.mistake("`verify` names no reference", at.place, help);
        }
        return VerifyFormula::None;
    };
    let tolerance = tolerance(table, context);
    match file_of(reference) {
        Some(path) => against_file(&path, table, (args, tolerance), context),
        None => against_kernel(reference, table, (axes, tolerance), context),
    }
}

/// The file that a reference is, by its ending.
fn file_of(reference: &At<Template>) -> Option<At<ExistingPath>> {
    match reference.parts.as_slice() {
        [Part::Text(text)]
            if Path::new(text)
                .extension()
                .is_some_and(|ending| ending == "npy") =>
        {
            Some(At {
                value: ExistingPath(text.clone()),
                place: reference.place,
            })
        }
        _ => None,
    }
}

fn tolerance(table: &VerifyTable, context: &mut Context<'_>) -> Tolerance {
    let mut read = |field: &Field<Number>| {
        let number = field.get()?;
        if number.0 < 0.0 {
            context.mistake(
                "a tolerance can't be negative",
                number.place,
                "write 0 or more",
            );
        }
        Some(number.0)
    };
    Tolerance {
        absolute: read(&table.absolute).unwrap_or(0.0),
        relative: read(&table.relative).unwrap_or(0.0),
    }
}

fn against_kernel(
    entry: &At<Template>,
    table: &VerifyTable,
    (axes, tolerance): (&[&str], Tolerance),
    context: &mut Context<'_>,
) -> VerifyFormula {
    if let Some(argument) = table.argument.get() {
        let help = "leave it out: a reference kernel writes all outputs";
        context.mistake("`argument` is for .npy files", argument.place, help);
    }
    context.placeholders(entry, axes, false);
    not_blank(entry, "the reference has no name", context);
    VerifyFormula::Reference {
        entry: entry.value.clone(),
        grid: optional_extent(&table.grid, "grid", axes, context),
        block: optional_extent(&table.block, "block", axes, context),
        tolerance,
    }
}

fn against_file(
    named: &At<ExistingPath>,
    table: &VerifyTable,
    (args, tolerance): (&[ArgumentFormula], Tolerance),
    context: &mut Context<'_>,
) -> VerifyFormula {
    for place in [table.grid.get(), table.block.get()].into_iter().flatten() {
        let help = "leave it out: a file is not launched";
        context.mistake("a .npy file has no grid or block", place.place, help);
    }
    let written: Vec<usize> = (0..args.len())
        .filter(|index| is_written(&args[*index]))
        .collect();
    let argument = match (table.argument.get(), written.as_slice()) {
        (Some(at), _) if written.contains(&at.get()) => at.get(),
        (Some(at), _) => {
            let message = format!("argument {} is no buffer that is written", at.0);
            context.mistake(
                message,
                at.place,
                "count from 0, and name an `out` or `inout` buffer",
            );
            0
        }
        (None, [only]) => *only,
        (None, _) => {
            let message = format!("the kernel writes {} buffers", written.len());
            let help = "say which one the file is the expectation of: argument = 2";
            context.mistake(message, named.place, help);
            0
        }
    };
    VerifyFormula::Npy {
        path: context.existing(named, Sort::File, "the expected output"),
        argument,
        tolerance,
    }
}

fn is_written(argument: &ArgumentFormula) -> bool {
    matches!(&argument.value, ArgumentValue::Buffer(buffer) if buffer.role != Role::In)
}
