//! Money a month that a change means.

use serde::Serialize;

use super::price::{SECONDS_A_MONTH, energy_price, gpu_price};
use crate::id::CaseId;
use crate::record::{CaseHeader, Price, Unit, Volume};
use crate::stats::Interval;
use crate::verdict::Judgement;

/// More money a month, or, below 0, less: what the change of one metric of one case means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoneyMonth {
    /// The case.
    pub case: CaseId,
    /// The metric that changed: `time`, or `energy` where it has a price.
    pub metric: String,
    /// The estimate, in the currency of the suite's price.
    pub estimate: f64,
    /// Its 99 % interval.
    pub interval: Interval,
    /// The volume it rests on, as the suite states it: `2e6 / day`.
    pub volume: String,
}

/// What the change in `judgement` of `case` means a month at `volume`; none where nothing changed that costs.
///
/// The change (a share) with its interval, times what an execution of the base costs (the mean time of its processes
/// times the price of a second; of energy joules times the price of a joule), times the executions of a month of
/// 365.25 / 12 days: the volume over the items of an execution where the suite states some.
pub fn money_a_month(
    judgement: &Judgement,
    case: &CaseHeader,
    volume: &Volume,
    price: &Price,
) -> Option<MoneyMonth> {
    let change = judgement.change?;
    let base = judgement.base.mean?;
    let execution = match (judgement.metric.as_str(), judgement.unit) {
        ("time", Unit::Nanoseconds) => base * 1e-9 * gpu_price(price),
        ("energy", Unit::Joules) => base * energy_price(price)?,
        _ => return None,
    };
    let a_second = match case.work.items {
        Some(items) => volume.per_second / items,
        None => volume.per_second,
    };
    let month = execution * a_second * SECONDS_A_MONTH;
    let interval = Interval {
        low: change.interval.low * month,
        high: change.interval.high * month,
    };
    let estimate = change.estimate * month;
    let sound = [estimate, interval.low, interval.high].map(f64::is_finite) == [true; 3];
    sound.then(|| MoneyMonth {
        case: judgement.id.clone(),
        metric: judgement.metric.clone(),
        estimate,
        interval,
        volume: volume.text.clone(),
    })
}
