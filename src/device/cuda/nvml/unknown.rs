//! Why a fact isn't known.

use nvml_wrapper::error::NvmlError;

/// What was asked for, or why it isn't known.
pub type Answer<T> = Result<T, Unknown>;

/// Why a fact isn't known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// There is no library: the loader's words.
    #[error("can't be opened: {0}")]
    Library(String),
    /// This NVML lacks the call.
    #[error("this NVML lacks the call")]
    NoCall,
    /// The GPU or the driver doesn't have such.
    #[error("not supported by this GPU or driver")]
    NotSupported,
    /// This user, or this container, may not ask.
    #[error("not permitted")]
    NotPermitted,
    /// The GPU no longer answers.
    #[error("the GPU is lost: it has fallen off the bus or needs a reset")]
    Lost,
    /// NVML was not started.
    #[error("NVML is not initialised")]
    Uninitialised,
    /// NVML has no such GPU, instance or process.
    #[error("NVML doesn't know it")]
    NotFound,
    /// The kernel's part of the driver isn't loaded.
    #[error("the driver's kernel module is not loaded")]
    NoDriver,
    /// The library and the kernel's part of the driver are of different versions.
    #[error("the library and the driver's kernel module are of different versions")]
    Mismatch,
    /// Anything else, in NVML's words.
    #[error("{0}")]
    Other(String),
}

impl From<NvmlError> for Unknown {
    fn from(error: NvmlError) -> Self {
        match error {
            NvmlError::LibloadingError(error) => {
                let cause = std::error::Error::source(&error);
                Self::Library(cause.map_or_else(|| error.to_string(), ToString::to_string))
            }
            NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => Self::NoCall,
            NvmlError::NotSupported => Self::NotSupported,
            NvmlError::NoPermission | NvmlError::OperatingSystem => Self::NotPermitted,
            NvmlError::GpuLost | NvmlError::ResetRequired => Self::Lost,
            NvmlError::Uninitialized => Self::Uninitialised,
            NvmlError::NotFound | NvmlError::InvalidArg => Self::NotFound,
            NvmlError::DriverNotLoaded => Self::NoDriver,
            NvmlError::LibRmVersionMismatch => Self::Mismatch,
            other => Self::Other(other.to_string()),
        }
    }
}
