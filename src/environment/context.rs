//! Facts that explain a result and don't gate its comparison.

use std::collections::BTreeMap;

use serde_json::Value;

use super::linux::Machine;
use super::variables;

/// The context of this process.
pub fn collect() -> BTreeMap<String, Value> {
    let name = rustix::system::uname();
    let mut facts = of(&Machine::this(), &|name| std::env::var(name).ok());
    facts.insert(
        "kernel".to_owned(),
        Value::from(name.release().to_string_lossy()),
    );
    facts.insert(
        "hostname".to_owned(),
        Value::from(name.nodename().to_string_lossy()),
    );
    let variables = std::env::vars_os().filter_map(|(name, value)| {
        Some((
            name.into_string().ok()?,
            value.to_string_lossy().into_owned(),
        ))
    });
    facts.extend(
        variables::relevant(variables)
            .into_iter()
            .map(|(name, value)| (format!("variable.{name}"), Value::from(value))),
    );
    facts
}

/// What the files of a machine say.
fn of(machine: &Machine, variable: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, Value> {
    let governors = machine.governors();
    let facts = [
        ("os", machine.release().map(Value::from)),
        ("container", machine.container(variable).map(Value::from)),
        (
            "cpu-governor",
            (!governors.is_empty()).then(|| Value::from(governors.join(", "))),
        ),
        ("cpu-turbo", machine.turbo().map(Value::from)),
        ("cpu-limit", machine.cpu_limit().map(Value::from)),
        ("memory-limit", machine.memory_limit().map(Value::from)),
        (
            "load",
            machine.load().map(|load| Value::from(load.to_vec())),
        ),
        (
            "cpus",
            std::thread::available_parallelism()
                .ok()
                .map(|cpus| Value::from(cpus.get())),
        ),
    ];
    let known = facts
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    known.collect()
}
