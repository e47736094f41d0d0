//! `warpmark baseline show`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::baseline::{self, AnchoredMetric, Baseline, MetricValues, RECENT, Source};
use crate::cli::format::{FactArgs, FactFormat};
use crate::cli::{Exit, Fault, output};
use crate::id::{CaseId, Name};
use crate::record::{Better, Unit};
use crate::units;

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
    if let Some(newest) = baseline.runs.last() {
        let values = &newest.values;
        let commit = values
            .commit
            .as_deref()
            .map_or("no commit", |commit| commit.get(..12).unwrap_or(commit));
        let _ = writeln!(text, "  newest run   {} ({commit})", values.id);
    }
    text.push('\n');
    text.push_str(&table(baseline));
    text
}

/// The cases' recent values and anchors, a metric a line.
fn table(baseline: &Baseline) -> String {
    let mut rows = vec![["case", "recent", "runs", "anchor", "runs"].map(str::to_owned)];
    for (id, case) in &baseline.reviewed.cases {
        for (metric, anchored) in &case.metrics {
            let (value, runs) = recent(baseline, id, metric);
            let name = match metric.as_str() {
                "time" => id.to_string(),
                metric => format!("{id} {metric}"),
            };
            rows.push([
                name,
                value.map_or_else(|| "-".to_owned(), |value| shown(value, anchored)),
                runs.to_string(),
                shown(anchored.anchor, anchored),
                anchored.runs.to_string(),
            ]);
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; 5] = std::array::from_fn(|column| width(column).unwrap_or_default());
    let mut text = String::new();
    for [name, recent, runs, anchor, anchor_runs] in &rows {
        let [case, second, third, fourth, fifth] = widths;
        let _ = writeln!(
            text,
            "  {name:<case$}  {recent:>second$}  {runs:>third$}  {anchor:>fourth$}  {anchor_runs:>fifth$}"
        );
    }
    text
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A metric's value with its unit.
fn shown(value: f64, metric: &AnchoredMetric) -> String {
    match metric.unit {
        Unit::Nanoseconds => units::si(value * 1e-9, "s"),
        Unit::Bytes => units::si(value, "B"),
        Unit::Joules => units::si(value, "J"),
        Unit::Count => units::si(value, ""),
        Unit::PerSecond => units::si(value, "/s"),
        Unit::Watts => units::si(value, "W"),
        Unit::Ratio => format!("{} %", units::significant(value * 100.0)),
    }
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
    metrics: BTreeMap<&'a str, WireMetric<'a>>,
}

#[derive(Serialize)]
struct WireMetric<'a> {
    unit: Unit,
    better: Better,
    anchor: f64,
    anchor_runs: u32,
    anchor_last: &'a str,
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
                    recent,
                    recent_runs,
                };
                (name.as_str(), metric)
            });
            let case = WireCase {
                identity: case.identity.as_deref(),
                digest: case.digest.as_deref(),
                reason: case.reason.as_deref(),
                metrics: metrics.collect(),
            };
            (id, case)
        });
        Self {
            file,
            suite: &reviewed.suite,
            device: &reviewed.device,
            key: &reviewed.key,
            environment: &reviewed.environment,
            runs: runs.collect(),
            cases: cases.collect(),
        }
    }
}
