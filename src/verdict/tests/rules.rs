//! Each rule of the table by an example.
#![allow(clippy::float_cmp)] // exact on purpose

use std::collections::BTreeMap;

use super::recorded::side;
use crate::id::CaseId;
use crate::record::{Better, Unit};
use crate::stats::ProcessValues;
use crate::verdict::shift::Shift;
use crate::verdict::{
    BetweenRun, Comparison, Design, Given, Judgement, Policy, Side, Verdict, judge,
};

fn one_run(locations: &[f64]) -> Side {
    side(
        &locations
            .iter()
            .map(|&log| [log, log, log])
            .collect::<Vec<_>>(),
    )
}

/// A time of about 100 us, in logs of nanoseconds; `candidate` and `base` are shifts.
fn case(kind: &str, base: &[f64], candidate: &[f64]) -> Comparison {
    let at = |shifts: &[f64]| {
        one_run(
            &shifts
                .iter()
                .map(|shift| 1e5_f64.ln() + shift)
                .collect::<Vec<_>>(),
        )
    };
    let mut policy = Policy::for_kind(kind, &BTreeMap::new()).expect("defaults");
    policy.between_run = BetweenRun::WITHIN_ONE_RUN;
    Comparison {
        id: CaseId::from_text("case"),
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        base: at(base),
        candidate: at(candidate),
        timed_ns: Some(1e5),
        tick_ns: None,
        policy,
        design: Design::default(),
        given: None,
    }
}

fn judged(case: &Comparison) -> Judgement {
    judge(std::slice::from_ref(case), 0.01).remove(0)
}

const QUIET: [f64; 5] = [0.0, 0.001, -0.001, 0.0005, -0.0005];

fn shifted(by: f64) -> [f64; 5] {
    QUIET.map(|shift| shift + by)
}

#[test]
fn a_shift_is_regressed_improved_or_unchanged_by_its_size() {
    for (kind, shift, expected) in [
        ("cuda", 0.02, Verdict::Regressed),
        ("cuda", -0.02, Verdict::Improved),
        ("cuda", 0.0, Verdict::Unchanged),
        ("cuda", 0.004, Verdict::Unchanged),
        ("mock", 0.02, Verdict::Regressed),
        ("host", 0.02, Verdict::Unchanged),
        ("host", 0.12, Verdict::Regressed),
        ("command", -0.12, Verdict::Improved),
    ] {
        assert_eq!(
            judged(&case(kind, &QUIET, &shifted(shift))).verdict,
            expected,
            "{kind} {shift}"
        );
    }
}

#[test]
fn an_unchanged_case_states_its_bound_and_a_sure_change() {
    let quiet = judged(&case("cuda", &QUIET, &QUIET));
    let bound = quiet.bound.expect("a bound");
    assert!((0.001..0.01).contains(&bound), "{bound}");
    assert!(
        quiet.headline().starts_with("unchanged (at most 0."),
        "{}",
        quiet.headline()
    );
    assert!(quiet.reasons.is_empty(), "{:?}", quiet.reasons);
    let small = judged(&case("cuda", &QUIET, &shifted(0.004)));
    assert!(
        small.reasons[0].starts_with("+0.4008 % (99 % interval "),
        "{:?}",
        small.reasons
    );
    let better = judged(&case("cuda", &QUIET, &shifted(-0.0045)));
    assert!(
        better
            .headline()
            .starts_with("unchanged (-0.4490 %, at least 0."),
        "{}",
        better.headline()
    );
    assert!(
        better.headline().ends_with(" faster)"),
        "{}",
        better.headline()
    );
}

#[test]
fn two_processes_far_off_are_suspect_where_there_is_a_model() {
    let disturbed = [0.0, 0.0005, -0.0005, 0.03, 0.03];
    let found = judged(&case("cuda", &QUIET, &disturbed));
    assert_eq!(found.verdict, Verdict::Suspect);
    assert_eq!(
        found.reasons[0],
        "2 of 5 processes are more than 1.000 % slower than the base's worst"
    );
    let host = judged(&case("host", &QUIET, &disturbed.map(|shift| shift * 20.0)));
    assert_eq!(host.verdict, Verdict::Inconclusive, "{host:?}");
    let named = |reason: &String| reason.starts_with("not called suspect: the noise");
    assert!(host.reasons.iter().any(named), "{:?}", host.reasons);
}

