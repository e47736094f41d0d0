//! Files of each harness, in their own words.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

fn written(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    fs::write(&path, text).expect("written");
    path
}

fn read_text(harness: Harness, text: &str) -> Result<Reading, HarnessError> {
    let folder = tempfile::tempdir().expect("a folder");
    read(harness, &written(folder.path(), "r.json", text))
}

fn ids(reading: &Reading) -> Vec<String> {
    reading
        .cases
        .iter()
        .map(|case| case.id().to_string())
        .collect()
}

const GOOGLE: &str = r#"{"context":{"date":"2026-11-20T10:00:00+00:00","host_name":"h","num_cpus":8,"library_version":"v1.9.4","library_build_type":"release"},
  "benchmarks":[
    {"name":"BM_copy/1024/threads:4","run_name":"BM_copy/1024/threads:4","run_type":"iteration","repetitions":2,"repetition_index":0,"iterations":10,"real_time":1.5,"cpu_time":1.4,"time_unit":"us"},
    {"name":"BM_copy/1024/threads:4","run_name":"BM_copy/1024/threads:4","run_type":"iteration","repetitions":2,"repetition_index":1,"iterations":10,"real_time":1.7,"cpu_time":1.4,"time_unit":"us"},
    {"name":"BM_copy/1024/threads:4_mean","run_name":"BM_copy/1024/threads:4","run_type":"aggregate","aggregate_name":"mean","real_time":1.6,"time_unit":"us"},
    {"name":"BM_only<int>_mean","run_name":"BM_only<int>","run_type":"aggregate","aggregate_name":"mean","real_time":3.0,"time_unit":"ms"},
    {"name":"BM_only<int>_stddev","run_name":"BM_only<int>","run_type":"aggregate","aggregate_name":"stddev","real_time":0.1,"time_unit":"ms"},
    {"name":"BM_bad","run_name":"BM_bad","run_type":"iteration","error_occurred":true,"error_message":"no file","real_time":0,"time_unit":"ns"}]}"#;

#[test]
fn google_benchmark_has_repetitions_as_samples() {
    let reading = read_text(Harness::GoogleBenchmark, GOOGLE).expect("valid");
    assert_eq!(
        ids(&reading),
        [
            "BM_copy/0=1024/threads=4",
            "BM_only_int_/name=BM_only<int>",
            "BM_bad"
        ]
    );
    let found: Vec<&Found> = reading.cases.iter().map(|case| &case.found).collect();
    assert_eq!(*found[0], Found::Samples(vec![vec![1500.0, 1700.0]]));
    assert_eq!(*found[1], Found::Mean(3e6));
    assert_eq!(*found[2], Found::Failed("no file".to_owned()));
    assert_eq!(reading.comparability["cpus"], 8);
    assert!(reading.started.is_some());
    let error = read_text(
        Harness::GoogleBenchmark,
        &GOOGLE.replace("\"us\"", "\"fortnight\""),
    );
    assert!(
        error
            .expect_err("wrong")
            .to_string()
            .ends_with("the time unit \"fortnight\" is not known")
    );
}

#[test]
fn pytest_benchmark_has_rounds_as_samples_where_they_were_saved() {
    let text = r#"{"machine_info":{"node":"h","machine":"x86_64","python_version":"3.13.1","cpu":{"brand_raw":"A CPU"}},
      "datetime":"2026-11-20T10:00:00.123456","version":"5.1.0","benchmarks":[
      {"name":"test_sum[1024]","fullname":"tests/test_a.py::test_sum[1024]","params":{"n":1024},"stats":{"mean":2e-6,"data":[1e-6,3e-6]}},
      {"name":"test_mode[fast]","fullname":"tests/test_a.py::test_mode[fast]","params":null,"stats":{"mean":2e-6}}]}"#;
    let reading = read_text(Harness::PytestBenchmark, text).expect("valid");
    assert_eq!(
        ids(&reading),
        [
            "test_sum/file=tests%2Ftest_a.py/n=1024",
            "test_mode/file=tests%2Ftest_a.py/params=fast"
        ]
    );
    let Found::Samples(processes) = &reading.cases[0].found else {
        panic!("samples");
    };
    assert!(processes.len() == 1 && (processes[0][1] - 3000.0).abs() < 1e-9);
    assert!(matches!(reading.cases[1].found, Found::Mean(_)));
    assert_eq!(reading.comparability["cpu"], "A CPU");
    assert!(reading.started.is_some());
}

#[test]
fn hyperfine_has_a_process_a_run() {
    let text = r#"{"results":[
      {"command":"sleep 0.1","mean":0.1,"times":[0.1,0.11],"exit_codes":[0,0]},
      {"command":"make","mean":0.1,"times":[0.2],"exit_codes":[0],"parameters":{"threads":"4"}},
      {"command":"false","mean":0.1,"times":[0.1],"exit_codes":[1]}]}"#;
    let reading = read_text(Harness::Hyperfine, text).expect("valid");
    assert_eq!(
        ids(&reading),
        ["sleep_0.1/name=sleep%200.1", "make/threads=4", "false"]
    );
    assert_eq!(
        reading.cases[0].found,
        Found::Samples(vec![vec![1e8], vec![1.1e8]])
    );
    assert_eq!(
        reading.cases[2].found,
        Found::Failed("it ended with the status 1".to_owned())
    );
}

