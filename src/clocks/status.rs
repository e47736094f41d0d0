//! How the GPUs of a machine stand: clocks, limits, and who pins them.

use std::fs;

use super::Trouble;
use super::journal::{self, Journal};
use super::steward::Steward;
use crate::device::cuda::nvml::{Answer, Identity, Unknown};
use crate::machine;

/// A GPU as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuStatus {
    /// Its name everywhere.
    pub gpu: String,
    /// The model.
    pub model: Answer<String>,
    /// The SM clock now, in MHz.
    pub sm: Answer<u32>,
    /// The highest SM clock, in MHz.
    pub max_sm: Answer<u32>,
    /// The SM clocks that it can have, in MHz, highest first.
    pub sm_clocks: Answer<Vec<u32>>,
    /// The memory clock now, in MHz.
    pub memory: Answer<u32>,
    /// The memory clocks that it can have, in MHz, highest first.
    pub memory_clocks: Answer<Vec<u32>>,
    /// The power limit in milliwatts.
    pub power_limit: Answer<u32>,
    /// The power limits that it takes, in milliwatts.
    pub power_limits: Answer<(u32, u32)>,
    /// Whether persistence mode is on.
    pub persistence: Answer<bool>,
    /// What holds the SM clock down now.
    pub reasons: Answer<Vec<String>>,
    /// Who pins it.
    pub standing: Standing,
}

/// Who pins a GPU, as far as that can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A run that goes on.
    Pinned {
        /// Its process.
        pid: u32,
        /// What it set, in words.
        set: Vec<String>,
    },
    /// A run that died: `warpmark clocks restore` gives it back.
    Left {
        /// The process that died.
        pid: u32,
        /// What it set, in words.
        set: Vec<String>,
    },
    /// There is a journal that can't be used: why.
    Unreadable(String),
    /// Nobody by a journal; the clock is lower than it need be, and nothing explains it.
    SeemsHeld,
    /// Nobody by a journal; an idle GPU doesn't show a lock.
    Idle,
    /// Nobody.
    Free,
}

/// The GPUs that NVML knows, in its order.
pub fn status_of_all() -> Result<Vec<GpuStatus>, Trouble> {
    Steward::names()?.iter().map(|name| of(name)).collect()
}

fn of(name: &str) -> Result<GpuStatus, Trouble> {
    let uuid = name.parse().ok();
    let steward = Steward::open(Identity {
        uuid,
        bus: None,
        mig: false,
    })?;
    let mut status = steward.ask("nvmlDeviceGetClockInfo", |gpu| {
        let clocks = gpu.memory_clocks();
        let highest = clocks.as_ref().ok().and_then(|clocks| clocks.first());
        Ok::<_, Unknown>(GpuStatus {
            gpu: String::new(),
            model: gpu.model(),
            sm: gpu.sm_clock(),
            max_sm: gpu.max_sm_clock(),
            sm_clocks: gpu.sm_clocks(highest.copied().unwrap_or(0)),
            memory: gpu.memory_clock(),
            memory_clocks: clocks,
            power_limit: gpu.power_limit_milliwatts(),
            power_limits: gpu.power_limits(),
            persistence: gpu.persistence(),
            reasons: gpu.clock_event_reasons(),
            standing: Standing::Free,
        })
    })?;
    name.clone_into(&mut status.gpu);
    status.standing = by_journal(name).unwrap_or_else(|| by_clock(&status));
    Ok(status)
}

/// What a journal says of a GPU.
fn by_journal(name: &str) -> Option<Standing> {
    let device = format!("cuda:{name}");
    let paths = machine::candidates();
    let mut paths = paths.iter().map(|folder| journal::path(folder, &device));
    let path = paths.find(|path| fs::symlink_metadata(path).is_ok())?;
    Some(match journal::read(&path) {
        Ok(None) => return None,
        Ok(Some(journal)) => of_journal(&journal, &path),
        Err(error) => Standing::Unreadable(error.to_string()),
    })
}

fn of_journal(journal: &Journal, path: &std::path::Path) -> Standing {
    let set = journal
        .begun
        .iter()
        .map(|setting| setting.change().to_string());
    let (pid, set) = (journal.pid, set.collect());
    // Only looked at: the lock is let go at once.
    let lock = machine::open(&journal::lock_of(path));
    let is_free = lock.map_or(journal.is_dead(), |lock| {
        machine::try_lock(&lock).unwrap_or(false)
    });
    if is_free {
        Standing::Left { pid, set }
    } else {
        Standing::Pinned { pid, set }
    }
}

fn by_clock(status: &GpuStatus) -> Standing {
    let (Ok(sm), Ok(clocks), Ok(reasons)) = (&status.sm, &status.sm_clocks, &status.reasons) else {
        return Standing::Free;
    };
    let Some(max) = clocks.first() else {
        return Standing::Free;
    };
    let least = max - super::intent::step(clocks).min(*max);
    match reasons.as_slice() {
        _ if *sm > least => Standing::Free,
        [] => Standing::SeemsHeld,
        [idle] if idle == "gpu-idle" => Standing::Idle,
        _ => Standing::Free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_clock_says_something_only_of_a_busy_gpu() {
        let unknown = || Unknown::NotSupported;
        let table: [(u32, &[&str], Standing); 4] = [
            (1980, &[], Standing::Free),
            (1500, &[], Standing::SeemsHeld),
            (345, &["gpu-idle"], Standing::Idle),
            (1500, &["sw-power-cap"], Standing::Free),
        ];
        for (sm, reasons, expected) in table {
            let status = GpuStatus {
                gpu: "GPU".to_owned(),
                model: Err(unknown()),
                sm: Ok(sm),
                max_sm: Ok(1980),
                sm_clocks: Ok(vec![1980, 1965]),
                memory: Err(unknown()),
                memory_clocks: Err(unknown()),
                power_limit: Err(unknown()),
                power_limits: Err(unknown()),
                persistence: Err(unknown()),
                reasons: Ok(reasons.iter().map(|&reason| reason.to_owned()).collect()),
                standing: Standing::Free,
            };
            assert_eq!(by_clock(&status), expected, "{sm}");
        }
    }
}
