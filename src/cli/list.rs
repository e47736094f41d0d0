//! `warpmark list`: the cases of suites, and nothing is run.

mod occupancy;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Serialize, Serializer};
use unicode_width::UnicodeWidthStr;

use super::format::{FactArgs, FactFormat};
use super::run::subject;
use super::{Exit, Fault, output, suites};
use crate::device::{self, Device, Selector};
use crate::id::{AxisValue, CaseId, Name};
use crate::plan::{self, Case, DeviceFacts, DeviceKind, Plan, Selection, Task};
use crate::record::Occupancy;
use crate::units::si;
use occupancy::Found;

/// The number of the JSON's format.
const FORMAT: u32 = 1;

const EXAMPLES: &str = "\
Examples:
  warpmark list suites/memory.toml               its cases
  warpmark list -f 'triad/*' -f '!n=1024'        those of one workload, without some
  warpmark list -f tag:nightly --json            for programs
  warpmark list --device cuda:0 --occupancy      how kernels fill that GPU, and what limits it

A filter is a glob on whole ids (* crosses /), tag:NAME or axis=value; ! before it leaves out.
Expressions see the facts of an H100, unless --device names another. Exit codes: 0 listed; 2 usage; 3 a suite is wrong;
4 no case selected; with --device or --occupancy also 5 no such device, 10 a kernel can't be compiled or loaded.";

/// List the cases of suites: id, tags, bytes, operations, grid and block
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Suites, and folders of suites; suites/ by default
    #[arg(value_name = "SUITE|FOLDER")]
    paths: Vec<PathBuf>,
    /// List only cases that match: a glob on the id, tag:NAME, or axis=value; ! before it excludes
    #[arg(
        short = 'f',
        long = "filter",
        value_name = "FILTER",
        allow_hyphen_values = true
    )]
    filters: Vec<String>,
    /// Use these values of an axis instead of the suite's: n=1024,4096
    #[arg(long, value_name = "NAME=VALUES", value_parser = axis)]
    axis: Vec<(Name, Vec<AxisValue>)>,
    /// List what this device would run, with its facts: host, cuda:N, cuda:UUID
    #[arg(long, value_name = "DEVICE")]
    device: Option<Selector>,
    /// Compile kernels and list how they fill the GPU: registers, shared and local memory, blocks, waves
    #[arg(long)]
    occupancy: bool,
    #[command(flatten)]
    format: FactArgs,
}

fn axis(text: &str) -> Result<(Name, Vec<AxisValue>), String> {
    Selection::parse_axis(text).map_err(|error| error.to_string())
}

/// A suite, and its cases that are selected.
struct Planned {
    path: PathBuf,
    plan: Plan,
    notes: BTreeMap<Name, String>,
}

/// Prints the cases.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut device = opened(args)?;
    let facts = device
        .as_ref()
        .map_or_else(DeviceFacts::cuda_limits, |d| d.facts().clone());
    let plans = match planned(args, &facts)? {
        Ok(plans) => plans,
        Err(exit) => return Ok(exit),
    };
    let found = match &mut device {
        Some(device) if args.occupancy => Some(occupancies(&plans, device.as_mut())?),
        _ => None,
    };
    let text = match args.format.chosen() {
        FactFormat::Json => as_json(&plans, found.as_deref())?,
        FactFormat::Human => as_text(&plans, found.as_deref()),
    };
    output::print(text.as_bytes())?;
    let found = found.unwrap_or_default();
    found.iter().for_each(Found::complain);
    if found.iter().any(|found| !found.failed.is_empty()) {
        return Ok(Exit::CaseFailed);
    }
    Ok(Exit::Success)
}

