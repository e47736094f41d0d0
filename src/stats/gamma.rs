//! The derivatives of the log of the gamma function, which the moments of log-variances are made of.

pub use statrs::function::gamma::digamma;

/// The second derivative of ln gamma at `x` above 0; infinite at 0, NaN below.
///
/// Abramowitz & Stegun 6.4.12 (asymptotic series) from 15 on, and below it 6.4.6, psi'(x) = psi'(x + 1) + 1 / x^2.
pub fn trigamma(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 15.0 {
        if x == 0.0 {
            return f64::INFINITY;
        }
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let bernoulli = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0];
    let series = bernoulli
        .iter()
        .rev()
        .fold(0.0, |sum, b| (sum + b) * square);
    sum + 1.0 / x + square / 2.0 + series / x
}

/// The x at which [`trigamma`] is `y`; infinite for 0 and less, NaN for NaN.
pub fn inverse_trigamma(y: f64) -> f64 {
    if y.is_nan() {
        return f64::NAN;
    }
    if y <= 0.0 {
        return f64::INFINITY;
    }
    // Falling from 1 / x^2 near 0 to 1 / x: between these two it lies.
    let (mut low, mut high) = (
        (1.0 / y).min((1.0 / y).sqrt()) / 2.0,
        1.0 / y + (2.0 / y).sqrt() + 1.0,
    );
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if trigamma(middle) > y {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_and_ends() {
        let basel = std::f64::consts::PI.powi(2) / 6.0;
        assert!((trigamma(1.0) - basel).abs() < 1e-14);
        assert!((trigamma(0.5) - 3.0 * basel).abs() < 1e-13);
        assert!(
            trigamma(0.0).is_infinite() && trigamma(-1.0).is_nan() && trigamma(f64::NAN).is_nan()
        );
        assert!(inverse_trigamma(0.0).is_infinite() && inverse_trigamma(f64::NAN).is_nan());
    }

    #[test]
    fn the_inverse_inverts() {
        for x in [1e-3, 0.1, 0.5, 1.0, 3.7, 20.0, 1e4] {
            let found = inverse_trigamma(trigamma(x));
            assert!((found / x - 1.0).abs() < 1e-9, "{x}: {found}");
        }
    }
}
