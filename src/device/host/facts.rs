//! What the host is: its processor, its caches, its memory, and CUDA's usual limits.

use std::fs;

use crate::plan::{DeviceFacts, DeviceKind};

/// L2 where the system tells none.
const USUAL_L2: i64 = 1 << 20;

/// The facts of this machine for `threads` threads.
pub(super) fn facts(threads: usize) -> DeviceFacts {
    DeviceFacts {
        kind: DeviceKind::Host,
        name: "host".to_owned(),
        sm_count: i64::try_from(threads).unwrap_or(i64::MAX),
        l2_bytes: l2_bytes().unwrap_or(USUAL_L2),
        warp_size: 32,
        memory: memory(),
        max_grid: [(1 << 31) - 1, 65_535, 65_535],
        max_block: [1024, 1024, 64],
        max_threads: 1024,
        max_shared: MAX_SHARED,
        compute_capability: None,
    }
}

/// The most shared memory of a block: what GPUs of compute capability 9.0 give to one that asks for it.
pub(super) const MAX_SHARED: u64 = 227 << 10;

/// The processor's model as the system names it.
pub fn cpu_model() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    model_in(&text).unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// x86 says `model name`; ARM only implementer and part.
fn model_in(cpuinfo: &str) -> Option<String> {
    let field = |wanted: &str| {
        cpuinfo.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == wanted).then(|| value.trim().to_owned())
        })
    };
    field("model name").or_else(|| {
        let implementer = field("CPU implementer")?;
        Some(format!("ARM {implementer} {}", field("CPU part")?))
    })
}

/// What `-march=native` turns into, in effect: the processor's instruction sets.
pub(super) fn cpu_features() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut lines = text
        .lines()
        .filter(|line| line.starts_with("flags") || line.starts_with("Features"));
    lines.next().unwrap_or_default().to_owned()
}

/// The first core's level-2 cache in bytes.
fn l2_bytes() -> Option<i64> {
    (0..8).find_map(|index| {
        let folder = format!("/sys/devices/system/cpu/cpu0/cache/index{index}");
        let level = fs::read_to_string(format!("{folder}/level")).ok()?;
        let size = fs::read_to_string(format!("{folder}/size")).ok()?;
        (level.trim() == "2").then(|| cache_size(size.trim()))?
    })
}

/// `512K` or `1M` in bytes.
fn cache_size(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let scale = match &text[digits.len()..] {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(scale)
}

/// Physical memory in bytes.
fn memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| {
        let rest = line.strip_prefix("MemTotal:")?;
        rest.trim().trim_end_matches("kB").trim().parse().ok()
    });
    total.map_or(1 << 32, |kibibytes: u64| kibibytes << 10)
}

/// The resolution of the clock behind `Instant`, in nanoseconds.
pub(super) fn tick_ns() -> f64 {
    let resolution = rustix::time::clock_getres(rustix::time::ClockId::Monotonic);
    resolution.tv_sec as f64 * 1e9 + resolution.tv_nsec as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_sizes_carry_a_unit() {
        assert_eq!(cache_size("512K"), Some(512 << 10));
        assert_eq!(cache_size("2M"), Some(2 << 20));
        assert_eq!(cache_size("64"), Some(64));
        assert_eq!(cache_size("12Q"), None);
    }

    #[test]
    fn both_kinds_of_cpuinfo_name_the_model() {
        let x86 = "processor\t: 0\nmodel name\t: AMD EPYC 9354\nflags\t\t: fpu\n";
        assert_eq!(model_in(x86).as_deref(), Some("AMD EPYC 9354"));
        let arm = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n";
        assert_eq!(model_in(arm).as_deref(), Some("ARM 0x41 0xd40"));
        assert_eq!(model_in(""), None);
    }
}