/// The suites with the cases that are selected, as a device of these `facts` has them; or how the program ends, which has
/// been said then.
fn planned(args: &Args, facts: &DeviceFacts) -> Result<Result<Vec<Planned>, Exit>, Fault> {
    let selection = Selection {
        filters: args.filters.clone(),
        axes: args.axis.clone(),
        ..Selection::default()
    };
    let mut plans = Vec::new();
    let mut nothing = Vec::new();
    for path in suites::given(&args.paths, false)? {
        let suite = match suites::load(&path) {
            Ok(suite) => suite,
            Err(exit) => return Ok(Err(exit)),
        };
        match plan::expand(&suite, facts, &selection) {
            Ok(plan) => plans.push(Planned {
                path,
                plan,
                notes: suite.notes(),
            }),
            Err(error) => match suites::exit_of(&error) {
                Exit::NothingSelected => nothing.push(error),
                exit => {
                    suites::complain(error.render(suites::error_color()).trim_end());
                    return Ok(Err(exit));
                }
            },
        }
    }
    if plans.is_empty() {
        for error in nothing {
            suites::complain(error.render(suites::error_color()).trim_end());
        }
        return Ok(Err(Exit::NothingSelected));
    }
    Ok(Ok(plans))
}

/// The device that is named; the first GPU where occupancies are wanted and none is.
fn opened(args: &Args) -> anyhow::Result<Option<Box<dyn Device>>> {
    let selector = match args.device {
        None if !args.occupancy => return Ok(None),
        given => given.unwrap_or_else(|| Selector::new(DeviceKind::Cuda)),
    };
    let device = device::open(selector).map_err(|error| subject::no_device(&error))?;
    Ok(Some(device))
}

fn occupancies(plans: &[Planned], device: &mut dyn Device) -> anyhow::Result<Vec<Found>> {
    let of = |planned: &Planned| Found::of(&planned.path, &planned.plan, device);
    Ok(plans.iter().map(of).collect::<Result<_, _>>()?)
}

/// What `list --json` prints.
#[derive(Serialize)]
struct Listing<'a> {
    format: u32,
    suites: Vec<ListedSuite<'a>>,
}

#[derive(Serialize)]
struct ListedSuite<'a> {
    suite: &'a Name,
    file: String,
    skipped: usize,
    cases: Vec<ListedCase<'a>>,
}

#[derive(Serialize)]
struct ListedCase<'a> {
    id: &'a CaseId,
    workload: &'a Name,
    #[serde(serialize_with = "in_order")]
    axes: &'a [(Name, AxisValue)],
    tags: &'a [Name],
    note: Option<&'a str>,
    kind: &'static str,
    reads: Option<f64>,
    writes: Option<f64>,
    bytes: Option<f64>,
    flops: Option<f64>,
    items: Option<f64>,
    grid: Option<[u64; 3]>,
    block: Option<[u32; 3]>,
    shared: Option<u64>,
    processes: u32,
    samples: u32,
    file: &'a str,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    occupancy: Option<Known<'a>>,
}

/// What is known of a case's occupancy, where it was asked for.
#[derive(Serialize)]
struct Known<'a>(Option<&'a Occupancy>);

/// Axes as an object whose keys keep their order.
fn in_order<S: Serializer>(axes: &[(Name, AxisValue)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(axes.iter().map(|(name, value)| (name, value)))
}

fn as_json(plans: &[Planned], found: Option<&[Found]>) -> serde_json::Result<String> {
    let suites = plans.iter().enumerate().map(|(number, planned)| {
        let found = found.and_then(|found| found.get(number));
        listed_suite(planned, found)
    });
    output::json(&Listing {
        format: FORMAT,
        suites: suites.collect(),
    })
}

fn listed_suite<'a>(planned: &'a Planned, found: Option<&'a Found>) -> ListedSuite<'a> {
    let Planned { path, plan, notes } = planned;
    let cases = plan.cases.iter().map(|case| ListedCase {
        note: notes.get(&case.workload).map(String::as_str),
        occupancy: found.map(|found| Known(found.cases.get(&case.id).and_then(Option::as_ref))),
        ..listed(case)
    });
    ListedSuite {
        suite: &plan.suite,
        file: path.display().to_string(),
        skipped: plan.skipped,
        cases: cases.collect(),
    }
}

fn listed(case: &Case) -> ListedCase<'_> {
    let kernel = match &case.task {
        Task::Kernel(kernel) => Some(kernel).filter(|kernel| kernel.library.is_none()),
        Task::Command(_) | Task::Mock(_) => None,
    };
    ListedCase {
        id: &case.id,
        workload: &case.workload,
        axes: &case.axes,
        tags: &case.tags,
        note: None,
        kind: kind(&case.task),
        reads: case.work.reads,
        writes: case.work.writes,
        bytes: case.work.bytes(),
        flops: case.work.flops,
        items: case.work.items,
        grid: kernel.map(|kernel| kernel.grid),
        block: kernel.map(|kernel| kernel.block),
        shared: kernel.map(|kernel| kernel.shared),
        processes: case.repetition.processes,
        samples: case.repetition.samples,
        file: &case.defined_at.0,
        line: case.defined_at.1,
        occupancy: None,
    }
}

