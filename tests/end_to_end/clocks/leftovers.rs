//! What dead runs leave: who may act on it, and what is not believed.

use std::fs;
use std::os::unix::fs::symlink;

use super::{BEFORE, Machine};

impl Machine {
    /// Kills a run and its watchdog when the GPU is pinned.
    pub fn leave_pinned(&self) {
        let mut run = self.start_pinned();
        crate::runs::send(self.watchdog().expect("a watchdog"), "KILL");
        crate::runs::send(run.id(), "KILL");
        run.wait().expect("it ends");
        assert_ne!(self.settings(), BEFORE);
    }
}

#[test]
fn every_verb_gives_back_first() {
    let Some(machine) = Machine::new() else {
        return;
    };
    for verb in [
        &["check", "fake.toml"][..],
        &["run", "fake.toml", "--unsafe-lock", "--quiet"],
        &["--version"],
    ] {
        machine.leave_pinned();
        let (code, _, error) = machine.run_with(verb, &[]);
        assert_eq!(code, 0, "{verb:?}: {error}");
        assert!(
            error.contains("which died: given back"),
            "{verb:?}: {error}"
        );
        machine.is_as_before(&format!("{verb:?}"));
    }
}

#[test]
fn a_run_that_lives_is_left_alone() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let mut run = machine.start_pinned();
    let during = machine.settings();
    let (code, _, error) = machine.run_with(&["env", "--device", "cuda:0"], &[]);
    assert_eq!((code, error.as_str()), (0, ""));
    let (code, output, error) = machine.run_with(&["clocks", "restore"], &[]);
    assert_eq!(code, 5, "{error}");
    let holder = format!("pinned by process {}, which goes on", run.id());
    assert!(output.contains(&holder), "{output}");
    assert_eq!(machine.settings(), during);
    crate::runs::send(run.id(), "TERM");
    run.wait().expect("it ends");
    machine.is_as_before("ended");
}

#[test]
fn a_journal_of_an_earlier_boot_is_discarded() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.leave_pinned();
    let text = fs::read_to_string(machine.journal()).expect("the journal");
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("a boot");
    let earlier = text.replace(boot.trim(), "00000000-0000-0000-0000-000000000000");
    assert_ne!(earlier, text);
    fs::write(machine.journal(), earlier).expect("written");
    machine.write("nvml", BEFORE);
    let calls = machine.set_calls();
    let (code, _, error) = machine.run_with(&["env", "--device", "cuda:0"], &[]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert_eq!(machine.set_calls(), calls);
    machine.is_as_before("booted");
}

#[test]
fn what_is_no_journal_is_named_and_resets_nothing() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let path = machine.journal();
    let shown = path.display().to_string();
    let bad = |what: &str| {
        let (code, _, error) = machine.run_with(&["env", "--device", "cuda:0"], &[]);
        assert_eq!(code, 0, "{what}: {error}");
        assert!(
            error.contains(&shown) && error.contains("can't be used"),
            "{what}: {error}"
        );
        let (code, _, error) = machine.run_with(&["clocks", "restore"], &[]);
        assert_eq!(code, 5, "{what}: {error}");
        // Nor is a GPU pinned whose state isn't known.
        let (code, _, error) = machine.run(&[], &[]);
        assert_eq!(code, 5, "{what}: {error}");
        assert!(error.contains(&shown), "{what}: {error}");
        assert_eq!(machine.set_calls(), Vec::<String>::new(), "{what}");
    };
    for text in ["", "{", "[]", "{\"format\": 9}"] {
        fs::write(&path, text).expect("written");
        bad(text);
    }
    fs::remove_file(&path).expect("removed");
    symlink("/etc/passwd", &path).expect("linked");
    bad("a link");
    assert!(path.symlink_metadata().expect("there").is_symlink());
}

#[test]
fn what_somebody_else_set_meanwhile_stays() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.leave_pinned();
    let left = machine.settings();
    machine.write("nvml", &left.replace(" power 500000", " power 450000"));
    let (code, output, error) = machine.run_with(&["clocks", "restore"], &[]);
    assert_eq!(code, 0, "{error}");
    let kept = "power limit 450 W left, which somebody else has set meanwhile";
    assert!(output.contains(kept), "{output}");
    assert_eq!(machine.settings(), BEFORE.replace("600000", "450000"));
}
