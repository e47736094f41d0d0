//! Windows of slow readings: energy, power, utilisation and activity of cases on the fake GPU.

use serde_json::Value;

use super::{INCREMENT, Place};

/// The usual workload, measured once, with a window.
fn with_window(keys: &str) -> String {
    format!("{INCREMENT}processes = 1\n{keys}\n")
}

/// A metric of a case: its one value, and its unit.
fn metric(case: &Value, name: &str) -> Option<(f64, String)> {
    let series = case["series"].as_array().expect("series");
    let found = series.iter().find(|series| series["metric"] == name)?;
    let samples = found["samples"].as_array().expect("samples");
    assert_eq!(samples.len(), 1, "{name}: one value a process");
    let unit = found["unit"].as_str().expect("a unit").to_owned();
    Some((samples[0].as_f64().expect("a number"), unit))
}

fn notes(case: &Value) -> Vec<String> {
    let notes = case["notes"].as_array().expect("notes");
    let text = |note: &Value| note.as_str().expect("a text").to_owned();
    notes.iter().map(text).collect()
}

#[test]
fn a_window_gives_a_case_energy_power_utilisation_and_activity() {
    let workload = with_window("measure = [\"utilisation\", \"energy\"]");
    let Some(place) = Place::new(&[&workload]) else {
        return;
    };
    let (code, output, error) = place.run_as(&[], &[("FAKE_NVML_WATTS", "400")]);
    assert_eq!((code, error.as_str()), (0, ""));
    let case = place.first_case();
    let of = |name: &str| metric(&case, name).unwrap_or_else(|| panic!("{name} in {case}"));
    let (power, unit) = of("power");
    assert!((360.0..440.0).contains(&power), "{power} W");
    assert_eq!(unit, "watts");
    let (energy, unit) = of("energy");
    assert_eq!(unit, "joules");
    let (by_power, _) = of("energy-by-power");
    assert!((by_power / energy - 1.0).abs() < 0.1, "{by_power} {energy}");
    let (utilisation, unit) = of("utilisation");
    assert!((utilisation - 0.97).abs() < 1e-9, "{utilisation}");
    assert_eq!(unit, "ratio");
    assert_eq!(of("sm-activity"), (0.875, "ratio".to_owned()));
    assert_eq!(of("sm-occupancy"), (0.5, "ratio".to_owned()));
    assert_eq!(of("dram-activity"), (0.25, "ratio".to_owned()));
    assert_eq!(
        metric(&case, "tensor-activity"),
        None,
        "not told by this GPU"
    );
    // The executions of the window are those whose energy it is.
    let launches = place.calls();
    let launched = launches
        .iter()
        .filter(|call| *call == "cuLaunchKernel increment")
        .count();
    let least = 2.0 * power / energy;
    assert!(
        launched as f64 > least,
        "{launched} launches, {least} in 2 s"
    );
    let window = case["phases"]["window"].as_f64().expect("a phase");
    assert!(window > 3e9, "{window} ns");
    for shown in ["energy", "97.00 %", "power"] {
        assert!(output.contains(shown), "{shown}: {output}");
    }
}

#[test]
fn what_a_window_lacks_is_said_by_the_case() {
    let workload = with_window("measure = [\"energy\", \"utilisation\"]\nwindow = \"2s\"");
    let Some(place) = Place::new(&[&workload]) else {
        return;
    };
    let instance = [("FAKE_CUDA_MIG", "1g.10gb"), ("FAKE_NVML_SETUP", "mig")];
    assert_eq!(place.run_as(&[], &instance).0, 0);
    let why = "NVML counts for the whole GPU, and this is a MIG instance of it";
    let note = format!("energy, utilisation were not measured: {why}");
    assert!(notes(&place.first_case()).contains(&note));
    let missing = [("WARPMARK_LIBNVIDIA_ML", "/nonexistent/libnvidia-ml.so")];
    assert_eq!(place.run_as(&[], &missing).0, 0);
    let found = notes(&place.first_case()).concat();
    assert!(
        found.contains("energy, utilisation were not measured: NVML ("),
        "{found}"
    );
    let host = place.run_as(&["--device", "host"], &[]);
    assert_eq!(host.0, 0, "{}", host.2);
    let note = "energy and utilisation: measured of kernels on a GPU alone";
    assert!(notes(&place.first_case()).iter().any(|found| found == note));
}

#[test]
fn a_window_without_a_monitor_or_an_energy_counter_gives_what_there_is() {
    let workload = with_window("measure = [\"energy\", \"utilisation\"]\nwindow = \"2s\"");
    let Some(place) = Place::new(&[&workload]) else {
        return;
    };
    let poor = [
        ("FAKE_NVML_SETUP", "no-gpm"),
        (
            "FAKE_NVML_FAULT",
            "not-supported:nvmlDeviceGetTotalEnergyConsumption",
        ),
    ];
    assert_eq!(place.run_as(&[], &poor).0, 0);
    let case = place.first_case();
    let utilisation = metric(&case, "utilisation").map(|(share, _)| share);
    assert!(utilisation.is_some_and(|share| (share - 0.97).abs() < 1e-9));
    assert_eq!(metric(&case, "energy"), None);
    assert_eq!(metric(&case, "sm-activity"), None);
    let note = "energy was not measured: not supported by this GPU or driver";
    assert_eq!(notes(&case), [note]);
}
