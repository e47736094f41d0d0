//! What a machine can do at most, measured, and how near a case comes to it.
//!
//! No figure here comes from a datasheet: a ceiling that was not measured is not there.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Name;
use crate::record::{CaseHeader, Precision, Work};

/// What a ceiling bounds. Baselines and reports hold its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&str")]
pub enum Ceiling {
    /// Bytes that are read from device memory.
    Read,
    /// Bytes that are written to device memory.
    Write,
    /// Bytes that are read from and written to device memory, half each.
    Copy,
    /// Bytes that are read from the L2 cache.
    L2,
    /// Bytes that are read from shared memory.
    Shared,
    /// Operations in a precision, a multiply-add being two.
    Operations(Precision),
}

impl Ceiling {
    /// Every ceiling, those of bytes first.
    pub fn all() -> impl Iterator<Item = Self> {
        let bytes = [Self::Read, Self::Write, Self::Copy, Self::L2, Self::Shared];
        let operations = Precision::ALL.into_iter().map(Self::Operations);
        bytes.into_iter().chain(operations)
    }

    /// The name in tags, baselines and reports: `read`, and of operations their precision: `fp32`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Copy => "copy",
            Self::L2 => "l2",
            Self::Shared => "shared",
            Self::Operations(precision) => precision.name(),
        }
    }

    /// The ceiling that a workload with these tags measures: `ceiling-read` and its like.
    pub fn of_tags(tags: &[Name]) -> Option<Self> {
        let named = |ceiling: &Self| {
            let is_it = |tag: &Name| tag.as_str().strip_prefix("ceiling-") == Some(ceiling.name());
            tags.iter().any(is_it)
        };
        Self::all().find(named)
    }

    /// Whether it bounds operations; else it bounds bytes.
    pub fn is_of_operations(self) -> bool {
        matches!(self, Self::Operations(_))
    }

    /// The part of `work` that it bounds: bytes, or operations. None where the suite doesn't state it.
    pub fn share_of(self, work: &Work) -> Option<f64> {
        let amount = if self.is_of_operations() {
            work.flops
        } else {
            work.bytes()
        };
        amount.filter(|amount| *amount > 0.0 && amount.is_finite())
    }
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Ceiling> for &str {
    fn from(ceiling: Ceiling) -> Self {
        ceiling.name()
    }
}

impl TryFrom<String> for Ceiling {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let found = Self::all().find(|ceiling| ceiling.name() == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::all().map(Self::name).collect();
            format!("{name:?} is no ceiling: there are {}", names.join(", "))
        })
    }
}

/// The measured ceilings of one environment, in bytes or operations a second.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ceilings(BTreeMap<Ceiling, f64>);

/// How near a case comes to the ceiling that binds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CeilingFraction {
    /// The achieved rate as a share of the ceiling's: above 1 where the work doesn't go where the ceiling lies, as
    /// with data that stays in a cache.
    pub fraction: f64,
    /// The ceiling.
    pub of: Ceiling,
}

impl Ceilings {
    /// Takes up a measurement: `amount` in `nanoseconds`. Of several of one ceiling the best counts.
    pub fn take(&mut self, ceiling: Ceiling, amount: f64, nanoseconds: f64) {
        let rate = amount / (nanoseconds * 1e-9);
        if rate > 0.0 && rate.is_finite() {
            let best = self.0.entry(ceiling).or_insert(rate);
            *best = best.max(rate);
        }
    }

    /// A ceiling in bytes or operations a second, where it was measured.
    pub fn get(&self, ceiling: Ceiling) -> Option<f64> {
        self.0.get(&ceiling).copied()
    }

    /// The measured ones, in bytes or operations a second.
    pub fn each(&self) -> impl Iterator<Item = (Ceiling, f64)> {
        self.0.iter().map(|(ceiling, rate)| (*ceiling, *rate))
    }

    /// Whether none was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How near a planned case that takes `nanoseconds` comes to what bounds it, where ceilings do.
    pub fn of_case(&self, case: &CaseHeader, nanoseconds: f64) -> Option<CeilingFraction> {
        case.has_ceilings()
            .then(|| self.fraction(&case.tags, &case.work, nanoseconds))
            .flatten()
    }

    /// How near `work` in `nanoseconds` comes to what bounds it; none where nothing that was measured does.
    ///
    /// Memory is one bound, arithmetic the other, and the higher share is the binding one, as in a roofline (Williams,
    /// Waterman & Patterson 2009). A workload that measures a ceiling itself is held against that one alone.
    pub fn fraction(
        &self,
        tags: &[Name],
        work: &Work,
        nanoseconds: f64,
    ) -> Option<CeilingFraction> {
        let bounds = self.bounds(tags, work, nanoseconds).into_iter();
        bounds.max_by(|a, b| a.fraction.total_cmp(&b.fraction))
    }

