//! Looking at this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use git2::Repository as Git;

use super::gpu::Management;
use crate::device::Lack;
use crate::device::cuda::Cuda;
use crate::device::host::Compiler;
use crate::environment::git;
use crate::environment::linux::Machine;

/// What was seen of a machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Probes {
    /// The C++ compiler's version, where one answers.
    pub compiler: Option<String>,
    /// What `CXX` says.
    pub cxx: Option<String>,
    /// The folder of records and compiled kernels.
    pub records: Folder,
    /// git's version.
    pub git: Option<String>,
    /// The repository of the current folder.
    pub repository: Repository,
    /// The version of python3.
    pub python: Option<String>,
    /// The CPUs' frequency governors, each once.
    pub governors: Vec<String>,
    /// Whether CPUs may go beyond their base clock.
    pub turbo: Option<bool>,
    /// The average number of running and waiting tasks over the last minute.
    pub load: Option<f64>,
    /// CPUs that this process may use.
    pub cpus: usize,
    /// CPUs' time that control groups allow, where they limit it.
    pub cpu_limit: Option<f64>,
    /// The GPUs and their driver in words, or what is missing.
    pub gpu: Result<String, Lack>,
    /// The compiler of GPU kernels in words, or what is missing.
    pub nvrtc: Result<String, Lack>,
    /// What NVML and the system tell of GPUs.
    pub management: Management,
    /// The columns of the terminal, where standard output is one.
    pub terminal: Option<usize>,
}

/// A folder to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The folder, which need not exist yet.
    pub path: PathBuf,
    /// Whether it, or the nearest folder above that exists, can be written; else the system's reason.
    pub writable: Result<(), String>,
    /// Bytes left on its file system.
    pub free: Option<u64>,
}

/// The repository of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repository {
    /// It is in none.
    None,
    /// There is no commit.
    Empty,
    /// Where HEAD is, in words.
    At(String),
}

impl Probes {
    /// Looks at this machine; records go to `records`, the terminal has `terminal` columns.
    pub fn take(records: &Path, terminal: Option<usize>) -> Self {
        let machine = Machine::this();
        Self {
            compiler: Compiler::find().map(|compiler| compiler.version().to_owned()),
            cxx: std::env::var("CXX").ok().filter(|name| !name.is_empty()),
            records: folder(records),
            git: version("git"),
            repository: repository(Path::new(".")),
            python: version("python3"),
            governors: machine.governors(),
            turbo: machine.turbo(),
            load: machine.load().map(|[minute, _, _]| minute),
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            cpu_limit: machine.cpu_limit(),
            gpu: Cuda::driver_in_words(),
            nvrtc: Cuda::compiler_in_words(),
            management: Management::take(&machine),
            terminal,
        }
    }
}

/// The first line of what `program --version` prints.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(|line| line.trim().to_owned())
}

fn folder(path: &Path) -> Folder {
    let existing = path.ancestors().find(|folder| folder.is_dir());
    let existing = existing.unwrap_or(Path::new("."));
    Folder {
        path: path.to_owned(),
        // Without a name, so that nothing is left behind.
        writable: tempfile::tempfile_in(existing)
            .map(drop)
            .map_err(|error| error.to_string()),
        free: rustix::fs::statvfs(existing)
            .ok()
            .map(|system| system.f_bavail.saturating_mul(system.f_frsize)),
    }
}

fn repository(folder: &Path) -> Repository {
    let Ok(repository) = Git::discover(folder) else {
        return Repository::None;
    };
    let Some(commit) = repository
        .head()
        .ok()
        .and_then(|head| head.peel_to_commit().ok())
    else {
        return Repository::Empty;
    };
    let id = commit.id().to_string();
    let branch = git::branch(&repository);
    let branch = branch.unwrap_or_else(|| "no branch".to_owned());
    Repository::At(format!("{branch}, at {}", &id[..12]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_judged_by_the_one_above() {
        let above = tempfile::tempdir().expect("a folder");
        let found = folder(&above.path().join("a/b"));
        assert_eq!(found.writable, Ok(()));
        assert!(found.free.is_some_and(|bytes| bytes > 0));
        assert_eq!(std::fs::read_dir(above.path()).expect("listed").count(), 0);
        let nowhere = folder(Path::new("/proc/none"));
        assert!(nowhere.writable.is_err());
    }

    #[test]
    fn a_program_that_is_not_there_has_no_version() {
        assert_eq!(version("no-such-program-anywhere"), None);
    }
}
