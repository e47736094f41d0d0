//! The NVIDIA driver, opened at run time: the library, its version, and its GPUs.
//!
//! `libcuda.so.1` is opened through a typed table of the calls that are made (`table.rs`). Everything unsafe of
//! the device is in this folder, save the compiler's library. Nothing here changes a setting of a GPU.

#![allow(unsafe_code)] // this folder is where the driver is called; each use says why it is sound

mod context;
mod error;
mod gpu;
mod graph;
mod hold;
mod launch;
mod stream;
mod table;
mod tensor_map;
mod transfer;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use libloading::Library;

pub use context::{Code, Context, Memory};
pub use error::CallError;
pub use gpu::{Attribute, Gpu};
pub use graph::Graph;
pub use hold::{Held, Hold};
pub use launch::{Arguments, Function, FunctionAttribute, Geometry, Parameter};
pub use stream::{Event, Stream};
pub use transfer::HostMemory;

use super::loader_words;
use table::Table;

/// The variable that names another library than the system's `libcuda.so.1`.
pub const LIBRARY_VARIABLE: &str = "WARPMARK_LIBCUDA";

/// The oldest CUDA version whose driver works.
pub const OLDEST: Version = Version {
    major: 12,
    minor: 0,
};

/// A version of CUDA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Why there is no driver to work with.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The library isn't there.
    #[error("no NVIDIA driver: {library} can't be opened: {reason}")]
    Missing {
        /// The library.
        library: String,
        /// The loader's words.
        reason: String,
    },
    /// A library of that name lacks a call.
    #[error(
        "the NVIDIA driver {library} lacks {symbol}: warpmark needs the driver of CUDA {OLDEST} or newer"
    )]
    Symbol {
        /// The library.
        library: String,
        /// The call.
        symbol: &'static str,
    },
    /// The driver is older than [`OLDEST`].
    #[error(
        "the NVIDIA driver is that of CUDA {found}: warpmark needs that of CUDA {OLDEST} or newer (525.60)"
    )]
    TooOld {
        /// Its version.
        found: Version,
    },
    /// The driver answers no.
    #[error("the NVIDIA driver refuses: {0}")]
    Refused(#[from] CallError),
    /// The driver answers, and has no GPU.
    #[error("the NVIDIA driver has no GPU to offer")]
    NoGpu,
}

impl DriverError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "install NVIDIA's driver (525.60 or newer), or run on the CPU with --device host"
            }
            Self::Symbol { .. } | Self::TooOld { .. } => {
                "update NVIDIA's driver to 525.60 or newer, or run on the CPU with --device host"
            }
            Self::Refused(_) => {
                "look at nvidia-smi and dmesg, or run on the CPU with --device host"
            }
            Self::NoGpu => {
                "look at nvidia-smi and CUDA_VISIBLE_DEVICES, or run on the CPU with --device host"
            }
        }
    }
}

/// The driver.
#[derive(Debug)]
pub struct Driver {
    table: Table,
    version: Version,
    /// Whether a call told of a fault that no context survives.
    lost: AtomicBool,
    /// Kept open: the table points into it.
    _library: Library,
}

impl Driver {
    /// Opens the library that [`LIBRARY_VARIABLE`] names, else the system's, and starts it.
    pub fn open() -> Result<Arc<Self>, DriverError> {
        let name = env::var_os(LIBRARY_VARIABLE)
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| OsString::from("libcuda.so.1"));
        Self::at(&name)
    }

    /// Opens the library of this name or path, and starts it.
    pub fn at(name: &OsStr) -> Result<Arc<Self>, DriverError> {
        let shown = name.to_string_lossy().into_owned();
        // SAFETY: loading runs the library's initialisers; it is the system's driver, or the one that the user names.
        let library = unsafe { Library::new(name) }.map_err(|error| DriverError::Missing {
            library: shown.clone(),
            reason: loader_words(&error),
        })?;
        let version = version(&library, &shown)?;
        if version < OLDEST {
            return Err(DriverError::TooOld { found: version });
        }
        let table = Table::load(&library).map_err(|symbol| DriverError::Symbol {
            library: shown,
            symbol,
        })?;
        let driver = Self {
            table,
            version,
            lost: AtomicBool::new(false),
            _library: library,
        };
        // SAFETY: takes flags, which must be 0.
        driver.check("cuInit", unsafe { (driver.table.init)(0) })?;
        Ok(Arc::new(driver))
    }

    /// The CUDA version of the driver.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether a fault has left this process without a context that works.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// The GPUs in the driver's order, which `CUDA_VISIBLE_DEVICES` decides.
    pub fn gpus(self: &Arc<Self>) -> Result<Vec<Gpu>, DriverError> {
        let mut count = 0;
        // SAFETY: stores a number.
        let code = unsafe { (self.table.device_get_count)(&raw mut count) };
        self.check("cuDeviceGetCount", code)?;
        let gpus: Vec<Gpu> = (0..count)
            .map(|number| Gpu::new(self, number))
            .collect::<Result<_, _>>()?;
        if gpus.is_empty() {
            return Err(DriverError::NoGpu);
        }
        Ok(gpus)
    }

    fn check(&self, call: &'static str, code: table::Code) -> Result<(), CallError> {
        let checked = CallError::check(&self.table, call, code);
        if checked.as_ref().is_err_and(CallError::is_fatal) {
            self.lost.store(true, Ordering::Relaxed);
        }
        checked
    }
}

/// The driver's version, asked before all else, so that an old driver is called old and not incomplete.
fn version(library: &Library, shown: &str) -> Result<Version, DriverError> {
    const SYMBOL: &str = "cuDriverGetVersion";
    let missing = |_| DriverError::Symbol {
        library: shown.to_owned(),
        symbol: SYMBOL,
    };
    let mut number = 0;
    // SAFETY: the symbol's type is that of its declaration in cuda.h; it works before cuInit.
    let code = unsafe {
        let call: libloading::Symbol<'_, unsafe extern "C" fn(*mut i32) -> i32> =
            library.get(SYMBOL).map_err(missing)?;
        call(&raw mut number)
    };
    let number = if code == error::SUCCESS {
        u32::try_from(number).unwrap_or(0)
    } else {
        0
    };
    Ok(Version {
        major: number / 1000,
        minor: number % 1000 / 10,
    })
}
