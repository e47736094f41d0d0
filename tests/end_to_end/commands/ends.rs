//! How commands end: badly, not at all, or leaving something behind.

use std::time::{Duration, Instant};

use warpmark::record::{FailureKind, Refusal};

use super::Bench;

fn message(bench: &Bench) -> (String, String) {
    let failure = bench.failure();
    assert_eq!(failure.kind, FailureKind::Command, "{failure:?}");
    (failure.message, failure.detail.unwrap_or_default())
}

#[test]
fn what_cannot_start_is_named_with_a_hint() {
    let (text, hint) = message(&Bench::new(&["no-such-tool", "--fast"]));
    assert_eq!(text, "command \"no-such-tool\" not found");
    assert_eq!(
        hint,
        "hint: it is in no folder of PATH; install it, or give its path"
    );
    let bench = Bench::new(&["./tool.sh"]);
    let (text, _) = message(&bench);
    let folder = bench.folder.path().display();
    assert_eq!(text, format!("command \"./tool.sh\" not found in {folder}"));
    std::fs::write(bench.path("tool.sh"), "#!/no/such/shell\n").expect("written");
    let (text, hint) = message(&bench);
    assert_eq!(text, "command \"./tool.sh\" is not executable");
    assert!(hint.contains("chmod +x"), "{hint}");
    make_executable(&bench);
    let (text, _) = message(&bench);
    assert!(
        text.contains("the interpreter that its first line names"),
        "{text}"
    );
    std::fs::write(bench.path("tool.sh"), "\u{1}\u{2}").expect("written");
    let (text, _) = message(&bench);
    assert_eq!(text, "command \"./tool.sh\" is no program of this machine");
    let mut bench = Bench::new(&["true"]);
    bench.task.folder = bench.path("gone");
    let (text, _) = message(&bench);
    assert!(text.contains("gone doesn't exist"), "{text}");
}

fn make_executable(bench: &Bench) {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(bench.path("tool.sh"), mode).expect("permissions");
}

#[test]
fn a_status_is_named_with_the_end_of_standard_error() {
    let script =
        "i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo line $i >&2; done; echo out; exit 3";
    let mut bench = Bench::shell(script);
    let (text, detail) = message(&bench);
    assert_eq!(text, "command ended with status 3");
    assert!(
        detail.starts_with("line 11\n") && detail.ends_with("line 30"),
        "{detail}"
    );
    assert_eq!(bench.read("out/stdout"), "out\n", "kept with a failure too");
    bench.task.ignore_status = true;
    let (observation, _) = bench.measured();
    assert!(observation.time_ns.is_some());
}

#[test]
fn a_signal_is_named() {
    let (text, _) = message(&Bench::shell("kill -SEGV $$"));
    assert_eq!(text, "command was killed by SIGSEGV (signal 11)");
    let (text, _) = message(&Bench::shell("kill -KILL $$"));
    assert_eq!(
        text,
        "command was killed by SIGKILL (signal 9, as the system does when memory runs out)"
    );
}

#[test]
fn standard_output_must_match_where_asked() {
    let mut bench = Bench::shell("echo loss 0.25");
    bench.task.stdout_pattern = Some(r"loss 0\.[0-9]+".into());
    bench.measured();
    bench.task.stdout_pattern = Some(r"^loss 1$".into());
    let failure = bench.failure();
    assert_eq!(failure.kind, FailureKind::Wrong);
    assert_eq!(failure.message, "standard output doesn't match /^loss 1$/");
    assert_eq!(failure.detail.as_deref(), Some("loss 0.25"));
}

/// Whether a process whose arguments hold `mark` lives.
fn lives(mark: &str) -> bool {
    let entries = std::fs::read_dir("/proc").expect("Linux").flatten();
    entries
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).contains(mark))
}

