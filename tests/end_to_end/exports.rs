//! `warpmark export`: what promtool says of the text for Prometheus, and the values in it; other formats below.

mod dashboard;
mod focus;
mod otlp;
mod stated;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::generated::{Run, three_cases};
use crate::support::{has_tool, warpmark};

/// The text of a made-up run, written with `--out`.
fn exported(run: Run) -> String {
    let root = tempfile::tempdir().expect("a folder");
    let folder = run.write(root.path());
    let out = root.path().join("w.prom");
    let mut command = warpmark();
    command.args(["export", "prometheus"]).arg(folder);
    command.arg("--out").arg(&out).assert().success();
    fs::read_to_string(&out).expect("the file")
}

#[test]
fn promtool_accepts_the_gauges_of_a_run() {
    if !has_tool("promtool") {
        return;
    }
    let mut run = Run::new(0, three_cases());
    run.header.device = "a\\b\"c\nd".to_owned();
    let text = exported(run);
    assert!(text.contains(r#"device="a\\b\"c\nd""#), "{text}");
    let mut promtool = assert_cmd::Command::new("promtool");
    let checked = promtool.args(["check", "metrics"]).write_stdin(text);
    checked.assert().success().stdout("").stderr("");
}

#[test]
fn a_mean_is_in_seconds_and_a_run_cut_short_is_no_success() {
    let text = exported(Run::new(0, three_cases()));
    let mean = text
        .lines()
        .find(|line| line.starts_with("warpmark_case_time_seconds{"))
        .and_then(|line| line.rsplit_once(' '))
        .and_then(|(_, value)| value.parse::<f64>().ok());
    assert!(
        mean.is_some_and(|mean| (1e-8..1e-1).contains(&mean)),
        "{text}"
    );
    assert!(
        text.contains("\nwarpmark_last_success_timestamp_seconds{"),
        "{text}"
    );
    let mut run = Run::new(0, three_cases());
    run.complete = false;
    assert!(!exported(run).contains("warpmark_last_success"));
}

#[test]
fn a_quick_run_is_no_success() {
    let mut run = Run::new(0, three_cases());
    run.header.quick = true;
    assert!(!exported(run).contains("warpmark_last_success"));
}

#[test]
fn promtool_accepts_the_alerts() {
    if !has_tool("promtool") {
        return;
    }
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/alerts.yml");
    let mut promtool = assert_cmd::Command::new("promtool");
    promtool.args(["check", "rules", rules]).assert().success();
}

#[test]
fn the_alerts_name_gauges_that_are_written() {
    let rules = include_str!("../../reports/alerts.yml");
    let text = exported(Run::new(0, three_cases()));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = rules.split(|c: char| !is_name(c));
    let names: Vec<&str> = words.filter(|word| word.starts_with("warpmark_")).collect();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        assert!(text.contains(&format!("\n{name}{{")), "{name} in {text}");
    }
}

/// A Prometheus that is killed when the test ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Answers every request on `listener` with `text`, until the test's process ends.
fn serve(listener: TcpListener, text: String) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
                text.len()
            );
        }
    });
}

/// The body of what the server on `port` answers to a GET of `path`; none where it doesn't answer.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer.split_once("\r\n\r\n")?.1.to_owned())
}

/// A Prometheus that scrapes a text.
struct Scraping {
    port: u16,
    folder: tempfile::TempDir,
    _server: Server,
}

impl Scraping {
    fn start(text: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let target = listener.local_addr().expect("an address");
        serve(listener, text.to_owned());
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("prometheus.yml");
        fs::write(
            &config,
            format!(
                "scrape_configs:\n  - job_name: textfile\n    scrape_interval: 1s\n    honor_labels: true\n    static_configs:\n      - targets: [\"{target}\"]\n"
            ),
        )
        .expect("written");
        // A port that was free a moment ago: Prometheus can't say which it took.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a free port")
            .port();
        let log = fs::File::create(folder.path().join("log")).expect("a file");
        let data = folder.path().join("data");
        let server = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("it starts");
        Self {
            port,
            folder,
            _server: Server(server),
        }
    }

    /// The first value that `expression` has, once it has one.
    fn value(&self, expression: &str) -> f64 {
        let encoding = percent_encoding::NON_ALPHANUMERIC;
        let query = percent_encoding::utf8_percent_encode(expression, encoding);
        let path = format!("/api/v1/query?query={query}");
        let began = Instant::now();
        loop {
            let answer = get(self.port, &path);
            let answer = answer.and_then(|body| serde_json::from_str::<Value>(&body).ok());
            let value = answer.as_ref().and_then(|answer| {
                let value = &answer["data"]["result"][0]["value"][1];
                value.as_str()?.parse::<f64>().ok()
            });
            if let Some(value) = value {
                return value;
            }
            let said = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(
                began.elapsed() < Duration::from_secs(90),
                "{expression}: {answer:?}\n{said}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn a_prometheus_that_scrapes_the_file_answers_with_its_value() {
    if !has_tool("prometheus") {
        return;
    }
    let text = exported(Run::new(0, three_cases()));
    let line = text
        .lines()
        .find(|line| line.starts_with("warpmark_case_time_seconds{"))
        .expect("a time");
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let written: f64 = value.parse().expect("a number");
    let found = Scraping::start(&text).value(series);
    assert!((found / written - 1.0).abs() < 1e-12, "{found} for {line}");
}
