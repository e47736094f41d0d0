//! The limits that a suite can be checked against without a device.

use super::case::{DeviceFacts, DeviceKind};

/// The largest buffer in bytes.
pub(super) const LARGEST_BUFFER: u64 = 1 << 48;
/// The most cases of a suite.
pub(super) const MOST_CASES: usize = 100_000;

impl DeviceFacts {
    /// CUDA's own limits, and the facts of an H100: what a suite is checked against where no device is at hand.
    ///
    /// Limits from the CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
    pub fn cuda_limits() -> Self {
        Self {
            kind: DeviceKind::Cuda,
            name: "CUDA".to_owned(),
            sm_count: 132,
            l2_bytes: 50 << 20,
            warp_size: 32,
            memory: u64::MAX,
            max_grid: [(1 << 31) - 1, 65_535, 65_535],
            max_block: [1024, 1024, 64],
            max_threads: 1024,
            max_shared: 227 << 10,
            compute_capability: Some((9, 0)),
        }
    }

    /// The same for a GPU of another compute capability, with the shared memory that its blocks may have.
    pub fn cuda_limits_of(capability: (u32, u32)) -> Self {
        Self {
            max_shared: shared_of(capability),
            compute_capability: Some(capability),
            ..Self::cuda_limits()
        }
    }

    /// The compute capability in tenths, 90 for 9.0; 0 where the device is no GPU.
    pub(super) fn capability_number(&self) -> i64 {
        self.compute_capability
            .map_or(0, |(major, minor)| i64::from(major) * 10 + i64::from(minor))
    }
}

/// The most shared memory of a block in bytes, by compute capability: from the table that is named above, "Maximum amount
/// of shared memory per thread block". What the table doesn't know yet is taken for as large as the largest.
fn shared_of(capability: (u32, u32)) -> u64 {
    let kib: u64 = match capability {
        (7, 5) => 64,
        (7, _) => 96,
        (8, 0 | 7) => 163,
        (8 | 12, _) => 99,
        _ => 227,
    };
    kib << 10
}
