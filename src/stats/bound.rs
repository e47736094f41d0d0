//! What a rate that was seen in few independent comparisons may be in truth.

use statrs::function::beta::checked_beta_reg;

/// The upper 95 % bound of a rate that was `rate` in `trials` independent comparisons; 1 for none.
///
/// Clopper & Pearson 1934, "The use of confidence or fiducial limits": the p at which so few or fewer are seen in
/// 5 of 100, the 95 % point of Beta(x + 1, n - x); x = rate n may lie between whole numbers.
pub fn upper_bound(rate: f64, trials: usize) -> f64 {
    let n = trials as f64;
    let seen = (rate * n).clamp(0.0, n);
    if trials == 0 || seen >= n {
        return 1.0;
    }
    let (a, b) = (seen + 1.0, n - seen);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if checked_beta_reg(a, b, middle).is_ok_and(|below| below < 0.95) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_of_n_has_the_bound_of_the_rule_of_three() {
        for (rate, trials, expected) in [
            (0.0, 1, 0.95),
            (0.0, 4, 1.0 - 0.05_f64.powf(0.25)),
            (0.0, 6, 0.393),
            (0.0, 13, 0.2058),
            (1.0, 5, 1.0),
            (0.0, 0, 1.0),
            // SciPy 1.17.1: binomtest(3, 20).proportion_ci(0.90).high
            (0.15, 20, 0.343_664),
        ] {
            let found = upper_bound(rate, trials);
            assert!(
                (found - expected).abs() < 1e-4,
                "{rate} of {trials}: {found}"
            );
        }
    }
}
