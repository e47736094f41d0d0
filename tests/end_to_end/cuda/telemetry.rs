//! What is read of the GPU while a run goes on it, who else is on it, and what makes samples void.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use warpmark::record::{Marked, Reading, TelemetryLine};

use super::graphs::with;
use super::{INCREMENT, Place, told};

impl Place {
    /// Runs the suite with more arguments and variables: exit code, standard output, standard error.
    pub fn run_as(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
        let mut command = self.warpmark(&["run", "fake.toml", "--quiet"]);
        command.args(arguments).envs(variables.iter().copied());
        told(&command.output().expect("it runs"))
    }

    /// The folder of the newest record.
    pub fn record(&self) -> PathBuf {
        let runs = fs::read_dir(self.at(".warpmark/runs/fake")).expect("runs");
        let mut records: Vec<PathBuf> = runs.map(|entry| entry.expect("an entry").path()).collect();
        records.sort();
        records.pop().expect("a record")
    }

    /// The lines of the newest record's telemetry.
    fn telemetry(&self) -> Vec<TelemetryLine> {
        let text = fs::read_to_string(self.record().join("telemetry.jsonl")).expect("the series");
        let line = |line: &str| serde_json::from_str(line).expect("a line");
        text.lines().map(line).collect()
    }

    /// The first case that the newest record's first process measured.
    pub fn first_case(&self) -> Value {
        let text = fs::read_to_string(self.record().join("process-0000.jsonl"));
        let text = text.expect("a process");
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let mut cases = lines.filter_map(|line| line.get("case").cloned());
        cases.next().expect("a case")
    }

    fn json(&self, file: &str) -> Value {
        let text = fs::read_to_string(self.record().join(file)).expect("a file");
        serde_json::from_str(&text).expect("JSON")
    }
}

fn readings(lines: &[TelemetryLine]) -> Vec<&Reading> {
    lines.iter().filter_map(reading).collect()
}

fn reading(line: &TelemetryLine) -> Option<&Reading> {
    match line {
        TelemetryLine::Reading(reading) => Some(reading),
        _ => None,
    }
}

#[test]
fn a_run_on_a_gpu_keeps_a_series_with_marks_unless_it_is_told_not_to() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    assert_eq!(place.run_as(&[], &[]).0, 0);
    let lines = place.telemetry();
    let Some(TelemetryLine::Start(start)) = lines.first() else {
        panic!("{lines:?}");
    };
    assert_eq!(
        start.gpu.as_deref(),
        Some("GPU-66616b65-2d67-7075-2d30-303030303030")
    );
    assert!(start.unknown.is_empty(), "{start:?}");
    let first = readings(&lines)[0];
    assert_eq!((first.sm_mhz, first.memory_mhz), (Some(1965), Some(3201)));
    assert_eq!(
        (first.temperature_c, first.power_w),
        (Some(38), Some(300.0))
    );
    assert!(first.energy_j.is_some_and(|joules| joules > 0.0));
    assert_eq!(first.reasons, Some(vec!["gpu-idle".to_owned()]));
    assert_eq!(
        (first.ecc_corrected, first.ecc_uncorrected),
        (Some(3), Some(0))
    );
    let marks: Vec<(u32, Marked, bool)> = lines
        .iter()
        .filter_map(|line| match line {
            TelemetryLine::Mark(mark) => Some((mark.process, mark.what, mark.case.is_some())),
            _ => None,
        })
        .collect();
    let expected = [0, 1].map(|process| {
        [
            (process, Marked::ProcessStarted, false),
            (process, Marked::CaseStarted, true),
            (process, Marked::CaseFinished, true),
            (process, Marked::ProcessFinished, false),
        ]
    });
    assert_eq!(marks, expected.concat());
    assert!(matches!(lines.last(), Some(TelemetryLine::End(end)) if end.why.is_none()));
    assert_eq!(place.json("result.json")["exclusivity"], "verified");
    let (code, output, error) = place.run_as(&["--no-telemetry"], &[]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(!output.contains("overrides"), "{output}");
    assert!(!place.record().join("telemetry.jsonl").exists());
}

