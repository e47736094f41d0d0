//! `--format` and `--json` of the verbs that print results.

use std::io::IsTerminal;

use clap::ValueEnum;

use crate::report;

/// How a verb prints facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FactFormat {
    /// For people
    Human,
    /// For programs; carries a format number
    Json,
}

/// The choice between [`FactFormat`]s.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct FactArgs {
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: FactFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl FactArgs {
    /// What was chosen.
    pub fn chosen(self) -> FactFormat {
        if self.json {
            FactFormat::Json
        } else {
            self.format
        }
    }
}

/// How a verb prints measurements and verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ReportFormat {
    /// A table for people
    #[default]
    Human,
    /// For programs; carries a format number
    Json,
    /// For pull requests
    Markdown,
}

/// The choice between [`ReportFormat`]s.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct ReportArgs {
    /// How to print
    #[arg(long, value_enum, default_value = "human")]
    format: ReportFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl ReportArgs {
    /// The report's format, a table fitted to the terminal if it goes to one.
    pub fn chosen(self) -> report::Format {
        match self.format {
            _ if self.json => report::Format::Json,
            ReportFormat::Json => report::Format::Json,
            ReportFormat::Markdown => report::Format::Markdown,
            ReportFormat::Human => report::Format::Human {
                width: width(),
                color: color(),
            },
        }
    }
}

/// The columns of the terminal that standard output is; none for a pipe or a file.
pub fn width() -> Option<usize> {
    let set = std::env::var("COLUMNS").ok();
    let set = set.and_then(|columns| columns.parse().ok());
    let terminal = std::io::stdout().is_terminal();
    let seen = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    set.or(seen).filter(|columns| terminal && *columns > 0)
}

/// Whether standard output takes colours: a terminal does, unless `NO_COLOR` or `TERM` say otherwise.
pub fn color() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}
