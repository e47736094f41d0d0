//! From a suite's policy to a pinned GPU.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::guard::Guard;
use super::intent::{self, Intent, Limits};
use super::journal::{self, Setting};
use super::load::{self, Load, Loaded};
use super::steward::Steward;
use super::watch::Held;
use super::{LoadSubject, Trouble, place, restore};
use crate::device::cuda::nvml::{Identity, observes};
use crate::machine;
use crate::manifest::Clocks;

/// What is to be pinned, and how. Whoever orders it has the GPU's lock.
#[derive(Debug)]
pub struct Order<'a> {
    /// What the suite wants.
    pub wanted: &'a Clocks,
    /// The GPU.
    pub gpu: Identity,
    /// What puts it under load.
    pub load: LoadSubject,
    /// The machine's state folder, in which the GPU's lock lies.
    pub folder: &'a Path,
    /// What kind of container this is in, if it is.
    pub container: Option<String>,
    /// Whether a lock that somebody else seems to hold is taken over.
    pub take_over: bool,
    /// Whether the state folder may lie inside a container.
    pub unsafe_lock: bool,
}

/// A pinned GPU.
#[derive(Debug)]
pub struct Pinned {
    /// Gives it back.
    pub guard: Guard,
    /// What results depend on, by name.
    pub facts: BTreeMap<String, Value>,
    /// What workers watch.
    pub held: Held,
}

/// Pins the clocks of a GPU and reads them back under load. On any trouble everything is as it was.
pub fn pin(order: &Order<'_>) -> Result<Pinned, Trouble> {
    if observes() {
        return Err(Trouble::Observing);
    }
    if order.gpu.mig {
        return Err(Trouble::Mig);
    }
    let path = journal_path(order)?;
    let steward = Arc::new(Steward::open(order.gpu.clone())?);
    let intent = Intent::resolve(order.wanted, &Limits::read(&steward)?)?;
    let load = Load::start(&order.load)?;
    if !order.take_over {
        not_held(&steward, &intent.supported)?;
    }
    let place = (order.gpu.clone(), path);
    let guard = Guard::set(Arc::clone(&steward), place, &intent.settings)?;
    let sm = read_back(&steward, &intent)?;
    drop(load);
    Ok(Pinned {
        held: Held {
            gpu: order.gpu.clone(),
            sm,
            tolerance: intent.tolerance,
            supported: intent.supported,
        },
        facts: intent.facts,
        guard,
    })
}

/// What a run with `wanted` on a GPU would state, without pinning anything.
pub fn facts_of(wanted: &Clocks, gpu: Identity) -> Result<BTreeMap<String, Value>, Trouble> {
    let steward = Steward::open(gpu)?;
    Ok(Intent::resolve(wanted, &Limits::read(&steward)?)?.facts)
}

/// Where the journal goes, if that place is one to rely on and nothing is left there.
fn journal_path(order: &Order<'_>) -> Result<std::path::PathBuf, Trouble> {
    let folder = order.folder.to_owned();
    if order.container.is_some() && !order.unsafe_lock && place::is_inside(&folder) {
        return Err(Trouble::Inside { folder });
    }
    if let Some(why) = machine::distrust(&folder) {
        return Err(Trouble::Folder { folder, why });
    }
    let device = format!("cuda:{}", order.gpu.name().unwrap_or_default());
    let path = journal::path(&folder, &device);
    // A run that died while this one waited for the lock.
    restore::recover_locked(&path)?;
    Ok(path)
}

/// Refuses where somebody else seems to hold the SM clock.
fn not_held(steward: &Steward, supported: &[u32]) -> Result<(), Trouble> {
    let Some(&max) = supported.first() else {
        return Ok(());
    };
    let least = max - intent::step(supported).min(max);
    let loaded = load::read(steward, &|clock| clock > least)?;
    if seems_held(&loaded, least) {
        return Err(Trouble::Held {
            seen: loaded.sm,
            max,
        });
    }
    Ok(())
}

/// Whether a clock under load is a step or more below the highest, which is `least`, and nothing explains it.
fn seems_held(loaded: &Loaded, least: u32) -> bool {
    let explained = loaded.reasons.iter().any(|reason| reason != "gpu-idle");
    loaded.sm <= least && !explained
}

/// Reads back what was set, the SM clock under load: the clock in MHz that is to hold.
fn read_back(steward: &Steward, intent: &Intent) -> Result<u32, Trouble> {
    for setting in &intent.settings {
        read_back_one(steward, *setting)?;
    }
    let is_near = |clock: u32, wanted: u32| {
        let wanted = f64::from(wanted);
        (f64::from(clock) - wanted).abs() <= intent.tolerance * wanted
    };
    let Some(wanted) = intent.sm else {
        let loaded = load::read(steward, &|_| false)?;
        return Ok(nearest(loaded.sm, &intent.supported));
    };
    let loaded = load::read(steward, &|clock| is_near(clock, wanted))?;
    let explained = loaded.reasons.iter().any(|reason| reason != "gpu-idle");
    if is_near(loaded.sm, wanted) || explained && loaded.sm < wanted {
        // Held down already: the samples will show for how long.
        return Ok(wanted);
    }
    Err(Trouble::Ignored {
        seen: loaded.sm,
        wanted,
    })
}

fn read_back_one(steward: &Steward, setting: Setting) -> Result<(), Trouble> {
    let seen = match setting {
        Setting::Persistence => {
            let on = steward.ask("nvmlDeviceGetPersistenceMode", |gpu| gpu.persistence())?;
            (!on).then(|| "off".to_owned())
        }
        Setting::PowerLimit { milliwatts, .. } => {
            let now = steward.ask("nvmlDeviceGetPowerManagementLimit", |gpu| {
                gpu.power_limit_milliwatts()
            })?;
            (now != milliwatts).then(|| format!("{} W", f64::from(now) / 1000.0))
        }
        Setting::Sm { .. } | Setting::Memory { .. } => None,
    };
    match seen {
        None => Ok(()),
        Some(seen) => Err(Trouble::ReadsBack {
            what: setting.change().to_string(),
            seen,
        }),
    }
}

/// The one of `clocks` that is nearest to `clock`.
fn nearest(clock: u32, clocks: &[u32]) -> u32 {
    let distance = |other: &u32| other.abs_diff(clock);
    clocks.iter().copied().min_by_key(distance).unwrap_or(clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_clock_without_a_reason_is_somebody_s_lock() {
        let table: [(u32, &[&str], bool); 6] = [
            (1980, &[], false),
            (1966, &[], false),
            (1965, &[], true),
            (1200, &["gpu-idle"], true),
            (1200, &["sw-power-cap"], false),
            (1200, &["gpu-idle", "applications-clocks-setting"], false),
        ];
        for (sm, reasons, held) in table {
            let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
            let loaded = Loaded { sm, reasons };
            assert_eq!(seems_held(&loaded, 1965), held, "{loaded:?}");
        }
    }

    #[test]
    fn a_base_that_is_read_is_a_clock_of_the_gpu() {
        assert_eq!(nearest(1594, &[1980, 1605, 1590]), 1590);
        assert_eq!(nearest(1594, &[]), 1594);
    }
}
