//! What can be asked of a GPU, by NVML or by a script.

use crate::device::cuda::nvml::{Answer, ClockEvents, EccErrors, Gpu, Monitor, Process};

/// What can be asked of a GPU. Clocks, temperature, power, energy and utilisation are those of the whole GPU.
pub trait Instruments {
    /// The UUID of the whole GPU.
    fn uuid(&self) -> Answer<String>;

    /// Whether the run is on a MIG instance.
    fn is_instance(&self) -> bool;

    /// The clocks of multiprocessors and memory now, in MHz.
    fn clocks(&self) -> (Answer<u32>, Answer<u32>);

    /// The temperature now, in degrees Celsius.
    fn temperature(&self) -> Answer<u32>;

    /// The power at this moment, in watts.
    fn power(&self) -> Answer<f64>;

    /// The energy used since the driver was loaded, in millijoules.
    fn energy(&self) -> Answer<u64>;

    /// What holds clocks down now.
    fn reasons(&self) -> Answer<Vec<String>>;

    /// How long each reason has held clocks down, in nanoseconds.
    fn clock_events(&self) -> Answer<ClockEvents>;

    /// Memory errors since the driver was loaded.
    fn ecc_errors(&self) -> Answer<EccErrors>;

    /// The share of the last sampling period in which a kernel ran.
    fn utilisation(&self) -> Answer<f64>;

    /// The processes that use the GPU or instance.
    fn processes(&self) -> Answer<Vec<Process>>;

    /// The performance monitor from now on.
    fn monitor(&self) -> Answer<Box<dyn Monitoring + '_>>;
}

/// A performance monitor since one moment.
pub trait Monitoring {
    /// Its metrics from that moment until now, as shares.
    fn activity(&self) -> Answer<Vec<(&'static str, f64)>>;
}

impl Monitoring for Monitor<'_, '_> {
    fn activity(&self) -> Answer<Vec<(&'static str, f64)>> {
        Monitor::activity(self)
    }
}

impl Instruments for Gpu<'_> {
    fn uuid(&self) -> Answer<String> {
        self.whole_uuid()
    }

    fn is_instance(&self) -> bool {
        Gpu::is_instance(self)
    }

    fn clocks(&self) -> (Answer<u32>, Answer<u32>) {
        (self.sm_clock(), self.memory_clock())
    }

    fn temperature(&self) -> Answer<u32> {
        Gpu::temperature(self)
    }

    fn power(&self) -> Answer<f64> {
        self.instant_power()
    }

    fn energy(&self) -> Answer<u64> {
        Gpu::energy(self)
    }

    fn reasons(&self) -> Answer<Vec<String>> {
        self.clock_event_reasons()
    }

    fn clock_events(&self) -> Answer<ClockEvents> {
        Gpu::clock_events(self)
    }

    fn ecc_errors(&self) -> Answer<EccErrors> {
        Gpu::ecc_errors(self)
    }

    fn utilisation(&self) -> Answer<f64> {
        Gpu::utilisation(self)
    }

    fn processes(&self) -> Answer<Vec<Process>> {
        Gpu::processes(self)
    }

    fn monitor(&self) -> Answer<Box<dyn Monitoring + '_>> {
        Ok(Box::new(Gpu::monitor(self)?))
    }
}
