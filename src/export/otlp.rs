//! Gauges as a request of OTLP/HTTP in its JSON encoding, through the types of OpenTelemetry's own crate.
//!
//! It sends nothing: `cli` does.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, InstrumentationScope, KeyValue, any_value::Value,
};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::gauges::{self, Gauges};
use crate::store::Record;

/// The ends of names that are units, and how UCUM writes these.
const UNITS: [(&str, &str); 6] = [
    ("_seconds", "s"),
    ("_bytes", "By"),
    ("_joules", "J"),
    ("_watts", "W"),
    ("_hertz", "Hz"),
    ("_ratio", "1"),
];

/// `gauges` of `record` as the body of a request. Times are those of the run's end.
///
/// A name is that of Prometheus with dots, its unit beside it: `warpmark.case.time` in `s`. Metrics of commands keep the
/// unit in the name, since there are several.
pub fn otlp(gauges: &Gauges, record: &Record) -> Result<Vec<u8>, serde_json::Error> {
    let at = time_unix_nano(record);
    let metrics = gauges
        .0
        .iter()
        .map(|(name, gauge)| of_gauge(name, gauge, at));
    let scope = ScopeMetrics {
        scope: Some(InstrumentationScope {
            name: "warpmark".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..InstrumentationScope::default()
        }),
        metrics: metrics.collect(),
        ..ScopeMetrics::default()
    };
    let resource = Resource {
        attributes: resource(record),
        ..Resource::default()
    };
    serde_json::to_vec(&ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![scope],
            ..ResourceMetrics::default()
        }],
    })
}

/// What a receiver that answered `body` with success did not take: so many points, and why. Some give nothing as body.
///
/// It is read as JSON and not by the crate's type, which takes no text for a number of 64 bits, as protobuf's JSON has it.
pub fn otlp_rejected(body: &str) -> Option<(u64, String)> {
    let response: serde_json::Value = serde_json::from_str(body).ok()?;
    let partial = response.get("partialSuccess")?;
    let points = partial.get("rejectedDataPoints")?;
    let of_text = || points.as_str().and_then(|text| text.parse().ok());
    let points = points.as_u64().or_else(of_text)?;
    let why = partial.get("errorMessage").and_then(|why| why.as_str());
    (points > 0).then(|| (points, why.unwrap_or("it says nothing more").to_owned()))
}

fn of_gauge(name: &str, gauge: &gauges::Gauge, at: u64) -> Metric {
    let (name, unit) = name_and_unit(name);
    let points = gauge.values.iter().map(|(labels, value)| {
        let attributes = labels.iter();
        NumberDataPoint {
            attributes: attributes.map(|(key, value)| text(key, value)).collect(),
            time_unix_nano: at,
            value: Some(number_data_point::Value::AsDouble(*value)),
            ..NumberDataPoint::default()
        }
    });
    Metric {
        name,
        description: gauge.help.clone(),
        unit: unit.to_owned(),
        data: Some(metric::Data::Gauge(Gauge {
            data_points: points.collect(),
        })),
        ..Metric::default()
    }
}

/// `warpmark_case_time_seconds` to `warpmark.case.time` and `s`.
fn name_and_unit(name: &str) -> (String, &'static str) {
    let units = UNITS.iter().find(|(end, _)| name.ends_with(end));
    let is_rate = name.ends_with("_per_second");
    match units.filter(|_| !is_rate) {
        Some((_, unit)) if name.starts_with("warpmark_case_metric") => {
            (name.replace('_', "."), unit)
        }
        Some((end, unit)) => (name[..name.len() - end.len()].replace('_', "."), unit),
        None => (name.replace('_', "."), ""),
    }
}

/// When the run ended; of one that was cut short, when its last whole process did, or it began.
fn time_unix_nano(record: &Record) -> u64 {
    let at = super::ended(record).as_nanosecond();
    u64::try_from(at).unwrap_or_default()
}

/// What made the values: the program, the machine, and each fact of the environment that decides comparability.
fn resource(record: &Record) -> Vec<KeyValue> {
    let header = &record.header;
    let mut attributes = vec![
        text("service.name", "warpmark"),
        text("service.version", &header.versions.warpmark),
        text("service.instance.id", &header.id),
        text("warpmark.suite", header.suite.as_str()),
        text("warpmark.device", &header.device),
        text("warpmark.environment.key", &header.environment.key),
    ];
    let context = &header.environment.context;
    if let Some(host) = context.get("hostname").and_then(|host| host.as_str()) {
        attributes.push(text("host.name", host));
    }
    if let Some(commit) = header.git.as_ref().and_then(|git| git.commit.as_ref()) {
        attributes.push(text("vcs.ref.head.revision", commit));
    }
    for (fact, value) in &header.environment.comparability {
        let plain = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        attributes.push(text(&format!("warpmark.environment.{fact}"), &plain));
    }
    attributes
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(Value::StringValue(value.to_owned())),
        }),
        ..KeyValue::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_dots_and_units_stand_beside_them() {
        let table = [
            ("warpmark_case_time_seconds", "warpmark.case.time", "s"),
            (
                "warpmark_run_void_samples_ratio",
                "warpmark.run.void.samples",
                "1",
            ),
            (
                "warpmark_case_bytes_per_second",
                "warpmark.case.bytes.per.second",
                "",
            ),
            (
                "warpmark_case_metric_joules",
                "warpmark.case.metric.joules",
                "J",
            ),
            ("warpmark_run_cases", "warpmark.run.cases", ""),
        ];
        for (name, dotted, unit) in table {
            assert_eq!(name_and_unit(name), (dotted.to_owned(), unit));
        }
    }

    #[test]
    fn what_a_receiver_rejects_is_seen() {
        let rejected = r#"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}}"#;
        assert_eq!(otlp_rejected(rejected), Some((3, "too old".to_owned())));
        let number = r#"{"partialSuccess":{"rejectedDataPoints":1}}"#;
        assert_eq!(otlp_rejected(number).map(|(points, _)| points), Some(1));
        for fine in ["", "{}", r#"{"partialSuccess":{}}"#] {
            assert_eq!(otlp_rejected(fine), None, "{fine}");
        }
    }
}
