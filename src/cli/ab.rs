//! `warpmark ab`: two revisions, one machine, one run, in turns.

pub(super) mod measure;
pub(super) mod note;
mod progress;
pub(super) mod side;
pub(super) mod study;
mod verdicts;

use std::path::Path;
use std::time::{Duration, Instant};

use super::comparing::Settings;
use super::comparing::fail_on::FailWord;
use super::format::ReportArgs;
use super::run::overrides::{Overrides, axis};
use super::run::pinning::Locks;
use super::{Exit, Fault, again, output, run as runs};
use crate::device::Selector;
use crate::engine::Signals;
use crate::id::{AxisValue, Name};
use crate::report::{self, CompareView};
use crate::store;
use measure::{Bench, Measured};
use side::{Content, Side};
use study::Study;

/// Blocks where nothing is said.
const BLOCKS: u32 = 5;

/// The fewest blocks from which a verdict can come.
const FEWEST: i64 = 2;

const EXAMPLES: &str = "\
Examples:
  warpmark ab HEAD~1 suites/memory.toml            the last commit against the work tree
  warpmark ab origin/main HEAD suites/memory.toml  a branch, whatever the work tree holds
  warpmark ab v1.2 suites/memory.toml -f 'triad/*' --blocks 10

Cases whose machine code and launch are the same on both sides are not measured: unchanged (same code).
Exit codes: as of compare.";

/// Measure two revisions in turns, and say what differs
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The revision to compare with
    #[arg(value_name = "BASE")]
    base: String,
    /// The revision to judge (the work tree, if none is given), and the suite
    #[arg(value_name = "[HEAD] SUITE", num_args = 1..=2, required = true)]
    rest: Vec<String>,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    report: ReportArgs,
}

/// How two revisions are measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    pub locks: Locks,
    /// Measure in so many blocks of four processes, two of each side
    #[arg(long, value_name = "N", default_value_t = BLOCKS, value_parser = clap::value_parser!(u32).range(FEWEST..=250))]
    pub blocks: u32,
    /// Run on this device instead of the suite's: host, cuda:N, cuda:UUID, mock
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<Selector>,
    /// Take so many samples in each process
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: Option<u32>,
    /// Measure although other processes use the GPU
    #[arg(long)]
    pub shared: bool,
    /// The seed of blocks, order and inputs
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Use these values of an axis instead of the suite's: n=1024,4096
    #[arg(long, value_name = "NAME=VALUES", value_parser = axis)]
    pub axis: Vec<(Name, Vec<AxisValue>)>,
    /// Measure only cases that match: a glob on the id, tag:NAME, or axis=value; ! before it excludes
    #[arg(
        short = 'f',
        long = "filter",
        value_name = "FILTER",
        allow_hyphen_values = true
    )]
    pub filters: Vec<String>,
    /// Wait so long for a device that is in use: 30s, 10m, 1h
    #[arg(long, value_name = "TIME", value_parser = runs::duration)]
    pub wait: Option<Duration>,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

impl Args {
    /// A command line that measures the same again.
    fn again(&self) -> String {
        let words = std::iter::once(&self.base).chain(&self.rest);
        let words: Vec<&str> = words.map(String::as_str).collect();
        let blocks = Some(self.options.blocks).filter(|blocks| *blocks != BLOCKS);
        again::ab(&words, blocks, &self.options.given())
    }
}

impl Options {
    /// The overrides among them.
    pub fn given(&self) -> Overrides {
        Overrides {
            device: self.device,
            processes: None,
            samples: self.samples,
            seed: self.seed,
            axis: self.axis.clone(),
            filters: self.filters.clone(),
            quick: false,
            shared: self.shared,
        }
    }
}

/// How a study ended.
pub enum Ended {
    /// With verdicts.
    Judged(Box<Judged>),
    /// Before there were any; it has been said why.
    Early(Exit),
}

