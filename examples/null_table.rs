//! Makes the null distribution of the change-point statistic, `src/stats/change_points/null.txt`:
//!
//!     cargo run --release --example null_table > src/stats/change_points/null.txt
//!
//! Seeds are fixed, so that a second run gives the same table. It takes a quarter of an hour on one core; a number
//! as argument makes fewer series than 500,000 a row, for a look.
#![allow(clippy::print_stdout)] // the table

use std::fmt::Write;

use warpmark::rng::Sequence;
use warpmark::stats::change_points::{LEVELS, best_split_by, residual_autocorrelation};
use warpmark::stats::scores_of_ranks;
use warpmark::stats::simulated::autoregressive;

/// Series simulated for each length and autocorrelation.
const SERIES: usize = 500_000;
/// Of them, those whose residuals are looked at.
const LOOKED_AT: usize = 20_000;
/// Fewer series than these beyond a quantile don't make one.
const FEWEST: usize = 5;

const LENGTHS: [usize; 15] = [
    10, 12, 14, 17, 20, 25, 30, 40, 50, 65, 90, 120, 170, 250, 400,
];

fn main() {
    let series = std::env::args().nth(1).and_then(|word| word.parse().ok());
    let series = series.unwrap_or(SERIES);
    println!("# Made by `cargo run --release --example null_table`: {series} series a line.");
    println!(
        "# n, autocorrelation, its median about the best split, then the statistics reached with p at most"
    );
    println!("# {LEVELS:?}; fewer where none is so rare.");
    for n in LENGTHS {
        for tenths in 0..10_u64 {
            println!("{}", line(n, tenths, series));
        }
    }
}

/// The line of a length and an autocorrelation.
fn line(n: usize, tenths: u64, series: usize) -> String {
    let phi = tenths as f64 / 10.0;
    let of_ranks = scores_of_ranks(n);
    let mut sequence = Sequence::new(n as u64 * 100 + tenths);
    let mut statistics = Vec::with_capacity(series);
    let mut left = Vec::new();
    for index in 0..series {
        let values = autoregressive(&mut sequence, n, phi);
        let Some(split) = best_split_by(&values, &of_ranks) else {
            continue;
        };
        statistics.push(split.statistic);
        if index < LOOKED_AT {
            left.push(residual_autocorrelation(&values, &[split.at]));
        }
    }
    statistics.sort_unstable_by(|a, b| b.total_cmp(a));
    left.sort_unstable_by(f64::total_cmp);
    let median = left.get(left.len() / 2).copied().unwrap_or_default();
    let mut text = format!("{n} {phi:.1} {median:.4}");
    for level in LEVELS {
        let Some(quantile) = quantile(&statistics, level) else {
            break;
        };
        let _ = write!(text, " {quantile:.4}");
    }
    text
}

/// The smallest of the falling `statistics` that at most the share `level` of them reaches; `None` where even the
/// largest is more frequent, or too few were simulated to tell.
fn quantile(statistics: &[f64], level: f64) -> Option<f64> {
    const EQUAL: f64 = 1e-6;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // below their number
    let most = (level * statistics.len() as f64) as usize;
    if most < FEWEST {
        return None;
    }
    let next = *statistics.get(most)?;
    let above = statistics[..most]
        .iter()
        .rposition(|&value| value > next + EQUAL)?;
    Some(statistics[above])
}
