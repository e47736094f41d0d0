//! Rules over made-up facts, over the figures of an H100, and over hostile ones.

mod hostile;
mod real;
mod record;
mod table;

use std::collections::BTreeMap;

use crate::limits::{Activity, ClockFacts, Facts, find};
use crate::record::{Occupancy, Precision, Work};
use crate::stats::{Ceiling, CeilingFraction};

/// A kernel of 100 us on a GPU whose ceilings are known, of which nothing else is.
pub fn facts(memory: f64, arithmetic: f64) -> Facts {
    Facts {
        kind: "cuda".to_owned(),
        time_ns: 1e5,
        work: Work {
            reads: Some(1e6),
            writes: Some(1e6),
            flops: Some(1e6),
            items: None,
            precision: None,
        },
        has_ceilings: true,
        bounds: vec![
            CeilingFraction {
                fraction: memory,
                of: Ceiling::Copy,
            },
            CeilingFraction {
                fraction: arithmetic,
                of: Ceiling::Operations(Precision::Fp32),
            },
        ],
        ..Facts::default()
    }
}

pub fn occupancy(theoretical: f64, waves: f64) -> Occupancy {
    Occupancy {
        registers: 255,
        static_shared: 0,
        dynamic_shared: 0,
        local: 0,
        blocks_per_sm: 2,
        theoretical,
        limited_by: vec![crate::record::Limit::Registers],
        waves,
        tail: 0.0,
    }
}

/// Activity of multiprocessors, their places for warps, tensor cores and device memory.
pub fn activity([sm, sm_occupancy, tensor, dram]: [f64; 4]) -> Activity {
    Activity {
        sm: Some(sm),
        sm_occupancy: Some(sm_occupancy),
        tensor: Some(tensor),
        dram: Some(dram),
    }
}

/// A clock of at most 2,000 MHz in 4 groups, in some of which the power limit held it down.
pub fn clock(mhz: f64, held: usize, pinned: bool) -> ClockFacts {
    let held = (held > 0).then(|| ("sw-power-cap".to_owned(), held));
    ClockFacts {
        mhz,
        max_mhz: 2000.0,
        pinned,
        groups: 4,
        held: held.into_iter().collect::<BTreeMap<_, _>>(),
    }
}

/// The names of the limits that are found.
pub fn names(facts: &Facts) -> Vec<&'static str> {
    let found = find(facts).into_iter();
    found.map(|finding| finding.limit.name()).collect()
}
