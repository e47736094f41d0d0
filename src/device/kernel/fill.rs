//! What inputs hold: the same bits for the same seed on every machine and device.
//!
//! Element `i` of argument `a` depends on the seed, `a` and `i` alone. With s = `rng::stream(seed, a)`:
//!
//! - uniform: u = `bits(s, i) >> 11`, a whole number below 2^53; low + (u * 2^-53) * (high - low), every operation
//!   rounded once to 64 bits, then rounded once to the element's type (what that rounds up to `high` becomes `low`);
//! - normal: t = the sum of the twelve 32-bit halves of `bits(s, 6 i)` to `bits(s, 6 i + 5)`; z = (t - 6 (2^32 - 1))
//!   * 2^-32, of mean 0 and deviation 1 (to 10^-19); mean + deviation * z, rounded likewise;
//! - integers: low + floor(`bits(s, i)` * (high - low + 1) / 2^64), in 128-bit integers;
//! - iota: i, in the lowest bits of integer types, rounded once in real ones.

use crate::plan::{ElementType, Fill};
use crate::rng;

use super::element::{Value, decode, encode_integer, encode_real, store};

/// A fill of one argument.
#[derive(Debug, Clone, Copy)]
pub(in crate::device) struct Filler<'a> {
    pub fill: &'a Fill,
    pub element: ElementType,
    /// The argument's own stream of randomness.
    pub stream: u64,
}

impl Filler<'_> {
    /// The elements from number `first` on, into `bytes`.
    pub(in crate::device) fn write(&self, first: u64, bytes: &mut [u8]) {
        let size = usize::try_from(self.element.size()).unwrap_or(8);
        for (index, into) in (first..).zip(bytes.chunks_exact_mut(size)) {
            store(self.element, self.bits(index), into);
        }
    }

    fn bits(&self, index: u64) -> u64 {
        match *self.fill {
            Fill::Uniform { low, high } => self.uniform(index, low, high),
            Fill::Normal { mean, deviation } => {
                encode_real(self.element, mean + deviation * normal(self.stream, index))
            }
            Fill::Integers { low, high } => encode_integer(
                self.element,
                integer(rng::bits(self.stream, index), low, high),
            ),
            Fill::Iota => encode_integer(self.element, index.cast_signed()),
            Fill::Constant(value) => encode_real(self.element, value),
            Fill::Zeros | Fill::Npy(_) => 0,
        }
    }

    fn uniform(&self, index: u64, low: f64, high: f64) -> u64 {
        let unit = (rng::bits(self.stream, index) >> 11) as f64 * UNIT_53;
        let bits = encode_real(self.element, low + unit * (high - low));
        match self.real(bits) {
            Some(value) if value >= high && low < high => {
                let below = self.below(bits);
                let is_within = self.real(below).is_some_and(|value| value >= low);
                if is_within {
                    below
                } else {
                    encode_real(self.element, low)
                }
            }
            _ => bits,
        }
    }

    /// The value of `bits`, where elements are reals.
    fn real(&self, bits: u64) -> Option<f64> {
        let mut bytes = [0; 8];
        store(self.element, bits, &mut bytes);
        match decode(self.element, &bytes) {
            Value::Real(value) => Some(value),
            Value::Integer(_) => None,
        }
    }

    /// The bits of the real next below: a sign, and a magnitude that is ordered as whole numbers are.
    fn below(&self, bits: u64) -> u64 {
        let sign = 1 << (8 * self.element.size() - 1);
        match bits {
            0 => sign | 1,
            negative if negative & sign != 0 => negative + 1,
            positive => positive - 1,
        }
    }
}

/// 2^-53.
const UNIT_53: f64 = 1.0 / 9_007_199_254_740_992.0;

/// 2^-32.
const UNIT_32: f64 = 1.0 / 4_294_967_296.0;

fn normal(stream: u64, index: u64) -> f64 {
    let sum: u64 = (0..6)
        .map(|part| rng::bits(stream, index.wrapping_mul(6).wrapping_add(part)))
        .map(|bits| (bits >> 32) + (bits & 0xffff_ffff))
        .sum();
    // Below 2^36, so that every step is exact.
    (sum.cast_signed() - 6 * 0xffff_ffff) as f64 * UNIT_32
}

