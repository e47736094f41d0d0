//! What a machine has for benchmarks and what it lacks, with a remedy for each.
//!
//! [`Probes::take`] looks; [`examine`] judges what was seen and looks at nothing itself.

mod gpu;
mod probes;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::device::Lack;
use crate::units::Bytes;

pub use gpu::{DeviceFile, Management};
pub use probes::{Folder, Probes, Repository};

/// Runs need this much room for records and compiled kernels.
const ROOM: u64 = 256 << 20;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// As it should be.
    Good,
    /// Said for the reader's knowledge.
    Note,
    /// Runs are possible, and worse or less for it.
    Warning,
    /// No run is possible.
    Missing,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is: `C++ compiler`.
    pub name: &'static str,
    /// How it stands.
    pub standing: Standing,
    /// What was found.
    pub found: String,
    /// What to do about it, unless it is good.
    pub remedy: Option<String>,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            standing: Standing::Good,
            found: found.into(),
            remedy: None,
        }
    }

    fn other(
        name: &'static str,
        standing: Standing,
        found: impl Into<String>,
        remedy: &str,
    ) -> Self {
        Self {
            name,
            standing,
            found: found.into(),
            remedy: Some(remedy.to_owned()),
        }
    }
}

/// Whether runs are possible.
pub fn can_run(checks: &[Check]) -> bool {
    checks
        .iter()
        .all(|check| check.standing < Standing::Missing)
}

/// Judges what was seen.
pub fn examine(probes: &Probes) -> Vec<Check> {
    let mut checks = machine(probes);
    let seen = &probes.management;
    let has_gpu = probes.gpu.is_ok();
    checks.extend([
        gpu(probes),
        nvrtc(probes),
        gpu::management(seen, has_gpu),
        gpu::permissions(seen, has_gpu),
    ]);
    checks.extend(gpu::examine_settings(seen));
    checks.extend([gpu::container(seen, has_gpu), terminal(probes)]);
    checks
}

/// All but GPUs.
fn machine(probes: &Probes) -> Vec<Check> {
    vec![
        compiler(probes),
        records(probes),
        room(probes),
        git(probes),
        repository(probes),
        python(probes),
        governor(probes),
        turbo(probes),
        load(probes),
        limit(probes),
    ]
}

fn compiler(probes: &Probes) -> Check {
    let name = "C++ compiler";
    match (&probes.compiler, &probes.cxx) {
        (Some(version), _) => Check::good(name, version),
        (None, Some(cxx)) => Check::other(
            name,
            Standing::Missing,
            format!("CXX names {cxx:?}, which doesn't answer --version"),
            "correct or unset CXX; kernels are compiled by it",
        ),
        (None, None) => Check::other(
            name,
            Standing::Missing,
            "neither c++ nor g++ nor clang++ is there",
            "install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++), or set CXX; kernels are compiled by it",
        ),
    }
}

fn records(probes: &Probes) -> Check {
    let Folder { path, writable, .. } = &probes.records;
    let name = "records";
    match writable {
        Ok(()) => Check::good(name, format!("{} can be written", path.display())),
        Err(why) => Check::other(
            name,
            Standing::Missing,
            format!("{} can't be written: {why}", path.display()),
            "give yourself the right to write there, or run from another work tree; every sample is kept there",
        ),
    }
}

fn room(probes: &Probes) -> Check {
    let name = "disk space";
    match probes.records.free {
        Some(free) if free < ROOM => Check::other(
            name,
            Standing::Warning,
            format!("{} left for {}", Bytes(free), probes.records.path.display()),
            "make room: old runs lie in .warpmark/runs, compiled kernels in .warpmark/cache; both may be deleted",
        ),
        Some(free) => Check::good(name, format!("{} left", Bytes(free))),
        None => Check {
            standing: Standing::Note,
            ..Check::good(name, "unknown")
        },
    }
}

