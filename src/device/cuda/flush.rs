//! How the L2 cache is flushed: by reading, unless an experiment asks for something else.

use std::env;

/// The variable that asks for another flush: an experiment on the method itself.
pub const VARIABLE: &str = "WARPMARK_FLUSH";

/// What empties the L2 cache of a kernel's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flush {
    /// Other memory is read: the cache is clean afterwards.
    #[default]
    Read,
    /// Other memory is set: the cache is full of what must be written back while the kernel runs.
    Memset,
}

impl Flush {
    /// What [`VARIABLE`] asks for. The error is its value.
    pub fn from_environment() -> Result<Self, String> {
        match env::var(VARIABLE).as_deref() {
            Err(env::VarError::NotPresent) | Ok("" | "read") => Ok(Self::Read),
            Ok("memset") => Ok(Self::Memset),
            Ok(other) => Err(other.to_owned()),
            Err(env::VarError::NotUnicode(other)) => Err(other.to_string_lossy().into_owned()),
        }
    }
}
