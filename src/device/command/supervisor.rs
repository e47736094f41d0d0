//! The process between a worker and a command: it starts the command, measures it, and ends all that is below it.
//!
//! A process of its own for three reasons. It adopts the command's orphans, so that none escapes. It lives for
//! one command, so that `wait4`'s peak memory isn't the worker's own (Linux counts what a process held before
//! it became another program). And it notices when the worker dies, whatever the worker died of.
//!
//! It is the same program, started with [`super::VERB`]. Its standard input is a socket to the worker: an
//! [`Order`] comes in, an [`Outcome`] goes out, and the socket's end means that the worker is gone. Standard
//! output and standard error are the command's.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use wait4::Wait4;

use crate::processes;

/// How far the kernel's counts of a process' pages may be off, in bytes: each CPU keeps a part of them.
const SLACK: u64 = 1 << 20;

/// What to start, in the supervisor's own working directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Variables that are set.
    pub environment: BTreeMap<String, String>,
    /// Whether no other variable is inherited.
    pub clear_environment: bool,
    /// The bytes of the path of its standard input; none is an empty one.
    pub stdin: Option<Vec<u8>>,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It ran and ended.
    Ended(Ended),
    /// Something kept it from starting.
    NotStarted {
        /// What could not be done.
        step: Step,
        /// The system's number for the reason.
        errno: Option<i32>,
        /// The reason in the system's words.
        message: String,
    },
}

/// What can go wrong before a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Preparing the supervisor itself.
    Supervise,
    /// Opening its standard input.
    OpenStdin,
    /// Starting the program.
    Start,
}

/// A command that ran and ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// The wait status, as wait(2) gives it.
    pub status: i32,
    /// From before its start until its end was seen, in nanoseconds.
    pub wall_ns: f64,
    /// Processor time in user mode, of it and the descendants it waited for, in nanoseconds.
    pub user_ns: f64,
    /// Processor time in kernel mode, likewise.
    pub system_ns: f64,
    /// The largest resident size of it or a descendant it waited for, in bytes; unknown where that is no more
    /// than the supervisor's own.
    pub peak_bytes: Option<u64>,
    /// Processes that it left running; they were ended.
    pub left_running: usize,
}

/// The supervisor's whole life. Fails where its standard input is not the socket of a worker.
pub fn supervise() -> io::Result<()> {
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut reader = BufReader::new(socket.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    let outcome = match start(&order) {
        Ok(started) => Outcome::Ended(attend(started, reader)?),
        Err(outcome) => outcome,
    };
    let mut answer = serde_json::to_vec(&outcome)?;
    answer.push(b'\n');
    (&socket).write_all(&answer)
}

/// A running command.
struct Started {
    child: Child,
    began: Instant,
}

fn start(order: &Order) -> Result<Started, Outcome> {
    let refuse = |step| {
        move |error: io::Error| Outcome::NotStarted {
            step,
            errno: error.raw_os_error(),
            message: error.to_string(),
        }
    };
    processes::adopt_orphans().map_err(refuse(Step::Supervise))?;
    let (program, arguments) = order
        .command
        .split_first()
        .ok_or_else(|| refuse(Step::Start)(io::Error::other("the command has no words")))?;
    let mut command = Command::new(program);
    if order.clear_environment {
        command.env_clear();
    }
    command
        .args(arguments)
        .envs(&order.environment)
        .stdin(stdin(order).map_err(refuse(Step::OpenStdin))?)
        .process_group(0);
    let began = Instant::now();
    let child = command.spawn().map_err(refuse(Step::Start))?;
    Ok(Started { child, began })
}

fn stdin(order: &Order) -> io::Result<Stdio> {
    match &order.stdin {
        Some(path) => {
            let path = PathBuf::from(OsString::from_vec(path.clone()));
            Ok(Stdio::from(File::open(path)?))
        }
        None => Ok(Stdio::null()),
    }
}

/// Waits for the command's end, then ends what it left running.
fn attend(started: Started, worker: BufReader<UnixStream>) -> io::Result<Ended> {
    watch(worker);
    let used = started.child.wait4()?;
    let wall = started.began.elapsed();
    let left_running = processes::end_below(std::process::id());
    processes::reap();
    // Linux passes the peak of this process on to what it starts. It is read afterwards, when it is no less than it
    // was then.
    let own = own_peak().unwrap_or(0) + SLACK;
    let peak = used.rusage.maxrss;
    Ok(Ended {
        status: used.status.into_raw(),
        wall_ns: wall.as_nanos() as f64,
        user_ns: used.rusage.utime.as_nanos() as f64,
        system_ns: used.rusage.stime.as_nanos() as f64,
        peak_bytes: (peak > own).then_some(peak),
        left_running,
    })
}

/// Ends everything when the worker is gone. Started after the command, so that nothing is started later.
fn watch(mut worker: BufReader<UnixStream>) {
    std::thread::spawn(move || {
        // A worker sends nothing after its order: whatever ends the read means the same.
        let _ = worker.read(&mut [0]);
        processes::end_below(std::process::id());
        processes::kill(std::process::id());
    });
}

/// This process' peak resident size in bytes (`VmHWM` of proc(5)).
fn own_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
