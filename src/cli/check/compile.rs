//! `check --compile`: every kernel of the suites compiled for some architectures, without a GPU.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::cli::{Exit, Fault, suites};
use crate::device::cuda::code::{self, Kind, Target};
use crate::device::cuda::nvrtc::{Nvrtc, NvrtcError};
use crate::device::cuda::{Headers, driver::Version};
use crate::manifest::Suite;
use crate::plan::{self, Case, DeviceFacts, KernelTask, Plan, PlanError, Selection, Task};
use crate::record::{Failure, Refusal};
use crate::store;

/// Compile the kernels too.
#[derive(Debug, clap::Args)]
pub struct CompileArgs {
    /// Compile every kernel too, by NVRTC; no GPU is needed
    #[arg(long)]
    compile: bool,
    /// Compile for these architectures
    #[arg(
        long = "arch",
        value_name = "sm_NN",
        value_delimiter = ',',
        value_parser = architecture,
        default_value = "sm_80,sm_90a,sm_100",
        requires = "compile"
    )]
    architectures: Vec<Architecture>,
}

/// An architecture as NVRTC names it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Architecture {
    name: String,
    capability: (u32, u32),
}

/// Reads `sm_80`, `sm_90a`, `sm_120f`.
fn architecture(text: &str) -> Result<Architecture, String> {
    let wrong = || format!("{text:?} is no architecture: sm_80, sm_90a and sm_100 are");
    let digits = text.strip_prefix("sm_").ok_or_else(wrong)?;
    let digits = digits.strip_suffix(['a', 'f']).unwrap_or(digits);
    let number: u32 = digits.parse().map_err(|_| wrong())?;
    if !(10..1000).contains(&number) || digits.starts_with('+') {
        return Err(wrong());
    }
    Ok(Architecture {
        name: text.to_owned(),
        capability: (number / 10, number % 10),
    })
}

/// What came of a suite's kernels.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    /// The architectures that they were compiled for.
    pub architectures: Vec<String>,
    /// Those that the suite doesn't claim, since it requires a higher compute capability.
    pub unclaimed: Vec<String>,
    /// How many kernels compiled, each architecture counted.
    pub compiled: usize,
    /// Those that don't.
    pub failures: Vec<Broken>,
}

/// A kernel that doesn't compile.
#[derive(Debug, Serialize)]
pub struct Broken {
    /// The first of its cases.
    pub case: String,
    /// The architecture.
    pub architecture: String,
    /// What is wrong, in a line.
    pub message: String,
    /// The compiler's log.
    pub detail: Option<String>,
    /// Where the workload is defined.
    pub defined_at: (String, usize),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line) = &self.defined_at;
        let (case, architecture) = (&self.case, &self.architecture);
        write!(
            f,
            "{file}:{line}: {case} for {architecture}: {}",
            self.message
        )?;
        for line in self.detail.iter().flat_map(|detail| detail.lines()) {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// The compiler, and what it is to compile for.
pub struct Compiler {
    nvrtc: Nvrtc,
    headers: Headers,
    architectures: Vec<Architecture>,
}

/// One kernel for one architecture.
struct Job<'a> {
    case: &'a Case,
    task: &'a KernelTask,
    architecture: &'a str,
}

impl Compiler {
    /// The compiler that `args` ask for, if they do.
    pub fn of(args: &CompileArgs) -> Result<Option<Self>, Fault> {
        if !args.compile {
            return Ok(None);
        }
        let missing =
            |error: NvrtcError| Fault::new(Exit::Environment, error.to_string()).hint(error.hint());
        let nvrtc = Nvrtc::open(None).map_err(missing)?;
        for architecture in &args.architectures {
            if !nvrtc.knows(&architecture.name) {
                return Err(unknown(&architecture.name, nvrtc.version()));
            }
        }
        Ok(Some(Self {
            nvrtc,
            headers: Headers::default(),
            architectures: args.architectures.clone(),
        }))
    }

    /// Compiles the kernels of `suite`, which lies at `path`, for each architecture that it doesn't leave out: by the
    /// compute capability that it requires, and a case by its `skip`.
    pub fn compile(&self, path: &Path, suite: &Suite) -> Result<Outcome, Fault> {
        let required = suite.device.compute_capability.map(|(least, _)| least);
        let claimed = |architecture: &&Architecture| {
            required.is_none_or(|required| architecture.capability >= required)
        };
        let (claimed, unclaimed): (Vec<_>, Vec<_>) = self.architectures.iter().partition(claimed);
        let names = |of: &[&Architecture]| of.iter().map(|one| one.name.clone()).collect();
        let plans = claimed
            .iter()
            .map(|architecture| Ok((architecture.name.as_str(), plan_for(suite, architecture)?)))
            .collect::<Result<Vec<_>, Fault>>()?;
        let jobs: Vec<Job<'_>> = plans
            .iter()
            .filter_map(|(architecture, plan)| Some((*architecture, plan.as_ref()?)))
            .flat_map(|(architecture, plan)| jobs_of(architecture, plan))
            .collect();
        let root = store::root_for(path);
        store::prepare(&root)?;
        let failures = self.work(&jobs, &root.join("cache"));
        Ok(Outcome {
            architectures: names(&claimed),
            unclaimed: names(&unclaimed),
            compiled: jobs.len() - failures.len(),
            failures,
        })
    }

