//! `warpmark bisect`: the commit from which a case is slower, found by measuring commits in turns.

use std::path::{Path, PathBuf};

use git2::Repository;

use super::ab::side::{Content, inside_folder};
use super::ab::{Ended, Options, Question};
use super::comparing::ending::Settings;
use super::comparing::fail_on::FailOn;
use super::format::FactArgs;
use super::{Exit, Fault, output, run as runs, suites};
use crate::baseline::Revision;
use crate::cli::format::FactFormat;
use crate::engine::Signals;
use crate::verdict::{Judgement, Verdict};

const EXAMPLES: &str = "\
Examples:
  warpmark bisect triad/n=1048576 v1.2..HEAD suites/memory.toml
  warpmark bisect sum/n=4096 origin/main..HEAD --blocks 10

GOOD is measured against commits in between, each in blocks like `warpmark ab`; of merges only the first parent is
followed. Exit codes: 0 the commit was found; 21 nothing regressed between the two, or it can't be told.";

/// Find the commit from which a case is slower
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The case's id
    #[arg(value_name = "CASE")]
    case: String,
    /// A revision where it was fast, and one where it isn't
    #[arg(value_name = "GOOD..BAD", value_parser = range)]
    range: (String, String),
    /// The suite; looked for in suites/ if none is given
    #[arg(value_name = "SUITE")]
    suite: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    format: FactArgs,
}

fn range(text: &str) -> Result<(String, String), String> {
    match text.split_once("..") {
        Some((good, bad)) if !good.is_empty() && !bad.is_empty() && !bad.starts_with('.') => {
            Ok((good.to_owned(), bad.to_owned()))
        }
        _ => Err(format!(
            "{text:?} is no range: write GOOD..BAD, as in v1.2..HEAD"
        )),
    }
}

/// A commit in between.
#[derive(Debug, Clone)]
struct Commit {
    hash: String,
    subject: String,
}

/// What a commit is, measured against the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Bad,
    /// It can't be built, or nothing can be told.
    Unknown,
}

/// What was found.
#[derive(Debug)]
enum Found {
    /// The commit.
    Commit(usize),
    /// The commits among which it is: those between could not be told.
    Among(usize, usize),
    /// The last commit isn't slower than the first.
    Nothing,
}

/// Finds the commit and prints it.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let signals = runs::watch()?;
    let suite = match &args.suite {
        Some(suite) => suite.clone(),
        None => suite_of(&args.case)?,
    };
    let (good, bad) = &args.range;
    let commits = commits(&suite, good, bad)?;
    let mut search = Search {
        args,
        suite: &suite,
        signals: &signals,
        seen: vec![None; commits.len()],
        commits,
    };
    match search.search()? {
        Ok(found) => search.print(&found),
        Err(exit) => Ok(exit),
    }
}

/// The only suite in `suites/` that has the case's workload.
fn suite_of(case: &str) -> anyhow::Result<PathBuf> {
    let workload = case.split('/').next().unwrap_or_default();
    let mut having = Vec::new();
    for path in suites::given(&[], false)? {
        let loaded = crate::manifest::load(&path).ok();
        let has = loaded.is_some_and(|suite| {
            suite
                .workloads
                .iter()
                .any(|own| own.name.as_str() == workload)
        });
        if has {
            having.push(path);
        }
    }
    match having.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Fault::new(
            Exit::Usage,
            format!("no suite in suites/ has the workload {workload:?}"),
        )
        .hint("name the suite: warpmark bisect CASE GOOD..BAD SUITE")
        .into()),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let message = format!(
                "several suites have the workload {workload:?}: {}",
                names.join(", ")
            );
            Err(Fault::new(Exit::Usage, message)
                .hint("name the suite: warpmark bisect CASE GOOD..BAD SUITE")
                .into())
        }
    }
}

