//! `warpmark baseline show`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::baseline::{self, Baseline, Bridge, MeasuredNoise, MetricValues, RECENT, Source};
use crate::cli::format::{FactArgs, FactFormat};
use crate::cli::{Exit, Fault, output};
use crate::id::{CaseId, Name};
use crate::record::{Better, Unit};
use crate::stats::Ceiling;
use crate::units::{self, percent, significant};
use crate::verdict::Ratio;

/// Show what baselines hold: environments, runs, and each case's anchor and recent value
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: warpmark baseline show memory --at origin/main")]
pub struct Args {
    /// The suites [default: all]
    #[arg(value_name = "SUITE", value_parser = output::name)]
    suites: Vec<Name>,
    /// A git revision, or a folder of baselines [default: `baselines` in the root of the work tree]
    #[arg(long, value_name = "REV|DIR")]
    at: Option<String>,
    #[command(flatten)]
    format: FactArgs,
}

/// Shows the baselines.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let source = match &args.at {
        Some(at) if Path::new(at).is_dir() => Source::Folder(PathBuf::from(at)),
        Some(at) => Source::revision(Path::new("."), at).map_err(Fault::from)?,
        None => Source::Folder(super::folder(None)),
    };
    let mut all = Vec::new();
    for suite in super::chosen(&source, &args.suites)? {
        for reviewed in baseline::load(&source, &suite).map_err(Fault::from)? {
            let name = source.name_of(&format!("{suite}/{}", reviewed.file_name()));
            let baseline = Baseline::load(&source, reviewed, RECENT).map_err(Fault::from)?;
            all.push((name, baseline));
        }
    }
    let text = match args.format.chosen() {
        FactFormat::Human => {
            let texts: Vec<String> = all.iter().map(|(name, one)| human(name, one)).collect();
            texts.join("\n")
        }
        FactFormat::Json => output::json(&Wire {
            format: 1,
            baselines: all
                .iter()
                .map(|(name, one)| WireOne::of(name, one))
                .collect(),
        })?,
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

/// The exponential of the mean location of a metric in the recent runs, and how many have it.
fn recent(baseline: &Baseline, case: &CaseId, metric: &str) -> (Option<f64>, usize) {
    let from = baseline.runs.len().saturating_sub(RECENT);
    let values = baseline.runs[from..].iter().filter_map(|run| {
        let case = run.values.cases.get(case)?;
        case.metrics.get(metric).and_then(MetricValues::location)
    });
    let values: Vec<f64> = values.collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    ((!values.is_empty()).then(|| mean.exp()), values.len())
}

fn human(name: &str, baseline: &Baseline) -> String {
    let reviewed = &baseline.reviewed;
    let mut text = format!("{name}\n");
    let _ = writeln!(text, "  suite        {}", reviewed.suite);
    let _ = writeln!(text, "  device       {}", reviewed.device);
    let _ = writeln!(text, "  key          {}", reviewed.key);
    for (fact, value) in &reviewed.environment {
        let _ = writeln!(text, "  {fact:<12} {}", plain(value));
    }
    if let Some(noise) = &reviewed.noise {
        let _ = writeln!(text, "  noise        {}", noise_line(noise));
    }
    if let Some(bridge) = &reviewed.bridge {
        let short = |text: &str, digits| {
            text.get(..digits)
                .unwrap_or(text)
                .escape_debug()
                .to_string()
        };
        let (from, commit) = (short(&bridge.from, 12), short(&bridge.commit, 12));
        let day = bridge.measured.strftime("%Y-%m-%d");
        let _ = writeln!(text, "  bridge       from {from}, by {commit} on {day}");
    }
    if let Some(newest) = baseline.runs.last() {
        let values = &newest.values;
        let commit = values
            .commit
            .as_deref()
            .map_or("no commit", |commit| commit.get(..12).unwrap_or(commit));
        let _ = writeln!(text, "  newest run   {} ({commit})", values.id);
    }
    let ceilings = reviewed.ceilings();
    if !ceilings.is_empty() {
        let each = ceilings.each().map(|(ceiling, rate)| {
            let unit = if ceiling.is_of_operations() {
                "FLOP/s"
            } else {
                "B/s"
            };
            format!("{ceiling} {}", units::si(rate, unit))
        });
        let _ = writeln!(
            text,
            "  ceilings     {}",
            each.collect::<Vec<_>>().join(", ")
        );
    }
    text.push('\n');
    text.push_str(&table(baseline));
    text.push_str(&accepted(baseline));
    text.push_str(&bridged(baseline));
    text
}

/// `70.00 ns + 0.06000 % (20.00 degrees of freedom; 24 processes on 2 cards, 2026-11-22)`.
fn noise_line(noise: &MeasuredNoise) -> String {
    let cards = match noise.cards {
        1 => "1 card".to_owned(),
        count => format!("{count} cards"),
    };
    format!(
        "{} + {} % ({} degrees of freedom; {} processes on {cards}, {})",
        Unit::Nanoseconds.show(noise.additive_ns),
        significant(noise.relative * 100.0),
        significant(noise.freedom),
        noise.processes,
        noise.measured.strftime("%Y-%m-%d"),
    )
}

/// The changes that were accepted, a case a line; empty where none was.
fn accepted(baseline: &Baseline) -> String {
    let mut text = String::new();
    for (id, case) in &baseline.reviewed.cases {
        let Some(reason) = &case.reason else { continue };
        let since = case.since.as_ref();
        let since = since.map_or_else(String::new, |since| {
            format!(" with the run {}", since.escape_debug())
        });
        let _ = writeln!(text, "  {id}: accepted{since}: {}", reason.escape_debug());
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// The ratios of the bridge, a metric a line; empty without one.
fn bridged(baseline: &Baseline) -> String {
    let mut text = String::new();
    for (id, case) in &baseline.reviewed.cases {
        for (metric, ratio) in &case.ratios {
            let name = id.with_metric(metric);
            let [change, low, high] =
                [ratio.value, ratio.low, ratio.high].map(|ratio| percent(ratio - 1.0));
            let _ = writeln!(
                text,
                "  {name}: {change} over the bridge (99 % interval {low} to {high})"
            );
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// The cases' recent values and anchors, a metric a line.
fn table(baseline: &Baseline) -> String {
    let mut rows = vec![["case", "recent", "runs", "anchor", "runs", "until"].map(str::to_owned)];
    for (id, case) in &baseline.reviewed.cases {
        for (metric, anchored) in &case.metrics {
            let (value, runs) = recent(baseline, id, metric);
            rows.push([
                id.with_metric(metric),
                value.map_or_else(|| "-".to_owned(), |value| anchored.unit.show(value)),
                runs.to_string(),
                anchored.unit.show(anchored.anchor),
                anchored.runs.to_string(),
                anchored.last.escape_debug().to_string(),
            ]);
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; 6] = std::array::from_fn(|column| width(column).unwrap_or_default());
    let mut text = String::new();
    for [name, recent, runs, anchor, anchor_runs, until] in &rows {
        let [case, second, third, fourth, fifth, _] = widths;
        let _ = writeln!(
            text,
            "  {name:<case$}  {recent:>second$}  {runs:>third$}  {anchor:>fourth$}  {anchor_runs:>fifth$}  {until}"
        );
    }
    text
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Serialize)]
struct Wire<'a> {
    format: u32,
    baselines: Vec<WireOne<'a>>,
}

#[derive(Serialize)]
struct WireOne<'a> {
    file: &'a str,
    suite: &'a Name,
    device: &'a str,
    key: &'a str,
    environment: &'a BTreeMap<String, Value>,
    /// Bytes or operations a second.
    ceilings: BTreeMap<Ceiling, f64>,
    noise: Option<&'a MeasuredNoise>,
    bridge: Option<&'a Bridge>,
    /// The newest runs, oldest first.
    runs: Vec<WireRun<'a>>,
    cases: BTreeMap<&'a CaseId, WireCase<'a>>,
}

#[derive(Serialize)]
struct WireRun<'a> {
    run: &'a str,
    started: jiff::Timestamp,
    commit: Option<&'a str>,
}

#[derive(Serialize)]
struct WireCase<'a> {
    identity: Option<&'a str>,
    digest: Option<&'a str>,
    reason: Option<&'a str>,
    since: Option<&'a str>,
    metrics: BTreeMap<&'a str, WireMetric<'a>>,
    /// By metric, where the baseline came over a bridge.
    bridge: &'a BTreeMap<String, Ratio>,
}

#[derive(Serialize)]
struct WireMetric<'a> {
    unit: Unit,
    better: Better,
    anchor: f64,
    anchor_runs: u32,
    anchor_last: &'a str,
    anchor_carried: Option<f64>,
    recent: Option<f64>,
    recent_runs: usize,
}

impl<'a> WireOne<'a> {
    fn of(file: &'a str, baseline: &'a Baseline) -> Self {
        let reviewed = &baseline.reviewed;
        let from = baseline.runs.len().saturating_sub(RECENT);
        let runs = baseline.runs[from..].iter().map(|run| WireRun {
            run: &run.values.id,
            started: run.values.started,
            commit: run.values.commit.as_deref(),
        });
        let cases = reviewed.cases.iter().map(|(id, case)| {
            let metrics = case.metrics.iter();
            let metrics = metrics.map(|(name, metric)| {
                let (recent, recent_runs) = recent(baseline, id, name);
                let metric = WireMetric {
                    unit: metric.unit,
                    better: metric.better,
                    anchor: metric.anchor,
                    anchor_runs: metric.runs,
                    anchor_last: &metric.last,
                    anchor_carried: metric.carried,
                    recent,
                    recent_runs,
                };
                (name.as_str(), metric)
            });
            let case = WireCase {
                identity: case.identity.as_deref(),
                digest: case.digest.as_deref(),
                reason: case.reason.as_deref(),
                since: case.since.as_deref(),
                metrics: metrics.collect(),
                bridge: &case.ratios,
            };
            (id, case)
        });
        Self {
            file,
            suite: &reviewed.suite,
            device: &reviewed.device,
            key: &reviewed.key,
            environment: &reviewed.environment,
            ceilings: reviewed.ceilings().each().collect(),
            noise: reviewed.noise.as_ref(),
            bridge: reviewed.bridge.as_ref(),
            runs: runs.collect(),
            cases: cases.collect(),
        }
    }
}
