//! Seeded randomness: the same seed gives the same order and the same input bits on every machine and device.
//!
//! Everything is counter-based (a hash of the seed and a position), so that a device can fill element `i`
//! without element `i - 1`. Only integer operations and exactly rounded real ones are used.

/// The increment of splitmix64: 2^64 divided by the golden ratio, made odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of splitmix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators").
pub fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// 64 random bits for position `index` of the stream `seed`.
pub fn bits(seed: u64, index: u64) -> u64 {
    mix(seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// A stream of its own for a numbered part of `seed` (an argument, a process).
pub fn stream(seed: u64, part: u64) -> u64 {
    mix(bits(seed, part) ^ GOLDEN)
}

/// A sequence of random bits: splitmix64.
#[derive(Debug, Clone)]
pub struct Sequence {
    seed: u64,
    next: u64,
}

impl Sequence {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: 0 }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        let bits = bits(self.seed, self.next);
        self.next += 1;
        bits
    }

    /// A whole number below `bound`, without bias; `bound` is 1 or more.
    pub fn below(&mut self, bound: u64) -> u64 {
        let bound = bound.max(1);
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let bits = self.bits();
            if bits < limit {
                return bits % bound;
            }
        }
    }

    /// Shuffles in place (Fisher and Yates).
    #[allow(clippy::missing_panics_doc)] // an index below a length fits
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.below(last as u64 + 1)).expect("at most `last`");
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_splitmix64() {
        // The reference implementation's first values for the state 1234567.
        let mut sequence = Sequence::new(1_234_567);
        assert_eq!(sequence.bits(), 6_457_827_717_110_365_317);
        assert_eq!(sequence.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..1000).collect();
        Sequence::new(1).shuffle(&mut items);
        assert_ne!(items, (0..1000).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..1000).collect::<Vec<_>>());
    }
}
