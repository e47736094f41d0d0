//! The facts of command workloads: what their commands print.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::device::command;
use crate::plan::{Case, CommandTask, Task};
use crate::record::Refusal;

/// A fact takes no longer than this, else it is an error.
const LIMIT: Duration = Duration::from_mins(1);

/// A fact that can't be found out.
#[derive(Debug, thiserror::Error)]
#[error("fact \"{fact}\" of workload \"{workload}\": {why}")]
pub struct FactError {
    /// The workload.
    pub workload: String,
    /// The fact.
    pub fact: String,
    /// What went wrong with its command.
    pub why: String,
}

/// Each workload's facts, as `fact.WORKLOAD.NAME`.
pub fn of_commands(cases: &[&Case]) -> Result<BTreeMap<String, Value>, FactError> {
    let mut answers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut known: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for case in cases {
        let Task::Command(task) = &case.task else {
            continue;
        };
        for (fact, words) in &task.facts {
            let question = question(task, words);
            let answer = match known.get(&question) {
                Some(answer) => answer.clone(),
                None => ask(case.workload.as_str(), fact, task, words)?,
            };
            known.insert(question, answer.clone());
            let name = format!("fact.{}.{fact}", case.workload);
            answers.entry(name).or_default().insert(answer);
        }
    }
    Ok(answers
        .into_iter()
        .map(|(name, found)| (name, one(found)))
        .collect())
}

/// All that an answer depends on, so that each question is asked once.
fn question(task: &CommandTask, words: &[String]) -> Vec<String> {
    let mut question = words.to_vec();
    question.push(task.folder.display().to_string());
    question.push(format!("{:?} {}", task.environment, task.clear_environment));
    question
}

/// The answer as text; a list where a workload's cases answer differently.
fn one(answers: BTreeSet<String>) -> Value {
    let mut answers: Vec<String> = answers.into_iter().collect();
    match answers.len() {
        1 => Value::from(answers.remove(0)),
        _ => Value::from(answers),
    }
}

fn ask(
    workload: &str,
    fact: &str,
    task: &CommandTask,
    words: &[String],
) -> Result<String, FactError> {
    command::Command::new()
        .ask(task, words, LIMIT)
        .map_err(|refusal| FactError {
            workload: workload.to_owned(),
            fact: fact.to_owned(),
            why: match refusal {
                Refusal::Failed(failure) => match failure.detail {
                    Some(detail) => format!("{}\n{detail}", failure.message),
                    None => failure.message,
                },
                Refusal::Unsupported(what) => what,
            },
        })
}
