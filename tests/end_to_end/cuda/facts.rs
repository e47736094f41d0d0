//! A GPU's facts by NVML: `env`, a run's header and `doctor`, and every way in which NVML may not answer.

use std::fs;

use serde_json::Value;

use super::{INCREMENT, Place, told};

/// The facts that NVML decides in the key.
const HASHED: [&str; 4] = ["driver", "max-memory-mhz", "max-sm-mhz", "power-limit-w"];

impl Place {
    /// What `env --json` says of the fake GPU.
    fn facts(&self, variables: &[(&str, &str)]) -> Value {
        self.facts_of("cuda:0", variables)
    }

    /// What it says of `device`.
    fn facts_of(&self, device: &str, variables: &[(&str, &str)]) -> Value {
        let mut command = self.warpmark(&["env", "--json", "--device", device]);
        let (code, output, error) = told(
            &command
                .envs(variables.iter().copied())
                .output()
                .expect("it runs"),
        );
        assert_eq!((code, error.as_str()), (0, ""), "{variables:?}");
        serde_json::from_str(&output).expect("JSON")
    }

    /// The calls of NVML so far.
    fn queries(&self) -> Vec<String> {
        let text = fs::read_to_string(self.at("queries")).expect("the log");
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn nvml_tells_of_the_gpu_that_cuda_uses_and_nothing_is_set() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let facts = place.facts(&[]);
    let hashed = &facts["comparability"];
    let expected = serde_json::json!({
        "clock-policy": "observe", "compiler": "NVRTC 13.0", "compute-capability": "9.0", "cuda-driver": "13.0",
        "device": "cuda", "driver": "580.159.04", "ecc": true, "gpu": "fake GPU (measures nothing)",
        "max-memory-mhz": 3201, "max-sm-mhz": 1980, "memory-bytes": 1_u64 << 32, "method": hashed["method"],
        "mig": "off", "power-limit-w": 700.0, "sm-count": 4,
    });
    assert_eq!(hashed, &expected);
    let context = &facts["context"];
    for (name, value) in [
        ("gpu-uuid", "GPU-66616b65-2d67-7075-2d30-303030303030"),
        ("gpu-pci-bus-id", "00000000:00:06.0"),
        ("vbios", "96.00.A5.00.1A"),
        ("persistence-mode", "enabled"),
        ("mig-mode", "disabled"),
        ("compute-mode", "default"),
        ("nvml", "13.580.159.04"),
    ] {
        assert_eq!(context[name], value, "{name}");
    }
    for (name, value) in [
        ("gpu-temperature-c", 38.0),
        ("sm-mhz", 1965.0),
        ("memory-mhz", 3201.0),
        ("power-w", 125.67),
        ("power-limit-enforced-w", 700.0),
        ("gpus", 2.0),
    ] {
        assert_eq!(context[name].as_f64(), Some(value), "{name}");
    }
    assert_eq!(
        context["clock-event-reasons"],
        serde_json::json!(["gpu-idle"])
    );
    assert_eq!(context["gpu-processes"], serde_json::json!([]));
    let (code, _, error) = place.run("");
    assert_eq!(code, 0, "{error}");
    let queries = place.queries();
    let other: Vec<&String> = queries
        .iter()
        .filter(|call| {
            let query = ["Get", "IsMigDeviceHandle"];
            let starts = ["nvmlInit_v2", "nvmlShutdown"];
            !starts.contains(&call.as_str()) && !query.iter().any(|word| call.contains(word))
        })
        .collect();
    assert!(other.is_empty(), "{other:?}");
    assert!(!queries.iter().any(|call| call.contains("ByIndex")));
    let opened = queries.iter().filter(|call| *call == "nvmlInit_v2").count();
    let closed = queries
        .iter()
        .filter(|call| *call == "nvmlShutdown")
        .count();
    // Once by env; by run for the facts, before it begins, for its series, and in each of two workers.
    assert_eq!((opened, closed), (6, 6));
}

#[test]
fn a_measured_value_is_never_hashed() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let facts = place.facts(&[]);
    let busy = place.facts(&[("FAKE_NVML_SETUP", "busy")]);
    assert_eq!(busy["key"], facts["key"]);
    let processes = &busy["context"]["gpu-processes"];
    assert_eq!(processes, &serde_json::json!(["4242 python3"]));
    let poor = place.facts(&[("FAKE_NVML_SETUP", "poor")]);
    assert_ne!(poor["key"], facts["key"], "another power limit");
    let mut limited = facts["comparability"].clone();
    limited["power-limit-w"] = Value::from(500.0);
    assert_eq!(poor["comparability"], limited);
    let reasons = &poor["context"]["clock-event-reasons"];
    let expected = serde_json::json!(["sw-power-cap", "sw-thermal-slowdown"]);
    assert_eq!(reasons, &expected);
}

