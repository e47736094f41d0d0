//! What closing the gaps to the ceilings would save, and in which order that makes cases worth the work.

use std::cmp::Ordering;

use super::price::{SECONDS_A_MONTH, gpu_price};
use super::{Basis, Estimate, Figures};
use crate::id::CaseId;
use crate::record::CaseHeader;
use crate::stats::CeilingFraction;

/// The gap of a case to the ceiling that binds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// The case.
    pub case: CaseId,
    /// How near it comes to the ceiling.
    pub of: CeilingFraction,
    /// Seconds of an execution.
    pub seconds: Estimate,
    /// Seconds by which an execution takes longer than at the ceiling.
    pub gap: Estimate,
    /// The gap's share of the time that all measured cases of the run take together, an execution each.
    pub of_suite: f64,
    /// What it would save a month, where the workload states its volume.
    pub saving: Option<Saving>,
}

/// What a month without a gap would save.
#[derive(Debug, Clone, PartialEq)]
pub struct Saving {
    /// The volume that it rests on, as the suite states it: `2e6 / day`.
    pub volume: String,
    /// Hours of execution.
    pub hours: Estimate,
    /// Money in the currency of the suite's price, where it states one.
    pub money: Option<Estimate>,
}

/// The gaps of a run, the most worthwhile first: by what closing them would save a month, then those without a volume
/// by their share of the suite's time. Cases at or above their ceiling have none.
///
/// The time at the ceiling is the case's time times its share of the ceiling, which is the work over the ceiling's rate.
/// It counts as exact: the interval of a gap is that of the time. A month has 365.25 / 12 days; executions are the volume
/// over the items of one.
pub fn gaps(basis: &Basis<'_>) -> Vec<Gap> {
    let seconds = |case: &CaseHeader| basis.figures.get(&case.id).and_then(Figures::seconds);
    let cases = || basis.header.cases.iter();
    let suite: f64 = cases().filter_map(seconds).map(|time| time.value).sum();
    let mut found: Vec<Gap> = cases()
        .filter_map(|case| Gap::of(basis, case, seconds(case)?, suite))
        .collect();
    found.sort_by(more_worthwhile);
    found
}

impl Gap {
    fn of(basis: &Basis<'_>, case: &CaseHeader, seconds: Estimate, suite: f64) -> Option<Self> {
        let of = basis.ceilings.of_case(case, seconds.value * 1e9)?;
        if of.fraction >= 1.0 {
            return None;
        }
        let gap = seconds.less(seconds.value * of.fraction)?;
        Some(Self {
            case: case.id.clone(),
            of,
            seconds,
            gap,
            of_suite: gap.value / suite,
            saving: Saving::of(basis, case, gap),
        })
    }
}

impl Saving {
    fn of(basis: &Basis<'_>, case: &CaseHeader, gap: Estimate) -> Option<Self> {
        let volume = basis.header.volumes.get(&case.workload)?;
        let executions = volume.per_second / case.work.items.unwrap_or(1.0) * SECONDS_A_MONTH;
        let month = gap.times(executions)?;
        let price = basis.header.cost.as_ref();
        Some(Self {
            volume: volume.text.clone(),
            hours: month.times(1.0 / 3600.0)?,
            money: price.and_then(|price| month.times(gpu_price(price))),
        })
    }
}

fn more_worthwhile(a: &Gap, b: &Gap) -> Ordering {
    // All cases have one price, so that hours order as money does.
    let hours = |gap: &Gap| {
        let saving = gap.saving.as_ref();
        saving.map_or(f64::NEG_INFINITY, |saving| saving.hours.value)
    };
    hours(b)
        .total_cmp(&hours(a))
        .then_with(|| b.of_suite.total_cmp(&a.of_suite))
        .then_with(|| a.case.as_str().cmp(b.case.as_str()))
}
