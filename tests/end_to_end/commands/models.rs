//! The reference models of `suites/models.toml`: on a CPU in small where there is PyTorch, and what they say without.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{has_tool, root, warpmark};

/// A run of the shipped suite's eager models, with `path` as PATH: the exit code and the JSON.
fn run(path: &str, more: &[&str]) -> (i32, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let suite = folder.path().join("suites");
    for name in [
        "models.toml",
        "models/common.py",
        "models/energy.py",
        "models/facts.py",
    ]
    .into_iter()
    .chain([
        "models/encoder.py",
        "models/convnet.py",
        "models/decoder.py",
    ]) {
        let to = suite.join(name);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        std::fs::copy(root().join("suites").join(name), to).expect("copied");
    }
    let output = warpmark()
        .current_dir(folder.path())
        .env("PATH", path)
        .env("WARPMARK_STATE", folder.path().join("state"))
        .args([
            "run",
            "suites/models.toml",
            "--json",
            "--processes",
            "1",
            "-f",
            "tag:nightly",
        ])
        .args(more)
        .output()
        .expect("the built program");
    let error = String::from_utf8_lossy(&output.stderr);
    let value = serde_json::from_slice(&output.stdout);
    let value = value.unwrap_or_else(|why| panic!("{why}: {error}"));
    (output.status.code().expect("an exit"), value)
}

/// PATH with the folder of a python3 first for which `import torch` fails, or succeeds.
fn path_with(torch: bool) -> Option<String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/bin"));
    let imports = |folder: &Path| {
        let asked = Command::new(folder.join("python3"))
            .args(["-c", "import torch"])
            .output();
        asked.is_ok_and(|output| output.status.success() == torch)
    };
    let folder = folders.iter().find(|folder| imports(folder))?;
    Some(format!("{}:{path}", folder.display()))
}

#[test]
#[allow(clippy::print_stderr)] // the harness shows it beside the test's name
fn small_models_are_verified_and_measured_on_a_cpu() {
    let required = std::env::var_os("WARPMARK_REQUIRE_ALL").is_some_and(|value| value == "1");
    let Some(path) = path_with(true) else {
        assert!(!required, "this test needs PyTorch: install python3-torch");
        eprintln!("not tested: this test needs PyTorch");
        return;
    };
    let small = [
        "--axis",
        "size=tiny",
        "--axis",
        "batch=1,2",
        "--axis",
        "seq=16",
    ];
    let (code, value) = run(&path, &small);
    assert_eq!(code, 0, "{value}");
    let cases = value["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let id = case["case"].as_str().expect("an id");
        assert_eq!(case["outcome"], "measured", "{case}");
        let metrics = case["metrics"].as_array().expect("metrics");
        let mut wanted = vec!["time", "memory"];
        if !id.starts_with("convnet/") {
            wanted.push("tokens");
        }
        if id.starts_with("decoder/") {
            wanted.extend(["first-token", "next-token"]);
        }
        for metric in wanted {
            let found = metrics.iter().find(|one| one["metric"] == metric);
            let found = found.unwrap_or_else(|| panic!("{id} has no {metric}"));
            assert!(found["summary"]["median"].as_f64() > Some(0.0), "{found}");
        }
    }
}

#[test]
fn without_pytorch_each_case_names_what_is_missing() {
    if !has_tool("python3") {
        return;
    }
    // A torch that can't be imported stands for one that isn't there, on every machine.
    let folder = tempfile::tempdir().expect("a folder");
    let real = std::env::var("PATH").unwrap_or_default();
    let python = std::env::split_paths(&real)
        .map(|folder| folder.join("python3"))
        .find(|path| path.is_file())
        .expect("has_tool found it");
    std::fs::write(folder.path().join("hidden.py"), HIDDEN).expect("written");
    let script = format!(
        "#!/bin/sh\nexec '{}' '{}' \"$@\"\n",
        python.display(),
        folder.path().join("hidden.py").display()
    );
    let wrapper = folder.path().join("python3");
    std::fs::write(&wrapper, script).expect("written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&wrapper, mode).expect("executable");
    let (code, value) = run(&format!("{}:{real}", folder.path().display()), &[]);
    // Nothing else ran.
    assert_eq!(code, 5, "{value}");
    let cases = value["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 10);
    for case in cases {
        let why = case["unsupported"].to_string();
        assert!(why.contains("PyTorch is missing"), "{case}");
    }
}

/// Runs a script as python3 does, without torch.
const HIDDEN: &str = "import os, runpy, sys\nsys.modules['torch'] = None\nsys.argv = sys.argv[1:]\nsys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))\nrunpy.run_path(sys.argv[0], run_name='__main__')\n";
