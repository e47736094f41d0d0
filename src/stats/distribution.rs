//! Student's t and Fisher's F over the regularised incomplete beta function of `statrs`.
//!
//! Survival functions are computed directly, never as 1 - cdf, so that far tails keep their digits. Quantiles
//! are found by Newton's method on the log of the survival function: `statrs` inverts the beta function to fewer
//! digits than the survival functions have.

use std::cmp::Ordering;

use statrs::function::beta::{checked_beta_reg, checked_ln_beta};

/// P(T > t) for Student's t with `freedom` degrees of freedom (above 0); NaN where an argument is NaN.
///
/// Abramowitz & Stegun 26.7.1: half of I(x; freedom / 2, 1 / 2) at x = freedom / (freedom + t^2) for t >= 0.
pub fn student_sf(t: f64, freedom: f64) -> f64 {
    if t.is_nan() || freedom.is_nan() {
        return f64::NAN;
    }
    if t < 0.0 {
        return 1.0 - student_sf(-t, freedom);
    }
    let tail = if t.is_infinite() {
        0.0
    } else {
        // Not freedom / (freedom + t * t): t * t may overflow where the ratio does not.
        1.0 / (1.0 + t / freedom * t)
    };
    0.5 * beta(freedom / 2.0, 0.5, tail)
}

/// The t with P(T > t) = `upper` for Student's t; NaN unless `upper` lies within 0 and 1 and `freedom` above 0.
pub fn student_quantile(upper: f64, freedom: f64) -> f64 {
    match upper.partial_cmp(&0.5) {
        Some(Ordering::Greater) => return -student_quantile(1.0 - upper, freedom),
        Some(Ordering::Equal) => return 0.0,
        Some(Ordering::Less) | None => {}
    }
    let ln_scale = 0.5 * freedom.ln() + ln_beta(freedom / 2.0, 0.5);
    invert(upper, |t| {
        let ln_density = -ln_scale - f64::midpoint(freedom, 1.0) * (t / freedom * t).ln_1p();
        (student_sf(t, freedom), ln_density.exp())
    })
}

/// P(F > f) for Fisher's F with `numerator` and `denominator` degrees of freedom (above 0).
///
/// Abramowitz & Stegun 26.6.2: I(x; denominator / 2, numerator / 2) at x = denominator / (denominator + numerator f).
pub fn fisher_sf(f: f64, numerator: f64, denominator: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    beta(
        denominator / 2.0,
        numerator / 2.0,
        1.0 / (1.0 + f * (numerator / denominator)),
    )
}

/// The f with P(F > f) = `upper` for Fisher's F; NaN unless `upper` lies within 0 and 1.
pub fn fisher_quantile(upper: f64, numerator: f64, denominator: f64) -> f64 {
    let (a, b) = (numerator / 2.0, denominator / 2.0);
    let ratio = numerator / denominator;
    let ln_scale = ln_beta(a, b) - a * ratio.ln();
    invert(upper, |f| {
        let ln_density = (a - 1.0) * f.ln() - (a + b) * (ratio * f).ln_1p() - ln_scale;
        (fisher_sf(f, numerator, denominator), ln_density.exp())
    })
}

/// The positive x at which a survival function, given with its density, equals `upper`.
fn invert(upper: f64, curve: impl Fn(f64) -> (f64, f64)) -> f64 {
    if !(0.0..=1.0).contains(&upper) {
        return f64::NAN;
    }
    if upper == 0.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let mut x = 1.0_f64.max((-2.0 * upper.ln()).sqrt());
    for _ in 0..200 {
        let (survival, density) = curve(x);
        if survival.is_nan() {
            return f64::NAN;
        }
        if survival > upper {
            low = x;
        } else {
            high = x;
        }
        let newton = x + (survival / upper).ln() * survival / density;
        let next = if newton > low && newton < high && newton.is_finite() {
            newton
        } else if high.is_infinite() {
            x * 2.0
        } else {
            f64::midpoint(low, high)
        };
        if (next - x).abs() <= 4.0 * f64::EPSILON * x {
            return next;
        }
        x = next;
    }
    x
}

/// The regularised incomplete beta function; NaN outside its domain.
fn beta(a: f64, b: f64, x: f64) -> f64 {
    checked_beta_reg(a, b, x).unwrap_or(f64::NAN)
}

/// The log of the beta function; NaN outside its domain.
fn ln_beta(a: f64, b: f64) -> f64 {
    checked_ln_beta(a, b).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // exact on purpose

    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-11 * b.abs()
    }

    #[test]
    fn one_and_two_degrees_have_closed_forms() {
        for t in [0.5_f64, 1.0, 3.0, 1e3, 1e6] {
            let cauchy = (1.0 / t).atan() / std::f64::consts::PI;
            assert!(near(student_sf(t, 1.0), cauchy), "{t}");
            let root = (2.0 + t * t).sqrt();
            let two = 1.0 / (root * (root + t));
            assert!(near(student_sf(t, 2.0), two), "{t}");
        }
    }

    #[test]
    fn quantiles_invert_the_tails() {
        for freedom in [1.0, 2.5, 8.0, 48.0, 700.0] {
            for upper in [0.4, 0.1, 0.005, 1e-6, 1e-12] {
                let t = student_quantile(upper, freedom);
                assert!(near(student_sf(t, freedom), upper), "{freedom} {upper}");
                assert_eq!(
                    student_quantile(1.0 - 0.25, freedom),
                    -student_quantile(0.25, freedom)
                );
                let f = fisher_quantile(upper, freedom, 20.0);
                assert!(
                    near(fisher_sf(f, freedom, 20.0), upper),
                    "{freedom} {upper}"
                );
            }
        }
    }

    #[test]
    fn nothing_outside_the_domain_panics() {
        for bad in [f64::NAN, -1.0, 2.0] {
            assert!(student_quantile(bad, 5.0).is_nan());
            assert!(fisher_quantile(bad, 5.0, 5.0).is_nan());
        }
        assert!(student_sf(1.0, f64::NAN).is_nan());
        assert!(student_sf(1.0, 0.0).is_nan());
        assert_eq!(student_sf(f64::INFINITY, 3.0), 0.0);
        assert_eq!(student_sf(f64::NEG_INFINITY, 3.0), 1.0);
        assert_eq!(student_quantile(0.0, 3.0), f64::INFINITY);
    }
}
