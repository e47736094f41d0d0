//! Gauges as an OTLP request for metrics, in its JSON encoding.
//!
//! The protocol: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>. Names are those of the gauges with
//! `warpmark.` before them, units are UCUM's.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge as OtlpGauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric,
    number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::Gauges;
use super::gauges::Gauge;
use crate::record::Header;
use crate::store::Record;

/// The request that hands the gauges of `record` over: points are of the moment when the run ended, or began where it
/// was cut short.
#[must_use]
pub fn otlp(record: &Record, gauges: &Gauges) -> ExportMetricsServiceRequest {
    let header = &record.header;
    let ended = record.summary.as_ref().map(|summary| summary.ended);
    let span = (
        nanoseconds(header.started),
        nanoseconds(ended.unwrap_or(header.started)),
    );
    let metrics = gauges.0.iter().map(|((name, _), gauge)| Metric {
        name: format!("warpmark.{name}"),
        description: gauge.help.clone(),
        unit: gauge.unit.ucum().to_owned(),
        data: Some(metric::Data::Gauge(OtlpGauge {
            data_points: points(gauge, span),
        })),
        ..Metric::default()
    });
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource {
                attributes: resource(header),
                ..Resource::default()
            }),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(InstrumentationScope {
                    name: "warpmark".to_owned(),
                    version: header.versions.warpmark.clone(),
                    ..InstrumentationScope::default()
                }),
                metrics: metrics.collect(),
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    }
}

/// Nanoseconds since 1970; 0, which OTLP takes for unknown, for moments that have none.
fn nanoseconds(at: jiff::Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap_or(0)
}

fn points(gauge: &Gauge, (start, end): (u64, u64)) -> Vec<NumberDataPoint> {
    let point = |(labels, value): (&Vec<(&str, String)>, &f64)| NumberDataPoint {
        attributes: labels
            .iter()
            .map(|(name, value)| text(name, value))
            .collect(),
        start_time_unix_nano: start,
        time_unix_nano: end,
        value: Some(number_data_point::Value::AsDouble(*value)),
        ..NumberDataPoint::default()
    };
    gauge.samples.iter().map(point).collect()
}

/// What produced the figures: OpenTelemetry's own names where it has some, else `warpmark.` and the fact's name.
fn resource(header: &Header) -> Vec<KeyValue> {
    let mut attributes = vec![
        text("service.name", "warpmark"),
        text("service.version", &header.versions.warpmark),
        text("service.instance.id", &header.id),
        text("warpmark.environment.key", &header.environment.key),
    ];
    if let Some(commit) = header.git.as_ref().and_then(|git| git.commit.as_ref()) {
        attributes.push(text("vcs.ref.head.revision", commit));
    }
    for (name, value) in &header.environment.comparability {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        attributes.push(text(&format!("warpmark.environment.{name}"), &value));
    }
    attributes
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(value.to_owned())),
        }),
        ..KeyValue::default()
    }
}
