//! Looking at what a kernel wrote: what still holds the poison, and what differs from the expectation.
//!
//! A device that can does it where the buffers lie, with the same outcome; else they are read piece by piece.

use super::Platform;
use super::buffer::GuardedBuffer;
use super::bulk::Judging;
use super::compare::{Difference, Differences, Tolerance};
use super::element::show;
use crate::record::Refusal;

/// The bytes that an output should hold.
pub(super) enum Content<M> {
    /// On the host.
    Bytes(Vec<u8>),
    /// On the device.
    Memory(M),
}

impl<M> Content<M> {
    /// Copies from `start` on, as much as `into` takes; the range lies inside.
    pub(super) fn read<P: Platform<Memory = M>>(
        &self,
        platform: &mut P,
        start: u64,
        into: &mut [u8],
    ) -> Result<(), Refusal> {
        match self {
            Self::Memory(memory) => platform.read(memory, start, into),
            Self::Bytes(bytes) => {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                let found = bytes.get(start..).unwrap_or_default();
                let length = found.len().min(into.len());
                into[..length].copy_from_slice(&found[..length]);
                Ok(())
            }
        }
    }

    fn memory(&self) -> Option<&M> {
        match self {
            Self::Memory(memory) => Some(memory),
            Self::Bytes(_) => None,
        }
    }
}

/// How an output is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// What every byte of a never written element holds.
    pub poison: u8,
    pub tolerance: Tolerance,
}

/// What the executions have shown of one output so far.
pub(super) struct Judged<M> {
    /// The argument.
    pub index: usize,
    marks: Marks<M>,
    /// How many elements held the poison every time, and the number of the first.
    pub unwritten: (u64, Option<u64>),
    /// The more of the differences that one execution showed.
    pub differences: Differences,
}

/// Elements that hold the poison, by number: a bit each.
enum Marks<M> {
    Bits(Vec<u64>),
    /// In words of 32 on the device, which looks by itself.
    Memory(M),
}

impl<M> Judged<M> {
    /// Before the first look at `buffer`, which is compared with `expected`.
    pub(super) fn new<P: Platform<Memory = M>>(
        platform: &mut P,
        buffer: &GuardedBuffer<M>,
        expected: Option<&Content<M>>,
    ) -> Self {
        let elements = elements(buffer);
        let can = platform.is_near() && expected.is_none_or(|content| content.memory().is_some());
        let marks = can.then(|| marks(platform, elements)).flatten();
        let words = usize::try_from(elements.div_ceil(64)).unwrap_or_default();
        Self {
            index: buffer.index,
            marks: marks.map_or_else(|| Marks::Bits(vec![u64::MAX; words]), Marks::Memory),
            unwritten: (0, None),
            differences: Differences::default(),
        }
    }

    /// Looks at what an execution left in `buffer`.
    pub(super) fn look<P: Platform<Memory = M>>(
        &mut self,
        platform: &mut P,
        buffer: &GuardedBuffer<M>,
        expected: Option<&Content<M>>,
        look: Look,
    ) -> Result<(), Refusal> {
        let differences = match &mut self.marks {
            Marks::Bits(bits) => {
                let differences = far(platform, buffer, (bits, expected), look)?;
                self.unwritten = marked(bits, elements(buffer));
                differences
            }
            Marks::Memory(marks) => {
                let wanted = expected.and_then(Content::memory);
                let (differences, unwritten) = near(platform, buffer, (marks, wanted), look)?;
                self.unwritten = unwritten;
                differences
            }
        };
        if differences.count > self.differences.count {
            self.differences = differences;
        }
        Ok(())
    }
}

/// How many elements of a buffer are judged.
pub(super) fn elements<M>(buffer: &GuardedBuffer<M>) -> u64 {
    buffer.judged() / buffer.spec.element.size()
}

/// All marks set, in device memory; none where there is no room.
fn marks<P: Platform>(platform: &mut P, elements: u64) -> Option<P::Memory> {
    let bytes = elements.div_ceil(32) * 4;
    let mut marks = platform.allocate(bytes).ok()?;
    let set = platform.set(&mut marks, (0, bytes), 0xff).ok()?;
    set.then_some(marks)
}

