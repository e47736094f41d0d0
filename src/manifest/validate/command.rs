//! Commands: their words, their surroundings, and what they report.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::context::{Context, Sort};
use super::suite::unsupported;
use super::workload::{flag, names};
use crate::manifest::formula::{Part, Template};
use crate::manifest::wire::{At, Field, List, VerifyTable, VerifyWire, WorkloadTable, nearest};
use crate::manifest::workload::Command;

/// A regular expression may take so much memory once it is compiled.
const PATTERN_BYTES: usize = 1 << 20;

/// The command of a workload.
pub(super) fn command(
    table: &WorkloadTable,
    words: &At<List<Template>>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<Command> {
    let command = program(words, axes, context);
    if let Some(results) = table.results.get() {
        let help = "let the command print lines of JSON instead (docs/reference/manifest.md)";
        unsupported("`results`", results.place, help, context);
    }
    inner(&table.inner, axes, context);
    let folder = match table.folder.get() {
        Some(folder) => context.existing(folder, Sort::Folder, "the folder"),
        None => context.folder(words.place).to_owned(),
    };
    let stdin = table
        .stdin
        .get()
        .map(|stdin| context.existing(stdin, Sort::File, "the standard input"));
    let setup = hook(&table.setup, axes, context);
    let prepare = hook(&table.prepare, axes, context);
    let cleanup = hook(&table.cleanup, axes, context);
    let environment = environment(table, axes, context);
    let facts = facts(table, context);
    let stdout_pattern = verify(&table.verify, context);
    Some(Command {
        command: command?,
        folder: current_if_empty(folder),
        environment,
        clear_environment: flag(&table.clear_environment, false),
        stdin,
        setup,
        prepare,
        cleanup,
        ignore_status: flag(&table.ignore_status, false),
        stdout_pattern,
        inner: names(&table.inner),
        facts,
    })
}

/// The folder of a manifest that was given without one is `.`.
fn current_if_empty(folder: PathBuf) -> PathBuf {
    if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder
    }
}

/// The words of a command, of which the first is the program.
fn program(
    words: &At<List<Template>>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<Vec<Template>> {
    for word in &words.entries {
        context.placeholders(word, axes, true);
    }
    let first = words.entries.first();
    let blank = |part: &Part| matches!(part, Part::Text(text) if text.trim().is_empty());
    let named = first.is_some_and(|first| !first.parts.iter().all(blank));
    if !named && words.broken == 0 {
        let help = "name a program and its arguments: [\"python3\", \"model.py\"]";
        context.mistake("the command is empty", words.place, help);
    }
    named.then(|| words.values().cloned().collect())
}

fn hook(
    field: &Field<List<Template>>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<Vec<Template>> {
    program(field.get()?, axes, context)
}

fn inner(
    field: &Field<List<crate::manifest::wire::NameText>>,
    axes: &[&str],
    context: &mut Context<'_>,
) {
    for name in field.get().map_or(&[][..], |list| &list.entries) {
        if !axes.contains(&name.0.as_str()) {
            let help = nearest(name.0.as_str(), axes.iter().copied()).map_or_else(
                || "name an axis of this workload".to_owned(),
                |near| format!("did you mean \"{near}\"?"),
            );
            let message = format!("`inner` names {:?}, which is no axis", name.0.as_str());
            context.mistake(message, name.place, help);
        }
    }
}

fn environment(
    table: &WorkloadTable,
    axes: &[&str],
    context: &mut Context<'_>,
) -> BTreeMap<String, Template> {
    let mut variables = BTreeMap::new();
    for (key, value) in table
        .environment
        .get()
        .map_or(&[][..], |pairs| &pairs.entries)
    {
        if key.is_empty() || key.contains(['=', '\0']) {
            let message = format!("a variable can't be called {:?}", key.value);
            context.mistake(message, key.place, "its name can't be empty or hold '='");
        }
        context.placeholders(value, axes, true);
        variables.insert(key.value.clone(), value.value.clone());
    }
    variables
}

fn facts(table: &WorkloadTable, context: &mut Context<'_>) -> BTreeMap<String, Vec<String>> {
    let mut facts = BTreeMap::new();
    for (key, words) in table.facts.get().map_or(&[][..], |pairs| &pairs.entries) {
        let words_given: Vec<String> = words.values().map(|word| word.0.clone()).collect();
        if words_given
            .first()
            .is_none_or(|first| first.trim().is_empty())
            && words.broken == 0
        {
            let message = format!("the fact `{}` has no command", key.value);
            context.mistake(message, words.place, "name a program that prints it");
        }
        facts.insert(key.value.clone(), words_given);
    }
    facts
}

/// The pattern that standard output must match.
fn verify(field: &Field<VerifyWire>, context: &mut Context<'_>) -> Option<String> {
    let at = field.get()?;
    let VerifyWire::Table(table) = &at.value else {
        return None;
    };
    kernel_keys(table, context);
    let Some(stdout) = table.stdout.get() else {
        if table.stdout.is_absent() && !table.flawed && table.reference.is_absent() {
            let help = "write verify = { stdout = \"regex\" }, or verify = \"none\"";
            context.mistake("`verify` says nothing of the output", at.place, help);
        }
        return None;
    };
    let pattern = regex::RegexBuilder::new(&stdout.0)
        .size_limit(PATTERN_BYTES)
        .build();
    if let Err(error) = pattern {
        let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
        let reason = lines
            .last()
            .map_or("", |line| line.trim_start_matches("error: "));
        let message = format!("`stdout` is no regular expression: {reason}");
        let help = "backslash what is meant as it stands: \\\\( or a literal string '\\('";
        context.mistake(message, stdout.place, help);
    }
    Some(stdout.0.clone())
}

fn kernel_keys(table: &VerifyTable, context: &mut Context<'_>) {
    let places = [
        ("reference", table.reference.get().map(|at| at.place)),
        ("argument", table.argument.get().map(|at| at.place)),
        ("absolute", table.absolute.get().map(|at| at.place)),
        ("relative", table.relative.get().map(|at| at.place)),
        ("grid", table.grid.get().map(|at| at.place)),
        ("block", table.block.get().map(|at| at.place)),
    ];
    for (key, place) in places {
        if let Some(place) = place {
            let message = format!("`{key}` means nothing for a command");
            let help = "leave it out; a command's output is checked by `stdout`";
            context.mistake(message, place, help);
        }
    }
}
