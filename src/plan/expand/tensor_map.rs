//! Tensor maps at a point, within what the driver takes (CUDA Driver API, `cuTensorMapEncodeTiled`).

use super::evaluator::Evaluator;
use crate::diagnostic::Place;
use crate::manifest::{ArgumentFormula, ArgumentValue, Formula, TensorMapFormula};
use crate::plan::case::{Argument, Buffer, TensorMap};

/// The most elements of a dimension, and of a box in one.
const MOST: (u64, u64) = (1 << 32, 256);

/// Copies and the distances of rows are multiples of so many bytes.
const STEP: u64 = 16;

/// The arguments in order, tensor maps among them: `args` holds those of `formulas` that are none.
pub(super) fn with_tensor_maps(
    formulas: &[ArgumentFormula],
    args: &[Option<Argument>],
    evaluator: &mut Evaluator<'_>,
) -> Vec<Argument> {
    let mut all = Vec::with_capacity(args.len());
    for (index, formula) in formulas.iter().enumerate() {
        let ArgumentValue::TensorMap(map) = &formula.value else {
            all.extend(args.get(index).cloned().flatten());
            continue;
        };
        if let Some(Some(Argument::Buffer(buffer))) = args.get(map.argument) {
            let what = (index, formula.place);
            all.extend(tensor_map(map, buffer, what, evaluator).map(Argument::TensorMap));
        }
    }
    all
}

/// The map number `index`; `None` after noting what is wrong with it.
fn tensor_map(
    formula: &TensorMapFormula,
    buffer: &Buffer,
    (index, place): (usize, Place),
    evaluator: &mut Evaluator<'_>,
) -> Option<TensorMap> {
    let mut sizes = |formulas: &[Formula], key: &str, most: u64| {
        let what = format!("`{key}` of args[{index}]");
        let size = |formula: &Formula| evaluator.bounded(formula, &what, (1, most));
        formulas.iter().map(size).collect::<Option<Vec<u64>>>()
    };
    let shape = sizes(&formula.shape, "shape", MOST.0)?;
    let tile = sizes(&formula.tile, "box", MOST.1)?;
    let map = TensorMap {
        argument: formula.argument,
        element: buffer.element,
        shape,
        tile: tile
            .iter()
            .filter_map(|&size| size.try_into().ok())
            .collect(),
        swizzle: formula.swizzle,
    };
    match wrong(&map, buffer) {
        None => Some(map),
        Some((message, help)) => {
            evaluator.mistake(format!("args[{index}]: {message}"), place, help);
            None
        }
    }
}

/// What the driver would refuse, or what would read behind the buffer; and what to do.
fn wrong(map: &TensorMap, buffer: &Buffer) -> Option<(String, String)> {
    let size = map.element.size();
    let elements = map
        .shape
        .iter()
        .fold(1_u64, |all, &n| all.saturating_mul(n));
    if elements > buffer.len {
        let message = format!(
            "a tensor of {elements} elements, its buffer has {}",
            buffer.len
        );
        return Some((
            message,
            "make `shape` smaller, or the buffer longer".to_owned(),
        ));
    }
    let multiple = format!("make it a multiple of {STEP} bytes");
    let row = map.shape.first().map_or(0, |n| n.saturating_mul(size));
    if map.shape.len() > 1 && !row.is_multiple_of(STEP) {
        return Some((format!("a row of `shape` has {row} bytes"), multiple));
    }
    let row = map.tile.first().map_or(0, |&n| u64::from(n) * size);
    if !row.is_multiple_of(STEP) {
        return Some((format!("a row of `box` has {row} bytes"), multiple));
    }
    let span = map.swizzle.span().filter(|span| row > *span)?;
    let message = format!("a row of `box` has {row} bytes, its swizzle takes {span}");
    Some((
        message,
        "make the row shorter, or the swizzle wider".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ElementType, Fill, Role, Swizzle};

    #[test]
    fn what_the_driver_refuses_is_told() {
        let table = [
            ((&[64, 8][..], &[64, 8][..], Swizzle::Bytes128), None),
            ((&[64, 9], &[64, 8], Swizzle::None), Some("576 elements")),
            (
                (&[63, 8], &[64, 8], Swizzle::None),
                Some("row of `shape` has 126 bytes"),
            ),
            ((&[63], &[8], Swizzle::None), None),
            (
                (&[64, 8], &[12, 8], Swizzle::None),
                Some("row of `box` has 24 bytes"),
            ),
            (
                (&[64, 8], &[64, 8], Swizzle::Bytes64),
                Some("its swizzle takes 64"),
            ),
            (
                (&[u64::MAX, 8], &[8, 8], Swizzle::None),
                Some("its buffer has 512"),
            ),
        ];
        let buffer = Buffer {
            role: Role::In,
            element: ElementType::Bf16,
            len: 512,
            fill: Fill::Zeros,
            written: None,
        };
        for ((shape, tile, swizzle), part) in table {
            let map = TensorMap {
                argument: 0,
                element: ElementType::Bf16,
                shape: shape.to_vec(),
                tile: tile.to_vec(),
                swizzle,
            };
            let found = wrong(&map, &buffer).map(|(message, _)| message);
            let fits = match (part, &found) {
                (Some(part), Some(message)) => message.contains(part),
                (None, None) => true,
                _ => false,
            };
            assert!(fits, "{map:?}: {found:?}");
        }
    }
}
