//! The `cuda` device without a GPU: a fake driver and a fake NVRTC (`tests/fake-cuda`), a fake NVML (`tests/fake-nvml`),
//! and the faults that they play.

mod choice;
mod clock;
mod facts;
mod faults;
mod gate;
mod graphs;
mod libraries;
mod methods;
mod occupancy;
mod runs;
mod telemetry;
mod tensor_maps;
mod windows;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::support::{has_tool, root, warpmark};

/// The fake libraries, compiled once: a driver, one that lacks a call that is needed, one that lacks a call that is
/// not, an NVRTC in a folder of its own, an NVML, and one that lacks a call.
pub struct Fakes {
    _folder: tempfile::TempDir,
    pub driver: PathBuf,
    without_memory: PathBuf,
    without_parameters: PathBuf,
    without_occupancy: PathBuf,
    without_graphs: PathBuf,
    without_tensor_maps: PathBuf,
    pub nvrtc: PathBuf,
    /// The folder of the fake cuBLAS.
    blas: PathBuf,
    pub nvml: PathBuf,
    nvml_without_power: PathBuf,
    /// Without the call that locks the SM clock, and without those of the memory clock.
    pub nvml_without_locks: [PathBuf; 2],
    nvml_without_fields: PathBuf,
}

/// None where there is no compiler, which `has_tool` has said then.
pub fn fakes() -> Option<&'static Fakes> {
    static FAKES: OnceLock<Fakes> = OnceLock::new();
    if !has_tool("c++") {
        return None;
    }
    Some(FAKES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let nvrtc = at("nvrtc");
        fs::create_dir(&nvrtc).expect("made");
        compile("fake-cuda/nvrtc.cpp", &nvrtc.join("libnvrtc.so.13"), &[]);
        let blas = at("blas");
        fs::create_dir(&blas).expect("made");
        for name in ["libcublasLt.so.13", "libcublas.so.13"] {
            compile("fake-cuda/blas.cpp", &blas.join(name), &["-ldl"]);
        }
        compile("fake-cuda/driver.cpp", &at("libcuda.so"), &[]);
        compile(
            "fake-cuda/driver.cpp",
            &at("memory.so"),
            &["-DWITHOUT_cuMemAlloc_v2"],
        );
        compile(
            "fake-cuda/driver.cpp",
            &at("parameters.so"),
            &["-DWITHOUT_cuFuncGetParamInfo"],
        );
        compile(
            "fake-cuda/driver.cpp",
            &at("occupancy.so"),
            &["-DWITHOUT_cuOccupancyMaxActiveBlocksPerMultiprocessor"],
        );
        let graphs = ["-DWITHOUT_graphs"];
        compile("fake-cuda/driver.cpp", &at("graphs.so"), &graphs);
        let maps = ["-DWITHOUT_cuTensorMapEncodeTiled"];
        compile("fake-cuda/driver.cpp", &at("maps.so"), &maps);
        let nvml = "fake-nvml/nvml.cpp";
        compile(nvml, &at("libnvidia-ml.so"), &[]);
        let without = ["-DWITHOUT_nvmlDeviceGetPowerUsage"];
        compile(nvml, &at("nvml-power.so"), &without);
        let locks = ["Gpu", "Memory"].map(|clock| {
            let library = at(&format!("nvml-{clock}.so"));
            let without = format!("-DWITHOUT_nvmlDeviceSet{clock}LockedClocks");
            compile(nvml, &library, &[&without]);
            library
        });
        let without = ["-DWITHOUT_nvmlDeviceGetFieldValues"];
        compile(nvml, &at("nvml-fields.so"), &without);
        Fakes {
            driver: at("libcuda.so"),
            without_memory: at("memory.so"),
            without_parameters: at("parameters.so"),
            without_occupancy: at("occupancy.so"),
            without_graphs: at("graphs.so"),
            without_tensor_maps: at("maps.so"),
            nvrtc,
            blas,
            nvml: at("libnvidia-ml.so"),
            nvml_without_power: at("nvml-power.so"),
            nvml_without_locks: locks,
            nvml_without_fields: at("nvml-fields.so"),
            _folder: folder,
        }
    }))
}

