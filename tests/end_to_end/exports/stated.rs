//! Costs, goals and verdicts in the gauges.

use std::fs;
use std::path::{Path, PathBuf};

use warpmark::record::{Goal, Price};

use crate::generated::{Case, Run, three_cases};
use crate::support::{has_tool, warpmark};

/// A price of 3.60 USD an hour, and two GPUs.
pub fn price() -> Price {
    Price {
        currency: "USD".to_owned(),
        gpu_hour: 3.6,
        energy_kwh: None,
        source: Some("list price".to_owned()),
        date: Some("2026-11-01".parse().expect("a date")),
        gpu_share: 2.0,
        utilisation_share: 0.5,
        pue: 1.0,
    }
}

fn goal(name: &str, case: &str, at_most: f64) -> Goal {
    Goal {
        name: name.to_owned(),
        case: case.to_owned(),
        metric: "time".to_owned(),
        at_least: None,
        at_most: Some(at_most),
        written: None,
        of: None,
        owner: None,
        kpi: None,
        due: None,
    }
}

/// A run with a price, goals, items and energy: the second case is half as long again as in [`base`].
pub fn candidate() -> Run {
    let mut cases = three_cases();
    cases[1] = cases[1].clone().times(1.5);
    cases[0].items = Some(1000.0);
    cases[0].window = Some((0.25, 250.0));
    let mut run = Run::new(30, cases);
    run.seconds = 600;
    run.header.cost = Some(price());
    run.header.goals = vec![
        goal("quick", "copy/*", 2e6),
        goal("quicker", "triad/n=1024", 1e5),
    ];
    run
}

/// Writes [`candidate`] and a base below `root`; their folders.
pub fn both(root: &Path) -> (PathBuf, PathBuf) {
    let base: Vec<Case> = three_cases();
    (candidate().write(root), Run::new(0, base).write(root))
}

/// All gauges that there are: of a run that was compared, with costs and goals.
pub fn everything() -> String {
    let root = tempfile::tempdir().expect("a folder");
    let (run, base) = both(root.path());
    let out = root.path().join("w.prom");
    let mut command = warpmark();
    command.args(["export", "prometheus"]).arg(run);
    command.arg("--against").arg(base).arg("--out").arg(&out);
    command.assert().success();
    fs::read_to_string(&out).expect("the file")
}

/// The value of the only line that starts with `name{` and holds all of `labels`.
pub fn value(text: &str, name: &str, labels: &[&str]) -> f64 {
    let start = format!("{name}{{");
    let lines = text.lines().filter(|line| line.starts_with(&start));
    let mut lines = lines.filter(|line| labels.iter().all(|label| line.contains(label)));
    let line = lines
        .next()
        .unwrap_or_else(|| panic!("no {name} {labels:?} in {text}"));
    assert_eq!(lines.next(), None, "two of {name} {labels:?}");
    let (_, value) = line.rsplit_once(' ').expect("a value");
    value.parse().expect("a number")
}

#[test]
fn verdicts_are_counted_with_every_word() {
    let text = everything();
    let count = |verdict: &str| {
        let label = format!("verdict=\"{verdict}\"");
        value(
            &text,
            "warpmark_run_verdicts",
            &[&label, "suite=\"memory\""],
        )
    };
    let words = warpmark::verdict::Verdict::ALL.map(warpmark::verdict::Verdict::name);
    let all: f64 = words.iter().map(|word| count(word)).sum();
    assert!(count("regressed") >= 1.0 && all >= 3.0, "{text}");
    let of_case = ["triad/n=1024", "verdict=\"regressed\""];
    assert!((value(&text, "warpmark_case_verdict", &of_case) - 1.0).abs() < 1e-12);
    assert!(value(&text, "warpmark_run_suspect_ratio", &[]) < 1.0);
    assert!(value(&text, "warpmark_run_inconclusive_ratio", &[]) < 1.0);
}

#[test]
fn costs_are_those_of_the_time_that_stands_beside_them() {
    let text = everything();
    let case = "case=\"copy/n=1024\"";
    let seconds = value(&text, "warpmark_case_time_seconds", &[case]);
    // Two GPUs, of whose hours half are used: 4 x 3.60 USD an hour, for 1,000 items.
    let expected = seconds / 1000.0 * 4.0 * 3.6 / 3600.0 * 1e6;
    let items = [case, "item=\"items\"", "currency=\"USD\""];
    let found = value(&text, "warpmark_case_cost_per_million", &items);
    assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
    let low = value(&text, "warpmark_case_cost_per_million_interval_low", &items);
    let high = value(
        &text,
        "warpmark_case_cost_per_million_interval_high",
        &items,
    );
    assert!(low < found && found < high, "{low} {found} {high}");
    let energy = [case, "item=\"items\""];
    let joules = value(&text, "warpmark_case_energy_per_item_joules", &energy);
    assert!((joules / 0.25e-3 - 1.0).abs() < 0.01, "{joules}");
    let of_price = ["source=\"list price\"", "date=\"2026-11-01\""];
    let hour = value(&text, "warpmark_run_gpu_hour_price", &of_price);
    assert!((hour - 3.6).abs() < 1e-12);
}

#[test]
fn goals_have_a_status_and_room() {
    let text = everything();
    let status = |goal: &str, status: &str| {
        let labels = [format!("goal=\"{goal}\""), format!("status=\"{status}\"")];
        value(&text, "warpmark_goal_status", &[&labels[0], &labels[1]])
    };
    for (goal, met, missed) in [("quick", 1.0, 0.0), ("quicker", 0.0, 1.0)] {
        assert!((status(goal, "met") - met).abs() < 1e-12, "{goal}");
        assert!((status(goal, "missed") - missed).abs() < 1e-12, "{goal}");
        assert!(status(goal, "at-risk").abs() < 1e-12, "{goal}");
    }
    let room = |goal: &str| value(&text, "warpmark_goal_headroom_ratio", &[goal]);
    assert!((room("goal=\"quick\"") - 0.5).abs() < 0.01);
    assert!((room("goal=\"quicker\"") + 0.5).abs() < 0.02);
    assert!((value(&text, "warpmark_run_goals", &["status=\"missed\""]) - 1.0).abs() < 1e-12);
}

#[test]
fn promtool_accepts_everything() {
    if !has_tool("promtool") {
        return;
    }
    let mut promtool = assert_cmd::Command::new("promtool");
    let checked = promtool
        .args(["check", "metrics"])
        .write_stdin(everything());
    checked.assert().success().stdout("").stderr("");
}
