//! `tests/gpu/measurement.py` without a GPU: what it says of records and of another timer's files whose contents are
//! known.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{has_tool, root, warpmark};

const SEVEN: [&str; 7] = ["copy", "triad", "reduce", "sgemm", "fma", "hist", "gather"];

/// A case, its metrics with their values, and the bytes that it reads.
type Measured<'a> = (&'a str, &'a [(&'a str, f64)], f64);

/// A folder of what was measured; none without python3.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Option<Self> {
        has_tool("python3").then(|| Self(tempfile::tempdir().expect("a folder")))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A record that warpmark itself wrote: the eight kernels in 20 processes that differ by up to `step` * 4, the
    /// seven of 100 us and a `factor`.
    fn run(&self, factor: f64, step: f64) -> String {
        let factors = (0..20).map(|process| 1.0 + step * f64::from(process % 5));
        let factors: Vec<String> = factors.map(|factor| factor.to_string()).collect();
        let mut suite = "format = 1\n[suite]\nname = \"agreement\"\n[device]\nkind = \"mock\"\n\
             [repetition]\nprocesses = 20\nsamples = 20\n"
            .to_owned();
        let axis = "axes = { iterations = [400] }\n";
        let seven = SEVEN.map(|kernel| (kernel, "", 1e5 * factor));
        for (kernel, axes, time) in seven.into_iter().chain([("tiny", axis, 2000.0)]) {
            let factors = factors.join(", ");
            let script = format!("{{ times = [{time}], process-factors = [{factors}] }}");
            writeln!(
                suite,
                "[[workload]]\nname = \"{kernel}\"\n{axes}mock = {script}"
            )
            .expect("text");
        }
        fs::write(self.at("suite.toml"), suite).expect("written");
        let mut command = warpmark();
        command.current_dir(self.0.path());
        let output = command.args(["run", "suite.toml", "--quiet"]).output();
        let text = String::from_utf8_lossy(&output.expect("it runs").stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("record: "));
        line.unwrap_or_else(|| panic!("a record: {text}"))
            .to_owned()
    }

    /// A record written here: cases with their metrics, each with a value that grows by 0.02 % a process, and bytes read.
    fn record(&self, name: &str, cases: &[Measured<'_>]) -> String {
        let folder = self.at(name);
        fs::create_dir_all(&folder).expect("made");
        let planned = cases
            .iter()
            .map(|(id, _, reads)| json!({ "id": id, "work": { "reads": reads, "writes": null } }));
        let header = json!({ "cases": planned.collect::<Vec<Value>>() });
        fs::write(folder.join("run.json"), header.to_string()).expect("written");
        for process in 0..10 {
            let factor = 1.0 + 0.0002 * f64::from(process);
            let line = |(id, metrics, _): &Measured<'_>| {
                let series = metrics.iter().map(|(metric, value)| {
                    json!({ "metric": metric, "samples": vec![value * factor; 20] })
                });
                let series: Vec<Value> = series.collect();
                json!({ "case": { "case": id, "outcome": "measured", "series": series } })
            };
            let lines: Vec<String> = cases.iter().map(|case| line(case).to_string()).collect();
            let file = folder.join(format!("process-{process:04}.jsonl"));
            fs::write(file, lines.join("\n")).expect("written");
        }
        name.to_owned()
    }

    /// Two processes of NVBench that timed every kernel as `nanoseconds`.
    fn nvbench(&self, name: &str, nanoseconds: f64) {
        for process in 0..2 {
            let folder = self.at(name).join(process.to_string());
            fs::create_dir_all(folder.join("r.json-bin")).expect("made");
            let seconds = nanoseconds * 1e-9 * (1.0 + 0.0001 * f64::from(process));
            let benchmark = |kernel: &str| {
                let file = format!("r.json-bin/{kernel}.bin");
                #[allow(clippy::cast_possible_truncation)] // as the format has it
                let bytes = (seconds as f32).to_le_bytes().repeat(50);
                fs::write(folder.join(&file), bytes).expect("written");
                let field = |name: &str, value: &str| json!({ "name": name, "value": value });
                let mean = field("value", &seconds.to_string());
                json!({ "name": kernel, "states": [{ "summaries": [
                    { "tag": "nv/cold/time/gpu/mean", "data": [mean] },
                    { "tag": "nv/json/bin:nv/cold/sample_times", "data": [field("filename", &file)] },
                ] }] })
            };
            let all = SEVEN.into_iter().chain(["tiny"]);
            let whole = json!({ "benchmarks": all.map(benchmark).collect::<Vec<Value>>() });
            fs::write(folder.join("r.json"), whole.to_string()).expect("written");
        }
    }

    /// What the script prints, and how many checks of it passed and failed.
    #[track_caller]
    fn judged(&self, arguments: &[&str]) -> (String, usize, usize) {
        let mut command = Command::new("python3");
        command
            .current_dir(self.0.path())
            .arg(root().join("tests/gpu/measurement.py"));
        let output = command.args(arguments).output().expect("python3 runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let count = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
        let (passed, failed) = (count("ok "), count("FAILED "));
        (text, passed, failed)
    }

    #[track_caller]
    fn expect(&self, arguments: &[&str], passed: usize, failed: usize) -> String {
        let (text, yes, no) = self.judged(arguments);
        assert_eq!((yes, no), (passed, failed), "{arguments:?}: {text}");
        text
    }
}

