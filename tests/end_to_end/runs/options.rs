//! What the command line changes, and how a record says so.

use super::project::{Project, json};

const TIMES: &str = "times = [1.0, 2.0]";

#[test]
fn overrides_are_recorded_as_they_were_given() {
    let project = Project::new(
        "[[workload]]\nname = \"a\"\ntags = [\"t\"]\naxes = { n = [1, 2] }\nmock = { times = [1.0] }\n\
         [[workload]]\nname = \"b\"\nmock = { times = [1.0] }\n",
    );
    let arguments = [
        "run",
        "s.toml",
        "--processes",
        "1",
        "--samples",
        "7",
        "--seed",
        "9",
        "--axis",
        "n=5,6",
        "-f",
        "tag:t",
    ];
    let ended = project.run(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let header = json(&project.record().join("run.json"));
    let expected = serde_json::json!(["--processes 1", "--samples 7", "--seed 9", "--axis n=5,6"]);
    assert_eq!(header["overrides"], expected);
    assert_eq!(header["filters"], serde_json::json!(["tag:t"]));
    assert_eq!(
        (&header["seed"], &header["processes"]),
        (&9.into(), &1.into())
    );
    let ids: Vec<&str> = header["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .filter_map(|case| case["id"].as_str())
        .collect();
    assert_eq!(ids, ["a/n=5", "a/n=6"]);
    let line = &project.lines(0)[1]["case"];
    assert_eq!(
        line["series"][0]["samples"].as_array().map(Vec::len),
        Some(7)
    );
    assert!(ended.stdout.contains("--samples 7"), "{}", ended.stdout);
}

#[test]
fn quick_is_one_process_and_says_so() {
    let project = Project::with(&[("a", TIMES)]);
    project.edit("samples = 3", "samples = 300");
    let ended = project.run(&["run", "s.toml", "--quick"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let header = json(&project.record().join("run.json"));
    assert_eq!(
        (&header["quick"], &header["processes"]),
        (&true.into(), &1.into())
    );
    assert!(header["cases"][0]["samples"].as_u64() < Some(300));
    assert!(ended.stdout.contains("--quick"), "{}", ended.stdout);
    let refused = project.run(&["baseline", "save"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("--quick"), "{}", refused.stderr);
}

#[test]
fn outputs_that_differ_between_processes_are_named() {
    let project = Project::with(&[
        ("a", "times = [1.0], digests = [\"00\", \"11\"]"),
        ("b", "times = [1.0], digests = [\"00\"]"),
    ]);
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        ended.stdout.matches("nondeterministic").count(),
        1,
        "{}",
        ended.stdout
    );
}

#[test]
fn a_folder_runs_its_suites_one_after_another() {
    let project = Project::with(&[("a", TIMES)]);
    std::fs::create_dir(project.path().join("suites")).expect("a folder");
    let text = std::fs::read_to_string(project.path().join("s.toml")).expect("the suite");
    project.write(
        "suites/two.toml",
        &text.replace("name = \"s\"", "name = \"two\""),
    );
    project.write(
        "suites/one.toml",
        &text.replace("name = \"s\"", "name = \"one\""),
    );
    project.write(
        "suites/common.toml",
        "format = 1\n[repetition]\nsamples = 4\n",
    );
    let ended = project.run(&["run"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let one = ended.stdout.find("runs/one/").expect("the record of one");
    let two = ended.stdout.find("runs/two/").expect("the record of two");
    assert!(one < two);
}

#[test]
fn a_mistake_in_one_suite_keeps_all_from_running() {
    let project = Project::with(&[("a", TIMES)]);
    std::fs::create_dir(project.path().join("suites")).expect("a folder");
    let text = std::fs::read_to_string(project.path().join("s.toml")).expect("the suite");
    project.write("suites/s.toml", &text);
    project.write("suites/z.toml", &text.replace("samples = 3", "samples = 0"));
    let ended = project.run(&["run"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("suites/z.toml"), "{}", ended.stderr);
    assert!(project.records().is_empty());
}

#[test]
fn what_can_not_be_run_has_its_exit_code() {
    let project = Project::with(&[("a", TIMES)]);
    std::fs::create_dir(project.path().join("empty")).expect("a folder");
    let table: [(&[&str], i32, &str); 7] = [
        (&["run", "s.toml", "-f", "nothing*"], 4, "nothing*"),
        (&["run", "s.toml", "--device", "cuda"], 5, "cuda:0"),
        (
            &["run", "s.toml", "--device", "gpu"],
            2,
            "host, cuda, cuda:N, cuda:UUID and mock",
        ),
        (&["run", "s.toml", "--samples", "0"], 2, "--samples"),
        (&["run", "none.toml"], 3, "none.toml"),
        (&["run", "empty"], 3, "no suite below empty"),
        (&["run", "s.toml", "--wait", "10"], 2, "10m"),
    ];
    for (arguments, code, text) in table {
        let ended = project.run(arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(text),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert!(ended.stdout.is_empty(), "{arguments:?}: {}", ended.stdout);
    }
    assert!(project.records().is_empty());
}

#[test]
fn a_dry_run_predicts_and_measures_nothing() {
    let project = Project::with(&[("a", "times = [1.0], sleep-ms = 20")]);
    project.edit("warmup = 0", "warmup = 0\nbudget = \"300s\"");
    let ended = project.run(&["run", "s.toml", "--dry-run"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let expected = "predicted: at most about 10 min 0 s, the sum of the budgets";
    assert!(ended.stdout.contains(expected), "{}", ended.stdout);
    assert!(project.records().is_empty());

    assert_eq!(project.run(&["run", "s.toml"]).code, 0);
    let ended = project.run(&["run", "s.toml", "--dry-run", "--json"]);
    let prediction: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(prediction["format"], 1);
    assert_eq!(prediction["cases"][0]["from"], "record");
    let predicted = prediction["predicted-ns"].as_f64().expect("a time");
    assert!(
        (0.12e9..500e9).contains(&predicted),
        "2 processes of 3 samples of 20 ms: {predicted}"
    );
    assert_eq!(project.records().len(), 1);
}
