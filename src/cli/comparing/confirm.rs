//! `--confirm`: what was flagged is measured again, once, and only what is then seen counts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::super::ab::side::{Content, Side};
use super::super::ab::{self, Ended, Question};
use super::super::run as runs;
use super::super::run::pinning::{Locks, Taken};
use super::super::run::progress::Progress;
use super::super::run::{header, start};
use super::super::{Exit, Fault, output};
use super::base::Base;
use super::candidate::{Candidate, Facts};
use super::ending::Settings;
use super::sides;
use crate::engine::{self, Earlier, Job, Signals, Subscribers, Tally};
use crate::files;
use crate::id::CaseId;
use crate::record::Header;
use crate::store::{self, Record, Writer};
use crate::telemetry::Live;
use crate::verdict::{self, FirstLook, Judgement, Verdict};

/// Both looks have half of the false discovery rate.
pub const LOOKS: u32 = 2;

/// The fewest blocks of a second look.
const FEWEST: u32 = 3;

/// The number of the format of `confirm.json`.
const FORMAT: u32 = 1;

/// Whether what was flagged is measured again.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct ConfirmArgs {
    /// Measure flagged and inconclusive cases once more, in turns with the base where that can be built
    #[arg(long)]
    pub confirm: bool,
}

/// How a second look is taken.
pub struct Confirm<'a> {
    /// What stops it.
    pub signals: &'a Signals,
    /// Whether no progress is shown.
    pub quiet: bool,
    /// How long to wait for the device.
    pub wait: Option<Duration>,
    /// How its clocks may be pinned.
    pub locks: Locks,
    /// What is judged, where that isn't what the record says: the work tree, in a run that just ended.
    pub content: Option<Content>,
}

/// A first look, and what it rests on.
pub struct First<'a> {
    /// The candidate's header.
    pub header: &'a Header,
    /// The candidate's folder.
    pub folder: &'a Path,
    /// The base.
    pub base: &'a Base,
    /// How the program ends.
    pub settings: Settings,
    /// The false discovery rate of one look.
    pub rate: f64,
}

/// How the second look was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// In turns with the base.
    InTurns,
    /// The candidate alone, compared with the base as it was: what was wrong with the machine may be so again.
    InThisRunOnly,
}

#[derive(Serialize)]
struct Note<'a> {
    format: u32,
    how: How,
    first: Vec<&'a Judgement>,
    second: &'a [Judgement],
}

/// Whether a verdict is looked at again.
fn is_open(judgement: &Judgement) -> bool {
    match judgement.verdict {
        Verdict::Regressed | Verdict::RegressedSpread | Verdict::Suspect => true,
        Verdict::Inconclusive => judgement.change.is_some(),
        _ => false,
    }
}

