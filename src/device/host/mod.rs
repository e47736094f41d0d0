//! The `host` device: CUDA sources compiled by the system's C++ compiler and run on the CPU.
//!
//! Its purpose is to write, check and verify suites where there is no GPU (`docs/host-device.md`). A source is
//! preprocessed behind the headers of `kernels/host`, rewritten where macros don't reach (`rewrite`), compiled to a
//! shared object (`build`), loaded and launched (`module`). Blocks run one after another, on one thread unless more
//! are asked for.

mod arguments;
mod build;
mod compiler;
mod facts;
mod headers;
mod library;
mod log;
mod memory;
mod module;
mod options;
mod platform;
mod preprocess;
mod progress;
mod rewrite;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::kernel::{Conditions, KernelExecution, identity};
use super::{Artefact, Device, Execution, Probe, Request};
use crate::plan::{Argument, Case, DeviceFacts, KernelTask, Task, Verify};
use crate::record::{FailureKind, Method, Refusal};
use build::Built;
use module::Module;
use platform::{HostPlatform, Loaded, Measured};
use preprocess::Unit;

pub use compiler::Compiler;
pub use facts::cpu_model;

/// The CPU as a device for kernels.
#[derive(Debug)]
pub struct Host {
    facts: DeviceFacts,
    threads: usize,
    /// Sought when it is first asked for: workers need none.
    compiler: OnceLock<Option<Compiler>>,
    /// What came of each compilation of this process, so that the cases of one kernel share it.
    built: Mutex<BTreeMap<String, Result<Built, Refusal>>>,
    /// Made when it is first asked: the parent probes nothing.
    probe: Option<Probe>,
}

impl Host {
    /// The host with `threads` threads, 1 to 64 (what lies outside is drawn in). A machine without a C++ compiler
    /// has a host device too: it refuses to compile.
    pub fn new(threads: usize) -> Self {
        let threads = threads.clamp(1, module::MOST_WORKERS);
        Self {
            facts: facts::facts(threads),
            threads,
            compiler: OnceLock::new(),
            built: Mutex::default(),
            probe: None,
        }
    }

    /// The host with a compiler of the caller's choice.
    pub fn with_compiler(threads: usize, compiler: Option<Compiler>) -> Self {
        Self {
            compiler: OnceLock::from(compiler),
            ..Self::new(threads)
        }
    }

    /// The C++ compiler, where there is one.
    pub fn compiler(&self) -> Option<&Compiler> {
        self.compiler.get_or_init(Compiler::find).as_ref()
    }

    /// Compiles one entry of a task, unless this process has done so.
    fn build(&self, task: &KernelTask, entry: &str, cache: &Path) -> Result<Built, Refusal> {
        let compiler = self.compiler().ok_or_else(|| {
            Refusal::failed(
                FailureKind::Compile,
                "the host device needs a C++ compiler: install g++ or clang++, or name one in CXX",
            )
        })?;
        let key = format!(
            "{entry}\0{}\0{:?}\0{:?}\0{:?}\0{}",
            task.source.display(),
            task.options,
            task.defines,
            task.include,
            cache.display()
        );
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = built.get(&key) {
            return known.clone();
        }
        let result = options::translate(&task.options).and_then(|options| {
            let unit = Unit {
                task,
                entry,
                options: &options,
                threads: self.threads > 1,
            };
            build::build(compiler, unit, &cache.join("host"))
        });
        built.insert(key, result.clone());
        result
    }
}

/// What the kernel that runs now in this process hangs in, to be asked from another thread when a case has run into
/// its timeout: `block (3,0,0) of k did not end; ...`. Looks twice, 50 ms apart, so that a block that goes on is not
/// blamed; none where no kernel runs.
pub fn hanging() -> Option<String> {
    progress::hanging()
}

impl Device for Host {
    fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    fn comparability(&self) -> BTreeMap<String, Value> {
        let compiler = self.compiler().map(Compiler::version);
        BTreeMap::from([
            ("device".to_owned(), Value::from("host")),
            ("cpu".to_owned(), Value::from(facts::cpu_model())),
            ("compiler".to_owned(), Value::from(compiler)),
            ("threads".to_owned(), Value::from(self.threads)),
        ])
    }

    fn compile(&self, case: &Case, cache: &Path) -> Result<Artefact, Refusal> {
        let task = kernel(case)?;
        check_launch(task)?;
        if let Some(call) = &task.library {
            library::check(call)?;
            return Ok(Artefact::default());
        }
        let built = self.build(task, &task.entry, cache)?;
        let reference = match &task.verify {
            Verify::Reference { entry, .. } => Some(self.build(task, entry, cache)?.path),
            Verify::None | Verify::Npy { .. } => None,
        };
        Ok(Artefact {
            identity: Some(identity(
                task,
                &built.code,
                ("wall", case.repetition.cache),
            )?),
            path: Some(built.path),
            reference,
        })
    }

