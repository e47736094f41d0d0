//! Gauges in Prometheus' text exposition format, for node_exporter's textfile collector.

use std::fmt::Write as _;

use super::gauges::{Gauges, Labels};

/// `gauges` as text.
pub fn prometheus(gauges: &Gauges) -> String {
    let mut text = String::new();
    for (name, gauge) in &gauges.0 {
        let help = &gauge.help;
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in &gauge.values {
            let _ = writeln!(text, "{name}{{{}}} {value}", labels_text(labels));
        }
    }
    text
}

fn labels_text(labels: &Labels) -> String {
    let one = |(name, value): &(String, String)| format!("{name}=\"{}\"", escaped(value));
    labels.iter().map(one).collect::<Vec<_>>().join(",")
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
    use super::*;

    #[test]
    fn a_label_can_not_leave_its_quotes() {
        let mut gauges = Gauges::default();
        gauges.set("warpmark_x", "X.", &[("case", "a\\b\"c\nd")], 1.5);
        gauges.set("warpmark_x", "X.", &[("case", "nan")], f64::NAN);
        gauges.set("warpmark_x", "X.", &[("case", "a\\b\"c\nd")], 2.5);
        let expected = "# HELP warpmark_x X.\n# TYPE warpmark_x gauge\nwarpmark_x{case=\"a\\\\b\\\"c\\nd\"} 1.5\n";
        assert_eq!(prometheus(&gauges), expected);
    }
}