fn wait_until(mut what: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !what() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

#[test]
fn what_a_command_leaves_running_is_ended_and_noted() {
    let mark = format!("6{}.125", std::process::id());
    // One in another session, one whose parent is dead, both deaf to SIGTERM.
    let script = format!("trap '' TERM; setsid sleep {mark} & (sleep {mark} &) ; exit 0");
    let began = Instant::now();
    let (observation, finished) = Bench::shell(&script).measured();
    assert!(began.elapsed() < Duration::from_mins(10));
    assert!(observation.time_ns.is_some());
    assert_eq!(
        finished.notes,
        ["the command left 2 processes running; they were ended"]
    );
    assert!(!lives(&mark));
}

#[test]
fn a_dead_worker_leaves_nothing() {
    // A worker stands for itself: a process that starts the supervisor, gives the order, and is killed.
    let mark = format!("7{}.125", std::process::id());
    let script = format!(
        "trap '' TERM; setsid sh -c \\\"trap '' TERM; sleep {mark}; true\\\" & sleep {mark}; wait"
    );
    let order = format!(
        "{{\"command\":[\"sh\",\"-c\",\"{script}\"],\"environment\":{{}},\"clear_environment\":false,\"stdin\":null}}\n"
    );
    let (mut own, other) = std::os::unix::net::UnixStream::pair().expect("a socket");
    let mut supervisor = std::process::Command::new(env!("CARGO_BIN_EXE_warpmark"))
        .arg("supervise")
        .stdin(std::process::Stdio::from(std::os::fd::OwnedFd::from(other)))
        .spawn()
        .expect("the built program");
    std::io::Write::write_all(&mut own, order.as_bytes()).expect("an order");
    assert!(wait_until(|| lives(&mark)), "the command runs");
    drop(own);
    // The command would go on for hours.
    let ended = wait_until(|| supervisor.try_wait().expect("a child").is_some());
    assert!(ended, "the supervisor ends");
    assert!(!lives(&mark));
}

/// The living process whose arguments hold `mark`, and its parent.
fn with_parent(mark: &str) -> Option<(u32, u32)> {
    let entries = std::fs::read_dir("/proc").expect("Linux").flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = pids.find(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark)
    })?;
    let parent = stat(pid)?.nth(1)?.parse().ok()?;
    Some((pid, parent))
}

/// What the process table says of a process, from its state on.
fn stat(pid: u32) -> Option<std::vec::IntoIter<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    let fields: Vec<String> = fields.split(' ').map(str::to_owned).collect();
    Some(fields.into_iter())
}

/// What a parent says to a worker that is to execute `bench`'s case, one message a line.
fn orders(bench: &Bench) -> String {
    let device = warpmark::device::Selector::new(warpmark::plan::DeviceKind::Mock);
    let begin = serde_json::json!({ "begin": {
        "device": device, "seed": 1, "process": 0, "folder": bench.folder.path(), "elapsed_ns": 0.0,
    } });
    let execute = serde_json::json!({ "execute": {
        "cases": [{ "number": 0, "position": 0, "case": bench.cases()[0] }],
        "artefact": warpmark::device::Artefact::default(),
        "first": false,
    } });
    format!("{begin}\n{execute}\n")
}

#[test]
fn a_worker_without_a_parent_leaves_its_command_to_the_supervisor() {
    // Were it to end what is below it while the system ends it, its supervisor could be dead and the command not.
    let mark = format!("9{}.125", std::process::id());
    let program = env!("CARGO_BIN_EXE_warpmark");
    // Another supervisor counts what the worker leaves; the worker hears no more once there is the file `go`.
    let hearing = "{ cat orders; until test -e go; do sleep 0.02; done; }";
    let mut outer = Bench::shell(&format!("{hearing} | {program} worker"));
    outer.task.ignore_status = true;
    let inner = Bench::new(&["sleep", &mark]);
    std::fs::write(outer.path("orders"), orders(&inner)).expect("written");
    let notes = std::thread::scope(|scope| {
        let measuring = scope.spawn(|| outer.measured().1.notes);
        // A stopped supervisor ends nothing, so that all that the worker leaves is there to be counted.
        let stopped = wait_until(|| {
            let Some((_, supervisor)) = with_parent(&mark) else {
                return false;
            };
            crate::runs::send(supervisor, "STOP");
            let state = stat(supervisor).and_then(|mut fields| fields.next());
            state.as_deref() == Some("T")
        });
        std::fs::write(outer.path("go"), "").expect("written");
        let notes = measuring.join().expect("measured");
        assert!(stopped, "the command never ran");
        notes
    });
    assert_eq!(
        notes,
        ["the command left 2 processes running; they were ended"]
    );
    assert!(!lives(&mark));
}

#[test]
fn no_orders_are_no_command() {
    let output = crate::support::warpmark()
        .arg("supervise")
        .write_stdin("")
        .output();
    let output = output.expect("the built program");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("warpmark run"), "{text}");
}

#[test]
fn a_fact_that_takes_too_long_is_ended() {
    let bench = Bench::new(&["true"]);
    let mark = format!("8{}.125", std::process::id());
    let device =
        warpmark::device::command::Command::with_program(env!("CARGO_BIN_EXE_warpmark").into());
    let words = super::words(&["sleep", &mark]);
    let answer = device.ask(&bench.task, &words, Duration::from_millis(300));
    let Err(Refusal::Failed(failure)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert_eq!(failure.message, "its command: timed out after 0.3 s");
    assert!(wait_until(|| !lives(&mark)));
    let words = super::words(&["echo", " 2.5.1 "]);
    let answer = device.ask(&bench.task, &words, Duration::from_secs(20));
    assert_eq!(answer, Ok("2.5.1".to_owned()));
}
