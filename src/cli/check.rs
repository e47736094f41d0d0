//! `warpmark check`: every mistake of every manifest, and nothing is run.

mod compile;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::format::{FactArgs, FactFormat};
use super::{Exit, Fault, output, suites};
use crate::diagnostic::{Diagnostics, Entry};
use crate::manifest::{self, Suite};
use crate::plan::{self, DeviceFacts, Plan, PlanError, Selection};
use compile::{CompileArgs, Compiler, Outcome};

/// The number of the JSON's format.
const FORMAT: u32 = 1;

const EXAMPLES: &str = "\
Examples:
  warpmark check                      every suite below suites/
  warpmark check suites/memory.toml   one suite
  warpmark check . --json             for editors and programs
  warpmark check --compile            compiles every kernel too, for three architectures
  warpmark check --compile --arch sm_90a,sm_100

A suite is held against CUDA's limits and the facts of an H100; no device is needed, to compile neither.
Exit codes: 0 no mistakes; 3 mistakes, or a kernel that doesn't compile; 4 a suite's cases are all skipped;
5 no NVRTC to compile with.";

/// Find the mistakes of suites, without running them
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Suites, and folders of suites; suites/ by default
    #[arg(value_name = "SUITE|FOLDER")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    compile: CompileArgs,
    #[command(flatten)]
    format: FactArgs,
}

/// What was found in one manifest.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    suite: Option<String>,
    cases: usize,
    skipped: usize,
    mistakes: Vec<Entry>,
    /// Why no case is left, where nothing else is wrong.
    empty: Option<String>,
    /// What came of its kernels, where they were compiled.
    #[serde(skip_serializing_if = "Option::is_none")]
    kernels: Option<Outcome>,
    #[serde(skip)]
    shown: String,
}

/// Checks all of them, and says what is wrong.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let compiler = Compiler::of(&args.compile)?;
    let mut checked = Vec::new();
    for path in suites::given(&args.paths, true)? {
        // What other suites of this call extend was checked with them.
        if let Some(found) = check(&path, &checked, compiler.as_ref())? {
            checked.push(found);
        }
    }
    let checked: Vec<Checked> = checked.into_iter().map(|(found, _)| found).collect();
    match args.format.chosen() {
        FactFormat::Json => print_json(&checked)?,
        FactFormat::Human => print_human(&checked)?,
    }
    Ok(exit(&checked))
}

fn exit(checked: &[Checked]) -> Exit {
    if checked.iter().any(is_wrong) {
        Exit::Input
    } else if checked.iter().any(|found| found.empty.is_some()) {
        Exit::NothingSelected
    } else {
        Exit::Success
    }
}

/// Whether its author has something to mend.
fn is_wrong(found: &Checked) -> bool {
    let broken = found
        .kernels
        .as_ref()
        .is_some_and(|kernels| !kernels.failures.is_empty());
    broken || !found.mistakes.is_empty()
}

/// What is found in `path`, and the files that were read for it; nothing for a file without a suite that another
/// one extends.
fn check(
    path: &Path,
    before: &[(Checked, Vec<PathBuf>)],
    compiler: Option<&Compiler>,
) -> Result<Option<(Checked, Vec<PathBuf>)>, Fault> {
    let examined = manifest::examine(path)?;
    let nameless = !manifest::is_suite(path);
    let same = |file: &PathBuf| file.canonicalize().ok() == path.canonicalize().ok();
    if nameless && before.iter().any(|(_, files)| files.iter().any(same)) {
        return Ok(None);
    }
    let planned = examined.suite.as_ref().map(plan);
    let mut found = examined.mistakes.list().to_vec();
    let mut checked = Checked {
        file: path.display().to_string(),
        suite: examined.name().map(ToString::to_string),
        cases: 0,
        skipped: 0,
        mistakes: Vec::new(),
        empty: None,
        kernels: None,
        shown: String::new(),
    };
    match planned {
        Some(Ok(plan)) => {
            checked.cases = plan.cases.len();
            checked.skipped = plan.skipped;
            // Where a workload is broken its cases are missing, and nothing is said of goals.
            let suite = examined.suite.as_ref().filter(|_| found.is_empty());
            found.extend(
                suite
                    .into_iter()
                    .flat_map(|suite| plan::unmatched_goals(suite, &plan)),
            );
            checked.kernels = compiler
                .zip(examined.suite.as_ref())
                .map(|(compiler, suite)| compiler.compile(path, suite))
                .transpose()?;
        }
        Some(Err(PlanError::Invalid(mistakes))) => found.extend(mistakes.list().iter().cloned()),
        Some(Err(other)) if found.is_empty() => checked.empty = Some(other.to_string()),
        Some(Err(_)) | None => {}
    }
    let mistakes = Diagnostics::new(examined.mistakes.shared_sources(), found);
    checked.mistakes = mistakes.entries();
    if !checked.mistakes.is_empty() {
        checked.shown = mistakes.render(suites::error_color());
    }
    Ok(Some((checked, examined.files)))
}

fn plan(suite: &Suite) -> Result<Plan, PlanError> {
    plan::expand(suite, &DeviceFacts::cuda_limits(), &Selection::default())
}

fn print_json(checked: &[Checked]) -> anyhow::Result<()> {
    let value = serde_json::json!({ "format": FORMAT, "suites": checked });
    output::print(output::json(&value)?.as_bytes())?;
    Ok(())
}

/// Mistakes to standard error, a line for each suite and one for all to standard output.
fn print_human(checked: &[Checked]) -> anyhow::Result<()> {
    let mut lines = String::new();
    let mut wrong = 0;
    for found in checked {
        suites::complain(&found.shown);
        for failure in found.kernels.iter().flat_map(|kernels| &kernels.failures) {
            suites::complain(&failure.to_string());
        }
        let file = &found.file;
        let line = match (&found.empty, found.mistakes.len()) {
            (Some(empty), _) => format!("{file}: {empty}"),
            (None, 0) => format!("{file}: {}", contents(found)),
            (None, mistakes) => format!("{file}: {}", counted(mistakes, "mistake")),
        };
        wrong += usize::from(is_wrong(found) || found.empty.is_some());
        lines.push_str(&line);
        lines.push('\n');
    }
    if checked.len() > 1 {
        let right = checked.len() - wrong;
        let all = counted(checked.len(), "suite");
        lines.extend([all, format!(" checked: {right} right, {wrong} wrong\n")]);
    }
    output::print(lines.as_bytes())?;
    Ok(())
}

fn contents(found: &Checked) -> String {
    let skipped = match found.skipped {
        0 => String::new(),
        skipped => format!(", {skipped} skipped"),
    };
    let cases = counted(found.cases, "case");
    let Some(kernels) = &found.kernels else {
        return format!("no mistakes, {cases}{skipped}");
    };
    let architectures = kernels.architectures.join(", ");
    match kernels.failures.len() {
        0 => format!(
            "no mistakes, {cases}{skipped}; {} compiled for {architectures}",
            counted(kernels.compiled, "kernel")
        ),
        broken => format!(
            "{} of {} don't compile for {architectures}",
            broken,
            counted(broken + kernels.compiled, "kernel")
        ),
    }
}

/// `1 case`, `2 cases`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
