//! Signals and sudden deaths: what was measured is kept, and nothing stays behind.

use super::project::{Project, end, gated, has_tool, send, workload};

/// A command that ignores what can be ignored, with a child in a session of its own.
const STUBBORN: &str = "trap '' TERM INT HUP; setsid sleep 1000 & sleep 1001; wait";

fn command(name: &str, script: &str, more: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\ncommand = [\"sh\", \"-c\", \"{script}\"]\n{more}\n")
}

/// A run that has come to the stubborn command, all of whose processes run.
fn stubborn(more: &str) -> (Project, std::process::Child) {
    let project =
        Project::new(&(workload("a", "times = [1.0]") + &command("stubborn", STUBBORN, more)));
    project.edit("warmup = 0", "warmup = 0\norder = \"declared\"");
    let run = project.start(&[]);
    project.until("the command and its child", |project| {
        let lines = project.processes();
        ["sleep 1000", "sleep 1001"]
            .iter()
            .all(|text| lines.iter().any(|(_, line)| line.starts_with(text)))
    });
    (project, run)
}

/// The process number of the worker.
fn worker(project: &Project) -> u32 {
    let processes = project.processes();
    let is_worker = |(_, line): &&(u32, String)| line.trim_end() == "warpmark worker";
    processes.iter().find(is_worker).expect("a worker").0
}

/// Interrupts `run` and sees that it ends with nothing left behind, though what it does would last for many minutes.
#[track_caller]
fn is_interrupted_soon(project: &Project, mut run: std::process::Child) {
    send(run.id(), "INT");
    project.until("the run to end", |_| {
        run.try_wait().expect("a child").is_some()
    });
    assert_eq!(end(run).code, 130);
    project.is_quiet_soon();
}

/// A run with one case, a sample of which takes longer than any test.
fn endless() -> Project {
    let project = Project::with(&[("a", "times = [1.0], sleep-ms = 600000")]);
    project.edit("warmup = 0", "warmup = 0\ntimeout = \"900s\"");
    project
}

#[test]
fn a_signal_stops_a_run_and_keeps_what_was_measured() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let project = Project::new(&(workload("a", "times = [1.0], sleep-ms = 1") + &gated("b")));
        project.edit("samples = 3", "samples = 4\norder = \"declared\"");
        let run = project.start(&["--html", "report.html"]);
        project.until_lines(1, 2);
        send(run.id(), name);
        let ended = end(run);
        assert_eq!(ended.code, 128 + number, "{name}: {}", ended.stderr);
        let page = project.path().join("report.html");
        assert!(page.exists(), "the page is written all the same");
        assert!(
            ended.stderr.contains(&format!("interrupted by SIG{name}")),
            "{}",
            ended.stderr
        );
        project.is_quiet_soon();
        let summary = project.summary();
        assert_eq!(
            (&summary["complete"], &summary["signal"]),
            (&false.into(), &number.into())
        );
        assert_eq!(project.lines(0).len(), 4, "process 0 is whole");
        assert_eq!(project.outcome(1, "a"), Some("measured".into()));
        project.open_gate();
        let resumed = project.run(&["run", "--resume"]);
        assert_eq!(resumed.code, 0, "{}", resumed.stderr);
        assert_eq!(project.summary()["complete"], true);
    }
}

#[test]
fn a_signal_while_nothing_is_measured_yet_ends_the_run_too() {
    let project = endless();
    let run = project.start(&[]);
    project.until_lines(0, 1);
    is_interrupted_soon(&project, run);
}

#[test]
fn a_signal_ends_commands_with_all_below_them() {
    if !has_tool("setsid") {
        return;
    }
    let (project, run) = stubborn("timeout = \"900s\"");
    send(run.id(), "TERM");
    assert_eq!(end(run).code, 143);
    project.is_quiet_soon();
}

#[test]
fn a_killed_parent_leaves_nothing_behind() {
    if !has_tool("setsid") {
        return;
    }
    let (project, run) = stubborn("timeout = \"900s\"");
    send(run.id(), "KILL");
    end(run);
    project.is_quiet_soon();
}

#[test]
fn a_parent_and_a_worker_that_are_killed_together_leave_nothing_behind() {
    if !has_tool("setsid") {
        return;
    }
    let (project, run) = stubborn("timeout = \"900s\"");
    send(worker(&project), "KILL");
    send(run.id(), "KILL");
    end(run);
    project.is_quiet_soon();
}

