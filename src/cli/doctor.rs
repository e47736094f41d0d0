//! `warpmark doctor`: what is there, what is missing, and what to do about it.

use std::fmt::Write;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::format::{self, FactArgs, FactFormat};
use super::{Exit, output};
use crate::environment::doctor::{self, Check, Probes, Standing};
use crate::store;

/// Say what this machine has for benchmarks, what it lacks, and what to do about it
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 runs are possible; 5 they are not")]
pub struct Args {
    #[command(flatten)]
    format: FactArgs,
}

/// Looks at the machine and prints what was found.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let records = store::root_for(Path::new("."));
    let checks = doctor::examine(&Probes::take(&output::shown(&records), format::width()));
    let text = match args.format.chosen() {
        FactFormat::Human => human(&checks),
        FactFormat::Json => output::json(&Wire {
            format: 1,
            can_run: doctor::can_run(&checks),
            checks: &checks,
        })?,
    };
    output::print(text.as_bytes())?;
    Ok(if doctor::can_run(&checks) {
        Exit::Success
    } else {
        Exit::Environment
    })
}

/// The findings as JSON.
#[derive(Debug, Serialize)]
struct Wire<'a> {
    format: u32,
    can_run: bool,
    checks: &'a [Check],
}

fn human(checks: &[Check]) -> String {
    let width = checks
        .iter()
        .map(|check| check.name.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let (word, style) = mark(check.standing);
        let _ = writeln!(
            text,
            "{style}{word:7}{style:#}  {:width$}  {}",
            check.name, check.found
        );
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(text, "{:7}  {:width$}  -> {remedy}", "", "");
        }
    }
    let verdict = if doctor::can_run(checks) {
        "runs are possible"
    } else {
        "no run is possible until what is missing is there"
    };
    let _ = writeln!(text, "\n{verdict}");
    text
}

