//! A device whose times and faults are scripted, for tests of all that stands above it.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Artefact, Device, Execution, Finished, GroupSeen, Observation, Request, Verification};
use crate::canonical;
use crate::plan::{Case, DeviceFacts, DeviceKind, MockTask, Task};
use crate::record::{FailureKind, Method, Refusal};

/// The scripted device.
#[derive(Debug, Clone)]
pub struct Mock {
    facts: DeviceFacts,
}

impl Mock {
    /// A device that needs no machine; its limits are those of a GPU of today.
    pub fn new() -> Self {
        Self {
            facts: DeviceFacts {
                kind: DeviceKind::Mock,
                name: "mock".to_owned(),
                sm_count: 4,
                l2_bytes: 1 << 20,
                warp_size: 32,
                memory: 1 << 40,
                max_grid: [(1 << 31) - 1, 65_535, 65_535],
                max_block: [1024, 1024, 64],
                max_threads: 1024,
                max_shared: 48 << 10,
                compute_capability: None,
            },
        }
    }
}

impl Default for Mock {
    fn default() -> Self {
        Self::new()
    }
}

impl Device for Mock {
    fn facts(&self) -> &DeviceFacts {
        &self.facts
    }

    fn comparability(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([("device".to_owned(), Value::from("mock"))])
    }

    fn compile(&self, case: &Case, _cache: &Path) -> Result<Artefact, Refusal> {
        // The script is the code. One with factors stands for noise, which no code explains: it has no identity.
        let task = script(case)?;
        let identity = canonical::hash(task)
            .ok()
            .filter(|_| task.process_factors.is_empty());
        Ok(Artefact {
            path: None,
            reference: None,
            identity,
        })
    }

    fn open(&mut self, request: &Request<'_>) -> Result<Box<dyn Execution + '_>, Refusal> {
        let task = script(request.case)?.clone();
        let strikes =
            task.fault_processes.is_empty() || task.fault_processes.contains(&request.process);
        let fault = task.fault.clone().filter(|_| strikes);
        if fault.as_deref() == Some("unsupported") {
            let why = "the script says so: it can't run on this device";
            return Err(Refusal::Unsupported(why.to_owned()));
        }
        Ok(Box::new(Scripted {
            task,
            fault,
            process: usize::try_from(request.process).unwrap_or(usize::MAX),
            taken: 0,
        }))
    }
}

fn script(case: &Case) -> Result<&MockTask, Refusal> {
    match &case.task {
        Task::Mock(task) => Ok(task),
        Task::Kernel(_) | Task::Command(_) => {
            let why = "the mock device runs scripts alone, no kernels";
            Err(Refusal::Unsupported(why.to_owned()))
        }
    }
}

/// A script that is played in one process.
#[derive(Debug)]
struct Scripted {
    task: MockTask,
    fault: Option<String>,
    process: usize,
    taken: usize,
}

impl Scripted {
    /// The script's next time, in nanoseconds; 1 us where it has none.
    fn next_time(&mut self) -> f64 {
        let times = &self.task.times;
        let time = match times.len() {
            0 => 1000.0,
            len => times[self.taken % len],
        };
        self.taken += 1;
        let factors = &self.task.process_factors;
        time * factors.get(self.process).copied().unwrap_or(1.0)
    }

    fn strike(&self) -> Result<(), Refusal> {
        match self.fault.as_deref() {
            Some("fail") => Err(Refusal::failed(
                FailureKind::Device,
                "failed, as the script says",
            )),
            Some("crash") => {
                let name = "the script crashes here";
                std::io::Write::write_all(&mut std::io::stderr(), name.as_bytes()).ok();
                std::process::abort()
            }
            Some("hang") => loop {
                thread::sleep(Duration::from_hours(1));
            },
            _ => Ok(()),
        }
    }
}

impl Execution for Scripted {
    fn method(&self) -> Method {
        Method {
            name: "scripted".to_owned(),
            executions: 1,
            tick_ns: None,
        }
    }

    fn verify(&mut self) -> Result<Verification, Refusal> {
        if self.fault.as_deref() == Some("wrong") {
            return Err(Refusal::failed(
                FailureKind::Wrong,
                "the output differs, as the script says",
            ));
        }
        let digests = &self.task.digests;
        let digest = digests.get(self.process).or(digests.last());
        Ok(Verification {
            digest: digest.cloned(),
            notes: Vec::new(),
        })
    }

    fn warm_up(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    fn end_group(&mut self) -> Result<GroupSeen, Refusal> {
        Ok(GroupSeen {
            clock_mhz: self.task.clock_mhz,
            void: None,
        })
    }

    fn sample(&mut self) -> Result<Observation, Refusal> {
        self.strike()?;
        thread::sleep(Duration::from_millis(self.task.sleep_ms));
        let disturbed = self.fault.as_deref() == Some("disturbed");
        Ok(Observation {
            time_ns: Some(self.next_time()),
            void: disturbed.then(|| "disturbed, as the script says".to_owned()),
            clock_mhz: None,
            reports: Vec::new(),
        })
    }

    fn finish(&mut self) -> Result<Finished, Refusal> {
        Ok(Finished::default())
    }
}
