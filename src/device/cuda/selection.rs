//! Which GPU a user means.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::driver::{Driver, DriverError, Gpu};
use super::flush::VARIABLE as FLUSH_VARIABLE;

/// A GPU by its place in the driver's list, or by the name that it has everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// Its number among those that the driver offers, from 0.
    Number(u32),
    /// Its UUID, `GPU-...` or `MIG-...`.
    Uuid(Uuid),
}

/// The 16 bytes of a GPU's UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// From its bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// As the tools of NVIDIA write it: `GPU-...`, of a MIG instance `MIG-...`.
    pub fn named(&self, mig: bool) -> String {
        let text = self.to_string();
        if mig {
            text.replacen("GPU-", "MIG-", 1)
        } else {
            text
        }
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = hex::encode(self.0);
        let (a, rest) = hex.split_at(8);
        let parts = [a, &rest[..4], &rest[4..8], &rest[8..12], &rest[12..]];
        write!(f, "GPU-{}", parts.join("-"))
    }
}

impl FromStr for Uuid {
    type Err = ();

    /// Reads `GPU-` or `MIG-` and 32 hex digits in groups.
    fn from_str(text: &str) -> Result<Self, ()> {
        let rest = ["GPU-", "MIG-", "gpu-", "mig-"]
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .ok_or(())?;
        let mut bytes = [0; 16];
        hex::decode_to_slice(rest.replace('-', ""), &mut bytes).map_err(|_| ())?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Uuid(uuid) => uuid.fmt(f),
        }
    }
}

impl FromStr for Which {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = text.parse().map(Self::Number);
        number.or_else(|_| text.parse().map(Self::Uuid))
    }
}

/// Why a GPU can't be had.
#[derive(Debug, thiserror::Error)]
pub enum CudaError {
    /// There is no driver that works.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The driver has no such GPU.
    #[error("there is no GPU {which}: the driver has {}", .offered.join(", "))]
    NoSuch {
        /// Which was asked for.
        which: Which,
        /// Those that there are.
        offered: Vec<String>,
    },
    /// The environment asks for a flush of the L2 cache that there isn't; its value.
    #[error("{FLUSH_VARIABLE} is {0:?}, which is no way to flush the L2 cache")]
    Flush(String),
}

impl CudaError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Driver(error) => error.hint(),
            Self::NoSuch { .. } => "name one by its number or UUID: --device cuda:0",
            Self::Flush(_) => "unset it, or set it to \"read\" or \"memset\"",
        }
    }
}

/// The GPU that `which` names.
pub fn find(which: Which) -> Result<Gpu, CudaError> {
    let gpus = Driver::open()?.gpus()?;
    let numbered = gpus.iter().enumerate();
    let mut found = numbered.filter(|(number, gpu)| match which {
        Which::Number(wanted) => usize::try_from(wanted) == Ok(*number),
        Which::Uuid(wanted) => gpu.uuid().is_ok_and(|uuid| Uuid(uuid) == wanted),
    });
    match found.next() {
        Some((_, gpu)) => Ok(gpu.clone()),
        None => Err(CudaError::NoSuch {
            which,
            offered: gpus.iter().enumerate().map(offered).collect(),
        }),
    }
}

/// A GPU in words: `cuda:0 (NVIDIA H100 80GB HBM3, GPU-...)`.
fn offered((number, gpu): (usize, &Gpu)) -> String {
    let name = gpu.name().unwrap_or_else(|error| error.to_string());
    match gpu.uuid() {
        Ok(uuid) => format!("cuda:{number} ({name}, {})", Uuid(uuid)),
        Err(_) => format!("cuda:{number} ({name})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpus_are_named_by_number_or_uuid() {
        assert_eq!("1".parse(), Ok(Which::Number(1)));
        let text = "GPU-01234567-89ab-cdef-0123-456789abcdef";
        let which: Which = text.parse().expect("a UUID");
        assert_eq!(which.to_string(), text);
        let mig: Which = text.replace("GPU", "MIG").parse().expect("a UUID");
        assert_eq!(mig, which);
        for bad in [
            "",
            "x",
            "-1",
            "GPU-0123",
            "GPU-zz234567-89ab-cdef-0123-456789abcdef",
        ] {
            assert_eq!(bad.parse::<Which>(), Err(()), "{bad}");
        }
    }
}