fn compile(source: &str, library: &Path, options: &[&str]) {
    let output = Command::new("c++")
        .args([
            "-std=c++11",
            "-O1",
            "-ffp-contract=off",
            "-fPIC",
            "-shared",
            "-w",
        ])
        .args(options)
        .arg(root().join("tests").join(source))
        .arg("-o")
        .arg(library)
        .output()
        .expect("c++ runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
}

/// A folder with a suite and the kernels of the fake driver.
struct Place {
    folder: tempfile::TempDir,
    fakes: &'static Fakes,
}

const HEAD: &str = r#"
format = 1
[suite]
name = "fake"
[device]
kind = "cuda"
[repetition]
processes = 2
samples = 10
timing = "events"
timeout = "2s"
"#;

const SCALE: &str = r#"
[[workload]]
name = "scale"
kernel = { source = "kernels.cu", entry = "scale" }
axes = { n = [1000, 300000] }
grid = ["ceil_div(n, 256)"]
block = ["256"]
args = [{ in = "f32", len = "n", fill = "uniform" }, { out = "f32", len = "n" }, { f32 = "3.0" }, { u64 = "n" }]
verify = { reference = "scale_again" }
"#;

pub const INCREMENT: &str = r#"
[[workload]]
name = "increment"
kernel = { source = "kernels.cu", entry = "increment" }
grid = ["8"]
block = ["128"]
args = [{ inout = "u32", len = "1000", fill = { integers = [0, 1000000] } }, { u64 = "1000" }]
verify = "none"
"#;

impl Place {
    /// With the workloads of `suite` below the usual head; none where there is no compiler.
    fn new(workloads: &[&str]) -> Option<Self> {
        let fakes = fakes()?;
        let folder = tempfile::tempdir().expect("a folder");
        let suite = format!("{HEAD}{}", workloads.concat());
        fs::write(folder.path().join("fake.toml"), suite).expect("written");
        let kernels = root().join("tests/fake-cuda/kernels.cu");
        fs::copy(kernels, folder.path().join("kernels.cu")).expect("copied");
        Some(Self { folder, fakes })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn warpmark(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = warpmark();
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .env("WARPMARK_LIBCUDA", &self.fakes.driver)
            .env("WARPMARK_NVRTC", &self.fakes.nvrtc)
            .env("WARPMARK_CUBLAS", &self.fakes.blas)
            .env("WARPMARK_LIBNVIDIA_ML", &self.fakes.nvml)
            .env("FAKE_NVML_LOG", self.at("queries"))
            .env("WARPMARK_STATE", self.at("state"))
            .env("FAKE_CUDA_LOG", self.at("calls"));
        command
    }

    /// Runs the suite under a fault, or none: exit code, standard output, standard error.
    fn run(&self, fault: &str) -> (i32, String, String) {
        let mut command = self.warpmark(&["run", "fake.toml", "--quiet"]);
        told(
            &command
                .env("FAKE_CUDA_FAULT", fault)
                .output()
                .expect("it runs"),
        )
    }

    /// The calls of all processes so far, without their numbers.
    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.at("calls")).expect("the log");
        let call = |line: &str| line.split_once(' ').map(|(_, call)| call.to_owned());
        text.lines().filter_map(call).collect()
    }

    /// What the newest record says of each case and process.
    fn results(&self) -> Vec<serde_json::Value> {
        self.lines("case")
    }

    /// Warm-ups and samples of the cases whose ids begin so, in the newest record: how often each process warmed up is
    /// the clock's choice.
    fn executions(&self, start: &str) -> usize {
        let results = self.results().into_iter();
        let of = results.filter(|result| {
            result["case"]
                .as_str()
                .is_some_and(|id| id.starts_with(start))
        });
        let count = |result: serde_json::Value| {
            let warm_up = result["warm_up"].as_u64().expect("a number");
            assert!(warm_up > 5, "5 and more until the clock held: {result}");
            let samples = result["series"][0]["samples"].as_array().expect("samples");
            usize::try_from(warm_up).expect("few") + samples.len()
        };
        of.map(count).sum()
    }

    /// The lines of the newest record that have `key`, what stands there.
    fn lines(&self, key: &str) -> Vec<serde_json::Value> {
        let runs = self.at(".warpmark/runs/fake");
        let mut records: Vec<PathBuf> = fs::read_dir(runs)
            .expect("runs")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        records.sort();
        let newest = records.pop().expect("a record");
        let mut found = Vec::new();
        for process in 0..2 {
            let text = fs::read_to_string(newest.join(format!("process-{process:04}.jsonl")))
                .expect("a process");
            let lines = text
                .lines()
                .map(|line| serde_json::from_str(line).expect("JSON"));
            found.extend(lines.filter_map(|line: serde_json::Value| line.get(key).cloned()));
        }
        found
    }
}

pub fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}
