//! Where CUDA's libraries lie: which versions are sought, and the toolkits of this machine.

use std::env;
use std::path::PathBuf;

use super::driver::Version;

/// The newest major version that is sought, and the oldest that works.
pub const MAJORS: std::ops::RangeInclusive<u32> = 12..=15;

/// The toolkit that is there where nobody names another.
pub const USUAL: &str = "/usr/local/cuda";

/// The major versions that a driver of CUDA `newest` can follow, newest first; without a driver any will do.
pub fn majors(newest: Option<Version>) -> impl Iterator<Item = u32> {
    MAJORS
        .rev()
        .filter(move |major| newest.is_none_or(|newest| *major <= newest.major))
}

/// The toolkits that the environment names.
pub fn named() -> impl Iterator<Item = PathBuf> {
    ["CUDA_HOME", "CUDA_PATH"]
        .into_iter()
        .filter_map(env::var_os)
        .map(PathBuf::from)
}
