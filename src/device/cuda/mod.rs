//! The `cuda` device: kernels on an NVIDIA GPU.
//!
//! The driver and NVRTC are opened at run time, so that the program builds and starts where there is neither
//! (`docs/cuda.md`). The parent compiles and asks for facts without a context; workers execute. Nothing here
//! changes a setting of a GPU, save `nvml/change.rs`.

mod arguments;
mod blas;
mod clock;
pub mod code;
pub mod driver;
mod facts;
mod flush;
mod identity;
pub mod nvml;
pub mod nvrtc;
mod occupancy;
mod platform;
mod queue;
mod selection;
mod settings;
mod sources;
mod support;
#[cfg(test)]
mod tests;
mod timer;
mod toolkit;
mod words;

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::OnceLock;

use serde_json::Value;

use super::kernel::{self, Conditions, KernelExecution};
use super::{Artefact, ClockProbe, Device, Execution, Lack, Request};
use crate::files;
use crate::plan::{Case, DeviceFacts, KernelTask, Plan, Task, Timing};
use crate::record::{FailureKind, Method, Occupancy, Refusal, Timer};

pub use selection::{CudaError, Uuid, Which};
pub use settings::GpuSettings;
pub use sources::Headers;

use code::{Cached, Target};
use driver::{Context, Gpu, Stream};
use flush::Flush;
use nvrtc::{Nvrtc, NvrtcError};
use platform::{Arena, Bench, GpuPlatform, Names};
use support::Support;

/// A GPU as a device for kernels.
#[derive(Debug)]
pub struct Cuda {
    gpu: Gpu,
    facts: DeviceFacts,
    flush: Flush,
    /// Opened when it is first asked for: workers never do.
    nvrtc: OnceLock<Result<Nvrtc, NvrtcError>>,
    headers: Headers,
    /// What NVML tells, asked once by whoever wants to know: workers never do.
    managed: OnceLock<nvml::Facts>,
    /// What a worker keeps from case to case.
    bench: Option<Rc<Bench>>,
    /// What the timer can do, measured with the bench.
    timer: Option<Timer>,
    /// What the buffers of the largest case take.
    buffers: u64,
}

impl Cuda {
    /// The GPU that `which` names.
    pub fn open(which: Which) -> Result<Self, CudaError> {
        let flush = Flush::from_environment().map_err(CudaError::Flush)?;
        let gpu = selection::find(which)?;
        let facts = facts::facts(&gpu).map_err(driver::DriverError::from)?;
        Ok(Self {
            gpu,
            facts,
            flush,
            nvrtc: OnceLock::new(),
            headers: Headers::default(),
            managed: OnceLock::new(),
            bench: None,
            timer: None,
            buffers: 0,
        })
    }

    /// Whether kernels can run on a GPU here: a driver, a GPU and a compiler. The error says what is missing.
    pub fn usable() -> Result<(), String> {
        let gpu = Self::open(Which::Number(0)).map_err(|error| error.to_string())?;
        let missing = |error: &NvrtcError| error.to_string();
        gpu.nvrtc().map(drop).map_err(missing)
    }

    /// NVRTC, or why there is none that fits the driver.
    pub fn nvrtc(&self) -> Result<&Nvrtc, &NvrtcError> {
        let version = self.gpu.driver().version();
        self.nvrtc
            .get_or_init(|| Nvrtc::open(Some(version)))
            .as_ref()
    }

    /// What NVML tells of this GPU, at the time of the first question.
    fn managed(&self) -> &nvml::Facts {
        self.managed.get_or_init(|| {
            let library = nvml::Library::open();
            let identity = facts::identity(&self.gpu);
            nvml::Facts::collect(library.as_ref(), &identity, facts::kernel_module())
        })
    }

    /// The architecture that kernels are compiled for: `sm_90a`.
    fn architecture(&self) -> String {
        nvrtc::architecture_of(self.facts.compute_capability.unwrap_or((0, 0)))
    }

    /// Keeps the multiprocessors busy while `going` says so; it is first asked when they are. The compiled kernel is
    /// kept in the folder `cache`.
    pub fn keep_busy(
        &mut self,
        cache: &Path,
        going: &mut dyn FnMut() -> bool,
    ) -> Result<(), String> {
        if let Ok(nvrtc) = self.nvrtc() {
            support::compile(nvrtc, &self.architecture(), cache).map_err(in_words)?;
        }
        let bench = self.bench(cache).map_err(in_words)?;
        bench.keep_busy(going).map_err(in_words)
    }

