//! One file a verb: arguments, printing, exit codes. Nothing else knows the terminal.

mod ab;
mod ack;
mod again;
mod baseline;
mod bisect;
mod calibrate;
mod ceilings;
mod check;
mod clocks;
mod compare;
mod comparing;
mod completions;
mod doctor;
mod env;
mod exit;
mod export;
mod faults;
mod format;
mod gathering;
mod history;
mod import;
mod init;
mod leftovers;
mod list;
mod man;
mod output;
mod report;
mod run;
mod schema;
mod statement;
mod suites;
mod supervise;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::{device, engine};
pub use exit::{Exit, Fault};

/// Runs benchmark suites that are written as TOML and says what got slower, by how much, and how sure that is.
#[derive(Debug, Parser)]
#[command(
    name = "warpmark",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Watch over one command, for a worker
    #[command(name = device::command::VERB, hide = true)]
    Supervise,
    /// Measure suites, and record what came of it
    Run(run::Args),
    /// Execute cases, for a run
    #[command(name = engine::VERB, hide = true)]
    Worker,
    /// Save, anchor, rebase, show and prune baselines
    Baseline(baseline::Args),
    /// Compare a run with a baseline or with another run
    Compare(compare::Args),
    /// Say which cases stepped or drift over the nights, and near which commit
    History(history::Args),
    /// Acknowledge that cases are slower: until a day that fails nothing
    Ack(ack::Args),
    /// Show how GPUs' clocks stand, and give back what a run that died left pinned
    Clocks(clocks::Args),
    /// Give back a GPU's clocks, for a run that dies
    #[command(name = crate::clocks::WATCHDOG_VERB, hide = true)]
    Watchdog(clocks::WatchdogArgs),
    /// Keep a GPU busy, for a run that reads its clock
    #[command(name = crate::clocks::LOAD_VERB, hide = true)]
    Load,
    /// Measure two revisions in turns, and say what differs
    Ab(ab::Args),
    /// Find the commit from which a case is slower
    Bisect(bisect::Args),
    /// Measure how often verdicts are false and how small a slowdown is found
    Calibrate(calibrate::Args),
    /// Take results of other harnesses as a record
    Import(import::Args),
    /// Write a record in another format
    Export(export::Args),
    /// Find the mistakes of suites, without running them
    Check(check::Args),
    /// Write a record as a report: a page, a comment, for CI, for programs, or by a template
    Report(report::Args),
    /// List the cases of suites: id, tags, bytes, operations, grid and block
    List(list::Args),
    /// Print the JSON Schema of suites, for editors
    Schema(schema::Args),
    /// Write a first suite, its kernel, and a workflow for GitHub Actions
    Init(init::Args),
    /// Say what this machine has for benchmarks, what it lacks, and what to do about it
    Doctor(doctor::Args),
    /// Print the facts that results depend on, and in what two environments differ
    Env(env::Args),
    /// Print a shell's completion script
    Completions(completions::Args),
    /// Print or write the manual pages
    Man(man::Args),
}

/// Gives back what a run that died left pinned, parses the command line, runs its verb, and prints an error with its causes and hint.
pub fn run() -> ExitCode {
    if leftovers::concern(std::env::args_os().nth(1).as_deref()) {
        leftovers::give_back();
    }
    let outcome = match Cli::parse().verb {
        Verb::Supervise => supervise::run(),
        Verb::Run(args) => run::run(&args),
        Verb::Worker => worker::run(),
        Verb::Baseline(args) => baseline::run(&args),
        Verb::Compare(args) => compare::run(&args),
        Verb::Ack(args) => ack::run(&args),
        Verb::History(args) => history::run(&args),
        Verb::Clocks(args) => clocks::run(&args),
        Verb::Watchdog(args) => clocks::watchdog(&args),
        Verb::Load => clocks::load(),
        Verb::Ab(args) => ab::run(&args),
        Verb::Bisect(args) => bisect::run(&args),
        Verb::Calibrate(args) => calibrate::run(&args),
        Verb::Import(args) => import::run(&args),
        Verb::Export(args) => export::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::List(args) => list::run(&args),
        Verb::Schema(args) => schema::run(&args),
        Verb::Init(args) => init::run(&args),
        Verb::Doctor(args) => doctor::run(&args),
        Verb::Env(args) => env::run(&args),
        Verb::Completions(args) => completions::run(&args),
        Verb::Man(args) => man::run(&args),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error).into(),
    }
}

/// The whole command line, for completions, manual pages and tests.
pub fn command() -> clap::Command {
    Cli::command()
}
