//! Each way in which a GPU or its driver may not do what it is asked to: named, with its exit code, and everything
//! that was set is given back.

use std::fs;
use std::time::{Duration, Instant};

use super::{BEFORE, GPU, Machine};

/// Runs the suite under a fault; exit code, and both outputs together.
#[track_caller]
fn under(machine: &Machine, fault: &str) -> (i32, String) {
    let (code, output, error) = machine.run(&[], &[("FAKE_NVML_FAULT", fault)]);
    machine.is_as_before(fault);
    (code, output + &error)
}

/// What keeps a machine's clocks from being pinned, and the word for it.
const DENIALS: [(&str, &str); 4] = [
    (
        "not-permitted:nvmlDeviceSetPersistenceMode",
        "no permission",
    ),
    (
        "not-permitted:nvmlDeviceSetMemoryLockedClocks",
        "no permission",
    ),
    (
        "not-supported:nvmlDeviceSetMemoryLockedClocks",
        "not supported by this GPU or driver (nvmlDeviceSetMemoryLockedClocks)",
    ),
    ("ignored", "the lock was ignored"),
];

#[test]
fn a_machine_that_can_t_pin_is_observed_with_a_label_on_every_report() {
    let Some(machine) = Machine::new() else {
        return;
    };
    for (fault, word) in DENIALS {
        let label = format!("clocks not pinned: {word}");
        let (code, told) = under(&machine, fault);
        assert_eq!(code, 0, "{fault}: {told}");
        assert!(told.contains(&format!(", {label}\n")), "{fault}: {told}");
        for (format, expected) in [("json", "clocks-not-pinned"), ("markdown", &label)] {
            let fault = [("FAKE_NVML_FAULT", fault)];
            let (code, output, error) = machine.run(&["--format", format], &fault);
            assert_eq!(code, 0, "{error}");
            assert!(output.contains(expected), "{output}");
            assert!(output.contains(word), "{output}");
        }
    }
}

#[test]
fn a_suite_that_must_be_pinned_ends_before_anything_runs() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.edit("sm = 1500", "sm = 1500\ndenied = \"fail\"");
    for (fault, word) in DENIALS {
        let (code, told) = under(&machine, fault);
        assert_eq!(code, 5, "{fault}: {told}");
        assert!(
            told.contains(&format!("the clocks can't be pinned: {word}")),
            "{told}"
        );
        assert!(told.contains("hint: "), "{told}");
        assert!(!machine.at(".warpmark/runs").exists(), "{fault}");
    }
    // A processor has no such clocks.
    let (code, _, error) = machine.run(&["--device", "host"], &[]);
    assert_eq!(code, 5, "{error}");
    assert!(
        error.contains("the device host has no clocks to pin"),
        "{error}"
    );
}

#[test]
fn an_old_driver_lacks_calls_and_is_told_so() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let calls = [
        "nvmlDeviceSetGpuLockedClocks",
        "nvmlDeviceSetMemoryLockedClocks",
    ];
    for (call, library) in calls.iter().zip(&machine.fakes.nvml_without_locks) {
        let library = library.to_str().expect("UTF-8");
        let (code, output, error) = machine.run(&[], &[("WARPMARK_LIBNVIDIA_ML", library)]);
        assert_eq!(code, 0, "{error}");
        let label = format!("clocks not pinned: this NVML lacks {call}");
        assert!(output.contains(&label), "{output}");
        machine.is_as_before(call);
    }
    // Without the memory clock it can pin.
    machine.edit("sm = 1500", "sm = \"base\"\nmemory = \"default\"");
    let library = machine.fakes.nvml_without_locks[1].to_str().expect("UTF-8");
    let (code, output, error) = machine.run(&[], &[("WARPMARK_LIBNVIDIA_ML", library)]);
    assert_eq!(code, 0, "{error}");
    assert!(
        output.contains("clocks pinned: SM base, memory default"),
        "{output}"
    );
    machine.is_as_before("memory left alone");
}