/// The commits from `good` to `bad` by first parents, `good` first.
fn commits(suite: &Path, good: &str, bad: &str) -> anyhow::Result<Vec<Commit>> {
    let folder = inside_folder(suite);
    let from = Revision::find(folder, good).map_err(Fault::from)?;
    let to = Revision::find(folder, bad).map_err(Fault::from)?;
    let no_commit = |name: &str| Fault::new(Exit::Usage, format!("{name} is no commit"));
    let first = from.commit().ok_or_else(|| no_commit(good))?;
    let mut next = Some(to.commit().ok_or_else(|| no_commit(bad))?.to_owned());
    let mut commits = Vec::new();
    while let Some(hash) = next {
        let (commit, parent) = described(to.repository(), &hash)?;
        let reached = commit.hash == first;
        commits.push(commit);
        if reached {
            commits.reverse();
            return Ok(commits);
        }
        next = parent;
    }
    let message = format!("{good} is no first-parent ancestor of {bad}");
    Err(Fault::new(Exit::Usage, message)
        .hint("name a commit of the branch's own line: `git log --first-parent` shows it")
        .into())
}

fn described(repository: &Repository, hash: &str) -> Result<(Commit, Option<String>), Fault> {
    let wrong = |error: git2::Error| {
        Fault::new(
            Exit::Input,
            format!("git cannot read the commit {hash}: {}", error.message()),
        )
    };
    let id = git2::Oid::from_str(hash).map_err(wrong)?;
    let commit = repository.find_commit(id).map_err(wrong)?;
    let subject = String::from_utf8_lossy(commit.summary_bytes().unwrap_or_default()).into_owned();
    let parent = commit.parent_id(0).ok().map(|id| id.to_string());
    let hash = hash.to_owned();
    Ok((Commit { hash, subject }, parent))
}

struct Search<'a> {
    args: &'a Args,
    suite: &'a Path,
    signals: &'a Signals,
    commits: Vec<Commit>,
    /// What is known of each commit.
    seen: Vec<Option<(State, String)>>,
}

