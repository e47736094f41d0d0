//! Tables for people, at several widths.

use warpmark::report::Format;

use super::sample::{compared, run};
use super::{human, render};

#[test]
fn a_run_fits_its_terminal() {
    for width in [60, 100, 160] {
        insta::assert_snapshot!(format!("run_{width}"), render(&run(), human(Some(width))));
    }
}

#[test]
fn a_pipe_gets_every_column_and_whole_ids() {
    let text = render(&run(), human(None));
    insta::assert_snapshot!("run_pipe", text);
    for case in &run().cases {
        let of_case = |line: &&str| line.starts_with(case.id.as_str());
        assert_eq!(text.lines().filter(of_case).count(), 1, "{}", case.id);
    }
}

#[test]
fn a_comparison_fits_its_terminal() {
    for width in [60, 100, 160] {
        insta::assert_snapshot!(
            format!("compare_{width}"),
            render(&compared(), human(Some(width)))
        );
    }
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let plain = render(&compared(), human(Some(100)));
    let colored = render(
        &compared(),
        Format::Human {
            width: Some(100),
            color: true,
        },
    );
    assert!(
        !plain.contains('\u{1b}') && colored.contains("\u{1b}[1m\u{1b}[31mregressed"),
        "{colored:?}"
    );
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    let failures = render(&run(), human(None));
    assert!(
        failures.contains("\\u{1b}[31mred"),
        "what a case printed steers no terminal"
    );
}

#[test]
fn ten_thousand_cases_are_rendered_in_a_moment() {
    let mut run = run();
    run.cases = (0..10_000).map(|_| run.cases[0].clone()).collect();
    // Of the processor's time: a busy machine takes longer by the clock.
    let spent = || rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime).tv_sec;
    let started = spent();
    assert!(render(&run, human(Some(100))).lines().count() > 10_000);
    assert!(spent() - started < 10, "{} s", spent() - started);
}