#[test]
fn criterion_is_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let benchmark = r#"{"group_id":"sort","function_id":"quick","value_str":"100","throughput":null,"full_id":"sort/quick/100","directory_name":"sort/quick/100","title":"t"}"#;
    written(root, "sort/quick/100/new/benchmark.json", benchmark);
    let sample = written(
        root,
        "sort/quick/100/new/sample.json",
        r#"{"sampling_mode":"Linear","iters":[1.0,2.0],"times":[10.0,30.0]}"#,
    );
    written(root, "sort/quick/100/base/sample.json", "none of this");
    written(root, "sort/report/index.html", "");
    let reading = read(Harness::Criterion, root).expect("valid");
    assert_eq!(ids(&reading), ["sort/function=quick/value=100"]);
    assert_eq!(
        reading.cases[0].found,
        Found::Samples(vec![vec![10.0, 15.0]])
    );
    fs::write(&sample, r#"{"iters":[0.0],"times":[1.0]}"#).expect("written");
    assert!(read(Harness::Criterion, root).is_err());
    let empty = tempfile::tempdir().expect("a folder");
    let none = read(Harness::Criterion, empty.path()).expect_err("nothing");
    assert!(none.to_string().ends_with("it holds no benchmark"));
}

/// A file of NVBench with two states, whose samples are in `bins`.
fn nvbench(folder: &Path, bins: &[&[f32]]) -> std::path::PathBuf {
    let state = |number: usize, count: usize| {
        format!(
            r#"{{"device":0,"is_skipped":false,"axis_values":[{{"name":"Elements","type":"int64","value":"1024"}},{{"name":"T","type":"type","value":"F{number}"}}],
            "summaries":[{{"tag":"nv/json/bin:nv/cold/sample_times","data":[{{"name":"filename","type":"string","value":"r.json-bin/{number}.bin"}},{{"name":"size","type":"int64","value":"{count}"}}]}}]}}"#
        )
    };
    let mut states = Vec::new();
    fs::create_dir_all(folder.join("r.json-bin")).expect("created");
    for (number, bin) in bins.iter().enumerate() {
        let bytes: Vec<u8> = bin.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        fs::write(folder.join(format!("r.json-bin/{number}.bin")), bytes).expect("written");
        states.push(state(number, bin.len()));
    }
    states.push(r#"{"device":0,"is_skipped":true,"skip_reason":"too small","axis_values":null,"summaries":null}"#.to_owned());
    let text = format!(
        r#"{{"meta":{{"argv":["b"],"version":{{"nvbench":{{"string":"0.1.0"}}}}}},"devices":[{{"id":0,"name":"GPU","sm_version":900}}],"benchmarks":[{{"name":"copy","states":[{}]}}]}}"#,
        states.join(",")
    );
    written(folder, "r.json", &text)
}

#[test]
fn nvbench_has_its_samples_beside_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = nvbench(folder.path(), &[&[1e-6, 2e-6], &[3e-6]]);
    let reading = read(Harness::Nvbench, &path).expect("valid");
    assert_eq!(
        ids(&reading),
        ["copy/Elements=1024/T=F0", "copy/Elements=1024/T=F1", "copy"]
    );
    let Found::Samples(processes) = &reading.cases[0].found else {
        panic!("samples");
    };
    assert!((processes[0][1] - 2000.0).abs() < 1e-3);
    assert_eq!(
        reading.cases[2].found,
        Found::Skipped("skipped by NVBench: too small".to_owned())
    );
    assert_eq!(reading.comparability["gpu"], "GPU");
    let bin = folder.path().join("r.json-bin/1.bin");
    for (bytes, expected) in [
        (&[0_u8; 3][..], "3 bytes are no list of 32-bit reals"),
        (&[0_u8; 8], "2 samples, and "),
        (&f32::NAN.to_le_bytes(), "NaN is no time"),
    ] {
        fs::write(&bin, bytes).expect("written");
        let error = read(Harness::Nvbench, &path)
            .expect_err("damaged")
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
    fs::remove_file(&bin).expect("removed");
    assert!(matches!(
        read(Harness::Nvbench, &path),
        Err(HarnessError::File(_))
    ));
}

#[test]
fn a_case_is_there_once() {
    let twice = r#"{"results":[{"command":"a","times":[1.0]},{"command":"a","times":[1.0]}]}"#;
    let error = read_text(Harness::Hyperfine, twice).expect_err("twice");
    assert!(error.to_string().ends_with("the case a is there twice"));
}

proptest! {
    #[test]
    fn no_file_panics(cut in 0..GOOGLE.len(), with in ".{0,6}") {
        let text = String::from_utf8_lossy(&GOOGLE.as_bytes()[..cut]).into_owned() + &with;
        for harness in Harness::ALL {
            let _ = read_text(harness, &text);
        }
    }
}
