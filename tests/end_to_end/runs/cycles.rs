//! A case whose device knows its clock: what a run shows of it, and judges of it.

use serde_json::Value;

use super::project::Project;

const SUITE: &str = r#"
format = 1
[suite]
name = "s"
[device]
kind = "mock"
[repetition]
processes = 5
samples = 25
[compare]
normalise = "cycles"
[[workload]]
name = "fma"
clock-bound = true
mock = { times = [100000.0, 100100.0], clock-mhz = 1500 }
[[workload]]
name = "copy"
mock = { times = [50000.0], clock-mhz = 1500 }
"#;

#[test]
fn cycles_are_judged_in_place_of_time_where_both_say_so() {
    let project = Project::new("");
    project.write("s.toml", SUITE);
    assert_eq!(project.run(&["run", "s.toml"]).code, 0);
    let base = project.record();
    let base = base.to_str().expect("UTF-8");
    // At another clock the same cycles take longer. The probe, which a script doesn't have, gates nothing.
    project.edit(
        "[100000.0, 100100.0], clock-mhz = 1500",
        "[125000.0, 125125.0], clock-mhz = 1200",
    );
    let ended = project.run(&["run", "s.toml", "--compare", base]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let rows: Vec<&str> = ended.stdout.lines().collect();
    let row = |start: &str| *rows.iter().find(|row| row.starts_with(start)).expect(start);
    assert!(
        row("fma").contains("1.200 GHz") && row("fma").contains("150.1 k"),
        "{}",
        row("fma")
    );
    assert!(
        !row("fma").contains("unchanged"),
        "its time isn't judged: {}",
        row("fma")
    );
    assert!(row("  cycles").contains("unchanged"), "{}", row("  cycles"));
    assert!(row("copy").contains("unchanged"), "{}", row("copy"));
    project.edit("[125000.0, 125125.0]", "[127500.0, 127628.0]");
    let ended = project.run(&["run", "s.toml", "--compare", base, "--json"]);
    assert_eq!(ended.code, 20, "{}", ended.stdout);
    let json: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let judgements = json["comparison"]["judgements"]
        .as_array()
        .expect("judgements")
        .iter();
    let judged: Vec<String> = judgements
        .map(|one| format!("{} {} {}", one["case"], one["metric"], one["verdict"]).replace('"', ""))
        .collect();
    assert_eq!(judged, ["fma cycles regressed", "copy time unchanged"]);
    let header = std::fs::read_to_string(project.record().join("run.json")).expect("a header");
    assert_eq!(
        header.matches("\"clock_bound\": true").count(),
        1,
        "{header}"
    );
}
