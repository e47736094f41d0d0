//! One reading of a GPU.

use std::collections::BTreeMap;
use std::time::Instant;

use super::nanoseconds;
use crate::device::cuda::nvml::Answer;
use crate::record::Reading;
use crate::telemetry::instruments::Instruments;

/// What the GPU says now, with memory errors where they are asked for.
pub fn take(gpu: &dyn Instruments, origin: Instant, with_ecc: bool) -> Reading {
    let at_ns = nanoseconds(origin);
    let (sm, memory) = gpu.clocks();
    let ecc = if with_ecc {
        gpu.ecc_errors().ok()
    } else {
        None
    };
    let mut reading = Reading {
        at_ns,
        took_ns: 0.0,
        sm_mhz: sm.ok(),
        memory_mhz: memory.ok(),
        temperature_c: gpu.temperature().ok(),
        power_w: gpu.power().ok(),
        energy_j: gpu
            .energy()
            .ok()
            .map(|millijoules| millijoules as f64 / 1000.0),
        reasons: gpu.reasons().ok(),
        ecc_corrected: ecc.map(|errors| errors.corrected),
        ecc_uncorrected: ecc.map(|errors| errors.uncorrected),
    };
    reading.took_ns = nanoseconds(origin) - at_ns;
    reading
}

/// Whether it says nothing.
pub fn is_empty(reading: &Reading) -> bool {
    *reading
        == Reading {
            at_ns: reading.at_ns,
            took_ns: reading.took_ns,
            ..Reading::default()
        }
}

/// What the GPU doesn't tell, and why.
pub fn unknown(gpu: &dyn Instruments) -> BTreeMap<String, String> {
    fn why<T>(answer: Answer<T>) -> Option<String> {
        answer.err().map(|why| why.to_string())
    }
    let (sm, memory) = gpu.clocks();
    let questions = [
        ("sm_mhz", why(sm)),
        ("memory_mhz", why(memory)),
        ("temperature_c", why(gpu.temperature())),
        ("power_w", why(gpu.power())),
        ("energy_j", why(gpu.energy())),
        ("reasons", why(gpu.reasons())),
        ("ecc", why(gpu.ecc_errors())),
        ("clock-events", why(gpu.clock_events())),
    ];
    let unanswered = questions
        .into_iter()
        .filter_map(|(name, why)| Some((name.to_owned(), why?)));
    unanswered.collect()
}
