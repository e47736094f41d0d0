//! The suites that ship: each kernel that the host device can run does so there, verified, at sizes that take a moment.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use warpmark::manifest;
use warpmark::plan::{self, DeviceFacts, PlanError, Selection};

use crate::support::{has_tool, root, warpmark};

/// Suites that other tests run, or that no host can.
const ELSEWHERE: [&str; 6] = [
    "agreement",
    "attention",
    "ceilings",
    "matmul",
    "models",
    "quickstart",
];

/// A suite, and the options of its runs: full blocks, and such as are not.
const SUITES: [(&str, &[&str]); 6] = [
    (
        "memory",
        &[
            "--axis n=8192 --axis vec=1,4 --axis unroll=4 --axis side=64 --axis mib=1 --axis entries=4096 --axis bits=10 --axis steps=3 --axis rows=64",
            "--axis n=20004 --axis vec=1,4 --axis unroll=4 --axis side=100 --axis mib=2 --axis entries=5001 --axis bits=7 --axis steps=1 --axis rows=1001 --axis width=5",
        ],
    ),
    (
        "architecture",
        &[
            "--axis bits=6 --axis steps=64 --axis stride=1,2,32 --axis passes=3 --axis mib=1 --axis rounds=3 --axis packs=4000 --axis n=1280 --axis depth=2 --axis words=1,32",
            "--axis bits=4 --axis steps=16 --axis stride=4,32 --axis passes=17 --axis mib=1 --axis rounds=300 --axis packs=5001 --axis n=1500 --axis depth=5 --axis words=4096",
        ],
    ),
    // Chains that draw numbers together forget after some passes how many steps they made; after one they don't.
    (
        "compute",
        &["--axis passes=1", "--axis passes=3", "--axis passes=40"],
    ),
    ("launch", &["--axis blocks=1,7 --axis threads=32,96"]),
    (
        "reductions",
        &[
            "--axis n=65536 --axis side=128",
            "--axis n=400016 --axis side=100",
            "--axis n=16 --axis side=4",
        ],
    ),
    (
        "transformer",
        &[
            "--axis rows=3 --axis vocabulary=1280 --axis n=4096 --axis tokens=3",
            "--axis rows=260 --axis vocabulary=9000 --axis n=50008 --axis tokens=2 --axis heads=3",
        ],
    ),
];

fn copy(folder: &str, to: &Path) {
    fs::create_dir_all(to.join(folder)).expect("made");
    for entry in fs::read_dir(root().join(folder)).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let name = path.file_name().expect("a name");
            fs::copy(&path, to.join(folder).join(name)).expect("copied");
        }
    }
}

/// What a command prints as JSON; it must succeed.
#[track_caller]
fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = warpmark().current_dir(folder).args(arguments).output();
    let output = output.expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {out}{error}");
    serde_json::from_str(&out).expect("JSON")
}

/// Every case of the suite runs on the host and is verified, with each of its options.
#[track_caller]
fn runs_on_the_host(suite: &str) {
    if !has_tool("c++") {
        return;
    }
    let (_, runs) = SUITES
        .iter()
        .find(|(name, _)| *name == suite)
        .expect("it is in the table");
    let folder = tempfile::tempdir().expect("a folder");
    copy("suites", folder.path());
    copy("kernels", folder.path());
    let file = format!("suites/{suite}.toml");
    for options in *runs {
        let axes: Vec<&str> = options.split(' ').collect();
        let listed = json(
            folder.path(),
            &[&["list", &file, "--json"], &axes[..]].concat(),
        );
        let cases = listed["suites"][0]["cases"].as_array().expect("cases");
        let fixed = [
            "run",
            &file,
            "--quiet",
            "--device",
            "host",
            "--json",
            "--processes",
            "1",
            "--samples",
            "1",
        ];
        let ran = json(folder.path(), &[&fixed, &axes[..]].concat());
        // Between host and device nothing is copied where both have the same memory.
        let moved = cases.iter().filter(|case| {
            let id = case["id"].as_str().unwrap_or_default();
            id.starts_with("memcpy-to-")
        });
        let here = cases.len() - moved.count();
        assert_eq!(ran["counts"]["measured"], here, "{options}: {ran}");
        assert_eq!(ran["counts"]["failed"], 0, "{options}: {ran}");
    }
}

