//! Under `WARPMARK_CLOCKS=observe` nothing is ever set, whatever manifests and options say.

use super::{BEFORE, Machine};

const OBSERVE: (&str, &str) = ("WARPMARK_CLOCKS", "observe");

#[test]
fn no_set_call_is_made_whatever_the_manifest_says() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let manifests = [
        ("sm = 1500", "sm = 1500\ndenied = \"fail\""),
        ("sm = 1500", "sm = \"max\"\nmemory = 2201"),
        ("sm = \"max\"", "sm = \"base\""),
    ];
    for (from, to) in manifests {
        machine.edit(from, to);
        for more in [&[][..], &["--take-over"]] {
            let (code, output, error) = machine.run(more, &[OBSERVE]);
            assert_eq!(code, 0, "{error}");
            let label = "clocks not pinned: WARPMARK_CLOCKS is set";
            assert!(output.contains(label), "{output}");
        }
    }
    // A mistyped word must not touch a GPU.
    assert_eq!(machine.run(&[], &[("WARPMARK_CLOCKS", "obsreve")]).0, 0);
    for arguments in [
        &["env", "fake.toml"][..],
        &["clocks", "status"],
        &["doctor"],
        &["list", "fake.toml"],
        &["run", "--dry-run", "fake.toml"],
    ] {
        machine.run_with(arguments, &[OBSERVE]);
    }
    assert_eq!(machine.set_calls(), Vec::<String>::new());
    assert_eq!(machine.settings(), BEFORE);
}

#[test]
fn what_a_dead_run_left_is_not_given_back_either_and_that_is_said() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.leave_pinned();
    let (left, calls) = (machine.settings(), machine.set_calls());
    let (code, output, error) = machine.run_with(&["clocks", "restore"], &[OBSERVE]);
    assert_eq!((code, output.as_str()), (5, ""));
    assert!(error.contains("WARPMARK_CLOCKS is set"), "{error}");
    let (code, _, error) = machine.run_with(&["env", "--device", "cuda:0"], &[OBSERVE]);
    assert_eq!(code, 0);
    assert!(error.contains("it is not given back"), "{error}");
    assert_eq!((machine.settings(), machine.set_calls()), (left, calls));
    let (code, output, error) = machine.run_with(&["clocks", "restore"], &[]);
    assert_eq!(code, 0, "{error}");
    let done =
        "given back (memory clock free, SM clock free, power limit 600 W, persistence mode off)";
    assert!(output.contains(done), "{output}");
    machine.is_as_before("restored by hand");
}
