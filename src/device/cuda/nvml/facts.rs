//! The facts of one GPU by their names, with the reasons where they aren't known.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Answer, Gpu, Identity, Library, OpenError, Process, Unknown, sees_host_processes};

/// What NVML told of a GPU at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// What results depend on; null where it isn't known.
    pub comparability: BTreeMap<String, Value>,
    /// What explains them, and by the same names the reasons of nulls.
    pub context: BTreeMap<String, Value>,
}

/// The names of the facts that decide whether results are comparable. All are settings or limits: nothing measured.
const COMPARABILITY: [&str; 4] = ["driver", "max-memory-mhz", "max-sm-mhz", "power-limit-w"];

impl Facts {
    /// Asks for all facts of the GPU `identity`; `module` is the driver's version where NVML doesn't tell.
    pub fn collect(
        library: Result<&Library, &OpenError>,
        identity: &Identity,
        module: Option<String>,
    ) -> Self {
        let mut facts = Self::asked(library, identity);
        if let (Some(Value::Null), Some(module)) = (facts.comparability.get("driver"), module) {
            facts.put("driver", Ok(Value::from(module)));
        }
        facts
    }

    fn asked(library: Result<&Library, &OpenError>, identity: &Identity) -> Self {
        let mut facts = Self::default();
        let library = match library {
            Ok(library) => library,
            Err(error) => {
                facts.nothing_known(&error.to_string());
                facts.put_context("nvml", Ok(Value::from(error.to_string())));
                return facts;
            }
        };
        facts.put_context("nvml", library.version().map(Value::from));
        facts.put_context("gpus", library.count().map(Value::from));
        match library.gpu(identity) {
            Ok(gpu) => facts.of_gpu(&gpu),
            Err(why) => {
                facts.nothing_known(&why.to_string());
                facts.put_context("gpu-unknown", Ok(Value::from(why.to_string())));
            }
        }
        facts.put("driver", library.driver_version().map(Value::from));
        facts
    }

    fn nothing_known(&mut self, why: &str) {
        for name in COMPARABILITY {
            self.put(name, Err(Unknown::Other(why.to_owned())));
        }
    }

    fn of_gpu(&mut self, gpu: &Gpu<'_>) {
        self.put("max-sm-mhz", gpu.max_sm_clock().map(Value::from));
        self.put("max-memory-mhz", gpu.max_memory_clock().map(Value::from));
        self.put("power-limit-w", gpu.power_limit().map(Value::from));
        let mode = |on: bool| Value::from(if on { "enabled" } else { "disabled" });
        let listed = gpu.processes();
        let facts = [
            (
                "application-sm-mhz",
                gpu.application_clock().map(Value::from),
            ),
            (
                "clock-event-reasons",
                gpu.clock_event_reasons().map(Value::from),
            ),
            ("compute-mode", gpu.compute_mode().map(Value::from)),
            ("ecc-after-reboot", gpu.ecc().map(|ecc| mode(ecc.pending))),
            ("gpu-whole-uuid", gpu.whole_uuid().map(Value::from)),
            ("memory-mhz", gpu.memory_clock().map(Value::from)),
            ("mig-mode", gpu.mig().map(|mig| mode(mig.now))),
            ("persistence-mode", gpu.persistence().map(mode)),
            (
                "power-limit-enforced-w",
                gpu.enforced_power_limit().map(Value::from),
            ),
            ("power-w", gpu.power().map(Value::from)),
            ("sm-mhz", gpu.sm_clock().map(Value::from)),
            ("gpu-temperature-c", gpu.temperature().map(Value::from)),
            ("vbios", gpu.vbios().map(Value::from)),
        ];
        for (name, answer) in facts {
            self.put_context(name, answer);
        }
        let exclusivity = exclusivity(&listed, sees_host_processes());
        self.put_context("gpu-exclusivity", Ok(Value::from(exclusivity)));
        self.put_context("gpu-processes", listed.map(|found| in_words(&found)));
    }

    /// A fact that results depend on: null where it isn't known, and then context has the reason.
    fn put(&mut self, name: &str, answer: Answer<Value>) {
        let value = match answer {
            Ok(value) => {
                self.context.remove(name);
                value
            }
            Err(why) => {
                let reason = Value::from(format!("unknown: {why}"));
                self.context.insert(name.to_owned(), reason);
                Value::Null
            }
        };
        self.comparability.insert(name.to_owned(), value);
    }

    /// A fact that explains results, or why it isn't known.
    fn put_context(&mut self, name: &str, answer: Answer<Value>) {
        let value = answer.unwrap_or_else(|why| Value::from(format!("unknown: {why}")));
        self.context.insert(name.to_owned(), value);
    }
}

/// Whether NVML's list of processes would show a stranger.
fn exclusivity(listed: &Answer<Vec<Process>>, host: Option<bool>) -> String {
    match (listed, host) {
        (Err(why), _) => format!("not verifiable: the GPU's processes are unknown: {why}"),
        (Ok(_), Some(true)) => "verifiable".to_owned(),
        (Ok(_), Some(false)) => {
            "not verifiable: this container has process ids of its own".to_owned()
        }
        (Ok(_), None) => {
            "not verifiable: the system doesn't tell whose process ids these are".to_owned()
        }
    }
}

/// Processes as `4242 python3`.
fn in_words(processes: &[Process]) -> Value {
    let words = processes.iter().map(Process::to_string);
    words.collect::<Vec<String>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_nvml_every_fact_is_unknown_with_the_reason() {
        let error = OpenError {
            library: "libnvidia-ml.so.1".to_owned(),
            why: Unknown::Library("no such file".to_owned()),
        };
        let facts = Facts::collect(Err(&error), &Identity::default(), None);
        assert_eq!(facts.comparability.len(), COMPARABILITY.len());
        for (name, value) in &facts.comparability {
            assert_eq!(value, &Value::Null, "{name}");
            assert_eq!(
                facts.context[name],
                "unknown: NVML (libnvidia-ml.so.1): can't be opened: no such file"
            );
        }
        let module = Some("580.159.04".to_owned());
        let facts = Facts::collect(Err(&error), &Identity::default(), module);
        assert_eq!(facts.comparability["driver"], "580.159.04");
        assert!(!facts.context.contains_key("driver"));
    }

    #[test]
    fn strangers_are_seen_only_where_ids_are_the_host_s() {
        let table = [
            (Ok(Vec::new()), Some(true), true),
            (Ok(Vec::new()), Some(false), false),
            (Ok(Vec::new()), None, false),
            (Err(Unknown::NotPermitted), Some(true), false),
        ];
        for (listed, host, verifiable) in table {
            let found = exclusivity(&listed, host);
            assert_eq!(found == "verifiable", verifiable, "{found}");
        }
    }
}
