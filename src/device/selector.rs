//! Which device a user means, and opening it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Device;
use super::cuda::{Cuda, CudaError, Which};
use crate::plan::DeviceKind;

/// A device by kind, and which of its kind: `host`, `cuda:1`, `cuda:GPU-...`, `mock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// The kind.
    pub kind: DeviceKind,
    /// Which of the GPUs; without meaning for the others.
    pub gpu: Which,
    /// Threads of the host device, 1 or more; without meaning for the others.
    pub threads: usize,
}

impl Selector {
    /// The first device of `kind`, with one thread.
    pub fn new(kind: DeviceKind) -> Self {
        Self {
            kind,
            gpu: Which::Number(0),
            threads: 1,
        }
    }

    /// The same with `threads` threads.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DeviceKind::Host => f.pad("host"),
            DeviceKind::Mock => f.pad("mock"),
            DeviceKind::Cuda => f.pad(&format!("cuda:{}", self.gpu)),
        }
    }
}

/// Why a text names no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no device: host, cuda, cuda:N, cuda:UUID and mock are")]
pub struct SelectorError(String);

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let unknown = || SelectorError(text.to_owned());
        match text {
            "host" => Ok(Self::new(DeviceKind::Host)),
            "mock" => Ok(Self::new(DeviceKind::Mock)),
            "cuda" => Ok(Self::new(DeviceKind::Cuda)),
            _ => {
                let gpu = text.strip_prefix("cuda:").ok_or_else(unknown)?;
                Ok(Self {
                    gpu: gpu.parse().map_err(|()| unknown())?,
                    ..Self::new(DeviceKind::Cuda)
                })
            }
        }
    }
}

/// Why a device can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The GPU or its driver refused.
    #[error("cannot open the device {selector}")]
    Cuda {
        /// Which device.
        selector: Selector,
        /// Its own words.
        #[source]
        source: CudaError,
    },
}

impl OpenError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Cuda { source, .. } => source.hint(),
        }
    }
}

/// Opens the device that `selector` names.
pub fn open(selector: Selector) -> Result<Box<dyn Device>, OpenError> {
    match selector.kind {
        DeviceKind::Mock => Ok(Box::new(super::mock::Mock::new())),
        DeviceKind::Host => Ok(Box::new(super::host::Host::new(selector.threads))),
        DeviceKind::Cuda => match Cuda::open(selector.gpu) {
            Ok(gpu) => Ok(Box::new(gpu)),
            Err(source) => Err(OpenError::Cuda { selector, source }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_read_as_they_print() {
        let uuid = "cuda:GPU-01234567-89ab-cdef-0123-456789abcdef";
        for text in ["host", "mock", "cuda:0", "cuda:3", uuid] {
            let selector: Selector = text.parse().expect(text);
            assert_eq!(selector.to_string(), text);
        }
        assert_eq!(
            "cuda".parse::<Selector>().expect("cuda").to_string(),
            "cuda:0"
        );
        for bad in ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "host:1"] {
            assert!(bad.parse::<Selector>().is_err(), "{bad}");
        }
    }
}
