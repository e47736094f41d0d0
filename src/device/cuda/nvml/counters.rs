//! How long each reason has held clocks down: counters that only grow, in nanoseconds.

use std::collections::BTreeMap;

use nvml_wrapper::Device;
use nvml_wrapper::enum_wrappers::device::PerformancePolicy;
use nvml_wrapper::enums::device::SampleValue;
use nvml_wrapper::structs::device::FieldId;
use nvml_wrapper::sys_exports::field_id::{
    NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_POWER_BRAKE_SLOWDOWN,
    NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_THERM_SLOWDOWN,
    NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_POWER_CAP,
    NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN, NVML_FI_DEV_CLOCKS_EVENT_REASON_SYNC_BOOST,
    NVML_FI_DEV_POWER_INSTANT,
};

use super::{Answer, Gpu, Unknown};

/// Something that holds clocks down, by its name in NVML's own words (`sw-power-cap`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The power limit that software enforces.
    SwPowerCap,
    /// GPUs of one group run at the clock of the slowest.
    SyncBoost,
    /// Software holds the temperature.
    SwThermalSlowdown,
    /// Hardware halves clocks, or more, at a high temperature.
    HwThermalSlowdown,
    /// The power supply asks for less.
    HwPowerBrake,
    /// Heat, as older drivers count it: by software or hardware.
    Thermal,
    /// A limit of the board, as older drivers count it.
    BoardLimit,
}

impl Reason {
    /// Its name in records: `hw-thermal-slowdown`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SwPowerCap => "sw-power-cap",
            Self::SyncBoost => "sync-boost",
            Self::SwThermalSlowdown => "sw-thermal-slowdown",
            Self::HwThermalSlowdown => "hw-thermal-slowdown",
            Self::HwPowerBrake => "hw-power-brake-slowdown",
            Self::Thermal => "thermal",
            Self::BoardLimit => "board-limit",
        }
    }
}

/// Nanoseconds that each reason has held clocks down since the driver was loaded.
pub type ClockEvents = BTreeMap<Reason, u64>;

/// The counters as fields: drivers of 2024 and newer have all of them.
const FIELDS: [(Reason, u32); 5] = [
    (
        Reason::SwPowerCap,
        NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_POWER_CAP,
    ),
    (
        Reason::SyncBoost,
        NVML_FI_DEV_CLOCKS_EVENT_REASON_SYNC_BOOST,
    ),
    (
        Reason::SwThermalSlowdown,
        NVML_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN,
    ),
    (
        Reason::HwThermalSlowdown,
        NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_THERM_SLOWDOWN,
    ),
    (
        Reason::HwPowerBrake,
        NVML_FI_DEV_CLOCKS_EVENT_REASON_HW_POWER_BRAKE_SLOWDOWN,
    ),
];

/// The older counters: heat and power are not told apart by who acts on them.
const VIOLATIONS: [(Reason, PerformancePolicy); 4] = [
    (Reason::SwPowerCap, PerformancePolicy::Power),
    (Reason::Thermal, PerformancePolicy::Thermal),
    (Reason::SyncBoost, PerformancePolicy::SyncBoost),
    (Reason::BoardLimit, PerformancePolicy::BoardLimit),
];

impl Gpu<'_> {
    /// How long each reason has held clocks down; those that this GPU doesn't count are left out.
    ///
    /// Where the driver lacks the counters of heat, its violation status is asked instead. The error is that of the
    /// last question, where none was answered.
    pub fn clock_events(&self) -> Answer<ClockEvents> {
        let counted = fields(self.whole(), &FIELDS.map(|(_, field)| field));
        let fields = FIELDS.iter().zip(counted.unwrap_or_default());
        let mut events: ClockEvents = fields
            .filter_map(|((reason, _), value)| Some((*reason, value.ok()?)))
            .collect();
        if events.contains_key(&Reason::HwThermalSlowdown) {
            return Ok(events);
        }
        let mut last = Unknown::NotSupported;
        for (reason, policy) in VIOLATIONS {
            match self.whole().violation_status(policy) {
                Ok(time) => {
                    events.entry(reason).or_insert(time.violation_time);
                }
                Err(error) => last = error.into(),
            }
        }
        if events.is_empty() {
            Err(last)
        } else {
            Ok(events)
        }
    }

    /// The power that is drawn at this moment, in watts: `nvmlDeviceGetPowerUsage` is a mean over a second on newer
    /// GPUs, and stands in where the other isn't told.
    pub fn instant_power(&self) -> Answer<f64> {
        let instant = fields(self.whole(), &[NVML_FI_DEV_POWER_INSTANT]);
        let first = instant.ok().and_then(|values| values.into_iter().next());
        match first {
            Some(Ok(milliwatts)) => Ok(milliwatts as f64 / 1000.0),
            Some(Err(_)) | None => self.power(),
        }
    }
}

/// The whole numbers in `fields`, each by itself.
fn fields(gpu: &Device<'_>, fields: &[u32]) -> Answer<Vec<Answer<u64>>> {
    let ids: Vec<FieldId> = fields.iter().map(|field| FieldId(*field)).collect();
    let values = gpu.field_values_for(&ids)?;
    let number = |value| match value {
        SampleValue::U64(value) => Ok(value),
        SampleValue::U32(value) => Ok(u64::from(value)),
        SampleValue::I64(value) => u64::try_from(value).map_err(|_| Unknown::NotSupported),
        SampleValue::F64(_) => Err(Unknown::NotSupported),
    };
    let answers = values.into_iter().map(|sample| number(sample?.value?));
    Ok(answers.collect())
}
