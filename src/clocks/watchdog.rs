//! The process that gives back what is set on a GPU when the one that set it dies without a chance to.
//!
//! It is started before the first change, waits on a pipe whose other end dies with the run, and acts on the journal.
//! Terminals and jobs don't reach it: it has a session of its own, ignores the signals that end runs, and where
//! systemd runs the machine it has a scope of its own, so that the end of a job's control group doesn't take it along.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::{Trouble, restore};
use crate::processes;

/// The hidden verb of the watchdog.
pub const VERB: &str = "watchdog";

/// This program, also when its file has been replaced since it started.
const PROGRAM: &str = "/proc/self/exe";

/// What the watchdog says when it is ready.
const READY: &str = "ready";

/// What it hears when there is nothing left to do.
const RELEASED: &[u8] = b"released\n";

/// A watchdog that isn't ready by then never will be.
const START_LIMIT: Duration = Duration::from_secs(5);

/// systemd gives a scope within this time, or the watchdog goes without.
const SCOPE_LIMIT: Duration = Duration::from_secs(3);

/// One that has nothing left to do ends within this time.
const END_LIMIT: Duration = Duration::from_secs(2);

/// Whoever holds a dead run's lock gives back itself, or lets go of it within this time.
const PATIENCE: Duration = Duration::from_mins(1);

/// The parent's hold on its watchdog. Dropped without [`Self::end`], the watchdog acts.
#[derive(Debug)]
pub struct Watchdog {
    child: Child,
    voice: Option<ChildStdin>,
}

impl Watchdog {
    /// Starts a watchdog over the journal in `path`, and waits until it is ready.
    pub fn start(path: &Path) -> Result<Self, Trouble> {
        // systemd starts it from another process, where `self` would mean that one.
        let own = PathBuf::from(format!("/proc/{}/exe", std::process::id()));
        if Path::new("/run/systemd/system").is_dir() {
            let mut scoped = Command::new("systemd-run");
            scoped.args(["--scope", "--quiet", "--collect"]);
            if !rustix::process::geteuid().is_root() {
                scoped.arg("--user");
            }
            scoped.arg("--").arg(own);
            if let Ok(watchdog) = Self::spawn(&mut scoped, path, SCOPE_LIMIT) {
                return Ok(watchdog);
            }
        }
        let mut plain = Command::new(PROGRAM);
        Self::spawn(plain.arg0("warpmark"), path, START_LIMIT)
    }

    fn spawn(command: &mut Command, path: &Path, limit: Duration) -> Result<Self, Trouble> {
        let refused = |error: io::Error| Trouble::Watchdog(error.to_string());
        let mut child = command
            .arg(VERB)
            .arg(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(refused)?;
        let voice = child.stdin.take();
        let (sender, said) = mpsc::channel();
        let stdout = child.stdout.take();
        thread::spawn(move || {
            let mut line = String::new();
            let read = stdout.map(|stdout| BufReader::new(stdout).read_line(&mut line));
            let _ = sender.send(read.is_some_and(|read| read.is_ok()) && line.trim() == READY);
        });
        if said.recv_timeout(limit).unwrap_or(false) {
            processes::spare(child.id());
            return Ok(Self { child, voice });
        }
        let _ = child.kill();
        let _ = child.wait();
        let program = command.get_program().to_string_lossy();
        Err(Trouble::Watchdog(format!("{program} did not answer")))
    }

    /// Lets it go: with nothing to do where all is given back, else to try it again.
    pub fn end(mut self, released: bool) {
        if let Some(mut voice) = self.voice.take().filter(|_| released) {
            let _ = voice.write_all(RELEASED);
        }
        let began = Instant::now();
        // One that has something left to do waits for the end of this process.
        while released && began.elapsed() < END_LIMIT {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The watchdog's life: ready at once, then silent until the parent is gone or lets it go.
pub fn watch(path: &Path) -> io::Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        // Caught, and looked at by nobody.
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    // Fails only for the leader of a group, which a child of warpmark or systemd-run is not.
    rustix::process::setsid()?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{READY}")?;
    stdout.flush()?;
    let mut heard = Vec::new();
    io::stdin().lock().read_to_end(&mut heard)?;
    if heard != RELEASED {
        // What fails stands in the journal, for the next warpmark.
        let _ = restore::recover(path, PATIENCE);
    }
    Ok(())
}
