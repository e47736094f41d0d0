//! The median of what may be nothing.

use super::median;

/// The median of `values`, between the middle two of an even number; `None` for no values.
pub fn median_of(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| median(values))
}

#[cfg(test)]
mod tests {
    use super::median_of;

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(median_of(&[]), None);
        assert_eq!(median_of(&[3.0]), Some(3.0));
        assert_eq!(median_of(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
