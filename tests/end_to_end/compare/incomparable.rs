//! What is never a pass and never a failure.

use super::{Bench, stdout, verdicts};
use crate::generated::{Case, Run, environment, three_cases};

/// The verdicts of `candidate` against `base`, and all that was said.
fn compare(candidate: Run, base: Run, options: &[&str], code: i32) -> (Vec<String>, String) {
    let mut all = vec!["--json"];
    all.extend(options);
    let assert = Bench::new().compare(candidate, base, &all).code(code);
    (verdicts(&assert), stdout(&assert))
}

#[test]
fn other_environments_name_the_facts_that_differ() {
    let candidate = || {
        let mut run = Run::new(1, three_cases());
        run.header.environment = environment(&[("gpu", "B"), ("driver", "1.0"), ("ecc", "on")]);
        run
    };
    let base = || Run::new(0, three_cases());
    let (verdicts, said) = compare(candidate(), base(), &[], 21);
    assert!(
        verdicts
            .iter()
            .all(|verdict| verdict.ends_with(": incomparable"))
    );
    assert!(said.contains("gpu: A (base), B (candidate)"), "{said}");
    assert!(
        said.contains("ecc: nothing (base), on (candidate)"),
        "{said}"
    );
    assert!(!said.contains("driver"), "{said}");
    compare(candidate(), base(), &["--allow-incomparable"], 0);
}

#[test]
fn a_failed_case_fails_wherever_it_ran() {
    let mut cases = three_cases();
    cases[0] = cases[0].clone().failed("crashed");
    let mut candidate = Run::new(1, cases);
    candidate.header.environment = environment(&[("gpu", "B")]);
    let (verdicts, _) = compare(candidate, Run::new(0, three_cases()), &[], 10);
    assert_eq!(verdicts[0], "copy/n=1024 time: failed");
}

#[test]
fn other_methods_are_incomparable_and_a_few_do_no_harm() {
    let graphs = |count: usize, total: usize| {
        let case = |number: usize| {
            let mut case = Case::new(&format!("copy/n={number}"), 1e5);
            if number < count {
                case.method.name = "graph".to_owned();
                case.method.executions = 100;
            }
            case
        };
        (0..total).map(case).collect::<Vec<_>>()
    };
    let base = || Run::new(0, graphs(0, 20));
    let (verdicts, said) = compare(Run::new(1, graphs(1, 20)), base(), &[], 0);
    assert_eq!(verdicts[0], "copy/n=0 time: incomparable");
    let why = "timing method: events (base), graph of 100 executions (candidate)";
    assert!(said.contains(why), "{said}");
    compare(Run::new(1, graphs(2, 20)), base(), &[], 21);
    compare(
        Run::new(1, graphs(2, 20)),
        base(),
        &["--allow-incomparable"],
        0,
    );
}

#[test]
fn the_clock_gates_at_a_third_of_a_percent() {
    let at = |minute: u32, mhz: f64| {
        let mut run = Run::new(minute, three_cases());
        run.probe_mhz = Some(mhz);
        run
    };
    let (verdicts, said) = compare(at(1, 1995.0), at(0, 1980.0), &[], 21);
    assert!(
        verdicts
            .iter()
            .all(|verdict| verdict.ends_with(": incomparable"))
    );
    let why = "SM clock of the probe: 1980 MHz (base), 1995 MHz (candidate)";
    assert!(said.contains(why), "{said}");
    let (verdicts, _) = compare(at(1, 1985.0), at(0, 1980.0), &[], 0);
    assert!(
        verdicts
            .iter()
            .all(|verdict| verdict.ends_with(": unchanged"))
    );
}

#[test]
fn a_case_that_failed_in_the_base_is_incomparable() {
    let mut base = three_cases();
    base[2] = base[2].clone().failed("timed out after 60 s");
    let (verdicts, said) = compare(Run::new(1, three_cases()), Run::new(0, base), &[], 21);
    assert_eq!(verdicts[2], "triad/n=4096 time: incomparable");
    let why = "it failed in the base: timed out after 60 s";
    assert!(said.contains(why), "{said}");
}

#[test]
fn another_suite_is_incomparable() {
    let mut base = Run::new(0, three_cases());
    base.header.suite = warpmark::id::Name::new("compute").expect("a name");
    let (_, said) = compare(Run::new(1, three_cases()), base, &[], 21);
    let why = "suite: compute (base), memory (candidate)";
    assert!(said.contains(why), "{said}");
}

#[test]
fn samples_without_a_logarithm_are_incomparable() {
    let mut zero = three_cases();
    zero[1].mean_ns = 0.0;
    let (verdicts, _) = compare(Run::new(1, zero), Run::new(0, three_cases()), &[], 21);
    assert_eq!(verdicts[1], "triad/n=1024 time: incomparable");
}

#[test]
fn an_interrupted_run_misses_nothing() {
    let mut candidate = Run::new(1, three_cases()[..2].to_vec());
    candidate.complete = false;
    let bench = Bench::new();
    let assert = bench.compare(candidate, Run::new(0, three_cases()), &["--json"]);
    let assert = assert.code(0);
    assert_eq!(verdicts(&assert).len(), 2);
    let said = super::stderr(&assert, bench.path());
    insta::assert_snapshot!(said);
}
