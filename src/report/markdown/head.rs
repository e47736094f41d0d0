//! What stands above and between the tables of a comment: marker, verdict in words, environment, bound.

use super::comment::Comment;
use super::limit;
use super::rows;
use crate::record::{Better, GoalMetric, GoalUnit};
use crate::report::document::{Document, GoalEntry};
use crate::units::{si, significant};
use crate::verdict::Verdict;

/// Verdicts that need somebody, in the order in which a comment tells them.
pub(super) const ALERTS: [Verdict; 6] = [
    Verdict::Regressed,
    Verdict::RegressedSpread,
    Verdict::Crept,
    Verdict::Suspect,
    Verdict::Failed,
    Verdict::Missing,
];

/// The comment of `document`, of any length.
pub(super) fn comment(document: &Document) -> Comment {
    let changed = rows::changed(document);
    let has_months = changed.shown.iter().any(|row| !row.month.is_empty());
    Comment {
        marker: marker(&document.suite, &document.device),
        heading: format!(
            "{} on {}: {}",
            limit::name(&document.suite),
            limit::name(&document.device),
            verdict(document)
        ),
        counts: counts(document),
        base: document.base.as_deref().map(limit::text),
        has_months,
        changed,
        price: price(document, has_months),
        goal_counts: goal_counts(&document.goals),
        goals: rows::goals(document),
        environment: environment(document),
        machine_moved: limit::lines(document.machine_moved.iter().map(String::as_str)),
        bound: bound(document).map(said_bound),
        reproduce: reproduce(document),
        other_code: rows::other_code(document).count(),
        changed_code: rows::code(document),
        uncovered: rows::uncovered(document),
        failures: rows::failures(document),
        reasons: rows::reasons(document),
        differences: rows::differences(document),
        notes: rows::notes(document),
        others: rows::others(document),
        measurements: rows::measurements(document),
    }
}

/// A line that HTML and Markdown take for a remark, whatever suite and device are called.
fn marker(suite: &str, device: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const MEANS_SOMETHING: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'_')
        .remove(b'.')
        .remove(b'-')
        .remove(b':');
    let part = |text: &str| utf8_percent_encode(&limit::name(text), MEANS_SOMETHING).to_string();
    format!("<!-- warpmark: {} {} -->", part(suite), part(device))
}

/// The verdict in words: what needs somebody, else what can be said.
fn verdict(document: &Document) -> String {
    let missed = document.goals.iter().filter(|goal| goal.status == "missed");
    let missed = match missed.count() {
        0 => None,
        1 => Some("1 goal missed".to_owned()),
        more => Some(format!("{more} goals missed")),
    };
    let said = if document.base.is_some() {
        of_comparison(document)
    } else {
        outcomes(document)
    };
    said.into_iter()
        .chain(missed)
        .collect::<Vec<_>>()
        .join(", ")
}

fn of_comparison(document: &Document) -> Vec<String> {
    let quiet = |verdict: Verdict| -> usize {
        let judged = document.cases.iter().flat_map(|case| &case.judgements);
        let quiet = judged.filter(|judged| judged.verdict == verdict && judged.is_quiet());
        quiet.count()
    };
    let count = |verdict: Verdict| document.verdicts.get(&verdict).copied().unwrap_or(0);
    let named = |verdicts: &[Verdict]| -> Vec<String> {
        let loud = |verdict| count(verdict).saturating_sub(quiet(verdict));
        let counted = verdicts.iter().map(|verdict| (loud(*verdict), verdict));
        let there = counted.filter(|(count, _)| *count > 0);
        there
            .map(|(count, verdict)| format!("{count} {verdict}"))
            .collect()
    };
    let known: usize = ALERTS.iter().map(|verdict| quiet(*verdict)).sum();
    let acknowledged = (known > 0).then(|| format!("{known} acknowledged"));
    let alerts = named(&ALERTS);
    if !alerts.is_empty() {
        return alerts.into_iter().chain(acknowledged).collect();
    }
    let undecided = named(&[Verdict::Inconclusive, Verdict::Incomparable]);
    let decided = count(Verdict::Unchanged) + count(Verdict::Improved) + known;
    let first = match (decided, undecided.is_empty()) {
        (0, true) => Some("nothing was compared"),
        (0, false) => None,
        (_, true) => Some("nothing got worse"),
        (_, false) => Some("nothing got worse for sure"),
    };
    first
        .map(str::to_owned)
        .into_iter()
        .chain(undecided)
        .chain(acknowledged)
        .collect()
}

