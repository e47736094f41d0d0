//! NVIDIA's management library (NVML), opened at run time: what it tells of GPUs.
//!
//! Queries alone: nothing here calls anything that changes a setting. A question that isn't answered is a fact that
//! isn't known, with the reason ([`Unknown`]), and never a failure.

mod activity;
mod counters;
mod facts;
mod gpu;
mod unknown;

use std::env;
use std::ffi::OsString;
use std::fs;

pub use activity::{EccErrors, Monitor};
pub use counters::{ClockEvents, Reason};
pub use facts::Facts;
pub use gpu::{Ecc, Gpu, Mig, Process};
pub use unknown::{Answer, Unknown};

use super::Uuid;

/// The variable that names another library than the system's `libnvidia-ml.so.1`.
pub const LIBRARY_VARIABLE: &str = "WARPMARK_LIBNVIDIA_ML";

/// Why there is no NVML to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("NVML ({library}): {why}")]
pub struct OpenError {
    /// The library.
    pub library: String,
    /// What it, or the loader, says.
    pub why: Unknown,
}

impl OpenError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.why {
            Unknown::Library(_) => {
                "it comes with NVIDIA's driver; in a container, ask for the driver capability `utility`"
            }
            Unknown::Mismatch => {
                "the driver was updated while it ran: reboot, or reload its kernel module"
            }
            Unknown::NotPermitted => {
                "give your user the right to read and write /dev/nvidiactl and /dev/nvidia*"
            }
            _ => "look at nvidia-smi and dmesg",
        }
    }
}

/// The opened library.
#[derive(Debug)]
pub struct Library {
    nvml: nvml_wrapper::Nvml,
    name: String,
}

impl Library {
    /// Opens and starts the library that [`LIBRARY_VARIABLE`] names, else the system's. It is shut down when dropped.
    pub fn open() -> Result<Self, OpenError> {
        let name = env::var_os(LIBRARY_VARIABLE)
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| OsString::from("libnvidia-ml.so.1"));
        let shown = name.to_string_lossy().into_owned();
        let opened = nvml_wrapper::Nvml::builder().lib_path(&name).init();
        match opened {
            Ok(nvml) => Ok(Self { nvml, name: shown }),
            Err(error) => Err(OpenError {
                why: error.into(),
                library: shown,
            }),
        }
    }

    /// Its file, as it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The driver's version: `580.159.04`.
    pub fn driver_version(&self) -> Answer<String> {
        Ok(self.nvml.sys_driver_version()?)
    }

    /// Its own version: `13.580.159.04`.
    pub fn version(&self) -> Answer<String> {
        Ok(self.nvml.sys_nvml_version()?)
    }

    /// How many GPUs there are, also those that CUDA may not see.
    pub fn count(&self) -> Answer<u32> {
        Ok(self.nvml.device_count()?)
    }

    /// The GPU or MIG instance that CUDA knows as `identity`. Numbers differ between the two (`CUDA_VISIBLE_DEVICES`),
    /// names don't.
    pub fn gpu(&self, identity: &Identity) -> Answer<Gpu<'_>> {
        gpu::find(&self.nvml, identity)
    }
}

/// What names a GPU in CUDA and NVML alike.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Its UUID; of a MIG instance, the instance's.
    pub uuid: Option<Uuid>,
    /// Where it is plugged in, `00000000:00:06.0`; of a MIG instance, its GPU.
    pub bus: Option<String>,
    /// Whether it is a MIG instance.
    pub mig: bool,
}

/// Whether process ids mean the same here and in the driver: not in a container with ids of its own. None where
/// the system doesn't tell.
pub fn sees_host_processes() -> Option<bool> {
    // The number of the first namespace is fixed (PROC_PID_INIT_INO in Linux' include/linux/proc_ns.h).
    const FIRST: &str = "pid:[4026531836]";
    let own = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(own.as_os_str() == FIRST)
}