#[test]
fn tools_that_agree_pass_and_others_fail() {
    let Some(place) = Place::new() else { return };
    let record = place.run(1.0, 0.0002);
    place.nvbench("same", 100_040.0);
    place.nvbench("longer", 101_000.0);
    let said = place.expect(
        &["agree", &record, &record, "same", "longer", "9.0", "13.0"],
        7,
        7,
    );
    for line in [
        "ok      1 gather, both after a memset: NVBench as it is: -0.005 %",
        "FAILED  1 copy, both after a flush that reads: -0.955 %",
        "wall time: warpmark, 5 processes 9.0 s; NVBench, 1 process 13.0 s",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    place.expect(&["spread", &record, &record, "same", "9.0", "13.0"], 10, 0);
    let noisy = place.run(1.0, 0.01);
    place.expect(&["spread", &noisy, &record, "same", "14.0", "13.0"], 1, 9);
    place.expect(&["telemetry", &record, "--", &record], 7, 0);
    let slower = place.run(1.005, 0.0002);
    place.expect(&["telemetry", &slower, "--", &record], 0, 7);
    // What isn't there is a failed check, not a silence.
    place.expect(
        &["agree", &record, &record, "absent", "same", "1", "1"],
        0,
        1,
    );
    place.expect(&["telemetry", "absent", "--", &record], 0, 1);
}

#[test]
fn short_kernels_and_energy() {
    let Some(place) = Place::new() else { return };
    let tiny = |name: &str, longer: f64| {
        let (base, more): ([_; 1], [_; 1]) = ([("time", 1770.0)], [("time", 1770.0 * longer)]);
        let cases: [Measured<'_>; 2] = [
            ("tiny/iterations=400", &base, 1.0),
            ("tiny/iterations=408", &more, 1.0),
        ];
        place.record(name, &cases)
    };
    let said = place.expect(&["disjoint", &tiny("apart", 1.01)], 1, 0);
    assert!(said.contains("(+1.000 %), 10 against 10"), "{said}");
    place.expect(&["disjoint", &tiny("near", 1.001)], 0, 1);

    let energy = |name: &str, four: f64, power: f64| {
        let short: &[(&str, f64)] = &[("time", 2e5), ("energy", 0.1), ("energy-by-power", 0.1)];
        let long: &[(&str, f64)] = &[("energy", four), ("energy-by-power", power)];
        let cases = [
            ("fma-2s/blocks=1188/iterations=10000", short, 1.0),
            ("fma-4s/blocks=1188/iterations=10000", long, 1.0),
        ];
        place.record(name, &cases)
    };
    place.expect(&["energy", &energy("steady", 0.101, 0.105)], 2, 0);
    place.expect(&["energy", &energy("apart", 0.103, 0.097)], 0, 2);
    place.expect(&["energy", "apart/absent"], 0, 1);
}

#[test]
fn copies_and_the_flush() {
    let Some(place) = Place::new() else { return };
    let gib = f64::from(1 << 30);
    let time = |nanoseconds: f64| [("time", nanoseconds)];
    let (slow, fast, read, l2) = (time(720e3), time(700e3), time(350e3), time(200e3));
    let ceilings = place.record(
        "ceilings",
        &[
            ("copy/mib=1024/loads=1", &slow, gib),
            ("copy/mib=1024/loads=2", &fast, gib),
            ("read/mib=1024/loads=2", &read, gib), // 3,068 bytes a nanosecond
            ("l2-read/passes=128", &l2, gib),      // 5,369
        ],
    );
    let torch = |name: &str, nanoseconds: f64| {
        let text = json!({ "samples": [nanoseconds, nanoseconds] }).to_string();
        fs::write(place.at(name), text).expect("written");
    };
    torch("torch-1.json", 701e3);
    torch("torch-2.json", 703e3);
    let copy = ["copy", &ceilings, "torch-1.json", "torch-2.json"];
    let said = place.expect(&copy, 1, 0);
    assert!(said.contains("copy/mib=1024/loads=2"), "{said}");
    // None is near, and then none is as fast.
    torch("torch-2.json", 780e3);
    place.expect(&copy, 0, 1);
    torch("torch-2.json", 640e3);
    place.expect(&copy, 0, 1);

    let kernel = |kernel: &str| {
        json!({ "kernel": kernel, "read_ns": 100.0, "memset_ns": 120.0, "memset_once_ns": 110.0 })
            .to_string()
    };
    let lines: Vec<String> = ["copy", "triad", "reduce", "hist", "gather"]
        .map(kernel)
        .into();
    fs::write(place.at("flush.jsonl"), lines.join("\n")).expect("written");
    let slopes = |name: &str, cold: f64, hot: f64| {
        let at = |rate: f64, bytes: f64| time(2000.0 + bytes / rate);
        let points = [at(cold, 8e6), at(cold, 24e6), at(hot, 8e6), at(hot, 24e6)];
        let [a, b, c, d] = &points;
        let cases: [Measured<'_>; 4] = [
            ("cold/rounds=2", a, 8e6),
            ("cold/rounds=6", b, 24e6),
            ("hot/rounds=2", c, 8e6),
            ("hot/rounds=6", d, 24e6),
        ];
        place.record(name, &cases)
    };
    let good = slopes("good", 3000.0, 5000.0);
    let said = place.expect(&["flush", &ceilings, &good, "flush.jsonl"], 3, 0);
    assert!(said.contains("+20.000 %"), "{said}");
    let warm = slopes("warm", 4000.0, 4000.0);
    place.expect(&["flush", &ceilings, &warm, "flush.jsonl"], 1, 2);
}