/// Has the device look.
fn near<P: Platform>(
    platform: &mut P,
    buffer: &GuardedBuffer<P::Memory>,
    (marks, wanted): (&P::Memory, Option<&P::Memory>),
    look: Look,
) -> Result<(Differences, (u64, Option<u64>)), Refusal> {
    let offset = GuardedBuffer::<P::Memory>::offset();
    let element = buffer.spec.element;
    let judgement = platform.judge(&Judging {
        found: (&buffer.memory, offset),
        expected: wanted.map(|memory| (memory, 0)),
        element,
        count: elements(buffer),
        absolute: look.tolerance.absolute,
        relative: look.tolerance.relative,
        poison: look.poison,
        marks,
    })?;
    let mut show_at = |memory: &P::Memory, place: u64| -> Result<String, Refusal> {
        let mut bytes = [0; 8];
        let size = usize::try_from(element.size()).unwrap_or(8);
        platform.read(memory, place, &mut bytes[..size])?;
        Ok(show(element, &bytes[..size]))
    };
    let first = match (judgement.first_wrong, wanted) {
        (Some(index), Some(wanted)) => Some(Difference {
            index,
            found: show_at(&buffer.memory, offset + index * element.size())?,
            expected: show_at(wanted, index * element.size())?,
        }),
        _ => None,
    };
    let differences = Differences {
        count: judgement.wrong,
        first,
    };
    Ok((
        differences,
        (judgement.unwritten, judgement.first_unwritten),
    ))
}

/// Reads the buffer, and looks here.
fn far<P: Platform>(
    platform: &mut P,
    buffer: &GuardedBuffer<P::Memory>,
    (bits, expected): (&mut [u64], Option<&Content<P::Memory>>),
    look: Look,
) -> Result<Differences, Refusal> {
    let element = buffer.spec.element;
    let mut differences = Differences::default();
    let mut wanted = Vec::new();
    buffer.read(platform, buffer.judged(), &mut |platform, start, bytes| {
        let first = start / element.size();
        mark_poisoned(bits, element.size(), look.poison, (first, bytes));
        if let Some(expected) = expected {
            wanted.resize(bytes.len(), 0);
            expected.read(platform, start, &mut wanted)?;
            differences.add(element, look.tolerance, first, (bytes, &wanted));
        }
        Ok(())
    })?;
    Ok(differences)
}

/// Clears the bits of elements, from number `first` on, that don't hold `poison`.
fn mark_poisoned(marks: &mut [u64], size: u64, poison: u8, (first, bytes): (u64, &[u8])) {
    let size = usize::try_from(size).unwrap_or(8);
    let pattern = [poison; 8];
    for (element, value) in (first..).zip(bytes.chunks_exact(size)) {
        if value != &pattern[..size] {
            let word = usize::try_from(element / 64).unwrap_or_default();
            marks[word] &= !(1 << (element % 64));
        }
    }
}

/// How many of the first `elements` bits are set, and the first that is.
fn marked(bits: &[u64], elements: u64) -> (u64, Option<u64>) {
    let (mut count, mut first) = (0, None);
    for (word, start) in bits.iter().zip((0_u64..).step_by(64)) {
        let valid = match elements.saturating_sub(start) {
            0 => 0,
            left @ 1..64 => u64::MAX >> (64 - left),
            _ => u64::MAX,
        };
        let left = word & valid;
        count += u64::from(left.count_ones());
        if left != 0 && first.is_none() {
            first = Some(start + u64::from(left.trailing_zeros()));
        }
    }
    (count, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_beyond_the_last_element_do_not_count() {
        assert_eq!(marked(&[u64::MAX], 3), (3, Some(0)));
        assert_eq!(marked(&[0b1000], 3), (0, None));
        assert_eq!(marked(&[0, 0b110], 128), (2, Some(65)));
        assert_eq!(marked(&[0, u64::MAX], 66), (2, Some(64)));
        assert_eq!(marked(&[], 0), (0, None));
    }

    #[test]
    fn only_whole_poison_keeps_its_mark() {
        let mut marks = [u64::MAX];
        mark_poisoned(&mut marks, 2, 0xa5, (1, &[0xa5, 0xa5, 0xa5, 0, 0, 0xa5]));
        assert_eq!(marks[0] & 0b1111, 0b0011);
    }
}
