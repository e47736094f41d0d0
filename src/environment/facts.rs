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

/// The facts of workloads, and why some are not known.
#[derive(Debug, Default, PartialEq)]
pub struct Answers {
    /// Each workload's facts, as `fact.WORKLOAD.NAME`; null where it isn't known.
    pub known: BTreeMap<String, Value>,
    /// The reasons for the nulls, by the same names.
    pub unknown: BTreeMap<String, Value>,
}

/// Asks for the facts of `cases`; only one that `needed` doesn't need may stay unknown.
pub fn of_commands(cases: &[&Case], needed: &dyn Fn(&Case) -> bool) -> Result<Answers, FactError> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut answers = Answers::default();
    let mut asked: BTreeMap<Vec<String>, Result<String, String>> = BTreeMap::new();
    for case in cases {
        let Task::Command(task) = &case.task else {
            continue;
        };
        for (fact, words) in &task.facts {
            let name = format!("fact.{}.{fact}", case.workload);
            let question = question(task, words);
            match asked.entry(question).or_insert_with(|| ask(task, words)) {
                Ok(answer) => drop(found.entry(name).or_default().insert(answer.clone())),
                Err(why) if needed(case) => {
                    return Err(FactError {
                        workload: case.workload.to_string(),
                        fact: fact.clone(),
                        why: why.clone(),
                    });
                }
                Err(why) => {
                    answers.unknown.insert(name, Value::from(why.clone()));
                }
            }
        }
    }
    answers
        .known
        .extend(found.into_iter().map(|(name, texts)| (name, one(texts))));
    let nulls = answers
        .unknown
        .keys()
        .map(|name| (name.clone(), Value::Null));
    answers.known.extend(nulls);
    Ok(answers)
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

/// What the command prints, or why it doesn't.
fn ask(task: &CommandTask, words: &[String]) -> Result<String, String> {
    let answer = command::Command::new().ask(task, words, LIMIT);
    answer.map_err(|refusal| match refusal {
        Refusal::Failed(failure) => match failure.detail {
            Some(detail) => format!("{}\n{detail}", failure.message),
            None => failure.message,
        },
        Refusal::Unsupported(what) => what,
    })
}
