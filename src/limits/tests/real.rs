//! The rules on the figures of an H100: its ceilings as they were measured first, and times as `docs/results` has them.

use super::{activity, facts, occupancy};
use crate::limits::{Facts, find};
use crate::record::{Occupancy, Precision, Work};
use crate::stats::{Ceiling, Ceilings};

/// NVIDIA H100 80GB HBM3, 2026-11-25: the best times of the first runs of `suites/ceilings.toml`.
fn ceilings() -> Ceilings {
    let mut ceilings = Ceilings::default();
    ceilings.take(Ceiling::Copy, 2_147_483_648.0, 705_560.312);
    ceilings.take(Ceiling::Read, 1_073_741_824.0, 338_433.391);
    ceilings.take(Ceiling::Write, 1_073_741_824.0, 325_804.651);
    ceilings.take(
        Ceiling::Operations(Precision::Fp32),
        70_866_960_384.0,
        1_089_304.74,
    );
    ceilings
}

/// What a case of `suites/agreement.toml` that takes so many microseconds is limited by.
#[track_caller]
fn limits(
    (reads, writes, flops): (f64, f64, Option<f64>),
    us: f64,
    grid: Option<Occupancy>,
) -> Vec<&'static str> {
    let work = Work {
        reads: Some(reads),
        writes: Some(writes),
        flops,
        items: None,
        precision: None,
    };
    let found = find(&Facts {
        bounds: ceilings().bounds(&[], &work, us * 1e3),
        work,
        time_ns: us * 1e3,
        empty_kernel_ns: Some(5536.0),
        occupancy: grid,
        ..facts(0.0, 0.0)
    });
    found.iter().map(|finding| finding.limit.name()).collect()
}

#[test]
fn what_is_known_of_kernels_of_an_h100_comes_out() {
    const N: f64 = 67_108_864.0;
    // Kernel, work, microseconds after a flush that reads (`docs/results/measurement.md`), and what is known of it.
    let table = [
        ("copy", (4.0 * N, 4.0 * N, None), 175.0, "memory bound"),
        ("triad", (2.0 * N, N, Some(N / 2.0)), 63.0, "memory bound"),
        (
            "reduce",
            (2.0 * N, 8192.0, Some(N / 2.0)),
            48.2,
            "memory bound",
        ),
        // 24 M values in 256 bins.
        ("hist", (1.5 * N, 1024.0, None), 34.5, "memory bound"),
        // 2 x 1024 x 1024 x 3200 operations: a plain product, without tiles in registers, reaches an eighth.
        ("sgemm", (26.2e6, 4.2e6, Some(6.711e9)), 788.1, "unknown"),
        // A random read takes a sector of 32 bytes for each of 4: it moves at an eighth of a stream.
        ("gather", (N, N / 2.0, None), 274.8, "unknown"),
        (
            "tiny",
            (0.0, 1024.0, Some(204_800.0)),
            4.416,
            "launch bound",
        ),
    ];
    for (kernel, work, us, expected) in table {
        assert_eq!(limits(work, us, None), [expected], "{kernel}");
    }
}

#[test]
fn the_ceilings_of_an_h100_bind_their_own_kernels() {
    let copy = |us: f64| limits((1_073_741_824.0, 1_073_741_824.0, None), us, None);
    for us in [705.56, 707.49, 714.11] {
        assert_eq!(copy(us), ["memory bound"], "{us}");
    }
    let fp32 = limits((0.0, 1.0e6, Some(70_866_960_384.0)), 1089.3, None);
    assert_eq!(fp32, ["compute bound"]);
    // An empty kernel: no work, and 3.0 us.
    assert_eq!(limits((0.0, 0.0, None), 3.014, None), ["launch bound"]);
    // `fma`: 1,188 blocks on 132 multiprocessors that hold 8 each are 1.125 waves, and 48 % of the ceiling.
    let fma = (0.0, 1_216_512.0, Some(6_082_560_000.0));
    let waves = Some(occupancy(1.0, 1.125));
    assert_eq!(limits(fma, 195.7, waves), ["tail"]);
    // One block of a grid that would hold 1,056: far from both, for lack of warps.
    let one = Some(occupancy(1.0, 1.0 / 1056.0));
    assert_eq!(
        limits((0.0, 1024.0, Some(204_800.0)), 30.0, one),
        ["occupancy"]
    );
}

#[test]
fn a_window_tells_a_gather_from_a_wait() {
    let gather = |of: [f64; 4]| {
        let work = Work {
            reads: Some(67_108_864.0),
            writes: Some(33_554_432.0),
            flops: Some(0.0),
            items: None,
            precision: None,
        };
        let found = find(&Facts {
            bounds: ceilings().bounds(&[], &work, 274_800.0),
            work,
            time_ns: 274_800.0,
            activity: activity(of),
            ..facts(0.0, 0.0)
        });
        (found[0].limit.name(), found[0].evidence.clone())
    };
    let (limit, evidence) = gather([0.99, 0.85, 0.0, 0.8]);
    assert_eq!(limit, "memory bound");
    assert!(
        evidence.contains("it moves more than is stated"),
        "{evidence}"
    );
    assert_eq!(gather([0.99, 0.2, 0.0, 0.3]).0, "latency bound");
}
