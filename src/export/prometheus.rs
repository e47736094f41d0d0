//! Gauges in Prometheus' text exposition format, for node_exporter's textfile collector.
//!
//! The format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use std::fmt::Write as _;

use super::Gauges;

/// The exposition of `gauges`: names begin with `warpmark_` and end in their base unit.
#[must_use]
pub fn prometheus(gauges: &Gauges) -> String {
    let mut text = String::new();
    for ((name, suffix), gauge) in &gauges.0 {
        let name = format!("warpmark_{}{suffix}", name.replace('.', "_"));
        let help = &gauge.help;
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in &gauge.samples {
            let one = |(name, value): &(&str, String)| format!("{name}=\"{}\"", escaped(value));
            let labels: Vec<String> = labels.iter().map(one).collect();
            let _ = writeln!(text, "{name}{{{}}} {value}", labels.join(","));
        }
    }
    text
}

/// A label's value as the format wants it: backslash, quote and newline escaped.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::gauges::{Base, Gauge};
    use super::*;

    #[test]
    fn a_label_can_not_leave_its_quotes() {
        let samples = BTreeMap::from([(vec![("case", "a\\b\"c\nd".to_owned())], 1.5)]);
        let gauge = Gauge {
            unit: Base::Ratio,
            help: "X.".to_owned(),
            samples,
        };
        let gauges = Gauges(BTreeMap::from([(("x.y".to_owned(), "_ratio"), gauge)]));
        let expected = "# HELP warpmark_x_y_ratio X.\n# TYPE warpmark_x_y_ratio gauge\nwarpmark_x_y_ratio{case=\"a\\\\b\\\"c\\nd\"} 1.5\n";
        assert_eq!(prometheus(&gauges), expected);
    }
}
