//! The SM clock as kernels see it: cycles of a multiprocessor over the GPU's own time.
//!
//! A *stamp* notes both on every multiprocessor; the clock between two stamps is the median over the multiprocessors
//! that are in both, since counters of different ones needn't agree. A *probe* keeps the whole GPU busy between the
//! two, so that it sees the clock under load.

use std::rc::Rc;

use super::driver::{CallError, Code, Context, Function, Memory, Stream};
use super::support::plain;
use crate::stats::median_of;

/// The entries of `clock.cu`.
pub const ENTRIES: [&str; 4] = [
    "warpmark_stamp",
    "warpmark_spin",
    "warpmark_wait",
    "warpmark_nothing",
];

/// Blocks of a stamp for each multiprocessor: more than one, so that none is left out where blocks aren't dealt evenly.
const STAMPING_BLOCKS: u32 = 2;

/// Blocks and threads of a probe for each multiprocessor: resident all at once on every GPU.
const SPINNING: (u32, u32) = (4, 256);

/// The length of one spin of a probe in nanoseconds: an error of two readings, some 100 ns, is 0.003 % of it.
const SPIN_NS: u64 = 3_000_000;

/// Two spins of a probe agree when their clocks differ by this share at most.
const AGREE: f64 = 0.001;

/// A GPU whose clock lies below that of the last probe by more than this share was idle meanwhile, or is held down.
const FALLEN: f64 = 0.03;

/// How many spins a probe takes, at least and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spins {
    least: usize,
    most: usize,
}

impl Spins {
    /// On a GPU that was idle: 48 ms, so that its clock has begun to rise, and 240 ms at most.
    const FROM_IDLE: Self = Self {
        least: 16,
        most: 80,
    };
    /// On a GPU that was at work: 6 ms, and 15 ms at most.
    const AT_WORK: Self = Self { least: 2, most: 5 };

    /// For a probe whose `first` spin, and the last probe `before` it, saw these clocks.
    fn after(first: Option<f64>, before: Option<f64>) -> Self {
        match (first, before) {
            (Some(first), Some(before)) if first >= before * (1.0 - FALLEN) => Self::AT_WORK,
            _ => Self::FROM_IDLE,
        }
    }
}

/// What a stamp notes on a multiprocessor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    multiprocessor: u64,
    /// The GPU's time in nanoseconds.
    time: u64,
    cycles: u64,
}

impl Reading {
    /// The clock from this reading to a `later` one of the same multiprocessor, in MHz.
    fn until(&self, later: &Self) -> Option<f64> {
        let nanoseconds = later.time.checked_sub(self.time).filter(|ns| *ns > 0)?;
        let cycles = later.cycles.checked_sub(self.cycles).filter(|n| *n > 0)?;
        Some(cycles as f64 / nanoseconds as f64 * 1e3)
    }
}

/// The readings that words in threes are.
fn readings(words: &[u64]) -> Vec<Reading> {
    let (stamps, _) = words.as_chunks::<3>();
    let reading = |&[multiprocessor, time, cycles]: &[u64; 3]| Reading {
        multiprocessor,
        time,
        cycles,
    };
    stamps.iter().map(reading).collect()
}

/// The clock between two stamps in MHz, the median over the multiprocessors that are in both; none where none is.
fn between(before: &[Reading], after: &[Reading]) -> Option<f64> {
    let later = |reading: &Reading| {
        let same = |other: &&Reading| other.multiprocessor == reading.multiprocessor;
        reading.until(after.iter().find(same)?)
    };
    median_of(&before.iter().filter_map(later).collect::<Vec<_>>())
}

/// The clock that a probe saw in MHz: of each block two readings, the median over the blocks.
fn within(readings: &[Reading]) -> Option<f64> {
    let (pairs, _) = readings.as_chunks::<2>();
    let stayed = |[from, to]: &&[Reading; 2]| from.multiprocessor == to.multiprocessor;
    let clocks = pairs.iter().filter(stayed);
    median_of(
        &clocks
            .filter_map(|[from, to]| from.until(to))
            .collect::<Vec<_>>(),
    )
}

/// Whether the last two of `clocks` agree.
fn agree(clocks: &[f64]) -> bool {
    match clocks {
        [.., before, last] => (last / before - 1.0).abs() <= AGREE,
        _ => false,
    }
}

/// The kernels that see a GPU's clock and timer.
#[derive(Debug)]
pub struct Clock {
    stamp: Function,
    spin: Function,
    /// Takes some cycles, and nothing at all: what timers are measured with.
    pub(super) wait: Function,
    pub(super) nothing: Function,
    multiprocessors: u32,
    /// What kernels write: as many words as the larger of the two needs, and one that nothing writes.
    memory: Memory,
    last: Vec<Reading>,
    /// What the last probe saw.
    probed: Option<f64>,
}

impl Clock {
    /// Finds them in `code`.
    pub fn new(
        context: &Rc<Context>,
        code: &Rc<Code>,
        multiprocessors: u32,
    ) -> Result<Self, CallError> {
        let multiprocessors = multiprocessors.max(1);
        let words = 6 * SPINNING.0 * multiprocessors + 1;
        Ok(Self {
            stamp: code.function("warpmark_stamp")?,
            spin: code.function("warpmark_spin")?,
            wait: code.function("warpmark_wait")?,
            nothing: code.function("warpmark_nothing")?,
            multiprocessors,
            memory: Memory::allocate(context, u64::from(words) * 8)?,
            last: Vec::new(),
            probed: None,
        })
    }

