//! What a GPU is: its limits, and what decides whether results are comparable.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::driver::{Attribute, CallError, Gpu};
use super::nvml::Identity;
use super::selection::Uuid;
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

/// What the driver tells of `gpu` that decides whether results are comparable; NVML tells the rest. Facts that the
/// driver doesn't tell are null, which differs from every value.
pub fn comparability(gpu: &Gpu, facts: &DeviceFacts) -> BTreeMap<String, Value> {
    let attribute = |attribute| gpu.attribute(attribute).ok();
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
            "ecc",
            Value::from(attribute(Attribute::EccEnabled).map(|on| on != 0)),
        ),
        (
            "mig",
            Value::from(mig_profile(&facts.name).unwrap_or("off")),
        ),
        (
            "cuda-driver",
            Value::from(gpu.driver().version().to_string()),
        ),
    ];
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What the driver tells of `gpu` that explains results.
pub fn context(gpu: &Gpu) -> BTreeMap<String, Value> {
    let Identity { uuid, bus, mig } = identity(gpu);
    let uuid = uuid.map(|uuid| uuid.named(mig));
    let entries = [
        ("gpu-uuid", uuid.map(Value::from)),
        ("gpu-pci-bus-id", bus.map(Value::from)),
    ];
    entries
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// What names `gpu` everywhere.
pub fn identity(gpu: &Gpu) -> Identity {
    let number = |attribute| gpu.attribute(attribute).ok();
    let bus = |domain: i32, bus: i32, device: i32| format!("{domain:08x}:{bus:02x}:{device:02x}.0");
    Identity {
        uuid: gpu.uuid().ok().map(Uuid::new),
        bus: number(Attribute::BusDomain)
            .zip(number(Attribute::BusNumber))
            .zip(number(Attribute::BusDevice))
            .map(|((domain, number), device)| bus(domain, number, device)),
        mig: profile(gpu).is_some(),
    }
}

/// The profile of a MIG instance.
pub fn profile(gpu: &Gpu) -> Option<String> {
    mig_profile(&gpu.name().ok()?).map(str::to_owned)
}

/// The profile of a MIG instance, `1g.10gb`: the driver names it, as in `NVIDIA H100 80GB HBM3 MIG 1g.10gb`.
fn mig_profile(name: &str) -> Option<&str> {
    name.split_once(" MIG ").map(|(_, profile)| profile)
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
        let name = "NVIDIA H100 80GB HBM3 MIG 1g.10gb";
        assert_eq!(mig_profile(name), Some("1g.10gb"));
        assert_eq!(mig_profile("NVIDIA H100 80GB HBM3"), None);
    }
}
