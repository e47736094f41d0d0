//! A report as workflow commands of GitHub Actions, which shows them as annotations beside a manifest's lines.
//!
//! Commands and their escaping: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
//! and `packages/core/src/command.ts` of <https://github.com/actions/toolkit>. Of each level GitHub shows
//! [`MOST`] in a step, so the most important come first and one line stands for the rest.

use std::fmt::Write as _;

use super::document::{AcknowledgedEntry, CaseEntry, Document, GoalEntry, JudgementEntry, Place};
use crate::verdict::Verdict;

/// Annotations of one level that GitHub shows in a step.
const MOST: usize = 10;
/// Characters of a message; what is longer is cut, since GitHub cuts it too.
const MESSAGE: usize = 4_000;

/// How much an annotation matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

struct Annotation<'a> {
    level: Level,
    place: Option<&'a Place>,
    title: String,
    message: String,
}

/// The report's annotations, a line each, errors first.
pub fn github(document: &Document) -> String {
    let mut found: Vec<(Verdict, Annotation)> = document.cases.iter().flat_map(of_case).collect();
    // Verdicts stand in the order of how serious they are; equal ones keep the plan's order.
    found.sort_by_key(|(verdict, _)| *verdict);
    let mut all: Vec<Annotation> = found.into_iter().map(|(_, one)| one).collect();
    let goals = document.goals.iter().filter(|goal| goal.status == "missed");
    all.extend(goals.map(|goal| of_goal(document, goal)));
    let mut text = String::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        // The summary is a notice too.
        let room = MOST - usize::from(level == Level::Notice);
        for annotation in fitting(all.extract_if(.., |one| one.level == level).collect(), room) {
            write(&mut text, &annotation);
        }
    }
    write(&mut text, &summary(document));
    text
}

/// At most `room` of `all`, the last of which says how many more there are.
fn fitting(mut all: Vec<Annotation<'_>>, room: usize) -> Vec<Annotation<'_>> {
    if all.len() > room {
        let rest = all.split_off(room - 1);
        let titles: Vec<&str> = rest.iter().map(|one| one.title.as_str()).collect();
        all.push(Annotation {
            level: rest[0].level,
            place: None,
            title: format!("{} more", rest.len()),
            message: titles.join("\n"),
        });
    }
    all
}

/// The annotations of a case, one for each metric that needs one.
fn of_case(case: &CaseEntry) -> Vec<(Verdict, Annotation<'_>)> {
    let judged = case.judgements.iter();
    let mut found: Vec<_> = judged
        .filter_map(|judgement| of_judgement(case, judgement))
        .collect();
    if case.judgements.is_empty() && case.outcome == "failed" {
        let why = case.why.as_deref().unwrap_or("it failed");
        let annotation = Annotation {
            level: Level::Error,
            place: case.place.as_ref(),
            title: format!("{}: failed", case.id),
            message: with_detail(why, case),
        };
        found.push((Verdict::Failed, annotation));
    }
    found
}

fn of_judgement<'a>(
    case: &'a CaseEntry,
    judgement: &JudgementEntry,
) -> Option<(Verdict, Annotation<'a>)> {
    let verdict = judgement.verdict;
    let quiet = case.acknowledged.as_ref().filter(|known| !known.over);
    let (level, quiet) = match (verdict, quiet) {
        (Verdict::Failed | Verdict::Missing, _) => (Level::Error, None),
        (
            Verdict::Regressed | Verdict::RegressedSpread | Verdict::Crept | Verdict::Suspect,
            Some(known),
        ) => (Level::Notice, Some(known)),
        (Verdict::Regressed | Verdict::RegressedSpread | Verdict::Crept, None) => {
            (Level::Error, None)
        }
        (Verdict::Suspect, None) => (Level::Warning, None),
        _ => return None,
    };
    let headline = judgement.headline.as_str();
    let first = match (quiet, verdict) {
        (Some(known), _) => acknowledged(headline, known),
        (None, Verdict::Failed) => with_detail(case.why.as_deref().unwrap_or(headline), case),
        (None, _) => headline.to_owned(),
    };
    let mut message = vec![first];
    message.extend(judgement.reasons.iter().cloned());
    let annotation = Annotation {
        level,
        place: case.place.as_ref(),
        title: format!("{} [{}]: {verdict}", case.id, judgement.metric),
        message: message.join("\n"),
    };
    Some((verdict, annotation))
}

/// Why an acknowledged regression is quiet: `regressed (+2 %): acknowledged until 2026-12-01: a new driver (GPU-12)`.
fn acknowledged(headline: &str, known: &AcknowledgedEntry) -> String {
    let ticket = known.ticket.as_ref();
    let ticket = ticket.map_or_else(String::new, |ticket| format!(" ({ticket})"));
    let (until, reason) = (&known.until, &known.reason);
    format!("{headline}: acknowledged until {until}: {reason}{ticket}")
}

fn with_detail(why: &str, case: &CaseEntry) -> String {
    match &case.detail {
        Some(detail) => format!("{why}\n{detail}"),
        None => why.to_owned(),
    }
}

fn of_goal<'a>(document: &'a Document, goal: &GoalEntry) -> Annotation<'a> {
    let case = goal.case.as_ref();
    let case = case.and_then(|id| document.cases.iter().find(|case| case.id == *id));
    let bounds = goal.bounds.iter();
    let bounds: Vec<String> = bounds
        .map(|bound| format!("{} {}", bound.side.replace('-', " "), bound.value))
        .collect();
    let at = goal.case.as_ref();
    let at = at.map_or_else(String::new, |case| format!(" of {case}"));
    let value = goal.value.as_deref().unwrap_or("unknown");
    Annotation {
        level: Level::Notice,
        place: case.and_then(|case| case.place.as_ref()),
        title: format!("goal {} is missed", goal.name),
        message: format!(
            "{}{at} is {value}, wanted: {}",
            goal.metric,
            bounds.join(", ")
        ),
    }
}

/// One line of the whole run.
fn summary(document: &Document) -> Annotation<'_> {
    let (measured, failed) = (document.measured, document.failed);
    let mut message = format!("{measured} measured, {failed} failed");
    for (count, what) in [
        (document.unsupported, "unsupported"),
        (document.not_measured, "not measured"),
    ] {
        if count > 0 {
            let _ = write!(message, ", {count} {what}");
        }
    }
    if let Some(base) = &document.base {
        let verdicts = document.verdicts.iter();
        let verdicts: Vec<String> = verdicts
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        let _ = write!(message, "; against {base}: {}", verdicts.join(", "));
    }
    Annotation {
        level: Level::Notice,
        place: None,
        title: format!("warpmark: {}", document.suite),
        message,
    }
}

fn write(text: &mut String, annotation: &Annotation) {
    let mut properties = Vec::new();
    if let Some(place) = annotation.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
    }
    properties.push(format!("title={}", property(&annotation.title)));
    let level = annotation.level.name();
    let message: String = annotation.message.chars().take(MESSAGE).collect();
    let _ = writeln!(
        text,
        "::{level} {}::{}",
        properties.join(","),
        data(&message)
    );
}

/// A message as the runner reads it back.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value as the runner reads it back.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
