//! `warpmark clocks status`.

use std::fmt::{Display, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::format::{FactArgs, FactFormat};
use crate::cli::{Exit, output};
use crate::clocks::{self, GpuStatus, Standing};
use crate::device::cuda::nvml::{Answer, OBSERVE_VARIABLE, observes};

/// The format of the JSON.
const FORMAT: u32 = 1;

/// Show the clocks of the GPUs, what they can be, and who pins them
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 shown; 5 there is no NVML to ask")]
pub struct Args {
    #[command(flatten)]
    format: FactArgs,
}

/// Shows them.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let gpus = clocks::status_of_all().map_err(|error| super::fault(&error))?;
    let text = match args.format.chosen() {
        FactFormat::Human => gpus.iter().map(human).collect::<Vec<_>>().join("\n") + &forbidden(),
        FactFormat::Json => output::json(&Wire {
            format: FORMAT,
            observe: observes(),
            gpus: gpus.iter().map(wire).collect(),
        })?,
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

fn forbidden() -> String {
    if observes() {
        format!("\n{OBSERVE_VARIABLE} is set: no setting of a GPU is changed\n")
    } else {
        String::new()
    }
}

fn human(gpu: &GpuStatus) -> String {
    let clock = |clock: &Answer<u32>, max: Option<&u32>| {
        let max = max.map_or_else(String::new, |max| format!(", {max} MHz at most"));
        format!("{}{max}", shown(clock, " MHz"))
    };
    let max_sm = gpu.max_sm.as_ref().ok();
    let max_memory = gpu.memory_clocks.as_ref().ok().and_then(|all| all.first());
    let power = gpu.power_limit.clone().map(watts);
    let range = gpu.power_limits.as_ref().map_or_else(
        |_| String::new(),
        |(least, most)| format!(", {} to {} W", watts(*least), watts(*most)),
    );
    let persistence = gpu
        .persistence
        .clone()
        .map(|on| if on { "on" } else { "off" });
    let reasons = gpu.reasons.clone().map(|reasons| match reasons.as_slice() {
        [] => "nothing".to_owned(),
        some => some.join(", "),
    });
    let rows = [
        ("SM clock", clock(&gpu.sm, max_sm)),
        ("memory clock", clock(&gpu.memory, max_memory)),
        ("power limit", shown(&power, " W") + &range),
        ("persistence", shown(&persistence, "")),
        ("held down by", shown(&reasons, "")),
        ("pinned by", in_words(&gpu.standing)),
    ];
    let mut text = format!("{}  {}\n", gpu.gpu, shown(&gpu.model, ""));
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:12}  {value}");
    }
    text
}

fn watts(milliwatts: u32) -> f64 {
    f64::from(milliwatts) / 1000.0
}

fn shown(answer: &Answer<impl Display>, unit: &str) -> String {
    match answer {
        Ok(value) => format!("{value}{unit}"),
        Err(why) => format!("unknown: {why}"),
    }
}

fn in_words(standing: &Standing) -> String {
    match standing {
        Standing::Pinned { pid, set } => format!("process {pid}, a run: {}", set.join(", ")),
        Standing::Left { pid, set } => format!(
            "process {pid}, a run that died: {}; `warpmark clocks restore` gives it back",
            set.join(", ")
        ),
        Standing::Unreadable(why) => format!("unknown: {why}"),
        Standing::SeemsHeld => {
            "somebody, it seems: the SM clock is low, and nothing holds it down".to_owned()
        }
        Standing::Idle => "no run; whether somebody else locks it shows only under load".to_owned(),
        Standing::Free => "nobody".to_owned(),
    }
}

/// The JSON (`docs/clocks.md`).
#[derive(Debug, Serialize)]
struct Wire {
    format: u32,
    observe: bool,
    gpus: Vec<Value>,
}

fn wire(gpu: &GpuStatus) -> Value {
    let (standing, pid, set) = match &gpu.standing {
        Standing::Pinned { pid, set } => ("pinned", Some(pid), Some(set)),
        Standing::Left { pid, set } => ("left", Some(pid), Some(set)),
        Standing::Unreadable(_) => ("unreadable", None, None),
        Standing::SeemsHeld => ("seems-held", None, None),
        Standing::Idle => ("idle", None, None),
        Standing::Free => ("free", None, None),
    };
    let known = |milliwatts: &Answer<u32>| milliwatts.as_ref().ok().copied().map(watts);
    let limits = gpu.power_limits.as_ref().ok();
    json!({
        "gpu": gpu.gpu,
        "model": gpu.model.as_ref().ok(),
        "sm_mhz": gpu.sm.as_ref().ok(),
        "sm_clocks_mhz": gpu.sm_clocks.as_ref().ok(),
        "memory_mhz": gpu.memory.as_ref().ok(),
        "memory_clocks_mhz": gpu.memory_clocks.as_ref().ok(),
        "power_limit_w": known(&gpu.power_limit),
        "power_limits_w": limits.map(|(least, most)| [watts(*least), watts(*most)]),
        "persistence": gpu.persistence.as_ref().ok(),
        "clock_event_reasons": gpu.reasons.as_ref().ok(),
        "standing": standing,
        "pid": pid,
        "set": set,
    })
}
