//! Figures that no measurement gives: no rule panics, and none claims anything of a time that is none.

use proptest::prelude::*;

use super::{activity, clock, facts, names, occupancy};
use crate::limits::{Facts, find, without_gap};

prop_compose! {
    fn any_facts()(
        time in prop::num::f64::ANY, memory in prop::num::f64::ANY, arithmetic in prop::num::f64::ANY,
        busy in prop::array::uniform4(prop::num::f64::ANY), theoretical in prop::num::f64::ANY,
        waves in prop::num::f64::ANY, mhz in prop::num::f64::ANY, most in prop::num::f64::ANY,
        empty in prop::num::f64::ANY, held in 0..5_usize, groups in 0..5_usize,
    ) -> Facts {
        let mut clock = clock(mhz, held, false);
        (clock.max_mhz, clock.groups) = (most, groups);
        Facts {
            time_ns: time,
            activity: activity(busy),
            occupancy: Some(occupancy(theoretical, waves)),
            clock: Some(clock),
            empty_kernel_ns: Some(empty),
            ..facts(memory, arithmetic)
        }
    }
}

proptest! {
    #[test]
    fn any_facts_have_an_answer(facts in any_facts()) {
        let found = find(&facts);
        prop_assert!(!found.is_empty());
        for finding in &found {
            prop_assert!(!finding.evidence.is_empty());
        }
        // Each limit once, and `unknown` alone.
        let mut limits: Vec<&str> = found.iter().map(|finding| finding.limit.name()).collect();
        limits.sort_unstable();
        let count = limits.len();
        limits.dedup();
        prop_assert_eq!(limits.len(), count);
        prop_assert!(count == 1 || !limits.contains(&"unknown"));
        without_gap(&facts);
    }
}

#[test]
fn what_is_no_figure_supports_no_claim() {
    for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0] {
        let all = Facts {
            activity: activity([wrong; 4].map(|value: f64| value.min(0.0))),
            occupancy: Some(occupancy(wrong, wrong)),
            clock: Some(clock(wrong, 4, false)),
            empty_kernel_ns: Some(wrong),
            ..facts(wrong, wrong)
        };
        // A clock of 0 or less can't come from a record, which is read with positive ones alone.
        let without_clock = Facts {
            clock: None,
            ..all.clone()
        };
        assert_eq!(names(&without_clock), ["unknown"], "{wrong}");
        let timeless = Facts {
            time_ns: wrong,
            ..all
        };
        assert_eq!(names(&timeless), ["unknown"], "{wrong}");
    }
}