fn integer(bits: u64, low: i64, high: i64) -> i64 {
    let span = (i128::from(high) - i128::from(low)).max(0).cast_unsigned() + 1;
    let offset = if span > u128::from(u64::MAX) {
        u128::from(bits)
    } else {
        (u128::from(bits) * span) >> 64
    };
    // Within low..=high by construction.
    i64::try_from(i128::from(low) + offset.cast_signed()).unwrap_or(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(fill: &Fill, element: ElementType, count: u64) -> Vec<f64> {
        let filler = Filler {
            fill,
            element,
            stream: rng::stream(1, 0),
        };
        let size = usize::try_from(element.size()).expect("small");
        let mut bytes = vec![0; size * usize::try_from(count).expect("small")];
        filler.write(0, &mut bytes);
        bytes
            .chunks_exact(size)
            .map(|bytes| match decode(element, bytes) {
                Value::Real(value) => value,
                Value::Integer(value) => value as f64,
            })
            .collect()
    }

    #[test]
    fn fills_stay_in_their_bounds_and_reach_them() {
        let uniform = Fill::Uniform {
            low: -1.0,
            high: 2.0,
        };
        for element in [
            ElementType::F16,
            ElementType::Bf16,
            ElementType::F32,
            ElementType::F64,
            ElementType::E4m3,
        ] {
            let values = filled(&uniform, element, 20_000);
            assert!(
                values.iter().all(|v| (-1.0..2.0).contains(v)),
                "{element:?}"
            );
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!((mean - 0.5).abs() < 0.03, "{element:?}: {mean}");
        }
        let up_to_zero = Fill::Uniform {
            low: -1.0,
            high: 0.0,
        };
        let values = filled(&up_to_zero, ElementType::E4m3, 20_000);
        assert!(values.iter().all(|v| (-1.0..0.0).contains(v)));
        // Where nothing lies within, the bound below is what is nearest.
        let between = Fill::Uniform {
            low: 0.99,
            high: 0.995,
        };
        assert_eq!(filled(&between, ElementType::E4m3, 2), [1.0, 1.0]);
        let values = filled(&Fill::Integers { low: -2, high: 3 }, ElementType::I32, 1000);
        for wanted in -2..=3 {
            assert!(values.contains(&f64::from(wanted)), "{wanted}");
        }
        assert!(values.iter().all(|v| (-2.0..=3.0).contains(v)));
        assert_eq!(integer(u64::MAX, i64::MIN, i64::MAX), i64::MAX);
        assert_eq!(integer(0, i64::MIN, i64::MAX), i64::MIN);
    }

    #[test]
    fn a_normal_fill_has_its_mean_and_deviation() {
        let fill = Fill::Normal {
            mean: 3.0,
            deviation: 2.0,
        };
        let values = filled(&fill, ElementType::F32, 40_000);
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        assert!((mean - 3.0).abs() < 0.05, "{mean}");
        assert!((variance.sqrt() - 2.0).abs() < 0.05, "{variance}");
    }

    #[test]
    fn the_bits_never_change() {
        // From an independent implementation of the formulas above in Python.
        let table = [
            (
                Fill::Uniform {
                    low: 0.0,
                    high: 1.0,
                },
                ElementType::F32,
            ),
            (
                Fill::Normal {
                    mean: 0.0,
                    deviation: 1.0,
                },
                ElementType::F32,
            ),
            (Fill::Integers { low: 0, high: 99 }, ElementType::I32),
            (
                Fill::Uniform {
                    low: 0.0,
                    high: 1.0,
                },
                ElementType::F16,
            ),
        ];
        let found: Vec<String> = table
            .iter()
            .map(|(fill, element)| {
                let filler = Filler {
                    fill,
                    element: *element,
                    stream: rng::stream(1, 0),
                };
                let bits: Vec<String> = (0..3)
                    .map(|index| format!("{:x}", filler.bits(index)))
                    .collect();
                bits.join(" ")
            })
            .collect();
        let expected = [
            "3eb8b649 3f66c3d2 3e1e36c7",
            "be9e77b9 3f6c1e15 3fdcb8c2",
            "24 5a f",
            "35c6 3b36 30f2",
        ];
        assert_eq!(found, expected);
        let iota = filled(&Fill::Iota, ElementType::U8, 300);
        assert_eq!((iota[255], iota[256]), (255.0, 0.0));
    }

    #[test]
    fn elements_depend_on_their_number_alone() {
        let fill = Fill::Uniform {
            low: 0.0,
            high: 1.0,
        };
        let filler = Filler {
            fill: &fill,
            element: ElementType::F64,
            stream: 7,
        };
        let mut whole = [0; 80];
        filler.write(0, &mut whole);
        let mut part = [0; 24];
        filler.write(4, &mut part);
        assert_eq!(part, whole[32..56]);
    }
}
