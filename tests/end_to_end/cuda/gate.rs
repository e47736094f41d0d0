//! The gate before each sample: what the GPU begins too early counts for nothing, and nothing waits for ever.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::graphs::{of, with};
use super::{INCREMENT, Place, SCALE, told};

const LATE: &str = "launched late: the GPU had begun before the host had enqueued all of it";

/// Samples that are valid, and those that are void.
fn counts(result: &Value) -> (usize, usize) {
    let series = &result["series"][0];
    let len = |key: &str| series[key].as_array().map_or(0, Vec::len);
    (len("samples"), len("void"))
}

#[test]
fn a_sample_that_is_launched_late_is_void_and_taken_again() {
    for cache in ["cold", "hot"] {
        let Some(place) = Place::new(&[&with(INCREMENT, &format!("cache = {cache:?}"))]) else {
            return;
        };
        // Queries of the warm-up count: one or two of a few more than 10 samples are late, and taken again.
        let (code, output, error) = place.run("late-launches:8");
        assert_eq!(code, 0, "{cache}: {output}{error}");
        for result in of(&place, "increment") {
            let (valid, void) = counts(&result);
            assert_eq!(valid, 10, "{cache}");
            assert!((1..=2).contains(&void), "{cache}: {void}");
            assert_eq!(result["series"][0]["void"][0]["why"], json!(LATE));
            assert_eq!(result["notes"], json!([]));
        }
    }
}

#[test]
fn graphs_are_gated_too() {
    let Some(place) = Place::new(&[&with(INCREMENT, "timing = \"graph\"")]) else {
        return;
    };
    let (code, output, error) = place.run("late-launches:19");
    assert_eq!(code, 0, "{output}{error}");
    for result in of(&place, "increment") {
        let (valid, void) = counts(&result);
        assert_eq!(valid, 10);
        assert!((1..=2).contains(&void), "{void}");
    }
}

#[test]
fn too_many_late_launches_are_a_disturbed_case() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let (code, output, _) = place.run("late-launches:1");
    assert_eq!(code, 10, "{output}");
    let failure = &of(&place, "increment")[0]["outcome"]["failed"];
    assert_eq!(failure["kind"], json!("disturbed"));
    assert_eq!(
        failure["message"],
        json!(format!("3 of 3 samples are void: {LATE}"))
    );
}

#[test]
fn a_held_stream_goes_on_by_itself_where_the_host_is_stuck() {
    let lines = "cache = \"hot\"\nwarmup = 0\nsamples = 3\nprocesses = 1\ntimeout = \"60s\"";
    let Some(place) = Place::new(&[&with(INCREMENT, lines)]) else {
        return;
    };
    let began = Instant::now();
    let (code, output, error) = place.run("launch-waits:increment");
    assert_eq!(code, 10, "{output}{error}");
    let took = began.elapsed();
    assert!(
        took >= Duration::from_secs(2),
        "two samples of a second: {took:?}"
    );
    assert!(
        output.contains(&format!("2 of 2 samples are void: {LATE}")),
        "{output}"
    );
}

#[test]
fn a_gpu_that_can_not_hold_a_stream_is_labelled() {
    let Some(place) = Place::new(&[&with(INCREMENT, "cache = \"hot\""), SCALE]) else {
        return;
    };
    let (code, output, error) = place.run("no-holds");
    assert_eq!(code, 0, "{output}{error}");
    let why = "ungated: this GPU can't hold a stream: cuStreamWaitValue32: CUDA_ERROR_NOT_SUPPORTED (operation not \
               supported)";
    for result in of(&place, "increment") {
        assert_eq!(result["notes"], json!([why]));
        assert_eq!(counts(&result), (10, 0));
    }
    // Behind a flush nothing else is needed.
    assert_eq!(of(&place, "scale")[0]["notes"], json!([]));
    assert!(output.contains(why), "the report says so: {output}");
}

#[test]
fn under_tools_and_blocking_launches_the_gate_stays_open() {
    let table = [
        ("CUDA_LAUNCH_BLOCKING", "1", "CUDA_LAUNCH_BLOCKING is set"),
        (
            "NV_SANITIZER_INJECTION_PORT_BASE",
            "49152",
            "compute-sanitizer looks on (NV_SANITIZER_INJECTION_PORT_BASE is set)",
        ),
    ];
    for (variable, value, why) in table {
        let hot = with(INCREMENT, "cache = \"hot\"");
        let Some(place) = Place::new(&[&hot, SCALE]) else {
            return;
        };
        let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
        let output = command.env(variable, value).output().expect("it runs");
        assert_eq!(told(&output).0, 0, "{}", told(&output).2);
        for result in place.results() {
            assert_eq!(
                result["notes"],
                json!([format!("ungated: {why}")]),
                "{variable}"
            );
        }
        let calls = place.calls();
        let gated = |call: &String| call.starts_with("cuStreamWait") || call == "cuEventQuery";
        assert!(!calls.iter().any(gated), "{variable}");
    }
}

#[test]
fn every_sample_is_held_and_cold_ones_are_flushed_before() {
    let hot = with(INCREMENT, "cache = \"hot\"");
    let Some(place) = Place::new(&[&hot, SCALE]) else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    let calls = place.calls();
    let count = |wanted: &str| calls.iter().filter(|call| call.starts_with(wanted)).count();
    // 2 processes, their executions, and one try before the first.
    let (hot, cold) = (place.executions("increment"), place.executions("scale"));
    assert_eq!(count("cuStreamWaitValue32_v2"), hot + cold + 2);
    assert_eq!(count("cuEventQuery"), hot + cold);
    assert_eq!(count("cuCtxResetPersistingL2Cache"), cold);
}

#[test]
fn a_memset_flushes_where_that_is_asked_for_and_is_another_environment() {
    let Some(place) = Place::new(&[SCALE]) else {
        return;
    };
    let with = |value: &str, arguments: &[&str]| {
        let mut command = place.warpmark(arguments);
        told(
            &command
                .env("WARPMARK_FLUSH", value)
                .output()
                .expect("it runs"),
        )
    };
    let facts = |value: &str| {
        let (code, output, error) = with(value, &["env", "fake.toml", "--json"]);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str::<Value>(&output).expect("JSON")
    };
    let (read, set) = (facts("read"), facts("memset"));
    assert_eq!(facts("")["key"], read["key"]);
    assert_ne!(set["key"], read["key"]);
    assert_eq!(set["comparability"]["flush"], json!("memset"));
    assert_eq!(with("memset", &["run", "fake.toml", "--quiet"]).0, 0);
    let calls = place.calls();
    assert!(!calls.contains(&"cuLaunchKernel warpmark_flush".to_owned()));
    let flushes = calls
        .iter()
        .filter(|call| *call == "cuMemsetD8Async 2097152");
    assert_eq!(flushes.count(), place.executions("scale"));
    let (code, _, error) = with("writing", &["run", "fake.toml", "--quiet"]);
    assert_eq!(code, 5, "{error}");
    assert!(error.contains("WARPMARK_FLUSH is \"writing\""), "{error}");
}
