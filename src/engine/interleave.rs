//! Two runs in turns: blocks of processes in which each side goes first as often as last.

use super::run::{Job, Subscribers, begin, end};
use super::{EngineError, Signals};
use crate::record::Summary;
use crate::rng::{self, Sequence};

/// Processes of each side in a block.
pub const EACH: u32 = 2;

/// One process of one of two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The run: 0 or 1.
    pub side: usize,
    /// The process' number in it, from 0.
    pub process: u32,
}

/// The turns of `count` blocks of four: ABBA or BAAB, by the seed.
///
/// So a machine that drifts evenly through a block treats both sides alike.
pub fn blocks(count: u32, seed: u64) -> Vec<Turn> {
    const STREAM: u64 = 0xab;
    let mut coins = Sequence::new(rng::stream(seed, STREAM));
    (0..count)
        .flat_map(|block| {
            let outer = usize::from(coins.below(2) == 1);
            let (first, second) = (block * EACH, block * EACH + 1);
            [
                (outer, first),
                (1 - outer, first),
                (1 - outer, second),
                (outer, second),
            ]
        })
        .map(|(side, process)| Turn { side, process })
        .collect()
}

/// Runs two jobs in `turns`, and says how each ended. What stops one stops both.
pub fn interleave(
    [first, second]: [&Job<'_>; 2],
    turns: &[Turn],
    [hears_first, hears_second]: [&mut Subscribers<'_>; 2],
    signals: &Signals,
) -> Result<[Summary; 2], EngineError> {
    let mut first = begin(first, hears_first, signals)?;
    let mut second = begin(second, hears_second, signals)?;
    for turn in turns {
        let (now, other) = match turn.side {
            0 => (&mut first, &mut second),
            _ => (&mut second, &mut first),
        };
        if !now.run_process(turn.process)? {
            other.stop();
            break;
        }
        other.time_like(now);
    }
    Ok([end(first, signals)?, end(second, signals)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_abba_or_baab_and_numbers_each_side_s_processes() {
        let turns = blocks(40, 7);
        let mut orders = [0, 0];
        for (number, block) in turns.chunks(4).enumerate() {
            let sides: Vec<usize> = block.iter().map(|turn| turn.side).collect();
            assert!(sides == [0, 1, 1, 0] || sides == [1, 0, 0, 1], "{sides:?}");
            orders[sides[0]] += 1;
            let first = u32::try_from(number).expect("small") * 2;
            let of = |side| {
                let own = block.iter().filter(|turn| turn.side == side);
                own.map(|turn| turn.process).collect::<Vec<_>>()
            };
            assert_eq!(
                (of(0), of(1)),
                (vec![first, first + 1], vec![first, first + 1])
            );
        }
        assert!(orders[0] > 8 && orders[1] > 8, "{orders:?}");
        assert_eq!(turns, blocks(40, 7));
        assert_ne!(turns, blocks(40, 8));
    }
}
