//! e4m3: eight bits that tensor cores multiply: a sign, four bits of exponent (bias 7), three of mantissa.
//!
//! As the OCP 8-bit Floating Point Specification (1.0, 5.3) has it: no infinity, NaN where all bits but the sign are set,
//! so that the largest value is 448.

/// The largest value.
const LARGEST: f64 = 448.0;
/// The bits of the largest value, and of NaN.
const LARGEST_BITS: u8 = 0x7e;
const NAN_BITS: u8 = 0x7f;
/// The exponent of the smallest normal value; subnormals have the same steps.
const LEAST_EXPONENT: i32 = -6;

/// The bits of `value`, rounded to nearest even; what is too large becomes the largest value, as CUDA's conversions do.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 16 steps at most
pub fn to_bits(value: f64) -> u8 {
    let sign = u8::from(value.is_sign_negative()) << 7;
    let size = value.abs();
    if value.is_nan() {
        return sign | NAN_BITS;
    }
    if size >= LARGEST {
        return sign | LARGEST_BITS;
    }
    let exponent = exponent_of(size).max(LEAST_EXPONENT);
    let steps = (size * f64::powi(2.0, 3 - exponent)).round_ties_even() as u8;
    // Normal values have 8 to 16 steps, the first 8 of which are the lowest bit of the exponent; 16 carry into it.
    let exponent_bits = ((exponent - LEAST_EXPONENT) as u8) << 3;
    sign | (exponent_bits + steps)
}

/// The value of `bits`.
pub fn from_bits(bits: u8) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 3 & 15), f64::from(bits & 7));
    let size = if bits & NAN_BITS == NAN_BITS {
        f64::NAN
    } else if exponent == 0 {
        mantissa * f64::powi(2.0, LEAST_EXPONENT - 3)
    } else {
        (8.0 + mantissa) * f64::powi(2.0, exponent + LEAST_EXPONENT - 4)
    };
    if bits & 0x80 == 0 { size } else { -size }
}

/// Whether `value` rounds to a value of the type.
pub fn holds(value: f64) -> bool {
    // Up to the middle between the largest value and the next step.
    value.abs() <= LARGEST + 16.0
}

/// The power of two at or below a finite `size`; that of the smallest normal number where it is less.
fn exponent_of(size: f64) -> i32 {
    i32::try_from(size.to_bits() >> 52).map_or(0, |biased| biased - 1023)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_comes_back() {
        for bits in 0..=u8::MAX {
            if bits & NAN_BITS == NAN_BITS {
                assert!(from_bits(bits).is_nan());
            } else {
                assert_eq!(to_bits(from_bits(bits)), bits, "{bits:#x}");
            }
        }
    }

    #[test]
    fn values_between_go_to_the_nearest_and_then_the_even_one() {
        for low in 0..LARGEST_BITS {
            let (below, above) = (from_bits(low), from_bits(low + 1));
            let middle = f64::midpoint(below, above);
            assert_eq!(to_bits(middle), low + low % 2, "{low:#x}");
            assert_eq!(to_bits(middle + middle * 1e-12), low + 1, "{low:#x}");
            assert_eq!(to_bits(-(middle - middle * 1e-12)), 0x80 | low, "{low:#x}");
        }
    }

    #[test]
    fn known_values() {
        for (value, bits) in [
            (1.0, 0x38),
            (-1.875, 0xbf),
            (448.0, 0x7e),
            (1e9, 0x7e),
            (f64::NEG_INFINITY, 0xfe),
            (0.001_953_125, 0x01),
            (1e-300, 0x00),
            (f64::NAN, 0x7f),
        ] {
            assert_eq!(to_bits(value), bits, "{value}");
        }
        assert!(holds(464.0) && !holds(-465.0) && !holds(f64::INFINITY));
    }
}
