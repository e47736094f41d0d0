//! GitHub annotations: workflow commands that a step prints, which point at the workload's line in its manifest.
//!
//! GitHub shows 10 errors, 10 warnings and 10 notices of a step and drops the rest, so the most serious stand first and the
//! tenth says how many there are beside. Escaping follows `core/src/command.ts` of actions/toolkit.

use std::cmp::Reverse;
use std::fmt::Write;

use super::document::{CaseEntry, Document, GoalEntry, JudgementEntry, Place};
use super::text;
use crate::verdict::Verdict;

/// Annotations of a level that GitHub shows of one step.
const SHOWN: usize = 10;
/// Goals that are shown, so that the other notices have room.
const GOALS: usize = 5;
/// Characters of a title; GitHub cuts at 255.
const TITLE: usize = 200;
/// Characters of a message.
const MESSAGE: usize = 4_000;
/// Names of cases that stand in one annotation.
const NAMES: usize = 10;

/// How loud an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

/// An annotation, before it is escaped.
#[derive(Debug, Clone, PartialEq)]
struct Annotation<'a> {
    level: Level,
    place: Option<&'a Place>,
    title: String,
    message: String,
}

/// A case that an annotation is about.
struct Finding<'a> {
    case: &'a CaseEntry,
    verdict: Verdict,
    judgement: Option<&'a JudgementEntry>,
}

/// `document` as workflow commands, a line each; `repository_path` gives a manifest's path in the repository.
pub fn github(document: &Document, repository_path: &dyn Fn(&str) -> String) -> String {
    let found = findings(document);
    let of_level = |level| -> Vec<&Finding<'_>> {
        let same = |finding: &&Finding<'_>| self::level(finding) == Some(level);
        found.iter().filter(same).collect()
    };
    let mut annotations = loud(Level::Error, &of_level(Level::Error));
    annotations.extend(loud(Level::Warning, &of_level(Level::Warning)));
    annotations.extend(notices(document, &found));
    let lines = annotations.iter();
    lines.map(|line| line.command(repository_path)).collect()
}

/// What is to be said of the cases: the most serious first, the largest change of a verdict before the others.
fn findings(document: &Document) -> Vec<Finding<'_>> {
    let mut found = Vec::new();
    for case in &document.cases {
        let judged = case.judgements.iter();
        found.extend(judged.map(|judgement| Finding {
            case,
            verdict: judgement.verdict,
            judgement: Some(judgement),
        }));
        let alone = match case.outcome {
            "failed" => Some(Verdict::Failed),
            "unsupported" => Some(Verdict::Unsupported),
            _ => None,
        };
        let alone = alone.filter(|_| case.judgements.is_empty());
        found.extend(alone.map(|verdict| Finding {
            case,
            verdict,
            judgement: None,
        }));
    }
    found.sort_by_key(|finding| (finding.verdict, Reverse(ordered(finding.size()))));
    found
}

/// A size that is not negative as an integer of the same order.
fn ordered(size: f64) -> u64 {
    size.to_bits()
}

fn level(finding: &Finding<'_>) -> Option<Level> {
    match finding.verdict {
        Verdict::Failed | Verdict::Regressed | Verdict::RegressedSpread | Verdict::Crept => {
            Some(Level::Error)
        }
        Verdict::Suspect => Some(Level::Warning),
        Verdict::Missing => {
            let expected = finding.judgement.is_some_and(|judged| judged.expected);
            (!expected).then_some(Level::Warning)
        }
        Verdict::Incomparable
        | Verdict::Inconclusive
        | Verdict::Unsupported
        | Verdict::Improved
        | Verdict::New
        | Verdict::Unchanged => None,
    }
}

impl<'a> Finding<'a> {
    fn size(&self) -> f64 {
        let change = self.judgement.and_then(|judgement| judgement.change);
        change.map_or(0.0, |change| change.estimate.abs())
    }

    fn name(&self) -> String {
        self.judgement.map_or_else(
            || self.case.id.clone(),
            |judgement| self.case.label(&judgement.metric),
        )
    }

    fn annotation(&self, level: Level) -> Annotation<'a> {
        let mut lines: Vec<&str> = Vec::new();
        if let Some(judgement) = self.judgement {
            lines.push(&judgement.headline);
            lines.extend(judgement.reasons.iter().map(String::as_str));
        }
        for said in self.case.why.iter().chain(&self.case.detail) {
            if !lines.contains(&said.as_str()) {
                lines.push(said);
            }
        }
        Annotation {
            level,
            place: self.case.place.as_ref(),
            title: format!("{}: {}", self.verdict.name(), self.name()),
            message: lines.join("\n"),
        }
    }
}

/// The annotations of a level: all of them, or the first and one that counts the rest.
fn loud<'a>(level: Level, found: &[&Finding<'a>]) -> Vec<Annotation<'a>> {
    let shown = if found.len() > SHOWN {
        SHOWN - 1
    } else {
        found.len()
    };
    let (first, rest) = found.split_at(shown);
    let mut all: Vec<Annotation<'a>> = first.iter().map(|found| found.annotation(level)).collect();
    if !rest.is_empty() {
        let counted = rest.iter().map(|finding| finding.verdict);
        all.push(Annotation {
            level,
            place: None,
            title: format!("and {} more", rest.len()),
            message: format!("{}: {}", counts(counted), names(rest)),
        });
    }
    all
}

