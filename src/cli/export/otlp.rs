//! `warpmark export otlp`: the gauges of a run as OpenTelemetry metrics.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::exposed::Subject;
use crate::cli::{Exit, Fault, output};
use crate::export;

/// How long a collector may take: the default of OTEL_EXPORTER_OTLP_TIMEOUT.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Send the figures of a run to an OpenTelemetry collector by OTLP/HTTP in JSON, or write the request to a file
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark export otlp latest --endpoint http://localhost:4318\n  warpmark export otlp latest --suite memory --against origin/main --out metrics.json"
)]
pub struct Args {
    #[command(flatten)]
    subject: Subject,
    /// The collector: /v1/metrics is added [default: OTEL_EXPORTER_OTLP_METRICS_ENDPOINT as it is, else
    /// OTEL_EXPORTER_OTLP_ENDPOINT; headers are those of OTEL_EXPORTER_OTLP_HEADERS]
    #[arg(long, value_name = "URL", conflicts_with = "out")]
    endpoint: Option<String>,
    /// Write the request to this file, at once, and send nothing
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Exports a record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let target = match &args.out {
        Some(_) => None,
        None => Some((endpoint(args.endpoint.as_deref())?, headers()?)),
    };
    let (record, gauges) = args.subject.gauges()?;
    let body = export::otlp(&gauges, &record)?;
    match target {
        Some((url, headers)) => send(&url, &headers, &body)?,
        None => output::write_out(&body, args.out.as_deref())?,
    }
    Ok(Exit::Success)
}

/// What the environment says; an empty variable says nothing, as the specification has it.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where metrics go: below the endpoint that was named, at the one for metrics, or below the one for everything.
fn endpoint(named: Option<&str>) -> Result<String, Fault> {
    let of_metrics = || variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
    let of_all = || variable("OTEL_EXPORTER_OTLP_ENDPOINT").map(|base| below(&base));
    let url = named.map(below).or_else(of_metrics).or_else(of_all);
    let Some(url) = url else {
        let message = "no collector is named";
        let hint = "name one with --endpoint http://localhost:4318, set OTEL_EXPORTER_OTLP_ENDPOINT, or write --out FILE";
        return Err(Fault::new(Exit::Usage, message).hint(hint));
    };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        let message = format!("{url:?} is no address of a collector");
        let hint = "write its scheme too: http://localhost:4318";
        return Err(Fault::new(Exit::Usage, message).hint(hint));
    }
    Ok(url)
}

fn below(base: &str) -> String {
    format!("{}/v1/metrics", base.trim_end_matches('/'))
}

/// The headers that the environment asks for: `name=value` with commas between, percent-encoded.
fn headers() -> Result<Vec<(String, String)>, Fault> {
    let name = "OTEL_EXPORTER_OTLP_METRICS_HEADERS";
    let text = variable(name).or_else(|| variable("OTEL_EXPORTER_OTLP_HEADERS"));
    parsed(&text.unwrap_or_default())
}

fn parsed(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let pairs = text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    let one = |(place, pair): (usize, &str)| {
        let found = pair.split_once('=').and_then(|(name, value)| {
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            let name = name.trim();
            (!name.is_empty()).then(|| (name.to_owned(), value.into_owned()))
        });
        found.ok_or_else(|| {
            // Its text may be a secret.
            let message = format!(
                "header {} of OTEL_EXPORTER_OTLP_HEADERS is no name=value",
                place + 1
            );
            let hint = "write name=value,name=value, with values percent-encoded";
            Fault::new(Exit::Usage, message).hint(hint)
        })
    };
    pairs.enumerate().map(one).collect()
}

/// Posts `body`; anything but its whole acceptance is a fault, and the record stays as it is.
fn send(url: &str, headers: &[(String, String)], body: &[u8]) -> Result<(), Fault> {
    let shown = without_secrets(url);
    let fault = |what: String| {
        let hint = "the record is kept: send it again when the collector answers, or write the request with --out FILE";
        Fault::new(Exit::Environment, format!("{shown} {what}")).hint(hint)
    };
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0);
    let agent: ureq::Agent = config.build().into();
    let mut request = agent.post(url).header("Content-Type", "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let sent = request.send(body);
    let mut response = sent.map_err(|error| fault(format!("can't be reached: {error}")))?;
    let status = response.status();
    let answer = response.body_mut().read_to_string().unwrap_or_default();
    if !status.is_success() {
        let said: String = answer
            .chars()
            .filter(|c| !c.is_control())
            .take(300)
            .collect();
        return Err(fault(format!("refused the metrics: {status} {said}")));
    }
    match export::otlp_rejected(&answer) {
        Some((points, why)) => Err(fault(format!("refused {points} of the points: {why}"))),
        None => Ok(()),
    }
}

/// A URL without the user and password that it may hold.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_go_below_a_base() {
        for base in ["http://a:4318", "http://a:4318/"] {
            assert_eq!(below(base), "http://a:4318/v1/metrics");
        }
        assert_eq!(below("https://a/otlp"), "https://a/otlp/v1/metrics");
    }

    #[test]
    fn headers_are_pairs_and_others_are_refused() {
        let found = parsed("api-key=a%20b, x=1=2,").expect("headers");
        let expected = [("api-key", "a b"), ("x", "1=2")];
        assert_eq!(
            found,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        for wrong in ["secret", "=secret", "a=%ff"] {
            let fault = parsed(wrong).expect_err("no header");
            assert!(!fault.message.contains("secret"), "{}", fault.message);
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let shown = without_secrets("http://me:word@a:1/v1/metrics");
        assert_eq!(shown, "http://a:1/v1/metrics");
    }
}
