//! Graphs of executions: what is captured and replayed, on which buffers, and what a sample is.

use serde_json::{Value, json};

use super::{INCREMENT, Place, SCALE, told};

/// A workload with lines of its own after its kernel.
pub fn with(workload: &str, lines: &str) -> String {
    workload.replacen("grid =", &format!("{lines}\ngrid ="), 1)
}

/// The results of the case whose id starts with `case`, one a process.
pub fn of(place: &Place, case: &str) -> Vec<Value> {
    let mut results = place.results();
    let is = |result: &Value| {
        result["case"]
            .as_str()
            .is_some_and(|id| id.starts_with(case))
    };
    results.retain(is);
    assert!(!results.is_empty(), "{case}");
    results
}

/// The name of a method and its executions.
pub fn method(result: &Value) -> (String, u64) {
    let name = result["method"]["name"].as_str().unwrap_or_default();
    (
        name.to_owned(),
        result["method"]["executions"].as_u64().unwrap_or_default(),
    )
}

fn samples(result: &Value) -> Vec<f64> {
    let samples = result["series"][0]["samples"].as_array();
    let numbers = samples.expect("samples").iter();
    numbers
        .map(|value| value.as_f64().expect("a number"))
        .collect()
}

/// The executions of each replay, in order.
fn replays(calls: &[String]) -> Vec<u64> {
    let of = |call: &String| call.strip_prefix("cuGraphLaunch ")?.parse().ok();
    calls.iter().filter_map(of).collect()
}

// The fake's clock: a launch of 4 x 256 or 8 x 128 threads takes 2012 ns, a pair of events 300 beside it, and a
// replay 2000 beside its launches.
const LAUNCH_NS: f64 = 2012.0;

#[test]
fn a_sample_is_the_slope_over_two_replays() {
    let Some(place) = Place::new(&[&with(SCALE, "timing = \"graph\"")]) else {
        return;
    };
    let (code, output, error) = place.run("");
    assert_eq!(code, 0, "{output}{error}");
    for result in of(&place, "scale/n=1000") {
        assert_eq!(method(&result), ("graph-cold".to_owned(), 100));
        let samples = samples(&result);
        assert_eq!(samples.len(), 10);
        assert!(
            samples.iter().all(|ns| (ns - LAUNCH_NS).abs() < 1.0),
            "nothing of the replay itself: {samples:?}"
        );
        let notes = json!(["timed by graphs of 100 executions, cold data"]);
        assert_eq!(result["notes"], notes);
    }
    // One execution of the larger case lasts 151.8 us, and two of them are a replay of 200.
    assert_eq!(method(&of(&place, "scale/n=300000")[0]).1, 2);
    let calls = place.calls();
    let small: Vec<u64> = replays(&calls)
        .into_iter()
        .filter(|count| *count >= 100)
        .collect();
    // Three of each to warm up; then the longer comes second, first, second, ... in each of two processes.
    let expected = [
        vec![200, 100, 200, 100, 200, 100],
        [100, 200, 200, 100].repeat(5),
    ]
    .concat();
    assert_eq!(small, expected.repeat(2));
}

#[test]
fn every_replay_is_flushed_gated_and_alone_between_its_events() {
    let Some(place) = Place::new(&[&with(SCALE, "timing = \"graph\"")]) else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    let calls = place.calls();
    let as_it_should = [
        "cuCtxResetPersistingL2Cache",
        "cuEventRecord",
        "cuLaunchKernel warpmark_flush",
        "cuStreamWaitValue32_v2",
        "cuEventRecord",
        "cuGraphLaunch",
        "cuEventRecord",
        "cuEventQuery",
        "cuEventSynchronize",
    ];
    let is = |window: &&[String]| {
        let mut pairs = window.iter().zip(as_it_should);
        pairs.all(|(call, wanted)| call.starts_with(wanted))
    };
    let fair = calls.windows(as_it_should.len()).filter(is).count();
    assert_eq!(fair, replays(&calls).len());
    assert!(fair >= 2 * 2 * 20, "{fair}");
}

