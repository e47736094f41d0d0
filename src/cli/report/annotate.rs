//! `warpmark report annotate`: what an engineer found, kept with the record.

use std::path::{Path, PathBuf};

use crate::cli::{Exit, Fault, output};
use crate::id::{CaseId, Name};
use crate::record::Annotation;
use crate::store::{self, Record};

/// The most bytes of an attached file.
const LARGEST: u64 = 64 << 20;

/// The most characters of a text.
const LONGEST: usize = 10_000;

/// Keep a remark on a case with a record, and files that show it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark report annotate latest gemm/n=4096 'spills 96 bytes since the unrolling' --attach ncu.png\n  warpmark report annotate 20261122T100057.003Z-3fa2 copy/n=1024 'a neighbour was compiling' --author kernels"
)]
pub struct Args {
    /// The record: its folder, a run's id, or `latest`
    run: String,
    /// The case's id, as `list` prints it
    case: String,
    /// The remark
    text: String,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// A file that is copied to the record: a profile, a screenshot; 64 MiB at most
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// The suite, for `latest`
    #[arg(long, value_name = "NAME", value_parser = output::name)]
    suite: Option<Name>,
}

/// Adds the remark.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let root = store::root_for(Path::new("."));
    let folder = store::find(&root, args.suite.as_ref(), &args.run).map_err(Fault::from)?;
    let record = Record::open(&folder).map_err(Fault::from)?;
    let case = case(&record, &args.case)?;
    if args.text.trim().is_empty() || args.text.chars().count() > LONGEST {
        let message = format!("a remark has 1 to {LONGEST} characters");
        return Err(Fault::new(Exit::Usage, message).into());
    }
    for file in &args.attach {
        let size = store::size_of(file).map_err(Fault::from)?;
        if size > LARGEST {
            let message = format!(
                "{} has {size} bytes, {LARGEST} at most are kept",
                file.display()
            );
            return Err(Fault::new(Exit::Input, message)
                .hint("name in the text where it lies instead")
                .into());
        }
    }
    let kept = args.attach.iter().map(|file| store::attach(&folder, file));
    let attachments = kept.collect::<Result<_, _>>().map_err(Fault::from)?;
    let annotation = Annotation {
        case,
        text: args.text.clone(),
        author: args.author.clone(),
        at: jiff::Timestamp::now(),
        attachments,
    };
    store::annotate(&folder, &annotation).map_err(Fault::from)?;
    Ok(Exit::Success)
}

/// The case of `record` with this id.
fn case(record: &Record, id: &str) -> Result<CaseId, Fault> {
    let ids = || record.header.cases.iter().map(|case| &case.id);
    if let Some(found) = ids().find(|case| case.as_str() == id) {
        return Ok(found.clone());
    }
    let fault = Fault::new(
        Exit::NothingSelected,
        format!("the run {} has no case {id:?}", record.header.id),
    );
    let likeness = |case: &&CaseId| strsim::jaro_winkler(case.as_str(), id);
    let nearest = ids().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    Err(match nearest {
        Some(near) => fault.hint(format!("did you mean {near}?")),
        None => fault,
    })
}
