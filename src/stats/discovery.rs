//! The false discovery rate.

/// Which hypotheses are rejected at the false discovery rate `q`, in the order of `p_values`.
///
/// Benjamini & Hochberg 1995, "Controlling the false discovery rate": with p-values in order, reject the first k
/// where k is the largest rank with p(k) <= q k / m. A p-value that is NaN belongs to no family: it is neither
/// rejected nor counted in m.
pub fn benjamini_hochberg(p_values: &[f64], q: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p_values.len())
        .filter(|&index| !p_values[index].is_nan())
        .collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let count = order.len() as f64;
    let last = order
        .iter()
        .enumerate()
        .rposition(|(rank, &index)| p_values[index] <= q * (rank + 1) as f64 / count);
    let mut rejected = vec![false; p_values.len()];
    for &index in last.map_or(&[][..], |last| &order[..=last]) {
        rejected[index] = true;
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_paper_rejects_four() {
        // Benjamini & Hochberg 1995, section 3.2: 15 p-values, q = 0.05, four are rejected.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0,
        ];
        let rejected = benjamini_hochberg(&p, 0.05);
        assert_eq!(rejected.iter().filter(|&&is| is).count(), 4);
        assert!(rejected[..4].iter().all(|&is| is));
    }

    #[test]
    fn none_and_nan_are_no_discovery() {
        assert!(benjamini_hochberg(&[], 0.1).is_empty());
        assert_eq!(
            benjamini_hochberg(&[f64::NAN, 0.05], 0.05),
            [false, true],
            "NaN is not counted"
        );
    }
}
