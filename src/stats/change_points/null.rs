//! How large the statistic gets where nothing changes: a table made by simulation.
//!
//! `cargo run --release --example null_table > src/stats/change_points/null.txt` makes it: for each length and
//! autocorrelation the median autocorrelation that is left about the best split of such a series, and the values
//! that the statistic exceeds with the probabilities of [`LEVELS`].

use std::sync::LazyLock;

/// The probabilities of the table's quantiles.
pub const LEVELS: [f64; 15] = [
    0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5,
];

/// The first of the levels whose quantiles give the slope of the far tail: 0.001.
const TAIL: usize = 8;

/// Statistics nearer than this are equal.
const EQUAL: f64 = 1e-6;

/// The smallest probability that is told: beyond it the tail is too far from anything simulated.
const SMALLEST: f64 = 1e-9;

/// The simulated series of one length and autocorrelation.
#[derive(Debug, Clone)]
struct Row {
    /// The median autocorrelation about the best split.
    left: f64,
    /// The smallest statistics that are reached with at most the probabilities of [`LEVELS`]; fewer where none is
    /// so rare.
    quantiles: Vec<f64>,
}

/// All rows of one length, autocorrelation rising.
#[derive(Debug, Clone)]
struct Length {
    n: usize,
    rows: Vec<Row>,
}

static TABLE: LazyLock<Vec<Length>> = LazyLock::new(|| parse(include_str!("null.txt")));

/// The table of `text`: a line has a length, an autocorrelation, the median that is left, and the quantiles.
fn parse(text: &str) -> Vec<Length> {
    let mut table: Vec<Length> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let n = words.next().and_then(|word| word.parse().ok());
        let numbers: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
        let (Some(n), [_, left, quantiles @ ..]) = (n, numbers.as_slice()) else {
            continue;
        };
        if table.last().is_none_or(|length| length.n != n) {
            table.push(Length {
                n,
                rows: Vec::new(),
            });
        }
        if let Some(length) = table.last_mut() {
            length.rows.push(Row {
                left: *left,
                quantiles: quantiles.to_vec(),
            });
        }
    }
    table
}

/// The probability that `n` values without a change, with the autocorrelation `left` about their best split, have a
/// `statistic` as large; 1e-9 at least.
pub fn p_value(statistic: f64, n: usize, left: f64) -> f64 {
    let ln_p = between_lengths(n, |length| length.ln_p(statistic, length.place_of(left)));
    ln_p.exp().clamp(SMALLEST, 1.0)
}

/// The same for series of the autocorrelation `phi` itself.
pub(super) fn p_value_of_phi(statistic: f64, n: usize, phi: f64) -> f64 {
    let ln_p = between_lengths(n, |length| {
        length.ln_p(statistic, phi.clamp(0.0, 0.9) * 10.0)
    });
    ln_p.exp().clamp(SMALLEST, 1.0)
}

/// The autocorrelation, 0 to 0.9, of series of `n` values that leave `left` about their best split.
pub fn corrected(n: usize, left: f64) -> f64 {
    between_lengths(n, |length| length.place_of(left) / 10.0)
}

/// A value for `n`, between those of the nearest lengths of the table by the logarithm of n; longer series take
/// the longest.
fn between_lengths(n: usize, value: impl Fn(&Length) -> f64) -> f64 {
    let place = TABLE.partition_point(|length| length.n < n);
    let above = TABLE.get(place);
    let below = place.checked_sub(1).and_then(|place| TABLE.get(place));
    match (below, above) {
        (Some(below), Some(above)) => {
            let ln = |n: usize| (n as f64).ln();
            let share = (ln(n) - ln(below.n)) / (ln(above.n) - ln(below.n));
            value(below) * (1.0 - share) + value(above) * share
        }
        (Some(only), None) | (None, Some(only)) => value(only),
        (None, None) => 0.0,
    }
}

impl Length {
    /// Between which rows `left` lies: 0 for the first and below, 2.5 in the middle between the third and fourth.
    fn place_of(&self, left: f64) -> f64 {
        let above = self.rows.partition_point(|row| row.left < left);
        if above == 0 {
            return 0.0;
        }
        let (Some(upper), Some(lower)) = (self.rows.get(above), self.rows.get(above - 1)) else {
            return self.rows.len().saturating_sub(1) as f64;
        };
        (above - 1) as f64 + (left - lower.left) / (upper.left - lower.left)
    }

    /// The logarithm of the probability at a place between rows.
    fn ln_p(&self, statistic: f64, place: f64) -> f64 {
        let lower = place.floor();
        let share = place - lower;
        // A place lies within the rows, which are few.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let index = lower as usize;
        let of = |index: usize| self.rows.get(index).map(|row| row.ln_p(statistic));
        match (of(index), of(index + 1)) {
            (Some(below), Some(above)) => below * (1.0 - share) + above * share,
            (Some(only), None) => only,
            (None, _) => 0.0,
        }
    }
}

impl Row {
    /// The logarithm of the probability of a statistic as large: between quantiles linear in the statistic's square,
    /// as the tail of a normal distribution nearly is; beyond the last one with the slope of the tail, where the
    /// statistic's own tail is lighter.
    fn ln_p(&self, statistic: f64) -> f64 {
        let square = (statistic + EQUAL).powi(2);
        let points: Vec<(f64, f64)> = std::iter::once((0.0, 0.0))
            .chain(
                self.quantiles
                    .iter()
                    .map(|quantile| quantile * quantile)
                    .zip(LEVELS.map(f64::ln)),
            )
            .collect();
        let above = points.partition_point(|(at, _)| *at <= square);
        let line = |(x0, y0): (f64, f64), (x1, y1): (f64, f64)| {
            if x1 > x0 {
                y0 + (y1 - y0) * (square - x0) / (x1 - x0)
            } else {
                y1
            }
        };
        let last = points.len() - 1;
        if above <= last {
            return line(points[above.max(1) - 1], points[above.max(1)]);
        }
        if last < LEVELS.len() || last <= TAIL + 1 {
            // Nothing is rarer: the series is too short.
            return points[last].1;
        }
        line(points[TAIL + 1], points[last])
    }
}