    fn open(&mut self, request: &Request<'_>) -> Result<Box<dyn Execution + '_>, Refusal> {
        let task = kernel(request.case)?;
        check_launch(task)?;
        let artefact = request.artefact;
        let platform = HostPlatform {
            measured: match &task.library {
                Some(call) => Measured::Called(library::Called::new(task, call)?),
                None => Measured::Kernel(self.load(
                    task,
                    artefact.path.as_deref(),
                    (&task.entry, task.grid, task.block),
                )?),
            },
            reference: match &task.verify {
                // What a library's call should give needs no kernel here.
                Verify::Reference { .. } if task.library.is_some() => None,
                Verify::Reference {
                    entry, grid, block, ..
                } => {
                    Some(self.load(task, artefact.reference.as_deref(), (entry, *grid, *block))?)
                }
                Verify::None | Verify::Npy { .. } => None,
            },
            // Ones, since untouched memory would all be one page.
            flushed: vec![1; usize::try_from(self.facts.l2_bytes).unwrap_or_default() * 2],
        };
        let conditions = Conditions {
            seed: request.seed,
            cache: request.case.repetition.cache,
            timing: request.case.repetition.timing,
            method: Method {
                name: "wall".to_owned(),
                executions: 1,
                tick_ns: Some(facts::tick_ns()),
            },
            wished: None,
            verified: request.verified.map(str::to_owned),
        };
        Ok(Box::new(KernelExecution::open(platform, task, conditions)?))
    }

    fn probe(&mut self) -> Option<f64> {
        Some(self.probe.get_or_insert_default().speed())
    }
}

impl Host {
    fn load(
        &self,
        task: &KernelTask,
        path: Option<&Path>,
        (entry, grid, block): (&str, [u64; 3], [u32; 3]),
    ) -> Result<Loaded, Refusal> {
        let missing = || Refusal::failed(FailureKind::Compile, format!("{entry} is not compiled"));
        let module = Module::load(path.ok_or_else(missing)?, entry, task.shared, self.threads)?;
        arguments::check(entry, module.parameters(), &task.args)?;
        Ok(Loaded {
            module,
            grid: blocks(grid)?,
            block: threads(block)?,
        })
    }
}

fn kernel(case: &Case) -> Result<&KernelTask, Refusal> {
    match &case.task {
        Task::Kernel(task) => Ok(task),
        Task::Command(_) | Task::Mock(_) => Err(Refusal::failed(
            FailureKind::Device,
            format!(
                "{} is no kernel, and the host device runs kernels alone",
                case.id
            ),
        )),
    }
}

/// What no source says: clusters, cooperative launches, tensor maps, and the limits of a launch.
fn check_launch(task: &KernelTask) -> Result<(), Refusal> {
    if task.cluster.is_some_and(|cluster| cluster != [1, 1, 1]) {
        return Err(Refusal::Unsupported(
            "a launch with clusters: blocks run one after another".to_owned(),
        ));
    }
    if task.cooperative {
        return Err(Refusal::Unsupported(
            "a cooperative launch: blocks run one after another".to_owned(),
        ));
    }
    let is_map = |argument: &Argument| matches!(argument, Argument::TensorMap(_));
    if let Some(index) = task.args.iter().position(is_map) {
        return Err(Refusal::Unsupported(format!(
            "a tensor map, args[{index}]: there is no TMA unit"
        )));
    }
    if task.shared > facts::MAX_SHARED {
        return Err(Refusal::failed(
            FailureKind::Launch,
            format!(
                "{} bytes of shared memory are more than {}",
                task.shared,
                facts::MAX_SHARED
            ),
        ));
    }
    blocks(task.grid)?;
    threads(task.block).map(drop)
}

/// A grid that the host's loop can count.
fn blocks(grid: [u64; 3]) -> Result<[u32; 3], Refusal> {
    let refused = || Refusal::failed(FailureKind::Launch, format!("a grid of {grid:?} blocks"));
    let mut found = [1; 3];
    for (into, blocks) in found.iter_mut().zip(grid) {
        *into = u32::try_from(blocks)
            .ok()
            .filter(|&blocks| blocks > 0)
            .ok_or_else(refused)?;
    }
    Ok(found)
}

/// A block that the host has stacks for.
fn threads(block: [u32; 3]) -> Result<[u32; 3], Refusal> {
    let threads = block
        .iter()
        .try_fold(1_u32, |all, &side| all.checked_mul(side));
    if threads.is_some_and(|threads| (1..=1024).contains(&threads)) {
        return Ok(block);
    }
    Err(Refusal::failed(
        FailureKind::Launch,
        format!("a block of {block:?} threads: 1 to 1,024 in all can be launched"),
    ))
}