#[test]
fn a_series_survives_the_kill_of_its_run() {
    let Some(place) = Place::new(&[&with(INCREMENT, "timeout = \"900s\"")]) else {
        return;
    };
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_warpmark"));
    let mut child = command
        .args(["run", "fake.toml", "--quiet"])
        .current_dir(place.folder.path())
        .env("WARPMARK_LIBCUDA", &place.fakes.driver)
        .env("WARPMARK_NVRTC", &place.fakes.nvrtc)
        .env("WARPMARK_LIBNVIDIA_ML", &place.fakes.nvml)
        .env("WARPMARK_STATE", place.at("state"))
        .env("FAKE_CUDA_FAULT", "never-completes:increment")
        .spawn()
        .expect("it runs");
    let began = Instant::now();
    let enough = || {
        let runs = place.at(".warpmark/runs/fake");
        let record = fs::read_dir(runs).ok()?.next()?.ok()?.path();
        let text = fs::read_to_string(record.join("telemetry.jsonl")).ok()?;
        (text.matches("{\"reading\":").count() >= 3).then_some(())
    };
    while enough().is_none() && began.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let lines = place.telemetry();
    assert!(readings(&lines).len() >= 3, "{lines:?}");
    let ended = |line: &TelemetryLine| matches!(line, TelemetryLine::End(_));
    assert!(!lines.iter().any(ended), "{lines:?}");
}

#[test]
fn heat_voids_a_group_and_a_power_cap_is_noted() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let run = |setup: &str| place.run_as(&[], &[("FAKE_NVML_SETUP", setup)]);
    let (code, _, error) = run("hot-once");
    assert_eq!((code, error.as_str()), (0, ""));
    let case = place.first_case();
    let groups = case["groups"].as_array().expect("groups");
    assert_eq!(groups.len(), 2, "{groups:?}");
    let why = "clocks were held down: hw-thermal-slowdown for 5.000 ms";
    assert_eq!(groups[0]["void"]["why"], why);
    assert_eq!(groups[0]["void"]["kind"], "clocks");
    assert_eq!(groups[0]["events_ns"]["hw-thermal-slowdown"], 5_000_000);
    assert!(groups[1]["void"].is_null());
    let time = &case["series"][0];
    assert_eq!(time["samples"].as_array().map(Vec::len), Some(10));
    assert_eq!(time["void"].as_array().map(Vec::len), Some(10));
    for (setup, reason) in [
        ("hot", "hw-thermal-slowdown"),
        ("hot old-counters", "thermal"),
    ] {
        let (code, output, _) = run(setup);
        assert_eq!(code, 10, "{output}");
        let case = place.first_case();
        let failure = &case["outcome"]["failed"];
        assert_eq!(failure["kind"], "clocks", "{failure}");
        let why = format!(
            "clocks did not hold: 2 of 2 groups of samples are void: clocks were held down: {reason} for "
        );
        let message = failure["message"].as_str().expect("a message");
        assert!(message.starts_with(&why), "{message}");
    }
    let (code, output, _) = run("capped");
    assert_eq!(code, 0, "{output}");
    assert!(output.contains("power-capped in 1 of 1 groups"), "{output}");
    let case = place.first_case();
    assert_eq!(case["groups"][0]["events_ns"]["sw-power-cap"], 1_000_000);
}

#[test]
fn a_gpu_that_others_use_is_refused_unless_it_is_shared() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let busy = [("FAKE_NVML_SETUP", "busy")];
    let (code, output, error) = place.run_as(&[], &busy);
    assert_eq!((code, output.as_str()), (5, ""), "{error}");
    assert!(
        error.contains("other processes use cuda:0: 4242 python3") && error.contains("--shared"),
        "{error}"
    );
    assert!(!place.at(".warpmark/runs").exists(), "nothing was recorded");
    let (code, output, error) = place.run_as(&["--shared"], &busy);
    assert_eq!((code, error.as_str()), (0, ""));
    for label in ["overrides: --shared", "GPU shared with 4242 python3"] {
        assert!(output.contains(label), "{output}");
    }
    let header = place.json("run.json");
    assert_eq!(header["overrides"], serde_json::json!(["--shared"]));
    let shared = serde_json::json!({ "shared": ["4242 python3"] });
    assert_eq!(place.json("result.json")["exclusivity"], shared);
}