#[test]
fn a_worse_upper_half_is_a_regression_of_the_spread() {
    for (kind, size, expected) in [
        ("cuda", 0.03, Verdict::RegressedSpread),
        ("host", 0.3, Verdict::Inconclusive),
        ("command", 0.3, Verdict::Inconclusive),
    ] {
        let mut tailed = case(kind, &QUIET, &QUIET);
        for process in &mut tailed.candidate.runs[0] {
            process.upper += size;
        }
        let found = judged(&tailed);
        assert_eq!(found.verdict, expected, "{kind}");
        assert!(
            found.reasons[0].contains("the worse half of the samples is"),
            "{:?}",
            found.reasons
        );
    }
    let mut body = case("cuda", &QUIET, &QUIET);
    for process in &mut body.candidate.runs[0] {
        process.body += 0.02;
    }
    let found = judged(&body);
    assert_eq!(found.verdict, Verdict::RegressedSpread);
    assert!(
        found.reasons[0].contains("between the 5th and 95th percentile are 2.020 % slower"),
        "{:?}",
        found.reasons
    );
}

#[test]
fn an_inconclusive_case_says_what_it_could_have_found_and_what_it_needs() {
    let noisy = [0.0, 0.004, -0.004, 0.008, -0.008];
    let found = judged(&case("cuda", &noisy, &noisy));
    assert_eq!(found.verdict, Verdict::Inconclusive);
    let planning = found.planning.expect("a plan");
    assert!(
        (0.01..0.05).contains(&planning.smallest_effect),
        "{planning:?}"
    );
    let needed = planning.processes.expect("enough processes exist");
    assert!((6..60).contains(&needed), "{planning:?}");
    // With that many, the same spread is unchanged.
    let many: Vec<f64> = noisy
        .iter()
        .copied()
        .cycle()
        .take(needed as usize)
        .collect();
    assert_eq!(
        judged(&case("cuda", &many, &many)).verdict,
        Verdict::Unchanged
    );
    let mut assumed = case("host", &noisy, &noisy);
    assumed.policy.between_run = BetweenRun::assumed(0.2);
    let found = judged(&assumed);
    assert_eq!(found.planning.expect("a plan").processes, None);
    assert!(found.run_noise_assumed);
    assert!(
        found.reasons[2].starts_with("no number of processes"),
        "{:?}",
        found.reasons
    );
}

#[test]
fn one_process_is_inconclusive_whatever_it_says() {
    for (base, candidate, who) in [
        (&QUIET[..], &[1.0][..], "candidate"),
        (&[0.0], &QUIET[..], "base"),
    ] {
        let found = judged(&case("cuda", base, candidate));
        assert_eq!(found.verdict, Verdict::Inconclusive);
        let expected =
            format!("the {who} has one process, and a spread between processes needs two");
        assert_eq!(found.reasons, [expected]);
    }
    let none = judged(&case("cuda", &QUIET, &[]));
    assert!(
        none.reasons[0].starts_with("the candidate has no process with positive samples"),
        "{none:?}"
    );
    let mut single_runs = case("cuda", &QUIET, &QUIET);
    single_runs.base = Side {
        runs: single_runs.base.runs[0]
            .iter()
            .map(|&process| vec![process])
            .collect(),
    };
    assert!(judged(&single_runs).reasons[0].starts_with("the base has one process a run"));
    let mut broken = case("cuda", &QUIET, &QUIET);
    broken.base.runs[0][0].upper = f64::NAN;
    assert_eq!(
        judged(&broken).reasons,
        ["a process value is not a finite number"]
    );
}

#[test]
fn what_is_given_decides_and_counts_in_no_family() {
    let given = |given| Comparison {
        design: Design::default(),
        given: Some(given),
        ..case("cuda", &QUIET, &shifted(0.5))
    };
    let facts = vec!["driver: 1 | 2".to_owned()];
    for (given, expected, is_expected) in [
        (
            given(Given::Failed("crashed".to_owned())),
            Verdict::Failed,
            false,
        ),
        (
            given(Given::Unsupported("inline PTX".to_owned())),
            Verdict::Unsupported,
            false,
        ),
        (
            given(Given::Incomparable(facts)),
            Verdict::Incomparable,
            false,
        ),
        (given(Given::New), Verdict::New, false),
        (given(Given::Missing(None)), Verdict::Missing, false),
        (
            given(Given::Missing(Some("merged".to_owned()))),
            Verdict::Missing,
            true,
        ),
    ] {
        let cases: Vec<Comparison> = std::iter::repeat_n(given, 1000)
            .chain([case("cuda", &QUIET, &shifted(0.008))])
            .collect();
        let found = judge(&cases, 0.01);
        assert_eq!(
            (found[0].verdict, found[0].expected),
            (expected, is_expected)
        );
        assert!(found[0].change.is_none() && !found[0].reasons.is_empty());
        assert_eq!(found[1000].verdict, Verdict::Regressed, "beside {expected}");
    }
}

