//! Suites that run: on the fake GPU as on the host, and what the driver is asked for.

use std::fs;

use super::{INCREMENT, Place, SCALE, told};
use crate::support::root;

#[test]
fn a_suite_runs_on_the_fake_gpu_and_its_digests_are_the_host_s() {
    let Some(place) = Place::new(&[SCALE, INCREMENT]) else {
        return;
    };
    let (code, output, error) = place.run("");
    assert_eq!((code, error.as_str()), (0, ""), "{output}");
    assert!(output.contains("3 measured"), "{output}");
    let digests =
        |results: Vec<serde_json::Value>| -> std::collections::BTreeSet<(String, String)> {
            let of = |result: &serde_json::Value| {
                let text = |key: &str| result[key].as_str().expect("a text").to_owned();
                (text("case"), text("digest"))
            };
            results.iter().map(of).collect()
        };
    let on_gpu = digests(place.results());
    assert_eq!(on_gpu.len(), 3, "the same in both processes: {on_gpu:?}");
    let host = place
        .warpmark(&["run", "fake.toml", "--quiet", "--device", "host"])
        .output()
        .expect("it runs");
    assert_eq!(told(&host).0, 0, "{}", told(&host).2);
    assert_eq!(digests(place.results()), on_gpu);
}

#[test]
fn what_the_device_is_asked_for_is_fair() {
    let Some(place) = Place::new(&[SCALE, INCREMENT]) else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    let calls = place.calls();
    let count = |wanted: &str| calls.iter().filter(|call| call.starts_with(wanted)).count();
    // As many flushes as 10 samples and the warm-ups of each case and process, 5 or more.
    assert_eq!(count("cuLaunchKernel warpmark_flush"), place.executions(""));
    // The first process verifies two executions, and the second one, whose output is known.
    assert_eq!(
        count("cuLaunchKernel increment"),
        place.executions("increment") + 2 + 1
    );
    let references = count("cuLaunchKernel scale_again");
    assert_eq!(references, 2, "once for each of two cases");
    assert_eq!(
        count("cuMemAlloc_v2"),
        count("cuMemFree_v2"),
        "everything is freed"
    );
    // Between the two events there is one launch and nothing else.
    for (place, call) in calls.iter().enumerate() {
        if call == "cuLaunchKernel increment" {
            let around = (calls[place - 1].as_str(), calls[place + 1].as_str());
            assert_eq!(around, ("cuEventRecord", "cuEventRecord"));
        }
    }
    // An `inout` buffer is restored before each of its executions.
    assert!(count("cuMemcpyDtoDAsync_v2 4000") >= 2 * 17);
    assert!(
        !calls
            .iter()
            .any(|call| call.contains("SetLimit") || call.contains("SetFlags"))
    );
}

#[test]
fn ptx_is_a_source_without_a_compiler() {
    let ptx = r#"
[[workload]]
name = "scale"
kernel = { source = "kernels.ptx", entry = "scale" }
cache = "hot"
grid = ["4"]
block = ["256"]
args = [{ in = "f32", len = "1000" }, { out = "f32", len = "1000" }, { f32 = "3.0" }, { u64 = "1000" }]
verify = { reference = "scale_again" }
"#;
    let Some(place) = Place::new(&[ptx]) else {
        return;
    };
    fs::copy(
        root().join("tests/data/kernels.ptx"),
        place.at("kernels.ptx"),
    )
    .expect("copied");
    let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
    let output = command
        .env("WARPMARK_NVRTC", "/nonexistent")
        .output()
        .expect("it runs");
    assert_eq!(told(&output).0, 0, "{}", told(&output).2);
}

#[test]
fn timings_say_where_the_time_went() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let output = place
        .warpmark(&["run", "fake.toml", "--quiet", "--timings"])
        .output()
        .expect("it runs");
    let (code, _, error) = told(&output);
    assert_eq!(code, 0, "{error}");
    for row in [
        "compile",
        "start of workers",
        "verify",
        "warm-up",
        "measure",
        "engine",
        "neither warm-up nor measure",
    ] {
        assert!(error.contains(row), "{row}: {error}");
    }
}

#[test]
fn a_gpu_without_ceilings_is_told_of_once() {
    let scale = SCALE.replace("verify =", "work = { reads = \"4 * n\" }\nverify =");
    let Some(place) = Place::new(&[&scale]) else {
        return;
    };
    let (code, output, error) = place.run("");
    assert_eq!(code, 0, "{error}");
    assert!(!output.contains("of ceiling"), "{output}");
    assert_eq!(
        error.matches("has no ceilings of this GPU").count(),
        1,
        "{error}"
    );
    assert!(
        error.contains("warpmark run suites/ceilings.toml && warpmark baseline save"),
        "{error}"
    );
}

#[test]
fn cases_place_their_buffers_in_one_piece_of_memory() {
    let Some(place) = Place::new(&[SCALE, INCREMENT]) else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    let calls = place.calls();
    let count = |wanted: &str| calls.iter().filter(|call| *call == wanted).count();
    // The largest case has two buffers of 300,000 floats with their bands, each at a multiple of 512.
    assert_eq!(count("cuMemAlloc_v2 2416640"), 2, "one a process");
    assert_eq!(count("cuMemAlloc_v2 1208192"), 0);
    // A tool that looks on finds more where each buffer is a piece of its own.
    let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
    let watched = command.env("NV_SANITIZER_INJECTION_PORT_BASE", "49152");
    assert_eq!(told(&watched.output().expect("it runs")).0, 0);
    let calls = place.calls();
    let count = |wanted: &str| calls.iter().filter(|call| *call == wanted).count();
    assert_eq!(count("cuMemAlloc_v2 2416640"), 2);
    assert!(count("cuMemAlloc_v2 1208192") >= 4);
}