/// How many cases were measured, failed, are unsupported and were not come to.
fn outcomes(document: &Document) -> Vec<String> {
    let counts = [
        (document.measured, "measured"),
        (document.failed, "failed"),
        (document.unsupported, "unsupported"),
        (document.not_measured, "not measured"),
    ];
    let shown = counts.iter().enumerate();
    shown
        .filter(|(place, (count, _))| *place == 0 || *count > 0)
        .map(|(_, (count, word))| format!("{count} {word}"))
        .collect()
}

fn counts(document: &Document) -> String {
    if document.base.is_none() {
        return outcomes(document).join(", ");
    }
    let counts = document.verdicts.iter();
    let counts: Vec<String> = counts
        .map(|(verdict, count)| format!("{count} {verdict}"))
        .collect();
    if counts.is_empty() {
        "nothing was compared".to_owned()
    } else {
        counts.join(", ")
    }
}

/// `costs: 2.99 USD a GPU hour (list price, 2026-11-01), GPU share 1, PUE 1`, where money is shown or a goal is about it.
fn price(document: &Document, has_months: bool) -> Option<String> {
    let price = document.price.as_ref()?;
    let is_money = |goal: &GoalEntry| {
        let metric = GoalMetric::named(&goal.metric);
        metric.is_some_and(|metric| metric.unit() == GoalUnit::Money)
    };
    let shown = has_months || rows::have_costs(document) || document.goals.iter().any(is_money);
    shown.then(|| limit::text(&format!("costs: {}", price.terms)))
}

fn goal_counts(goals: &[GoalEntry]) -> Option<String> {
    let count = |status: &str| goals.iter().filter(|goal| goal.status == status).count();
    let statuses = [
        ("missed", "missed"),
        ("at-risk", "at risk"),
        ("unknown", "unknown"),
        ("met", "met"),
    ];
    let counts: Vec<String> = statuses
        .into_iter()
        .map(|(status, word)| (count(status), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

/// Labels that the line of the environment says already.
const SAID: [&str; 2] = ["host", "gpu"];

/// The run, its commit, the environment and what a reader must know of them, in one line.
fn environment(document: &Document) -> String {
    let mut parts = vec![format!("run {}", limit::name(&document.run))];
    if let Some(commit) = &document.commit {
        let short: String = commit.chars().take(12).collect();
        let differs = if document.clean == Some(false) {
            ", its tree changed"
        } else {
            ""
        };
        parts.push(format!("commit {short}{differs}"));
    }
    parts.push(limit::text(&document.environment_line));
    if let Some(clock) = document.clock_mhz {
        parts.push(format!("SM clock {}", si(clock * 1e6, "Hz")));
    }
    let labels = document.labels.iter();
    let labels = labels.filter(|label| {
        !SAID.contains(&label.name)
            && label.text != "clocks not pinned"
            && !document.environment_line.contains(&label.text)
    });
    parts.extend(limit::lines(labels.map(|label| label.text.as_str())));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// The share by which an unchanged case may be worse at most, each as its metric changes: a throughput that may be half
/// is 50 % worse.
fn bound(document: &Document) -> Option<f64> {
    let judgements = document.cases.iter().flat_map(|case| &case.judgements);
    let unchanged = judgements.filter(|judgement| judgement.verdict == Verdict::Unchanged);
    let bounds = unchanged.filter_map(|judgement| {
        let worse = judgement.bound?;
        Some(match judgement.better {
            Better::Lower => worse,
            Better::Higher => worse / (1.0 + worse),
        })
    });
    bounds.max_by(f64::total_cmp)
}

/// What `unchanged` means here.
fn said_bound(share: f64) -> String {
    if share < 0.0 {
        return "What is called unchanged is not worse at all, at 99 %".to_owned();
    }
    format!(
        "What is called unchanged is at most {} % worse, at 99 %",
        significant(share * 100.0)
    )
}

/// The line that makes it again; a cut one would make something else, so that of one that is too long it says where it is.
fn reproduce(document: &Document) -> String {
    if document.reproduce.len() > limit::LINE {
        return "# too long to stand here: it is `reproduce` of `warpmark report --format json`"
            .to_owned();
    }
    document.reproduce.clone()
}
