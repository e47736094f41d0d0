//! Occupancy: in records and reports, and listed before a run.

use std::fs;

use serde_json::Value;

use super::{INCREMENT, Place, SCALE, told};

const SHARED: &str = r#"
[[workload]]
name = "shared"
kernel = { source = "kernels.cu", entry = "scale" }
axes = { kib = [0, 48, 100] }
grid = ["33"]
block = ["64"]
shared = "kib * 1024"
args = [{ in = "f32", len = "1000" }, { out = "f32", len = "1000" }, { f32 = "3.0" }, { u64 = "1000" }]
verify = "none"
[[workload]]
name = "nothing"
command = ["true"]
"#;

const LIST: [&str; 5] = ["list", "fake.toml", "--device", "cuda:0", "--occupancy"];

#[test]
fn a_run_says_how_its_kernels_fill_the_gpu() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    let (code, output, error) = place.run("");
    assert_eq!(code, 0, "{error}");
    assert!(output.contains("19 % (registers)"), "{output}");
    let spilled =
        "24 bytes of local memory a thread: spilled registers, or arrays that registers can't hold";
    assert!(output.contains(spilled), "{output}");
    for result in place.results() {
        let found = &result["occupancy"];
        assert_eq!(
            (&found["registers"], &found["local"]),
            (&Value::from(168), &Value::from(24))
        );
        assert_eq!(
            (&found["blocks_per_sm"], &found["theoretical"]),
            (&Value::from(3), &Value::from(0.1875))
        );
        assert_eq!(found["limited_by"], serde_json::json!(["registers"]));
        assert_eq!(found["tail"], 0.0);
    }
    let json = place
        .warpmark(&["run", "fake.toml", "--quiet", "--json"])
        .output();
    let json: Value = serde_json::from_slice(&json.expect("it runs").stdout).expect("JSON");
    assert_eq!(
        json["cases"][0]["occupancy"],
        place.results()[0]["occupancy"]
    );
}

#[test]
fn it_is_listed_before_a_run() {
    let Some(place) = Place::new(&[SCALE, INCREMENT, SHARED]) else {
        return;
    };
    let (code, output, error) = told(&place.warpmark(&LIST).output().expect("it runs"));
    assert_eq!((code, error.as_str()), (0, ""));
    insta::assert_snapshot!(output);
    let launches = place
        .calls()
        .into_iter()
        .filter(|call| call.starts_with("cuLaunchKernel"));
    assert_eq!(launches.count(), 0, "nothing is executed");
    // A driver that can't tell gives the same, by the rules; here they see shared memory, which the fake's driver doesn't.
    let mut command = place.warpmark(&LIST);
    let command = command.env("WARPMARK_LIBCUDA", &place.fakes.without_occupancy);
    let (code, computed, error) = told(&command.output().expect("it runs"));
    assert_eq!((code, error.as_str()), (0, ""));
    insta::assert_snapshot!(computed);
}

#[test]
fn the_listing_is_for_programs_too() {
    let Some(place) = Place::new(&[INCREMENT, SHARED]) else {
        return;
    };
    let listed = |arguments: &[&str]| -> Value {
        let output = place.warpmark(arguments).output().expect("it runs");
        assert_eq!(told(&output).0, 0, "{}", told(&output).2);
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let json = listed(&["list", "fake.toml", "--occupancy", "--json"]);
    let cases = json["suites"][0]["cases"].as_array().expect("cases");
    let of = |id: &str| &cases.iter().find(|case| case["id"] == id).expect("a case")["occupancy"];
    assert_eq!(of("increment")["registers"], 168);
    assert_eq!(of("shared/kib=48")["dynamic_shared"], 48 * 1024);
    assert!(of("nothing").is_null());
    let plain = listed(&["list", "fake.toml", "--json"]);
    let case = &plain["suites"][0]["cases"][0];
    assert!(
        case.get("occupancy").is_none(),
        "only where it is asked for: {case}"
    );
}

#[test]
fn what_can_t_be_listed_is_said() {
    let Some(place) = Place::new(&[INCREMENT]) else {
        return;
    };
    // A device that isn't there.
    let output = place
        .warpmark(&["list", "fake.toml", "--device", "cuda:7", "--occupancy"])
        .output();
    assert_eq!(told(&output.expect("it runs")).0, 5);
    // No such entry: the others are listed.
    let suite = fs::read_to_string(place.at("fake.toml")).expect("read");
    let broken = INCREMENT.replace("\"increment\"", "\"absent\"");
    fs::write(place.at("fake.toml"), format!("{suite}{broken}")).expect("written");
    let (code, output, error) = told(&place.warpmark(&LIST).output().expect("it runs"));
    assert_eq!(code, 10, "{error}");
    assert!(output.contains("increment  registers"), "{output}");
    assert!(output.contains("absent     failed"), "{output}");
    assert!(error.contains("absent: "), "{error}");
    // No compiler.
    let mut command = place.warpmark(&LIST);
    let output = command.env("WARPMARK_NVRTC", "/nonexistent").output();
    assert_eq!(told(&output.expect("it runs")).0, 5);
}