#[test]
fn a_killed_worker_costs_its_case_alone() {
    if !has_tool("setsid") {
        return;
    }
    let (project, run) = stubborn("timeout = \"900s\"");
    project.edit("times = [1.0]", "times = [1.0] ");
    send(worker(&project), "KILL");
    let ended = end(run);
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    let outcome = project.outcome(0, "stubborn").expect("a failure");
    assert_eq!(outcome["failed"]["message"], "crashed: SIGKILL");
    assert_eq!(project.outcome(1, "a"), Some("measured".into()));
    project.is_quiet_soon();
}

#[test]
fn a_command_that_takes_too_long_ends_with_all_below_it() {
    if !has_tool("setsid") {
        return;
    }
    let (project, run) = stubborn("timeout = \"1s\"");
    let ended = end(run);
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    let outcome = project.outcome(0, "stubborn").expect("a failure");
    assert_eq!(outcome["failed"]["message"], "timed out after 1 s");
    project.is_quiet_soon();
}

#[test]
fn the_command_of_a_killed_supervisor_ends_with_its_case() {
    if !has_tool("setsid") {
        return;
    }
    let (project, run) = stubborn("timeout = \"900s\"");
    let processes = project.processes();
    let is_supervisor = |(_, line): &&(u32, String)| line.trim_end().ends_with(" supervise");
    let supervisor = processes
        .iter()
        .find(is_supervisor)
        .expect("a supervisor")
        .0;
    send(supervisor, "KILL");
    is_interrupted_soon(&project, run);
}

#[test]
fn a_run_under_nohup_outlives_its_terminal() {
    if !has_tool("nohup") {
        return;
    }
    let project = Project::new(&(workload("a", "times = [1.0], sleep-ms = 1") + &gated("b")));
    project.edit("samples = 3", "samples = 4\norder = \"declared\"");
    let run = project.start_by(&["nohup"]);
    project.until_lines(1, 2);
    send(run.id(), "HUP");
    project.open_gate();
    let ended = end(run);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(project.summary()["complete"], true);
    project.is_quiet_soon();
}

#[test]
fn a_hanging_worker_dies_with_its_parent() {
    let project = Project::with(&[("a", "fault = \"hang\"")]);
    let run = project.start(&[]);
    project.until_lines(0, 1);
    let worker = worker(&project);
    // Not even a stopped one stays.
    send(worker, "STOP");
    send(run.id(), "KILL");
    end(run);
    project.is_quiet_soon();
}

#[test]
fn a_second_signal_ends_everything_at_once() {
    let cleanup =
        "cleanup = [\"sh\", \"-c\", \"trap '' TERM INT; sleep 1002; true\"]\ntimeout = \"900s\"";
    let project = Project::new(&command("c", "sleep 1003; true", cleanup));
    let run = project.start(&[]);
    let runs = |text: &'static str| {
        move |project: &Project| {
            project
                .processes()
                .iter()
                .any(|(_, line)| line.starts_with(text))
        }
    };
    project.until("the command", runs("sleep 1003"));
    send(run.id(), "INT");
    project.until("the clean-up", runs("sleep 1002"));
    // A signal right after the first is the same wish.
    std::thread::sleep(std::time::Duration::from_millis(300));
    is_interrupted_soon(&project, run);
}

#[test]
fn ctrl_c_reaches_the_parent_alone() {
    let project = endless();
    let run = project.start(&[]);
    project.until_lines(0, 1);
    let group = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process");
        let fields = stat.rsplit_once(") ").expect("a name").1;
        fields.split(' ').nth(2).expect("a group").to_owned()
    };
    assert_ne!(group(worker(&project)), group(run.id()));
    send(run.id(), "INT");
    end(run);
}

#[test]
fn setup_comes_once_before_and_cleanup_once_after_all_processes() {
    let log = |word: &str| format!("[\"sh\", \"-c\", \"echo {word} >> log\"]");
    let around = |name: &str, script: &str| {
        let more = format!("setup = {}\ncleanup = {}", log("setup"), log("cleanup"));
        Project::new(&command(name, script, &more))
    };
    let logged = |project: &Project| {
        std::fs::read_to_string(project.path().join("log"))
            .unwrap_or_default()
            .replace('\n', " ")
    };
    let good = around("c", "echo run >> log");
    good.edit("samples = 3", "samples = 1");
    let ended = good.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(logged(&good), "setup run run cleanup ");

    let bad = around("c", "echo run >> log; exit 3");
    assert_eq!(bad.run(&["run", "s.toml"]).code, 10);
    assert_eq!(logged(&bad), "setup run cleanup ", "also after a failure");

    let stopped = around("c", "echo run >> log; sleep 1004");
    let run = stopped.start(&[]);
    stopped.until("the command", |project| logged(project).contains("run"));
    send(run.id(), "TERM");
    assert_eq!(end(run).code, 143);
    assert_eq!(
        logged(&stopped),
        "setup run cleanup ",
        "also after a signal"
    );
}