    /// Has a kernel that fills the GPU stand between what `stream` holds and what comes: a small kernel that follows runs
    /// elsewhere than the one before.
    pub fn stir(&self, stream: &Stream) -> Result<(), CallError> {
        let blocks = STAMPING_BLOCKS * self.multiprocessors;
        let values = [self.memory.address()];
        self.stamp.launch(&plain(blocks, 32), &values, stream)
    }

    /// Stamps after all that `stream` holds, and gives the clock since the last stamp in MHz; none for the first.
    pub fn mark(&mut self, stream: &Stream) -> Result<Option<f64>, CallError> {
        self.stir(stream)?;
        let now = readings(&self.words(3 * STAMPING_BLOCKS * self.multiprocessors)?);
        let clock = between(&self.last, &now);
        self.last = now;
        Ok(clock)
    }

    /// The clock under load in MHz: of the last of some spins of 3 ms. They go on until two clocks in a row agree within
    /// 0.1 %, for 15 ms at most, or 48 to 240 ms on a GPU that was idle.
    pub fn probe(&mut self, stream: &Stream) -> Result<Option<f64>, CallError> {
        let first = self.spin(stream)?;
        let spins = Spins::after(first, self.probed);
        let mut clocks: Vec<f64> = first.into_iter().collect();
        for number in 2..=spins.most {
            clocks.extend(self.spin(stream)?);
            if number >= spins.least && agree(&clocks) {
                break;
            }
        }
        self.probed = clocks.pop();
        Ok(self.probed)
    }

    fn spin(&mut self, stream: &Stream) -> Result<Option<f64>, CallError> {
        let blocks = SPINNING.0 * self.multiprocessors;
        let words = self.memory.address();
        let values = [SPIN_NS, words, words + 48 * u64::from(blocks)];
        let geometry = plain(blocks, SPINNING.1);
        self.spin.launch(&geometry, &values, stream)?;
        Ok(within(&readings(&self.words(6 * blocks)?)))
    }

    /// The first words of the memory, once the stream's kernels have written them.
    fn words(&self, count: u32) -> Result<Vec<u64>, CallError> {
        let mut bytes = vec![0; 8 * count as usize];
        self.memory.read(0, &mut bytes)?;
        let (words, _) = bytes.as_chunks::<8>();
        Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(multiprocessor: u64, time: u64, cycles: u64) -> Reading {
        Reading {
            multiprocessor,
            time,
            cycles,
        }
    }

    #[test]
    fn counters_are_compared_on_their_own_multiprocessor() {
        let before = [
            reading(0, 1_000, 50),
            reading(1, 1_032, 9_000_000),
            reading(2, 1_000, 7),
        ];
        // Blocks came to others, in another order; multiprocessor 2 has none.
        let after = [
            reading(1, 1_001_032, 10_980_000),
            reading(0, 1_001_000, 1_980_050),
        ];
        assert_eq!(between(&before, &after), Some(1980.0));
        assert_eq!(between(&before, &after[..1]), Some(1980.0));
        assert_eq!(between(&before, &[]), None);
        assert_eq!(between(&[], &after), None);
    }

    #[test]
    fn readings_that_go_backwards_are_no_clock() {
        let table = [
            (reading(0, 10, 10), reading(0, 10, 20)),
            (reading(0, 10, 10), reading(0, 9, 20)),
            (reading(0, 10, 10), reading(0, 20, 10)),
            (reading(0, 10, 10), reading(0, 20, 9)),
        ];
        for (before, after) in table {
            assert_eq!(before.until(&after), None, "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_probe_is_the_median_of_its_blocks() {
        let block = |cycles| [reading(0, 0, 0), reading(0, 1_000, cycles)];
        let blocks = [block(1_980), block(1_900), block(1_981)].concat();
        assert_eq!(within(&blocks), Some(1980.0));
        let moved = [reading(0, 0, 0), reading(1, 1_000, 1_000)];
        assert_eq!(within(&moved), None);
        assert_eq!(within(&[]), None);
    }

    #[test]
    fn words_are_read_in_threes() {
        let found = readings(&[4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(found, [reading(4, 5, 6), reading(7, 8, 9)]);
    }

    #[test]
    fn a_gpu_that_was_idle_is_woken() {
        let table = [
            (Some(1980.0), Some(1980.0), Spins::AT_WORK),
            (Some(1990.0), Some(1980.0), Spins::AT_WORK),
            (Some(1930.0), Some(1980.0), Spins::AT_WORK),
            (Some(1900.0), Some(1980.0), Spins::FROM_IDLE),
            (Some(1980.0), None, Spins::FROM_IDLE),
            (None, Some(1980.0), Spins::FROM_IDLE),
        ];
        for (first, before, expected) in table {
            assert_eq!(
                Spins::after(first, before),
                expected,
                "{first:?} {before:?}"
            );
        }
    }

    #[test]
    fn clocks_agree_within_a_thousandth() {
        assert!(agree(&[345.0, 1980.0, 1980.9]));
        assert!(!agree(&[345.0, 1980.0, 1985.0]));
        assert!(!agree(&[1980.0]) && !agree(&[]));
    }
}
