//! A probe of the processor's own speed: a fixed amount of work, timed.
//!
//! On a machine whose cores are shared (a virtual one, or a laptop that gets warm) the same code may take half as long
//! again for seconds or hours, and no counter tells. The probe sees it, so that a comparison can tell a slower
//! machine from slower code; it corrects no time.

use std::hint::black_box;
use std::time::Instant;

/// Passes, of which the second-fastest counts: like the location of a case it doesn't see the moments at which the
/// thread was put off, but a processor that is slower in all of them.
const PASSES: usize = 5;

/// Rounds of independent multiply-adds in a pass: about 1 ms, also in a build without optimisation.
const ROUNDS: usize = if cfg!(debug_assertions) {
    2_000
} else {
    250_000
};

/// Words of 8 bytes read in a pass: with optimisation 8 MiB, more than a core's own caches hold.
const WORDS: usize = if cfg!(debug_assertions) {
    1 << 16
} else {
    1 << 20
};

/// Multiply-adds of a round: enough chains to keep the units busy, so that a busy sibling thread shows.
const LANES: usize = 48;

/// The work of a pass, and what it reads.
#[derive(Debug)]
pub struct Probe {
    words: Vec<u64>,
}

impl Probe {
    /// A probe whose memory is there.
    pub fn new() -> Self {
        // Ones, since untouched memory would all be one page.
        Self {
            words: vec![1; WORDS],
        }
    }

    /// The speed of the calling thread's processor now: rounds and words a microsecond, in the second-fastest of 5 passes.
    ///
    /// Takes about 12 ms. The number compares runs of one build of warpmark, and means nothing besides.
    pub fn speed(&self) -> f64 {
        self.pass();
        let mut times = [0.0; PASSES];
        for time in &mut times {
            let began = Instant::now();
            self.pass();
            *time = began.elapsed().as_secs_f64() * 1e6;
        }
        times.sort_unstable_by(f64::total_cmp);
        (ROUNDS + WORDS) as f64 / times[1].max(f64::MIN_POSITIVE)
    }

    fn pass(&self) {
        let mut lanes = black_box([1.0_f32; LANES]);
        for _ in 0..ROUNDS {
            for lane in &mut lanes {
                *lane = *lane * 0.999 + 0.001;
            }
        }
        black_box(lanes);
        let words = black_box(&self.words);
        black_box(
            words
                .iter()
                .fold(0, |sum: u64, word| sum.wrapping_add(*word)),
        );
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_gives_a_speed_in_little_time() {
        let probe = Probe::new();
        let began = Instant::now();
        let speeds: Vec<f64> = (0..3).map(|_| probe.speed()).collect();
        let took = began.elapsed();
        assert!(
            speeds.iter().all(|speed| speed.is_finite() && *speed > 0.0),
            "{speeds:?}"
        );
        // 60 ms on a machine that is idle; tests share theirs.
        assert!(took.as_millis() < 2_000, "{took:?}");
    }
}
