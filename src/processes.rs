//! The processes below a process, and ending them all, whatever signals they ignore and whatever group or session
//! they moved to.
//!
//! A process that called [`adopt_orphans`] keeps every descendant below itself, also one whose parent has died:
//! Linux hands orphans to the nearest such ancestor. Linux alone tells who stands below whom; elsewhere nothing is
//! found here, and only what a pipe's end reaches ends with its parent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions};

/// The longest wait for processes that were killed; one in an uninterruptible call of its driver may take longer.
const KILL_LIMIT: Duration = Duration::from_secs(1);

/// A look again after this time.
const LOOK: Duration = Duration::from_millis(2);

/// Makes this process the parent of every orphan below it, so that none escapes.
pub fn adopt_orphans() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    // Any number but 0 switches it on (prctl(2), PR_SET_CHILD_SUBREAPER).
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// The live processes below `root`, near ones first.
pub fn below(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
    for entry in entries() {
        children.entry(entry.parent).or_default().push(entry);
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(parent) = open.pop() {
        for entry in children.remove(&parent).unwrap_or_default() {
            open.push(entry.pid);
            if entry.alive {
                found.push(entry.pid);
            }
        }
    }
    found
}

/// Ends every process below `root` that `spared` doesn't name: politely first, where there is `grace`, then by
/// SIGKILL. `false` where some were still there after a second.
pub fn end_below(root: u32, grace: Duration, spared: &BTreeSet<u32>) -> bool {
    let began = Instant::now();
    let mut asked = BTreeSet::new();
    loop {
        let left = remaining(root, spared);
        if left.is_empty() {
            return true;
        }
        if began.elapsed() >= grace + KILL_LIMIT {
            return false;
        }
        if began.elapsed() < grace {
            for pid in left.into_iter().filter(|pid| asked.insert(*pid)) {
                send(pid, Signal::TERM);
            }
        } else {
            freeze(root, spared);
            for pid in remaining(root, spared) {
                send(pid, Signal::KILL);
            }
        }
        thread::sleep(LOOK);
    }
}

/// Stops what is to be killed until nothing new appears, so that none starts another while it is killed.
fn freeze(root: u32, spared: &BTreeSet<u32>) {
    let mut stopped = BTreeSet::new();
    loop {
        let mut fresh = remaining(root, spared);
        fresh.retain(|pid| stopped.insert(*pid));
        if fresh.is_empty() {
            return;
        }
        for pid in fresh {
            send(pid, Signal::STOP);
        }
    }
}

/// Takes leave of the dead children of this process that are not in `spared`.
pub fn reap(spared: &BTreeSet<u32>) {
    let own = std::process::id();
    let dead = entries().filter(|entry| entry.parent == own && !entry.alive);
    for pid in dead.map(|entry| entry.pid).collect::<Vec<_>>() {
        if !spared.contains(&pid) {
            let _ = rustix::process::waitpid(raw(pid), WaitOptions::NOHANG);
        }
    }
}

/// Sends SIGKILL to one process; one that is gone already is no error.
pub fn kill(pid: u32) {
    send(pid, Signal::KILL);
}

fn remaining(root: u32, spared: &BTreeSet<u32>) -> Vec<u32> {
    let mut left = below(root);
    left.retain(|pid| !spared.contains(pid));
    left
}

fn send(pid: u32, signal: Signal) {
    if let Some(pid) = raw(pid) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// A process, as the system lists it.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    pid: u32,
    parent: u32,
    alive: bool,
}

fn entries() -> impl Iterator<Item = Entry> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    folders.filter_map(|folder| {
        let name = folder.file_name();
        name.to_str()?.parse::<u32>().ok()?;
        parse(&fs::read_to_string(folder.path().join("stat")).ok()?)
    })
}

/// Reads a line of `/proc/PID/stat` (proc_pid_stat(5)): the name in parentheses may hold anything.
fn parse(stat: &str) -> Option<Entry> {
    let (pid, rest) = stat.split_once(' ')?;
    let fields: Vec<&str> = rest.rsplit_once(')')?.1.split_whitespace().collect();
    let threads: u32 = fields.get(17)?.parse().ok()?;
    // A process whose first thread has ended looks dead, and lives on in the others.
    let alive = !matches!(*fields.first()?, "Z" | "X") || threads > 1;
    Some(Entry {
        pid: pid.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        alive,
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;

    #[test]
    fn a_name_with_parentheses_is_read_over() {
        let tail = "1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0";
        let entry = parse(&format!("42 (a) b) c) S 7 {tail}"));
        let expected = Entry {
            pid: 42,
            parent: 7,
            alive: true,
        };
        assert_eq!(entry, Some(expected));
        assert!(
            !parse(&format!("42 (a) Z 7 {tail}"))
                .expect("an entry")
                .alive
        );
        assert_eq!(parse("42 (a"), None);
    }

    /// A shell with two processes below it, all of which ignore SIGTERM.
    fn stubborn() -> (Child, Vec<u32>) {
        let child = Command::new("sh")
            .args(["-c", "trap '' TERM; (sleep 61; true) & sleep 60; wait"])
            .stdin(Stdio::null())
            .spawn()
            .expect("sh is in every system");
        let deadline = Instant::now() + Duration::from_secs(10);
        while below(child.id()).len() < 3 && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        let found = below(child.id());
        assert_eq!(found.len(), 3, "{found:?}");
        (child, found)
    }

    #[test]
    fn what_ignores_sigterm_is_ended_and_what_is_spared_lives() {
        let (mut child, found) = stubborn();
        let spared = BTreeSet::from([found[0]]);
        assert!(end_below(child.id(), Duration::from_millis(20), &spared));
        assert_eq!(below(child.id()), [found[0]]);
        assert!(end_below(child.id(), Duration::ZERO, &BTreeSet::new()));
        assert!(below(child.id()).is_empty());
        child.kill().expect("killed");
        child.wait().expect("reaped");
    }
}
