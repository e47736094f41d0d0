//! `warpmark baseline rebase`: a new driver or machine goes on where the old baseline leads.

mod ends;
mod ratios;
mod said;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::Place;
use crate::baseline::{self, Allowed, BaselineError, Bridge, Measured, Rebasing, SavedRun};
use crate::cli::ab::measure::Measured as InTurns;
use crate::cli::ab::side::Content;
use crate::cli::ab::{Judged, Options, Question};
use crate::cli::comparing::ending::Settings;
use crate::cli::comparing::fail_on::FailOn;
use crate::cli::run as runs;
use crate::cli::run::overrides::Overrides;
use crate::cli::run::pinning::Locks;
use crate::cli::run::subject::{Refused, Subject};
use crate::cli::{Exit, Fault, output};
use crate::device::Selector;
use crate::store::Record;
use crate::verdict::PolicyError;
use ends::Ends;
use said::Said;

const AFTER: &str = "\
Examples:
  warpmark baseline rebase suites/memory.toml --dry-run
  warpmark baseline rebase suites/memory.toml && git add baselines
  warpmark baseline rebase suites/memory.toml --from 3e69b2cb

Exit codes: 0 saved; 3 there is nothing to rebase, or it can't be; 5 the device can't serve; 10 a case fails;
22 a control came out different, so that nothing was saved: measure again on a quiet machine.";

/// Go on with a baseline on a new driver or machine: its revision and the present one are measured here, in turns
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
#[allow(clippy::struct_excessive_bools)] // one flag each
pub struct Args {
    /// The suite
    #[arg(value_name = "SUITE")]
    suite: PathBuf,
    /// The baseline whose key begins so, 4 hex digits or more [default: the one with the newest run]
    #[arg(long, value_name = "KEY", value_parser = super::key)]
    from: Option<String>,
    #[command(flatten)]
    locks: Locks,
    /// Measure in so many blocks of four processes, two of each revision
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=250))]
    blocks: u32,
    /// Measure on this device instead of the suite's: host, cuda:N, cuda:UUID, mock
    #[arg(long, value_name = "DEVICE")]
    device: Option<Selector>,
    /// Although this machine has a baseline already: what comes over replaces its anchors
    #[arg(long)]
    again: bool,
    /// Take the work tree although HEAD doesn't stand for it
    #[arg(long)]
    allow_dirty: bool,
    /// Go on where cases fail at the present revision, without these cases
    #[arg(long)]
    allow_failed: bool,
    /// Wait so long for a device that is in use: 30s, 10m, 1h
    #[arg(long, value_name = "TIME", value_parser = runs::duration)]
    wait: Option<Duration>,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    place: Place,
}

/// Measures both revisions, and saves what came of it.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let overrides = Overrides {
        device: args.device,
        ..Overrides::default()
    };
    let subject = match Subject::load(&args.suite, &overrides)? {
        Ok(subject) => subject,
        Err(Refused(exit)) => return Ok(exit),
    };
    let folder = super::folder(args.place.baselines.as_ref());
    let ends = Ends::find(&subject, folder, args)?;
    if args.place.dry_run {
        let said = Said::planned(&ends, args.blocks, subject.plan.cases.len());
        output::print(said.text(args.place.format.chosen())?.as_bytes())?;
        return Ok(Exit::Success);
    }
    drop(subject);
    measure(&ends, args)
}

/// Measures in turns, and saves where no control speaks against it.
fn measure(ends: &Ends, args: &Args) -> anyhow::Result<Exit> {
    let began = Instant::now();
    let signals = runs::watch()?;
    let options = args.options();
    let question = Question {
        sides: [Content::Revision(ends.commit.clone()), Content::WorkTree],
        suite: &args.suite,
        options: &options,
        settings: Settings {
            fail_on: FailOn::SUSPECT,
            allow_incomparable: true,
        },
        looks: 1,
        whole: true,
    };
    let in_turns = match question.measure(&signals)? {
        Ok(in_turns) => in_turns,
        Err(exit) => return Ok(exit),
    };
    let judged = question.judge(&in_turns, began.elapsed())?;
    if judged.is_distrusted {
        return Err(distrusted(&judged).into());
    }
    let said = save(ends, &in_turns, (&judged, args))?;
    output::print(said.text(args.place.format.chosen())?.as_bytes())?;
    Ok(Exit::Success)
}

