//! `env` and `doctor`.

use std::path::Path;

use serde_json::Value;

use crate::support::warpmark;

/// What a verb prints in `folder`, and its exit code.
fn output(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let output = warpmark()
        .current_dir(folder)
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .expect("the built program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code().expect("an exit"),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_key_is_that_of_the_facts_and_no_measured_value_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [("CUDA_VISIBLE_DEVICES", "1"), ("NVIDIA_API_KEY", "s3cret")];
    let (code, text, _) = output(folder.path(), &["env", "--json"], &variables);
    assert_eq!(code, 0);
    assert!(!text.contains("s3cret"), "{text}");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["format"], 1);
    assert_eq!(value["comparability"]["device"], "host");
    assert_eq!(value["context"]["variable.CUDA_VISIBLE_DEVICES"], "1");
    let key = warpmark::canonical::hash(&value["comparability"]).expect("a hash");
    assert_eq!(value["key"], key);
    let (_, again, _) = output(folder.path(), &["env"], &[]);
    assert!(
        again.starts_with(&format!("key {key}\n\ncomparability: ")),
        "{again}"
    );
}

/// Two environments in files: `a.json` and `b.json`.
fn two(b_driver: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, driver, host) in [("a.json", "550.54", "one"), ("b.json", b_driver, "two")] {
        let comparability = serde_json::json!({ "driver": driver, "gpu": "NVIDIA H100 80GB HBM3" });
        let value = serde_json::json!({
            "format": 1,
            "key": warpmark::canonical::hash(&comparability).expect("a hash"),
            "comparability": comparability,
            "context": { "hostname": host, "load": [0.5, 0.25, 0.1] },
        });
        std::fs::write(folder.path().join(file), value.to_string()).expect("written");
    }
    folder
}

#[test]
fn each_fact_that_differs_is_named_and_breaking_ones_exit_21() {
    let folder = two("560.35");
    let diff = ["env", "--diff", "a.json", "b.json"];
    let (code, text, _) = output(folder.path(), &diff, &[]);
    assert_eq!(code, 21);
    insta::assert_snapshot!("env_diff_incomparable", text);
    let (code, text, _) = output(folder.path(), &[&diff[..], &["--json"]].concat(), &[]);
    assert_eq!(code, 21);
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&value["format"], &value["comparable"]),
        (&Value::from(1), &Value::from(false))
    );
    let expected = serde_json::json!([
        { "group": "comparability", "fact": "driver", "a": "550.54", "b": "560.35", "breaks_comparability": true },
        { "group": "context", "fact": "hostname", "a": "one", "b": "two", "breaks_comparability": false },
    ]);
    assert_eq!(value["differences"], expected);
    let folder = two("550.54");
    let (code, text, _) = output(folder.path(), &diff, &[]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("env_diff_comparable", text);
}

#[test]
fn what_holds_no_environment_is_named() {
    let folder = two("550.54");
    for (file, text) in [
        ("text.json", "hello"),
        ("new.json", r#"{"format": 2}"#),
        ("none.json", "{}"),
    ] {
        std::fs::write(folder.path().join(file), text).expect("written");
    }
    let table = [
        (
            "text.json",
            "text.json holds no environment: expected value at line 1 column 1",
        ),
        (
            "new.json",
            "new.json holds no environment: its format is 2, this warpmark reads 1",
        ),
        (
            "none.json",
            "none.json holds no environment: it has no format number",
        ),
        ("gone.json", "no run \"gone.json\" in "),
        ("latest", "no run in "),
    ];
    for (operand, expected) in table {
        let (code, _, error) = output(folder.path(), &["env", "--diff", "a.json", operand], &[]);
        assert_eq!(code, 3, "{operand}: {error}");
        assert!(error.contains(expected), "{operand}: {error}");
        assert!(error.contains("hint: "), "{error}");
    }
}

/// A suite of one command with a fact.
fn with_fact(words: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let suite = format!(
        "format = 1\n[suite]\nname = \"tools\"\n[[workload]]\nname = \"sort\"\ncommand = [\"true\"]\nfacts = {{ tool = {words} }}\n"
    );
    std::fs::write(folder.path().join("suite.toml"), suite).expect("written");
    folder
}

#[test]
fn a_suite_of_commands_rests_on_the_processor_and_its_facts() {
    let folder = with_fact(r#"["echo", "2.5.1"]"#);
    let (code, text, error) = output(folder.path(), &["env", "suite.toml", "--json"], &[]);
    assert_eq!(code, 0, "{error}");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let facts: Vec<&String> = value["comparability"]
        .as_object()
        .expect("facts")
        .keys()
        .collect();
    assert_eq!(facts, ["clock-policy", "cpu", "fact.sort.tool", "method"]);
    assert_eq!(value["comparability"]["fact.sort.tool"], "2.5.1");
    let folder = with_fact(r#"["no-such-tool"]"#);
    let (code, _, error) = output(folder.path(), &["env", "suite.toml"], &[]);
    assert_eq!(code, 5);
    assert!(
        error.contains("fact \"tool\" of workload \"sort\": command \"no-such-tool\" not found"),
        "{error}"
    );
}

#[test]
fn a_fact_of_a_workload_that_is_left_out_may_stay_unknown() {
    let folder = with_fact(r#"["no-such-tool"]"#);
    let path = folder.path().join("suite.toml");
    let suite = std::fs::read_to_string(&path).expect("the suite");
    let other = "[[workload]]\nname = \"other\"\ncommand = [\"true\"]\n";
    std::fs::write(&path, suite + other).expect("written");
    let run = ["run", "suite.toml", "--processes", "1", "-f"];
    let (code, _, error) = output(folder.path(), &[&run[..], &["other"]].concat(), &[]);
    assert_eq!(code, 0, "{error}");
    let (_, text, _) = output(folder.path(), &["env", "--diff", "latest", "latest"], &[]);
    assert!(text.contains("no fact differs"), "{text}");
    let (code, _, error) = output(folder.path(), &[&run[..], &["sort"]].concat(), &[]);
    assert_eq!(code, 5, "{error}");
    assert!(
        error.contains("fact \"tool\" of workload \"sort\""),
        "{error}"
    );
}

#[test]
fn a_doctor_finds_what_keeps_runs_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, text, _) = output(folder.path(), &["doctor"], &[("CXX", "/no/such/compiler")]);
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("CXX names \"/no/such/compiler\""), "{text}");
    assert!(
        text.ends_with("\nno run is possible until what is missing is there\n"),
        "{text}"
    );
    // No one can write there, root included.
    let (code, text, _) = output(Path::new("/proc"), &["doctor", "--json"], &[]);
    assert_eq!(code, 5, "{text}");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&value["format"], &value["can_run"]),
        (&Value::from(1), &Value::from(false))
    );
    let records = &value["checks"][1];
    assert_eq!(
        (&records["name"], &records["standing"]),
        (&"records".into(), &"missing".into())
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("listed").count(),
        0,
        "nothing is left"
    );
}

#[test]
fn a_doctor_lets_a_machine_with_a_compiler_run() {
    if !crate::support::has_tool("c++") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (code, text, _) = output(folder.path(), &["doctor"], &[]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("no NVIDIA driver: none can't be opened"),
        "{text}"
    );
    assert!(text.ends_with("\nruns are possible\n"), "{text}");
}
