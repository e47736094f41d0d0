//! Where a running kernel is, for those who wait for it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::module::Shared;

/// How long a block must have stood still before it is called hanging.
const STILL: Duration = Duration::from_millis(50);

/// A launch that has begun and not ended.
struct Running {
    number: u64,
    entry: String,
    grid: [u32; 3],
    shared: Arc<Shared>,
}

/// The launches of this process: one, save where a program has several hosts.
struct Register {
    launches: u64,
    running: Vec<Running>,
}

static REGISTER: Mutex<Register> = Mutex::new(Register {
    launches: 0,
    running: Vec::new(),
});

fn register() -> MutexGuard<'static, Register> {
    REGISTER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes a launch for as long as the value lives.
pub(super) fn begin(entry: &str, grid: [u32; 3], shared: &Arc<Shared>) -> Ended {
    let mut register = register();
    register.launches += 1;
    let number = register.launches;
    register.running.push(Running {
        number,
        entry: entry.to_owned(),
        grid,
        shared: Arc::clone(shared),
    });
    Ended(number)
}

/// Ends the note of a launch.
pub(super) struct Ended(u64);

impl Drop for Ended {
    fn drop(&mut self) {
        register()
            .running
            .retain(|running| running.number != self.0);
    }
}

/// Every block that runs: its launch, its worker, and its number.
fn blocks() -> BTreeSet<(u64, usize, u64)> {
    let register = register();
    let mut found = BTreeSet::new();
    for running in &register.running {
        for (worker, block) in running.shared.running.iter().enumerate() {
            let block = block.load(Ordering::Relaxed);
            found.extend(
                block
                    .checked_sub(1)
                    .map(|block| (running.number, worker, block)),
            );
        }
    }
    found
}

/// See [`super::hanging`].
pub(super) fn hanging() -> Option<String> {
    let before = blocks();
    thread::sleep(STILL);
    let after = blocks();
    let (number, _, block) = before.intersection(&after).next()?;
    let register = register();
    let mut running = register.running.iter();
    let running = running.find(|running| running.number == *number)?;
    let [x, y, _] = running.grid.map(u64::from);
    let (x, y, z) = (block % x, block / x % y, block / x / y);
    let entry = &running.entry;
    Some(format!(
        "block ({x},{y},{z}) of {entry} did not end; on the host device blocks run one after another, and threads \
         take turns at barriers alone, so a kernel that waits for another block or thread in a loop never ends"
    ))
}