impl Search<'_> {
    /// Halves the range until the commit is found; `Err` is the exit where a signal came.
    fn search(&mut self) -> anyhow::Result<Result<Found, Exit>> {
        let (mut good, mut bad) = (0, self.commits.len() - 1);
        match self.state(bad)? {
            Ok(State::Bad) => {}
            Ok(_) => return Ok(Ok(Found::Nothing)),
            Err(exit) => return Ok(Err(exit)),
        }
        while let Some(middle) = self.nearest_unseen(good, bad) {
            match self.state(middle)? {
                Ok(State::Good) => good = middle,
                Ok(State::Bad) => bad = middle,
                Ok(State::Unknown) => {}
                Err(exit) => return Ok(Err(exit)),
            }
        }
        Ok(Ok(if good + 1 == bad {
            Found::Commit(bad)
        } else {
            Found::Among(good + 1, bad)
        }))
    }

    /// The commit nearest to the middle between two that nothing is known of.
    fn nearest_unseen(&self, good: usize, bad: usize) -> Option<usize> {
        let middle = usize::midpoint(good, bad);
        let unseen = (good + 1..bad).filter(|&place| self.seen[place].is_none());
        unseen.min_by_key(|place| place.abs_diff(middle))
    }

    /// What the commit at `place` is, measured against the first; `Err` is the exit where a signal came.
    fn state(&mut self, place: usize) -> anyhow::Result<Result<State, Exit>> {
        if place == 0 {
            return Ok(Ok(State::Good));
        }
        let commit = &self.commits[place];
        if !self.args.options.quiet {
            anstream::eprintln!("{} {}", short(&commit.hash), commit.subject);
        }
        let mut options = self.args.options.clone();
        options.filters = vec![self.args.case.clone()];
        let question = Question {
            sides: [&self.commits[0], commit].map(|commit| Content::Revision(commit.hash.clone())),
            suite: self.suite,
            options: &options,
            settings: SETTINGS,
            looks: 1,
            whole: false,
        };
        let ended = question.answer(self.signals)?;
        if let Some(signal) = self.signals.caught() {
            return Ok(Err(runs::outcome::of_signal(signal)));
        }
        let (state, words) = match &ended {
            Ended::Judged(judged) => of(&judged.view.judgements),
            Ended::Early(_) => (State::Unknown, "it could not be measured".to_owned()),
        };
        if !self.args.options.quiet {
            anstream::eprintln!("  {words}");
        }
        self.seen[place] = Some((state, words));
        Ok(Ok(state))
    }

    fn print(&self, found: &Found) -> anyhow::Result<Exit> {
        if self.args.format.chosen() == FactFormat::Json {
            output::print(output::json(&self.as_json(found))?.as_bytes())?;
        } else {
            output::print(self.in_words(found).as_bytes())?;
        }
        Ok(match found {
            Found::Commit(_) => Exit::Success,
            Found::Among(..) | Found::Nothing => Exit::Incomparable,
        })
    }

    fn in_words(&self, found: &Found) -> String {
        let line = |place: usize| {
            let commit = &self.commits[place];
            let words = self.seen[place]
                .as_ref()
                .map(|(_, words)| format!(": {words}"));
            let subject = &commit.subject;
            format!(
                "{} {subject}{}\n",
                short(&commit.hash),
                words.unwrap_or_default()
            )
        };
        let case = &self.args.case;
        match *found {
            Found::Commit(place) => format!("{case} is slower since\n{}", line(place)),
            Found::Among(first, last) => {
                let lines: String = (first..=last).map(line).collect();
                format!(
                    "{case} is slower since one of these commits; those between could not be told\n{lines}"
                )
            }
            Found::Nothing => {
                let last = self.commits.len() - 1;
                format!(
                    "{case} is not slower at the end of the range\n{}",
                    line(last)
                )
            }
        }
    }

    fn as_json(&self, found: &Found) -> serde_json::Value {
        let (first, last) = match *found {
            Found::Commit(place) => (place, place + 1),
            Found::Among(first, last) => (first, last + 1),
            Found::Nothing => (0, 0),
        };
        let commits: Vec<serde_json::Value> = self.commits[first..last]
            .iter()
            .map(|commit| serde_json::json!({"commit": commit.hash, "subject": commit.subject}))
            .collect();
        let measured: Vec<serde_json::Value> = self
            .seen
            .iter()
            .zip(&self.commits)
            .filter_map(|(seen, commit)| {
                let (_, words) = seen.as_ref()?;
                Some(serde_json::json!({"commit": commit.hash, "finding": words}))
            })
            .collect();
        serde_json::json!({"format": 1, "case": self.args.case, "found": commits, "measured": measured})
    }
}

/// Bisection exits by what it found, never by a verdict.
const SETTINGS: Settings = Settings {
    fail_on: FailOn::SUSPECT,
    allow_incomparable: true,
};

/// What a case's verdicts make of a commit: its time decides.
fn of(judgements: &[Judgement]) -> (State, String) {
    let Some(time) = judgements
        .iter()
        .find(|judgement| judgement.metric == "time")
    else {
        return (State::Unknown, "it has no such case".to_owned());
    };
    let change = time
        .change
        .map(|change| format!(", {}", crate::units::percent(change.estimate)));
    let words = format!("{}{}", time.headline(), change.unwrap_or_default());
    let state = match time.verdict {
        Verdict::Regressed | Verdict::RegressedSpread => State::Bad,
        Verdict::Unchanged | Verdict::Improved => State::Good,
        _ => State::Unknown,
    };
    (state, words)
}

fn short(hash: &str) -> &str {
    hash.get(..10).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_two_ends() {
        assert_eq!(
            range("v1.2..HEAD"),
            Ok(("v1.2".to_owned(), "HEAD".to_owned()))
        );
        for bad in ["HEAD", "..HEAD", "v1..", "a...b", ""] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }
}
