//! The only place that changes a setting of a GPU.

use std::env;
use std::fmt;

use nvml_wrapper::enum_wrappers::device::ClockLimitId;
use nvml_wrapper::enums::device::GpuLockedClocksSetting;
use nvml_wrapper::error::NvmlError;

use super::{Gpu, Unknown};

/// The variable that forbids every change, whatever manifests and options say.
pub const OBSERVE_VARIABLE: &str = "WARPMARK_CLOCKS";

/// Whether [`OBSERVE_VARIABLE`] forbids changes. Any text does: a mistyped `observe` must not touch a GPU.
pub fn observes() -> bool {
    env::var_os(OBSERVE_VARIABLE).is_some_and(|value| !value.is_empty())
}

/// The SM clock to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmLock {
    /// NVML's limit by thermal design power.
    Base,
    /// So many MHz.
    At(u32),
}

/// A change of a GPU's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Keeps the driver loaded, or not.
    Persistence(bool),
    /// Sets the power limit, in milliwatts.
    PowerLimit(u32),
    /// Locks the SM clock.
    LockSm(SmLock),
    /// Gives the SM clock free.
    FreeSm,
    /// Locks the memory clock, in MHz.
    LockMemory(u32),
    /// Gives the memory clock free.
    FreeMemory,
}

impl Change {
    /// The call of NVML that does it.
    pub fn call(&self) -> &'static str {
        match self {
            Self::Persistence(_) => "nvmlDeviceSetPersistenceMode",
            Self::PowerLimit(_) => "nvmlDeviceSetPowerManagementLimit",
            Self::LockSm(_) => "nvmlDeviceSetGpuLockedClocks",
            Self::FreeSm => "nvmlDeviceResetGpuLockedClocks",
            Self::LockMemory(_) => "nvmlDeviceSetMemoryLockedClocks",
            Self::FreeMemory => "nvmlDeviceResetMemoryLockedClocks",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Persistence(true) => f.write_str("persistence mode on"),
            Self::Persistence(false) => f.write_str("persistence mode off"),
            Self::PowerLimit(limit) => write!(f, "power limit {} W", f64::from(*limit) / 1000.0),
            Self::LockSm(SmLock::Base) => f.write_str("SM clock at its base"),
            Self::LockSm(SmLock::At(clock)) => write!(f, "SM clock at {clock} MHz"),
            Self::FreeSm => f.write_str("SM clock free"),
            Self::LockMemory(clock) => write!(f, "memory clock at {clock} MHz"),
            Self::FreeMemory => f.write_str("memory clock free"),
        }
    }
}

/// Why a setting was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// [`OBSERVE_VARIABLE`] forbids it.
    #[error("{OBSERVE_VARIABLE} is set: no setting of a GPU is changed")]
    Observing,
    /// NVML's answer.
    #[error(transparent)]
    Refused(#[from] Unknown),
}

/// Changes a setting of `gpu`, unless [`observes`].
pub fn apply(gpu: &mut Gpu<'_>, change: Change) -> Result<(), ChangeError> {
    if observes() {
        return Err(ChangeError::Observing);
    }
    let device = gpu.whole_to_set();
    let done = match change {
        Change::Persistence(on) => device.set_persistent(on),
        Change::PowerLimit(milliwatts) => device.set_power_management_limit(milliwatts),
        Change::LockSm(lock) => device.set_gpu_locked_clocks(setting(lock)),
        Change::FreeSm => device.reset_gpu_locked_clocks(),
        Change::LockMemory(clock) => device.set_mem_locked_clocks(clock, clock),
        Change::FreeMemory => device.reset_mem_locked_clocks(),
    };
    done.map_err(|error| match error {
        NvmlError::InvalidArg => Unknown::Other("NVML calls the value invalid".to_owned()).into(),
        other => ChangeError::Refused(other.into()),
    })
}

/// The base is NVML's limit by thermal design power on both sides, as NVBench locks it.
fn setting(lock: SmLock) -> GpuLockedClocksSetting {
    match lock {
        SmLock::Base => GpuLockedClocksSetting::Symbolic {
            lower_bound: ClockLimitId::Tdp,
            upper_bound: ClockLimitId::Tdp,
        },
        SmLock::At(clock) => GpuLockedClocksSetting::Numeric {
            min_clock_mhz: clock,
            max_clock_mhz: clock,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_nvml_s_limit_by_thermal_design_power() {
        // NVML_CLOCK_LIMIT_ID_TDP of nvml.h: NVML_CLOCK_LIMIT_ID_RANGE_START (0xffffff00) + 1.
        let bounds = setting(SmLock::Base).into_min_and_max_clocks();
        assert_eq!(bounds, (0xffff_ff01, 0xffff_ff01));
        let bounds = setting(SmLock::At(1500)).into_min_and_max_clocks();
        assert_eq!(bounds, (1500, 1500));
    }
}