fn mark(standing: Standing) -> (&'static str, Style) {
    let color = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
    match standing {
        Standing::Good => ("good", color(AnsiColor::Green)),
        Standing::Note => ("note", Style::new()),
        Standing::Warning => ("warning", color(AnsiColor::Yellow)),
        Standing::Missing => ("missing", color(AnsiColor::Red)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::Lack;
    use crate::device::cuda::GpuSettings;
    use crate::device::cuda::nvml::{Ecc, Mig, Process, Unknown};
    use crate::environment::doctor::{DeviceFile, Folder, Management, Repository};

    fn lack(message: &str, hint: &str) -> Lack {
        Lack {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// A machine without a GPU that lacks much.
    fn poor() -> Probes {
        Probes {
            compiler: None,
            cxx: None,
            records: Folder {
                path: "work/.warpmark".into(),
                writable: Err("Read-only file system (os error 30)".to_owned()),
                free: Some(100 << 20),
            },
            git: Some("git version 2.43.0".to_owned()),
            repository: Repository::Empty,
            python: None,
            governors: vec!["powersave".to_owned()],
            turbo: Some(true),
            load: Some(6.25),
            cpus: 8,
            cpu_limit: Some(1.5),
            gpu: Err(lack("no NVIDIA driver", "install it")),
            nvrtc: Err(lack("no NVRTC", "install the toolkit")),
            management: Management {
                nvml: Err(lack("no NVML", "it comes with NVIDIA's driver")),
                gpus: Vec::new(),
                files: Vec::new(),
                root: false,
                container: None,
                host_processes: Some(true),
            },
            terminal: None,
        }
    }

    /// A GPU at rest.
    fn gpu() -> GpuSettings {
        GpuSettings {
            profile: None,
            persistence: Ok(true),
            ecc: Ok(Ecc {
                now: true,
                pending: true,
            }),
            mig: Ok(Mig {
                now: false,
                pending: false,
            }),
            power_limit: Ok(700.0),
            default_power_limit: Ok(700.0),
            clock_event_reasons: Ok(vec!["gpu-idle".to_owned()]),
            processes: Ok(Vec::new()),
        }
    }

    /// A machine with two GPUs: one as it should be, and one that isn't.
    fn with_gpus() -> Probes {
        let file = |name: &str| DeviceFile {
            path: Path::new("/dev").join(name),
            access: Ok(()),
        };
        let other = GpuSettings {
            persistence: Ok(false),
            ecc: Ok(Ecc {
                now: false,
                pending: false,
            }),
            mig: Err(Unknown::NotSupported),
            power_limit: Ok(500.0),
            clock_event_reasons: Ok(vec!["sw-power-cap".to_owned()]),
            processes: Ok(vec![Process {
                pid: 4242,
                name: Some("python3".to_owned()),
            }]),
            ..gpu()
        };
        Probes {
            gpu: Ok("NVIDIA H200, NVIDIA H200; driver 580.159.04, of CUDA 13.0".to_owned()),
            nvrtc: Ok("13.0 in /usr/local/cuda/lib64/libnvrtc.so.13".to_owned()),
            management: Management {
                nvml: Ok("13.580.159.04 in libnvidia-ml.so.1".to_owned()),
                gpus: vec![Ok(gpu()), Ok(other)],
                files: ["nvidia-uvm", "nvidia0", "nvidia1", "nvidiactl"]
                    .map(file)
                    .into(),
                root: false,
                container: Some("docker".to_owned()),
                host_processes: Some(false),
            },
            ..poor()
        }
    }

    /// What is printed, without colours.
    fn plain(probes: &Probes) -> String {
        let text = human(&doctor::examine(probes));
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn what_is_missing_comes_with_a_remedy() {
        insta::assert_snapshot!(plain(&poor()), @r#"
        missing  C++ compiler     neither c++ nor g++ nor clang++ is there
                                  -> install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++), or set CXX; kernels are compiled by it
        missing  records          work/.warpmark can't be written: Read-only file system (os error 30)
                                  -> give yourself the right to write there, or run from another work tree; every sample is kept there
        warning  disk space       100 MiB left for work/.warpmark
                                  -> make room: old runs lie in .warpmark/runs, compiled kernels in .warpmark/cache; both may be deleted
        good     git              git version 2.43.0
        warning  repository       no commit yet
                                  -> commit the suites and kernels: a baseline is saved from what HEAD holds
        note     python3          not there
                                  -> install it for workloads that are Python scripts; nothing else needs it
        warning  CPU governor     powersave
                                  -> `sudo cpupower frequency-set -g performance` while you measure: others change clocks between samples
        note     CPU turbo        on: clocks follow temperature and load
                                  -> for steadier times on the host switch it off (intel_pstate/no_turbo, or cpufreq/boost, in /sys/devices/system/cpu)
        warning  load             6.25 tasks on 8 CPUs, in the last minute
                                  -> stop what else runs here, or expect wide intervals and `inconclusive`
        warning  control groups   at most 1.5 CPUs' time
                                  -> a limit stops the process in the middle of samples; give the container whole CPUs (--cpuset-cpus)
        note     GPU              no NVIDIA driver
                                  -> install it
        note     NVRTC            no NVRTC
                                  -> install the toolkit
        note     NVML             no NVML
                                  -> it comes with NVIDIA's driver
        note     GPU permissions  there is no /dev/nvidia*
                                  -> if the machine has a GPU, load the driver's kernel module: `sudo nvidia-modprobe -u`
        good     container        none
        good     terminal         standard output is none: tables are not fitted, nothing is animated

        no run is possible until what is missing is there
        "#);
    }

    #[test]
    fn gpus_are_looked_at_one_by_one() {
        let text = plain(&with_gpus());
        let from = text.find("good     GPU ").unwrap_or_default();
        insta::assert_snapshot!(&text[from..], @r#"
        good     GPU               NVIDIA H200, NVIDIA H200; driver 580.159.04, of CUDA 13.0
        good     NVRTC             13.0 in /usr/local/cuda/lib64/libnvrtc.so.13
        good     NVML              13.580.159.04 in libnvidia-ml.so.1
        good     GPU permissions   /dev/nvidia-uvm, /dev/nvidia0, /dev/nvidia1, /dev/nvidiactl; not root
        warning  persistence mode  cuda:0: on; cuda:1: off: the driver leaves the GPU between processes
                                   -> `sudo nvidia-smi -pm 1`, or the service nvidia-persistenced: processes start sooner, and clocks stay as they are set
        note     ECC               cuda:0: on; cuda:1: off
                                   -> results are compared only with those of GPUs without it
        note     MIG               cuda:0: off; cuda:1: unknown: not supported by this GPU or driver
        note     power limit       cuda:0: 700 W; cuda:1: 500 W, of 700 W by default
                                   -> results are compared only with those under the same limit; `sudo nvidia-smi -pl` sets it
        warning  GPU clocks        cuda:0: nothing holds them down now; cuda:1: held down now: sw-power-cap
                                   -> let the GPU cool and rest, and look at its cooling and power: `nvidia-smi -q -d PERFORMANCE`
        warning  GPU processes     cuda:0: none is listed; cuda:1: 4242 python3
                                   -> stop them: what shares the GPU with a kernel changes its times
        warning  container         docker, with process ids of its own: others on the GPU can't be told from your own
                                   -> start the container with the host's ids (--pid=host), or make sure that nobody else uses the GPU
        good     terminal          standard output is none: tables are not fitted, nothing is animated

        no run is possible until what is missing is there
        "#);
    }
}
