//! Metrics of a window: judged by rules of their own, or not at all.

use super::{Bench, verdicts};
use crate::generated::{Case, Run};

/// A kernel of a millisecond whose executions use half a joule.
fn kernel() -> Case {
    let mut case = Case::new("fma/n=1", 1e6);
    "cuda".clone_into(&mut case.kind);
    case.window = Some((0.5, 500.0));
    case
}

#[test]
fn energy_is_judged_more_coarsely_than_time_and_power_is_not() {
    for (factor, verdict, code) in [
        (1.0, "unchanged", 0),
        (1.03, "inconclusive", 0),
        (1.1, "regressed", 20),
        (0.9, "improved", 0),
    ] {
        let mut changed = kernel();
        changed.window = Some((0.5 * factor, 1000.0));
        let runs = (Run::new(1, vec![changed]), Run::new(0, vec![kernel()]));
        let assert = Bench::new().compare(runs.0, runs.1, &["--json"]);
        let expected = [
            "fma/n=1 time: unchanged".to_owned(),
            format!("fma/n=1 energy: {verdict}"),
        ];
        assert_eq!(verdicts(&assert.code(code)), expected);
    }
}

#[test]
fn a_quick_run_lacks_no_window() {
    let mut quick = kernel();
    quick.window = None;
    let mut run = Run::new(1, vec![quick]);
    let missing = |run: Run, code| {
        let assert = Bench::new().compare(run, Run::new(0, vec![kernel()]), &["--json"]);
        verdicts(&assert.code(code))
    };
    let time = "fma/n=1 time: unchanged".to_owned();
    let energy = "fma/n=1 energy: missing".to_owned();
    assert_eq!(
        missing(Run::new(1, run.cases.clone()), 24),
        [time.clone(), energy]
    );
    run.header.quick = true;
    assert_eq!(missing(run, 0), [time]);
}
