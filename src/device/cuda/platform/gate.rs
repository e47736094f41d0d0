//! The gate: what keeps the GPU from beginning with a sample before the host has enqueued all of it.
//!
//! The stream is held until the host lets it go on. Where a GPU can't do that, a flush of the L2 cache before the sample
//! must be enough: it takes the GPU longer than three calls take most hosts, but not all (on an H100 a third of the
//! samples of some processes came too late behind one).

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use crate::device::cuda::driver::{CallError, Context, Held, Hold, Stream};

/// Variables that say that every launch waits for the one before it, or that a tool looks on: a held stream would
/// hold the host too. By name or by the beginning of it.
const TOOLS: [(&str, &str); 5] = [
    // What the driver loads for any profiler.
    ("CUDA_INJECTION64_PATH", "a profiler or sanitizer looks on"),
    // Nsight Systems, Nsight Compute and compute-sanitizer, to the program that they start.
    ("NSYS_PROFILING_SESSION_ID", "Nsight Systems looks on"),
    ("NV_NSIGHT_INJECTION", "Nsight Compute looks on"),
    ("NV_COMPUTE_PROFILER", "Nsight Compute looks on"),
    ("NV_SANITIZER_INJECTION", "compute-sanitizer looks on"),
];

/// Makes each launch wait for its end, unless it is 0.
const BLOCKING: &str = "CUDA_LAUNCH_BLOCKING";

/// Whether a tool looks on or launches block: what is then seen is not a measurement.
pub fn is_watched_by_tool() -> bool {
    tool(variables()).is_some()
}

/// The variables of this process that are text.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        Some((name, value.to_string_lossy().into_owned()))
    })
}

/// The gate of a worker's stream.
#[derive(Debug)]
pub struct Gate {
    /// Why it is never closed, where it isn't.
    off: Option<String>,
    /// What holds the stream, or why nothing can; made when it is first needed.
    hold: OnceCell<Result<Hold, String>>,
    /// Whether it stayed open before a sample, for lack of a hold and of a flush.
    stayed_open: Cell<bool>,
}

/// The gate before one sample; open again when dropped.
#[derive(Debug)]
pub struct Closed<'a> {
    _held: Option<Held<'a>>,
    watched: bool,
}

impl Closed<'_> {
    /// A gate that keeps nothing back.
    pub fn open() -> Self {
        Self {
            _held: None,
            watched: false,
        }
    }

    /// Whether something keeps the GPU back, so that a sample it has begun too early is void.
    pub fn is_watched(&self) -> bool {
        self.watched
    }
}

impl Gate {
    /// As the environment of this process has it.
    pub fn new() -> Self {
        Self {
            off: tool(variables()),
            hold: OnceCell::new(),
            stayed_open: Cell::new(false),
        }
    }

    /// Closes the gate; `behind_flush` where a flush before it keeps the GPU busy, should nothing hold the stream.
    pub fn close(
        &self,
        context: &Rc<Context>,
        stream: &Stream,
        behind_flush: bool,
    ) -> Result<Closed<'_>, CallError> {
        if self.off.is_some() {
            return Ok(Closed::open());
        }
        let hold = self.hold.get_or_init(|| usable(context, stream)).as_ref();
        if hold.is_err() && !behind_flush {
            self.stayed_open.set(true);
            return Ok(Closed::open());
        }
        Ok(Closed {
            _held: hold.ok().map(|hold| hold.hold(stream)).transpose()?,
            watched: true,
        })
    }

    /// Why it may have stayed open.
    pub fn why_open(&self) -> Option<&str> {
        let lacking = || self.hold.get()?.as_ref().err().map(String::as_str);
        let lacked = self.stayed_open.get().then(lacking).flatten();
        self.off.as_deref().or(lacked)
    }
}

/// A hold that has been tried out.
fn usable(context: &Rc<Context>, stream: &Stream) -> Result<Hold, String> {
    let lacking = |error: CallError| format!("this GPU can't hold a stream: {error}");
    let hold = Hold::new(context).map_err(lacking)?;
    drop(hold.hold(stream).map_err(lacking)?);
    Ok(hold)
}

/// Which tool or setting slows launches down, by the variables of the environment.
fn tool(variables: impl Iterator<Item = (String, String)>) -> Option<String> {
    variables
        .filter(|(_, value)| !value.is_empty())
        .find_map(|(name, value)| {
            if name == BLOCKING {
                return (value != "0").then(|| format!("{name} is set"));
            }
            let known = |(tool, _): &&(&str, &str)| name.starts_with(tool);
            let (_, why) = TOOLS.iter().find(known)?;
            Some(format!("{why} ({name} is set)"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_known_by_what_they_set() {
        let table = [
            (
                "CUDA_LAUNCH_BLOCKING",
                "1",
                Some("CUDA_LAUNCH_BLOCKING is set"),
            ),
            ("CUDA_LAUNCH_BLOCKING", "0", None),
            ("CUDA_LAUNCH_BLOCKING", "", None),
            (
                "CUDA_INJECTION64_PATH",
                "/opt/libToolsInjection64.so",
                Some("a profiler or sanitizer looks on (CUDA_INJECTION64_PATH is set)"),
            ),
            (
                "NSYS_PROFILING_SESSION_ID",
                "77",
                Some("Nsight Systems looks on (NSYS_PROFILING_SESSION_ID is set)"),
            ),
            (
                "NV_NSIGHT_INJECTION_PORT_BASE",
                "49152",
                Some("Nsight Compute looks on (NV_NSIGHT_INJECTION_PORT_BASE is set)"),
            ),
            (
                "NV_SANITIZER_INJECTION_PORT_BASE",
                "49152",
                Some("compute-sanitizer looks on (NV_SANITIZER_INJECTION_PORT_BASE is set)"),
            ),
            // For compute-sanitizer, and there without it too.
            ("NV_COMPUTE_SANITIZER_BINARY_PATCHING", "1", None),
            ("CUDA_MODULE_LOADING", "EAGER", None),
        ];
        for (name, value, why) in table {
            let variables = [("HOME", "/root"), (name, value)];
            let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(
                tool(variables.into_iter()).as_deref(),
                why,
                "{name}={value}"
            );
        }
    }
}
