//! One run at a time on a device.

use std::fs;

use super::project::{Project, end, send};

fn slow() -> Project {
    let project = Project::with(&[("a", "times = [1.0], sleep-ms = 600000")]);
    project.edit("warmup = 0", "warmup = 0\ntimeout = \"900s\"");
    project
}

#[test]
fn a_second_run_is_refused_and_told_who_is_first() {
    let project = slow();
    let first = project.start(&[]);
    project.until_lines(0, 1);
    let second = project.run(&["run", "s.toml"]);
    assert_eq!(second.code, 5, "{}", second.stderr);
    let expected = format!(
        "error: the device mock is in use by process {}, which runs the suite s since ",
        first.id()
    );
    assert!(second.stderr.contains(&expected), "{}", second.stderr);
    assert!(second.stderr.contains("--wait 10m"), "{}", second.stderr);
    send(first.id(), "TERM");
    assert_eq!(end(first).code, 143);
}

#[test]
fn a_run_that_waits_begins_when_the_other_ends() {
    let project = slow();
    let first = project.start(&[]);
    project.until_lines(0, 1);
    project.edit("sleep-ms = 600000", "sleep-ms = 1");
    let second = project.start_heard(&["--wait", "10m"], "second.txt");
    project.until("the second run to wait", |project| {
        project.text("second.txt").contains("waiting at most")
    });
    assert_eq!(project.records().len(), 1, "the second waits");
    send(first.id(), "INT");
    assert_eq!(end(first).code, 130);
    let code = end(second).code;
    let said = project.text("second.txt");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("in use by process"), "{said}");
}

#[test]
fn waiting_ends_with_its_time_and_with_a_signal() {
    let project = slow();
    let first = project.start(&[]);
    project.until_lines(0, 1);
    let second = project.run(&["run", "s.toml", "--wait", "200ms"]);
    assert_eq!(second.code, 5, "{}", second.stderr);
    // It watches for signals before it waits: once it has said so, it hears this one.
    let third = project.start_heard(&["--wait", "1h"], "third.txt");
    project.until("the third run to wait", |project| {
        project.text("third.txt").contains("waiting at most")
    });
    send(third.id(), "TERM");
    assert_eq!(end(third).code, 143);
    send(first.id(), "KILL");
    end(first);
    project.is_quiet_soon();
}

#[test]
fn a_dead_holder_holds_nothing() {
    let project = slow();
    let first = project.start(&[]);
    project.until_lines(0, 1);
    send(first.id(), "KILL");
    end(first);
    let left =
        fs::read_to_string(project.path().join(".warpmark/mock.lock")).expect("the lock file");
    assert!(left.contains("\"suite\":\"s\""), "{left}");
    project.edit("sleep-ms = 600000", "sleep-ms = 1");
    let second = project.run(&["run", "s.toml"]);
    assert_eq!(second.code, 0, "{}", second.stderr);
}
