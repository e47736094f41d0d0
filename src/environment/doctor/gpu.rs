//! What a machine has for kernels on a GPU beside the driver and the compiler.

mod settings;

use std::path::{Path, PathBuf};

use super::{Check, Standing};
use crate::device::Lack;
use crate::device::cuda::nvml::{self, Answer};
use crate::device::cuda::{Cuda, GpuSettings};
use crate::environment::linux::Machine;

pub(super) use settings::examine as examine_settings;

/// What was seen of a machine's GPUs beside the driver and the compiler.
#[derive(Debug, Clone, PartialEq)]
pub struct Management {
    /// NVML in words, or what is missing.
    pub nvml: Result<String, Lack>,
    /// The GPUs that CUDA offers, by their numbers there; empty without NVML.
    pub gpus: Vec<Answer<GpuSettings>>,
    /// The driver's device files.
    pub files: Vec<DeviceFile>,
    /// Whether this process is root.
    pub root: bool,
    /// What kind of container this is in, as far as it leaves a trace.
    pub container: Option<String>,
    /// Whether process ids mean the same here and in the driver.
    pub host_processes: Option<bool>,
}

/// A file below `/dev` through which the driver is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it may be read and written; else the system's reason.
    pub access: Result<(), String>,
}

impl Management {
    /// Looks at this machine.
    pub fn take(machine: &Machine) -> Self {
        let (nvml, gpus) = match Cuda::settings_of_all() {
            Ok((words, gpus)) => (Ok(words), gpus),
            Err(lack) => (Err(lack), Vec::new()),
        };
        Self {
            nvml,
            gpus,
            files: device_files(Path::new("/dev")),
            root: rustix::process::geteuid().is_root(),
            container: machine.container(&|name| std::env::var(name).ok()),
            host_processes: nvml::sees_host_processes(),
        }
    }
}

/// The driver's files in the folder `dev`: `nvidiactl`, `nvidia-uvm`, `nvidia0`, ...
fn device_files(dev: &Path) -> Vec<DeviceFile> {
    use rustix::fs::{Access, access};
    let is_numbered = |name: &str| {
        let number = name.strip_prefix("nvidia");
        number.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let entries = std::fs::read_dir(dev).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            is_numbered(&name) || name == "nvidiactl" || name == "nvidia-uvm"
        })
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let file = |path: PathBuf| DeviceFile {
        access: access(&path, Access::READ_OK | Access::WRITE_OK)
            .map_err(|error| std::io::Error::from(error).to_string()),
        path,
    };
    paths.into_iter().map(file).collect()
}

/// NVML: warned of where there is a GPU.
pub fn management(seen: &Management, gpu: bool) -> Check {
    let standing = if gpu {
        Standing::Warning
    } else {
        Standing::Note
    };
    super::needed("NVML", &seen.nvml, standing)
}

/// Whether the driver's files may be used.
pub fn permissions(seen: &Management, gpu: bool) -> Check {
    let name = "GPU permissions";
    let denied: Vec<String> = seen
        .files
        .iter()
        .filter_map(|file| {
            let why = file.access.as_ref().err()?;
            Some(format!("{}: {why}", file.path.display()))
        })
        .collect();
    if !denied.is_empty() {
        return Check::other(
            name,
            Standing::Warning,
            denied.join("; "),
            "give your user the right to read and write them (often by the group `video`), or ask who runs the machine",
        );
    }
    if seen.files.is_empty() {
        return no_files(name, seen, gpu);
    }
    let user = if seen.root { "root" } else { "not root" };
    let names: Vec<String> = seen
        .files
        .iter()
        .map(|file| file.path.display().to_string())
        .collect();
    Check::good(name, format!("{}; {user}", names.join(", ")))
}

fn no_files(name: &'static str, seen: &Management, gpu: bool) -> Check {
    let found = "there is no /dev/nvidia*";
    match (gpu, &seen.container) {
        // As under WSL, where the driver is reached by another file.
        (true, _) => Check {
            standing: Standing::Note,
            ..Check::good(name, found)
        },
        (false, Some(_)) => Check::other(
            name,
            Standing::Note,
            found,
            "if the machine has a GPU, pass it to the container: `--gpus all`, or a resource `nvidia.com/gpu`",
        ),
        (false, None) => Check::other(
            name,
            Standing::Note,
            found,
            "if the machine has a GPU, load the driver's kernel module: `sudo nvidia-modprobe -u`",
        ),
    }
}

/// What a container keeps from warpmark.
pub fn container(seen: &Management, gpu: bool) -> Check {
    let name = "container";
    let kind = seen.container.as_deref();
    match (kind, seen.host_processes, gpu) {
        (_, Some(false), true) => Check::other(
            name,
            Standing::Warning,
            format!(
                "{}, with process ids of its own: others on the GPU can't be told from your own",
                kind.unwrap_or("a process namespace")
            ),
            "start the container with the host's ids (--pid=host), or make sure that nobody else uses the GPU",
        ),
        (Some(kind), Some(true), _) => {
            Check::good(name, format!("{kind}, with the host's process ids"))
        }
        (Some(kind), _, _) => Check {
            standing: Standing::Note,
            ..Check::good(name, kind)
        },
        (None, Some(false), false) => Check {
            standing: Standing::Note,
            ..Check::good(name, "process ids are those of a namespace of its own")
        },
        (None, _, _) => Check::good(name, "none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_s_files_are_known_by_their_names() {
        let dev = tempfile::tempdir().expect("a folder");
        for name in [
            "nvidia0",
            "nvidia12",
            "nvidiactl",
            "nvidia-uvm",
            "nvidia-modeset",
            "null",
        ] {
            std::fs::write(dev.path().join(name), "").expect("written");
        }
        let found = device_files(dev.path());
        let names: Vec<_> = found
            .iter()
            .filter_map(|file| file.path.file_name()?.to_str())
            .collect();
        assert_eq!(names, ["nvidia-uvm", "nvidia0", "nvidia12", "nvidiactl"]);
        assert!(found.iter().all(|file| file.access.is_ok()));
        assert_eq!(device_files(&dev.path().join("none")), []);
    }
}
