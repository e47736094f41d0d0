//! Output against expectation: the first wrong element, and how many there are.

use super::element::{Value, decode, show};
use crate::plan::ElementType;

/// How far an element may be from its expectation; whichever bound is wider holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::device) struct Tolerance {
    /// In the element's own unit.
    pub absolute: f64,
    /// As a share of the expected value.
    pub relative: f64,
}

impl Tolerance {
    /// Whether `found` passes for `expected`. NaN never does; infinities pass for themselves; integers are exact
    /// unless a tolerance is given.
    pub(super) fn accepts(self, found: Value, expected: Value) -> bool {
        match (found, expected) {
            (Value::Real(found), Value::Real(expected)) => {
                let distance = (found - expected).abs();
                #[allow(clippy::float_cmp)] // equal infinities have no distance
                let equal = found == expected;
                equal || expected.is_finite() && distance <= self.bound(expected)
            }
            (Value::Integer(found), Value::Integer(expected)) => {
                let distance = found.abs_diff(expected);
                distance == 0 || distance as f64 <= self.bound(expected as f64)
            }
            _ => false,
        }
    }

    /// The same for elements as bytes.
    #[cfg(test)]
    pub(in crate::device) fn accepts_bytes(
        self,
        element: ElementType,
        found: &[u8],
        expected: &[u8],
    ) -> bool {
        self.accepts(decode(element, found), decode(element, expected))
    }

    fn bound(self, expected: f64) -> f64 {
        self.absolute.max(self.relative * expected.abs())
    }
}

/// What a comparison has found so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Differences {
    /// How many elements are wrong.
    pub count: u64,
    /// The first of them.
    pub first: Option<Difference>,
}

/// One wrong element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// Its number.
    pub index: u64,
    /// What it is, as shown.
    pub found: String,
    /// What it should be, as shown.
    pub expected: String,
}

impl Differences {
    /// Compares `found` with `expected`, elements of the same places; the first is number `first`.
    pub(super) fn add(
        &mut self,
        element: ElementType,
        tolerance: Tolerance,
        first: u64,
        (found, expected): (&[u8], &[u8]),
    ) {
        // Equal integers need no look at each; equal reals may be NaN.
        if !element.is_real() && found == expected {
            return;
        }
        let size = usize::try_from(element.size()).unwrap_or(8);
        let pairs = found.chunks_exact(size).zip(expected.chunks_exact(size));
        for (index, (found, expected)) in (first..).zip(pairs) {
            if tolerance.accepts(decode(element, found), decode(element, expected)) {
                continue;
            }
            self.count += 1;
            self.first.get_or_insert_with(|| Difference {
                index,
                found: show(element, found),
                expected: show(element, expected),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Tolerance = Tolerance {
        absolute: 0.0,
        relative: 0.0,
    };

    #[test]
    fn nan_never_passes_and_infinity_passes_for_itself() {
        let loose = Tolerance {
            absolute: 1e300,
            relative: 1.0,
        };
        let (nan, infinity) = (f64::NAN, f64::INFINITY);
        let table = [
            (nan, 1.0, false),
            (1.0, nan, false),
            (nan, nan, false),
            (infinity, infinity, true),
            (-infinity, infinity, false),
            (1.0, infinity, false),
            (infinity, 1.0, false),
            (0.0, -0.0, true),
        ];
        for (found, expected, passes) in table {
            let accepted = loose.accepts(Value::Real(found), Value::Real(expected));
            assert_eq!(accepted, passes, "{found} {expected}");
        }
    }

    #[test]
    fn the_wider_tolerance_holds() {
        let table = [
            (0.0, 0.0, 1.0, 1.0 + 1e-15, false),
            (0.1, 0.0, 1.0, 1.05, true),
            (0.1, 0.0, 1.0, 1.2, false),
            (0.0, 0.1, 100.0, 109.0, true),
            (0.1, 0.01, 100.0, 100.9, true),
        ];
        for (absolute, relative, expected, found, passes) in table {
            let tolerance = Tolerance { absolute, relative };
            let accepted = tolerance.accepts(Value::Real(found), Value::Real(expected));
            assert_eq!(accepted, passes, "{found} {expected} {tolerance:?}");
        }
        let one = Tolerance {
            absolute: 1.0,
            relative: 0.0,
        };
        assert!(one.accepts(Value::Integer(5), Value::Integer(6)));
        assert!(!one.accepts(Value::Integer(5), Value::Integer(7)));
        assert!(!EXACT.accepts(Value::Integer(5), Value::Integer(6)));
    }

    #[test]
    fn the_first_difference_and_their_number_are_kept() {
        let mut differences = Differences::default();
        let bytes = |values: [i32; 3]| values.map(i32::to_le_bytes).concat();
        let (found, expected) = (bytes([1, 2, 3]), bytes([1, 5, 6]));
        differences.add(ElementType::I32, EXACT, 10, (&found, &expected));
        differences.add(ElementType::I32, EXACT, 13, (&found, &expected));
        assert_eq!(differences.count, 4);
        let first = differences.first.expect("there are some");
        assert_eq!(
            (first.index, first.found.as_str(), first.expected.as_str()),
            (11, "2", "5")
        );
    }
}