    /// How near `work` in `nanoseconds` comes to each measured ceiling that bounds it, memory first: at most two.
    pub fn bounds(&self, tags: &[Name], work: &Work, nanoseconds: f64) -> Vec<CeilingFraction> {
        let of_its_own = |of: Ceiling| Some((of, of.share_of(work)?, self.get(of)?));
        let precision = work.precision.unwrap_or(Precision::Fp32);
        let bounds = match Ceiling::of_tags(tags) {
            Some(own) => [of_its_own(own), None],
            None => [
                self.memory(work),
                of_its_own(Ceiling::Operations(precision)),
            ],
        };
        let shares = bounds.into_iter().flatten().map(|(of, amount, limit)| {
            let fraction = amount / (nanoseconds * 1e-9) / limit;
            CeilingFraction { fraction, of }
        });
        shares.filter(|found| found.fraction.is_finite()).collect()
    }

    /// The ceiling of what `work` moves, by name, with its bytes and the limit in bytes a second.
    ///
    /// What only reads is held against `read`, what only writes against `write`, and what does as much of both against
    /// `copy`. Between them bytes weigh: so many at the speed of a copy, the others at that of reading or writing. The
    /// name is that of the larger part.
    fn memory(&self, work: &Work) -> Option<(Ceiling, f64, f64)> {
        let bytes = Ceiling::Copy.share_of(work)?;
        let written = work.writes.unwrap_or(0.0) / bytes;
        let pure = if written > 0.5 {
            Ceiling::Write
        } else {
            Ceiling::Read
        };
        let copied = 2.0 * written.min(1.0 - written);
        let mut cost = 0.0;
        for (part, of) in [(copied, Ceiling::Copy), (1.0 - copied, pure)] {
            if part > 0.0 {
                cost += part / self.get(of)?;
            }
        }
        let of = if copied < 0.5 { pure } else { Ceiling::Copy };
        Some((of, bytes, 1.0 / cost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn work(reads: f64, writes: f64, flops: f64) -> Work {
        let some = |amount: f64| (amount > 0.0).then_some(amount);
        Work {
            reads: some(reads),
            writes: some(writes),
            flops: some(flops),
            ..Work::default()
        }
    }

    fn in_bf16(work: Work) -> Work {
        Work {
            precision: Some(Precision::Bf16),
            ..work
        }
    }

    /// Work and tags, and the share of the ceiling that binds them.
    type Expected = (Work, &'static [&'static str], Option<(f64, Ceiling)>);

    /// 4 bytes a nanosecond read, 2 written, 3 copied, 100 from L2; 50 operations.
    fn measured() -> Ceilings {
        let mut ceilings = Ceilings::default();
        ceilings.take(Ceiling::Read, 4000.0, 1000.0);
        ceilings.take(Ceiling::Write, 2000.0, 1000.0);
        ceilings.take(Ceiling::Copy, 3000.0, 1000.0);
        ceilings.take(Ceiling::L2, 100.0, 1.0);
        ceilings.take(Ceiling::Operations(Precision::Fp32), 50.0, 1.0);
        ceilings.take(Ceiling::Operations(Precision::Fp64), 25.0, 1.0);
        ceilings.take(Ceiling::Operations(Precision::Bf16), 1000.0, 1.0);
        ceilings
    }

    fn tags(tags: &[&str]) -> Vec<Name> {
        let tags = tags.iter();
        tags.map(|tag| Name::new(tag).expect("a name")).collect()
    }

    #[test]
    fn the_binding_ceiling_is_the_nearest() {
        let table: [Expected; 16] = [
            (work(2000.0, 0.0, 0.0), &[], Some((0.5, Ceiling::Read))),
            (work(0.0, 1500.0, 0.0), &[], Some((0.75, Ceiling::Write))),
            (work(750.0, 750.0, 0.0), &[], Some((0.5, Ceiling::Copy))),
            // A quarter at 4, three quarters at 3 bytes a nanosecond: 3.2.
            (work(1000.0, 600.0, 0.0), &[], Some((0.5, Ceiling::Copy))),
            // Three quarters at 4 or 2, a quarter at 3.
            (
                work(875.0, 125.0, 0.0),
                &[],
                Some((0.270_833, Ceiling::Read)),
            ),
            (
                work(125.0, 875.0, 0.0),
                &[],
                Some((0.458_333, Ceiling::Write)),
            ),
            (work(750.0, 750.0, 1e4), &[], Some((0.5, Ceiling::Copy))),
            (
                work(750.0, 750.0, 4e4),
                &["x"],
                Some((0.8, Ceiling::Operations(Precision::Fp32))),
            ),
            (
                work(0.0, 0.0, 5e3),
                &[],
                Some((0.1, Ceiling::Operations(Precision::Fp32))),
            ),
            (
                work(0.0, 0.0, 5e3),
                &["ceiling-fp64"],
                Some((0.2, Ceiling::Operations(Precision::Fp64))),
            ),
            // Tensor cores are held against their own ceiling, which a slower one of CUDA cores can't bind.
            (
                in_bf16(work(0.0, 0.0, 4e5)),
                &[],
                Some((0.4, Ceiling::Operations(Precision::Bf16))),
            ),
            (
                in_bf16(work(750.0, 750.0, 4e5)),
                &[],
                Some((0.5, Ceiling::Copy)),
            ),
            // One that was not measured bounds nothing.
            (
                Work {
                    precision: Some(Precision::Fp8),
                    ..work(0.0, 0.0, 4e5)
                },
                &[],
                None,
            ),
            (work(0.0, 0.0, 0.0), &[], None),
            (
                work(5e4, 0.0, 0.0),
                &["ceiling-l2"],
                Some((0.5, Ceiling::L2)),
            ),
            (work(5e4, 0.0, 0.0), &["ceiling-shared"], None),
        ];
        for (work, names, expected) in table {
            let found = measured().fraction(&tags(names), &work, 1000.0);
            let named = |found: CeilingFraction| found.of;
            assert_eq!(
                found.map(named),
                expected.map(|(_, of)| of),
                "{work:?} {names:?}"
            );
            if let (Some(found), Some((share, _))) = (found, expected) {
                assert!((found.fraction - share).abs() < 1e-6, "{work:?}: {found:?}");
            }
        }
    }

    #[test]
    fn without_measurements_nothing_is_said_and_the_best_of_several_counts() {
        let busy = work(1e3, 1e3, 1e3);
        assert_eq!(Ceilings::default().fraction(&[], &busy, 1e3), None);
        assert!(Ceilings::default().is_empty());
        let mut ceilings = Ceilings::default();
        for nanoseconds in [2.0, 1.0, 4.0] {
            ceilings.take(Ceiling::Copy, 8.0, nanoseconds);
        }
        let best = ceilings.get(Ceiling::Copy).expect("the best");
        assert!((best / 8e9 - 1.0).abs() < 1e-12, "{best}");
        for (amount, nanoseconds) in [(1.0, 0.0), (0.0, 1.0), (f64::NAN, 1.0), (-1.0, 1.0)] {
            ceilings.take(Ceiling::Read, amount, nanoseconds);
        }
        assert_eq!(ceilings.get(Ceiling::Read), None);
    }

    #[test]
    fn tags_name_ceilings() {
        for ceiling in Ceiling::all() {
            let tag = format!("ceiling-{ceiling}");
            assert_eq!(Ceiling::of_tags(&tags(&["memory", &tag])), Some(ceiling));
        }
        for none in ["read", "ceiling", "ceiling-", "ceiling-fp128"] {
            assert_eq!(Ceiling::of_tags(&tags(&[none])), None, "{none}");
        }
    }

    #[test]
    fn files_hold_names() {
        let names: Vec<&str> = Ceiling::all().map(Ceiling::name).collect();
        let expected = [
            "read", "write", "copy", "l2", "shared", "fp32", "fp64", "tf32", "fp16", "bf16", "fp8",
        ];
        assert_eq!(names, expected);
        for ceiling in Ceiling::all() {
            let text = serde_json::to_string(&ceiling).expect("JSON");
            assert_eq!(text, format!("\"{ceiling}\""));
            assert_eq!(serde_json::from_str::<Ceiling>(&text).ok(), Some(ceiling));
        }
        let wrong = serde_json::from_str::<Ceiling>("\"fp128\"").expect_err("no ceiling");
        let expected = format!("\"fp128\" is no ceiling: there are {}", expected.join(", "));
        assert_eq!(wrong.to_string(), expected);
    }

    proptest! {
        #[test]
        fn any_work_has_a_finite_fraction_or_none(
            reads in prop::num::f64::ANY, writes in prop::num::f64::ANY, flops in prop::num::f64::ANY,
            time in prop::num::f64::ANY,
        ) {
            let work = Work { reads: Some(reads), writes: Some(writes), flops: Some(flops), ..Work::default() };
            if let Some(found) = measured().fraction(&[], &work, time) {
                prop_assert!(found.fraction.is_finite());
            }
        }
    }
}
