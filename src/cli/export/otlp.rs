//! `warpmark export otlp`: the gauges of a run for a collector of OpenTelemetry.

use std::path::PathBuf;
use std::time::Duration;

use ureq::Agent;
use ureq::http::Uri;

use super::{Against, Chosen, Gathered, write};
use crate::cli::{Exit, Fault, output};
use crate::export;

/// A collector that hasn't answered by then is not there.
const LIMIT: Duration = Duration::from_secs(30);

/// What a refusal says in its body is shown up to here.
const SHOWN: usize = 300;

/// Send the figures of a run to an OpenTelemetry collector, by OTLP over HTTP in JSON; or write the request
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark export otlp latest --endpoint http://localhost:4318\n  warpmark export otlp latest --suite memory --against HEAD --out metrics.json\n  OTEL_EXPORTER_OTLP_ENDPOINT=https://otlp.example.com OTEL_EXPORTER_OTLP_HEADERS=api-key=... warpmark export otlp latest"
)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    against: Against,
    /// The collector's base address; /v1/metrics is added to it
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    endpoint: Option<String>,
    /// Headers of the request, as name=value,name=value with percent-encoded values
    #[arg(long, value_name = "HEADERS", env = "OTEL_EXPORTER_OTLP_HEADERS", hide_env_values = true, value_parser = headers, default_value = "")]
    headers: Headers,
    /// Write the request to this file instead of sending it; - is standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Names and values of headers.
#[derive(Debug, Clone)]
struct Headers(Vec<(String, String)>);

/// Headers as OpenTelemetry's variable has them (W3C Baggage without properties).
fn headers(text: &str) -> Result<Headers, String> {
    let pairs = text
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("{pair:?} is no name=value"))?;
        let value = percent_encoding::percent_decode_str(value.trim()).decode_utf8();
        let value = value.map_err(|_| format!("the value of {name} is no UTF-8"))?;
        Ok((name.trim().to_owned(), value.into_owned()))
    });
    pairs.collect::<Result<_, String>>().map(Headers)
}

/// Exports a record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let endpoint = match (&args.out, &args.endpoint) {
        (Some(_), _) => None,
        (None, Some(endpoint)) => Some(address(endpoint)?),
        (None, None) => {
            let fault = Fault::new(Exit::Usage, "it is not said where to");
            return Err(fault
                .hint("give --endpoint http://localhost:4318, or --out FILE")
                .into());
        }
    };
    let gathered = Gathered::read(&args.chosen, &args.against)?;
    let request = export::otlp(&gathered.record, &gathered.gauges());
    let text = serde_json::to_vec(&request)?;
    match endpoint {
        Some(endpoint) => {
            send(&endpoint, &args.headers, &text)?;
            output::print(format!("sent to {endpoint}\n").as_bytes())?;
        }
        None => {
            let file = args.out.as_deref().filter(|path| path.as_os_str() != "-");
            write(file, &text)?;
        }
    }
    Ok(Exit::Success)
}

/// The address for metrics below a base address.
fn address(base: &str) -> Result<Uri, Fault> {
    let wrong = |why: &str| {
        let message = format!("{base:?} is no address of a collector: {why}");
        Fault::new(Exit::Usage, message).hint("write it as http://localhost:4318")
    };
    let whole = format!("{}/v1/metrics", base.trim_end_matches('/'));
    let uri: Uri = whole.parse().map_err(|error| wrong(&format!("{error}")))?;
    match uri.scheme_str() {
        Some("http" | "https") => Ok(uri),
        _ => Err(wrong("it begins with neither http:// nor https://")),
    }
}

fn send(endpoint: &Uri, headers: &Headers, request: &[u8]) -> Result<(), Fault> {
    let failed = |why: String| {
        Fault::new(Exit::Environment, format!("{endpoint} took nothing: {why}"))
            .hint("the record is kept: run the command again, or write the request by --out FILE")
    };
    let config = Agent::config_builder()
        .timeout_global(Some(LIMIT))
        .http_status_as_error(false)
        .build();
    let mut sent = Agent::new_with_config(config)
        .post(endpoint)
        .header("content-type", "application/json");
    for (name, value) in &headers.0 {
        sent = sent.header(name, value);
    }
    let mut answer = sent
        .send(request)
        .map_err(|error| failed(error.to_string()))?;
    let status = answer.status();
    let body = answer.body_mut().read_to_string().unwrap_or_default();
    if !status.is_success() {
        let body: String = body
            .chars()
            .filter(|c| !c.is_control())
            .take(SHOWN)
            .collect();
        return Err(failed(
            format!("it answered {status} {body}").trim_end().to_owned(),
        ));
    }
    if let Some((points, why)) = rejected(&body) {
        return Err(failed(format!("it rejected {points} points: {why}")));
    }
    Ok(())
}

/// How many points the collector rejected, and why, where it says so (`partialSuccess`).
fn rejected(body: &str) -> Option<(String, String)> {
    let answer: serde_json::Value = serde_json::from_str(body).ok()?;
    let partial = answer.get("partialSuccess")?;
    let points = partial.get("rejectedDataPoints")?;
    let points = points
        .as_str()
        .map_or_else(|| points.to_string(), str::to_owned);
    let why = partial.get("errorMessage").and_then(|why| why.as_str());
    (points != "0").then(|| (points, why.unwrap_or("it doesn't say why").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_opentelemetry_writes_them() {
        let read = |text| headers(text).map(|Headers(pairs)| pairs);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read(""), Ok(Vec::new()));
        let two = vec![pair("api-key", "a b=c"), pair("x", "")];
        assert_eq!(read("api-key=a%20b=c, x="), Ok(two));
        assert!(read("api-key").is_err());
        assert!(read("a=%ff").is_err());
    }

    #[test]
    fn an_address_has_a_scheme_and_gets_a_path() {
        let of = |base| {
            address(base)
                .map(|uri| uri.to_string())
                .map_err(|fault| fault.to_string())
        };
        let local = Ok("http://localhost:4318/v1/metrics".to_owned());
        assert_eq!(of("http://localhost:4318"), local);
        assert_eq!(of("http://localhost:4318/"), local);
        assert!(of("localhost:4318").is_err());
        assert!(of("ftp://localhost").is_err());
        assert!(of("http://a b").is_err());
    }

    #[test]
    fn a_partial_success_is_seen() {
        let of = |points: &str| {
            format!(
                r#"{{"partialSuccess":{{"rejectedDataPoints":{points},"errorMessage":"full"}}}}"#
            )
        };
        let three = Some(("3".to_owned(), "full".to_owned()));
        assert_eq!(rejected(&of("\"3\"")), three);
        assert_eq!(rejected(&of("3")), three);
        for fine in [
            of("\"0\""),
            "{}".to_owned(),
            String::new(),
            "null".to_owned(),
        ] {
            assert_eq!(rejected(&fine), None, "{fine}");
        }
    }
}
