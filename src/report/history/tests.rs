//! A history as people read it.

use super::*;
use crate::baseline::{Between, Commit};

fn commit(id: char, subject: &str) -> Commit {
    Commit {
        id: id.to_string().repeat(40),
        subject: subject.to_owned(),
    }
}

fn commits(commits: Vec<Commit>) -> Between {
    Between::Commits {
        commits,
        of_baselines: 1,
        diverged: false,
    }
}

fn step() -> StepView {
    StepView {
        status: "established",
        last_before: 11,
        first_after: 12,
        change: 0.06,
        interval: Interval {
            low: 0.058,
            high: 0.062,
        },
        worse: true,
        p: 0.000_02,
        same_code: Some(false),
        machine: Some(0.0001),
        near: commits(vec![commit('a', "Make it wider\u{1b}[2J")]),
        earlier: Some(Between::Same),
        later: Some(commits(vec![commit('b', "Tidy")])),
    }
}

fn series(case: &str, metric: &str, better: Better) -> SeriesView {
    let level = |night: usize| if night < 12 { 100.0 } else { 106.0 };
    SeriesView {
        case: CaseId::from_text(case),
        metric: metric.to_owned(),
        unit: Unit::Nanoseconds,
        better,
        nights: (0..20).collect(),
        values: (0..20).map(level).collect(),
        left_out: 0,
        autocorrelation: 0.1,
        p_step: 0.000_02,
        p_trend: 0.01,
        segments: [(0, 11, 12, 100.0), (12, 19, 8, 106.0)]
            .map(|(first, last, count, level)| SegmentView {
                first,
                last,
                count,
                level,
            })
            .to_vec(),
        steps: Vec::new(),
        trends: Vec::new(),
    }
}

fn view() -> HistoryView {
    let night = |day: usize| NightView {
        started: format!("2026-03-{:02}T01:00:00Z", day + 1)
            .parse()
            .expect("a time"),
        commit: None,
        runs: Vec::new(),
    };
    let stepped = SeriesView {
        steps: vec![step()],
        ..series("copy/n=1024", "time", Better::Lower)
    };
    let odd = StepView {
        status: "provisional",
        change: -0.05,
        same_code: Some(true),
        machine: Some(-0.031),
        near: Between::Same,
        earlier: None,
        later: None,
        ..step()
    };
    let worse = SeriesView {
        steps: vec![odd],
        left_out: 3,
        ..series("encoder", "tokens", Better::Higher)
    };
    let drifting = SeriesView {
        trends: vec![TrendView {
            status: "established",
            first: 0,
            last: 19,
            per_week: -0.003,
            interval: Interval {
                low: -0.004,
                high: -0.002,
            },
            total: -0.008,
            worse: false,
            p: 1e-9,
        }],
        ..series("triad", "time", Better::Lower)
    };
    HistoryView {
        suite: Name::new("memory").expect("a name"),
        alarm: 0.001,
        false_discovery_rate: 0.01,
        filters: vec!["n=1024".to_owned()],
        machines: vec![MachineView {
            device: "host".to_owned(),
            environment: "3e69b2cb3312".repeat(5),
            nights: (0..20).map(night).collect(),
            series: vec![
                stepped,
                worse,
                drifting,
                series("quiet", "time", Better::Lower),
            ],
        }],
    }
}

#[test]
fn a_history_is_read_by_people() {
    insta::assert_snapshot!(history_text(&view(), false));
    let coloured = history_text(&view(), true);
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31mslower"), "{coloured}");
    assert!(
        !coloured.contains("\u{1b}[2J"),
        "a subject steers no terminal: {coloured}"
    );
}

#[test]
fn ranges_that_hold_no_commit_say_so() {
    let said = |near: Between| {
        let mut view = view();
        view.machines[0].series[0].steps[0].near = near;
        history_text(&view, false)
    };
    let many: Vec<Commit> = (0..9)
        .map(|number| commit('c', &format!("Number {number}")))
        .collect();
    let diverged = Between::Commits {
        commits: many,
        of_baselines: 0,
        diverged: true,
    };
    let unknown = Between::Unknown {
        reason: "the clone is shallow".to_owned(),
    };
    for (near, expected) in [
        (
            commits(Vec::new()),
            "no commit between 2026-03-12 and 2026-03-13 but of baselines",
        ),
        (unknown, "near commit: not known (the clone is shallow)"),
        (
            diverged,
            "and 4 more\n    the night before measured a commit that isn't",
        ),
    ] {
        let text = said(near);
        assert!(text.contains(expected), "{text}");
    }
}