/// The verdicts of a study.
pub struct Judged {
    /// What to show.
    pub view: CompareView,
    /// How the program ends by it.
    pub exit: Exit,
    /// Whether a control was flagged, so that nothing that was measured holds.
    pub is_distrusted: bool,
}

/// Compares and prints verdicts.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let (head, suite) = match args.rest.as_slice() {
        [head, suite] => (Content::Revision(head.clone()), suite),
        [suite] => (Content::WorkTree, suite),
        _ => {
            return Err(Fault::new(Exit::Usage, "ab takes BASE, perhaps HEAD, and a suite").into());
        }
    };
    if args.settings.fail_on.asks(FailWord::Goal) {
        let hint = "goals are judged by run and compare: warpmark run --fail-on goal";
        return Err(Fault::new(Exit::Usage, "ab judges no goals")
            .hint(hint)
            .into());
    }
    let base = Content::Revision(args.base.clone());
    let signals = runs::watch()?;
    let question = Question {
        sides: [base, head],
        suite: Path::new(suite),
        options: &args.options,
        settings: args.settings,
        looks: 1,
        whole: false,
    };
    match question.answer(&signals)? {
        Ended::Early(exit) => Ok(exit),
        Ended::Judged(mut judged) => {
            judged.view.heading.reproduce = args.again();
            let text = report::render(&judged.view, args.report.chosen())?;
            output::print(text.as_bytes())?;
            Ok(judged.exit)
        }
    }
}

/// What is to be found out.
pub struct Question<'a> {
    /// Base and head.
    pub sides: [Content; 2],
    /// The suite, as a path in the work tree.
    pub suite: &'a Path,
    /// How it is measured.
    pub options: &'a Options,
    /// How the program ends by it.
    pub settings: Settings,
    /// Looks that share the false discovery rate.
    pub looks: u32,
    /// Whether each side measures all of its cases, also those with the same code on both.
    pub whole: bool,
}

impl Question<'_> {
    /// Loads both sides, measures them, and judges.
    pub fn answer(&self, signals: &Signals) -> anyhow::Result<Ended> {
        let began = Instant::now();
        let measured = match self.measure(signals)? {
            Ok(measured) => measured,
            Err(exit) => return Ok(Ended::Early(exit)),
        };
        let judged = self.judge(&measured, began.elapsed())?;
        Ok(Ended::Judged(Box::new(judged)))
    }

    /// Judges what was measured, which took `took` in all, and keeps the judgements beside it.
    pub fn judge(&self, measured: &Measured, took: Duration) -> Result<Judged, Fault> {
        let judged = verdicts::judge(measured, (self.settings, self.looks), took)?;
        note::write(measured, &judged)?;
        Ok(judged)
    }

    /// Loads both sides and measures them in turns; `Err` is the exit where that came to nothing, and it has been said
    /// why.
    pub fn measure(&self, signals: &Signals) -> anyhow::Result<Result<Measured, Exit>> {
        let root = store::root_for(self.suite);
        store::prepare(&root).map_err(Fault::from)?;
        let place = root.join("ab");
        crate::files::create_folder(&place).map_err(Fault::from)?;
        let [base, head] = &self.sides;
        let head = match Side::load(head, self.suite, (&place, self.options, None))? {
            Ok(head) => head,
            Err(exit) => return Ok(Err(exit)),
        };
        let like = Some((head.subject.selector, head.subject.plan.seed));
        let base = match Side::load(base, self.suite, (&place, self.options, like))? {
            Ok(base) => base,
            Err(exit) => return Ok(Err(exit)),
        };
        let bench = Bench {
            root: &root,
            place: &place,
            options: self.options,
            signals,
        };
        let Some(prepared) = bench.prepare([&base, &head])? else {
            return Ok(Err(runs::outcome::interrupted(signals)));
        };
        bench.measure(Study::of([base, head], prepared, self.whole))
    }
}
