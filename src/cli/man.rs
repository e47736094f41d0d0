//! `warpmark man`.

use std::path::PathBuf;

use super::Exit;
use crate::files;

/// Print or write the manual pages.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark man | man -l -\n  warpmark man --out ~/.local/share/man/man1"
)]
pub struct Args {
    /// Write a page for warpmark and one for each verb to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints the main page, or writes all of them.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let command = super::command();
    let Some(folder) = &args.out else {
        super::output::print(&page(command)?)?;
        return Ok(Exit::Success);
    };
    files::create_folder(folder)?;
    clap_mangen::generate_to(command, folder)
        .map_err(files::FileError::at("write manual pages to", folder))?;
    Ok(Exit::Success)
}

fn page(command: clap::Command) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    clap_mangen::Man::new(command).render(&mut bytes)?;
    Ok(bytes)
}