    /// The size of the piece of memory in which cases place their buffers: at most a quarter of all, and 0 under tools,
    /// which find more where each buffer is a piece of its own.
    fn arena_bytes(&self) -> u64 {
        let fits = self.buffers <= self.facts.memory / 4;
        if fits && !platform::is_watched_by_tool() {
            self.buffers
        } else {
            0
        }
    }

    /// What a worker keeps on the GPU, made for its first case.
    fn bench(&mut self, cache: &Path) -> Result<Rc<Bench>, Refusal> {
        if let Some(bench) = &self.bench {
            return Ok(Rc::clone(bench));
        }
        let context = Context::new(&self.gpu)?;
        let arena = Arena::new(&context, self.arena_bytes());
        let multiprocessors = u32::try_from(self.facts.sm_count).unwrap_or(1);
        let support = Support::load(&context, &self.architecture(), multiprocessors, cache)?;
        let l2 = u64::try_from(self.facts.l2_bytes).unwrap_or(0);
        let clock = support.as_ref().map(|support| &support.clock);
        self.timer = Some(timer::measure(&context, clock, &Stream::new(&context)?)?);
        let bench = Rc::new(Bench::new(context, support, (self.flush, l2), arena)?);
        self.bench = Some(Rc::clone(&bench));
        Ok(bench)
    }
}

impl Device for Cuda {
    fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    fn expect_buffers(&mut self, bytes: u64) {
        self.buffers = bytes;
    }

    fn comparability(&self) -> BTreeMap<String, Value> {
        let mut facts = facts::comparability(&self.gpu, &self.facts);
        let compiler = self
            .nvrtc()
            .ok()
            .map(|nvrtc| format!("NVRTC {}", nvrtc.version()));
        facts.insert("compiler".to_owned(), Value::from(compiler));
        facts.extend(self.managed().comparability.clone());
        if self.flush == Flush::Memset {
            facts.insert("flush".to_owned(), Value::from("memset"));
        }
        facts
    }

    fn comparability_of(&self, plan: &Plan) -> BTreeMap<String, Value> {
        blas::facts(plan, self.gpu.driver().version())
    }

    fn context(&self) -> BTreeMap<String, Value> {
        let mut facts = facts::context(&self.gpu);
        facts.extend(self.managed().context.clone());
        facts
    }

    fn compile(&self, case: &Case, cache: &Path) -> Result<Artefact, Refusal> {
        let task = task_of(case)?;
        platform::tensor_maps_of(task, &self.facts)?;
        if let Some(call) = &task.library {
            platform::available(call, self.gpu.driver().version())?;
        }
        let architecture = self.architecture();
        let nvrtc = self.nvrtc().ok();
        if let Some(nvrtc) = nvrtc {
            support::compile(nvrtc, &architecture, cache)?;
        }
        if !task.has_code() {
            return Ok(Artefact {
                identity: None,
                path: Some(cache.join(NO_CODE)),
                reference: None,
            });
        }
        let target = Target {
            nvrtc,
            architecture: &architecture,
            headers: &self.headers,
        };
        let cached = code::compile(target, task, cache)?;
        let identity = match task.library {
            // What a library executes is not known, so that it is measured anew each time.
            Some(_) => None,
            None => Some(kernel::identity(
                task,
                &cached.note.code,
                (timing(case.repetition.timing), case.repetition.cache),
            )?),
        };
        Ok(Artefact {
            identity,
            path: Some(cached.path),
            reference: None,
        })
    }

    fn lacks(&self, plan: &Plan) -> Option<Lack> {
        let needs = |case: &Case| match &case.task {
            Task::Kernel(task) => {
                task.has_code() && code::Kind::of(&task.source) == code::Kind::Source
            }
            Task::Command(_) | Task::Mock(_) => false,
        };
        if !plan.cases.iter().any(needs) {
            return None;
        }
        let architecture = self.architecture();
        match self.nvrtc() {
            Ok(nvrtc) if nvrtc.knows(&architecture) => None,
            Ok(nvrtc) => Some(Lack {
                message: format!("NVRTC {} can't compile for {architecture}", nvrtc.version()),
                hint: "install the NVRTC of the driver's own CUDA version".to_owned(),
            }),
            Err(error) => Some(Lack {
                message: error.to_string(),
                hint: error.hint(),
            }),
        }
    }