fn git(probes: &Probes) -> Check {
    match &probes.git {
        Some(version) => Check::good("git", version),
        None => Check::other(
            "git",
            Standing::Note,
            "not there",
            "warpmark reads repositories by itself; you need git to commit baselines",
        ),
    }
}

fn repository(probes: &Probes) -> Check {
    let name = "repository";
    match &probes.repository {
        Repository::None => Check::other(
            name,
            Standing::Warning,
            "the current folder is in no git work tree",
            "`git init` and commit: baselines are compared by revision, and saved from a clean tree",
        ),
        Repository::Empty => Check::other(
            name,
            Standing::Warning,
            "no commit yet",
            "commit the suites and kernels: a baseline is saved from what HEAD holds",
        ),
        Repository::At(place) => Check::good(name, place),
    }
}

fn python(probes: &Probes) -> Check {
    match &probes.python {
        Some(version) => Check::good("python3", version),
        None => Check::other(
            "python3",
            Standing::Note,
            "not there",
            "install it for workloads that are Python scripts; nothing else needs it",
        ),
    }
}

fn governor(probes: &Probes) -> Check {
    let name = "CPU governor";
    match probes.governors.join(", ").as_str() {
        "" => Check {
            standing: Standing::Note,
            ..Check::good(name, "not told, as in most virtual machines")
        },
        "performance" => Check::good(name, "performance"),
        others => Check::other(
            name,
            Standing::Warning,
            others,
            "`sudo cpupower frequency-set -g performance` while you measure: others change clocks between samples",
        ),
    }
}

fn turbo(probes: &Probes) -> Check {
    let name = "CPU turbo";
    match probes.turbo {
        Some(false) => Check::good(name, "off"),
        Some(true) => Check::other(
            name,
            Standing::Note,
            "on: clocks follow temperature and load",
            "for steadier times on the host switch it off (intel_pstate/no_turbo, or cpufreq/boost, in /sys/devices/system/cpu)",
        ),
        None => Check {
            standing: Standing::Note,
            ..Check::good(name, "not told")
        },
    }
}

fn load(probes: &Probes) -> Check {
    let name = "load";
    let cpus = probes.cpus;
    match probes.load {
        Some(load) if load >= 0.5 * cpus as f64 => Check::other(
            name,
            Standing::Warning,
            format!("{load:.2} tasks on {cpus} CPUs, in the last minute"),
            "stop what else runs here, or expect wide intervals and `inconclusive`",
        ),
        Some(load) => Check::good(
            name,
            format!("{load:.2} tasks on {cpus} CPUs, in the last minute"),
        ),
        None => Check {
            standing: Standing::Note,
            ..Check::good(name, "not told")
        },
    }
}

fn limit(probes: &Probes) -> Check {
    let name = "control groups";
    match probes.cpu_limit {
        Some(limit) if limit < probes.cpus as f64 => Check::other(
            name,
            Standing::Warning,
            format!("at most {limit} CPUs' time"),
            "a limit stops the process in the middle of samples; give the container whole CPUs (--cpuset-cpus)",
        ),
        _ => Check::good(name, "no limit of CPU time"),
    }
}

fn gpu(probes: &Probes) -> Check {
    needed("GPU", &probes.gpu, Standing::Note)
}

/// Without a GPU nobody misses its compiler.
fn nvrtc(probes: &Probes) -> Check {
    let standing = match probes.gpu {
        Ok(_) => Standing::Warning,
        Err(_) => Standing::Note,
    };
    needed("NVRTC", &probes.nvrtc, standing)
}

fn needed(name: &'static str, found: &Result<String, Lack>, standing: Standing) -> Check {
    match found {
        Ok(found) => Check::good(name, found),
        Err(lack) => Check::other(name, standing, &lack.message, &lack.hint),
    }
}

fn terminal(probes: &Probes) -> Check {
    let found = match probes.terminal {
        Some(width) => format!("{width} columns"),
        None => "standard output is none: tables are not fitted, nothing is animated".to_owned(),
    };
    Check::good("terminal", found)
}
