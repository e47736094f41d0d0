//! Elements of buffers as bytes: reading, writing and showing them. All bytes are little-endian, as on every device.

use crate::expr::e4m3;
use crate::plan::ElementType;

/// An element's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// Of a floating-point type; every one fits into 64 bits exactly.
    Real(f64),
    /// Of an integer type.
    Integer(i128),
}

/// The value of the element that `bytes` begins with.
pub(super) fn decode(element: ElementType, bytes: &[u8]) -> Value {
    let mut word = [0; 8];
    let size = usize::try_from(element.size()).unwrap_or(8);
    word[..size].copy_from_slice(&bytes[..size]);
    let bits = u64::from_le_bytes(word);
    decode_bits(element, bits)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // the type's own bits are kept
fn decode_bits(element: ElementType, bits: u64) -> Value {
    match element {
        ElementType::I8 => Value::Integer((bits as i8).into()),
        ElementType::I16 => Value::Integer((bits as i16).into()),
        ElementType::I32 => Value::Integer((bits as i32).into()),
        ElementType::I64 => Value::Integer((bits as i64).into()),
        ElementType::U8 | ElementType::U16 | ElementType::U32 | ElementType::U64 => {
            Value::Integer(bits.into())
        }
        ElementType::F16 => Value::Real(half::f16::from_bits(bits as u16).to_f64()),
        ElementType::Bf16 => Value::Real(half::bf16::from_bits(bits as u16).to_f64()),
        ElementType::F32 => Value::Real(f32::from_bits(bits as u32).into()),
        ElementType::F64 => Value::Real(f64::from_bits(bits)),
        ElementType::E4m3 => Value::Real(e4m3::from_bits(bits as u8)),
    }
}

/// The element as a person writes it, with its type's own digits.
#[allow(clippy::cast_possible_truncation)] // a 32-bit value came from one
pub(super) fn show(element: ElementType, bytes: &[u8]) -> String {
    match decode(element, bytes) {
        Value::Integer(value) => value.to_string(),
        Value::Real(value) if element == ElementType::F64 => format!("{value:?}"),
        Value::Real(value) => format!("{:?}", value as f32),
    }
}

/// `value` rounded to the type: to nearest even for reals, towards zero and to the nearest bound for integers.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is meant
pub fn encode_real(element: ElementType, value: f64) -> u64 {
    match element {
        ElementType::I8 => u64::from((value as i8).cast_unsigned()),
        ElementType::I16 => u64::from((value as i16).cast_unsigned()),
        ElementType::I32 => u64::from((value as i32).cast_unsigned()),
        ElementType::I64 => (value as i64).cast_unsigned(),
        ElementType::U8 => u64::from(value as u8),
        ElementType::U16 => u64::from(value as u16),
        ElementType::U32 => u64::from(value as u32),
        ElementType::U64 => value as u64,
        ElementType::F16 => u64::from(half::f16::from_f32(odd(value)).to_bits()),
        ElementType::Bf16 => u64::from(half::bf16::from_f32(odd(value)).to_bits()),
        ElementType::F32 => u64::from((value as f32).to_bits()),
        ElementType::F64 => value.to_bits(),
        ElementType::E4m3 => e4m3::to_bits(value).into(),
    }
}

/// The lowest bits of `value` in an integer type; rounded to nearest even in a real one.
#[allow(clippy::cast_precision_loss)] // that is the rounding
pub(super) fn encode_integer(element: ElementType, value: i64) -> u64 {
    if element.is_real() {
        return encode_real(element, value as f64);
    }
    let bits = element.size() * 8;
    let mask = u64::MAX >> (64 - bits);
    value.cast_unsigned() & mask
}

/// `value` in 32 bits rounded to odd, so that rounding it once more to 16 bits gives what rounding once would have.
#[allow(clippy::cast_possible_truncation, clippy::float_cmp)] // rounding is meant; whether it changed anything
fn odd(value: f64) -> f32 {
    let near = value as f32;
    if near.is_infinite() || near.is_nan() || f64::from(near) == value || near == 0.0 {
        return near;
    }
    let bits = near.to_bits();
    let truncated = if f64::from(near).abs() > value.abs() {
        bits - 1
    } else {
        bits
    };
    f32::from_bits(truncated | 1)
}

/// Puts the lowest `element.size()` bytes of `bits` into `into`.
pub(super) fn store(element: ElementType, bits: u64, into: &mut [u8]) {
    let size = usize::try_from(element.size()).unwrap_or(8);
    into[..size].copy_from_slice(&bits.to_le_bytes()[..size]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_their_bytes() {
        let table = [
            (ElementType::I8, -5, "-5"),
            (ElementType::U8, 250, "250"),
            (ElementType::I16, -300, "-300"),
            (ElementType::U32, 4_000_000_000, "4000000000"),
            (ElementType::I64, i64::MIN, "-9223372036854775808"),
            (ElementType::F16, 3, "3.0"),
            (ElementType::Bf16, -2, "-2.0"),
            (ElementType::F32, 7, "7.0"),
            (ElementType::F64, 9, "9.0"),
            (ElementType::E4m3, -13, "-13.0"),
        ];
        for (element, value, shown) in table {
            let mut bytes = [0; 8];
            store(element, encode_integer(element, value), &mut bytes);
            assert_eq!(show(element, &bytes), shown, "{element:?}");
        }
        assert_eq!(show(ElementType::F32, &0.1_f32.to_le_bytes()), "0.1");
    }

    #[test]
    fn sixteen_bits_are_rounded_once() {
        // Just above the middle of 1 and the next half: through f32 it would be a tie and round down.
        let value = 1.0 + f64::powi(2.0, -11) + f64::powi(2.0, -40);
        assert_eq!(encode_real(ElementType::F16, value), 0x3c01);
        let middle = 1.0 + f64::powi(2.0, -11);
        assert_eq!(encode_real(ElementType::F16, middle), 0x3c00);
        let value = 1.0 + f64::powi(2.0, -8) + f64::powi(2.0, -40);
        assert_eq!(encode_real(ElementType::Bf16, value), 0x3f81);
        assert_eq!(encode_real(ElementType::F16, 1e9), 0x7c00);
        assert_eq!(encode_real(ElementType::F16, 1e-300), 0);
    }
}
