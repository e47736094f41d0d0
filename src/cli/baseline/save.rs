//! `warpmark baseline save`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::baseline::{self, Acceptance, Allowed, Meant, Saved, Source, Terms};
use crate::cli::comparing::{self, Operand, Settings};
use crate::cli::format::{FactArgs, FactFormat};
use crate::cli::output::{self, shown};
use crate::cli::{Exit, Fault};
use crate::id::{CaseId, Name};
use crate::store::{self, Record};
use crate::verdict::{Judgement, Verdict};

/// Take every complete run of a suite since the last save, up to RUN, into its baseline
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark run suites/memory.toml && warpmark baseline save && git add baselines\n  warpmark baseline save --accept 'triad/*' --reason 'checked arithmetic, agreed on in the review'"
)]
pub struct Args {
    /// The last run to take: a record's folder, its id, or `latest`
    #[arg(default_value = "latest")]
    run: String,
    /// The suite whose latest run it is
    #[arg(long, value_name = "NAME", value_parser = output::name)]
    suite: Option<Name>,
    /// The folder of baselines [default: `baselines` in the root of the work tree]
    #[arg(long, value_name = "DIR")]
    baselines: Option<PathBuf>,
    /// Accept how these cases are now, as -f takes them: their series start anew with the newest run
    #[arg(long, value_name = "CASE", requires = "reason")]
    accept: Vec<String>,
    /// Why; it stands in the baseline and in reports
    #[arg(long, value_name = "TEXT", requires = "accept", value_parser = reason)]
    reason: Option<String>,
    #[command(flatten)]
    allow: Allow,
    #[command(flatten)]
    format: FactArgs,
}

#[derive(Debug, Clone, Copy, clap::Args)]
#[allow(clippy::struct_excessive_bools)] // one flag each
struct Allow {
    /// Take runs of a tree that HEAD doesn't stand for
    #[arg(long = "allow-dirty")]
    dirty: bool,
    /// Take runs in which cases failed, without these cases
    #[arg(long = "allow-failed")]
    failed: bool,
    /// Take runs with --samples, --processes, --seed or --axis
    #[arg(long = "allow-overrides")]
    overrides: bool,
    /// Take runs with -f
    #[arg(long = "allow-partial")]
    partial: bool,
    /// Take --quick runs
    #[arg(long = "allow-quick")]
    quick: bool,
}

impl From<Allow> for Allowed {
    fn from(allow: Allow) -> Self {
        Self {
            failed: allow.failed,
            quick: allow.quick,
            overrides: allow.overrides,
            partial: allow.partial,
            dirty: allow.dirty,
        }
    }
}

/// Saves and says what was saved.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let root = store::root_for(Path::new("."));
    let record = store::find(&root, args.suite.as_ref(), &args.run).map_err(Fault::from)?;
    let folder = super::folder(args.baselines.as_ref());
    let terms = Terms {
        allowed: args.allow.into(),
        accept: acceptance(args)?,
    };
    let saved = baseline::save(&record, &folder, &terms).map_err(Fault::from)?;
    for (run, why) in &saved.left_out {
        output::warn(&format!("the run {run} is left out: {why}"));
    }
    let moot = if saved.runs.is_empty() {
        Vec::new()
    } else {
        // What is saved is saved.
        moot(&record, &folder).unwrap_or_else(|error| {
            output::warn(&format!("acknowledgements are left as they are: {error}"));
            Vec::new()
        })
    };
    let text = match args.format.chosen() {
        FactFormat::Human => human(&saved, &moot),
        FactFormat::Json => json(&saved, &moot)?,
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Drops the acknowledgements that the saved run in the folder `run` needs no more, and says which.
fn moot(run: &Path, folder: &Path) -> anyhow::Result<Vec<String>> {
    let header = Record::open(run).map_err(Fault::from)?.header;
    let all = baseline::acknowledgements(folder, &header.suite, &Meant::default());
    if all.map_err(Fault::from)?.is_empty() {
        return Ok(Vec::new());
    }
    let base = Operand::Baselines(Source::Folder(folder.to_owned()));
    let view = comparing::compare_record(run, base, Settings::default(), None)?.view;
    let is_mended =
        |found: &&Judgement| matches!(found.verdict, Verdict::Improved | Verdict::Unchanged);
    let mended = view.judgements.iter().filter(is_mended);
    let mended = mended.map(|found| (found.id.clone(), found.metric.clone()));
    let of = (&header.suite, header.environment.key.as_str());
    let gone = baseline::drop_moot(folder, of, &mended.collect(), &header.id);
    Ok(gone.map_err(Fault::from)?)
}

/// A reason that says something.
fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("say why, in a few words".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// What the command line accepts.
fn acceptance(args: &Args) -> Result<Option<Acceptance>, Fault> {
    let Some(reason) = args.reason.clone() else {
        return Ok(None);
    };
    let cases = super::filters(&args.accept)?;
    Ok(Some(Acceptance { cases, reason }))
}

fn human(saved: &Saved, moot: &[String]) -> String {
    let file = shown(&saved.file);
    let file = file.display();
    let accepted = match saved.accepted.len() {
        0 => String::new(),
        1 => format!(
            "accepted how {} is now: its series starts anew\n",
            saved.accepted[0]
        ),
        count => format!("accepted how {count} cases are now: their series start anew\n"),
    };
    let gone = super::unacknowledged(
        &saved.unacknowledged,
        "it is accepted now, or measured in another way",
        false,
    ) + &super::unacknowledged(moot, "it is as fast as its anchor again", false);
    let accepted = accepted + &gone;
    if saved.runs.is_empty() {
        return format!("nothing to save: {file} has that run already\n{accepted}");
    }
    let runs = match saved.runs.len() {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    };
    let (cases, new) = (saved.cases, saved.new_cases);
    let noun = if cases == 1 { "case" } else { "cases" };
    format!("saved {runs} to {file}: {cases} {noun}, {new} of them new\n{accepted}")
}

#[derive(Serialize)]
struct Wire<'a> {
    format: u32,
    file: &'a Path,
    runs: &'a [String],
    left_out: Vec<LeftOut<'a>>,
    cases: usize,
    new_cases: usize,
    accepted: &'a [CaseId],
    unacknowledged: Vec<&'a String>,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    run: &'a str,
    why: &'a str,
}

fn json(saved: &Saved, moot: &[String]) -> serde_json::Result<String> {
    let left_out = saved.left_out.iter();
    output::json(&Wire {
        format: 1,
        file: &saved.file,
        runs: &saved.runs,
        left_out: left_out.map(|(run, why)| LeftOut { run, why }).collect(),
        cases: saved.cases,
        new_cases: saved.new_cases,
        accepted: &saved.accepted,
        unacknowledged: saved.unacknowledged.iter().chain(moot).collect(),
    })
}
