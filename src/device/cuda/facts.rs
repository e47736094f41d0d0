//! What a GPU is: its limits, and what decides whether results are comparable.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::driver::{Attribute, CallError, Gpu};
use crate::plan::{DeviceFacts, DeviceKind};

/// The limits and facts of `gpu`.
pub fn facts(gpu: &Gpu) -> Result<DeviceFacts, CallError> {
    let number = |attribute| {
        gpu.attribute(attribute)
            .map(|value| u32::try_from(value).unwrap_or(0))
    };
    Ok(DeviceFacts {
        kind: DeviceKind::Cuda,
        name: gpu.name()?,
        sm_count: number(Attribute::Multiprocessors)?.into(),
        l2_bytes: number(Attribute::L2Bytes)?.into(),
        warp_size: number(Attribute::WarpSize)?.into(),
        memory: gpu.memory()?,
        max_grid: [
            number(Attribute::MaxGridX)?.into(),
            number(Attribute::MaxGridY)?.into(),
            number(Attribute::MaxGridZ)?.into(),
        ],
        max_block: [
            number(Attribute::MaxBlockX)?,
            number(Attribute::MaxBlockY)?,
            number(Attribute::MaxBlockZ)?,
        ],
        max_threads: number(Attribute::MaxThreadsPerBlock)?,
        max_shared: number(Attribute::MaxSharedOptIn)?.into(),
        compute_capability: Some((
            number(Attribute::CapabilityMajor)?,
            number(Attribute::CapabilityMinor)?,
        )),
    })
}

/// The facts of `gpu` and its driver that decide whether results are comparable. Facts that the driver doesn't tell
/// are null, which differs from every value.
pub fn comparability(gpu: &Gpu, facts: &DeviceFacts) -> BTreeMap<String, Value> {
    let attribute = |attribute| gpu.attribute(attribute).ok();
    let megahertz = |which| attribute(which).map(|kilohertz| kilohertz / 1000);
    let capability = facts.compute_capability;
    let entries = [
        ("device", Value::from("cuda")),
        ("gpu", Value::from(facts.name.as_str())),
        ("memory-bytes", Value::from(facts.memory)),
        (
            "compute-capability",
            Value::from(capability.map(|(major, minor)| format!("{major}.{minor}"))),
        ),
        ("sm-count", Value::from(facts.sm_count)),
        (
            "max-sm-mhz",
            Value::from(megahertz(Attribute::ClockKilohertz)),
        ),
        (
            "max-memory-mhz",
            Value::from(megahertz(Attribute::MemoryClockKilohertz)),
        ),
        (
            "ecc",
            Value::from(attribute(Attribute::EccEnabled).map(|on| on != 0)),
        ),
        ("mig", Value::from(is_mig(&facts.name))),
        (
            "cuda-driver",
            Value::from(gpu.driver().version().to_string()),
        ),
        ("driver", Value::from(kernel_module())),
    ];
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether a GPU is a MIG instance: the driver names its profile, as in `NVIDIA H100 80GB HBM3 MIG 1g.10gb`.
pub fn is_mig(name: &str) -> bool {
    name.split_whitespace().any(|word| word == "MIG")
}

/// The version of the driver's kernel module, `580.159.04`, where it can be read.
pub fn kernel_module() -> Option<String> {
    version_in(&fs::read_to_string("/proc/driver/nvidia/version").ok()?)
}

/// The first word of the first line that is numbers with dots.
fn version_in(text: &str) -> Option<String> {
    let is_version = |word: &&str| {
        let mut parts = word.split('.');
        let numbers = parts
            .clone()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        numbers && parts.nth(1).is_some()
    };
    text.lines()
        .next()?
        .split_whitespace()
        .find(is_version)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_kernel_module_name_their_version() {
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\n";
        assert_eq!(version_in(closed).as_deref(), Some("535.183.01"));
        let open =
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build\n";
        assert_eq!(version_in(open).as_deref(), Some("580.159.04"));
        assert_eq!(version_in("nothing here\n"), None);
    }

    #[test]
    fn mig_instances_are_told_by_their_names() {
        assert!(is_mig("NVIDIA H100 80GB HBM3 MIG 1g.10gb"));
        assert!(!is_mig("NVIDIA H100 80GB HBM3"));
    }
}
