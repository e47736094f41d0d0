//! Faults of the driver and of kernels: what each is called, and that the others are measured.

use std::path::Path;

use super::{Fakes, INCREMENT, Place, SCALE, told};

#[test]
fn a_missing_or_unfit_driver_is_said_with_what_to_do() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let with = |fault: &str, library: &Path, nvrtc: &Path| {
        let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
        command
            .env("FAKE_CUDA_FAULT", fault)
            .env("WARPMARK_LIBCUDA", library)
            .env("WARPMARK_NVRTC", nvrtc);
        let (code, _, error) = told(&command.output().expect("it runs"));
        assert!(!error.contains("panicked"), "{error}");
        assert_eq!(code, 5, "{error}");
        let folder = place
            .fakes
            .driver
            .parent()
            .expect("a folder")
            .display()
            .to_string();
        error
            .replace(&folder, "FOLDER")
            .replace(&place.folder.path().display().to_string(), "HERE")
    };
    let Fakes {
        driver,
        nvrtc,
        without_memory,
        ..
    } = place.fakes;
    let none = Path::new("/nonexistent/libcuda.so");
    let said = [
        with("", none, nvrtc),
        with("no-device", driver, nvrtc),
        with("old-driver", driver, nvrtc),
        with("", without_memory, nvrtc),
        with("", driver, Path::new("/nonexistent")),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_driver_that_lacks_what_is_not_needed_serves() {
    let Some(place) = Place::new(&[SCALE]) else {
        return;
    };
    let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
    let output = command
        .env("WARPMARK_LIBCUDA", &place.fakes.without_parameters)
        .output()
        .expect("it runs");
    assert_eq!(told(&output).0, 0, "{}", told(&output).2);
}

/// The failed cases and why, from the newest record; each once.
fn failures(place: &Place) -> Vec<String> {
    let of = |result: &serde_json::Value| {
        let failure = result["outcome"].get("failed")?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Some(format!(
            "{}: {}: {}",
            text(&result["case"]),
            text(&failure["kind"]),
            text(&failure["message"])
        ))
    };
    let mut found: Vec<String> = place.results().iter().filter_map(of).collect();
    found.sort();
    found
}

#[test]
fn each_fault_fails_its_case_by_name_and_the_others_are_measured() {
    let table = [
        (
            "out-of-memory:40000000",
            "big: memory: cannot allocate 40008192 bytes, 2147483648 bytes are free: cuMemAlloc: \
             CUDA_ERROR_OUT_OF_MEMORY (out of memory)",
        ),
        (
            "launch-fails:scale_again",
            "big: launch: cuLaunchKernel: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (too many resources requested for launch)",
        ),
        (
            "illegal-address:scale_again",
            "big: device: the kernel failed: CUDA_ERROR_ILLEGAL_ADDRESS (an illegal memory access was encountered)",
        ),
        (
            "never-completes:scale_again",
            "big: timeout: timed out after 2 s",
        ),
    ];
    let big = r#"
[[workload]]
name = "big"
kernel = { source = "kernels.cu", entry = "scale_again" }
grid = ["4"]
block = ["256"]
args = [{ in = "f32", len = "1000" }, { out = "f32", len = "10000000", written = "1000" }, { f32 = "3.0" }, { u64 = "1000" }]
verify = "none"
"#;
    for (fault, why) in table {
        let Some(place) = Place::new(&[INCREMENT, big]) else {
            return;
        };
        let (code, output, error) = place.run(fault);
        assert_eq!(code, 10, "{fault}: {output}{error}");
        assert_eq!(failures(&place), [why], "{fault}");
        assert!(output.contains("1 measured, 1 failed"), "{fault}: {output}");
        assert!(!error.contains("panicked"), "{error}");
    }
}

#[test]
fn a_write_past_a_buffer_is_found_and_a_missing_entry_named() {
    let wrong = r#"
[[workload]]
name = "past"
kernel = { source = "kernels.cu", entry = "one_past" }
grid = ["5"]
block = ["256"]
args = [{ out = "f32", len = "1000" }, { u64 = "1000" }]
verify = "none"
[[workload]]
name = "absent"
kernel = { source = "kernels.cu", entry = "absent" }
grid = ["1"]
block = ["32"]
args = [{ out = "f32", len = "10" }]
verify = "none"
[[workload]]
name = "arguments"
kernel = { source = "kernels.cu", entry = "increment" }
grid = ["1"]
block = ["32"]
args = [{ inout = "u32", len = "10", fill = "zeros" }, { u32 = "10" }]
verify = "none"
"#;
    let Some(place) = Place::new(&[INCREMENT, wrong]) else {
        return;
    };
    let (code, output, error) = place.run("");
    assert_eq!(code, 10, "{output}{error}");
    let expected = [
        "absent: entry: kernels.cu has no kernel absent",
        "arguments: arguments: args[1] has 4 bytes, its parameter of increment takes 8",
        "past: guard: wrote past args[0]: 4 bytes changed, the nearest 0 bytes behind its end",
    ];
    assert_eq!(failures(&place), expected);
}
