//! Every way in which a run can end, at random moments: the GPU is set as before.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{BEFORE, HEAD, Machine};

/// Repetitions of each way, in so many threads.
const REPETITIONS: u64 = 20;
const THREADS: u64 = 4;

/// Random numbers, from a seed that a failure prints.
struct Dice(u64);

impl Dice {
    /// A number below `end` (xorshift64*).
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}

/// Ends a run in one way, again and again, and sees that the GPU is set as before each time. Some of the runs must have
/// pinned it, or nothing would be shown.
#[track_caller]
fn each_time(way: &'static str, end: fn(&Machine, &mut Dice)) {
    if Machine::new().is_none() {
        return;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = now.expect("after 1970").as_nanos();
    let seed = u64::try_from(seed % u128::from(u64::MAX)).expect("smaller") | 1;
    let repeat = |thread: u64| {
        let mut pinned = 0;
        for repetition in 0..REPETITIONS / THREADS {
            let own = seed.wrapping_add(2 * (thread * REPETITIONS + repetition));
            let machine = Machine::new().expect("as before");
            end(&machine, &mut Dice(own));
            machine.is_as_before(&format!("{way}, seed {own}"));
            pinned += usize::from(!machine.set_calls().is_empty());
        }
        pinned
    };
    let pinned: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|n| scope.spawn(move || repeat(n)))
            .collect();
        let counts = threads.into_iter().map(|thread| thread.join().expect(way));
        counts.sum()
    });
    assert!(pinned >= 8, "{way}: only {pinned} runs had pinned anything");
}

/// A run that goes on until it is ended, at a random moment of it: mostly soon after the journal appears.
fn running(machine: &Machine, dice: &mut Dice) -> Child {
    machine.edit("processes = 2", "processes = 1000");
    let run = machine.start(&[]);
    if dice.below(4) > 0 {
        machine.until(|machine| machine.journal().exists());
        thread::sleep(Duration::from_millis(dice.below(150)));
    } else {
        thread::sleep(Duration::from_millis(dice.below(500)));
    }
    run
}

fn send(pid: u32, signal: &str) {
    crate::runs::send(pid, signal);
}

fn code_of(mut run: Child) -> Option<i32> {
    run.wait().expect("it ends").code()
}

#[test]
fn a_run_that_returns() {
    each_time("return", |machine, _| {
        let (code, output, error) = machine.run(&[], &[]);
        assert_eq!(code, 0, "{error}");
        let pinned = "clocks pinned: SM 1500 MHz, memory 3201 MHz";
        assert!(output.contains(pinned), "{output}");
    });
}

#[test]
fn a_run_that_can_t_go_on() {
    each_time("error", |machine, dice| {
        machine.edit("processes = 2", "processes = 1000");
        let run = machine.start(&[]);
        let runs = machine.at(".warpmark/runs/fake");
        let first = 2 + dice.below(8);
        // What can't be kept must not be measured: a folder stands where a process' file is to be, of the first
        // process from there on that the run hasn't come to.
        let made = machine.until(|_| {
            let records = fs::read_dir(&runs).into_iter().flatten().flatten();
            let folders = records.flat_map(|record| {
                let name = move |number| format!("process-{number:04}.jsonl");
                (first..1000).map(move |number| record.path().join(name(number)))
            });
            folders
                .into_iter()
                .any(|folder| fs::create_dir(folder).is_ok())
        });
        assert!(made, "a record");
        assert_eq!(code_of(run), Some(5));
    });
}

/// A suite whose script breaks the run off, or a thread of it, somewhere among its commands.
fn broken_by(machine: &Machine, fault: &str, dice: &mut Dice) -> Child {
    let script = format!("[[workload]]\nname = \"broken\"\nmock = {{ fault = \"{fault}\" }}\n");
    let command = |name: &str| {
        format!("[[workload]]\nname = \"{name}\"\ncommand = [\"true\"]\nprocesses = 2\n")
    };
    let more: String = ["first", "second", "third"].map(command).concat();
    // Scripts are for the mock device; another one says that it can't run them, when it is their turn.
    let head = HEAD.replace("kind = \"cuda\"", "kind = \"mock\"");
    machine.write("fake.toml", &format!("{head}{script}{more}"));
    let seed = dice.below(1 << 20).to_string();
    machine.start(&["--device", "cuda:0", "--seed", &seed])
}

#[test]
fn a_run_whose_engine_panics() {
    each_time("panic", |machine, dice| {
        let run = broken_by(machine, "panic", dice);
        assert_eq!(code_of(run), Some(101));
    });
}

#[test]
fn a_run_of_which_a_thread_panics() {
    each_time("panic in a thread", |machine, dice| {
        let run = broken_by(machine, "panic-thread", dice);
        assert_eq!(code_of(run), Some(0));
    });
}

#[test]
fn a_run_that_is_interrupted_twice() {
    each_time("SIGINT twice", |machine, dice| {
        let suite = fs::read_to_string(machine.at("fake.toml")).expect("the suite");
        // What cleans up would take many minutes, so that the second signal comes meanwhile.
        let slow = "[[workload]]\nname = \"slow\"\ncommand = [\"true\"]\nprocesses = 1000\ntimeout = \"900s\"\n\
                    cleanup = [\"sh\", \"-c\", \"echo > cleaning; sleep 600\"]\n";
        machine.write("fake.toml", &format!("{suite}{slow}"));
        let mut run = running(machine, dice);
        let pid = run.id();
        send(pid, "INT");
        let mut ended = || run.try_wait().expect("a child").is_some();
        let cleaning = machine.until(|machine| machine.at("cleaning").exists() || ended());
        assert!(cleaning, "it neither cleans up nor ends");
        // A signal right after the first is the same wish.
        thread::sleep(Duration::from_millis(300));
        if !ended() {
            send(pid, "INT");
        }
        assert!(machine.until(|_| ended()), "it goes on");
        let code = code_of(run);
        // Before signals are watched, the first ends everything, and nothing is pinned yet.
        assert!(code == Some(130) || code.is_none(), "{code:?}");
    });
}

#[test]
fn a_run_that_is_terminated() {
    each_time("SIGTERM", |machine, dice| {
        let run = running(machine, dice);
        send(run.id(), "TERM");
        let code = code_of(run);
        assert!(code == Some(143) || code.is_none(), "{code:?}");
    });
}

#[test]
fn a_run_whose_terminal_goes() {
    each_time("SIGHUP", |machine, dice| {
        let run = running(machine, dice);
        send(run.id(), "HUP");
        let code = code_of(run);
        assert!(code == Some(129) || code.is_none(), "{code:?}");
    });
}

#[test]
fn a_run_that_is_killed() {
    each_time("SIGKILL", |machine, dice| {
        let run = running(machine, dice);
        send(run.id(), "KILL");
        code_of(run);
        // The watchdog does it at once; nobody else would ever.
        let restored =
            machine.until(|machine| machine.settings() == BEFORE && !machine.journal().exists());
        assert!(restored, "{}", machine.settings());
    });
}

#[test]
fn a_run_that_is_killed_with_its_watchdog() {
    each_time("SIGKILL of both", |machine, dice| {
        let run = running(machine, dice);
        if let Some(watchdog) = machine.watchdog() {
            send(watchdog, "KILL");
        }
        send(run.id(), "KILL");
        code_of(run);
        // One that was only just starting acts already, and is killed in the middle of that.
        while let Some(watchdog) = machine.watchdog() {
            send(watchdog, "KILL");
        }
        let (code, _, error) = machine.run_with(&["env", "--device", "cuda:0"], &[]);
        assert_eq!(code, 0, "{error}");
    });
}
