//! Facts that explain a result and don't gate its comparison.

use std::collections::BTreeMap;

use serde_json::Value;

use super::linux;

/// The context of this process.
pub fn collect() -> BTreeMap<String, Value> {
    let name = rustix::system::uname();
    let mut facts = BTreeMap::from([
        (
            "kernel".to_owned(),
            Value::from(name.release().to_string_lossy()),
        ),
        (
            "hostname".to_owned(),
            Value::from(name.nodename().to_string_lossy()),
        ),
    ]);
    if let Some(load) = linux::load() {
        facts.insert("load".to_owned(), Value::from(load.to_vec()));
    }
    let governors = linux::governors();
    if !governors.is_empty() {
        facts.insert("cpu-governor".to_owned(), Value::from(governors));
    }
    facts
}
