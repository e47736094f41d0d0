//! Bridges between the baselines of two environments: how a series goes on where the key changes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Reviewed;
use crate::id::CaseId;
use crate::verdict::Ratio;

/// Where the series of a baseline come from. The ratios stand with the cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bridge {
    /// The key of the other end, 64 hex digits.
    pub from: String,
    /// The full hash of the commit that was measured at both ends.
    pub commit: String,
    /// The run at this end that measured it.
    pub run: String,
    /// When.
    pub measured: jiff::Timestamp,
}

/// The bridges between a suite's baselines.
#[derive(Debug, Default)]
pub struct Bridges<'a>(BTreeMap<&'a str, &'a Reviewed>);

impl<'a> Bridges<'a> {
    /// Those that `all` reviewed files of a suite hold.
    pub fn of(all: &'a [Reviewed]) -> Self {
        Self(
            all.iter()
                .map(|reviewed| (reviewed.key.as_str(), reviewed))
                .collect(),
        )
    }

    /// The keys whose series lead to `key`, the oldest first and `key` itself last. A key whose file is gone can stand
    /// at the beginning.
    pub fn lineage(&self, key: &'a str) -> Vec<&'a str> {
        let mut keys = vec![key];
        while let Some(from) = keys.last().and_then(|key| self.from(key)) {
            // Back to a machine that it came from: the circle is cut there.
            if keys.contains(&from) {
                break;
            }
            keys.push(from);
        }
        keys.reverse();
        keys
    }

    /// By what a value of a metric at the key `from` is multiplied to be one at the key `to`: the product of the
    /// bridges between. 1 where both are the same.
    ///
    /// `None` where no bridges lead from one to the other, or one of them doesn't carry the metric.
    pub fn factor(&self, [from, to]: [&'a str; 2], case: &CaseId, metric: &str) -> Option<Ratio> {
        let lineage = self.lineage(to);
        let start = lineage.iter().position(|key| *key == from)?;
        lineage[start + 1..]
            .iter()
            .try_fold(Ratio::ONE, |factor, key| {
                let ratios = &self.0.get(key)?.cases.get(case)?.ratios;
                Some(factor.then(*ratios.get(metric)?))
            })
    }

    /// The other end of the bridge to `key`.
    fn from(&self, key: &str) -> Option<&'a str> {
        let bridge = self.0.get(key)?.bridge.as_ref()?;
        Some(&bridge.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::ReviewedCase;
    use crate::id::Name;

    fn ratio(value: f64) -> Ratio {
        Ratio {
            value,
            low: value * 0.99,
            high: value / 0.99,
        }
    }

    /// A file with the ratio of a case's time, and that of another case's where there is one.
    fn file(key: &str, from: Option<&str>, ratios: &[(&str, f64)]) -> Reviewed {
        let case = |(id, value): &(&str, f64)| {
            let case = ReviewedCase {
                ratios: BTreeMap::from([("time".to_owned(), ratio(*value))]),
                ..ReviewedCase::default()
            };
            (CaseId::from_text((*id).to_owned()), case)
        };
        Reviewed {
            suite: Name::new("memory").expect("a name"),
            device: "cuda".to_owned(),
            key: key.to_owned(),
            environment: BTreeMap::new(),
            noise: None,
            bridge: from.map(|from| Bridge {
                from: from.to_owned(),
                commit: String::new(),
                run: String::new(),
                measured: jiff::Timestamp::UNIX_EPOCH,
            }),
            cases: ratios.iter().map(case).collect(),
        }
    }

    #[test]
    fn bridges_multiply_along_the_line() {
        let all = [
            file("c", Some("b"), &[("copy", 0.5)]),
            file("a", None, &[]),
            file("b", Some("a"), &[("copy", 1.2), ("triad", 1.1)]),
            file("elsewhere", Some("gone"), &[("copy", 3.0)]),
        ];
        let bridges = Bridges::of(&all);
        assert_eq!(bridges.lineage("c"), ["a", "b", "c"]);
        assert_eq!(bridges.lineage("a"), ["a"]);
        assert_eq!(bridges.lineage("elsewhere"), ["gone", "elsewhere"]);
        assert_eq!(bridges.lineage("nowhere"), ["nowhere"]);
        let factor = |ends, case: &str| {
            let factor = bridges.factor(ends, &CaseId::from_text(case.to_owned()), "time");
            factor.map(|ratio| (ratio.value * 1e9).round() / 1e9)
        };
        for (ends, case, expected) in [
            (["a", "c"], "copy", Some(0.6)),
            (["b", "c"], "copy", Some(0.5)),
            (["a", "b"], "triad", Some(1.1)),
            (["a", "c"], "triad", None),
            (["c", "a"], "copy", None),
            (["a", "a"], "copy", Some(1.0)),
            (["gone", "elsewhere"], "copy", Some(3.0)),
            (["a", "elsewhere"], "copy", None),
        ] {
            assert_eq!(factor(ends, case), expected, "{ends:?} {case}");
        }
        let copy = CaseId::from_text("copy".to_owned());
        assert_eq!(bridges.factor(["a", "b"], &copy, "energy"), None);
    }

    #[test]
    fn a_circle_ends() {
        let all = [
            file("a", Some("b"), &[("copy", 0.5)]),
            file("b", Some("a"), &[("copy", 2.0)]),
        ];
        let bridges = Bridges::of(&all);
        assert_eq!(bridges.lineage("a"), ["b", "a"]);
        assert_eq!(bridges.lineage("b"), ["a", "b"]);
    }
}
