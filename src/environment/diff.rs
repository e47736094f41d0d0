//! In what two environments differ.

use serde::Serialize;
use serde_json::Value;

use crate::record::Environment;

/// The group of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// It decides whether results are compared.
    Comparability,
    /// It explains them.
    Context,
}

/// A fact that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Its group.
    pub group: Group,
    /// Its name.
    pub fact: String,
    /// What it is in the first environment; none where that lacks it.
    pub a: Option<Value>,
    /// What it is in the second.
    pub b: Option<Value>,
}

impl Difference {
    /// Whether it makes the two environments incomparable.
    pub fn breaks_comparability(&self) -> bool {
        self.group == Group::Comparability
    }
}

/// Every fact in which `a` and `b` differ: first those of comparability, each group by name.
pub fn diff(a: &Environment, b: &Environment) -> Vec<Difference> {
    let groups = [
        (Group::Comparability, &a.comparability, &b.comparability),
        (Group::Context, &a.context, &b.context),
    ];
    let mut found = Vec::new();
    for (group, a, b) in groups {
        let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        let differing = names
            .into_iter()
            .filter(|name| a.get(*name) != b.get(*name));
        found.extend(differing.map(|name| Difference {
            group,
            fact: name.clone(),
            a: a.get(name).cloned(),
            b: b.get(name).cloned(),
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn facts(facts: &[(&str, &str)]) -> BTreeMap<String, Value> {
        let facts = facts.iter();
        facts
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect()
    }

    fn environment(comparability: &[(&str, &str)], context: &[(&str, &str)]) -> Environment {
        Environment {
            key: String::new(),
            comparability: facts(comparability),
            context: facts(context),
        }
    }

    #[test]
    fn each_fact_that_differs_is_named_with_its_group() {
        let a = environment(
            &[("cpu", "x"), ("driver", "1")],
            &[("hostname", "a"), ("load", "1")],
        );
        let b = environment(
            &[("cpu", "y"), ("threads", "2")],
            &[("hostname", "b"), ("load", "1")],
        );
        let found = diff(&a, &b);
        let names: Vec<(&str, bool)> = found
            .iter()
            .map(|difference| (difference.fact.as_str(), difference.breaks_comparability()))
            .collect();
        assert_eq!(
            names,
            [
                ("cpu", true),
                ("driver", true),
                ("threads", true),
                ("hostname", false)
            ]
        );
        assert_eq!((&found[1].a, &found[1].b), (&Some(Value::from("1")), &None));
        assert_eq!(diff(&a, &a), []);
    }
}