#[test]
fn cold_executions_have_buffers_of_their_own_and_all_of_it_is_freed() {
    let text = with(INCREMENT, "timing = \"graph\"");
    let Some(place) = Place::new(&[&text]) else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    let calls = place.calls();
    let count = |wanted: &str| calls.iter().filter(|call| call.starts_with(wanted)).count();
    // 200 sets of 4,000 bytes, each at a multiple of 512, with a margin on both sides; and as much again without
    // one, since the kernel changes them.
    assert_eq!(count(&format!("cuMemAlloc_v2 {}", 202 * 4096)), 2);
    assert_eq!(count(&format!("cuMemAlloc_v2 {}", 200 * 4096)), 2);
    // Those that a replay uses are restored before it: 3 replays of each graph to warm up, 10 samples, 2 processes.
    let restored = |sets: u64| count(&format!("cuMemcpyDtoDAsync_v2 {}", sets * 4096));
    assert_eq!(restored(100), 2 * 13);
    assert_eq!(
        restored(200),
        2 * (13 + 1),
        "and once to keep what they hold at first"
    );
    assert_eq!(count("cuMemAlloc"), count("cuMemFree_v2"));
    assert_eq!(count("cuMemHostAlloc"), count("cuMemFreeHost"));
    assert_eq!(count("cuGraphInstantiate"), count("cuGraphExecDestroy"));
    assert_eq!(count("cuGraphInstantiate"), count("cuGraphDestroy"));
}

#[test]
fn hot_executions_share_what_they_do_not_change() {
    let hot = "timing = \"graph\"\ncache = \"hot\"";
    let Some(place) = Place::new(&[&with(SCALE, hot), &with(INCREMENT, hot)]) else {
        return;
    };
    let (code, output, error) = place.run("");
    assert_eq!(code, 0, "{output}{error}");
    let calls = place.calls();
    let pools = |bytes: u64| {
        calls
            .iter()
            .filter(|call| **call == format!("cuMemAlloc_v2 {bytes}"))
            .count()
    };
    assert_eq!(pools(202 * 4096), 2, "of increment alone");
    assert!(!calls.contains(&"cuLaunchKernel warpmark_flush".to_owned()));
    for case in ["scale/n=1000", "increment"] {
        for result in of(&place, case) {
            assert_eq!(method(&result), ("graph".to_owned(), 100), "{case}");
            assert_eq!(
                result["notes"],
                json!(["timed by graphs of 100 executions"])
            );
        }
    }
}

#[test]
fn auto_takes_graphs_for_what_is_short() {
    let Some(place) = Place::new(&[&with(SCALE, "timing = \"auto\"")]) else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    for result in of(&place, "scale/n=1000") {
        assert_eq!(method(&result), ("graph-cold".to_owned(), 100));
    }
    for result in of(&place, "scale/n=300000") {
        assert_eq!(method(&result), ("events".to_owned(), 1));
        assert_eq!(result["notes"], json!([]));
    }
}

#[test]
fn what_memory_has_no_room_for_is_said() {
    let text = with(SCALE, "timing = \"graph\"");
    let Some(place) = Place::new(&[&text]) else {
        return;
    };
    // A set of n = 1000 takes 8,192 bytes: half of the memory holds 97, so graphs of 48, of 20 on the grid.
    let (code, output, error) = place.run("free-memory:1600000");
    assert_eq!(code, 10, "{output}{error}");
    for result in of(&place, "scale/n=1000") {
        assert_eq!(method(&result), ("graph-cold".to_owned(), 20));
    }
    let notes = &of(&place, "scale/n=1000")[0]["notes"];
    let expected = json!([
        "a replay of 20 executions lasts 42.5 us, less than 200 us: memory has no room for the buffers of 100",
        "timed by graphs of 20 executions, cold data"
    ]);
    assert_eq!(*notes, expected);
    let failure = &of(&place, "scale/n=300000")[0]["outcome"]["failed"];
    let why = "timing = \"graph\": a graph needs two sets of buffers of 2400256 bytes, and has half of 1600000 free \
               bytes for them";
    assert_eq!(failure["message"], json!(why));
    assert_eq!(failure["kind"], json!("memory"));
}

