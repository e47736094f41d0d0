//! NVRTC, opened at run time: CUDA C++ to machine code for one architecture, with or without a GPU.

#![allow(unsafe_code)] // this folder is where NVRTC is called; each use says why it is sound

mod headers;
mod library;
mod program;

use std::ffi::c_int;
use std::path::{Path, PathBuf};

pub use headers::{INCLUDE_VARIABLE, Included, folders, included};
pub use library::FOLDER_VARIABLE;
pub use program::{CompileError, Compiled, Program};

use super::driver::Version;

/// Why there is no NVRTC to work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NvrtcError {
    /// It is in none of the usual places.
    #[error(
        "no NVRTC, the compiler of CUDA kernels: libnvrtc.so.13 and libnvrtc.so.12 are in none of the usual places"
    )]
    Missing,
    /// The named folder has none.
    #[error("no NVRTC in {}: it holds no libnvrtc.so.13 or libnvrtc.so.12", .0.display())]
    Folder(PathBuf),
    /// A library can't be opened.
    #[error("NVRTC can't be opened: {}: {reason}", .library.display())]
    Open {
        /// The library.
        library: PathBuf,
        /// The loader's words.
        reason: String,
    },
    /// A library of that name lacks a call.
    #[error("{} lacks {symbol}: warpmark needs the NVRTC of CUDA 12.0 or newer", .library.display())]
    Symbol {
        /// The library.
        library: PathBuf,
        /// The call.
        symbol: &'static str,
    },
    /// Its code can't run on this driver.
    #[error("NVRTC {nvrtc} makes code that the driver, which is that of CUDA {driver}, can't run")]
    TooNew {
        /// NVRTC's version.
        nvrtc: Version,
        /// The driver's version.
        driver: Version,
    },
    /// A call failed.
    #[error("NVRTC refuses: {call}: {words}")]
    Refused {
        /// The call.
        call: &'static str,
        /// NVRTC's words.
        words: String,
    },
}

impl NvrtcError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        let get = "python3 -m pip install --target DIR nvidia-cuda-nvrtc";
        match self {
            Self::TooNew { driver, .. } => format!(
                "update the driver, or get the NVRTC of CUDA {}: {get}-cu12, and set {FOLDER_VARIABLE} to the folder \
                 of its libnvrtc.so.12",
                driver.major
            ),
            _ => format!(
                "install the CUDA toolkit, or the compiler alone: {get}==13.0.88 (nvidia-cuda-nvrtc-cu12 for drivers \
                 of CUDA 12), and set {FOLDER_VARIABLE} to the folder of its libnvrtc.so"
            ),
        }
    }
}

/// The compiler.
#[derive(Debug)]
pub struct Nvrtc {
    opened: library::Opened,
    version: Version,
    architectures: Vec<u32>,
}

impl Nvrtc {
    /// Finds and opens it; with a driver of CUDA `driver`, one whose code that driver runs.
    pub fn open(driver: Option<Version>) -> Result<Self, NvrtcError> {
        let opened = library::open(driver)?;
        let version = version(&opened)?;
        if let Some(driver) = driver.filter(|driver| version.major > driver.major) {
            return Err(NvrtcError::TooNew {
                nvrtc: version,
                driver,
            });
        }
        Ok(Self {
            architectures: architectures(&opened)?,
            version,
            opened,
        })
    }

    /// Its version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The library, as it was named to the loader.
    pub fn path(&self) -> &Path {
        &self.opened.path
    }

    /// The architectures that it compiles for, as numbers: 90 for `sm_90`.
    pub fn architectures(&self) -> &[u32] {
        &self.architectures
    }

    /// Whether it compiles for `architecture`, such as `sm_90a`.
    pub fn knows(&self, architecture: &str) -> bool {
        let digits = architecture.trim_start_matches("sm_");
        let digits = digits.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let number = digits.parse();
        number.is_ok_and(|number| self.architectures.contains(&number))
    }
}

/// The architecture of GPUs of compute capability `major.minor`, from 9.0 on with that capability's own
/// instructions: `sm_80`, `sm_90a`.
pub fn architecture_of((major, minor): (u32, u32)) -> String {
    let suffix = if major >= 9 { "a" } else { "" };
    format!("sm_{major}{minor}{suffix}")
}

fn version(opened: &library::Opened) -> Result<Version, NvrtcError> {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: stores two numbers.
    let code = unsafe { (opened.calls.version)(&raw mut major, &raw mut minor) };
    check(opened, "nvrtcVersion", code)?;
    let number = |value: c_int| u32::try_from(value).unwrap_or(0);
    Ok(Version {
        major: number(major),
        minor: number(minor),
    })
}

fn architectures(opened: &library::Opened) -> Result<Vec<u32>, NvrtcError> {
    let mut count = 0;
    // SAFETY: stores a number.
    let code = unsafe { (opened.calls.arch_count)(&raw mut count) };
    check(opened, "nvrtcGetNumSupportedArchs", code)?;
    let mut numbers = vec![0; usize::try_from(count).unwrap_or(0)];
    // SAFETY: writes as many numbers as it has just told.
    let code = unsafe { (opened.calls.archs)(numbers.as_mut_ptr()) };
    check(opened, "nvrtcGetSupportedArchs", code)?;
    Ok(numbers
        .into_iter()
        .filter_map(|number: c_int| u32::try_from(number).ok())
        .collect())
}

fn check(opened: &library::Opened, call: &'static str, code: c_int) -> Result<(), NvrtcError> {
    match code {
        0 => Ok(()),
        _ => Err(NvrtcError::Refused {
            call,
            words: opened.calls.words(code),
        }),
    }
}