#[test]
fn the_kernels_of_memory_are_right() {
    runs_on_the_host("memory");
}

#[test]
fn the_kernels_of_architecture_are_right() {
    runs_on_the_host("architecture");
}

#[test]
fn the_kernels_of_compute_are_right() {
    runs_on_the_host("compute");
}

#[test]
fn the_kernels_of_launch_are_right() {
    runs_on_the_host("launch");
}

#[test]
fn the_kernels_of_reductions_are_right() {
    runs_on_the_host("reductions");
}

#[test]
fn the_kernels_of_transformer_are_right() {
    runs_on_the_host("transformer");
}

/// The names of the suites that ship.
fn shipped() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("suites")).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|of| of == "toml"))
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn no_suite_is_forgotten() {
    for suite in shipped() {
        let here = SUITES.iter().any(|(name, _)| *name == suite);
        assert!(
            here || ELSEWHERE.contains(&suite.as_str()),
            "suites/{suite}.toml: give it small sizes in tests/end_to_end/shipped.rs"
        );
    }
}

/// Every case that writes something is verified, and says what it does; every suite here can be run by its tags.
#[test]
fn every_workload_is_verified_and_states_its_work() {
    for (suite, _) in SUITES {
        let text = fs::read_to_string(root().join(format!("suites/{suite}.toml"))).expect("text");
        let manifest: toml::Table = text.parse().expect("TOML");
        let workloads = manifest["workload"].as_array().expect("workloads");
        let mut tags = BTreeSet::new();
        for workload in workloads {
            let name = &workload["name"];
            // Copies and sets are verified without a word.
            let library = workload.get("library").and_then(toml::Value::as_str);
            let by_itself = library.is_some_and(|name| name.starts_with("mem"));
            let writes = workload.get("args").is_some() && !by_itself;
            assert_eq!(workload.get("verify").is_some(), writes, "{suite}: {name}");
            let overhead = suite == "launch";
            assert!(
                overhead || workload.get("work").is_some(),
                "{suite}: {name} states no work"
            );
            tags.insert(tag_of_time(suite, workload));
        }
        assert!(tags.contains("quick"), "{suite}: {tags:?}");
    }
}

/// A launch that asks for more than a GPU has is a mistake of the whole suite there: it would run nothing.
#[test]
fn the_suites_that_ship_fit_gpus_of_every_capability() {
    for entry in fs::read_dir(root().join("suites")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|of| of != "toml") {
            continue;
        }
        let suite = manifest::load(&path).unwrap_or_else(|error| panic!("{}", error.render(false)));
        for capability in [(7, 5), (8, 0), (8, 6), (8, 9), (9, 0), (10, 0), (12, 0)] {
            let facts = DeviceFacts::cuda_limits_of(capability);
            match plan::expand(&suite, &facts, &Selection::default()) {
                Ok(_) | Err(PlanError::Nothing { .. }) => {}
                Err(error) => panic!("{capability:?}: {}", error.render(false)),
            }
        }
    }
}

/// The one of `quick`, `nightly` and `full` that a workload carries.
#[track_caller]
fn tag_of_time(suite: &str, workload: &toml::Value) -> String {
    let own = workload["tags"].as_array().expect("tags");
    let of_time = own
        .iter()
        .filter_map(toml::Value::as_str)
        .filter(|tag| ["quick", "nightly", "full"].contains(tag));
    let of_time: Vec<&str> = of_time.collect();
    assert_eq!(
        of_time.len(),
        1,
        "{suite}: {}: {of_time:?}",
        workload["name"]
    );
    of_time[0].to_owned()
}

#[test]
fn every_workload_is_quick_nightly_or_full() {
    for suite in shipped() {
        let text = fs::read_to_string(root().join(format!("suites/{suite}.toml"))).expect("text");
        let manifest: toml::Table = text.parse().expect("TOML");
        for workload in manifest["workload"].as_array().expect("workloads") {
            tag_of_time(&suite, workload);
        }
    }
}
