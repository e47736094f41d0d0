//! The header of a run: what is to be measured, where, and by which rules.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::subject::Subject;
use crate::cli::{Exit, Fault};
use crate::engine::{self, Prepared};
use crate::environment;
use crate::plan::{Case, DeviceKind, Task};
use crate::record::{CaseHeader, FORMAT, Header, Versions};
use crate::store;

/// The header of a run of `subject` that begins now.
pub fn of(subject: &Subject, prepared: &Prepared) -> Result<Header, Fault> {
    let Subject {
        suite,
        plan,
        overrides,
        ..
    } = subject;
    let started = jiff::Timestamp::now();
    let environment = environment::collect(&subject.whole_plan(), plan, subject.device.as_ref())
        .map_err(|error| Fault::new(Exit::Environment, format!("the environment: {error}")))?;
    let cases = plan.cases.iter().enumerate();
    Ok(Header {
        format: FORMAT,
        id: store::new_id(started),
        suite: suite.name.clone(),
        about: suite.about.clone(),
        suite_path: subject.path.display().to_string(),
        started,
        device: subject.selector.to_string(),
        processes: engine::process_count(plan),
        seed: plan.seed,
        quick: overrides.quick,
        overrides: overrides.as_given(),
        filters: overrides.filters.clone(),
        versions: versions(subject),
        git: environment::git_state(&suite_files(subject)),
        environment,
        compare: suite.compare.clone(),
        removed: removed(subject),
        renamed: subject.suite.renamed(),
        cost: suite.cost.clone(),
        goals: suite.goals.iter().map(|goal| goal.goal.clone()).collect(),
        volumes: suite.volumes(),
        notes: suite.notes(),
        cases: cases
            .map(|(number, case)| case_header(case, subject, prepared.identity(number)))
            .collect(),
    })
}

/// The suite's manifests and the kernels that they name.
pub fn suite_files(subject: &Subject) -> Vec<PathBuf> {
    let mut files = subject.suite.files.clone();
    for case in &subject.plan.cases {
        if let Task::Kernel(kernel) = &case.task
            && kernel.has_code()
            && !files.contains(&kernel.source)
        {
            files.push(kernel.source.clone());
        }
    }
    files
}

fn versions(subject: &Subject) -> Versions {
    let is_kernel = |case: &Case| matches!(case.task, Task::Kernel(_));
    let facts = subject.device.comparability();
    let compiler = facts.get("compiler").and_then(|value| value.as_str());
    Versions {
        warpmark: env!("CARGO_PKG_VERSION").to_owned(),
        method: environment::METHOD.to_owned(),
        compiler: compiler
            .filter(|_| subject.plan.cases.iter().any(is_kernel))
            .map(str::to_owned),
    }
}

fn removed(subject: &Subject) -> BTreeMap<String, String> {
    let workloads = subject.suite.workloads.iter();
    let reason = |workload: &crate::manifest::Workload| {
        Some((workload.name.to_string(), workload.removed.clone()?))
    };
    workloads.filter_map(reason).collect()
}

fn case_header(case: &Case, subject: &Subject, identity: Option<&str>) -> CaseHeader {
    CaseHeader {
        id: case.id.clone(),
        workload: case.workload.clone(),
        axes: case.axes.clone(),
        tags: case.tags.clone(),
        work: case.work,
        kind: kind(case, subject.selector.kind).to_owned(),
        processes: case.repetition.processes,
        samples: case.repetition.samples,
        identity: identity.map(str::to_owned),
        definition: engine::definition(case),
        deterministic: case.deterministic,
        clock_bound: case.clock_bound,
        sentinel: is_sentinel(case, subject),
        defined_at: case.defined_at.clone(),
    }
}

/// Whether the case's workload is marked as one that stands for the machine.
fn is_sentinel(case: &Case, subject: &Subject) -> bool {
    let mut workloads = subject.suite.workloads.iter();
    workloads.any(|workload| workload.sentinel && workload.name == case.workload)
}

/// Which defaults judge a case on a device of this kind.
pub fn kind(case: &Case, device: DeviceKind) -> &'static str {
    match (&case.task, device) {
        (Task::Command(_), _) => "command",
        (Task::Mock(_), _) => "mock",
        (Task::Kernel(kernel), _) if kernel.is_transfer() => "transfer",
        (Task::Kernel(_), DeviceKind::Cuda) => "cuda",
        (Task::Kernel(_), DeviceKind::Host | DeviceKind::Mock) => "host",
    }
}
