//! Commands that run: what they get, what they use, what is kept.

use std::sync::{Mutex, PoisonError};

use warpmark::plan::OUTPUT_FOLDER;

use super::{Bench, artefact_folder, printed, series, words};
use crate::support;

const MIB: f64 = 1_048_576.0;

/// Held by tests that look at this process' memory, which is all tests'.
static MEMORY: Mutex<()> = Mutex::new(());

#[test]
fn time_and_usage_are_taken() {
    let (observation, finished) = Bench::shell("sleep 0.2").measured();
    let time = observation.time_ns.expect("a time");
    assert!((2e8..2e9).contains(&time), "{time}");
    assert!(series(&observation, "user-time").samples[0] < 1e8);
    assert!(series(&observation, "system-time").samples[0] < 1e8);
    assert!(finished.output.is_empty() && finished.notes.is_empty());
}

#[test]
fn a_busy_command_shows_user_time_and_an_allocating_one_its_peak() {
    if !support::has_tool("python3") {
        return;
    }
    let script = "import time\nx = b'x' * (64 << 20)\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass";
    let (observation, _) = Bench::new(&["python3", "-c", script]).measured();
    let user = series(&observation, "user-time").samples[0];
    let system = series(&observation, "system-time").samples[0];
    assert!(user + system >= 3e8, "{user} {system}");
    let peak = series(&observation, "peak-memory").samples[0];
    assert!((64.0 * MIB..200.0 * MIB).contains(&peak), "{peak}");
}

#[test]
fn the_peak_is_the_commands_own_whatever_the_worker_holds() {
    let _alone = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let held = std::hint::black_box(vec![1_u8; 256 << 20]);
    let (observation, _) = Bench::new(&["true"]).measured();
    let found = observation.reports.iter();
    let peak = found.filter(|report| report.series.metric == "peak-memory");
    // It needs less than its supervisor, and how much that is can't be told.
    assert_eq!(peak.count(), 0, "beside {}: {observation:?}", held.len());
}

#[test]
fn a_cleared_environment_holds_what_the_suite_sets_and_no_more() {
    let mut bench = Bench::new(&["/usr/bin/env"]);
    bench.task.environment.insert("BATCH".into(), "8".into());
    bench
        .task
        .environment
        .insert("RESULT".into(), format!("{OUTPUT_FOLDER}/r.json"));
    bench.task.clear_environment = true;
    let (_, finished) = bench.measured();
    let result = bench.path("out").join("r.json");
    let expected = format!("BATCH=8\nRESULT={}\n", result.display());
    assert_eq!(printed(&bench, &finished, "stdout"), expected);
    bench.task.clear_environment = false;
    let (_, finished) = bench.measured();
    let stdout = printed(&bench, &finished, "stdout");
    assert!(
        stdout.contains("\nPATH=") || stdout.starts_with("PATH="),
        "{stdout}"
    );
    assert!(stdout.contains("BATCH=8\n"));
}

#[test]
fn standard_input_is_a_file_or_empty() {
    let mut bench = Bench::new(&["cat"]);
    let (_, finished) = bench.measured();
    assert!(finished.output.is_empty(), "nothing came in");
    std::fs::write(bench.path("in.txt"), "one\ntwo\n").expect("written");
    bench.task.stdin = Some(bench.path("in.txt"));
    let (_, finished) = bench.measured();
    assert_eq!(printed(&bench, &finished, "stdout"), "one\ntwo\n");
    bench.task.stdin = Some(bench.path("none.txt"));
    let failure = bench.failure();
    assert!(failure.message.contains("none.txt"), "{failure:?}");
}

#[test]
fn it_runs_in_its_folder_with_its_output_folder_filled_in() {
    let bench = Bench::shell(&format!(
        "pwd; echo done > {OUTPUT_FOLDER}/result; echo warning >&2"
    ));
    let (_, finished) = bench.measured();
    let folder = bench.folder.path().canonicalize().expect("the folder");
    assert_eq!(
        printed(&bench, &finished, "stdout"),
        format!("{}\n", folder.display())
    );
    assert_eq!(printed(&bench, &finished, "stderr"), "warning\n");
    assert_eq!(bench.read("out/result"), "done\n");
}

#[test]
fn setup_prepare_and_cleanup_run_beside() {
    let mut bench = Bench::shell("echo run >> log");
    let echo = |word: &str| Some(words(&["sh", "-c", &format!("echo {word} >> log")]));
    bench.task.setup = echo("setup");
    bench.task.prepare = echo("prepare");
    bench.task.cleanup = echo("cleanup");
    bench.with(|device, request| {
        use warpmark::device::Device;
        device.set_up(request).expect("set up");
        let mut execution = device.open(request).expect("opened");
        execution.warm_up().expect("warm");
        execution.sample().expect("sampled");
        drop(execution);
        device.clean_up(request).expect("cleaned up");
    });
    assert_eq!(
        bench.read("log"),
        "setup\nprepare\nrun\nprepare\nrun\ncleanup\n"
    );
    bench.task.prepare = Some(words(&["sh", "-c", "echo no disk >&2; exit 3"]));
    let failure = bench.failure();
    assert_eq!(failure.message, "prepare ended with status 3");
    assert_eq!(failure.detail.as_deref(), Some("no disk"));
}

#[test]
fn a_hundred_megabytes_are_read_and_two_ends_are_kept() {
    let _alone = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let before = resident();
    let script = "echo begin; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo end; head -c 3000000 /dev/zero >&2";
    let bench = Bench::shell(script);
    let (_, finished) = bench.measured();
    assert!(
        resident() < before + (64 << 20),
        "no growth with the output"
    );
    let stdout = printed(&bench, &finished, "stdout");
    assert!(stdout.len() <= 1 << 20, "{}", stdout.len());
    assert!(stdout.starts_with("begin\nxxx") && stdout.ends_with("xxx\nend\n"));
    let marked = stdout.lines().nth(2).expect("a line between");
    assert_eq!(marked, "[98951499 bytes left out]");
    assert_eq!(
        finished.notes[0],
        "stdout: 100000011 bytes, the middle 98951499 of which are not kept"
    );
    assert!(
        finished.notes[1].starts_with("stderr: 3000000 bytes"),
        "{:?}",
        finished.notes
    );
}

/// This process' resident memory in bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = statm
        .split(' ')
        .nth(1)
        .expect("a field")
        .parse()
        .expect("a number");
    pages * 4096
}

#[test]
fn scripts_find_the_python_module() {
    let bench = Bench::new(&["true"]);
    let folder = artefact_folder(&bench).path.expect("a folder");
    assert!(folder.is_absolute() && folder.join("warpmark.py").is_file());
    let mut bench = Bench::shell("echo $PYTHONPATH");
    bench
        .task
        .environment
        .insert("PYTHONPATH".into(), "mine".into());
    let (_, finished) = bench.measured();
    let path = printed(&bench, &finished, "stdout");
    assert!(path.starts_with("mine:/"), "{path}");
}
