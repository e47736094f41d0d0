//! Writes the reviewed file: by hand, so that its lines depend on nothing but its contents.

use std::fmt::Write;

use serde_json::Value;

use super::{AnchoredMetric, Reviewed, ReviewedCase};
use crate::baseline::{Bridge, FORMAT, MeasuredNoise};
use crate::verdict::{Acknowledgement, Ratio};

/// The file's text.
pub(super) fn write(file: &Reviewed) -> String {
    let mut text = format!(
        "# The baseline of a suite on one kind of machine, written by `warpmark baseline save`.\n\
         format = {FORMAT}\n\
         suite = {}\n\
         device = {}\n\
         key = {}\n\n\
         [environment]\n",
        quoted(file.suite.as_str()),
        quoted(&file.device),
        quoted(&file.key),
    );
    for (name, fact) in &file.environment {
        if let Some(fact) = inline(fact) {
            line(&mut text, &key(name), &fact);
        }
    }
    if let Some(noise) = &file.noise {
        text.push_str("\n[noise]\n");
        measured(&mut text, noise);
    }
    if let Some(bridge) = &file.bridge {
        text.push_str("\n[bridge]\n");
        bridged(&mut text, bridge);
    }
    for (id, case) in &file.cases {
        let _ = writeln!(text, "\n[case.{}]", quoted(id.as_str()));
        block(&mut text, case);
    }
    text
}

fn measured(text: &mut String, noise: &MeasuredNoise) {
    line(text, "additive-ns", &number(noise.additive_ns));
    line(text, "relative", &number(noise.relative));
    line(text, "freedom", &number(noise.freedom));
    line(text, "measured", &quoted(&noise.measured.to_string()));
    line(text, "processes", &noise.processes.to_string());
    line(text, "cards", &noise.cards.to_string());
}

fn bridged(text: &mut String, bridge: &Bridge) {
    line(text, "from", &quoted(&bridge.from));
    line(text, "commit", &quoted(&bridge.commit));
    line(text, "run", &quoted(&bridge.run));
    line(text, "measured", &quoted(&bridge.measured.to_string()));
}

fn block(text: &mut String, case: &ReviewedCase) {
    if let Some(method) = &case.method {
        // The timer's resolution is left out: it is measured anew in each run.
        let name = quoted(&method.name);
        let executions = method.executions;
        let value = format!("{{ name = {name}, executions = {executions} }}");
        line(text, "method", &value);
    }
    let optional = [
        ("identity", &case.identity),
        ("digest", &case.digest),
        ("reason", &case.reason),
        ("since", &case.since),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            line(text, name, &quoted(value));
        }
    }
    if let Some((ceiling, amount)) = case.ceiling {
        let of = quoted(ceiling.name());
        let value = format!("{{ of = {of}, work = {} }}", number(amount));
        line(text, "ceiling", &value);
    }
    for (name, metric) in &case.metrics {
        line(text, &format!("metric.{}", key(name)), &anchored(metric));
    }
    for (name, known) in &case.acknowledged {
        line(
            text,
            &format!("acknowledged.{}", key(name)),
            &acknowledgement(known),
        );
    }
    for (name, found) in &case.ratios {
        line(text, &format!("bridge.{}", key(name)), &ratio(found));
    }
}

fn acknowledgement(known: &Acknowledgement) -> String {
    let by = known.by.as_ref();
    let by = by.map_or_else(String::new, |by| format!(", by = {}", quoted(by)));
    format!(
        "{{ until = {}, at-most = {}, ticket = {}, reason = {}{by} }}",
        quoted(&known.until.to_string()),
        number(known.at_most),
        quoted(&known.ticket),
        quoted(&known.reason),
    )
}

fn ratio(found: &Ratio) -> String {
    let Ratio { value, low, high } = found;
    let [value, low, high] = [value, low, high].map(|value| number(*value));
    format!("{{ ratio = {value}, low = {low}, high = {high} }}")
}

fn anchored(metric: &AnchoredMetric) -> String {
    let optional = |name: &str, value: Option<f64>| {
        value.map_or_else(String::new, |value| format!(", {name} = {}", number(value)))
    };
    let clock = optional("clock", metric.clock_mhz);
    let carried = optional("carried", metric.carried);
    format!(
        "{{ unit = {}, better = {}, anchor = {}, runs = {}, last = {}{clock}{carried} }}",
        quoted(metric.unit.name()),
        quoted(metric.better.name()),
        number(metric.anchor),
        metric.runs,
        quoted(&metric.last),
    )
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "{name} = {value}");
}

/// A finite number as TOML's real: shortest form, with a point or an exponent.
fn number(value: f64) -> String {
    format!("{value:?}")
}

/// A fact as an inline value; TOML has no null, so that a fact without value is left out.
fn inline(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => match value.as_i64() {
            Some(whole) => whole.to_string(),
            None => number(value.as_f64()?),
        },
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                Some(format!("{} = {}", key(name), inline(value)?))
            };
            let fields: Vec<String> = fields.iter().filter_map(field).collect();
            format!("{{ {} }}", fields.join(", "))
        }
    })
}

