//! What there is of CUDA here, in words for people who look.

use super::driver::{self, Driver};
use super::nvrtc::Nvrtc;
use super::{Cuda, GpuSettings, facts, nvml};
use crate::device::Lack;

impl Cuda {
    /// The GPUs in words, a driver with them: `NVIDIA H100 80GB HBM3; driver 580.159.04, of CUDA 13.0`.
    pub fn driver_in_words() -> Result<String, Lack> {
        let lack = |error: driver::DriverError| Lack {
            message: error.to_string(),
            hint: error.hint().to_owned(),
        };
        let driver = Driver::open().map_err(lack)?;
        let gpus = driver.gpus().map_err(lack)?;
        let names: Vec<String> = gpus.iter().filter_map(|gpu| gpu.name().ok()).collect();
        let module =
            facts::kernel_module().map_or_else(String::new, |module| format!(" {module},"));
        Ok(format!(
            "{}; driver{module} of CUDA {}",
            names.join(", "),
            driver.version()
        ))
    }

    /// NVRTC in words: its version, and where it lies.
    pub fn compiler_in_words() -> Result<String, Lack> {
        let version = Driver::open().ok().map(|driver| driver.version());
        match Nvrtc::open(version) {
            Ok(nvrtc) => Ok(format!("{} in {}", nvrtc.version(), nvrtc.path().display())),
            Err(error) => Err(Lack {
                message: error.to_string(),
                hint: error.hint(),
            }),
        }
    }

    /// NVML in words, and how the GPUs are set that the driver offers, in its order.
    pub fn settings_of_all() -> Result<(String, Vec<nvml::Answer<GpuSettings>>), Lack> {
        let library = nvml::Library::open().map_err(|error| Lack {
            message: error.to_string(),
            hint: error.hint().to_owned(),
        })?;
        let version = library.version().unwrap_or_else(|why| why.to_string());
        let gpus = Driver::open().and_then(|driver| driver.gpus());
        let gpus = gpus.unwrap_or_default();
        let settings = gpus.iter().map(|gpu| GpuSettings::read(&library, gpu));
        Ok((
            format!("{version} in {}", library.name()),
            settings.collect(),
        ))
    }
}
