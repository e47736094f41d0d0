//! `clocks status` and `clocks restore`, and what pinning means for comparisons.

use serde_json::Value;

use super::{GPU, Machine};

fn status(machine: &Machine, variables: &[(&str, &str)]) -> Value {
    let (code, output, error) = machine.run_with(&["clocks", "status", "--json"], variables);
    assert_eq!(code, 0, "{error}");
    let value: Value = serde_json::from_str(&output).expect("JSON");
    let mut gpus = value["gpus"].as_array().expect("GPUs").iter();
    let own = gpus.find(|gpu| gpu["gpu"] == GPU);
    own.expect("the GPU").clone()
}

#[test]
fn the_status_names_clocks_limits_and_who_pins() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let gpu = status(&machine, &[]);
    assert_eq!(gpu["model"], "fake GPU (measures nothing)");
    assert_eq!(
        (&gpu["sm_mhz"], &gpu["memory_mhz"]),
        (&1980.into(), &3201.into())
    );
    assert_eq!(gpu["memory_clocks_mhz"], serde_json::json!([3201, 2201]));
    assert_eq!(gpu["sm_clocks_mhz"].as_array().expect("clocks").len(), 110);
    assert_eq!(gpu["power_limit_w"], 600.0);
    assert_eq!(gpu["power_limits_w"], serde_json::json!([200.0, 700.0]));
    assert_eq!(
        (&gpu["persistence"], &gpu["standing"]),
        (&false.into(), &"free".into())
    );
    let held = status(&machine, &[("FAKE_NVML_SETUP", "foreign")]);
    assert_eq!(held["standing"], "seems-held");
    let capped = status(&machine, &[("FAKE_NVML_SETUP", "capped")]);
    assert_eq!(capped["standing"], "free");
    let (code, output, _) = machine.run_with(&["clocks", "status"], &[]);
    assert_eq!(code, 0);
    for line in [
        "SM clock      1980 MHz, 1980 MHz at most",
        "power limit   600 W, 200 to 700 W",
        "persistence   off",
        "pinned by     nobody",
    ] {
        assert!(output.contains(line), "{output}");
    }
}

#[test]
fn the_status_tells_a_run_that_goes_on_from_one_that_died() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let mut run = machine.start_pinned();
    let during = status(&machine, &[]);
    assert_eq!(
        (&during["standing"], &during["pid"]),
        (&"pinned".into(), &run.id().into())
    );
    let set = serde_json::json!([
        "persistence mode on",
        "power limit 500 W",
        "SM clock at 1500 MHz",
        "memory clock at 3201 MHz"
    ]);
    assert_eq!(during["set"], set);
    crate::runs::send(run.id(), "TERM");
    run.wait().expect("it ends");
    machine.leave_pinned();
    assert_eq!(status(&machine, &[])["standing"], "left");
    let (_, output, _) = machine.run_with(&["clocks", "status"], &[]);
    assert!(
        output.contains("`warpmark clocks restore` gives it back"),
        "{output}"
    );
    let other = "GPU-66616b65-2d67-7075-2d30-303030303031";
    let (code, output, _) = machine.run_with(&["clocks", "restore", "--gpu", other], &[]);
    assert_eq!(
        (code, output.as_str()),
        (0, "nothing is left pinned by a run that died\n")
    );
    let (code, _, error) = machine.run_with(&["clocks", "restore", "--gpu", GPU], &[]);
    assert_eq!(code, 0, "{error}");
    machine.is_as_before("restored");
}

#[test]
fn without_nvml_there_is_no_status() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let none = [("WARPMARK_LIBNVIDIA_ML", "/nonexistent/libnvidia-ml.so")];
    let (code, _, error) = machine.run_with(&["clocks", "status"], &none);
    assert_eq!(code, 5);
    assert!(error.contains("/nonexistent/libnvidia-ml.so"), "{error}");
    let (code, output, _) = machine.run_with(&["clocks", "restore"], &none);
    assert_eq!(
        (code, output.as_str()),
        (0, "nothing is left pinned by a run that died\n")
    );
}

#[test]
fn pinned_and_unpinned_runs_are_not_compared() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let facts = |variables: &[(&str, &str)]| -> Value {
        let (code, output, error) = machine.run_with(&["env", "fake.toml", "--json"], variables);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str(&output).expect("JSON")
    };
    let pinned = facts(&[]);
    machine.write("pinned.json", &pinned.to_string());
    let hashed = &pinned["comparability"];
    assert_eq!(hashed["clock-policy"], "lock");
    assert_eq!(
        (&hashed["pinned-sm-mhz"], &hashed["pinned-memory-mhz"]),
        (&1500.into(), &3201.into())
    );
    assert_eq!(hashed["power-limit-w"], 500.0);
    let observed = facts(&[("WARPMARK_CLOCKS", "observe")]);
    assert_eq!(observed["comparability"]["clock-policy"], "observe");
    assert_ne!(observed["key"], pinned["key"]);
    let (code, _, error) = machine.run(&[], &[]);
    assert_eq!(code, 0, "{error}");
    let (code, output, error) = machine.run_with(&["env", "--diff", "pinned.json", "latest"], &[]);
    assert_eq!(
        code, 0,
        "what env says is what the run states: {output}{error}"
    );
    let (code, output, _) =
        machine.run(&["--compare", "latest"], &[("WARPMARK_CLOCKS", "observe")]);
    assert_eq!(code, 21, "{output}");
    assert!(output.contains("clock-policy"), "{output}");
}
