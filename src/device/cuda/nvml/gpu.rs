//! One GPU as NVML knows it.

use std::fmt;

use nvml_wrapper::Device;
use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::{Clock, ComputeMode, TemperatureSensor};
use nvml_wrapper::error::NvmlError;

use super::{Answer, Identity, Unknown};

/// A name of a process is cut after as many bytes.
const NAME_BYTES: usize = 256;

/// A GPU, or a MIG instance with the GPU that it is a part of. Clocks, power and settings are those of the whole GPU.
#[derive(Debug)]
pub struct Gpu<'a> {
    /// The GPU, or the instance.
    pub(super) own: Device<'a>,
    /// The GPU of an instance.
    pub(super) parent: Option<Device<'a>>,
}

/// Whether memory is checked for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ecc {
    /// Now.
    pub now: bool,
    /// After the next reboot.
    pub pending: bool,
}

/// Whether a GPU is divided into instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mig {
    /// Now.
    pub now: bool,
    /// After the next reset.
    pub pending: bool,
}

/// A process that uses a GPU.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its id, as the driver counts.
    pub pid: u32,
    /// Its program without folder and arguments, where it is visible.
    pub name: Option<String>,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} {name}", self.pid),
            None => self.pid.fmt(f),
        }
    }
}

/// The GPU or MIG instance named `identity`: by its UUID, else by its place on the bus.
pub fn find<'a>(nvml: &'a Nvml, identity: &Identity) -> Answer<Gpu<'a>> {
    let named = match identity.uuid {
        Some(uuid) => nvml.device_by_uuid(uuid.named(identity.mig)),
        None => Err(NvmlError::NotFound),
    };
    let own = match (named, &identity.bus) {
        (Err(NvmlError::NotFound | NvmlError::InvalidArg), Some(bus)) => {
            nvml.device_by_pci_bus_id(bus.as_str())?
        }
        (found, _) => found?,
    };
    let is_instance = own.mig_is_mig_device_handle().unwrap_or(false);
    let parent = if is_instance {
        Some(own.mig_parent_device()?)
    } else {
        None
    };
    Ok(Gpu { own, parent })
}

impl Gpu<'_> {
    /// The whole GPU.
    pub(super) fn whole(&self) -> &Device<'_> {
        self.parent.as_ref().unwrap_or(&self.own)
    }

    /// The UUID of the whole GPU: `GPU-...`.
    pub fn whole_uuid(&self) -> Answer<String> {
        Ok(self.whole().uuid()?)
    }

    /// The highest clock of the multiprocessors, in MHz.
    pub fn max_sm_clock(&self) -> Answer<u32> {
        Ok(self.whole().max_clock_info(Clock::SM)?)
    }

    /// The highest clock of the memory, in MHz.
    pub fn max_memory_clock(&self) -> Answer<u32> {
        Ok(self.whole().max_clock_info(Clock::Memory)?)
    }

    /// The clock of the multiprocessors now, in MHz.
    pub fn sm_clock(&self) -> Answer<u32> {
        Ok(self.whole().clock_info(Clock::SM)?)
    }

    /// The clock of the memory now, in MHz.
    pub fn memory_clock(&self) -> Answer<u32> {
        Ok(self.whole().clock_info(Clock::Memory)?)
    }

    /// The clock that applications are set to, in MHz.
    pub fn application_clock(&self) -> Answer<u32> {
        Ok(self.whole().applications_clock(Clock::SM)?)
    }

    /// The power limit that is set, in watts.
    pub fn power_limit(&self) -> Answer<f64> {
        Ok(watts(self.whole().power_management_limit()?))
    }

    /// The power limit that the GPU has when it is started, in watts.
    pub fn default_power_limit(&self) -> Answer<f64> {
        Ok(watts(self.whole().power_management_limit_default()?))
    }

    /// The power limit that acts: the least of all, in watts.
    pub fn enforced_power_limit(&self) -> Answer<f64> {
        Ok(watts(self.whole().enforced_power_limit()?))
    }

    /// The power that is drawn now, in watts.
    pub fn power(&self) -> Answer<f64> {
        Ok(watts(self.whole().power_usage()?))
    }

    /// The temperature now, in degrees Celsius.
    pub fn temperature(&self) -> Answer<u32> {
        Ok(self.whole().temperature(TemperatureSensor::Gpu)?)
    }

    /// Whether memory is checked for errors.
    pub fn ecc(&self) -> Answer<Ecc> {
        let state = self.whole().is_ecc_enabled()?;
        Ok(Ecc {
            now: state.currently_enabled,
            pending: state.pending_enabled,
        })
    }

    /// Whether the GPU is divided into instances.
    pub fn mig(&self) -> Answer<Mig> {
        let mode = self.whole().mig_mode()?;
        Ok(Mig {
            now: mode.current != 0,
            pending: mode.pending != 0,
        })
    }

    /// Whether the driver stays loaded while nobody uses the GPU.
    pub fn persistence(&self) -> Answer<bool> {
        Ok(self.whole().is_in_persistent_mode()?)
    }

    /// Who may use the GPU: `default`, `prohibited`, `exclusive-process`, `exclusive-thread`.
    pub fn compute_mode(&self) -> Answer<&'static str> {
        Ok(match self.whole().compute_mode()? {
            ComputeMode::Default => "default",
            ComputeMode::Prohibited => "prohibited",
            ComputeMode::ExclusiveProcess => "exclusive-process",
            ComputeMode::ExclusiveThread => "exclusive-thread",
        })
    }

    /// The version of the GPU's firmware: `96.00.A5.00.1A`.
    pub fn vbios(&self) -> Answer<String> {
        Ok(self.whole().vbios_version()?)
    }

    /// What holds clocks down now: `sw-power-cap`, `gpu-idle`, ...
    pub fn clock_event_reasons(&self) -> Answer<Vec<String>> {
        let reasons = self.whole().current_throttle_reasons()?;
        let names = reasons.iter_names().filter(|(_, bits)| !bits.is_empty());
        Ok(names
            .map(|(name, _)| name.to_lowercase().replace('_', "-"))
            .collect())
    }

    /// The processes that use the GPU or instance, by id.
    pub fn processes(&self) -> Answer<Vec<Process>> {
        let mut listed = self.own.running_compute_processes()?;
        match self.own.running_graphics_processes() {
            Ok(graphics) => listed.extend(graphics),
            // Without graphics there is no such list.
            Err(NvmlError::NotSupported | NvmlError::FailedToLoadSymbol(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let mut found: Vec<Process> = listed
            .iter()
            .map(|process| Process {
                pid: process.pid,
                name: self.name_of(process.pid).ok(),
            })
            .collect();
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn name_of(&self, pid: u32) -> Answer<String> {
        let text = self.own.nvml().sys_process_name(pid, NAME_BYTES)?;
        program(&text).ok_or(Unknown::NotFound)
    }
}

/// The program of a command line: arguments may hold secrets, and folders say nothing.
fn program(line: &str) -> Option<String> {
    let first = line.split_whitespace().next()?;
    let name = first.rsplit('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn watts(milliwatts: u32) -> f64 {
    f64::from(milliwatts) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_named_by_its_program_alone() {
        assert_eq!(program("/usr/bin/python3").as_deref(), Some("python3"));
        let line = "/opt/train --token=s3cret /data";
        assert_eq!(program(line).as_deref(), Some("train"));
        assert_eq!(program(""), None);
        assert_eq!(program("/usr/bin/ x"), None);
    }
}
