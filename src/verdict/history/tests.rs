//! What series of every sort are said to be, and how often wrongly.

use super::*;
use crate::rng::Sequence;
use crate::stats::change_points::candidate;
use crate::stats::simulated::autoregressive;

const NIGHTS: usize = 90;
/// The noise from night to night, as a share: what kernels show.
const SIGMA: f64 = 0.002;
const RULE: Rule = Rule {
    alarm: ALARM,
    min_effect: Some(0.005),
};

/// A series of noise and what `change` adds to each night, in units of the noise.
fn nights(sequence: &mut Sequence, phi: f64, change: impl Fn(usize) -> f64) -> Nights {
    let noise = autoregressive(sequence, NIGHTS, phi);
    let logs = noise.iter().enumerate();
    Nights {
        days: (0..NIGHTS).map(|night| night as f64).collect(),
        logs: logs
            .map(|(night, noise)| 9.0 + SIGMA * (noise + change(night)))
            .collect(),
    }
}

/// The end of the one-sided 95 % interval of a share: `found` of `all`, by the normal approximation of Wilson 1927.
fn bound(found: usize, all: usize, side: f64) -> f64 {
    let z = 1.645 * side;
    let (x, n) = (found as f64 / all as f64, all as f64);
    let middle = x + z * z / (2.0 * n);
    let half = z * (x * (1.0 - x) / n + z * z / (4.0 * n * n)).sqrt();
    (middle + half) / (1.0 + z * z / n)
}

fn upper(found: usize, all: usize) -> f64 {
    bound(found, all, 1.0)
}

fn lower(found: usize, all: usize) -> f64 {
    bound(found, all, -1.0)
}

/// Of 2,000 series without a change, at most as many as are asked for have any change point at p 0.05, whatever the
/// floors and the trends would take of them.
#[test]
fn quiet_series_have_few_change_points() {
    const SERIES: usize = 2_000;
    for (phi, most) in [(0.0, 0.06), (0.3, 0.09), (0.5, 0.16)] {
        let mut sequence = Sequence::new(5);
        let found = (0..SERIES)
            .filter(|_| {
                let series = nights(&mut sequence, phi, |_| 0.0);
                candidate(&series.logs).is_some_and(|found| found.p <= 0.05)
            })
            .count();
        let bound = upper(found, SERIES);
        println!("autocorrelation {phi}: {found} of {SERIES}, at most {bound:.4}");
        assert!(bound <= most, "{phi}: {found} of {SERIES}, at most {bound}");
    }
}
