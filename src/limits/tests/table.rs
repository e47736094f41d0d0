//! Each rule at both sides of its threshold.

use super::{activity, clock, facts, names, occupancy};
use crate::limits::{Facts, find, without_gap};
use crate::record::Work;

/// What is told, the facts, and the limits that must be found.
type Row = (&'static str, Facts, &'static [&'static str]);

fn check(table: impl IntoIterator<Item = Row>) {
    for (told, facts, expected) in table {
        assert_eq!(names(&facts), expected, "{told}: {:?}", find(&facts));
    }
}

#[test]
fn ceilings_bind_from_three_fifths_to_a_little_above() {
    check([
        ("near", facts(0.93, 0.02), &["memory bound"][..]),
        ("at the threshold", facts(0.6, 0.02), &["memory bound"]),
        ("below it", facts(0.599, 0.02), &["unknown"]),
        ("at the ceiling", facts(1.0, 0.02), &["memory bound"]),
        ("in its error", facts(1.1, 0.02), &["memory bound"]),
        ("in a cache", facts(1.11, 0.02), &["unknown"]),
        ("arithmetic", facts(0.1, 0.6), &["compute bound"]),
        ("below", facts(0.1, 0.599), &["unknown"]),
        ("both", facts(0.7, 0.9), &["memory bound", "compute bound"]),
    ]);
}

#[test]
fn the_window_shows_what_the_statement_of_work_does_not() {
    let busy = |dram: f64, tensor: f64| Facts {
        activity: activity([0.99, 0.7, tensor, dram]),
        ..facts(0.3, 0.02)
    };
    check([
        ("more than is stated", busy(0.6, 0.0), &["memory bound"][..]),
        ("as stated", busy(0.59, 0.0), &["unknown"]),
        ("tensor cores", busy(0.1, 0.6), &["compute bound"]),
        ("few of them", busy(0.1, 0.59), &["unknown"]),
    ]);
    let said = &find(&busy(0.85, 0.0))[0].evidence;
    assert!(
        said.contains("85 % busy") && said.contains("30 % of copy"),
        "{said}"
    );
    assert!(said.ends_with("it moves more than is stated"), "{said}");
    // What is held against no ceiling is still seen.
    let alone = Facts {
        bounds: Vec::new(),
        ..busy(0.85, 0.0)
    };
    assert_eq!(names(&alone), ["memory bound"]);
}

#[test]
fn a_launch_is_most_of_a_short_time() {
    let launched = |time_ns: f64, empty: Option<f64>| Facts {
        time_ns,
        empty_kernel_ns: empty,
        occupancy: Some(occupancy(0.1, 0.01)),
        ..facts(0.01, 0.01)
    };
    check([
        (
            "as long",
            launched(3000.0, Some(3000.0)),
            &["launch bound"][..],
        ),
        ("shorter", launched(1000.0, Some(3000.0)), &["launch bound"]),
        ("longer", launched(3001.0, Some(3000.0)), &["occupancy"]),
        (
            "not known, as in a graph",
            launched(1800.0, None),
            &["occupancy"],
        ),
        ("nothing", launched(3000.0, Some(0.0)), &["occupancy"]),
    ]);
}

#[test]
fn warps_that_wait_must_be_seen_and_arithmetic_be_known() {
    let seen = |of: [f64; 4]| Facts {
        activity: activity(of),
        ..facts(0.3, 0.1)
    };
    let waiting = || seen([0.8, 0.49, 0.0, 0.3]);
    let stated = |flops| Facts {
        work: Work {
            flops,
            ..waiting().work
        },
        bounds: waiting().bounds[..1].to_vec(),
        ..waiting()
    };
    check([
        ("waiting", waiting(), &["latency bound"][..]),
        (
            "empty multiprocessors",
            seen([0.79, 0.49, 0.0, 0.3]),
            &["unknown"],
        ),
        ("many warps", seen([0.8, 0.5, 0.0, 0.3]), &["unknown"]),
        (
            "a busy memory",
            seen([0.8, 0.49, 0.0, 0.6]),
            &["memory bound"],
        ),
        (
            "no arithmetic, stated",
            stated(Some(0.0)),
            &["latency bound"],
        ),
        ("arithmetic not stated", stated(None), &["unknown"]),
        (
            "near a ceiling",
            Facts {
                activity: activity([0.9, 0.2, 0.0, 0.3]),
                ..facts(0.7, 0.1)
            },
            &["memory bound"],
        ),
        (
            "no ceiling",
            Facts {
                bounds: Vec::new(),
                ..waiting()
            },
            &["unknown"],
        ),
    ]);
    for missing in 0..4 {
        let mut facts = waiting();
        let of = &mut facts.activity;
        *[
            &mut of.sm,
            &mut of.sm_occupancy,
            &mut of.tensor,
            &mut of.dram,
        ][missing] = None;
        assert_eq!(names(&facts), ["unknown"], "without {missing}");
    }
}

#[test]
fn few_warps_count_far_from_ceilings() {
    let with = |memory: f64, theoretical: f64, waves: f64| Facts {
        occupancy: Some(occupancy(theoretical, waves)),
        ..facts(memory, 0.1)
    };
    let measured = |warps: f64| Facts {
        activity: activity([0.5, warps, 0.0, 0.1]),
        ..with(0.3, 0.4, 4.0)
    };
    check([
        ("few", with(0.3, 0.49, 4.0), &["occupancy"][..]),
        ("enough", with(0.3, 0.5, 4.0), &["unknown"]),
        ("a small grid", with(0.3, 1.0, 0.49), &["occupancy"]),
        ("half a grid", with(0.3, 1.0, 0.5), &["unknown"]),
        ("fast all the same", with(0.6, 0.2, 4.0), &["memory bound"]),
        ("few were seen", measured(0.3), &["occupancy"]),
        ("more were seen", measured(0.5), &["unknown"]),
        ("no grid", with(0.3, 0.2, 0.0), &["unknown"]),
    ]);
    let said = &find(&with(0.3, 0.25, 0.4))[0].evidence;
    assert_eq!(
        said,
        "theoretical occupancy is 25 %, by registers, and the grid fills 40 % of the places for blocks; 30 % of copy, \
         10 % of fp32"
    );
}

#[test]
fn a_tail_and_spills_count_where_something_is_left_to_win() {
    let with = |memory: f64, waves: f64| Facts {
        occupancy: Some(occupancy(1.0, waves)),
        ..facts(memory, 0.1)
    };
    let mut spilling = with(0.79, 8.0);
    let mut fast = with(0.8, 8.0);
    for facts in [&mut spilling, &mut fast] {
        facts.occupancy.as_mut().expect("occupancy").local = 96;
    }
    check([
        ("31 % idle", with(0.5, 2.06), &["tail"][..]),
        ("a tenth idle", with(0.5, 1.79), &["tail"]),
        ("less than a tenth", with(0.5, 1.81), &["unknown"]),
        ("full waves", with(0.5, 3.0), &["unknown"]),
        ("one wave", with(0.5, 1.0), &["unknown"]),
        ("part of one", with(0.5, 0.7), &["unknown"]),
        ("beside memory", with(0.79, 2.06), &["memory bound", "tail"]),
        ("near the ceiling", with(0.8, 2.06), &["memory bound"]),
        ("spilling", spilling, &["memory bound", "spills"]),
        ("spilling near it", fast, &["memory bound"]),
    ]);
}

#[test]
fn clocks_count_where_arithmetic_does() {
    let at = |memory: f64, clock| Facts {
        clock: Some(clock),
        ..facts(memory, 0.9 - memory)
    };
    check([
        (
            "3 % below",
            at(0.1, clock(1940.0, 0, false)),
            &["compute bound", "clocks"][..],
        ),
        ("less", at(0.1, clock(1941.0, 0, false)), &["compute bound"]),
        (
            "pinned there",
            at(0.1, clock(1200.0, 0, true)),
            &["compute bound"],
        ),
        (
            "held down in half of the groups",
            at(0.1, clock(1980.0, 2, false)),
            &["compute bound", "clocks"],
        ),
        (
            "held down, pinned",
            at(0.1, clock(1980.0, 4, true)),
            &["compute bound", "clocks"],
        ),
        (
            "now and then",
            at(0.1, clock(1980.0, 1, false)),
            &["compute bound"],
        ),
        (
            "held, but not below",
            at(0.1, clock(1981.0, 4, false)),
            &["compute bound"],
        ),
        (
            "above",
            at(0.1, clock(2015.0, 0, false)),
            &["compute bound"],
        ),
        (
            "memory's speed is its own",
            at(0.8, clock(1500.0, 4, false)),
            &["memory bound"],
        ),
    ]);
    let found = find(&at(0.1, clock(1755.0, 3, false)));
    assert_eq!(
        found[1].evidence,
        "the SM clock is 1.755 GHz, 12 % below the most that it can be (2.000 GHz); sw-power-cap held it down in 3 of 4 \
         groups"
    );
}

#[test]
fn what_is_missing_is_named() {
    let of = |kind: &str, facts: Facts| Facts {
        kind: kind.to_owned(),
        ..facts
    };
    let bare = || Facts {
        bounds: Vec::new(),
        ..facts(0.1, 0.1)
    };
    let no_work = Facts {
        work: Work::default(),
        ..bare()
    };
    let no_ceilings = Facts {
        has_ceilings: false,
        ..bare()
    };
    let silent = Facts {
        activity: activity([0.9, 0.9, 0.0, 0.1]),
        ..facts(0.1, 0.1)
    };
    let table = [
        (of("command", bare()), "process"),
        (of("host", no_work), "states no work"),
        (of("host", no_ceilings), "no ceilings of this machine"),
        (of("host", bare()), "no ceiling of what it does"),
        (of("cuda", facts(0.1, 0.1)), "measure = [\"utilisation\"]"),
        (of("host", facts(0.1, 0.1)), "a profile would"),
        (silent, "10 % of copy, 10 % of fp32, and nothing"),
        (
            of("host", facts(1.4, 0.1)),
            "above its ceiling (140 % of copy",
        ),
    ];
    for (facts, said) in table {
        let found = find(&facts);
        assert_eq!(found.len(), 1, "{said}");
        assert!(found[0].evidence.contains(said), "{}", found[0].evidence);
    }
}

#[test]
fn what_has_no_gap_says_why() {
    let bare = Facts {
        bounds: Vec::new(),
        ..facts(0.1, 0.1)
    };
    let table = [
        (facts(0.999, 0.1), None),
        (facts(0.1, 0.1), None),
        (facts(1.0, 0.1), Some("it is at its ceiling")),
        (facts(1.1, 0.1), Some("it is at its ceiling")),
        (
            facts(0.1, 1.2),
            Some("it is above its ceiling by more than 10 %"),
        ),
        (bare, Some("no ceiling of what it does was measured")),
    ];
    for (facts, expected) in table {
        let found = without_gap(&facts);
        let is_it = match (&found, expected) {
            (Some(found), Some(expected)) => found.starts_with(expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        assert!(is_it, "{found:?} is not {expected:?}");
    }
}