impl Confirm<'_> {
    /// Measures what `judgements` leave open once more, and puts what is then seen in its place. What was done, in
    /// words, and how; nothing where nothing was open.
    pub fn again(
        &self,
        first: &First<'_>,
        judgements: &mut [Judgement],
    ) -> anyhow::Result<Option<(String, How)>> {
        let open: BTreeSet<CaseId> = judgements
            .iter()
            .filter(|one| is_open(one))
            .map(|one| one.id.clone())
            .collect();
        if open.is_empty() {
            return Ok(None);
        }
        let cases = if open.len() == 1 {
            "1 case".to_owned()
        } else {
            format!("{} cases", open.len())
        };
        if !self.quiet {
            anstream::eprintln!("measuring {cases} again");
        }
        let (how, second) = match self.in_turns(first, &open)? {
            Some(second) => (How::InTurns, second),
            None => (How::InThisRunOnly, self.alone(first, &open)?),
        };
        note(first, how, judgements, &second)?;
        for judgement in judgements.iter_mut() {
            let same =
                |other: &&Judgement| other.id == judgement.id && other.metric == judgement.metric;
            if let Some(new) = second
                .iter()
                .find(same)
                .filter(|_| open.contains(&judgement.id))
            {
                *judgement = replaced(judgement, new, how);
            }
        }
        let words = match how {
            How::InTurns => {
                format!("{cases} measured again, in turns with the base: only that counts for them")
            }
            How::InThisRunOnly => {
                format!("{cases} measured again without the base: confirmed in this run only")
            }
        };
        Ok(Some((words, how)))
    }

    fn content(&self, header: &Header) -> Content {
        let clean = header.git.as_ref().filter(|git| git.dirty.is_empty());
        let commit = clean.and_then(|git| git.commit.clone());
        self.content
            .clone()
            .or(commit.map(Content::Revision))
            .unwrap_or(Content::WorkTree)
    }

    /// The judgements of base and candidate measured in turns; none where the base can't be built.
    fn in_turns(
        &self,
        first: &First<'_>,
        open: &BTreeSet<CaseId>,
    ) -> anyhow::Result<Option<Vec<Judgement>>> {
        let Some(commit) = first.base.commit.clone() else {
            return Ok(None);
        };
        let question = Question {
            sides: [Content::Revision(commit), self.content(first.header)],
            suite: Path::new(&first.header.suite_path),
            options: &self.options(first.header, open)?,
            settings: first.settings,
            looks: LOOKS,
            whole: false,
        };
        match question.answer(self.signals) {
            Ok(Ended::Judged(judged))
                if judged
                    .view
                    .judgements
                    .iter()
                    .any(|one| one.change.is_some()) =>
            {
                Ok(Some(judged.view.judgements))
            }
            Ok(Ended::Judged(judged)) => {
                // The same code on both sides: what was flagged can't be the code's.
                let told = judged
                    .view
                    .judgements
                    .iter()
                    .all(|one| one.verdict == Verdict::Unchanged);
                Ok(told.then_some(judged.view.judgements))
            }
            Ok(Ended::Early(exit @ Exit::Signal(_))) => Err(interrupted(exit)),
            Ok(Ended::Early(_)) => Ok(None),
            Err(error) => {
                output::warn(&format!("the base can't be measured again: {error}"));
                Ok(None)
            }
        }
    }

    /// The judgements of fresh processes of the candidate against the base as it was.
    fn alone(&self, first: &First<'_>, open: &BTreeSet<CaseId>) -> anyhow::Result<Vec<Judgement>> {
        let suite = Path::new(&first.header.suite_path);
        let root = store::root_for(suite);
        let place = root.join("ab");
        files::create_folder(&place).map_err(Fault::from)?;
        let options = self.options(first.header, open)?;
        let content = self.content(first.header);
        let side = match Side::load(&content, suite, (&place, &options, None))? {
            Ok(side) => side,
            Err(exit) => {
                return Err(Fault::new(exit, "the candidate can't be measured again").into());
            }
        };
        let earlier = Earlier::wished(first.base.methods());
        let folder = self.measure(&side, (&root, &place), earlier)?;
        let record = Record::open(&folder).map_err(Fault::from)?;
        let facts = Facts::of(&record.header);
        let candidate = Candidate::of_record(&record, facts).map_err(Fault::from)?;
        let wrong = |error: verdict::PolicyError| Fault::new(Exit::Input, error.to_string());
        let comparisons = sides::comparisons(&candidate, first.base).map_err(wrong)?;
        Ok(verdict::judge(&comparisons, first.rate))
    }

    /// Measures one side, and says where its record is.
    fn measure(
        &self,
        side: &Side,
        (root, place): (&Path, &Path),
        earlier: Earlier,
    ) -> anyhow::Result<PathBuf> {
        let mut progress = Progress::new(self.quiet);
        let stopped = || interrupted(runs::outcome::interrupted(self.signals));
        let subject = &side.subject;
        let prepared =
            start::prepare(subject, root, &mut progress, self.signals)?.ok_or_else(stopped)?;
        let device = subject.selector.to_string();
        let held = (device.as_str(), subject.suite.name.as_str());
        let lock = start::lock(root, held, self.wait, &mut progress, self.signals)?;
        start::refuse_company(subject)?;
        let locks = (lock.ok_or_else(stopped)?, self.locks);
        let taken = Taken::take(subject, root, locks, self.signals)?.ok_or_else(stopped)?;
        let mut header = header::of(subject, &prepared)?;
        taken.state_in(&mut header);
        let place = place.join(store::new_id(jiff::Timestamp::now()));
        let mut writer = Writer::create(&place.join("head"), &header).map_err(Fault::from)?;
        let folder = writer.folder().to_owned();
        let job = Job {
            header: &header,
            plan: &subject.plan,
            prepared: &prepared,
            device: subject.selector,
            folder: &folder,
            done: &[],
            tally: Tally::default(),
            earlier,
            fail_fast: false,
            clocks: taken.held(),
            watch: start::watch_rules(subject, &taken),
            live: Live::default(),
        };
        let mut subscribers = Subscribers::new().with(&mut writer).with(&mut progress);
        let summary = engine::run(&job, &mut subscribers, self.signals).map_err(start::fault)?;
        taken.give_back()?;
        match summary.signal {
            Some(signal) => Err(interrupted(runs::outcome::of_signal(signal))),
            None => Ok(folder),
        }
    }

    /// As the candidate was measured, and only what is open.
    fn options(&self, header: &Header, open: &BTreeSet<CaseId>) -> Result<ab::Options, Fault> {
        let given = runs::overrides::Overrides::of_record(header)?;
        Ok(ab::Options {
            blocks: header.processes.div_ceil(2).max(FEWEST),
            device: given.device,
            samples: given.samples,
            shared: given.shared,
            seed: Some(header.seed),
            axis: given.axis,
            filters: open.iter().map(ToString::to_string).collect(),
            wait: self.wait,
            quiet: self.quiet,
            locks: self.locks,
        })
    }
}

/// The error of a second look that a signal ended.
fn interrupted(exit: Exit) -> anyhow::Error {
    Fault::new(exit, "interrupted while flagged cases were measured again")
        .hint("the run itself is kept: warpmark compare --confirm takes the second look")
        .into()
}

/// The second look in place of the first, which it remembers.
fn replaced(old: &Judgement, new: &Judgement, how: How) -> Judgement {
    let mut judgement = new.clone();
    judgement.first_look = Some(FirstLook {
        verdict: old.verdict,
        change: old.change,
    });
    let change = old
        .change
        .map(|change| format!(", {}", crate::units::percent(change.estimate)));
    judgement.reasons.push(format!(
        "at first: {}{}",
        old.verdict,
        change.unwrap_or_default()
    ));
    if how == How::InThisRunOnly && judgement.verdict.is_regression() {
        judgement
            .reasons
            .push("confirmed in this run only".to_owned());
    }
    judgement
}

/// Keeps both looks with the candidate's record.
fn note(
    first: &First<'_>,
    how: How,
    before: &[Judgement],
    second: &[Judgement],
) -> Result<(), Fault> {
    let note = Note {
        format: FORMAT,
        how,
        first: before.iter().filter(|one| is_open(one)).collect(),
        second,
    };
    let text = output::json(&note).map_err(|error| {
        Fault::new(
            Exit::Internal,
            format!("the judgements have no JSON: {error}"),
        )
    })?;
    Ok(files::write_atomically(
        &first.folder.join("confirm.json"),
        text.as_bytes(),
    )?)
}