#[test]
fn instances_are_found_by_their_own_names_and_gpus_by_their_place() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let profile = ("FAKE_CUDA_MIG", "1g.10gb");
    let facts = place.facts(&[profile, ("FAKE_NVML_SETUP", "mig")]);
    let (hashed, context) = (&facts["comparability"], &facts["context"]);
    assert_eq!(hashed["mig"], "1g.10gb");
    // Clocks and limits are those of the whole GPU.
    assert_eq!(hashed["max-sm-mhz"], 1980);
    assert_eq!(hashed["power-limit-w"], 700.0);
    assert_eq!(
        context["gpu-uuid"],
        "MIG-66616b65-2d67-7075-2d30-303030303030"
    );
    assert_eq!(
        context["gpu-whole-uuid"],
        "GPU-22222222-2222-2222-2222-222222222222"
    );
    assert_eq!(context["mig-mode"], "enabled");
    let facts = place.facts(&[("FAKE_NVML_SETUP", "by-bus")]);
    assert_eq!(facts["comparability"]["max-sm-mhz"], 1980);
}

#[test]
fn each_of_several_gpus_has_its_own_facts_whatever_its_number() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let two = ("FAKE_CUDA_GPUS", "2");
    for (device, setup, clock) in [
        ("cuda:0", "", 1980),
        ("cuda:1", "", 1755),
        ("cuda:0", "by-bus", 1980),
        ("cuda:1", "by-bus", 1755),
        ("cuda:GPU-66616b65-2d67-7075-2d30-303030303031", "", 1755),
    ] {
        let facts = place.facts_of(device, &[two, ("FAKE_NVML_SETUP", setup)]);
        let found = &facts["comparability"]["max-sm-mhz"];
        assert_eq!(found, clock, "{device} {setup}");
    }
    let mut command = place.warpmark(&["doctor"]);
    let (_, output, _) = told(&command.env(two.0, two.1).output().expect("it runs"));
    assert!(output.contains("cuda:0: on; cuda:1: off"), "{output}");
}

#[test]
fn what_nvml_does_not_answer_is_unknown_with_the_reason() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let table = [
        ("not-permitted", "not permitted"),
        ("not-supported", "not supported by this GPU or driver"),
        ("gpu-lost", "the GPU is lost"),
        ("uninitialised", "NVML is not initialised"),
        ("no-driver", "the driver's kernel module is not loaded"),
        ("mismatch", "of different versions"),
    ];
    for (fault, reason) in table {
        let facts = place.facts(&[("FAKE_NVML_FAULT", fault)]);
        for name in HASHED.into_iter().filter(|name| *name != "driver") {
            assert_eq!(facts["comparability"][name], Value::Null, "{fault}: {name}");
            let why = facts["context"][name].as_str().unwrap_or_default();
            assert!(
                why.starts_with("unknown: ") && why.contains(reason),
                "{fault}: {why}"
            );
        }
        // What the driver itself tells stays.
        assert_eq!(facts["comparability"]["ecc"], true);
        assert!(facts["context"]["gpu-uuid"].is_string());
    }
}

