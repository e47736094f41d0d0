//! Arguments at a point: sizes, fills, and the bits of values.

use super::evaluator::Evaluator;
use crate::expr::{ElementType, e4m3};
use crate::manifest::{ArgumentFormula, ArgumentValue, BufferFormula, FillFormula, Formula, Role};
use crate::plan::case::{Argument, Buffer, Fill, Scalar};
use crate::plan::limits::LARGEST_BUFFER;
use crate::units::Bytes;

/// Argument number `index`, from 0; `None` for tensor maps, and after noting what is wrong with it.
pub(super) fn argument(
    formula: &ArgumentFormula,
    index: usize,
    evaluator: &mut Evaluator<'_>,
) -> Option<Argument> {
    if matches!(formula.value, ArgumentValue::TensorMap(_)) {
        return None;
    }
    let name = evaluator.template(&formula.element);
    let Ok(element) = name.parse::<ElementType>() else {
        let message = format!("{name:?} is no type of elements");
        let help = ElementType::ALL.map(ElementType::name).join(", ");
        evaluator.mistake(
            message,
            formula.element.place,
            format!("the types are {help}"),
        );
        return None;
    };
    match &formula.value {
        ArgumentValue::Scalar(value) => scalar(element, value, evaluator).map(Argument::Scalar),
        ArgumentValue::TensorMap(_) => None,
        ArgumentValue::Buffer(formula) => {
            buffer(element, formula, index, evaluator).map(Argument::Buffer)
        }
    }
}

fn buffer(
    element: ElementType,
    formula: &BufferFormula,
    index: usize,
    evaluator: &mut Evaluator<'_>,
) -> Option<Buffer> {
    let what = format!("the length of args[{index}]");
    let len = evaluator.integer(&formula.len, &what)?;
    let bytes = u64::try_from(len)
        .ok()
        .and_then(|len| len.checked_mul(element.size()));
    let Some(bytes) = bytes.filter(|bytes| (1..=LARGEST_BUFFER).contains(bytes)) else {
        let size = bytes.map_or_else(
            || format!("{len} elements"),
            |bytes| Bytes(bytes).to_string(),
        );
        let message = format!("args[{index}] has {size}");
        let help = format!("a buffer has 1 byte to {}", Bytes(LARGEST_BUFFER));
        evaluator.mistake(message, formula.len.place, help);
        return None;
    };
    let len = bytes / element.size();
    let written = match &formula.written {
        Some(written) => Some(evaluator.bounded(written, "`written`", (1, len))?),
        None => None,
    };
    Some(Buffer {
        role: formula.role,
        element,
        len,
        fill: fill(element, formula, evaluator)?,
        written,
    })
}

/// What a buffer holds: by default uniform reals in [0, 1), or integers from 0 to 127.
fn fill(
    element: ElementType,
    formula: &BufferFormula,
    evaluator: &mut Evaluator<'_>,
) -> Option<Fill> {
    let uniform = Fill::Uniform {
        low: 0.0,
        high: 1.0,
    };
    let Some((fill, place)) = &formula.fill else {
        return Some(match formula.role {
            Role::Out => Fill::Zeros,
            Role::In | Role::InOut if element.is_real() => uniform,
            Role::In | Role::InOut => Fill::Integers { low: 0, high: 127 },
        });
    };
    if matches!(fill, FillFormula::Uniform(_) | FillFormula::Normal(_)) && !element.is_real() {
        let message = format!("{} elements can't be filled with reals", element.name());
        evaluator.mistake(message, *place, "write fill = \"integers\"");
        return None;
    }
    match fill {
        FillFormula::Uniform(None) => Some(uniform),
        FillFormula::Uniform(Some(range)) => {
            let low = evaluator.real(&range[0], "low")?;
            let high = evaluator.real(&range[1], "high")?;
            ordered(low < high, &range[1], evaluator)?;
            Some(Fill::Uniform { low, high })
        }
        FillFormula::Normal(None) => Some(Fill::Normal {
            mean: 0.0,
            deviation: 1.0,
        }),
        FillFormula::Normal(Some(pair)) => Some(Fill::Normal {
            mean: evaluator.real(&pair[0], "the mean")?,
            deviation: evaluator.amount(&pair[1], "the deviation")?,
        }),
        FillFormula::Integers(None) => Some(Fill::Integers { low: 0, high: 127 }),
        FillFormula::Integers(Some(range)) => integers(element, range, evaluator),
        FillFormula::Iota => Some(Fill::Iota),
        FillFormula::Zeros => Some(Fill::Zeros),
        FillFormula::Constant(value) => constant(element, value, evaluator),
        FillFormula::Npy(path) => Some(Fill::Npy(path.clone())),
    }
}

