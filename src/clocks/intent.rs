//! What a suite wants of a GPU's clocks, as settings that this GPU can have.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Trouble;
use super::journal::Setting;
use super::steward::Steward;
use crate::device::cuda::nvml::Unknown;
use crate::manifest::{ClockTarget, Clocks};

/// What a GPU can be set to, and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The memory clocks that it can have, in MHz, highest first.
    pub memory: Vec<u32>,
    /// The SM clocks beside each of them, in MHz, highest first.
    pub sm: BTreeMap<u32, Vec<u32>>,
    /// The power limits that it takes, and the one it has, in milliwatts.
    pub power: Result<(u32, u32, u32), Unknown>,
    /// Whether persistence mode is on; none where there is no such mode.
    pub persistence: Option<bool>,
    /// Whether it is divided into instances.
    pub mig: bool,
}

impl Limits {
    /// Asks for them.
    pub fn read(steward: &Steward) -> Result<Self, Trouble> {
        let memory = steward.ask("nvmlDeviceGetSupportedMemoryClocks", |gpu| {
            gpu.memory_clocks()
        })?;
        let mut sm = BTreeMap::new();
        for &clock in &memory {
            let clocks = steward.ask("nvmlDeviceGetSupportedGraphicsClocks", move |gpu| {
                gpu.sm_clocks(clock)
            })?;
            sm.insert(clock, clocks);
        }
        let power = steward.ask("nvmlDeviceGetPowerManagementLimit", |gpu| {
            let ask = || {
                let (least, most) = gpu.power_limits()?;
                Ok((least, most, gpu.power_limit_milliwatts()?))
            };
            Ok::<_, Unknown>(ask())
        })?;
        let persistence = steward.ask("nvmlDeviceGetPersistenceMode", |gpu| {
            match gpu.persistence() {
                Err(Unknown::NotSupported | Unknown::NoCall) => Ok(None),
                known => known.map(Some),
            }
        })?;
        let mig = steward.ask("nvmlDeviceGetMigMode", |gpu| match gpu.mig() {
            Err(Unknown::NotSupported | Unknown::NoCall) => Ok(false),
            known => known.map(|mig| mig.now),
        })?;
        Ok(Self {
            memory,
            sm,
            power,
            persistence,
            mig,
        })
    }
}

/// What is to be set on a GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The settings, in the order in which they are set: persistence, power, SM, memory.
    pub settings: Vec<Setting>,
    /// The SM clock in MHz; none where it is the base, which NVML doesn't tell in MHz.
    pub sm: Option<u32>,
    /// The SM clocks that the GPU can have, in MHz, highest first.
    pub supported: Vec<u32>,
    /// A group of samples farther off than this share is void.
    pub tolerance: f64,
    /// What results depend on, by name.
    pub facts: BTreeMap<String, Value>,
}

impl Intent {
    /// What `wanted` means on a GPU with these limits.
    pub fn resolve(wanted: &Clocks, limits: &Limits) -> Result<Self, Trouble> {
        if limits.mig {
            return Err(Trouble::Mig);
        }
        let memory = match wanted.memory {
            ClockTarget::Default | ClockTarget::Base => None,
            ClockTarget::Max => Some(highest("memory", &limits.memory)?),
            ClockTarget::Megahertz(clock) => Some(supported("memory", clock, &limits.memory)?),
        };
        let beside = match memory {
            Some(clock) => clock,
            None => highest("memory", &limits.memory)?,
        };
        let clocks = limits.sm.get(&beside).cloned().unwrap_or_default();
        let sm = match wanted.sm {
            ClockTarget::Base | ClockTarget::Default => None,
            ClockTarget::Max => Some(highest("SM", &clocks)?),
            ClockTarget::Megahertz(clock) => Some(supported("SM", clock, &clocks)?),
        };
        highest("SM", &clocks)?;
        let mut settings = Vec::new();
        if limits.persistence == Some(false) {
            settings.push(Setting::Persistence);
        }
        let power = wanted.power_limit.map(|watts| power(watts, limits));
        settings.extend(power.transpose()?.flatten());
        settings.push(Setting::Sm { clock: sm });
        settings.extend(memory.map(|clock| Setting::Memory { clock }));
        Ok(Self {
            settings,
            sm,
            supported: clocks,
            tolerance: wanted.tolerance,
            facts: facts(sm, memory, wanted.power_limit),
        })
    }
}

/// The facts that distinguish results under these settings from all others.
fn facts(sm: Option<u32>, memory: Option<u32>, watts: Option<f64>) -> BTreeMap<String, Value> {
    let or = |clock: Option<u32>, word: &str| clock.map_or_else(|| word.into(), Value::from);
    let mut facts = BTreeMap::from([
        ("clock-policy".to_owned(), Value::from("lock")),
        ("pinned-sm-mhz".to_owned(), or(sm, "base")),
        ("pinned-memory-mhz".to_owned(), or(memory, "default")),
    ]);
    if let Some(watts) = watts {
        facts.insert("power-limit-w".to_owned(), Value::from(watts));
    }
    facts
}