#[test]
fn the_clock_that_kernels_see_is_judged_where_it_is_known() {
    let Some(machine) = Machine::new() else {
        return;
    };
    // By events, since graphs stamp before each sample too.
    machine.edit("samples = 40", "samples = 40\ntiming = \"events\"");
    // A stamp before the warm-up, which is none here, two for the first group, and the second group at another clock.
    let clocks = [("FAKE_CUDA_CLOCKS", "1500*4,1400,1500")];
    let (code, output, error) = machine.run(&["--quiet"], &clocks);
    assert_eq!(code, 0, "{output}{error}");
    for result in machine.results() {
        let groups = result["groups"].as_array().expect("groups");
        let why: Vec<_> = groups
            .iter()
            .map(|group| group["void"]["why"].as_str())
            .collect();
        let void = Some("the SM clock was 1400 MHz, not 1500");
        assert_eq!(why, [None, void, None], "{result}");
        assert!(output.contains("SM clock 1.500 GHz under load"), "{output}");
    }
}

#[test]
fn a_clock_that_sags_once_costs_a_group_and_one_that_stays_low_the_case() {
    let Some(machine) = Machine::new() else {
        return;
    };
    // A reading for each group of 20 samples, of which a process takes two.
    let (code, told) = under(&machine, "sag:1:2");
    assert_eq!(code, 0, "{told}");
    let results = machine.results();
    let groups: Vec<_> = results
        .iter()
        .flat_map(|result| result["groups"].as_array().expect("groups"))
        .collect();
    let void = groups.iter().filter(|group| !group["void"].is_null());
    let why: Vec<&str> = void
        .map(|group| group["void"]["why"].as_str().expect("why"))
        .collect();
    assert_eq!(why, ["the SM clock was 1200 MHz, not 1500"]);
    for result in &results {
        assert_eq!(
            result["series"][0]["samples"]
                .as_array()
                .expect("samples")
                .len(),
            40
        );
        assert_eq!(result["clock_mhz"], 1500.0);
    }
    for (fault, reason) in [
        ("sag:0:100000", "the SM clock was 1200 MHz, not 1500"),
        (
            "thermal:0:100000",
            "the SM clock was 1200 MHz, not 1500 (hw-thermal-slowdown)",
        ),
    ] {
        fs::remove_file(machine.at("nvml.readings")).expect("readings");
        let (code, told) = under(&machine, fault);
        assert_eq!(code, 10, "{told}");
        let what = format!(
            "clocks did not hold: 3 of 3 groups of samples are void: {reason}; set sm = 1200"
        );
        assert!(told.contains(&what), "{told}");
        assert_eq!(machine.results()[0]["outcome"]["failed"]["kind"], "clocks");
    }
}

#[test]
fn a_clock_that_power_holds_down_is_nobody_s_lock_and_no_result() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (code, output, error) = machine.run(&[], &[("FAKE_NVML_SETUP", "capped")]);
    assert_eq!(code, 10, "{error}");
    assert!(output.contains("sw-power-cap"), "{output}");
    machine.is_as_before("capped");
}

#[test]
fn a_gpu_that_falls_off_the_bus_is_given_back_when_it_is_there_again() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let fault = [("FAKE_NVML_FAULT", "lost-when-locked")];
    let (code, output, error) = machine.run(&[], &fault);
    assert_eq!(code, 5, "{output}{error}");
    assert!(error.contains("the GPU is lost"), "{error}");
    assert!(
        machine.journal().exists(),
        "what can't be given back stays known"
    );
    let (code, _, error) = machine.run_with(&["env", "--device", "cuda:0"], &fault);
    assert_eq!(code, 0);
    assert!(error.contains("it is not given back"), "{error}");
    let (code, _, error) = machine.run_with(&["env", "--device", "cuda:0"], &[]);
    assert_eq!(code, 0);
    assert!(
        error.contains(&format!("{GPU} was left pinned by process")),
        "{error}"
    );
    machine.is_as_before("there again");
}

#[test]
fn a_call_that_hangs_does_not_hang_the_run() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let began = Instant::now();
    let fault = [("FAKE_NVML_FAULT", "hang:nvmlDeviceSetGpuLockedClocks")];
    let (code, _, error) = machine.run(&[], &fault);
    assert_eq!(code, 5, "{error}");
    assert!(
        began.elapsed() < Duration::from_secs(25),
        "{:?}",
        began.elapsed()
    );
    let what = "nvmlDeviceSetGpuLockedClocks does not answer";
    assert!(error.contains(what), "{error}");
    // Where one call hangs no other is made here; the watchdog gives back what was set.
    let restored =
        machine.until(|machine| machine.settings() == BEFORE && !machine.journal().exists());
    assert!(restored, "{}", machine.settings());
    machine.is_as_before("hang");
}

