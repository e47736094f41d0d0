//! A price as rates: money a second and money a joule.

use std::fmt::Write;

use crate::record::Price;
use crate::units::significant;

/// Seconds of a month of 365.25 / 12 days, as volumes have it.
pub const SECONDS_A_MONTH: f64 = 365.25 / 12.0 * 86_400.0;

/// Joules of a kilowatt hour.
const JOULES_A_KWH: f64 = 3.6e6;

/// What a second of a case's time costs: the hour's price over 3,600, times the GPUs that it occupies, over the share of
/// paid hours in which they work.
pub fn gpu_price(price: &Price) -> f64 {
    price.gpu_hour / 3600.0 * price.gpu_share / price.utilisation_share
}

/// What a joule at the GPU costs where energy has a price of its own: the price of a kilowatt hour over 3.6e6 joules,
/// times PUE, which is energy of the site over that of its machines (ISO/IEC 30134-2).
pub fn energy_price(price: &Price) -> Option<f64> {
    price.energy_kwh.map(|kwh| kwh / JOULES_A_KWH * price.pue)
}

/// The inputs beside the prices, in words: `GPU share 1, utilisation share 0.6000`; PUE where energy has a price.
pub fn inputs(price: &Price) -> String {
    let mut inputs = vec![
        format!("GPU share {}", plain(price.gpu_share)),
        format!("utilisation share {}", plain(price.utilisation_share)),
    ];
    if price.energy_kwh.is_some() {
        inputs.push(format!("PUE {}", plain(price.pue)));
    }
    inputs.join(", ")
}

/// All that costs rest on, in words: `2.99 USD a GPU hour (list price, 2026-11-01), GPU share 1, utilisation share 1`.
pub fn terms(price: &Price) -> String {
    let currency = &price.currency;
    let mut prices = format!("{} {currency} a GPU hour", plain(price.gpu_hour));
    if let Some(kwh) = price.energy_kwh {
        let _ = write!(prices, " and {} {currency} a kWh", plain(kwh));
    }
    let date = price.date.map(|date| date.to_string());
    let from: Vec<String> = price.source.clone().into_iter().chain(date).collect();
    let from = match from.as_slice() {
        [] => String::new(),
        from => format!(" ({})", from.join(", ")),
    };
    format!("{prices}{from}, {}", inputs(price))
}

/// A number as people write it: in full where it is short, else with 4 significant digits.
fn plain(value: f64) -> String {
    let full = value.to_string();
    if full.len() <= 8 {
        full
    } else {
        significant(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price() -> Price {
        Price {
            currency: "USD".to_owned(),
            gpu_hour: 3.6,
            energy_kwh: None,
            source: None,
            date: None,
            gpu_share: 1.0,
            utilisation_share: 1.0,
            pue: 1.0,
        }
    }

    #[test]
    fn a_second_and_a_joule_have_prices() {
        let table = [
            (price(), 0.001, None),
            (
                Price {
                    gpu_share: 0.5,
                    ..price()
                },
                0.0005,
                None,
            ),
            (
                Price {
                    gpu_share: 8.0,
                    utilisation_share: 0.5,
                    ..price()
                },
                0.016,
                None,
            ),
            (
                Price {
                    energy_kwh: Some(0.36),
                    pue: 1.5,
                    ..price()
                },
                0.001,
                Some(1.5e-7),
            ),
        ];
        for (price, second, joule) in table {
            assert!((gpu_price(&price) - second).abs() < 1e-15, "{price:?}");
            match (energy_price(&price), joule) {
                (Some(found), Some(joule)) => assert!((found - joule).abs() < 1e-20),
                (found, joule) => assert_eq!(found, joule),
            }
        }
    }

    #[test]
    fn prices_are_told_with_all_that_they_rest_on() {
        assert_eq!(
            terms(&price()),
            "3.6 USD a GPU hour, GPU share 1, utilisation share 1"
        );
        let whole = Price {
            energy_kwh: Some(0.1),
            source: Some("list price".to_owned()),
            date: Some(jiff::civil::date(2026, 11, 1)),
            gpu_share: 1.0 / 7.0,
            pue: 1.3,
            ..price()
        };
        assert_eq!(
            terms(&whole),
            "3.6 USD a GPU hour and 0.1 USD a kWh (list price, 2026-11-01), GPU share 0.1429, utilisation share 1, PUE 1.3"
        );
    }
}
