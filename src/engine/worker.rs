//! The worker: executes the units it is told to, one after another, and says what came of each.
//!
//! It decides nothing: order, time limits and what follows a fault are the parent's.

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::protocol::{Begin, FromWorker, ToWorker};
use super::unit;
use crate::processes;

/// This program, also when its file has been replaced since it started.
pub const PROGRAM: &str = "/proc/self/exe";

/// The hidden verb of the worker.
pub const VERB: &str = "worker";

/// Gives this process a name for `ps`; without one it would be called after [`PROGRAM`].
fn rename(name: &str) {
    // Only for people who look: a system without this file has no such names.
    let _ = std::fs::write("/proc/self/comm", name);
}

/// The worker's life, from its first line to the one that ends it.
pub fn work() -> io::Result<()> {
    end_with_parent()?;
    processes::adopt_orphans()?;
    rename("warpmark");
    let voice = Voice::take_standard_output()?;
    let (sender, receiver) = mpsc::channel();
    let listening = voice.clone();
    std::thread::spawn(move || listen(&sender, &listening));
    match receiver.recv() {
        Ok(ToWorker::Begin(begin)) => execute_all(&begin, &receiver, &voice),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Asks the system to end this process when its parent dies, whatever state it is in then; what it started has
/// supervisors that notice.
fn end_with_parent() -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

/// The worker's way to speak to its parent.
#[derive(Debug, Clone)]
pub struct Voice(Arc<Mutex<File>>);

impl Voice {
    /// Keeps standard output for the protocol, and points what kernels and libraries print to standard error.
    fn take_standard_output() -> io::Result<Self> {
        let own = io::stdout().as_fd().try_clone_to_owned()?;
        rustix::stdio::dup2_stdout(io::stderr().as_fd())?;
        Ok(Self(Arc::new(Mutex::new(File::from(own)))))
    }

    /// Says one line, whole.
    pub fn say(&self, message: &FromWorker) -> io::Result<()> {
        let mut line = serde_json::to_vec(message).map_err(io::Error::other)?;
        line.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)
    }
}

/// Hears the parent until the end; without a parent this process ends.
///
/// It ends nothing below it: the system ends it at any moment now, since its parent is dead, and were supervisors killed
/// by then and their commands not yet, nobody would be left to end those. Supervisors see that it is gone and do it.
fn listen(sender: &Sender<ToWorker>, voice: &Voice) {
    for line in io::stdin().lock().lines() {
        let Ok(message) = line.and_then(|line| Ok(serde_json::from_str(&line)?)) else {
            break;
        };
        let last = message == ToWorker::End;
        if message == ToWorker::Locate {
            // The case is stuck, so this thread answers.
            let _ = voice.say(&FromWorker::Located(unit::location()));
        } else if sender.send(message).is_err() || last {
            return;
        }
    }
    signal_hook::low_level::exit(1);
}

fn execute_all(begin: &Begin, receiver: &Receiver<ToWorker>, voice: &Voice) -> io::Result<()> {
    let clock = Instant::now();
    let mut bench = match unit::Bench::open(begin, clock) {
        Ok(bench) => bench,
        Err(why) => return voice.say(&FromWorker::Refused(why)),
    };
    voice.say(&FromWorker::Ready)?;
    while let Ok(message) = receiver.recv() {
        match message {
            ToWorker::Execute(unit) => {
                let results = bench.execute(&unit, voice)?;
                let leaving = bench.is_lost();
                voice.say(&FromWorker::Finished { results, leaving })?;
                if leaving {
                    return Ok(());
                }
            }
            ToWorker::CleanUp(unit) => {
                let failed = bench.clean_up(&unit, voice)?;
                voice.say(&FromWorker::CleanedUp(failed))?;
            }
            ToWorker::Probe(wanted) => {
                let probed = bench.probe(&wanted);
                let leaving = probed.leaving;
                voice.say(&FromWorker::Probed(probed))?;
                if leaving {
                    return Ok(());
                }
            }
            ToWorker::End => return Ok(()),
            ToWorker::Begin(_) | ToWorker::Locate => {}
        }
    }
    Ok(())
}
