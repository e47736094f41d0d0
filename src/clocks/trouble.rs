//! Why clocks are not pinned, or not given back.

use std::io;
use std::path::PathBuf;

use crate::device::cuda::nvml::{OBSERVE_VARIABLE, OpenError, Unknown};
use crate::files::FileError;

/// Why clocks are not pinned, or not given back.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The variable forbids every change.
    #[error("{OBSERVE_VARIABLE} is set, so that no setting of a GPU is changed")]
    Observing,
    /// There is no NVML.
    #[error("{0}")]
    NoNvml(OpenError),
    /// This user or container may not change settings.
    #[error("no permission ({call})")]
    NotPermitted {
        /// The call.
        call: &'static str,
    },
    /// The GPU or its driver can't do it.
    #[error("not supported by this GPU or driver ({call})")]
    NotSupported {
        /// The call.
        call: &'static str,
    },
    /// NVML is too old for it.
    #[error("this NVML lacks {call}")]
    NoCall {
        /// The call.
        call: &'static str,
    },
    /// NVML answers something else.
    #[error("{call}: {why}")]
    Refused {
        /// The call.
        call: &'static str,
        /// Its answer.
        why: Unknown,
    },
    /// NVML doesn't answer.
    #[error("{0} does not answer: the driver hangs")]
    Hung(&'static str),
    /// There is no thread to call from.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// The GPU is divided.
    #[error(
        "the GPU is divided into MIG instances, whose neighbours would run at the pinned clocks too"
    )]
    Mig,
    /// A value that the GPU can't have.
    #[error("{0}")]
    Value(String),
    /// Somebody else's lock.
    #[error(
        "somebody else seems to have locked the SM clock: under load it is {seen} MHz, not {max} MHz, and nothing holds it down"
    )]
    Held {
        /// The clock under load, in MHz.
        seen: u32,
        /// The highest, in MHz.
        max: u32,
    },
    /// The driver said yes and did nothing.
    #[error(
        "the lock was ignored: the SM clock under load is {seen} MHz, not {wanted} MHz, and nothing holds it down"
    )]
    Ignored {
        /// The clock under load, in MHz.
        seen: u32,
        /// The one that was set, in MHz.
        wanted: u32,
    },
    /// A setting reads back otherwise.
    #[error("{what} was set and reads back as {seen}")]
    ReadsBack {
        /// What was set.
        what: String,
        /// What is read.
        seen: String,
    },
    /// The GPU can't be put under load, so its clock tells nothing.
    #[error("the GPU can't be put under load to read its clock: {0}")]
    Load(String),
    /// The state folder would go with its container.
    #[error("{} lies on the container's own file system: nobody outside it would find the lock and the journal", .folder.display())]
    Inside {
        /// The folder.
        folder: PathBuf,
    },
    /// Others could tamper with the state folder.
    #[error("the folder {} can't be relied on: {why}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        why: String,
    },
    /// A journal that can't be believed stands in the way.
    #[error("{} can't be used: {why}", .path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file can't be read or written.
    #[error("{0}: {why}", why = .0.source)]
    File(#[from] FileError),
    /// The process that would restore after a SIGKILL can't be had.
    #[error("the watchdog process can't be started: {0}")]
    Watchdog(String),
    /// Everything is being given back, so nothing more is pinned.
    #[error("interrupted while the clocks were being pinned")]
    Interrupted,
}

impl Trouble {
    /// What NVML's answer to `call` means.
    pub fn answered(call: &'static str, why: Unknown) -> Self {
        match why {
            Unknown::NotPermitted => Self::NotPermitted { call },
            Unknown::NotSupported => Self::NotSupported { call },
            Unknown::NoCall => Self::NoCall { call },
            why => Self::Refused { call, why },
        }
    }

    /// The word for labels where it only means that this machine's clocks can't be pinned, as a suite may allow for
    /// (`denied = "observe"`); none where a person has to look.
    pub fn denial(&self) -> Option<String> {
        match self {
            Self::NoNvml(error) => Some(error.to_string()),
            Self::NotPermitted { .. } => Some("no permission".to_owned()),
            Self::NotSupported { .. } | Self::NoCall { .. } => Some(self.to_string()),
            Self::Ignored { .. } => Some("the lock was ignored".to_owned()),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Observing => format!("unset {OBSERVE_VARIABLE} where settings may be changed"),
            Self::NoNvml(error) => error.hint().to_owned(),
            Self::NotPermitted { .. } => {
                "run as root, or in a container with the right to set clocks (CAP_SYS_ADMIN); or set denied = \"observe\" under [clocks]".to_owned()
            }
            Self::NotSupported { call } | Self::NoCall { call } if call.contains("Memory") => {
                "set memory = \"default\" under [clocks]: the memory clock is then left alone".to_owned()
            }
            Self::NotSupported { .. } | Self::NoCall { .. } | Self::Ignored { .. } => {
                "set policy = \"observe\" under [clocks], or denied = \"observe\"; locks need Volta or newer and a driver of 2019 or newer".to_owned()
            }
            Self::Refused { .. } | Self::Hung(_) | Self::ReadsBack { .. } => {
                "look at nvidia-smi and dmesg; `warpmark clocks status` shows what is set".to_owned()
            }
            Self::Mig => "set policy = \"observe\" under [clocks], or switch MIG off".to_owned(),
            Self::Value(_) => "`warpmark clocks status` shows what the GPU takes".to_owned(),
            Self::Held { .. } => {
                "NVML can't tell whose lock it is, and giving the clock back would wipe it: ask, then free it (nvidia-smi -rgc) or run with --take-over".to_owned()
            }
            Self::Load(_) => "set policy = \"observe\" under [clocks]".to_owned(),
            Self::Inside { .. } => {
                "mount a folder of the host there (/run/lock/warpmark), or name one by WARPMARK_STATE; --unsafe-lock pins all the same".to_owned()
            }
            Self::Folder { .. } => "name another folder by WARPMARK_STATE".to_owned(),
            Self::Journal { .. } => {
                "look at it and at nvidia-smi -q -d CLOCK,POWER; free the clocks by hand (nvidia-smi -rgc, nvidia-smi -rmc), then delete the file".to_owned()
            }
            Self::Thread(_) | Self::File(_) | Self::Watchdog(_) | Self::Interrupted => {
                "nothing is pinned without it; `warpmark clocks status` shows what is set".to_owned()
            }
        }
    }
}
