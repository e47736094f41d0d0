//! The rules against NVIDIA's own calculator (`tests/tables/make_occupancy.cpp`), and how grids fill GPUs.

#![allow(clippy::float_cmp)] // exact on purpose

use super::*;

fn model(capability: u64) -> Multiprocessor {
    let (threads, blocks, shared) = match capability {
        80 => (2048, 32, 164),
        86 => (1536, 16, 100),
        89 | 120 => (1536, 24, 100),
        _ => (2048, 32, 228),
    };
    Multiprocessor {
        threads,
        blocks,
        registers: 65_536,
        shared: shared << 10,
        reserved: 1024,
        portion: 128,
        count: 132,
    }
}

#[test]
fn blocks_and_limits_are_those_of_nvidia_s_calculator() {
    let text = include_str!("../../../../tests/tables/occupancy.json");
    let rows: Vec<[u64; 6]> = serde_json::from_str(text).expect("a table");
    assert!(rows.len() > 1000, "{}", rows.len());
    for row in rows {
        let [capability, threads, registers, shared, blocks, bits] = row;
        let block = Block {
            threads,
            registers,
            shared,
        };
        let found = spread(&model(capability), &block, 1, Told::default());
        let of = |(limit, bit)| (bits & bit != 0).then_some(limit);
        let limits = [
            (Limit::Registers, 2),
            (Limit::SharedMemory, 4),
            (Limit::Threads, 1),
            (Limit::Blocks, 8),
        ];
        let limits: Vec<Limit> = limits.into_iter().filter_map(of).collect();
        assert_eq!(
            (found.blocks, found.limited_by),
            (blocks, limits),
            "{row:?}"
        );
    }
}

#[test]
fn what_the_driver_says_stands() {
    let block = Block {
        threads: 256,
        registers: 32,
        shared: 0,
    };
    let told = |blocks, places| Told { blocks, places };
    let own = spread(&model(90), &block, 1056, Told::default());
    assert_eq!((own.blocks, own.theoretical), (8, 1.0));
    assert_eq!(own.limited_by, [Limit::Registers, Limit::Threads]);
    assert_eq!((own.waves, own.tail), (1.0, 0.0));
    let fewer = spread(&model(90), &block, 1056, told(Some(4), None));
    assert_eq!((fewer.blocks, fewer.theoretical), (4, 0.5));
    assert_eq!(fewer.limited_by, [], "the driver knows why");
    assert_eq!(fewer.waves, 2.0);
    // Clusters don't fit everywhere: 120 places for blocks in place of 1,056.
    let clusters = spread(&model(90), &block, 180, told(Some(8), Some(120)));
    assert_eq!((clusters.waves, clusters.tail), (1.5, 0.5));
    let none = spread(&model(90), &block, 180, told(Some(0), None));
    assert_eq!((none.blocks, none.theoretical, none.waves), (0, 0.0, 0.0));
}

#[test]
fn a_wave_that_is_not_full_takes_its_time() {
    let table = [
        (1, 132, 1.0 / 132.0, 0.0),
        (132, 132, 1.0, 0.0),
        (133, 132, 133.0 / 132.0, 0.5),
        (264, 132, 2.0, 0.0),
        (330, 132, 2.5, 1.0 / 3.0),
        (5, 0, 0.0, 0.0),
    ];
    for (grid, places, expected, tail) in table {
        assert_eq!(waves(grid, places), (expected, tail), "{grid} in {places}");
    }
}

#[test]
fn a_gpu_that_says_nothing_breaks_nothing() {
    let nothing = Multiprocessor {
        threads: 0,
        blocks: 0,
        registers: 0,
        shared: 0,
        reserved: 0,
        portion: 0,
        count: 0,
    };
    let block = Block {
        threads: 1024,
        registers: 0,
        shared: 0,
    };
    let found = spread(&nothing, &block, u64::MAX, Told::default());
    assert_eq!(
        (found.blocks, found.theoretical, found.waves),
        (0, 0.0, 0.0)
    );
}
