//! Simulated series, for the null distribution of change points and for tests.

use crate::rng::Sequence;

/// Standard normal values by the polar form of two uniform ones (Box & Muller 1958), two at a time.
fn normal_pair(sequence: &mut Sequence) -> [f64; 2] {
    /// 2^53: every such share is a double of its own, and none is 0.
    const STEPS: f64 = 9_007_199_254_740_992.0;
    let mut share = || ((sequence.bits() >> 11) as f64 + 0.5) / STEPS;
    let radius = (-2.0 * share().ln()).sqrt();
    let (sine, cosine) = (std::f64::consts::TAU * share()).sin_cos();
    [radius * cosine, radius * sine]
}

/// `n` values of a stationary AR(1) process of unit variance whose lag-1 autocorrelation is `phi` (below 1).
pub fn autoregressive(sequence: &mut Sequence, n: usize, phi: f64) -> Vec<f64> {
    let innovation = (1.0 - phi * phi).sqrt();
    let mut values: Vec<f64> = Vec::with_capacity(n + 1);
    while values.len() < n {
        for draw in normal_pair(sequence) {
            let next = match values.last() {
                Some(last) => phi * last + innovation * draw,
                None => draw,
            };
            values.push(next);
        }
    }
    values.truncate(n);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_its_variance_and_autocorrelation() {
        for phi in [0.0, 0.5, 0.9] {
            let values = autoregressive(&mut Sequence::new(7), 100_000, phi);
            let n = values.len() as f64;
            let variance = values.iter().map(|value| value * value).sum::<f64>() / n;
            let product = values.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / n;
            assert!((variance - 1.0).abs() < 0.05, "{phi}: {variance}");
            assert!((product / variance - phi).abs() < 0.02, "{phi}: {product}");
        }
    }
}
