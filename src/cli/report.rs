//! `warpmark report`.

mod annotate;
pub(super) mod page;
mod places;
mod samples;
mod templates;

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use super::comparing::{Operand, Settings};
use super::gathering::{self, Gathered};
use super::{Exit, Fault, format, output};
use crate::id::Name;
use crate::report;
use crate::report::template::Escape;

pub use templates::Embedded;

const AFTER: &str = "\
Examples:
  warpmark report latest --against origin/main > report.json
  warpmark report latest --against origin/main --format human
  warpmark report latest --against origin/main --format html --out report.html
  warpmark report latest --against origin/main --format markdown --out comment.md
  warpmark report latest --against origin/main --format junit --out junit.xml
  warpmark report latest --against origin/main --format github
  warpmark report latest --format csv --samples --out samples.csv
  warpmark report latest --template mine.hbs --format markdown
  warpmark report latest --format backlog

With --against the program ends as `warpmark compare` does, once the report is written.";

/// Write a record as a report: for people, for programs, for CI, or by a template; and keep remarks with it
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = AFTER)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// The record: its folder, a run's id, or `latest`
    #[arg(default_value = "latest")]
    run: String,
    /// What it is compared with: an existing folder (a record, or baselines), a run's id, or a git revision
    #[arg(long, value_name = "BASE")]
    against: Option<String>,
    /// The suite, for `latest`
    #[arg(long, value_name = "NAME", value_parser = output::name)]
    suite: Option<Name>,
    #[command(flatten)]
    settings: Settings,
    /// What to write; with --template, what the template writes, which decides how values are escaped [default: json,
    /// with --template html]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write by a template of your own: docs/templates.md says what it can show
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Short for --format json
    #[arg(long, conflicts_with_all = ["format", "template"])]
    json: bool,
    /// With --format csv: a row a sample, valid or void, of every metric
    #[arg(long)]
    samples: bool,
    /// Write this file, at once, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print a template to start from, and nothing else
    #[arg(long, value_enum, value_name = "NAME", conflicts_with_all = ["template", "format", "against"])]
    print_template: Option<Embedded>,
}

/// What is done with a record beside writing it.
#[derive(Debug, Subcommand)]
enum What {
    /// Keep a remark on a case with a record, and files that show it
    Annotate(annotate::Args),
}

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people, as `run` and `compare` print it
    Human,
    /// For programs; carries a format number
    Json,
    /// JUnit XML: a test case each judgement
    Junit,
    /// CSV: a row a case and metric; with --samples a row a sample
    Csv,
    /// Annotations of GitHub Actions, at the lines of the workloads
    Github,
    /// Markdown: the cases by what closing their gap to the ceiling would save, an entry each
    Backlog,
    /// The same as CSV, a row a case
    BacklogCsv,
    /// A page for a browser, in one file; of a template: values are escaped for HTML
    Html,
    /// A comment for a pull request, of at most 65,000 bytes; of a template: values are escaped for Markdown
    Markdown,
}

/// Gathers and writes the report.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if let Some(What::Annotate(args)) = &args.what {
        return annotate::run(args);
    }
    if let Some(embedded) = args.print_template {
        output::print(embedded.text().as_bytes())?;
        return Ok(Exit::Success);
    }
    if args.samples && args.format != Some(Format::Csv) {
        return Err(Fault::new(Exit::Usage, "--samples belongs to --format csv").into());
    }
    let found = Operand::resolve(&args.run, Path::new("."), args.suite.as_ref())?;
    let Operand::Record(folder) = found else {
        let message = format!("{} is no record: a report is made of a run", args.run);
        return Err(Fault::new(Exit::Usage, message)
            .hint("name a run's folder, its id, or latest")
            .into());
    };
    let gathered = gathering::gather(&folder, args.against.as_deref(), args.settings)?;
    for warning in &gathered.warnings {
        output::warn(warning);
    }
    let Some(text) = written(args, &folder, &gathered)? else {
        return Ok(Exit::Input);
    };
    match args.out.as_deref() {
        None if args.format == Some(Format::Human) => output::print(text.as_bytes())?,
        out => output::write_out(text.as_bytes(), out)?,
    }
    Ok(gathered.exit)
}

/// The report's text; none after a template's mistake was shown.
fn written(args: &Args, folder: &Path, gathered: &Gathered) -> Result<Option<String>, Fault> {
    let document = &gathered.document;
    if let Some(file) = &args.template {
        let escape = match args.format {
            None | Some(Format::Html) => Escape::Html,
            Some(Format::Markdown) => Escape::Markdown,
            Some(_) => {
                let message = "--template writes HTML or Markdown, nothing else";
                return Err(Fault::new(Exit::Usage, message));
            }
        };
        return templates::render(file, escape, document);
    }
    let internal =
        |error: report::template::TemplateError| Fault::new(Exit::Internal, error.to_string());
    let format = args.format.filter(|_| !args.json);
    Ok(Some(match format.unwrap_or(Format::Json) {
        Format::Human => report::render(&gathered.view, human(args)).map_err(internal)?,
        Format::Json => report::report_json(document),
        Format::Markdown => report::markdown::markdown(document).map_err(internal)?,
        Format::Junit => report::junit(document)
            .map_err(|error| Fault::new(Exit::Internal, format!("JUnit XML: {error}")))?,
        Format::Csv if args.samples => {
            samples::sheet(folder, args.against.as_deref(), args.suite.as_ref())?
        }
        Format::Csv => report::csv(document),
        Format::Github => report::github(document, &places::in_repository),
        Format::Backlog => report::backlog(document).map_err(internal)?,
        Format::BacklogCsv => report::backlog_csv(document),
        Format::Html => page::text(document, folder)?,
    }))
}

/// A table that fits where it goes: the terminal, or a file.
fn human(args: &Args) -> report::Format {
    let printed = args.out.is_none();
    report::Format::Human {
        width: format::width().filter(|_| printed),
        color: printed && format::color(),
    }
}
