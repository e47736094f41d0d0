//! The processes below a process: found through /proc and ended together, whatever signals they ignore and
//! whatever group or session they moved to.
//!
//! A process that called [`adopt_orphans`] keeps every descendant below itself, also one whose parent has
//! died: Linux hands orphans to the nearest such ancestor. Without it [`end_below`] finds only those whose line
//! of parents is unbroken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions};

/// Processes that [`end_below`] passes by.
static SPARED: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Keeps [`end_below`] of this process from ending `pid`, a child that must outlive it.
pub fn spare(pid: u32) {
    spared().insert(pid);
}

fn spared() -> MutexGuard<'static, BTreeSet<u32>> {
    SPARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes this process the one that orphans below it are handed to.
pub fn adopt_orphans() -> io::Result<()> {
    // Any number but 0 switches it on (prctl(2), PR_SET_CHILD_SUBREAPER).
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(io::Error::from)
}

/// Stops `root`, ends everything below it, then `root` itself. Returns how many processes were below it.
pub fn end_tree(root: u32) -> usize {
    // Stopped, it can't start anything while its descendants are counted, and stays their adopter.
    send(root, Signal::STOP);
    let ended = end_below(root);
    kill(root);
    ended
}

/// Ends everything below `root` and returns how many processes that were; `root` lives on.
///
/// All are stopped before any is killed, so that none can start another meanwhile. Returns after 5 s even if
/// the kernel keeps a process alive (uninterruptible I/O): its signal stays pending.
pub fn end_below(root: u32) -> usize {
    const PATIENCE: Duration = Duration::from_secs(5);
    let deadline = Instant::now() + PATIENCE;
    let mut seen = BTreeSet::new();
    loop {
        stop_below(root, deadline);
        let living = descendants(root);
        if living.is_empty() || Instant::now() > deadline {
            return seen.len();
        }
        for pid in living {
            seen.insert(pid);
            kill(pid);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Stops everything below `root`, again and again until nothing new appears.
fn stop_below(root: u32, deadline: Instant) {
    let mut stopped = BTreeSet::new();
    loop {
        let fresh: Vec<u32> = descendants(root)
            .into_iter()
            .filter(|pid| stopped.insert(*pid))
            .collect();
        if fresh.is_empty() || Instant::now() > deadline {
            return;
        }
        for pid in fresh {
            send(pid, Signal::STOP);
        }
    }
}

/// The living processes below `root`, without `root`; those that only wait to be reaped don't count, nor do those
/// that this process spares.
pub fn descendants(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<Process>> = BTreeMap::new();
    for process in all() {
        children.entry(process.parent).or_default().push(process);
    }
    let spared = spared().clone();
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(parent) = open.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            if spared.contains(&child.pid) {
                continue;
            }
            open.push(child.pid);
            if child.living {
                found.push(child.pid);
            }
        }
    }
    found.sort_unstable();
    found
}

/// Sends SIGKILL to one process; that it is gone already is no error.
pub fn kill(pid: u32) {
    send(pid, Signal::KILL);
}

/// Whether this process ignores `signal`, as one that nohup started ignores a hang-up (`SigIgn` of proc(5)).
pub fn ignores(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    is_in_mask(&status, signal)
}

/// Whether the mask of ignored signals holds one: the lowest bit is signal 1's.
fn is_in_mask(status: &str, signal: i32) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = u32::try_from(signal - 1).unwrap_or(u32::MAX);
    mask.and_then(|mask| mask.checked_shr(bit)).unwrap_or(0) & 1 == 1
}

/// Takes leave of the dead children of this process. Not for a process with another thread that waits for one.
pub fn reap() {
    while let Ok(Some(_)) = rustix::process::wait(WaitOptions::NOHANG) {}
}

/// A line of the process table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    pid: u32,
    parent: u32,
    living: bool,
}

fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|pid| parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
        .collect()
}

/// Reads `/proc/PID/stat` (proc(5)): the name in parentheses may hold anything, so fields count from its end.
fn parse(pid: u32, stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    // Field 20, and state was field 3.
    let threads: u32 = fields.nth(15)?.parse().ok()?;
    Some(Process {
        pid,
        parent,
        // A process whose first thread has ended looks dead, and lives on in the others.
        living: !matches!(state, "Z" | "X") || threads > 1,
    })
}

/// Sends a signal; that the process is gone already is no error.
fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_name_with_parentheses_is_read() {
        let tail = "17 17 0 -1 0 0 0 0 0 0 0 0 0 20 0";
        let stat = format!("17 (a) R 3 (b) S 9 {tail} 1 0 5");
        let expected = Process {
            pid: 17,
            parent: 9,
            living: true,
        };
        assert_eq!(parse(17, &stat), Some(expected));
        let living = |threads| parse(1, &format!("1 (x) Z 9 {tail} {threads} 0")).map(|p| p.living);
        assert_eq!((living(1), living(2)), (Some(false), Some(true)));
        assert_eq!(parse(1, "nonsense"), None);
    }

    #[test]
    fn ignored_signals_are_read() {
        let status =
            |mask| format!("Name:\twarpmark\nSigBlk:\tffff\nSigIgn:\t{mask}\nSigCgt:\t0\n");
        for (mask, signal, expected) in [
            ("0000000000000001", 1, true),
            ("0000000000001000", 1, false),
            ("0000000000001000", 13, true),
            ("8000000000000000", 64, true),
            ("ffffffffffffffff", 65, false),
            ("ffffffffffffffff", 0, false),
            ("nonsense", 1, false),
        ] {
            assert_eq!(
                is_in_mask(&status(mask), signal),
                expected,
                "{mask} {signal}"
            );
        }
        assert!(!is_in_mask("", 1));
    }

    #[test]
    fn a_tree_that_ignores_sigterm_ends() {
        let script = "trap '' TERM; (trap '' TERM; sleep 61) & sleep 60; wait";
        let mut child = Command::new("sh")
            .args(["-c", script])
            .stdin(Stdio::null())
            .spawn()
            .expect("sh");
        let deadline = Instant::now() + Duration::from_secs(10);
        while descendants(child.id()).len() < 2 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let below = descendants(child.id());
        assert!(below.len() >= 2, "{below:?}");
        assert!(end_tree(child.id()) >= 2);
        child.wait().expect("reaped");
        for pid in below {
            let state = fs::read_to_string(format!("/proc/{pid}/stat"))
                .ok()
                .and_then(|stat| parse(pid, &stat));
            assert!(state.is_none_or(|process| !process.living), "{pid} lives");
        }
    }
}