/// The setting for a power limit in watts; none where the GPU has it.
fn power(watts: f64, limits: &Limits) -> Result<Option<Setting>, Trouble> {
    const CALL: &str = "nvmlDeviceGetPowerManagementLimit";
    let known = limits.power.clone();
    let (least, most, was) = known.map_err(|why| Trouble::answered(CALL, why))?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    // saturates, and is held to its limits below
    let milliwatts = (watts * 1000.0).round() as u32;
    if !(least..=most).contains(&milliwatts) {
        let [least, most] = [least, most].map(|limit| f64::from(limit) / 1000.0);
        let message = format!("the GPU takes power limits from {least} to {most} W, not {watts} W");
        return Err(Trouble::Value(message));
    }
    Ok((milliwatts != was).then_some(Setting::PowerLimit { milliwatts, was }))
}

fn highest(what: &str, clocks: &[u32]) -> Result<u32, Trouble> {
    let none = || Trouble::Value(format!("the GPU names no {what} clock that it can have"));
    clocks.first().copied().ok_or_else(none)
}

/// `clock`, if it is one of `clocks`, which fall; else an error that names the nearest.
fn supported(what: &str, clock: u32, clocks: &[u32]) -> Result<u32, Trouble> {
    highest(what, clocks)?;
    if clocks.contains(&clock) {
        return Ok(clock);
    }
    let below = clocks.iter().find(|other| **other < clock);
    let above = clocks.iter().rev().find(|other| **other > clock);
    let near: Vec<String> = below.into_iter().chain(above).map(u32::to_string).collect();
    let verb = if near.len() == 1 { "is" } else { "are" };
    Err(Trouble::Value(format!(
        "the GPU can't have a {what} clock of {clock} MHz: the nearest {verb} {} MHz",
        near.join(" and ")
    )))
}

/// The distance between the two highest of `clocks`, in MHz; 1 where there are no two.
pub fn step(clocks: &[u32]) -> u32 {
    match clocks {
        [first, second, ..] => first.saturating_sub(*second).max(1),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::ClockPolicy;

    fn limits() -> Limits {
        let sm: Vec<u32> = (0..110).map(|step| 1980 - 15 * step).collect();
        Limits {
            memory: vec![2619, 1593],
            sm: BTreeMap::from([(2619, sm), (1593, vec![1200, 345])]),
            power: Ok((200_000, 700_000, 700_000)),
            persistence: Some(false),
            mig: false,
        }
    }

    fn wanted(sm: ClockTarget, memory: ClockTarget, power_limit: Option<f64>) -> Clocks {
        Clocks {
            policy: ClockPolicy::Lock,
            sm,
            memory,
            power_limit,
            tolerance: 0.004,
            denied_fails: false,
        }
    }

    #[test]
    fn targets_become_settings_in_their_order() {
        use ClockTarget::{Base, Default, Max, Megahertz};
        let memory = |clock| Setting::Memory { clock };
        let sm = |clock| Setting::Sm { clock };
        let power = Setting::PowerLimit {
            milliwatts: 500_000,
            was: 700_000,
        };
        let table = [
            (wanted(Base, Max, None), vec![sm(None), memory(2619)]),
            (wanted(Max, Default, None), vec![sm(Some(1980))]),
            (
                wanted(Megahertz(1500), Max, Some(500.0)),
                vec![power, sm(Some(1500)), memory(2619)],
            ),
            (
                wanted(Max, Megahertz(1593), Some(700.0)),
                vec![sm(Some(1200)), memory(1593)],
            ),
        ];
        for (wanted, mut expected) in table {
            expected.insert(0, Setting::Persistence);
            let intent = Intent::resolve(&wanted, &limits()).expect("possible");
            assert_eq!(intent.settings, expected, "{wanted:?}");
        }
    }

    #[test]
    fn pinned_results_are_told_from_others() {
        let base = wanted(ClockTarget::Base, ClockTarget::Default, Some(500.0));
        let facts = Intent::resolve(&base, &limits()).expect("possible").facts;
        let expected = serde_json::json!({
            "clock-policy": "lock", "pinned-sm-mhz": "base", "pinned-memory-mhz": "default", "power-limit-w": 500.0,
        });
        assert_eq!(serde_json::to_value(facts).expect("JSON"), expected);
    }

    #[test]
    fn what_the_gpu_can_t_have_is_refused_with_what_is_near() {
        use ClockTarget::{Base, Max, Megahertz};
        let table = [
            (
                wanted(Megahertz(1501), Max, None),
                "the GPU can't have a SM clock of 1501 MHz: the nearest are 1500 and 1515 MHz",
            ),
            (
                wanted(Megahertz(9000), Max, None),
                "the GPU can't have a SM clock of 9000 MHz: the nearest is 1980 MHz",
            ),
            (
                wanted(Base, Megahertz(100), None),
                "the GPU can't have a memory clock of 100 MHz: the nearest is 1593 MHz",
            ),
            (
                wanted(Base, Max, Some(900.5)),
                "the GPU takes power limits from 200 to 700 W, not 900.5 W",
            ),
        ];
        for (wanted, expected) in table {
            let error = Intent::resolve(&wanted, &limits()).expect_err(expected);
            assert_eq!(error.to_string(), expected);
        }
        let mig = Limits {
            mig: true,
            ..limits()
        };
        let plain = wanted(Base, Max, None);
        assert!(matches!(Intent::resolve(&plain, &mig), Err(Trouble::Mig)));
        let bare = Limits {
            memory: Vec::new(),
            ..limits()
        };
        assert!(Intent::resolve(&plain, &bare).is_err());
    }

    #[test]
    fn a_step_is_between_the_two_highest() {
        assert_eq!(step(&[1980, 1965, 1950]), 15);
        assert_eq!((step(&[1980]), step(&[])), (1, 1));
    }
}
