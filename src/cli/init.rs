//! `warpmark init DIR`: a first suite, its kernel, a workflow and a section for the README.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{Exit, Fault, output};
use crate::files;

/// Files that are written whole and never over others.
const FILES: [(&str, &str); 3] = [
    (
        "suites/matmul.toml",
        include_str!("init/template/suite.toml"),
    ),
    ("kernels/matmul.cu", include_str!("init/template/matmul.cu")),
    (
        ".github/workflows/warpmark.yml",
        include_str!("init/template/workflow.yml"),
    ),
];

/// What is put at the end of the README, or makes one.
const README: &str = include_str!("init/template/readme.md");

const AFTER: &str = "\
Examples:
  warpmark init .            in an existing repository; nothing is overwritten
  warpmark init benchmarks   a new folder

It writes suites/matmul.toml, kernels/matmul.cu and .github/workflows/warpmark.yml, and adds a section to README.md.
Exit codes: 0 written; 3 some of these files are there already, and nothing was written; 5 they can't be written.";

/// Write a first suite, its kernel, and a workflow for GitHub Actions
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The folder, made if it isn't there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the project, or nothing.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    refuse_existing(&args.folder)?;
    let readme = readme(&args.folder)?;
    let mut written = Vec::new();
    let wrote = write(&args.folder, readme.as_deref(), &mut written);
    if let Err(error) = wrote {
        // What was there before is untouched so far: the README comes last.
        for path in written {
            let _ = std::fs::remove_file(path);
        }
        return Err(Fault::from(error).into());
    }
    output::print(report(&args.folder, &written, readme.is_some()).as_bytes())?;
    Ok(Exit::Success)
}

fn refuse_existing(folder: &Path) -> Result<(), Fault> {
    let paths = FILES.iter().map(|(path, _)| folder.join(path));
    let existing: Vec<String> = paths
        // A link to nowhere is there too.
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if existing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} already there: {}",
        are(existing.len()),
        existing.join(", ")
    );
    Err(Fault::new(Exit::Input, message)
        .hint("nothing was written; move these files away, or name another folder"))
}

fn are(count: usize) -> String {
    match count {
        1 => "1 file is".to_owned(),
        more => format!("{more} files are"),
    }
}

/// The new text of the README; none where it has the section already.
fn readme(folder: &Path) -> Result<Option<String>, Fault> {
    let path = folder.join("README.md");
    if path.symlink_metadata().is_err() {
        let absolute = std::path::absolute(folder).unwrap_or_default();
        let name = absolute.file_name().unwrap_or("Benchmarks".as_ref());
        return Ok(Some(format!("# {}\n\n{README}", name.to_string_lossy())));
    }
    let text = files::read_text(&path)?;
    if text.contains("warpmark run") {
        return Ok(None);
    }
    let gap = if text.ends_with('\n') { "\n" } else { "\n\n" };
    Ok(Some(format!("{text}{gap}{README}")))
}

/// Writes everything, noting each new file in `written`.
fn write(
    folder: &Path,
    readme: Option<&str>,
    written: &mut Vec<PathBuf>,
) -> Result<(), files::FileError> {
    for (path, text) in FILES {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            files::create_folder(parent)?;
        }
        files::write_atomically(&path, text.as_bytes())?;
        written.push(path);
    }
    match readme {
        Some(text) => files::write_atomically(&folder.join("README.md"), text.as_bytes()),
        None => Ok(()),
    }
}

fn report(folder: &Path, written: &[PathBuf], readme: bool) -> String {
    let mut text = String::new();
    for path in written {
        let _ = writeln!(text, "wrote {}", path.display());
    }
    if readme {
        let path = folder.join("README.md");
        let _ = writeln!(text, "wrote the section Benchmarks of {}", path.display());
    }
    let enter = match folder.to_str() {
        Some("." | "./") => String::new(),
        _ => format!("cd {} && ", folder.display()),
    };
    let _ = writeln!(text, "\nnext: {enter}warpmark run");
    text
}