    fn is_lost(&self) -> bool {
        self.gpu.driver().is_lost()
    }

    fn lock_name(&self) -> Option<String> {
        self.gpu
            .uuid()
            .ok()
            .map(|uuid| format!("cuda:{}", Uuid::new(uuid)))
    }

    fn probe_clock(&mut self, cache: &Path) -> Result<Option<ClockProbe>, Refusal> {
        let bench = self.bench(cache)?;
        let clock_mhz = match bench.support.borrow_mut().as_mut() {
            Some(support) => support.clock.probe(&bench.stream)?,
            None => None,
        };
        Ok(self.timer.map(|timer| ClockProbe { clock_mhz, timer }))
    }

    fn occupancy(
        &mut self,
        case: &Case,
        artefact: &Artefact,
    ) -> Result<Option<Occupancy>, Refusal> {
        let task = task_of(case)?;
        if task.library.is_some() {
            return Ok(None);
        }
        let (_, cached, image) = compiled(task, artefact)?;
        let context = match &self.bench {
            Some(bench) => Rc::clone(&bench.context),
            None => Context::new(&self.gpu)?,
        };
        platform::occupancy_of(&context, task, (&image, &cached.note.entry), &self.facts)
    }

    fn managed_as(&self) -> Option<nvml::Identity> {
        Some(facts::identity(&self.gpu))
    }

    fn open(&mut self, request: &Request<'_>) -> Result<Box<dyn Execution + '_>, Refusal> {
        let task = task_of(request.case)?;
        let code = if task.has_code() {
            Some(compiled(task, request.artefact)?)
        } else {
            None
        };
        let folder = request.artefact.path.as_deref().and_then(Path::parent);
        let bench = self.bench(folder.unwrap_or(Path::new(".")))?;
        let image = code.as_ref().map(|(_, cached, image)| {
            let names = Names {
                entry: &cached.note.entry,
                reference: cached.note.reference.as_deref(),
            };
            (image.as_slice(), names)
        });
        let platform = GpuPlatform::open(bench, task, image, &self.facts)?;
        let conditions = Conditions {
            seed: request.seed,
            cache: request.case.repetition.cache,
            timing: request.case.repetition.timing,
            wished: request.method.cloned(),
            verified: request.verified.map(str::to_owned),
            method: Method {
                name: METHOD.to_owned(),
                executions: 1,
                tick_ns: self.timer.and_then(|timer| timer.tick_ns),
            },
        };
        Ok(Box::new(KernelExecution::open(platform, task, conditions)?))
    }
}

/// What stands in the cache's folder for the code of a call that has none; never written.
const NO_CODE: &str = "no-code";

/// How the time of one execution is taken.
const METHOD: &str = "events";

/// What a code identity says of how times are taken: a choice that is left to the first run is no part of it.
fn timing(timing: Timing) -> &'static str {
    match timing {
        Timing::Auto => "auto",
        Timing::Events => METHOD,
        Timing::Graph => "graph",
    }
}

/// A refusal in a line.
fn in_words(refusal: Refusal) -> String {
    match refusal {
        Refusal::Failed(failure) => failure.message,
        Refusal::Unsupported(why) => why,
    }
}

/// The loader's words on why a library can't be opened.
fn loader_words(error: &libloading::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}

/// The file of a case's code, what is noted of it, and the code.
fn compiled<'a>(
    task: &KernelTask,
    artefact: &'a Artefact,
) -> Result<(&'a Path, Cached, Vec<u8>), Refusal> {
    let path = artefact.path.as_deref().ok_or_else(|| {
        let message = format!("{} was not compiled", task.source_name);
        Refusal::failed(FailureKind::Compile, message)
    })?;
    let cached = Cached::at(path)?;
    let image = files::read(path).map_err(|error| {
        let message = format!("{error}: {}", error.source);
        Refusal::failed(FailureKind::Compile, message)
    })?;
    Ok((path, cached, image))
}

fn task_of(case: &Case) -> Result<&KernelTask, Refusal> {
    match &case.task {
        Task::Kernel(task) => Ok(task),
        Task::Command(_) | Task::Mock(_) => {
            let why = "a GPU runs kernels alone";
            Err(Refusal::Unsupported(why.to_owned()))
        }
    }
}
