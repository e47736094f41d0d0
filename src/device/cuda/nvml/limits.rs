//! What a GPU's settings may be, and GPUs by their names alone.

use nvml_wrapper::bitmasks::device::ThrottleReasons;

use super::{Answer, Gpu, Library};

impl Library {
    /// The whole GPU with the UUID `GPU-...`.
    pub fn gpu_named(&self, uuid: &str) -> Answer<Gpu<'_>> {
        Ok(Gpu::of(self.nvml.device_by_uuid(uuid)?))
    }

    /// The GPU of this number in NVML's own order, which isn't CUDA's.
    pub fn gpu_numbered(&self, number: u32) -> Answer<Gpu<'_>> {
        Ok(Gpu::of(self.nvml.device_by_index(number)?))
    }
}

impl Gpu<'_> {
    /// The model: `NVIDIA H100 80GB HBM3`.
    pub fn model(&self) -> Answer<String> {
        Ok(self.whole().name()?)
    }

    /// The memory clocks that it can have, in MHz, highest first.
    pub fn memory_clocks(&self) -> Answer<Vec<u32>> {
        Ok(descending(self.whole().supported_memory_clocks()?))
    }

    /// The SM clocks that it can have beside a memory clock, in MHz, highest first.
    pub fn sm_clocks(&self, memory: u32) -> Answer<Vec<u32>> {
        Ok(descending(self.whole().supported_graphics_clocks(memory)?))
    }

    /// The power limits that it takes, lowest and highest, in milliwatts.
    pub fn power_limits(&self) -> Answer<(u32, u32)> {
        let limits = self.whole().power_management_limit_constraints()?;
        Ok((limits.min_limit, limits.max_limit))
    }

    /// The power limit that is set, in milliwatts.
    pub fn power_limit_milliwatts(&self) -> Answer<u32> {
        Ok(self.whole().power_management_limit()?)
    }

    /// What holds its clocks down now, as `hw-thermal-slowdown`: power, heat, or its neighbours, not that it idles
    /// or that a clock was set.
    pub fn throttled_by(&self) -> Answer<Vec<String>> {
        let set = ThrottleReasons::GPU_IDLE
            | ThrottleReasons::APPLICATIONS_CLOCKS_SETTING
            | ThrottleReasons::DISPLAY_CLOCK_SETTING;
        let reasons = self.whole().current_throttle_reasons()? - set;
        let names = reasons.iter_names();
        Ok(names
            .map(|(name, _)| name.to_lowercase().replace('_', "-"))
            .collect())
    }
}

fn descending(mut clocks: Vec<u32>) -> Vec<u32> {
    clocks.sort_unstable_by(|a, b| b.cmp(a));
    clocks.dedup();
    clocks
}
