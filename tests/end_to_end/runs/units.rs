//! Several cases that one command reports.

use super::project::Project;

/// One command for three batches that runs `script`.
fn batches(script: &str) -> Project {
    let project = Project::new(
        "[[workload]]\nname = \"m\"\ninner = [\"batch\"]\n\
         axes = { mode = [\"x\", \"y\"], batch = [1, 8, 32] }\ncommand = [\"sh\", \"m.sh\"]\n",
    );
    project.edit("samples = 3", "samples = 1\nbudget = \"1s\"");
    project.write("m.sh", script);
    project
}

/// A line of a script that reports times of a batch, in microseconds.
fn line(batch: u32, times: &str) -> String {
    format!(
        r#"echo '{{"warpmark":1,"metric":"time","unit":"us","better":"lower","case":{{"batch":{batch}}},"samples":[{times}]}}'"#
    ) + "\n"
}

#[test]
fn each_case_gets_the_samples_of_its_point() {
    let script = format!("{}{}{}", line(8, "8,9"), line(1, "1"), line(32, "32"));
    let project = batches(&script);
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let lines = project.lines(0);
    let samples = |case: &str| {
        let line = lines
            .iter()
            .find(|line| line["case"]["case"] == case)
            .expect("a line");
        line["case"]["series"][0]["samples"].clone()
    };
    assert_eq!(
        samples("m/mode=x/batch=8"),
        serde_json::json!([8000.0, 9000.0])
    );
    assert_eq!(samples("m/mode=y/batch=32"), serde_json::json!([32000.0]));
    let positions: Vec<u64> = lines
        .iter()
        .filter_map(|line| line["case"]["position"].as_u64())
        .collect();
    assert_eq!(positions, [0, 1, 2, 3, 4, 5]);
    assert_eq!(project.order(0).len(), 6);
}

#[test]
fn a_point_that_was_not_reported_fails_and_the_others_do_not() {
    let project = batches(&(line(8, "8") + &line(1, "1")));
    let ended = project.run(&["run", "s.toml", "-f", "mode=x"]);
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    assert_eq!(
        project.outcome(0, "m/mode=x/batch=8"),
        Some("measured".into())
    );
    let outcome = project.outcome(0, "m/mode=x/batch=32").expect("a failure");
    assert_eq!(outcome["failed"]["kind"], "protocol");
    assert_eq!(
        outcome["failed"]["message"],
        "it reported no time for batch=32"
    );
}

#[test]
fn a_filter_takes_one_of_the_cases_that_a_command_reports() {
    let project = batches(&(line(8, "8") + &line(1, "1") + &line(32, "32")));
    let ended = project.run(&["run", "s.toml", "-f", "m/mode=x/batch=8"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(project.order(0), ["m/mode=x/batch=8"]);
}

#[test]
fn cases_of_one_command_have_the_sum_of_their_times() {
    let project = batches("sleep 100");
    project.edit("samples = 1", "samples = 1\ntimeout = \"0.2s\"");
    let ended = project.run(&["run", "s.toml", "-f", "mode=x"]);
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    for batch in [1, 8, 32] {
        let outcome = project
            .outcome(0, &format!("m/mode=x/batch={batch}"))
            .expect("a failure");
        let message = outcome["failed"]["message"].as_str().expect("a message");
        assert!(message.starts_with("timed out after 0.6"), "{message}");
    }
}