#[test]
fn one_answer_that_is_missing_takes_no_other_with_it() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let fault = "not-permitted:nvmlDeviceGetPowerManagementLimit";
    let facts = place.facts(&[("FAKE_NVML_FAULT", fault)]);
    assert_eq!(facts["comparability"]["power-limit-w"], Value::Null);
    assert_eq!(facts["context"]["power-limit-w"], "unknown: not permitted");
    assert_eq!(facts["comparability"]["max-sm-mhz"], 1980);
    let fault = "not-permitted:nvmlDeviceGetComputeRunningProcesses_v3";
    let facts = place.facts(&[("FAKE_NVML_FAULT", fault)]);
    assert_eq!(facts["context"]["gpu-processes"], "unknown: not permitted");
    let exclusivity = facts["context"]["gpu-exclusivity"]
        .as_str()
        .unwrap_or_default();
    assert!(exclusivity.starts_with("not verifiable"), "{exclusivity}");
    let library = place.fakes.nvml_without_power.to_str().expect("UTF-8");
    let facts = place.facts(&[("WARPMARK_LIBNVIDIA_ML", library)]);
    assert_eq!(
        facts["context"]["power-w"],
        "unknown: this NVML lacks the call"
    );
    assert_eq!(facts["context"]["gpu-temperature-c"], 38);
}

#[test]
fn a_run_without_nvml_is_measured_and_says_what_is_unknown() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
    command.env("WARPMARK_LIBNVIDIA_ML", "/nonexistent/libnvidia-ml.so");
    let (code, _, error) = told(&command.output().expect("it runs"));
    assert_eq!(code, 0, "{error}");
    let facts = place.facts(&[("WARPMARK_LIBNVIDIA_ML", "/nonexistent/libnvidia-ml.so")]);
    let why = facts["context"]["max-sm-mhz"].as_str().unwrap_or_default();
    assert!(why.contains("/nonexistent/libnvidia-ml.so"), "{why}");
}

#[test]
fn doctor_says_how_the_gpu_stands_and_fails_no_run_for_it() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let doctor = |variables: &[(&str, &str)]| {
        let mut command = place.warpmark(&["doctor", "--json"]);
        let output = command.envs(variables.iter().copied()).output();
        let (code, output, error) = told(&output.expect("it runs"));
        assert_eq!((code, error.as_str()), (0, ""), "{variables:?}");
        let value: Value = serde_json::from_str(&output).expect("JSON");
        move |name: &str| {
            let checks = value["checks"].as_array().cloned().unwrap_or_default();
            let check = checks.into_iter().find(|check| check["name"] == name);
            let check = check.unwrap_or_default();
            let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
            (text("standing"), text("found"))
        }
    };
    let good = |found: &str| ("good".to_owned(), found.to_owned());
    let well = doctor(&[]);
    assert_eq!(well("persistence mode"), good("on"));
    assert_eq!(well("ECC"), good("on"));
    assert_eq!(well("MIG"), good("off"));
    assert_eq!(well("power limit"), good("700 W"));
    assert_eq!(well("GPU processes"), good("none is listed"));
    assert!(well("NVML").1.starts_with("13.580.159.04 in /"));
    let poor = doctor(&[("FAKE_NVML_SETUP", "poor busy")]);
    let clocks = "held down now: sw-power-cap, sw-thermal-slowdown";
    assert_eq!(poor("GPU clocks").1, clocks);
    assert_eq!(poor("ECC").1, "off, on after the next reboot");
    let strangers = ("warning".to_owned(), "4242 python3".to_owned());
    assert_eq!(poor("GPU processes"), strangers);
    let lost = doctor(&[("FAKE_NVML_FAULT", "gpu-lost")]);
    assert_eq!(lost("MIG").0, "note");
    assert!(lost("MIG").1.contains("the GPU is lost"));
    let closed = doctor(&[("FAKE_NVML_FAULT", "mismatch")]);
    assert_eq!(closed("NVML").0, "warning");
    assert!(closed("NVML").1.contains("of different versions"));
    assert_eq!(closed("MIG").1, "", "nothing is known of it");
    let queries = place.queries();
    assert!(!queries.iter().any(|call| call.contains("Set")));
}
