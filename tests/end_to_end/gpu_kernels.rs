//! `tests/gpu/kernels.py` without a GPU: what it says of records whose times are known.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::support::{has_tool, root, warpmark};

/// A workload of a mock suite: name, its tag, bytes read and written, items, and its time in nanoseconds.
type Workload<'a> = (&'a str, &'a str, f64, f64, f64, f64);

const GIB: f64 = 1_073_741_824.0;

/// 1 GiB in as many nanoseconds as it takes at 4 TB/s, twice that for both ways.
const ONE_WAY: f64 = GIB / 4000.0;

/// A folder of records; none without python3.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Option<Self> {
        has_tool("python3").then(|| Self(tempfile::tempdir().expect("a folder")))
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).expect("written");
    }

    /// A record that warpmark itself wrote, of these workloads at 1 GHz; the one called `fails` does so.
    fn run(&self, suite: &str, workloads: &[Workload<'_>]) -> String {
        let mut text = format!(
            "format = 1\n[suite]\nname = \"{suite}\"\n[device]\nkind = \"mock\"\n[repetition]\nprocesses = 2\nsamples = 5\n"
        );
        for (name, tag, reads, writes, items, time) in workloads {
            let fault = if *name == "fails" {
                "fault = \"wrong\", "
            } else {
                ""
            };
            write!(
                text,
                "[[workload]]\nname = \"{name}\"\ntags = [\"{tag}\"]\nmock = {{ {fault}times = [{time}], clock-mhz = 1000, digests = [\"d\"] }}\n\
                 work = {{ reads = \"{reads:?}\", writes = \"{writes:?}\", flops = \"0.0\", items = \"{items:?}\" }}\n"
            )
            .expect("text");
        }
        self.write(&format!("{suite}.toml"), &text);
        let mut command = warpmark();
        command.current_dir(self.0.path());
        let output = command.args(["run", &format!("{suite}.toml"), "--quiet"]);
        let output = output.output().expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("record: "));
        line.unwrap_or_else(|| panic!("a record: {text}"))
            .to_owned()
    }

    /// Runs the script and expects so many checks that pass and that fail.
    #[track_caller]
    fn expect(&self, arguments: &[&str], passed: usize, failed: usize) -> String {
        let mut command = Command::new("python3");
        command
            .current_dir(self.0.path())
            .arg(root().join("tests/gpu/kernels.py"));
        let output = command.args(arguments).output().expect("python3 runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let count = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
        assert_eq!(
            (count("ok "), count("FAILED ")),
            (passed, failed),
            "{arguments:?}: {text}"
        );
        text
    }

    fn ceilings(&self) -> String {
        self.run(
            "ceilings",
            &[
                ("read", "ceiling-read", GIB, 0.0, 1.0, ONE_WAY),
                ("write", "ceiling-write", 0.0, GIB, 1.0, ONE_WAY),
                ("copy", "ceiling-copy", GIB, GIB, 1.0, 2.0 * ONE_WAY),
                ("l2", "ceiling-l2", GIB, 0.0, 1.0, ONE_WAY / 2.0),
                ("shared", "ceiling-shared", GIB, 0.0, 1.0, ONE_WAY / 8.0),
            ],
        )
    }
}

#[test]
fn streams_are_held_against_torch_and_kernels_against_ceilings() {
    let Some(place) = Place::new() else { return };
    let ceilings = place.ceilings();
    let memory = place.run(
        "memory",
        &[
            ("copy", "quick", GIB, GIB, 1.0, 2.0 * ONE_WAY),
            ("read", "quick", GIB, 0.0, 1.0, ONE_WAY),
            ("write", "quick", 0.0, GIB, 1.0, 1.02 * ONE_WAY),
        ],
    );
    let both = |name, slower: f64| (name, "gib", GIB, GIB, 1.0, slower * 2.0 * ONE_WAY);
    let reductions = place.run(
        "reductions",
        &[
            ("sum", "quick", GIB, 0.0, 1.0, 1.05 * ONE_WAY),
            both("transpose", 1.05),
        ],
    );
    let mut rows = [
        "softmax-f32",
        "softmax-bf16",
        "rms-norm-f32",
        "rms-norm-bf16",
        "layer-norm-f32",
        "gelu-f32",
        "gelu-bf16",
    ]
    .map(|name| both(name, 1.05));
    rows[1] = both("softmax-bf16", 1.10);
    let transformer = place.run("transformer", &rows);
    place.write(
        "torch.json",
        &format!(
            "{{\"torch\": \"2.11\", \"copy\": {}, \"sum\": {ONE_WAY}, \"fill\": {ONE_WAY}, \"gelu\": {ONE_WAY}}}",
            2.0 * ONE_WAY
        ),
    );
    let arguments = [
        "streams",
        "torch.json",
        &ceilings,
        &memory,
        &reductions,
        &transformer,
    ];
    // Writes are 2 % slower than torch's, and one softmax 10 % slower than a copy.
    let said = place.expect(&arguments, 10, 2);
    for line in [
        "FAILED  1 write against torch's fill: 98.04 %, 99 % at least",
        "ok      1 copy against torch's copy: 100.00 %, 99 % at least",
        "FAILED  1 softmax-bf16: 90.9 % of copy, 92 % at least",
        "ok      1 sum: 95.2 % of read, 92 % at least",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    // A record without the cases is no success.
    place.expect(
        &[
            "streams",
            "torch.json",
            &ceilings,
            &reductions,
            &reductions,
            &transformer,
        ],
        0,
        1,
    );
}

#[test]
fn a_level_takes_longer_than_the_one_before() {
    let Some(place) = Place::new() else { return };
    let ceilings = place.ceilings();
    let compute = place.run("compute", &[("latency", "nightly", 0.0, 0.0, 100.0, 400.0)]);
    let chases = |l2: f64| {
        [
            ("latency-shared", "quick", 0.0, 0.0, 100.0, 3000.0),
            ("latency-l1", "quick", 0.0, 0.0, 100.0, 4000.0),
            ("latency-l2", "quick", 0.0, 0.0, 100.0, l2),
            ("latency-memory", "quick", 0.0, 0.0, 100.0, 70_000.0),
            ("bandwidth-l1", "nightly", GIB, 0.0, 1.0, ONE_WAY),
        ]
    };
    let right = place.run("architecture", &chases(29_000.0));
    let said = place.expect(&["hierarchy", &ceilings, &right, &compute], 1, 0);
    assert!(said.contains("30 < 40 < 290 < 700 cycles"), "{said}");
    assert!(said.contains("ceiling shared  32.000 T"), "{said}");
    let wrong = place.run("architecture", &chases(3_900.0));
    place.expect(&["hierarchy", &ceilings, &wrong, &compute], 0, 1);
}

#[test]
fn a_case_that_failed_is_not_verified() {
    let Some(place) = Place::new() else { return };
    let right = place.run("right", &[("copy", "quick", 1.0, 1.0, 1.0, 1000.0)]);
    let said = place.expect(&["verified", &right], 1, 0);
    assert!(
        said.contains("ok      3 right: 1 of 1 cases verified"),
        "{said}"
    );
    let wrong = place.run(
        "wrong",
        &[
            ("copy", "quick", 1.0, 1.0, 1.0, 1000.0),
            ("fails", "quick", 1.0, 1.0, 1.0, 1000.0),
        ],
    );
    let said = place.expect(&["verified", &right, &wrong], 1, 1);
    assert!(
        said.contains("FAILED  3 wrong: 1 of 2 cases verified"),
        "{said}"
    );
}
