//! The system's C++ compiler: which one, and how it is called.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::record::{FailureKind, Refusal};

/// What is tried where `CXX` names no compiler.
const USUAL: [&str; 3] = ["c++", "g++", "clang++"];

/// A C++ compiler that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiler {
    program: PathBuf,
    version: String,
}

impl Compiler {
    /// The compiler that `CXX` names, else the first of `c++`, `g++` and `clang++`; none where none answers.
    pub fn find() -> Option<Self> {
        match env::var_os("CXX").filter(|name| !name.is_empty()) {
            Some(name) => Self::at(name),
            None => USUAL.iter().find_map(|name| Self::at(OsString::from(name))),
        }
    }

    /// `program`, where it answers `--version`.
    pub fn at(program: impl Into<OsString>) -> Option<Self> {
        let program = PathBuf::from(program.into());
        let output = Command::new(&program)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.lines().next()?.trim().to_owned();
        output.status.success().then_some(Self { program, version })
    }

    /// The program, as it was named.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The first line of its `--version`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it is a clang, which differs from g++ in a few options.
    pub fn is_clang(&self) -> bool {
        self.version.contains("clang")
    }

    /// Runs it in `folder` with `input` on its standard input; that it failed is for its status to tell.
    pub(super) fn run(
        &self,
        arguments: &[OsString],
        folder: &Path,
        input: &[u8],
    ) -> Result<Output, Refusal> {
        self.output(arguments, folder, input).map_err(|error| {
            let message = format!("cannot run {}: {error}", self.program.display());
            Refusal::failed(FailureKind::Compile, message)
        })
    }

    fn output(&self, arguments: &[OsString], folder: &Path, input: &[u8]) -> io::Result<Output> {
        let mut child = Command::new(&self.program)
            .args(arguments)
            .current_dir(folder)
            .env("LC_ALL", "C")
            .env_remove("CPATH")
            .env_remove("CPLUS_INCLUDE_PATH")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take();
        std::thread::scope(|scope| {
            // A compiler that stops at an error leaves its input unread: that is told by its status.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        })
    }
}
