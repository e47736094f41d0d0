//! The dashboard for Grafana: it asks for gauges and labels that are written, in words that Prometheus takes.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use super::Scraping;
use super::stated::everything;
use crate::support::{has_tool, warpmark};

/// As an installed program prints it.
fn dashboard() -> Value {
    let mut command = warpmark();
    command.args(["export", "prometheus", "--print", "dashboard"]);
    let done = command.assert().success();
    serde_json::from_slice(&done.get_output().stdout).expect("JSON")
}

fn targets(dashboard: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().expect("targets"));
    targets
        .map(|target| (text(&target["expr"]), text(&target["legendFormat"])))
        .collect()
}

/// The labels of each gauge of a text.
fn written(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let label = Regex::new(r#"([a-z_]+)=""#).expect("a pattern");
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_once('{').expect("labels");
        let labels = label.captures_iter(rest).map(|found| found[1].to_owned());
        found.entry(name.to_owned()).or_default().extend(labels);
    }
    found
}

/// What an expression or a legend asks for and is not written.
fn lacks(
    written: &BTreeMap<String, BTreeSet<String>>,
    expression: &str,
    legend: &str,
) -> Vec<String> {
    let name = Regex::new(r"warpmark_[a-z0-9_]+").expect("a pattern");
    let label = Regex::new(r#"([a-z_]+)(?:=|!=|=~|!~)""#).expect("a pattern");
    let by = Regex::new(r"by \(([a-z_, ]+)\)|, ([a-z_]+)\)").expect("a pattern");
    let shown = Regex::new(r"\{\{([a-z_]+)\}\}").expect("a pattern");
    let name = name.find(expression).expect("a gauge").as_str();
    let Some(known) = written.get(name) else {
        return vec![name.to_owned()];
    };
    let groups = by.captures_iter(expression).flat_map(|found| {
        let list = found.get(1).or(found.get(2)).expect("one of both").as_str();
        list.split(", ").map(str::to_owned).collect::<Vec<_>>()
    });
    let asked = label
        .captures_iter(expression)
        .chain(shown.captures_iter(legend));
    let asked = asked.map(|found| found[1].to_owned()).chain(groups);
    asked.filter(|label| !known.contains(label)).collect()
}

#[test]
fn the_dashboard_asks_for_what_is_written() {
    let (dashboard, written) = (dashboard(), written(&everything()));
    let targets = targets(&dashboard);
    assert!(targets.len() >= 12, "{targets:?}");
    for (expression, legend) in &targets {
        let lacking = lacks(&written, expression, legend);
        assert!(lacking.is_empty(), "{expression} {legend}: {lacking:?}");
    }
    let variables = dashboard["templating"]["list"]
        .as_array()
        .expect("variables");
    let mut names = BTreeSet::new();
    for variable in variables {
        names.insert(variable["name"].as_str().expect("a name"));
        if let Some(query) = variable["query"]["query"].as_str() {
            assert_eq!(lacks(&written, query, ""), [""; 0], "{query}");
        }
    }
    let variable = Regex::new(r"\$([a-z]+)").expect("a pattern");
    for (expression, _) in &targets {
        for found in variable.captures_iter(expression) {
            assert!(names.contains(&found[1]), "{expression}");
        }
    }
    for name in ["suite", "device", "environment"] {
        assert!(names.contains(name), "{names:?}");
    }
}

#[test]
fn a_gauge_or_a_label_that_is_not_written_would_be_seen() {
    let written = written("warpmark_x{suite=\"a\",case=\"b\"} 1\n");
    assert_eq!(
        lacks(&written, "warpmark_x{suite=~\"$suite\"}", "{{case}}"),
        [""; 0]
    );
    assert_eq!(
        lacks(&written, "warpmark_y{suite=\"a\"}", ""),
        ["warpmark_y"]
    );
    assert_eq!(
        lacks(&written, "warpmark_x{gpu!=\"a\"}", "{{host}}"),
        ["gpu", "host"]
    );
    assert_eq!(
        lacks(&written, "sum by (metric) (warpmark_x)", ""),
        ["metric"]
    );
    assert_eq!(
        lacks(&written, "label_values(warpmark_x, device)", ""),
        ["device"]
    );
}

#[test]
fn grafana_finds_what_an_import_needs() {
    let dashboard = dashboard();
    assert!(
        dashboard["schemaVersion"]
            .as_u64()
            .is_some_and(|version| version >= 36)
    );
    assert!(dashboard["id"].is_null());
    for key in ["title", "uid"] {
        assert!(
            dashboard[key].as_str().is_some_and(|text| !text.is_empty()),
            "{key}"
        );
    }
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut cells = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().expect("a number")));
        let place = |key: &str| panel["gridPos"][key].as_u64().expect("a number");
        assert!(place("x") + place("w") <= 24, "{panel}");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(cells.insert((x, y)), "panels overlap at {x}, {y}");
            }
        }
        let references = panel["targets"].as_array().expect("targets").iter();
        let references: BTreeSet<_> = references.map(|target| target["refId"].as_str()).collect();
        assert_eq!(
            references.len(),
            panel["targets"].as_array().map_or(0, Vec::len)
        );
    }
}

#[test]
fn a_prometheus_answers_every_question_of_the_dashboard() {
    if !has_tool("prometheus") {
        return;
    }
    let scraping = Scraping::start(&everything());
    for (expression, _) in targets(&dashboard()) {
        let mut asked = expression.replace("$item", "executions");
        for variable in ["$suite", "$device", "$environment", "$case"] {
            asked = asked.replace(variable, ".*");
        }
        assert!(scraping.value(&asked).is_finite(), "{asked}");
    }
}

#[test]
fn the_alerts_are_printed_too() {
    let mut command = warpmark();
    command.args(["export", "prometheus", "--print", "alerts"]);
    command
        .assert()
        .success()
        .stdout(include_str!("../../../reports/alerts.yml"));
}
