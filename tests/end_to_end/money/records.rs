//! Costs and goals of made-up records.

use std::path::PathBuf;

use serde_json::{Value, json};
use warpmark::record::{Goal, Header, Price, Volume};

use super::{example, goal, is, json_of, said, unit};
use crate::generated::{Case, Run, three_cases};

/// A goal for a record that a test makes.
fn stated(name: &str, case: &str, metric: &str, at_most: f64) -> Goal {
    let goal = json!({ "name": name, "case": case, "metric": metric, "at_most": at_most });
    serde_json::from_value(goal).expect("a goal")
}

fn price() -> Price {
    serde_json::from_value(json!({ "currency": "USD", "gpu_hour": 3.6 })).expect("a price")
}

/// The folders of a base and of a candidate below a `.warpmark` of their own.
fn pair(change: impl Fn(&mut Header), cases: [Vec<Case>; 2]) -> (tempfile::TempDir, [PathBuf; 2]) {
    let root = tempfile::tempdir().expect("a folder");
    let mut minute = 0;
    let folders = cases.map(|cases| {
        let mut run = Run::new(minute, cases);
        minute += 1;
        change(&mut run.header);
        run.write(root.path())
    });
    (root, folders)
}

#[test]
fn goals_are_relative_to_the_baseline() {
    let slower = three_cases()
        .into_iter()
        .map(|case| case.times(1.05))
        .collect();
    let relative = |header: &mut Header| {
        for (name, most) in [("kept", 1.5), ("broken", 1.02)] {
            let mut goal = stated(name, "copy/*", "time", most);
            goal.of = Some("baseline".to_owned());
            header.goals.push(goal);
        }
    };
    let (root, [base, candidate]) = pair(relative, [three_cases(), slower]);
    let (base, candidate) = (base.to_string_lossy(), candidate.to_string_lossy());
    let arguments = ["compare", &candidate, "--against", &base, "--json"];
    let (result, code) = json_of(root.path(), &arguments);
    assert_eq!(code, Some(20));
    assert_eq!(goal(&result, "kept")["status"], "met");
    assert_eq!(goal(&result, "broken")["status"], "missed");
    is(&goal(&result, "broken")["value"], 1.05);
    assert_eq!(goal(&result, "broken")["of"], "baseline");
    assert_eq!(result["cost"], Value::Null);
    let (document, _) = json_of(root.path(), &["report", &candidate]);
    let goals = document["goals"].as_array().expect("goals");
    assert!(goals.iter().all(|goal| goal["status"] == "unknown"));
    let why = goals[0]["why"].as_str().expect("why");
    assert!(why.starts_with("nothing was compared"), "{why}");
}

#[test]
fn hostile_records_break_no_format() {
    let hostile = |header: &mut Header| {
        header.cost = Some(Price {
            source: Some("<script>|\n\u{1b}[2J".to_owned()),
            gpu_hour: 1e300,
            ..price()
        });
        let volume = Volume {
            per_second: 1e308,
            text: "1e308 / second".to_owned(),
        };
        header
            .volumes
            .insert("copy".to_owned().try_into().expect("a name"), volume);
        header.goals = vec![
            stated("|\n<b>\u{1b}[31m", "copy/*", "throughput", 1.0),
            stated("cost", "*", "cost-per-million-items", 0.0),
            stated("nowhere", "nothing/*", "p99", 1.0),
        ];
    };
    let zero = || vec![Case::new("copy/n=1", 0.0), Case::new("triad/n=1", 1e300)];
    let (root, [base, candidate]) = pair(hostile, [zero(), zero()]);
    let (base, candidate) = (base.to_string_lossy(), candidate.to_string_lossy());
    for format in ["human", "json", "markdown"] {
        let arguments = [
            "compare",
            &candidate,
            "--against",
            &base,
            "--format",
            format,
        ];
        let (text, code) = said(root.path(), &arguments);
        assert!(code.is_some() && !text.is_empty(), "{format}");
        assert!(!text.contains('\u{1b}'), "{text}");
        if format == "markdown" {
            assert!(
                !text.contains("<b>") && !text.contains("<script>"),
                "{text}"
            );
            let rows = text.lines().filter(|line| line.contains("b&gt;"));
            assert!(
                rows.clone().count() > 0 && rows.clone().all(|row| row.ends_with(" |")),
                "{text}"
            );
        }
    }
    let (document, _) = json_of(root.path(), &["report", &candidate, "--against", &base]);
    let goals = document["goals"].as_array().expect("goals");
    assert!(
        goals.iter().all(|goal| goal["status"] == "unknown"),
        "{goals:?}"
    );
}

#[test]
fn one_process_gives_no_interval_and_says_so() {
    let (folder, _) = example();
    let arguments = [
        "run",
        "cost.toml",
        "-q",
        "--json",
        "--processes",
        "1",
        "--fail-on",
        "goal",
    ];
    let (result, code) = json_of(folder.path(), &arguments);
    assert_eq!(code, Some(0));
    let items = unit(&result, "embed", "items");
    assert_eq!(items["per_million"]["interval"], Value::Null);
    let goals = result["goals"].as_array().expect("goals");
    for goal in goals {
        assert_eq!(goal["status"], "unknown");
        let why = goal["why"].as_str().expect("why");
        assert!(why.contains("one process gives no interval"), "{why}");
    }
}

#[test]
fn a_part_of_a_suite_calls_goals_of_the_rest_unknown() {
    let (folder, _) = example();
    let arguments = ["run", "cost.toml", "-q", "--json", "-f", "decode"];
    let (result, _) = json_of(folder.path(), &arguments);
    let cheap = goal(&result, "a million embeddings for 7 cents");
    assert_eq!(cheap["case"], Value::Null);
    let why = "no case of this run matches \"embed\", and it measured a part of the suite";
    assert_eq!(cheap["why"], why);
    let slow = goal(
        &result,
        "the decoder is no slower than 9 batches of embeddings",
    );
    assert_eq!(slow["why"], "this run has no case embed");
}