#[test]
fn a_process_that_appears_during_a_run_voids_what_it_disturbed() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let (code, output, error) = place.run_as(&[], &[("FAKE_NVML_SETUP", "appears")]);
    assert_eq!((code, error.as_str()), (0, ""), "{output}");
    let case = place.first_case();
    let why = "another process used the GPU: 4242 python3";
    assert_eq!(case["groups"][0]["void"]["why"], why);
    assert_eq!(case["groups"][0]["void"]["kind"], "disturbed");
    assert!(case["groups"][1]["void"].is_null());
    assert_eq!(case["exclusivity"], "verified");
    let (code, output, _) = place.run_as(&[], &[("FAKE_NVML_SETUP", "stays")]);
    assert_eq!(code, 10, "{output}");
    let failure = &place.first_case()["outcome"]["failed"];
    assert_eq!(failure["kind"], "disturbed");
    let (code, _, _) = place.run_as(&["--shared"], &[("FAKE_NVML_SETUP", "stays")]);
    assert_eq!(code, 0);
    let shared = serde_json::json!({ "shared": ["4242 python3"] });
    assert_eq!(place.first_case()["exclusivity"], shared);
}

#[test]
fn where_a_stranger_would_not_show_the_result_says_so() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let denied = "not-permitted:nvmlDeviceGetComputeRunningProcesses_v3";
    for (variable, value, why) in [
        (
            "FAKE_NVML_SETUP",
            "own-ids",
            "NVML's list of processes doesn't hold this run's own",
        ),
        (
            "FAKE_NVML_FAULT",
            denied,
            "the GPU's processes are unknown: not permitted",
        ),
    ] {
        let (code, output, error) = place.run_as(&["--json"], &[(variable, value)]);
        assert_eq!((code, error.as_str()), (0, ""));
        let view: Value = serde_json::from_str(&output).expect("JSON");
        let label = serde_json::json!({ "name": "exclusivity-not-verified", "values": [why] });
        let labels = view["labels"].as_array().expect("labels");
        assert!(labels.contains(&label), "{labels:?}");
    }
    let (_, output, _) = place.run_as(&[], &[("FAKE_NVML_SETUP", "own-ids")]);
    assert!(output.contains("exclusivity not verified"), "{output}");
}

#[test]
fn a_run_goes_on_without_nvml_and_says_what_is_lacking() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let missing = [("WARPMARK_LIBNVIDIA_ML", "/nonexistent/libnvidia-ml.so")];
    let (code, output, error) = place.run_as(&[], &missing);
    assert_eq!(code, 0, "{error}");
    assert!(
        error.contains("telemetry is incomplete: NVML (/nonexistent/libnvidia-ml.so)"),
        "{error}"
    );
    assert!(output.contains("exclusivity not verified"), "{output}");
    let lines = place.telemetry();
    let [TelemetryLine::Start(start), TelemetryLine::End(end)] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert!(start.unknown["nvml"].contains("can't be opened"));
    assert_eq!(end.why.as_ref(), start.unknown.get("nvml"));
    // Of one call that is missing, the rest is read.
    let library = place.fakes.nvml_without_fields.to_str().expect("UTF-8");
    let (code, _, error) = place.run_as(&[], &[("WARPMARK_LIBNVIDIA_ML", library)]);
    assert_eq!((code, error.as_str()), (0, ""));
    let lines = place.telemetry();
    assert_eq!(readings(&lines)[0].power_w, Some(125.67));
    let lost = [(
        "FAKE_NVML_FAULT",
        "not-supported:nvmlDeviceGetTotalEnergyConsumption",
    )];
    assert_eq!(place.run_as(&[], &lost).0, 0);
    let lines = place.telemetry();
    let Some(TelemetryLine::Start(start)) = lines.first() else {
        panic!("{lines:?}");
    };
    let why = "not supported by this GPU or driver";
    assert_eq!(start.unknown["energy_j"], why);
    assert_eq!(readings(&lines)[0].energy_j, None);
}

#[test]
fn a_call_that_hangs_costs_the_run_nothing() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let began = Instant::now();
    let (code, _, error) = place.run_as(&[], &[("FAKE_NVML_SETUP", "energy-hangs")]);
    assert_eq!(code, 0, "{error}");
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "it would take 30 s"
    );
    let why = "the GPU's telemetry is incomplete: NVML doesn't answer any more";
    assert!(error.contains(why), "{error}");
    let lines = place.telemetry();
    assert!(matches!(lines.last(), Some(TelemetryLine::End(end)) if end.why.is_some()));
}