    /// Does the jobs on all processors; those that fail, in their order.
    fn work(&self, jobs: &[Job<'_>], cache: &Path) -> Vec<Broken> {
        let next = AtomicUsize::new(0);
        let failures = Mutex::new(Vec::new());
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(jobs.len()) {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(job) = jobs.get(number) else {
                            return;
                        };
                        if let Err(refusal) = self.job(job, cache) {
                            let mut failures =
                                failures.lock().unwrap_or_else(PoisonError::into_inner);
                            failures.push((number, broken(job, refusal)));
                        }
                    }
                });
            }
        });
        let mut failures = failures
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        failures.sort_by_key(|(number, _)| *number);
        failures.into_iter().map(|(_, broken)| broken).collect()
    }

    fn job(&self, job: &Job<'_>, cache: &Path) -> Result<(), Refusal> {
        let target = Target {
            nvrtc: Some(&self.nvrtc),
            architecture: job.architecture,
            headers: &self.headers,
        };
        code::compile(target, job.task, cache).map(drop)
    }
}

/// The cases of a suite on a GPU of an architecture; none where it skips all.
fn plan_for(suite: &Suite, architecture: &Architecture) -> Result<Option<Plan>, Fault> {
    let facts = DeviceFacts::cuda_limits_of(architecture.capability);
    match plan::expand(suite, &facts, &Selection::default()) {
        Ok(plan) => Ok(Some(plan)),
        Err(PlanError::Nothing { .. }) => Ok(None),
        Err(error) => {
            let (suite, architecture) = (&suite.name, &architecture.name);
            let message = format!(
                "suite \"{suite}\" can't be planned for {architecture}\n{}",
                error.render(false)
            );
            Err(Fault::new(suites::exit_of(&error), message))
        }
    }
}

fn jobs_of<'a>(architecture: &'a str, plan: &'a Plan) -> impl Iterator<Item = Job<'a>> {
    kernels(plan).into_iter().map(move |(case, task)| Job {
        case,
        task,
        architecture,
    })
}

fn unknown(name: &str, version: Version) -> Fault {
    let message = format!("NVRTC {version} can't compile for {name}");
    Fault::new(Exit::Environment, message).hint("leave that --arch out, or install another NVRTC")
}

/// The kernels of a plan that need a compiler, each once: with the first case of those that differ in other things.
fn kernels(plan: &Plan) -> Vec<(&Case, &KernelTask)> {
    let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
    plan.cases
        .iter()
        .filter_map(|case| match &case.task {
            Task::Kernel(task) if task.has_code() && Kind::of(&task.source) == Kind::Source => {
                Some((case, task.as_ref()))
            }
            Task::Kernel(_) | Task::Command(_) | Task::Mock(_) => None,
        })
        .filter(|(_, task)| seen.insert(compiled_from(task)))
        .collect()
}

/// What the code of a kernel depends on.
fn compiled_from(task: &KernelTask) -> Vec<String> {
    let source: PathBuf = task.source.clone();
    let mut words = vec![source.display().to_string()];
    words.extend(code::entries(task).into_iter().map(str::to_owned));
    words.extend(task.options.iter().cloned());
    words.extend(
        task.defines
            .iter()
            .map(|(name, value)| format!("{name}={value}")),
    );
    words.extend(
        task.include
            .iter()
            .map(|folder| folder.display().to_string()),
    );
    words
}

fn broken(job: &Job<'_>, refusal: Refusal) -> Broken {
    let (message, detail) = match refusal {
        Refusal::Failed(Failure {
            message, detail, ..
        }) => (message, detail),
        Refusal::Unsupported(what) => (what, None),
    };
    Broken {
        case: job.case.id.to_string(),
        architecture: job.architecture.to_owned(),
        message,
        detail,
        defined_at: job.case.defined_at.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_have_a_capability() {
        for (text, capability) in [
            ("sm_80", (8, 0)),
            ("sm_90a", (9, 0)),
            ("sm_103", (10, 3)),
            ("sm_120f", (12, 0)),
        ] {
            assert_eq!(
                architecture(text).map(|one| one.capability),
                Ok(capability),
                "{text}"
            );
        }
        for bad in ["", "90", "sm_", "sm_x", "compute_90", "sm_9", "sm_+80"] {
            assert!(architecture(bad).is_err(), "{bad}");
        }
    }
}
