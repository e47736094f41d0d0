//! The SM clock under load: a process that keeps the GPU busy, and readings until they hold.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Trouble;
use super::steward::Steward;
use crate::device::cuda::{Cuda, Which};

/// The hidden verb of the process.
pub const VERB: &str = "load";

/// This program, also when its file has been replaced since it started.
const PROGRAM: &str = "/proc/self/exe";

/// What it says when the GPU is busy.
const BUSY: &str = "busy";

/// A GPU that isn't busy by then never will be: a context and a kernel take a second or two.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Between two readings. NVML renews its clock some ten times a second.
const PAUSE: Duration = Duration::from_millis(20);

/// As many equal readings in a row are a clock that holds.
const ENOUGH: usize = 10;

/// A clock that doesn't hold by then is taken as it is.
const SETTLE_LIMIT: Duration = Duration::from_secs(3);

/// What is kept busy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subject {
    /// Which GPU.
    pub gpu: Which,
    /// The folder of compiled kernels.
    pub cache: PathBuf,
}

/// A process that keeps a GPU busy until this is dropped.
#[derive(Debug)]
pub struct Load {
    child: Child,
}

impl Load {
    /// Starts it, and waits until the GPU is busy.
    pub fn start(subject: &Subject) -> Result<Self, Trouble> {
        let refused = |error: io::Error| Trouble::Load(error.to_string());
        let mut child = Command::new(PROGRAM)
            .arg0("warpmark")
            .arg(VERB)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(refused)?;
        let stdout = child.stdout.take();
        let mut load = Self { child };
        if let Some(stdin) = &mut load.child.stdin {
            let mut line = serde_json::to_vec(subject).map_err(|e| refused(e.into()))?;
            line.push(b'\n');
            stdin.write_all(&line).map_err(refused)?;
        }
        let (sender, said) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = stdout.map(|stdout| BufReader::new(stdout).read_line(&mut line));
            let _ = sender.send(read.and_then(Result::ok).map_or_else(String::new, |_| line));
        });
        match said.recv_timeout(START_LIMIT) {
            Ok(line) if line.trim() == BUSY => Ok(load),
            Ok(line) if !line.trim().is_empty() => Err(Trouble::Load(line.trim().to_owned())),
            _ => Err(Trouble::Load("the process that loads it died".to_owned())),
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // It ends with its input; what it can't end of itself is ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The life of the process: busy until its input ends. What keeps it from that goes to `stdout` in a line.
pub fn keep_busy() -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let mut input = BufReader::new(io::stdin());
    let mut line = String::new();
    input.read_line(&mut line)?;
    let subject: Subject = serde_json::from_str(&line)?;
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || {
        let _ = input.read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    let mut said = false;
    let mut going = || {
        if !std::mem::replace(&mut said, true) {
            say(BUSY);
        }
        ended.try_recv() == Err(mpsc::TryRecvError::Empty)
    };
    let kept = Cuda::open(subject.gpu)
        .map_err(|error| error.to_string())
        .and_then(|mut gpu| gpu.keep_busy(&subject.cache, &mut going));
    if let Err(why) = kept {
        say(&why.replace('\n', " "));
    }
    Ok(())
}

fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    // Nobody listens any more: the input has ended, too.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// A clock under load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// In MHz.
    pub sm: u32,
    /// What holds it down, by NVML.
    pub reasons: Vec<String>,
}

/// Reads the SM clock under load: at once where it `is_expected`, else when it holds.
pub fn read(steward: &Steward, is_expected: &dyn Fn(u32) -> bool) -> Result<Loaded, Trouble> {
    let began = Instant::now();
    let mut next = || -> Result<(u32, bool), Trouble> {
        let clock = steward.ask("nvmlDeviceGetClockInfo", |gpu| gpu.sm_clock())?;
        if began.elapsed() >= SETTLE_LIMIT {
            return Ok((clock, true));
        }
        thread::sleep(PAUSE);
        Ok((clock, false))
    };
    let sm = settle(&mut next, is_expected)?;
    let reasons = steward.ask("nvmlDeviceGetCurrentClocksEventReasons", |gpu| {
        gpu.clock_event_reasons()
    })?;
    Ok(Loaded { sm, reasons })
}

/// The first reading that is expected, else the one that holds, or the last one. A reading comes with whether it is the
/// last.
fn settle<E>(
    next: &mut dyn FnMut() -> Result<(u32, bool), E>,
    is_expected: &dyn Fn(u32) -> bool,
) -> Result<u32, E> {
    let (mut held, mut count) = (0, 0);
    loop {
        let (clock, last) = next()?;
        count = if clock == held { count + 1 } else { 1 };
        held = clock;
        if is_expected(clock) || count >= ENOUGH || last {
            return Ok(clock);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(clocks: &[u32], expected: u32) -> (u32, usize) {
        let mut taken = 0;
        let mut next = || -> Result<(u32, bool), ()> {
            taken += 1;
            let place = (taken - 1).min(clocks.len() - 1);
            Ok((clocks[place], taken == 100))
        };
        let clock = settle(&mut next, &|clock| clock == expected).expect("no trouble");
        (clock, taken)
    }

    #[test]
    fn a_clock_is_read_when_it_holds_or_is_what_is_expected() {
        // A ramp that comes to the expected clock is not waited for any longer.
        assert_eq!(settled(&[345, 345, 1200, 1980], 1980), (1980, 4));
        assert_eq!(settled(&[345, 345, 1200], 1980), (1200, 2 + ENOUGH));
        let restless: Vec<u32> = (0..100).map(|n| 1200 + 15 * (n % 2)).collect();
        assert_eq!(settled(&restless, 1980).1, 100);
    }
}
