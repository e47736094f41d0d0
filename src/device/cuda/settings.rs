//! How a GPU is set, as far as NVML tells.

use super::driver::Gpu;
use super::facts;
use super::nvml::{Answer, Ecc, Library, Mig, Process};

/// How a GPU is set, what holds it back, and who uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuSettings {
    /// The profile of a MIG instance: `1g.10gb`.
    pub profile: Option<String>,
    /// Whether the driver stays loaded while nobody uses the GPU.
    pub persistence: Answer<bool>,
    /// Whether memory is checked for errors.
    pub ecc: Answer<Ecc>,
    /// Whether the GPU is divided into instances.
    pub mig: Answer<Mig>,
    /// The power limit in watts.
    pub power_limit: Answer<f64>,
    /// That which the GPU is started with, in watts.
    pub default_power_limit: Answer<f64>,
    /// What holds clocks down.
    pub clock_event_reasons: Answer<Vec<String>>,
    /// The processes that use the GPU or instance.
    pub processes: Answer<Vec<Process>>,
}

impl GpuSettings {
    /// Asks `library` for the settings of `gpu`.
    pub(super) fn read(library: &Library, gpu: &Gpu) -> Answer<Self> {
        let managed = library.gpu(&facts::identity(gpu))?;
        Ok(Self {
            profile: facts::profile(gpu),
            persistence: managed.persistence(),
            ecc: managed.ecc(),
            mig: managed.mig(),
            power_limit: managed.power_limit(),
            default_power_limit: managed.default_power_limit(),
            clock_event_reasons: managed.clock_event_reasons(),
            processes: managed.processes(),
        })
    }
}