impl Args {
    /// As `ab` takes them; a part of a suite is no baseline.
    fn options(&self) -> Options {
        Options {
            locks: self.locks,
            blocks: self.blocks,
            device: self.device,
            samples: None,
            seed: None,
            axis: Vec::new(),
            filters: Vec::new(),
            wait: self.wait,
            shared: false,
            quiet: self.quiet,
        }
    }
}

/// The fault of a measurement that no ratio can rest on.
fn distrusted(judged: &Judged) -> Fault {
    let notes = judged.view.notes.join("; ");
    let message = format!(
        "nothing is saved: a control, the same code on both sides, came out different ({notes})"
    );
    Fault::new(Exit::Suspect, message)
        .hint("let the machine come to rest, and measure again, perhaps with more --blocks")
}

/// Saves what both sides measured.
fn save(ends: &Ends, in_turns: &InTurns, (judged, args): (&Judged, &Args)) -> Result<Said, Fault> {
    let folders = in_turns.folders.as_ref().map(|(folders, _)| folders);
    let [base, head] = folders
        .ok_or_else(|| Fault::new(Exit::NothingSelected, "the suite has no case to measure"))?;
    let [base, head] = [read(base)?, read(head)?];
    refuse_bad(&head.0, args)?;
    let environment = &head.0.header.environment;
    if environment.key != ends.environment.key {
        let message = "this machine's facts changed while it was measured: nothing is saved";
        return Err(Fault::new(Exit::Environment, message)
            .hint("warpmark env --diff names what changed between the records"));
    }
    let wrong = |error: PolicyError| Fault::new(Exit::Input, error.to_string());
    let carrying = ratios::of(&in_turns.study, [&base.1, &head.1], &ends.old).map_err(wrong)?;
    let bridge = Bridge {
        from: ends.old.reviewed.key.clone(),
        commit: ends.commit.clone(),
        run: base.0.header.id.clone(),
        measured: base.0.header.started,
    };
    let saved = |(record, measured): (Record, Measured)| {
        let mut run = SavedRun::new(&record.header, measured);
        // A device that was chosen takes nothing from the suite, nor do controls add to it.
        run.partial = false;
        for (control, _) in &in_turns.study.controls {
            run.values.cases.remove(control);
            run.unmeasured.remove(control);
        }
        run
    };
    let header = head.0.header.clone();
    let rebasing = Rebasing {
        bridge,
        old: &ends.old,
        header: &header,
        base: saved(base),
        head: saved(head),
        carrying,
    };
    let rebased = baseline::rebase(&ends.folder, rebasing)?;
    Ok(Said::done(ends, judged, rebased))
}

fn read(folder: &std::path::Path) -> Result<(Record, Measured), Fault> {
    let record = Record::open(folder)?;
    let measured = Measured::of(&record)?;
    Ok((record, measured))
}

/// Fails where the present revision's run can't become a part of a baseline.
fn refuse_bad(head: &Record, args: &Args) -> Result<(), Fault> {
    let allowed = Allowed {
        failed: args.allow_failed,
        quick: false,
        overrides: true, // --device alone
        partial: false,
        dirty: args.allow_dirty,
    };
    let objections = baseline::objections(head, allowed);
    if objections.is_empty() {
        return Ok(());
    }
    let failed = objections
        .iter()
        .any(|one| matches!(one, baseline::Objection::Failed(_)));
    let refused = Fault::from(BaselineError::Refused {
        run: head.header.id.clone(),
        objections,
    });
    let exit = if failed {
        Exit::CaseFailed
    } else {
        refused.exit
    };
    Err(Fault { exit, ..refused })
}
