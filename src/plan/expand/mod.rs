//! A suite and a device to a plan: points, ids, filters, and every expression evaluated.

mod argument;
mod command;
mod evaluator;
mod kernel;
mod library;
mod points;
mod tensor_map;

use std::collections::HashSet;
use std::sync::Arc;

use self::evaluator::Evaluator;
use self::points::{Group, Point, groups};
use super::case::{Case, DeviceFacts, Plan, Task};
use super::error::PlanError;
use super::filter::Filters;
use super::selection::Selection;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::id::CaseId;
use crate::manifest::{Body, Formula, Suite, Workload};
use crate::record::{Precision, Work};
use crate::units::Bytes;

/// The cases of `suite` on a device of `facts`, as `selection` asks, in manifest order with the last axis fastest.
pub fn expand(
    suite: &Suite,
    facts: &DeviceFacts,
    selection: &Selection,
) -> Result<Plan, PlanError> {
    requirements(suite, facts)?;
    let filters = Filters::parse(&selection.filters)?;
    let axes = points::overridden(suite, &selection.axes)?;
    let mut mistakes = points::too_many(suite, &axes);
    if !mistakes.is_empty() {
        return Err(invalid(suite, mistakes));
    }
    let mut plan = Plan {
        suite: suite.name.clone(),
        order: suite.order,
        seed: selection.seed.unwrap_or(suite.seed),
        cases: Vec::new(),
        units: Vec::new(),
        skipped: 0,
    };
    for (workload, axes) in suite.workloads.iter().zip(&axes) {
        if matches!(workload.body, Body::Nothing) {
            continue;
        }
        let mut evaluator = Evaluator::new(facts);
        let (groups, skipped) = groups(workload, axes, &filters, &mut evaluator);
        plan.skipped += skipped;
        add(&mut plan, workload, &groups, (selection, &mut evaluator));
        mistakes.append(&mut evaluator.found);
    }
    mistakes.extend(twice(suite, &plan));
    if !mistakes.is_empty() {
        return Err(invalid(suite, mistakes));
    }
    if plan.cases.is_empty() {
        return Err(nothing(suite, &plan, selection));
    }
    Ok(plan)
}

fn invalid(suite: &Suite, mistakes: Vec<Diagnostic>) -> PlanError {
    PlanError::Invalid(Diagnostics::new(Arc::clone(&suite.sources), mistakes))
}

/// Whether the device has what the suite requires.
fn requirements(suite: &Suite, facts: &DeviceFacts) -> Result<(), PlanError> {
    let unmet = |message: String| {
        Err(PlanError::Unmet {
            message,
            hint: "run it on a device that has it, or change device.require in the suite"
                .to_owned(),
        })
    };
    // CUDA's limits stand for any GPU.
    let any = *facts == DeviceFacts::cuda_limits();
    if let Some(((major, minor), _)) = suite.device.compute_capability.filter(|_| !any) {
        let wanted = format!(
            "suite \"{}\" requires compute capability {major}.{minor}",
            suite.name
        );
        match facts.compute_capability {
            Some(there) if there >= (major, minor) => {}
            Some(there) => {
                return unmet(format!(
                    "{wanted}, and {} has {}.{}",
                    facts.name, there.0, there.1
                ));
            }
            None => return unmet(format!("{wanted}, and {} is no GPU", facts.name)),
        }
    }
    match suite.device.memory {
        Some((memory, _)) if memory > facts.memory => unmet(format!(
            "suite \"{}\" requires {} of memory, and {} has {}",
            suite.name,
            Bytes(memory),
            facts.name,
            Bytes(facts.memory)
        )),
        _ => Ok(()),
    }
}

