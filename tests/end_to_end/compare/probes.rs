//! The machine's own speed, as the probes in a record have it: it widens the noise between runs, on the CPU alone.

use super::{Bench, stdout, verdicts};
use crate::generated::{Case, Run, three_cases};

/// Three cases of `kind` that take `factor` times as long, on a machine of these `speeds`.
fn run(minute: u32, kind: &str, factor: f64, speeds: &[f64]) -> Run {
    let of_kind = |case: Case| {
        let mut case = case.times(factor);
        kind.clone_into(&mut case.kind);
        case
    };
    let mut run = Run::new(minute, three_cases().into_iter().map(of_kind).collect());
    run.probe_speeds = speeds.to_vec();
    run
}

const FAST: [f64; 3] = [1240.0, 1241.0, 1239.0];
const SLOW: [f64; 3] = [1000.0, 1001.0, 999.0];

/// The verdicts of three cases of `kind` that take `factor` times as long as in the base, and what is said.
fn compared(
    kind: &str,
    factor: f64,
    [base, candidate]: [&[f64]; 2],
    code: i32,
) -> (Vec<String>, String) {
    let (base, candidate) = (run(0, kind, 1.0, base), run(1, kind, factor, candidate));
    let assert = Bench::new().compare(candidate, base, &["--json"]);
    let assert = assert.code(code);
    let found = verdicts(&assert);
    let verdict = |line: &String| line.rsplit(": ").next().unwrap_or_default().to_owned();
    (found.iter().map(verdict).collect(), stdout(&assert))
}

#[test]
fn on_a_steady_machine_nothing_changes() {
    for kind in ["host", "command"] {
        let (verdicts, said) = compared(kind, 1.3, [&FAST, &FAST], 20);
        assert_eq!(verdicts, ["regressed"; 3], "{kind}");
        assert!(said.contains("\"run-noise-assumed\"") && !said.contains("by its probe"));
    }
}

#[test]
fn a_slower_machine_is_no_slower_code() {
    for kind in ["host", "command"] {
        let (verdicts, said) = compared(kind, 1.24, [&FAST, &SLOW], 0);
        assert_eq!(verdicts, ["inconclusive"; 3], "{kind}");
        let reason = "the machine itself ran 24 % slower than in the base, by its probe: noise between runs taken as 24 %";
        assert!(said.contains(reason), "{said}");
        assert!(!said.contains("\"run-noise-assumed\""), "{said}");
        assert!(said.contains("\"run-noise-probed\""), "{said}");
        let (verdicts, _) = compared(kind, 4.0, [&FAST, &SLOW], 20);
        assert_eq!(verdicts, ["regressed"; 3], "{kind}");
    }
}

#[test]
fn a_faster_machine_is_no_faster_code() {
    let (verdicts, said) = compared("host", 1.0 / 1.24, [&SLOW, &FAST], 0);
    assert!(!verdicts.contains(&"improved".to_owned()), "{verdicts:?}");
    let reason = "the machine itself ran 19 % faster than in the base, by its probe: noise between runs taken as 24 %";
    assert!(said.contains(reason), "{said}");
}

#[test]
fn a_machine_whose_speed_varied_says_less() {
    let unsteady = [1000.0, 1240.0, 1240.0, 1240.0, 1000.0];
    let (verdicts, said) = compared("host", 1.2, [&FAST, &unsteady], 0);
    assert_eq!(verdicts, ["inconclusive"; 3]);
    let reason = "the machine's speed varied by 11 % within runs, by its probe: noise between runs taken as 11 %";
    assert!(said.contains(reason), "{said}");
}

#[test]
fn a_side_without_probes_is_judged_as_ever() {
    for speeds in [[&[][..], &SLOW], [&FAST, &[]], [&[], &[]]] {
        let (verdicts, said) = compared("host", 1.24, speeds, 20);
        assert_eq!(verdicts, ["regressed"; 3], "{speeds:?}");
        assert!(said.contains("\"run-noise-assumed\""), "{said}");
    }
}

#[test]
fn the_probe_of_the_cpu_is_nothing_to_a_gpu() {
    let (verdicts, said) = compared("mock", 1.05, [&FAST, &SLOW], 20);
    assert_eq!(verdicts, ["regressed"; 3]);
    assert!(!said.contains("by its probe"), "{said}");
}

#[test]
fn the_label_reads_well() {
    let bench = Bench::new();
    let (base, candidate) = (run(0, "host", 1.0, &FAST), run(1, "host", 1.24, &SLOW));
    let assert = bench.compare(candidate, base, &[]).code(0);
    insta::assert_snapshot!(stdout(&assert));
}