/// `2 failed, 12 regressed`.
fn counts(verdicts: impl Iterator<Item = Verdict>) -> String {
    let mut counted: Vec<(Verdict, usize)> = Vec::new();
    for verdict in verdicts {
        match counted.iter_mut().find(|(other, _)| *other == verdict) {
            Some((_, count)) => *count += 1,
            None => counted.push((verdict, 1)),
        }
    }
    let words = counted.iter();
    let words = words.map(|(verdict, count)| format!("{count} {}", verdict.name()));
    words.collect::<Vec<_>>().join(", ")
}

/// The names of the first findings, and how many more there are.
fn names(found: &[&Finding<'_>]) -> String {
    let mut names: Vec<String> = found.iter().take(NAMES).map(|found| found.name()).collect();
    if found.len() > NAMES {
        names.push(format!("and {} more", found.len() - NAMES));
    }
    names.join(", ")
}

/// What the run came to, goals that aren't met, and in one line each what says nothing.
fn notices<'a>(document: &'a Document, found: &[Finding<'a>]) -> Vec<Annotation<'a>> {
    let mut all = vec![notice(None, whole_title(document), whole(document))];
    let open = ["missed", "at-risk"];
    let goals: Vec<&GoalEntry> = open
        .iter()
        .flat_map(|status| {
            document
                .goals
                .iter()
                .filter(move |goal| goal.status == *status)
        })
        .collect();
    all.extend(
        goals
            .iter()
            .take(GOALS)
            .map(|goal| self::goal(document, goal)),
    );
    if goals.len() > GOALS {
        let rest: Vec<&str> = goals[GOALS..]
            .iter()
            .map(|goal| goal.name.as_str())
            .collect();
        let title = format!("and {} more goals", rest.len());
        all.push(notice(None, title, rest.join(", ")));
    }
    for verdict in [Verdict::Incomparable, Verdict::Inconclusive] {
        let same = found.iter().filter(|finding| finding.verdict == verdict);
        let same: Vec<&Finding<'_>> = same.collect();
        all.extend(alike(verdict, &same));
    }
    all
}

/// One notice of all findings of a verdict, with the reason of the first; none where there is none.
fn alike(verdict: Verdict, found: &[&Finding<'_>]) -> Option<Annotation<'static>> {
    let first = found.first()?;
    let mut message = names(found);
    if let Some(why) = first.judgement.and_then(|judged| judged.reasons.first()) {
        let _ = write!(message, "\nthe first: {why}");
    }
    let title = format!("{} {}", found.len(), verdict.name());
    Some(notice(None, title, message))
}

fn notice(place: Option<&Place>, title: String, message: String) -> Annotation<'_> {
    Annotation {
        level: Level::Notice,
        place,
        title,
        message,
    }
}

fn whole_title(document: &Document) -> String {
    format!("warpmark: {} on {}", document.suite, document.device)
}

/// `3 measured, 1 failed`, and the verdicts against what it was compared with.
fn whole(document: &Document) -> String {
    let outcomes = [
        (document.measured, "measured"),
        (document.failed, "failed"),
        (document.unsupported, "unsupported"),
        (document.not_measured, "not measured"),
    ];
    let outcomes = outcomes.iter().filter(|(count, _)| *count > 0);
    let outcomes: Vec<String> = outcomes
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let mut lines = vec![outcomes.join(", ")];
    if let Some(base) = &document.base {
        let verdicts = document.verdicts.iter();
        let verdicts: Vec<String> = verdicts
            .map(|(verdict, count)| format!("{count} {}", verdict.name()))
            .collect();
        lines.push(format!("compared with {base}: {}", verdicts.join(", ")));
    }
    if !document.reproduce.is_empty() {
        lines.push(format!("again: {}", document.reproduce));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn goal<'a>(document: &'a Document, goal: &GoalEntry) -> Annotation<'a> {
    let mut cases = document.cases.iter();
    let case = cases.find(|case| goal.case.as_ref() == Some(&case.id));
    let mut message = String::new();
    if let Some(id) = &goal.case {
        let _ = write!(message, "{id}: ");
    }
    message.push_str(&goal.metric);
    if let Some(value) = &goal.value {
        let _ = write!(message, " is {value}");
    }
    for bound in &goal.bounds {
        let _ = write!(message, ", {} {}", bound.side, bound.value);
    }
    if let Some(owner) = &goal.owner {
        let _ = write!(message, "\nowner: {owner}");
    }
    let place = case.and_then(|case| case.place.as_ref());
    notice(
        place,
        format!("goal {}: {}", goal.status, goal.name),
        message,
    )
}

impl Annotation<'_> {
    /// The workflow command, with its line end.
    fn command(&self, repository_path: &dyn Fn(&str) -> String) -> String {
        let name = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        };
        let mut out = format!("::{name} ");
        if let Some(Place { file, line }) = self.place {
            let file = property(&repository_path(file));
            let _ = write!(out, "file={file},line={line},");
        }
        let title = property(&cut(&self.title, TITLE));
        let message = data(&cut(&self.message, MESSAGE));
        let _ = writeln!(out, "title={title}::{message}");
        out
    }
}

/// Text that steers no log, of at most so many characters.
fn cut(given: &str, most: usize) -> String {
    let shown = text::harmless(given);
    if shown.chars().count() <= most {
        return shown;
    }
    let mut short: String = shown.chars().take(most - 1).collect();
    short.push('…');
    short
}

/// A message as a workflow command takes it.
fn data(given: &str) -> String {
    given
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property as a workflow command takes it.
fn property(given: &str) -> String {
    data(given).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests;