#[test]
fn somebody_else_s_lock_is_not_taken_over_unasked() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let foreign = [("FAKE_NVML_SETUP", "foreign")];
    let (code, _, error) = machine.run(&[], &foreign);
    assert_eq!(code, 5, "{error}");
    let what = "under load it is 1200 MHz, not 1980 MHz, and nothing holds it down";
    assert!(
        error.contains(what) && error.contains("--take-over"),
        "{error}"
    );
    assert_eq!(machine.set_calls(), Vec::<String>::new());
    let (code, output, error) = machine.run(&["--take-over"], &foreign);
    assert_eq!(code, 0, "{error}");
    assert!(output.contains("clocks pinned: SM 1500 MHz"), "{output}");
    machine.is_as_before("taken over");
}

#[test]
fn what_the_gpu_can_t_have_is_refused_before_anything_is_set() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let table = [
        (
            "sm = 1500",
            "sm = 1501",
            "a SM clock of 1501 MHz: the nearest are 1500 and 1515 MHz",
        ),
        (
            "sm = 1501",
            "sm = \"max\"\nmemory = 2200",
            "a memory clock of 2200 MHz: the nearest is 2201 MHz",
        ),
        (
            "memory = 2200",
            "memory = 2201",
            "power limits from 200 to 700 W, not 900 W",
        ),
    ];
    for (from, to, what) in table {
        machine.edit(from, to);
        if what.contains("power") {
            machine.edit("power-limit = 500", "power-limit = 900");
        }
        let (code, told) = under(&machine, "");
        assert_eq!(code, 5, "{told}");
        assert!(told.contains(what), "{told}");
    }
    let mig = [("FAKE_CUDA_MIG", "1g.10gb"), ("FAKE_NVML_SETUP", "mig")];
    let (code, _, error) = machine.run(&[], &mig);
    assert_eq!(code, 5, "{error}");
    assert!(error.contains("divided into MIG instances"), "{error}");
    assert_eq!(machine.set_calls(), Vec::<String>::new());
}

#[test]
fn a_lock_that_nobody_outside_a_container_finds_is_refused() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (code, _, error) = machine.run_with(&["run", "fake.toml"], &[("container", "podman")]);
    assert_eq!(code, 5, "{error}");
    assert!(
        error.contains("lies on the container's own file system"),
        "{error}"
    );
    assert!(error.contains("--unsafe-lock"), "{error}");
    assert_eq!(machine.set_calls(), Vec::<String>::new());
    let (code, _, error) = machine.run(&[], &[("container", "podman")]);
    assert_eq!(code, 0, "{error}");
}

#[test]
fn settings_are_made_and_given_back_in_their_order() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (code, told) = under(&machine, "");
    assert_eq!(code, 0, "{told}");
    let expected = [
        ("nvmlDeviceSetPersistenceMode", " 1"),
        ("nvmlDeviceSetPowerManagementLimit", " 500000"),
        ("nvmlDeviceSetGpuLockedClocks", " 1500 1500"),
        ("nvmlDeviceSetMemoryLockedClocks", " 3201 3201"),
        ("nvmlDeviceResetMemoryLockedClocks", ""),
        ("nvmlDeviceResetGpuLockedClocks", ""),
        ("nvmlDeviceSetPowerManagementLimit", " 600000"),
        ("nvmlDeviceSetPersistenceMode", " 0"),
    ];
    let expected = expected.map(|(call, values)| format!("{call} {GPU}{values}"));
    assert_eq!(machine.set_calls(), expected);
}

#[test]
fn each_of_two_gpus_has_its_own_guard() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.edit("sm = 1500", "sm = \"max\"");
    let two = [("FAKE_CUDA_GPUS", "2")];
    let (code, output, error) = machine.run(&["--device", "cuda:1"], &two);
    assert_eq!(code, 0, "{error}");
    assert!(output.contains("clocks pinned: SM 1755 MHz"), "{output}");
    assert!(machine.set_calls().iter().all(|call| !call.contains(GPU)));
    machine.is_as_before("the other GPU");
}