/// A bare key where TOML allows one, else a quoted one.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(is_bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A basic string of TOML 1.0.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::baseline::{AnchoredMetric, Reviewed, ReviewedCase};
    use crate::id::{CaseId, Name};
    use crate::record::{Better, Unit};
    use crate::stats::Ceiling;

    /// Facts as devices and commands state them; TOML has no whole numbers beyond 64 bits with a sign.
    fn fact() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e12..1e12).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            prop::collection::vec(any::<String>(), 0..3).prop_map(Value::from),
        ]
    }

    fn case() -> impl Strategy<Value = ReviewedCase> {
        let metric = (
            "[^\\p{Cc}]{1,8}",
            1e-9_f64..1e12,
            1_u32..11,
            any::<String>(),
            prop::option::of(300.0..3000.0_f64),
            prop::option::of(1e-9..1.0_f64),
        );
        let metric = metric.prop_map(|(name, anchor, runs, last, clock_mhz, carried)| {
            let metric = AnchoredMetric {
                unit: Unit::PerSecond,
                better: Better::Higher,
                anchor,
                runs,
                last,
                clock_mhz,
                carried,
            };
            (name, metric)
        });
        let acknowledged = (
            "[^\\p{Cc}]{1,8}",
            0_i32..20_000,
            1e-9..100.0_f64,
            ("\\PC{0,5}x", "\\PC{0,5}x"),
        );
        let acknowledged = acknowledged.prop_map(|(metric, days, at_most, (ticket, reason))| {
            let days = jiff::Span::new().days(days);
            let known = Acknowledgement {
                until: jiff::civil::date(2026, 1, 1) + days,
                at_most,
                by: Some(ticket.clone()),
                ticket,
                reason,
            };
            (metric, known)
        });
        let text = || prop::option::of(any::<String>());
        let ceiling = (
            prop::sample::select(Ceiling::all().collect::<Vec<_>>()),
            1e-9_f64..1e15,
        );
        let optional = (
            prop::option::of(ceiling),
            prop::option::of(metric),
            prop::option::of(acknowledged),
        );
        (text(), text(), text(), text(), optional).prop_map(
            |(identity, digest, reason, since, (ceiling, metric, acknowledged))| ReviewedCase {
                ratios: BTreeMap::new(),
                acknowledged: acknowledged.into_iter().collect(),
                method: None,
                identity,
                digest,
                reason,
                ceiling,
                since,
                metrics: metric.into_iter().collect(),
            },
        )
    }

    fn noise() -> impl Strategy<Value = MeasuredNoise> {
        let values = (0.0..1e9_f64, 1e-9..1.0_f64, 1.0..1e6_f64);
        (values, 0_i64..1 << 40, 2..u32::MAX, 1..u32::MAX).prop_map(
            |((additive_ns, relative, freedom), milliseconds, processes, cards)| MeasuredNoise {
                additive_ns,
                relative,
                freedom,
                measured: jiff::Timestamp::from_millisecond(milliseconds).expect("a time"),
                processes,
                cards,
            },
        )
    }

    /// Ratios of a metric, for a file that has a bridge.
    fn ratios() -> impl Strategy<Value = BTreeMap<String, Ratio>> {
        let ratio = ("[^\\p{Cc}]{1,8}", 1e-6..1e6_f64, 0.0..1.0_f64, 0.0..1.0_f64);
        let ratio = ratio.prop_map(|(name, value, below, above)| {
            let ratio = Ratio {
                value,
                low: value / (1.0 + below),
                high: value * (1.0 + above),
            };
            (name, ratio)
        });
        prop::collection::vec(ratio, 0..3).prop_map(|all| all.into_iter().collect())
    }

    fn bridge() -> impl Strategy<Value = Bridge> {
        let time = 0_i64..1 << 40;
        ("[0-9a-f]{64}", any::<String>(), any::<String>(), time).prop_map(
            |(from, commit, run, milliseconds)| Bridge {
                from,
                commit,
                run,
                measured: jiff::Timestamp::from_millisecond(milliseconds).expect("a time"),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            environment in prop::collection::btree_map(any::<String>(), fact(), 0..4),
            noise in prop::option::of(noise()),
            bridge in prop::option::of(bridge()),
            cases in prop::collection::btree_map("[^\\p{Cc}]{0,20}", (case(), ratios()), 0..4),
        ) {
            let cases = cases.into_iter().map(|(id, (mut case, ratios))| {
                if bridge.is_some() {
                    case.ratios = ratios;
                }
                (CaseId::from_text(id), case)
            });
            let cases = cases.collect();
            let file = Reviewed {
                suite: Name::new("memory").expect("a name"),
                device: "cuda".to_owned(),
                key: "k".to_owned(),
                environment,
                noise,
                bridge,
                cases,
            };
            let read = Reviewed::parse("file", &file.to_text()).expect("what was written");
            prop_assert_eq!(read, file);
        }
    }
}
