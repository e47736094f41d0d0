//! The data that the page's script draws from: JSON with rounded numbers, packed samples, and each night's date once.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::pictures::Pictures;
use super::shown::Shown;
use crate::report::document::{CaseEntry, Document, ProcessEntry, SeriesEntry, TelemetryEntry};
use crate::report::text;

/// Digits of packed samples, which are those of base64.
const SEXTETS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Steps between the least and the largest sample of a process: three digits.
const STEPS: f64 = 262_143.0;
/// Samples of a page at most, so that it stays small; of a process at least [`FEWEST`] are kept.
const SAMPLES: usize = 2_000_000;
/// Samples of a process that are kept in any page.
const FEWEST: usize = 20;
/// Middles of the base's processes that a case shows at most.
const BASE_PROCESSES: usize = 100;

/// Nights that cases share: date and commit stand in the page once.
#[derive(Default)]
struct Nights<'a> {
    known: HashMap<(&'a str, Option<&'a str>), usize>,
    list: Vec<Value>,
}

/// The data of `document` and of what is attached to it, safe between script tags.
pub fn of(document: &Document, pictures: &Pictures) -> String {
    let mut nights = Nights::default();
    let most = most_samples(&document.cases);
    let cases: Vec<Value> = document
        .cases
        .iter()
        .map(|case| of_case(case, &mut nights, most))
        .collect();
    let telemetry: Vec<Value> = document.telemetry.iter().map(of_telemetry).collect();
    let pictures: Map<String, Value> = pictures
        .iter()
        .map(|(name, address)| (text::harmless(name), json!(address)))
        .collect();
    let data = json!({
        "cases": cases,
        "nights": nights.list,
        "telemetry": telemetry,
        "ceilings": compact(json!(document.ceilings)),
        "record": document.record,
        "pictures": pictures,
        "currency": document.price.as_ref().map(|price| &price.currency),
    });
    in_script(&data.to_string())
}

/// JSON that can't end the element it stands in.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// How many samples of a process the page has room for.
fn most_samples(cases: &[CaseEntry]) -> usize {
    let processes = cases
        .iter()
        .flat_map(|case| case.processes.iter().chain(&case.base_processes));
    let with_samples = processes.filter(|process| !process.samples.is_empty());
    (SAMPLES / with_samples.count().max(1)).max(FEWEST)
}

fn of_case<'a>(case: &'a CaseEntry, nights: &mut Nights<'a>, most: usize) -> Value {
    let mut value = compact(json!(Shown::from(case)));
    if let Value::Object(object) = &mut value {
        let from = case.base_processes.len().saturating_sub(BASE_PROCESSES);
        add(object, "processes", packed(&case.processes, most));
        add(
            object,
            "base_processes",
            packed(&case.base_processes[from..], most),
        );
        if let Some(series) = &case.series {
            object.insert("series".to_owned(), of_series(series, nights));
        }
    }
    value
}

fn add(object: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if !list.is_empty() {
        object.insert(name.to_owned(), Value::Array(list));
    }
}

/// Processes; those of a saved run of which only the middles are known as one entry a run.
fn packed(processes: &[ProcessEntry], most: usize) -> Vec<Value> {
    let run_alone = |process: &ProcessEntry| match &process.run {
        Some(run) if process.samples.is_empty() => Some(run.clone()),
        _ => None,
    };
    let groups = processes.chunk_by(|a, b| run_alone(a).is_some() && run_alone(a) == run_alone(b));
    let entries = groups.map(|group| match run_alone(&group[0]) {
        Some(run) => {
            let middles: Vec<_> = group
                .iter()
                .map(|process| finite(process.middle, 6))
                .collect();
            json!({ "run": text::harmless(&run), "middles": middles })
        }
        None => of_process(&group[0], most),
    });
    entries.collect()
}

fn of_process(process: &ProcessEntry, most: usize) -> Value {
    let (low, step, digits) = pack(&thinned(&process.samples, most));
    let mut value = compact(json!({
        "process": process.process,
        "run": process.run,
        "middle": process.middle,
        "clock_mhz": process.clock_mhz,
        "void": process.void,
    }));
    if let (Value::Object(object), false) = (&mut value, digits.is_empty()) {
        // These two are not rounded again.
        object.insert("low".to_owned(), json!(low));
        object.insert("step".to_owned(), json!(step));
        object.insert("samples".to_owned(), json!(digits));
    }
    value
}

