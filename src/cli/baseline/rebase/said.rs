//! What a rebase says of itself, for people and as JSON.

use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::ends::{Differing, Ends};
use crate::baseline::{Bridged, MovedAnchor, Rebased};
use crate::cli::ab::Judged;
use crate::cli::env::plain;
use crate::cli::format::FactFormat;
use crate::cli::output;
use crate::units::percent;
use crate::verdict::{Judgement, Verdict};

/// What was done, or would be; its JSON is that of `--format json`.
#[derive(Serialize)]
pub(super) struct Said {
    format: u32,
    dry_run: bool,
    file: PathBuf,
    key: String,
    from: From,
    /// The facts in which the ends differ.
    differences: Vec<Differing>,
    /// The present revision's commit.
    head: Option<String>,
    /// The ids of the saved runs.
    runs: Vec<String>,
    cases: usize,
    #[serde(skip)]
    blocks: u32,
    bridged: Vec<Bridged>,
    anchors: Vec<MovedAnchor>,
    anew: Vec<Anew>,
    /// How the present revision differs from the old one here.
    changed: Vec<Judgement>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct From {
    file: PathBuf,
    key: String,
    /// The newest run, and its commit.
    run: String,
    commit: String,
}

#[derive(Serialize)]
struct Anew {
    case: String,
    why: String,
}

impl Said {
    /// What would be measured: `cases`, in `blocks`.
    pub(super) fn planned(ends: &Ends, blocks: u32, cases: usize) -> Self {
        let newest = ends.old.runs.last();
        Self {
            format: 1,
            dry_run: true,
            file: ends.file.clone(),
            key: ends.environment.key.clone(),
            from: From {
                file: ends.old_file(),
                key: ends.old.reviewed.key.clone(),
                run: newest.map_or_else(String::new, |run| run.values.id.clone()),
                commit: ends.commit.clone(),
            },
            differences: ends.differing(),
            head: ends.git.commit.clone(),
            runs: Vec::new(),
            cases,
            blocks,
            bridged: Vec::new(),
            anchors: Vec::new(),
            anew: Vec::new(),
            changed: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What was done.
    pub(super) fn done(ends: &Ends, judged: &Judged, rebased: Rebased) -> Self {
        let changed = judged.view.judgements.iter().filter(|one| {
            let verdict = one.verdict;
            verdict.is_regression() || matches!(verdict, Verdict::Suspect | Verdict::Improved)
        });
        let mut notes = judged.view.notes.clone();
        if rebased.runs.len() == 1 {
            notes.push(
                "the old revision's suite has other facts: its run here isn't saved".to_owned(),
            );
        }
        if ends.old.reviewed.noise.is_some() {
            notes.push("the noise model is the old machine's and isn't carried over".to_owned());
        }
        let anew = rebased.carrying.anew.into_iter();
        Self {
            dry_run: false,
            file: rebased.file,
            runs: rebased.runs,
            bridged: rebased.carrying.bridged,
            anchors: rebased.anchors,
            anew: anew.map(|(case, why)| Anew { case, why }).collect(),
            changed: changed.cloned().collect(),
            notes,
            ..Self::planned(ends, 0, rebased.cases)
        }
    }

    /// All of it.
    pub(super) fn text(&self, format: FactFormat) -> serde_json::Result<String> {
        match format {
            FactFormat::Json => output::json(self),
            FactFormat::Human => Ok(self.human()),
        }
    }

    fn human(&self) -> String {
        let mut text = String::new();
        let from = output::shown(&self.from.file);
        let _ = writeln!(
            text,
            "from {} to {}",
            from.display(),
            output::shown(&self.file).display()
        );
        for Differing { fact, old, here } in &self.differences {
            let (old, here) = (plain(old.as_ref()), plain(here.as_ref()));
            let _ = writeln!(text, "  {fact}: {old} (old), {here} (here)");
        }
        let commit = short(&self.from.commit);
        let head = self.head.as_deref().map_or("the work tree", short);
        let cases = counted(self.cases, "case");
        if self.dry_run {
            let _ = writeln!(
                text,
                "would measure {cases} at {commit}, of the newest run {}, and at {head} in turns: {} blocks of 4 processes",
                self.from.run, self.blocks,
            );
            return text;
        }
        let _ = writeln!(
            text,
            "measured {commit} and {head} in turns: {}",
            self.notes.join("; ")
        );
        text.push_str(&self.table());
        self.exceptions(&mut text);
        let (runs, anchors) = (
            counted(self.runs.len(), "run"),
            counted(self.anchors.len(), "anchor"),
        );
        let _ = writeln!(
            text,
            "saved {runs} to {}: {cases}, {anchors} carried over",
            output::shown(&self.file).display()
        );
        text
    }

    /// What begins anew, and how the present revision differs.
    fn exceptions(&self, text: &mut String) {
        for Anew { case, why } in &self.anew {
            let _ = writeln!(text, "begins anew: {case}: {why}");
        }
        for one in &self.changed {
            let name = one.id.with_metric(&one.metric);
            let change = one
                .change
                .map(|change| format!(" ({})", percent(change.estimate)));
            let (verdict, change) = (one.verdict, change.unwrap_or_default());
            let _ = writeln!(
                text,
                "the present revision against the old one: {name}: {verdict}{change}"
            );
        }
    }

    /// A metric a line: there, here, the change with its interval, the anchor.
    fn table(&self) -> String {
        let mut rows =
            vec![["", "old", "here", "change", "99 % interval", "anchor"].map(str::to_owned)];
        rows.extend(self.bridged.iter().map(|one| self.row(one)));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let widths: [usize; 6] = std::array::from_fn(|column| width(column).unwrap_or_default());
        let mut text = String::new();
        for [name, old, here, change, interval, anchor] in &rows {
            let [first, second, third, fourth, fifth, _] = widths;
            let line = format!(
                "  {name:<first$}  {old:>second$}  {here:>third$}  {change:>fourth$}  {interval:<fifth$}  {anchor}"
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn row(&self, one: &Bridged) -> [String; 6] {
        let [change, low, high] =
            [one.ratio.value, one.ratio.low, one.ratio.high].map(|ratio| percent(ratio - 1.0));
        let mut anchors = self.anchors.iter();
        let anchor = anchors.find(|moved| moved.case == one.case && moved.metric == one.metric);
        let anchor = anchor.map(|moved| {
            let before = moved
                .before
                .map_or_else(String::new, |before| moved.unit.show(before));
            format!("{before} to {}", moved.unit.show(moved.after))
        });
        [
            one.case.with_metric(&one.metric),
            one.unit.show(one.old),
            one.unit.show(one.here),
            change,
            format!("{low} to {high}"),
            anchor.unwrap_or_default(),
        ]
    }
}

fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
