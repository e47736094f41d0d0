//! The host device with real kernels: what it supports gives the right output, what it doesn't has a name.
//!
//! The compiler is the one that users get; `CXX=clang++ cargo test` tests another.

mod failures;
mod features;
mod identity;
mod speed;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use super::*;
use crate::device::{Artefact, Verification};
use crate::id::{CaseId, Name};
use crate::plan::{
    Argument, Buffer, Cache, Case, ElementType, Fill, KernelTask, Repetition, Role, Scalar, Timing,
};
use crate::record::{Failure, Work};

/// A cache that the tests of one process share.
fn cache() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| tempfile::tempdir().expect("a folder for the cache"))
        .path()
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/kernels")
        .join(name)
}

/// The task of an entry of a source, with one block of one thread and no arguments.
fn task(source: &Path, entry: &str) -> KernelTask {
    let name = source.file_name().expect("a file").to_string_lossy();
    KernelTask {
        library: None,
        source: source.to_owned(),
        source_name: format!("kernels/{name}"),
        entry: entry.to_owned(),
        options: Vec::new(),
        defines: Vec::new(),
        include: Vec::new(),
        grid: [1, 1, 1],
        block: [1, 1, 1],
        cluster: None,
        cooperative: false,
        shared: 0,
        args: Vec::new(),
        verify: Verify::None,
    }
}

fn case(task: &KernelTask) -> Case {
    let name = Name::new("case").expect("a name");
    Case {
        id: CaseId::new(&name, []),
        workload: name,
        axes: Vec::new(),
        tags: Vec::new(),
        task: Task::Kernel(Box::new(task.clone())),
        work: Work::default(),
        repetition: Repetition {
            measure: Vec::new(),
            window: None,
            processes: 1,
            samples: 1,
            warm_up: 0,
            cache: Cache::Hot,
            timing: Timing::Auto,
            timeout: Duration::from_secs(10),
            budget: Duration::from_secs(1),
        },
        deterministic: true,
        clock_bound: false,
        defined_at: ("suite.toml".to_owned(), 1),
    }
}

fn buffer(role: Role, element: ElementType, len: u64, fill: Fill) -> Argument {
    Argument::Buffer(Buffer {
        role,
        element,
        len,
        fill,
        written: None,
    })
}

fn output(element: ElementType, len: u64) -> Argument {
    buffer(Role::Out, element, len, Fill::Zeros)
}

fn scalar(element: ElementType, bits: u64) -> Argument {
    Argument::Scalar(Scalar { element, bits })
}

/// The reference kernel `entry`, launched as `task` is, with no tolerance.
fn reference(task: &KernelTask, entry: &str) -> Verify {
    Verify::Reference {
        entry: entry.to_owned(),
        grid: task.grid,
        block: task.block,
        absolute: 0.0,
        relative: 0.0,
    }
}

/// Compiles, opens, verifies, takes one sample and finishes.
fn measure(host: &mut Host, task: &KernelTask) -> Result<(Artefact, Verification), Refusal> {
    let case = case(task);
    let artefact = host.compile(&case, cache())?;
    let request = Request {
        case: &case,
        unit: &[&case],
        artefact: &artefact,
        seed: 1,
        process: 0,
        method: None,
        verified: None,
        output: cache(),
    };
    let mut execution = host.open(&request)?;
    let verification = execution.verify()?;
    execution.warm_up()?;
    let observation = execution.sample()?;
    assert!(observation.time_ns.is_some_and(|time| time > 0.0));
    execution.finish()?;
    drop(execution);
    Ok((artefact, verification))
}

/// How `task` fails.
fn failure(host: &mut Host, task: &KernelTask) -> Failure {
    match measure(host, task) {
        Err(Refusal::Failed(failure)) => failure,
        other => panic!("{} fails, and not: {other:?}", task.entry),
    }
}
