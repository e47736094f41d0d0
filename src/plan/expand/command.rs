//! A command for the points that it reports.

use super::evaluator::fill;
use super::points::Group;
use crate::id::AxisValue;
use crate::manifest::{Command, Template, Workload};
use crate::plan::case::CommandTask;

/// The command of a group with placeholders filled in; one of an inner axis is all its values, with commas.
pub(super) fn command(command: &Command, workload: &Workload, group: &Group) -> CommandTask {
    let text = |template: &Template| fill(template, |name| values(group, name));
    let texts = |list: &Vec<Template>| list.iter().map(text).collect::<Vec<String>>();
    CommandTask {
        command: texts(&command.command),
        folder: command.folder.clone(),
        environment: command
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
        clear_environment: command.clear_environment,
        stdin: command.stdin.clone(),
        setup: command.setup.as_ref().map(texts),
        prepare: command.prepare.as_ref().map(texts),
        cleanup: command.cleanup.as_ref().map(texts),
        ignore_status: command.ignore_status,
        stdout_pattern: command.stdout_pattern.clone(),
        inner: command.inner.clone(),
        metrics: workload.metrics.iter().map(ToString::to_string).collect(),
        facts: command.facts.clone(),
    }
}

/// The values of an axis in a group: one, unless the axis is inner.
fn values(group: &Group, name: &str) -> String {
    let mut values: Vec<&AxisValue> = Vec::new();
    for point in &group.points {
        for (axis, value) in &point.axes {
            if axis.as_str() == name && !values.contains(&value) {
                values.push(value);
            }
        }
    }
    let texts: Vec<String> = values.into_iter().map(ToString::to_string).collect();
    texts.join(",")
}