fn kind(task: &Task) -> &'static str {
    match task {
        Task::Kernel(kernel) if kernel.library.is_some() => "library",
        Task::Kernel(_) => "kernel",
        Task::Command(_) => "command",
        Task::Mock(_) => "mock",
    }
}

const COLUMNS: [&str; 6] = ["id", "tags", "bytes", "operations", "grid", "block"];

/// A table for each suite, a case a line; nothing is cut.
fn as_text(plans: &[Planned], found: Option<&[Found]>) -> String {
    let mut text = String::new();
    for (index, Planned { path, plan, .. }) in plans.iter().enumerate() {
        if plans.len() > 1 {
            let gap = if index == 0 { "" } else { "\n" };
            let heading = format!("{gap}suite {} ({})\n", plan.suite, path.display());
            text.push_str(&heading);
        }
        if let Some(found) = found.and_then(|found| found.get(index)) {
            text.push_str(&occupancy::table(plan, found));
            continue;
        }
        let mut rows = vec![COLUMNS.map(str::to_owned)];
        rows.extend(plan.cases.iter().map(row));
        text.push_str(&aligned(&rows));
    }
    text
}

fn row(case: &Case) -> [String; 6] {
    let tags: Vec<&str> = case.tags.iter().map(Name::as_str).collect();
    let amount = |value: Option<f64>, unit| value.map_or_else(dash, |value| si(value, unit));
    let (grid, block) = match &case.task {
        Task::Kernel(kernel) if kernel.library.is_some() => (dash(), dash()),
        Task::Kernel(kernel) => (extent(kernel.grid), extent(kernel.block.map(u64::from))),
        Task::Command(_) | Task::Mock(_) => (dash(), dash()),
    };
    [
        case.id.to_string(),
        if tags.is_empty() {
            dash()
        } else {
            tags.join(",")
        },
        amount(case.work.bytes(), "B"),
        amount(case.work.flops, "FLOP"),
        grid,
        block,
    ]
}

fn dash() -> String {
    "-".to_owned()
}

/// `4096`, `64x64` or `8x8x2`: trailing ones say nothing.
fn extent(sizes: [u64; 3]) -> String {
    let used = sizes
        .iter()
        .rposition(|size| *size != 1)
        .map_or(1, |last| last + 1);
    let sizes: Vec<String> = sizes[..used].iter().map(u64::to_string).collect();
    sizes.join("x")
}

/// Columns two spaces apart: words to the left, quantities to the right.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].width())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let start = text.len();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.width());
            let (before, after) = if column < 2 {
                ("", pad.as_str())
            } else {
                (pad.as_str(), "")
            };
            let gap = if column == 0 { "" } else { "  " };
            text.extend([gap, before, cell, after]);
        }
        text.truncate(start + text[start..].trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_leave_out_trailing_ones() {
        let table = [
            ([1, 1, 1], "1"),
            ([64, 1, 1], "64"),
            ([64, 2, 1], "64x2"),
            ([1, 1, 3], "1x1x3"),
        ];
        for (sizes, expected) in table {
            assert_eq!(extent(sizes), expected);
        }
    }
}
