//! `warpmark env`: the facts of this machine, and in what two environments differ.

mod operand;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::format::{FactArgs, FactFormat};
use super::run::overrides::Overrides;
use super::run::pinning;
use super::run::subject::{self, Refused, Subject};
use super::{Exit, Fault, output};
use crate::device::{self, Selector};
use crate::environment::{self, Difference};
use crate::plan::DeviceKind;
use crate::record::Environment;
use operand::Operand;

/// The format of the JSON.
const FORMAT: u32 = 1;

const AFTER: &str = "\
Examples:
  warpmark env                          the facts of this machine
  warpmark env suites/memory.toml       those that the suite's results depend on, and its key
  warpmark env --json > laptop.json     saved, to be compared elsewhere
  warpmark env --diff laptop.json latest
  warpmark env --diff ID1 ID2           in what the environments of two runs differ

Exit codes: 0 printed, and with --diff comparable; 21 with --diff not comparable; 2 usage; 3 an input is wrong;
5 a fact can't be found out.";

/// Print the facts that results depend on and those that explain them
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The suite whose environment is meant [default: the device's alone]
    #[arg(value_name = "SUITE", conflicts_with = "diff")]
    suite: Option<PathBuf>,
    /// The device: host, cuda:N, cuda:UUID, mock; a GPU by default, where one can run kernels
    #[arg(long, value_name = "DEVICE", conflicts_with = "diff")]
    device: Option<Selector>,
    /// Name each fact in which two environments differ: a run's id or folder, latest, or a file of env --json
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    diff: Option<Vec<String>>,
    #[command(flatten)]
    format: FactArgs,
}

/// Prints an environment, or what differs between two.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if let Some([a, b]) = args.diff.as_deref() {
        return diff(
            &Operand::resolve(a)?,
            &Operand::resolve(b)?,
            args.format.chosen(),
        );
    }
    let environment = match &args.suite {
        Some(suite) => match of_suite(suite, args.device)? {
            Ok(environment) => environment,
            Err(Refused(exit)) => return Ok(exit),
        },
        None => of_device(args.device)?,
    };
    let text = match args.format.chosen() {
        FactFormat::Human => human(&environment),
        FactFormat::Json => output::json(&Wire::of(&environment))?,
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

fn of_suite(
    suite: &std::path::Path,
    device: Option<Selector>,
) -> anyhow::Result<Result<Environment, Refused>> {
    let overrides = Overrides {
        device,
        ..Overrides::default()
    };
    let subject = match Subject::load(suite, &overrides)? {
        Ok(subject) => subject,
        Err(refused) => return Ok(Err(refused)),
    };
    let (plan, device) = (&subject.plan, subject.device.as_ref());
    let mut environment = environment::collect(plan, plan, device)
        .map_err(|error| Fault::new(Exit::Environment, error.to_string()))?;
    environment::state_clocks(&mut environment, &pinning::intended(&subject));
    Ok(Ok(environment))
}

fn of_device(device: Option<Selector>) -> Result<Environment, Fault> {
    let best = || match device::cuda::Cuda::usable() {
        Ok(()) => Selector::new(DeviceKind::Cuda),
        Err(_) => Selector::new(DeviceKind::Host),
    };
    let selector = device.unwrap_or_else(best);
    let device = device::open(selector).map_err(|error| subject::no_device(&error))?;
    Ok(environment::of_device(device.as_ref()))
}

/// An environment as JSON (`docs/reference/environment.md`).
#[derive(Debug, Serialize)]
struct Wire<'a> {
    format: u32,
    key: &'a str,
    comparability: &'a BTreeMap<String, Value>,
    context: &'a BTreeMap<String, Value>,
}

impl<'a> Wire<'a> {
    fn of(environment: &'a Environment) -> Self {
        Self {
            format: FORMAT,
            key: &environment.key,
            comparability: &environment.comparability,
            context: &environment.context,
        }
    }
}

fn human(environment: &Environment) -> String {
    let mut text = format!("key {}\n", environment.key);
    let groups = [
        (
            "comparability: results depend on these, the key is their hash",
            &environment.comparability,
        ),
        ("context: these explain results", &environment.context),
    ];
    for (title, facts) in groups {
        let width = facts.keys().map(String::len).max().unwrap_or(0);
        let _ = writeln!(text, "\n{title}");
        for (name, value) in facts {
            let _ = writeln!(text, "  {name:width$}  {}", plain(Some(value)));
        }
    }
    text
}

/// A fact's value as people write it.
pub(super) fn plain(value: Option<&Value>) -> String {
    match value {
        None => "(not there)".to_owned(),
        Some(Value::Null) => "(unknown)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(values)) if values.is_empty() => "(none)".to_owned(),
        Some(Value::Array(values)) => {
            let values: Vec<String> = values.iter().map(|value| plain(Some(value))).collect();
            values.join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// What differs, as JSON.
#[derive(Debug, Serialize)]
struct DiffWire<'a> {
    format: u32,
    a: &'a str,
    b: &'a str,
    comparable: bool,
    differences: Vec<DifferenceWire<'a>>,
}

#[derive(Debug, Serialize)]
struct DifferenceWire<'a> {
    #[serde(flatten)]
    difference: &'a Difference,
    breaks_comparability: bool,
}

fn diff(a: &Operand, b: &Operand, format: FactFormat) -> anyhow::Result<Exit> {
    let differences = environment::diff(&a.environment, &b.environment);
    // The keys decide, as they do for `compare`.
    let comparable = a.environment.key == b.environment.key;
    let text = match format {
        FactFormat::Human => human_diff(a, b, &differences, comparable),
        FactFormat::Json => output::json(&DiffWire {
            format: FORMAT,
            a: &a.name,
            b: &b.name,
            comparable,
            differences: differences
                .iter()
                .map(|difference| DifferenceWire {
                    difference,
                    breaks_comparability: difference.breaks_comparability(),
                })
                .collect(),
        })?,
    };
    output::print(text.as_bytes())?;
    Ok(if comparable {
        Exit::Success
    } else {
        Exit::Incomparable
    })
}

fn human_diff(a: &Operand, b: &Operand, differences: &[Difference], comparable: bool) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "a  {}  key {}", a.name, short(&a.environment.key));
    let _ = writeln!(text, "b  {}  key {}", b.name, short(&b.environment.key));
    for breaks in [true, false] {
        let group: Vec<&Difference> = differences
            .iter()
            .filter(|difference| difference.breaks_comparability() == breaks)
            .collect();
        if group.is_empty() {
            continue;
        }
        let title = if breaks {
            "breaks comparability"
        } else {
            "context, breaks nothing"
        };
        let _ = writeln!(text, "\n{title}");
        for difference in group {
            let _ = writeln!(text, "  {}", difference.fact);
            let _ = writeln!(text, "    a  {}", plain(difference.a.as_ref()));
            let _ = writeln!(text, "    b  {}", plain(difference.b.as_ref()));
        }
    }
    let verdict = match (comparable, differences.is_empty()) {
        (true, true) => "no fact differs: comparable",
        (true, false) => "comparable: no fact that results depend on differs",
        (false, _) => "not comparable",
    };
    let _ = writeln!(text, "\n{verdict}");
    text
}

/// The part of a key that names baseline files.
fn short(key: &str) -> &str {
    key.get(..12).unwrap_or(key)
}
