//! The `warpmark` program: calls [`warpmark::cli::run`] and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    warpmark::cli::run()
}
