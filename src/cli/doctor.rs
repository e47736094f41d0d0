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
    use crate::environment::doctor::{Folder, Repository};

    #[test]
    fn what_is_missing_comes_with_a_remedy() {
        let probes = Probes {
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
            gpu: Err(crate::device::Lack {
                message: "no NVIDIA driver".into(),
                hint: "install it".into(),
            }),
            nvrtc: Err(crate::device::Lack {
                message: "no NVRTC".into(),
                hint: "install the toolkit".into(),
            }),
            nvml: false,
            terminal: None,
        };
        let text = human(&doctor::examine(&probes));
        let plain = anstream::adapter::strip_str(&text).to_string();
        insta::assert_snapshot!(plain, @r#"
        missing  C++ compiler    neither c++ nor g++ nor clang++ is there
                                 -> install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++), or set CXX; kernels are compiled by it
        missing  records         work/.warpmark can't be written: Read-only file system (os error 30)
                                 -> give yourself the right to write there, or run from another work tree; every sample is kept there
        warning  disk space      100 MiB left for work/.warpmark
                                 -> make room: old runs lie in .warpmark/runs, compiled kernels in .warpmark/cache; both may be deleted
        good     git             git version 2.43.0
        warning  repository      no commit yet
                                 -> commit the suites and kernels: a baseline is saved from what HEAD holds
        note     python3         not there
                                 -> install it for workloads that are Python scripts; nothing else needs it
        warning  CPU governor    powersave
                                 -> `sudo cpupower frequency-set -g performance` while you measure: others change clocks between samples
        note     CPU turbo       on: clocks follow temperature and load
                                 -> for steadier times on the host switch it off (intel_pstate/no_turbo, or cpufreq/boost, in /sys/devices/system/cpu)
        warning  load            6.25 tasks on 8 CPUs, in the last minute
                                 -> stop what else runs here, or expect wide intervals and `inconclusive`
        warning  control groups  at most 1.5 CPUs' time
                                 -> a limit stops the process in the middle of samples; give the container whole CPUs (--cpuset-cpus)
        note     GPU             no NVIDIA driver
                                 -> install it
        note     NVRTC           no NVRTC
                                 -> install the toolkit
        note     NVML            libnvidia-ml.so.1 is not there
        good     terminal        standard output is none: tables are not fitted, nothing is animated

        no run is possible until what is missing is there
        "#);
    }
}