#[test]
fn several_runs_share_the_noise_between_runs_and_keep_their_means() {
    // Runs that differ by 1 % between them and by nothing within: their spread is no spread of processes.
    let run = |shift: f64| {
        one_run(&QUIET.map(|quiet| 1e5_f64.ln() + quiet + shift))
            .runs
            .remove(0)
    };
    let mut runs = case("cuda", &QUIET, &QUIET);
    runs.base.runs = vec![run(-0.005), run(0.005), run(-0.005), run(0.005)];
    let width = |case: &Comparison| {
        let interval = judged(case).change.expect("tested").interval;
        interval.high.ln_1p() - interval.low.ln_1p()
    };
    let pooled = width(&runs);
    assert!(
        pooled < width(&case("cuda", &QUIET, &QUIET)),
        "20 processes know more than 5"
    );
    // s_run^2 (1 / 4 + 1 / 1) is all that is left where it is large: the interval is that of 30 degrees.
    runs.policy.between_run = BetweenRun::assumed(0.1);
    let expected = 2.0 * crate::stats::student_quantile(0.005, 30.0) * 0.1 * 1.25_f64.sqrt();
    assert!(
        (width(&runs) / expected - 1.0).abs() < 1e-3,
        "{} {expected}",
        width(&runs)
    );
}

#[test]
fn the_variance_is_never_below_the_timers_floor() {
    let same = [0.0; 5];
    let mut coarse = case("host", &same, &same);
    let width = |case: &Comparison| judged(case).change.expect("tested").interval.high;
    assert_eq!(width(&coarse), 0.0, "no spread, no width");
    coarse.tick_ns = Some(1e4);
    // Two means of five, a variance of (tick / t)^2 / 12 each, 8 degrees of freedom.
    let expected =
        crate::stats::student_quantile(0.005, 8.0) * (0.01_f64 / 12.0 * 2.0 / 5.0).sqrt();
    assert!((width(&coarse).ln_1p() / expected - 1.0).abs() < 1e-9);
}

#[test]
fn throughput_is_told_in_its_own_terms() {
    let mut rate = case("command", &QUIET, &shifted(-0.5));
    rate.better = Better::Higher;
    rate.metric = "tokens".to_owned();
    rate.timed_ns = None;
    let found = judged(&rate);
    assert_eq!(found.verdict, Verdict::Regressed);
    let change = found.change.expect("tested");
    assert!((change.estimate - ((-0.5_f64).exp() - 1.0)).abs() < 1e-9);
    assert!(change.interval.low < change.estimate && change.estimate < change.interval.high);
    assert!(change.p_worse < 1e-3 && change.p_better > 0.99);
    assert_eq!(found.label(), "case tokens");
}

/// The worked example of `docs/verdicts.md`.
#[test]
fn the_worked_example_is_right() {
    let side = |means: [f64; 5]| Side {
        runs: vec![
            means
                .iter()
                .map(|&mean| ProcessValues::of(&[mean], Better::Lower).expect("positive"))
                .collect(),
        ],
    };
    let mut example = case("cuda", &QUIET, &QUIET);
    example.base = side([100_000.0, 100_060.0, 99_950.0, 100_020.0, 99_970.0]);
    example.candidate = side([101_210.0, 101_150.0, 101_240.0, 101_180.0, 101_220.0]);
    example.policy.between_run = BetweenRun::assumed(0.001);
    example.timed_ns = example.base.typical();
    let found = judged(&example);
    assert_eq!(found.verdict, Verdict::Regressed);
    let document = include_str!("../../../docs/verdicts.md");
    let shift = Shift::of(&example, |process| process.location).expect("five processes a side");
    let [base, candidate] = shift.between_processes.map(|side| side.used);
    let t = shift.worse / shift.error.value.sqrt();
    let numbers = [
        format!("d = {:.4e}", shift.worse),
        format!("shrunk to {:.4e} and {:.4e}", base.value, candidate.value),
        format!("with {} degrees of freedom each", base.freedom),
        format!(
            "{:.4e} together, with {:.2} degrees",
            shift.error.value, shift.error.freedom
        ),
        format!("t is {t:.3}."),
    ];
    for expected in numbers.iter().chain(&found.reasons) {
        assert!(
            document.contains(expected),
            "docs/verdicts.md doesn't have {expected:?}"
        );
    }
}