fn ordered(is: bool, second: &Formula, evaluator: &mut Evaluator<'_>) -> Option<()> {
    if !is {
        evaluator.mistake(
            "the range is empty",
            second.place,
            "the second number is the larger one",
        );
    }
    is.then_some(())
}

fn integers(
    element: ElementType,
    range: &[Formula; 2],
    evaluator: &mut Evaluator<'_>,
) -> Option<Fill> {
    let low = evaluator.integer(&range[0], "low")?;
    let high = evaluator.integer(&range[1], "high")?;
    ordered(low <= high, &range[1], evaluator)?;
    for (value, formula) in [(low, &range[0]), (high, &range[1])] {
        if !element.is_real() {
            fits(element, value, formula, evaluator)?;
        }
    }
    Some(Fill::Integers { low, high })
}

fn constant(element: ElementType, value: &Formula, evaluator: &mut Evaluator<'_>) -> Option<Fill> {
    scalar(element, value, evaluator)?;
    evaluator.real(value, "the constant").map(Fill::Constant)
}

/// The least and the greatest value of an integer type, as far as 64-bit expressions reach.
fn range(element: ElementType) -> (i64, i64) {
    match element {
        ElementType::I8 => (i64::from(i8::MIN), i64::from(i8::MAX)),
        ElementType::U8 => (0, i64::from(u8::MAX)),
        ElementType::I16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        ElementType::U16 => (0, i64::from(u16::MAX)),
        ElementType::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        ElementType::U32 => (0, i64::from(u32::MAX)),
        ElementType::U64 => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    }
}

fn fits(
    element: ElementType,
    value: i64,
    formula: &Formula,
    evaluator: &mut Evaluator<'_>,
) -> Option<()> {
    let (least, most) = range(element);
    let fits = (least..=most).contains(&value);
    if !fits {
        let message = format!("{value} is no {}", element.name());
        evaluator.mistake(
            message,
            formula.place,
            format!("it goes from {least} to {most}"),
        );
    }
    fits.then_some(())
}

/// The bits of a value, little-endian in the lowest bytes.
fn scalar(
    element: ElementType,
    formula: &Formula,
    evaluator: &mut Evaluator<'_>,
) -> Option<Scalar> {
    let bits = if element.is_real() {
        let value = evaluator.real(formula, "the value")?;
        let bits = real_bits(element, value);
        if bits.is_none() {
            let message = format!("{value:?} is too large for {}", element.name());
            evaluator.mistake(message, formula.place, "take a wider type");
        }
        bits?
    } else {
        let value = evaluator.integer(formula, "the value")?;
        fits(element, value, formula, evaluator)?;
        // Two's complement, cut to the type's width.
        value.cast_unsigned() & (u64::MAX >> (64 - 8 * element.size()))
    };
    Some(Scalar { element, bits })
}

/// The bits of `value` in a floating-point type; `None` where it would be infinite.
fn real_bits(element: ElementType, value: f64) -> Option<u64> {
    match element {
        ElementType::F16 => {
            let half = half::f16::from_f64(value);
            half.is_finite().then(|| u64::from(half.to_bits()))
        }
        ElementType::Bf16 => {
            let half = half::bf16::from_f64(value);
            half.is_finite().then(|| u64::from(half.to_bits()))
        }
        ElementType::F32 => {
            #[allow(clippy::cast_possible_truncation)]
            // rounding is what a float's literal does too
            let single = value as f32;
            single.is_finite().then(|| u64::from(single.to_bits()))
        }
        ElementType::E4m3 => e4m3::holds(value).then(|| e4m3::to_bits(value).into()),
        _ => Some(value.to_bits()),
    }
}