#[test]
fn what_can_not_be_captured_fails_or_is_timed_by_events() {
    let why = "the kernel can't be captured: cuLaunchKernel: CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED (operation not \
               permitted when stream is capturing)";
    let Some(place) = Place::new(&[
        &with(SCALE, "timing = \"graph\""),
        &with(INCREMENT, "timing = \"graph\""),
    ]) else {
        return;
    };
    let (code, output, _) = place.run("capture-fails:scale");
    assert_eq!(code, 10, "{output}");
    assert!(output.contains("1 measured, 2 failed"), "{output}");
    let failure = &of(&place, "scale/n=1000")[0]["outcome"]["failed"];
    assert_eq!(
        failure["message"],
        json!(format!("timing = \"graph\": {why}"))
    );
    assert_eq!(failure["kind"], json!("launch"));
    let Some(place) = Place::new(&[&with(SCALE, "timing = \"auto\"")]) else {
        return;
    };
    let (code, output, error) = place.run("capture-fails:scale");
    assert_eq!(code, 0, "{output}{error}");
    for result in of(&place, "scale/n=1000") {
        assert_eq!(method(&result).0, "events");
        assert_eq!(samples(&result).len(), 10);
    }
    let note = json!([format!("timed by events, not by graphs: {why}")]);
    assert_eq!(of(&place, "scale/n=1000")[0]["notes"], note);
}

#[test]
fn a_driver_without_graphs_serves() {
    let Some(place) = Place::new(&[&with(INCREMENT, "timing = \"auto\"")]) else {
        return;
    };
    let mut command = place.warpmark(&["run", "fake.toml", "--quiet"]);
    command.env("WARPMARK_LIBCUDA", &place.fakes.without_graphs);
    let (code, output, error) = told(&command.output().expect("it runs"));
    assert_eq!(code, 0, "{output}{error}");
    let note = of(&place, "increment")[0]["notes"][0]
        .as_str()
        .expect("a note")
        .to_owned();
    let why = "timed by events, not by graphs: the kernel can't be captured: cuStreamBeginCapture: \
               CUDA_ERROR_NOT_SUPPORTED (operation not supported)";
    assert_eq!(note, why);
}

#[test]
fn replays_without_a_slope_are_void() {
    let Some(place) = Place::new(&[&with(INCREMENT, "timing = \"graph\"\ncache = \"hot\"")]) else {
        return;
    };
    let (code, output, _) = place.run("flat");
    assert_eq!(code, 10, "{output}");
    let failure = &of(&place, "increment")[0]["outcome"]["failed"];
    assert_eq!(failure["kind"], json!("disturbed"));
    let why = "disturbed: the replay of twice as many executions took no longer";
    assert!(
        failure["message"]
            .as_str()
            .is_some_and(|text| text.ends_with(why)),
        "{failure}"
    );
}

#[test]
fn the_cpu_is_timed_by_its_own_clock_and_says_so() {
    let Some(place) = Place::new(&[&with(SCALE, "timing = \"graph\"")]) else {
        return;
    };
    let output = place
        .warpmark(&["run", "fake.toml", "--quiet", "--device", "host"])
        .output()
        .expect("it runs");
    assert_eq!(told(&output).0, 0, "{}", told(&output).2);
    let result = &of(&place, "scale/n=1000")[0];
    assert_eq!(method(result).0, "wall");
    let note = json!(["timing = \"graph\" is for GPUs: each execution timed by wall"]);
    assert_eq!(result["notes"], note);
}

#[test]
fn a_hot_replay_follows_another_one_at_once() {
    let Some(place) = Place::new(&[&with(SCALE, "timing = \"graph\"\ncache = \"hot\"")]) else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    let calls = place.calls();
    let as_it_should = [
        "cuStreamWaitValue32_v2",
        "cuGraphLaunch",
        "cuEventRecord",
        "cuGraphLaunch",
        "cuEventRecord",
        "cuEventQuery",
    ];
    let is = |window: &&[String]| {
        let mut pairs = window.iter().zip(as_it_should);
        pairs.all(|(call, wanted)| call.starts_with(wanted))
    };
    let fair = calls.windows(as_it_should.len()).filter(is).count();
    // But for the first replay of each process, before which holding is tried out.
    assert!(
        fair >= 2 * 2 * 20 && 2 * fair + 4 >= replays(&calls).len(),
        "{fair}"
    );
}
