//! `warpmark completions SHELL`.

use super::Exit;

/// Print a shell's completion script.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: warpmark completions bash > ~/.local/share/bash-completion/completions/warpmark"
)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the script to standard output.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "warpmark", &mut script);
    super::output::print(&script)?;
    Ok(Exit::Success)
}
