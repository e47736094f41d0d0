//! Studies of made recordings, and of recorded ones.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::timings::Timings;
use crate::verdict::{BetweenRun, Verdict};

/// Kernels of about 100 us in `processes` processes whose times differ by up to `spread`, with 5 % more at the third
/// level.
fn made(processes: usize, spread: f64, clock: f64) -> Recording {
    let mut random = crate::rng::Sequence::new(11);
    let mut ticks = |share: f64| {
        let shift = spread * (random.below(1000) as f64 / 500.0 - 1.0);
        vec![3000.0 * (1.0 + share + shift); 20]
    };
    let processes: Vec<serde_json::Value> = (0..processes)
        .map(|_| {
            let kernel = |_| vec![ticks(0.0), ticks(0.0), ticks(0.05)];
            let ticks: Vec<Vec<Vec<f64>>> = (0..3).map(kernel).collect();
            serde_json::json!({ "sm_mhz": vec![vec![clock; 3]; 3], "ticks": ticks })
        })
        .collect();
    let text = serde_json::json!({
        "device": "d", "unit": "ticks of 32 ns", "kernels": ["a", "b", "c"],
        "levels": ["base", "base-again", "+5%"], "processes": processes,
    });
    let timings = Timings::parse(Path::new("made"), text.to_string().as_bytes());
    Recording::of(&timings.expect("valid")).expect("values")
}

fn setup(candidate: &Recording) -> Setup<'_> {
    let mut policy = Policy::for_kind("cuda", &BTreeMap::new()).expect("defaults");
    policy.between_run = BetweenRun::WITHIN_ONE_RUN;
    Setup {
        candidate,
        base: None,
        processes: 5,
        draws: 50,
        seed: 1,
        alone: None,
        policy,
        q: 0.01,
    }
}

#[test]
fn a_slowdown_is_found_and_unchanged_work_is_not_flagged() {
    let recording = made(12, 0.001, 1980.0);
    for alone in [None, Some(1), Some(8), Some(100)] {
        let rows = rows(&Setup {
            alone,
            ..setup(&recording)
        })
        .expect("rows");
        assert_eq!(rows.len(), 9);
        for row in &rows {
            assert_eq!((row.draws, row.counts.judged()), (50, 50));
            assert_eq!(row.disjoint_pairs, 1);
            let smallest = row.minimum_detectable_effect.expect("drawn");
            assert!((0.005..0.01).contains(&smallest), "{row:?}");
            if row.is_unchanged {
                assert_eq!(row.counts.unchanged, 50, "{row:?}");
            } else {
                assert_eq!(row.counts.regressed, 50, "{row:?}");
            }
        }
    }
}

#[test]
fn the_seed_decides_and_threads_do_not() {
    let recording = made(30, 0.006, 1980.0);
    let of = |seed| {
        let setup = Setup {
            seed,
            ..setup(&recording)
        };
        rows(&setup).expect("rows")
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn clocks_gate_and_only_where_they_are_known() {
    let (slow, fast) = (made(6, 0.001, 1980.0), made(6, 0.001, 1995.0));
    let of = |candidate, base| {
        let setup = Setup {
            base: Some(base),
            ..setup(candidate)
        };
        rows(&setup).expect("rows")
    };
    for row in of(&slow, &fast) {
        assert_eq!(row.counts.incomparable, 50);
        assert_eq!(row.minimum_detectable_effect, None);
    }
    assert!(
        of(&slow, &slow)
            .iter()
            .all(|row| row.counts.incomparable == 0)
    );
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let recording = made(9, 0.001, 1980.0);
    let error = rows(&setup(&recording)).expect_err("too few");
    assert_eq!(
        error.to_string(),
        "the recording has 9 processes, and 10 are needed for 5 a side"
    );
    let mut other = made(9, 0.001, 1980.0);
    for (kind, kernel, expected) in [
        (
            "host",
            "a",
            "the recordings differ in kind: host (base), cuda (candidate)",
        ),
        ("cuda", "z", "the two recordings have no kernel in common"),
    ] {
        other.kind = kind.to_owned();
        other.kernels = vec![kernel.to_owned(); 3];
        let setup = Setup {
            base: Some(&other),
            ..setup(&recording)
        };
        assert_eq!(rows(&setup).expect_err("unlike").to_string(), expected);
    }
}

#[test]
fn the_outlook_gets_better_with_processes_and_worse_with_cases() {
    let recording = made(12, 0.004, 1980.0);
    for kernel in outlook(&setup(&recording)).expect("an outlook") {
        let effects = kernel.smallest_effects;
        for row in effects {
            assert!(row.windows(2).all(|pair| pair[0] > pair[1]), "{row:?}");
            assert!(row[3] > 0.005);
        }
        assert!(
            effects[0][1] <= effects[1][1] && effects[1][1] <= effects[2][1],
            "{effects:?}"
        );
        let needs = kernel
            .processes_for_min_effect
            .map(|count| count.expect("enough"));
        assert!(
            needs[0] > 2 && needs[0] <= needs[1] && needs[1] <= needs[2],
            "{needs:?}"
        );
    }
}

/// The least slowdown that is said to be found is found.
#[test]
fn the_smallest_effect_is_found_in_99_of_100() {
    let recording = made(40, 0.004, 1980.0);
    let setup = Setup {
        draws: 1000,
        alone: Some(1),
        ..setup(&recording)
    };
    let rows = rows(&setup).expect("rows");
    for (kernel, row) in rows.iter().filter(|row| row.level == "base").enumerate() {
        let smallest = row.minimum_detectable_effect.expect("drawn").ln_1p();
        let found = share_found(&setup, kernel, smallest);
        assert!((0.98..1.0).contains(&found), "{found}");
    }
}

/// The share of fresh draws in which a kernel alone that is slower by `shift` is regressed.
fn share_found(setup: &Setup<'_>, kernel: usize, shift: f64) -> f64 {
    let mut random = crate::rng::Sequence::new(99);
    let place = super::draw::Kernel {
        base: kernel,
        candidate: kernel,
    };
    let mut found = 0;
    for _ in 0..1000 {
        let pair = super::draw::Pair::draw(setup, &mut random);
        let test = pair.shifted(setup, place, shift);
        let tests = [test.as_ref()];
        let suite = crate::verdict::Suite::new(&tests, setup.q);
        found += usize::from(suite.verdict(0) == Some(Verdict::Regressed));
    }
    found as f64 / 1000.0
}