/// At most about `most` of `samples`, evenly, the smallest and the largest among them.
fn thinned(samples: &[f64], most: usize) -> Vec<f64> {
    let every = samples.len().div_ceil(most).max(1);
    let finite = || samples.iter().copied().filter(|sample| sample.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    let kept = samples.iter().enumerate().filter(|(index, sample)| {
        let is_end = **sample <= low || **sample >= high;
        index % every == 0 || (every > 1 && is_end)
    });
    kept.map(|(_, sample)| *sample).collect()
}

/// Samples as steps of 1/262,143 of their range, three digits each; those that are no number are left out.
fn pack(samples: &[f64]) -> (f64, f64, String) {
    let finite = || samples.iter().copied().filter(|sample| sample.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return (0.0, 0.0, String::new());
    }
    // Rounded as it is written, so that what is packed is what is read.
    let low = rounded(low, 9);
    let step = rounded((high - low).max(0.0) / STEPS, 9);
    let mut out = String::with_capacity(3 * samples.len());
    for sample in finite() {
        let at = if step > 0.0 {
            (sample - low) / step
        } else {
            0.0
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 262,143
        let at = at.round().clamp(0.0, STEPS) as u32;
        for shift in [12, 6, 0] {
            out.push(char::from(SEXTETS[(at >> shift & 63) as usize]));
        }
    }
    (low, step, out)
}

fn of_series<'a>(series: &'a SeriesEntry, nights: &mut Nights<'a>) -> Value {
    let points: Vec<Value> = series
        .nights
        .iter()
        .map(|night| {
            let key = (night.started.as_str(), night.commit.as_deref());
            let list = &mut nights.list;
            let index = *nights.known.entry(key).or_insert_with(|| {
                list.push(json!([night.started, night.commit]));
                list.len() - 1
            });
            json!([index, finite(night.value, 6)])
        })
        .collect();
    json!({
        "metric": series.metric,
        "unit": series.unit,
        "nights": points,
        "steps": compact(json!(series.steps)),
    })
}

fn of_telemetry(telemetry: &TelemetryEntry) -> Value {
    let readings: Vec<Value> = telemetry
        .readings
        .iter()
        .map(|r| {
            json!([
                finite(r.at_s, 6),
                r.sm_mhz,
                r.temperature_c,
                r.power_w.and_then(|watts| finite(watts, 5)),
            ])
        })
        .collect();
    json!({
        "started": telemetry.started,
        "readings": readings,
        "void": compact(json!(telemetry.void)),
        "held": held(telemetry),
    })
}

/// Times in which something held clocks down: from, to, why.
fn held(telemetry: &TelemetryEntry) -> Vec<Value> {
    let mut spans: Vec<(f64, f64, String)> = Vec::new();
    let mut last = String::new();
    for reading in &telemetry.readings {
        let why = reading.reasons.join(", ");
        match spans.last_mut() {
            Some(span) if !why.is_empty() && why == last => span.1 = reading.at_s,
            _ if !why.is_empty() => spans.push((reading.at_s, reading.at_s, why.clone())),
            _ => {}
        }
        last = why;
    }
    let spans = spans.into_iter();
    spans
        .map(|(from, to, why)| json!([finite(from, 6), finite(to, 6), why]))
        .collect()
}

/// A number with so many significant digits; none where it isn't finite.
fn finite(number: f64, digits: usize) -> Option<f64> {
    number.is_finite().then(|| rounded(number, digits))
}

fn rounded(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits.saturating_sub(1))
        .parse()
        .unwrap_or(number)
}

/// `value` without null and empty members, numbers with 6 significant digits, texts harmless.
fn compact(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .filter(|(_, value)| !is_nothing(value))
                .map(|(name, value)| (name, compact(value)))
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(compact).collect()),
        Value::Number(number) if number.is_f64() => json!(number.as_f64().map(|n| rounded(n, 6))),
        Value::String(text) => Value::String(text::harmless(&text)),
        other => other,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_samples_come_back_within_a_step() {
        let samples = [1234.5, 1200.0, f64::NAN, 9_999.75, 1200.0];
        let (low, step, digits) = pack(&samples);
        let value = |text: &[u8]| {
            let digit = |d: &u8| SEXTETS.iter().position(|s| s == d).expect("a digit");
            let at = text.iter().fold(0, |at, d| at * 64 + digit(d));
            low + step * f64::from(u32::try_from(at).expect("small"))
        };
        let found: Vec<f64> = digits.as_bytes().chunks(3).map(value).collect();
        assert_eq!(found.len(), 4);
        for (found, expected) in found.iter().zip([1234.5, 1200.0, 9_999.75, 1200.0]) {
            assert!((found - expected).abs() <= step, "{found} {expected}");
        }
        assert_eq!(pack(&[f64::INFINITY]).2, "");
        assert_eq!(pack(&[7.0, 7.0]), (7.0, 0.0, "AAAAAA".to_owned()));
    }

    #[test]
    fn many_samples_are_thinned_and_keep_their_ends() {
        let samples: Vec<f64> = (0..1_000u32)
            .map(|place| f64::from(place * 7 % 1_000))
            .collect();
        let few = thinned(&samples, 50);
        assert_eq!(few.len(), 51);
        assert!(few.contains(&0.0) && few.contains(&999.0));
        assert_eq!(thinned(&samples, 1_000), samples);
        assert_eq!(thinned(&[], 50), [0.0; 0]);
    }

    #[test]
    fn data_cannot_end_their_element() {
        let text = in_script("\"</script><!--\u{2028}\"");
        assert_eq!(text, "\"\\u003c/script>\\u003c!--\\u2028\"");
    }
}
