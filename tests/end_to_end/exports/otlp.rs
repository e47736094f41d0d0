//! `warpmark export otlp`: what a server receives, as the official protobuf types read it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::stated::{both, everything, value};
use crate::support::{has_tool, root, warpmark};

/// Reads a request by OpenTelemetry's own protobuf types, strictly, and prints it flat.
const DECODE: &str = r#"
import json, sys
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
request = json_format.Parse(sys.stdin.read(), ExportMetricsServiceRequest())
attributes = lambda of: {a.key: a.value.string_value for a in of.attributes}
(resource,) = request.resource_metrics
(scope,) = resource.scope_metrics
print(json.dumps({
    "resource": attributes(resource.resource),
    "scope": [scope.scope.name, scope.scope.version],
    "metrics": [{
        "name": m.name, "unit": m.unit, "kind": m.WhichOneof("data"), "description": m.description,
        "points": [{"attributes": attributes(p), "value": p.as_double, "at": p.time_unix_nano}
                   for p in m.gauge.data_points],
    } for m in scope.metrics],
}))
"#;

/// Where the modules are: `.ci/run` installs them there.
fn modules() -> PathBuf {
    root().join("target/otlp-python")
}

/// Whether python has OpenTelemetry's protobuf types; says so where it lacks them, as [`has_tool`] does.
#[allow(clippy::print_stderr)] // the harness shows it beside the test's name
fn has_types() -> bool {
    if !has_tool("python3") {
        return false;
    }
    let import = "import google.protobuf, opentelemetry.proto.collector.metrics.v1";
    let mut python = Command::new("python3");
    let python = python.args(["-c", import]).env("PYTHONPATH", modules());
    let found = python.output().expect("python3 runs").status.success();
    let required = std::env::var_os("WARPMARK_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(
        found || !required,
        "this test needs python's opentelemetry-proto: install it"
    );
    if !found {
        eprintln!("not tested: this test needs python's opentelemetry-proto");
    }
    found
}

fn decoded(body: &[u8]) -> Value {
    let mut python = assert_cmd::Command::new("python3");
    let python = python.args(["-c", DECODE]).env("PYTHONPATH", modules());
    let done = python.write_stdin(body).assert().success();
    serde_json::from_slice(&done.get_output().stdout).expect("JSON")
}

/// A request that a server got.
struct Request {
    /// `POST /v1/metrics HTTP/1.1`.
    line: String,
    /// By names in lower case.
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A server that answers one request; its address, and where the request comes out.
fn server(status: &'static str, answer: &'static str) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (give, take) = channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let mut reader = BufReader::new(stream);
        let mut next = || {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a line");
            line.trim_end().to_owned()
        };
        let line = next();
        let headers: BTreeMap<String, String> = std::iter::from_fn(|| {
            let line = next();
            let (name, value) = line.split_once(": ")?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        })
        .collect();
        let length = headers
            .get("content-length")
            .and_then(|text| text.parse().ok());
        let mut body = vec![0; length.expect("a length")];
        reader.read_exact(&mut body).expect("a body");
        let length = answer.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n");
        let text = format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{answer}");
        reader.get_mut().write_all(text.as_bytes()).expect("sent");
        give.send(Request {
            line,
            headers,
            body,
        })
        .expect("a test");
    });
    (address, take)
}

/// `warpmark export otlp` of a compared run, away from the settings of whoever runs the test.
fn export(arguments: &[&str]) -> (assert_cmd::Command, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let (run, base) = both(folder.path());
    let mut command = warpmark();
    for name in ["METRICS_ENDPOINT", "ENDPOINT", "METRICS_HEADERS", "HEADERS"] {
        command.env_remove(format!("OTEL_EXPORTER_OTLP_{name}"));
    }
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command
            .env_remove(name)
            .env_remove(name.to_ascii_uppercase());
    }
    command.args(["export", "otlp"]).arg(run);
    command.arg("--against").arg(base).args(arguments);
    (command, folder)
}

