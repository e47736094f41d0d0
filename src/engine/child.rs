//! The parent's hold on a worker: its process, what it says, and the end of its standard error.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions};

use super::process::Happening;
use super::protocol::{Death, FromWorker, ToWorker};
use super::worker;
use crate::processes;

/// So many bytes of standard error are kept.
const TAIL_BYTES: usize = 4096;

/// What is still in the pipe of a dead worker's standard error is read within this time.
const DRAIN_LIMIT: Duration = Duration::from_millis(300);

/// Supervisors whose worker has died end their commands within this time.
const GRACE: Duration = Duration::from_millis(700);

/// Killed processes are gone within this time, unless the kernel keeps them.
const FORCE_LIMIT: Duration = Duration::from_millis(800);

/// A worker.
#[derive(Debug)]
pub struct Worker {
    /// Tells this worker's words from another's.
    pub serial: u64,
    child: Child,
    stdin: Option<ChildStdin>,
    tail: Arc<Mutex<VecDeque<u8>>>,
    reader: Option<JoinHandle<()>>,
    /// Processes that were below this one before the worker was.
    spared: BTreeSet<u32>,
}

/// How a worker ended, and the end of what it printed.
#[derive(Debug)]
pub struct LastWords {
    /// How, unless the system doesn't know any more.
    pub death: Option<Death>,
    /// The end of its standard error, unless it is empty.
    pub tail: Option<String>,
}

impl Worker {
    /// Starts a worker whose words go to `sender`, with `variables` beside those of this process. It ends when the
    /// thread that called this does.
    pub fn start(
        serial: u64,
        sender: Sender<Happening>,
        variables: &[(&str, &str)],
    ) -> io::Result<Self> {
        // What a dead worker leaves comes to this process, which ends it.
        processes::adopt_orphans()?;
        let spared = processes::descendants(std::process::id());
        // A group of its own: Ctrl-C is for the parent, which ends its workers in order.
        let mut child = Command::new(worker::PROGRAM)
            .arg0("warpmark")
            .arg(worker::VERB)
            .envs(variables.iter().copied())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || hear(stdout, serial, &sender));
        }
        let tail = Arc::default();
        let reader = child.stderr.take().map(|stderr| {
            let tail = Arc::clone(&tail);
            thread::spawn(move || keep_tail(stderr, &tail))
        });
        Ok(Self {
            serial,
            stdin: child.stdin.take(),
            child,
            tail,
            reader,
            spared: spared.into_iter().collect(),
        })
    }

    /// Its process number in the operating system.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells the worker something; that a dead one can't hear it shows when it is listened to.
    pub fn tell(&mut self, message: &ToWorker) -> io::Result<()> {
        let mut line = serde_json::to_vec(message).map_err(io::Error::other)?;
        line.push(b'\n');
        match self.stdin.as_mut().map(|stdin| stdin.write_all(&line)) {
            Some(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    /// Forgets the standard error of earlier cases.
    pub fn forget_errors(&self) {
        self.tail().clear();
    }

    /// Ends the worker, unless it has died, and everything below it.
    pub fn end(mut self) -> LastWords {
        let death = self.stop();
        let began = Instant::now();
        let drained = |reader: &JoinHandle<()>| reader.is_finished();
        while !self.reader.as_ref().is_none_or(drained) && began.elapsed() < DRAIN_LIMIT {
            thread::sleep(Duration::from_millis(1));
        }
        let mut tail = self.tail();
        let text = String::from_utf8_lossy(tail.make_contiguous());
        let text = text.trim().to_owned();
        drop(tail);
        LastWords {
            death,
            tail: (!text.is_empty()).then_some(text),
        }
    }

    fn stop(&mut self) -> Option<Death> {
        // One that has died already keeps the death it had.
        let _ = self.child.kill();
        let status = self.child.wait().ok();
        self.end_strays();
        status.map(Death::from)
    }

    /// Waits for the end of what came to this process when the worker died, and ends it by force where that takes
    /// too long.
    ///
    /// Supervisors end their commands themselves, and are let do it: were they killed first, and this process
    /// before it came to the rest, nobody would be left to end the commands.
    fn end_strays(&self) {
        let began = Instant::now();
        let mut seen = BTreeSet::new();
        while began.elapsed() < GRACE + FORCE_LIMIT {
            let mut strays = processes::descendants(std::process::id());
            strays.retain(|pid| !self.spared.contains(pid));
            seen.extend(strays.iter().copied());
            for pid in seen.iter().copied().filter_map(raw) {
                let _ = rustix::process::waitpid(Some(pid), WaitOptions::NOHANG);
            }
            if strays.is_empty() {
                return;
            }
            if began.elapsed() > GRACE {
                for pid in strays.into_iter().filter_map(raw) {
                    let _ = rustix::process::kill_process(pid, Signal::KILL);
                }
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn tail(&self) -> std::sync::MutexGuard<'_, VecDeque<u8>> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// Passes on what a worker says, up to the end or to the first line that is none of the protocol's.
fn hear(stdout: impl Read, serial: u64, sender: &Sender<Happening>) {
    let mut lines = BufReader::new(stdout);
    let mut line = Vec::new();
    while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
        let Ok(words) = serde_json::from_slice::<FromWorker>(&line) else {
            break;
        };
        if sender.send(Happening::Said(serial, words)).is_err() {
            return;
        }
        line.clear();
    }
    let _ = sender.send(Happening::Silent(serial));
}

/// Reads to the end and keeps the last bytes.
fn keep_tail(mut stderr: impl Read, tail: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = stderr.read(&mut buffer) {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&buffer[..count]);
        let excess = tail.len().saturating_sub(TAIL_BYTES);
        tail.drain(..excess);
    }
}
