//! What a GPU is busy with, and what it has used: utilisation, energy, memory errors, and its performance monitor (GPM).

use nvml_wrapper::GpmSample;
use nvml_wrapper::enum_wrappers::device::{EccCounter, MemoryError};
use nvml_wrapper::enums::gpm::GpmMetricId;
use nvml_wrapper::gpm::gpm_metrics_get;

use super::{Answer, Gpu, Unknown};

/// The metrics of the performance monitor that are asked for: their names, and NVML's. All are percentages.
const METRICS: [(&str, GpmMetricId); 4] = [
    ("sm-activity", GpmMetricId::SmUtil),
    ("sm-occupancy", GpmMetricId::SmOccupancy),
    ("tensor-activity", GpmMetricId::AnyTensorUtil),
    ("dram-activity", GpmMetricId::DramBwUtil),
];

/// Memory errors since the driver was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EccErrors {
    /// Those that were corrected.
    pub corrected: u64,
    /// Those that could not be.
    pub uncorrected: u64,
}

/// The performance monitor of a GPU since one moment.
#[derive(Debug)]
pub struct Monitor<'g, 'a> {
    gpu: &'g Gpu<'a>,
    from: GpmSample<'a>,
}

impl Monitor<'_, '_> {
    /// Its metrics from that moment until now, 100 ms later or more, as shares; those that it lacks are left out.
    pub fn activity(&self) -> Answer<Vec<(&'static str, f64)>> {
        let own = &self.gpu.own;
        let ids = METRICS.map(|(_, id)| id);
        let values = gpm_metrics_get(own.nvml(), &self.from, &own.gpm_sample()?, &ids)?;
        let shares = METRICS.iter().zip(values).filter_map(|((name, _), value)| {
            let share = value.ok()?.value / 100.0;
            share.is_finite().then_some((*name, share))
        });
        Ok(shares.collect())
    }
}

impl<'a> Gpu<'a> {
    /// Whether it is an instance: what NVML counts of power, energy and utilisation is then the whole GPU's.
    pub fn is_instance(&self) -> bool {
        self.parent.is_some()
    }

    /// The energy that the whole GPU has used since the driver was loaded, in millijoules.
    pub fn energy(&self) -> Answer<u64> {
        Ok(self.whole().total_energy_consumption()?)
    }

    /// The share of the last sampling period (a sixth of a second to a second) in which a kernel ran.
    pub fn utilisation(&self) -> Answer<f64> {
        Ok(f64::from(self.whole().utilization_rates()?.gpu) / 100.0)
    }

    /// Memory errors since the driver was loaded.
    pub fn ecc_errors(&self) -> Answer<EccErrors> {
        let count = |error| {
            self.whole()
                .total_ecc_errors(error, EccCounter::Volatile)
                .map_err(Unknown::from)
        };
        Ok(EccErrors {
            corrected: count(MemoryError::Corrected)?,
            uncorrected: count(MemoryError::Uncorrected)?,
        })
    }

    /// The performance monitor from now on; an instance's can't be told from here.
    pub fn monitor(&self) -> Answer<Monitor<'_, 'a>> {
        if self.is_instance() || !self.own.gpm_support()? {
            return Err(Unknown::NotSupported);
        }
        Ok(Monitor {
            gpu: self,
            from: self.own.gpm_sample()?,
        })
    }
}