#[test]
fn a_server_gets_what_prometheus_gets_and_reads_it_by_the_official_types() {
    if !has_types() {
        return;
    }
    let (address, requests) = server("200 OK", "{\"partialSuccess\":{}}");
    let (mut command, _folder) = export(&[]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &address);
    command.env("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20word, tenant=x");
    command.assert().success().stdout("");
    let request = requests.recv().expect("a request");
    assert_eq!(request.line, "POST /v1/metrics HTTP/1.1");
    for (name, value) in [
        ("content-type", "application/json"),
        ("api-key", "a word"),
        ("tenant", "x"),
    ] {
        assert_eq!(request.headers.get(name).map(String::as_str), Some(value));
    }
    let found = decoded(&request.body);
    assert_eq!(found["resource"]["service.name"], "warpmark");
    assert_eq!(found["resource"]["warpmark.environment.gpu"], "A");
    assert_eq!(found["scope"][0], "warpmark");
    let metrics = found["metrics"].as_array().expect("metrics");
    let metric = |name: &str| {
        let found = metrics.iter().find(|metric| metric["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {found:?}"))
    };
    let time = metric("warpmark.case.time");
    assert_eq!(
        (&time["unit"], &time["kind"]),
        (&"s".into(), &"gauge".into())
    );
    let points = time["points"].as_array().expect("points");
    assert_eq!(points.len(), 3);
    let text = everything();
    for point in points {
        let case = point["attributes"]["case"].as_str().expect("a case");
        let written = value(
            &text,
            "warpmark_case_time_seconds",
            &[&format!("case=\"{case}\"")],
        );
        let sent = point["value"].as_f64().expect("a number");
        assert!(
            (sent / written - 1.0).abs() < 1e-12,
            "{case}: {sent} {written}"
        );
        // 2026-03-01T10:40:00Z, when the run ended.
        assert_eq!(point["at"], 1_772_361_600_000_000_000_u64);
    }
    let verdicts = metric("warpmark.case.verdict")["points"].to_string();
    assert!(verdicts.contains("\"regressed\""), "{verdicts}");
    let names = text
        .lines()
        .filter(|line| line.starts_with("# TYPE"))
        .count();
    assert_eq!(metrics.len(), names);
}

#[test]
fn a_file_holds_what_a_server_gets() {
    if !has_types() {
        return;
    }
    let (mut command, folder) = export(&["--out"]);
    let out = folder.path().join("m.json");
    command.arg(&out).assert().success().stdout("");
    let found = decoded(&fs::read(&out).expect("a file"));
    assert!(
        found["metrics"]
            .as_array()
            .is_some_and(|all| all.len() > 20)
    );
}

#[test]
fn a_named_endpoint_comes_before_those_of_the_environment_and_one_for_metrics_is_taken_as_it_is() {
    let (address, requests) = server("200 OK", "");
    let (mut command, _folder) = export(&["--endpoint", &format!("{address}/otlp/")]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    command.assert().success();
    let line = requests.recv().expect("a request").line;
    assert_eq!(line, "POST /otlp/v1/metrics HTTP/1.1");

    let (address, requests) = server("200 OK", "{}");
    let (mut command, _folder) = export(&[]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    command.env(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        format!("{address}/mine"),
    );
    command.assert().success();
    assert_eq!(
        requests.recv().expect("a request").line,
        "POST /mine HTTP/1.1"
    );
}

#[test]
fn a_collector_that_takes_not_all_is_an_error_that_says_so() {
    let partly = r#"{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}"#;
    for (status, answer, said) in [
        (
            "503 Service Unavailable",
            "come later",
            "503 Service Unavailable come later",
        ),
        ("401 Unauthorized", "", "401 Unauthorized"),
        ("302 Found", "", "302 Found"),
        ("200 OK", partly, "refused 2 of the points: too old"),
    ] {
        let (address, requests) = server(status, answer);
        let (mut command, _folder) = export(&["--endpoint", &address]);
        let done = command.assert().code(5);
        requests.recv().expect("a request");
        let error = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
        assert!(
            error.contains(said) && error.contains("--out FILE"),
            "{error}"
        );
    }
}

#[test]
fn a_collector_that_is_not_there_is_an_error_and_the_record_stays() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let (mut command, folder) = export(&["--endpoint", &address]);
    let before = crate::support::files_below(folder.path());
    let done = command.assert().code(5);
    let error = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(error.contains("can't be reached"), "{error}");
    assert_eq!(crate::support::files_below(folder.path()), before);
}

#[test]
fn an_endpoint_is_needed_and_has_a_scheme() {
    for (arguments, said) in [
        (&[][..], "no collector is named"),
        (
            &["--endpoint", "localhost:4318"],
            "no address of a collector",
        ),
    ] {
        let (mut command, _folder) = export(arguments);
        let done = command.assert().code(2);
        let error = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
        assert!(error.contains(said), "{error}");
    }
}
