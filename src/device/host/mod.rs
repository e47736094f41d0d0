//! The `host` device: CUDA sources compiled by the system's C++ compiler and run on the CPU.
//!
//! Its purpose is to write, check and verify suites where there is no GPU (`docs/host-device.md`). Blocks run one
//! after another, on one thread unless more are asked for.

mod compiler;
mod facts;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{Artefact, Device, Execution, Request};
use crate::plan::{Case, DeviceFacts};
use crate::record::{FailureKind, Refusal};

pub use compiler::Compiler;
pub use facts::cpu_model;

/// The CPU as a device for kernels.
#[derive(Debug)]
pub struct Host {
    facts: DeviceFacts,
    threads: usize,
    compiler: Option<Compiler>,
}

impl Host {
    /// The host with `threads` threads, 1 or more. A machine without a C++ compiler has a host device too: it
    /// refuses to compile.
    pub fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        Self {
            facts: facts::facts(threads),
            threads,
            compiler: Compiler::find(),
        }
    }

    /// The C++ compiler, where there is one.
    pub fn compiler(&self) -> Option<&Compiler> {
        self.compiler.as_ref()
    }
}

/// What the kernel that runs now in this process hangs in, to be asked from another thread when a case has run into
/// its timeout: `block (3,0,0) of "k" did not end; ...`. Looks twice, 50 ms apart, so that a block that goes on is
/// not blamed; none where no kernel runs.
pub fn hanging() -> Option<String> {
    None
}

impl Device for Host {
    fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    fn comparability(&self) -> BTreeMap<String, Value> {
        let compiler = self.compiler.as_ref().map(Compiler::version);
        BTreeMap::from([
            ("device".to_owned(), Value::from("host")),
            ("cpu".to_owned(), Value::from(facts::cpu_model())),
            ("compiler".to_owned(), Value::from(compiler)),
            ("threads".to_owned(), Value::from(self.threads)),
        ])
    }

    fn compile(&self, case: &Case, _cache: &Path) -> Result<Artefact, Refusal> {
        Err(Refusal::failed(
            FailureKind::Device,
            format!("the host device can't compile {} yet", case.id),
        ))
    }

    fn open(&mut self, request: &Request<'_>) -> Result<Box<dyn Execution + '_>, Refusal> {
        Err(Refusal::failed(
            FailureKind::Device,
            format!("the host device can't open {} yet", request.case.id),
        ))
    }
}