/// Adds the cases of a workload, a unit for each group.
fn add(
    plan: &mut Plan,
    workload: &Workload,
    groups: &[Group],
    (selection, evaluator): (&Selection, &mut Evaluator<'_>),
) {
    let repetition = selection.repetition(&workload.repetition);
    for group in groups {
        let mut unit = Vec::with_capacity(group.points.len());
        let command = match &workload.body {
            Body::Command(command) => Some(command::command(command, workload, group)),
            _ => None,
        };
        for point in &group.points {
            evaluator.enter(point);
            let task = match (&workload.body, &command) {
                (Body::Kernel(kernel), _) => {
                    kernel::kernel(kernel, evaluator).map(|task| Task::Kernel(Box::new(task)))
                }
                (Body::Mock(script), _) => Some(Task::Mock(script.clone())),
                (_, command) => command.clone().map(|task| Task::Command(Box::new(task))),
            };
            let work = work(workload, evaluator);
            if let Some(task) = task {
                unit.push(plan.cases.len());
                plan.cases.push(case(workload, point, task, work));
                if let Some(case) = plan.cases.last_mut() {
                    case.repetition = repetition.clone();
                }
            }
        }
        if !unit.is_empty() {
            plan.units.push(unit);
        }
    }
}

fn case(workload: &Workload, point: &Point, task: Task, work: Work) -> Case {
    Case {
        id: point.id.clone(),
        workload: workload.name.clone(),
        axes: point.axes.clone(),
        tags: workload.tags.clone(),
        task,
        work,
        repetition: workload.repetition.clone(),
        deterministic: workload.deterministic,
        clock_bound: workload.clock_bound,
        defined_at: workload.defined_at.clone(),
    }
}

fn work(workload: &Workload, evaluator: &mut Evaluator<'_>) -> Work {
    let mut amount = |formula: &Option<Formula>, what: &str| {
        formula
            .as_ref()
            .and_then(|formula| evaluator.amount(formula, what))
    };
    Work {
        reads: amount(&workload.work.reads, "`reads`"),
        writes: amount(&workload.work.writes, "`writes`"),
        flops: amount(&workload.work.flops, "`flops`"),
        items: amount(&workload.work.items, "`items`"),
        precision: precision(workload, evaluator),
    }
}

/// What the operations of `workload` are done in; none after noting that it isn't known.
fn precision(workload: &Workload, evaluator: &mut Evaluator<'_>) -> Option<Precision> {
    let (template, place) = workload.work.precision.as_ref()?;
    let name = evaluator.template(template);
    let found = Precision::of_name(&name);
    if found.is_none() {
        let message = format!("{name:?} is no precision of operations");
        evaluator.mistake(message, *place, Precision::help());
    }
    found
}

/// Two cases of one id.
fn twice(suite: &Suite, plan: &Plan) -> Vec<Diagnostic> {
    let mut ids: HashSet<&CaseId> = HashSet::with_capacity(plan.cases.len());
    let again = plan.cases.iter().filter(|case| !ids.insert(&case.id));
    again
        .filter_map(|case| {
            let workload = suite.workloads.iter().find(|w| w.name == case.workload)?;
            let message = format!("two cases are called {}", case.id);
            let help = "rename the workload or an axis";
            Some(Diagnostic::new(message, workload.place).help(help))
        })
        .collect()
}

/// Why no case is left.
fn nothing(suite: &Suite, plan: &Plan, selection: &Selection) -> PlanError {
    let (message, hint) = if plan.skipped > 0 {
        let which = if selection.filters.is_empty() {
            "every case"
        } else {
            "every selected case"
        };
        (
            format!("{which} of suite \"{}\" is skipped", suite.name),
            "look at the `skip` of its workloads".to_owned(),
        )
    } else if selection.filters.is_empty() {
        (
            format!(
                "suite \"{}\" has no cases: every workload is removed",
                suite.name
            ),
            "add a [[workload]]".to_owned(),
        )
    } else {
        let plain = selection
            .filters
            .iter()
            .find(|filter| suite.workloads.iter().any(|w| w.name.as_str() == *filter));
        let hint = plain.map_or_else(
            || format!("`warpmark list {}` shows the ids", suite.path.display()),
            |filter| format!("a filter matches whole ids: write '{filter}/*'"),
        );
        let filters = selection.filters.join(" -f ");
        (
            format!("no case of suite \"{}\" matches -f {filters}", suite.name),
            hint,
        )
    };
    PlanError::Nothing { message, hint }
}
