//! Tensor maps: which buffer they stand for, and their dimensions.

use super::context::Context;
use crate::diagnostic::Place;
use crate::manifest::formula::Formula;
use crate::manifest::wire::{ArgumentTable, At, Bounded, Field, List, OneOrMany, SwizzleWord};
use crate::manifest::words::Swizzle;
use crate::manifest::workload::TensorMapFormula;

/// The tensor map that `table` says; `list` holds all arguments of the kernel.
pub(super) fn tensor_map(
    table: &At<ArgumentTable>,
    list: &List<ArgumentTable>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<TensorMapFormula> {
    let argument = table.tensor_map.get()?;
    let number = argument.value.get::<usize>();
    is_buffer(argument, number, list, context);
    let shape = dimensions(&table.shape, ("shape", table.place), axes, context)?;
    let tile = dimensions(&table.tile, ("box", table.place), axes, context)?;
    if shape.len() != tile.len() {
        let message = format!(
            "`shape` has {} dimensions, `box` {}",
            shape.len(),
            tile.len()
        );
        context.mistake(message, table.place, "give both as many");
    }
    Some(TensorMapFormula {
        argument: number,
        shape,
        tile,
        swizzle: swizzle(&table.swizzle),
    })
}

/// Notes keys of tensor maps that stand at another argument.
pub(super) fn only_for_tensor_maps(table: &ArgumentTable, context: &mut Context<'_>) {
    let places = [
        ("shape", table.shape.get().map(|at| at.place)),
        ("box", table.tile.get().map(|at| at.place)),
        ("swizzle", table.swizzle.get().map(|at| at.place)),
    ];
    for (key, place) in places {
        if let Some(place) = place {
            let message = format!("`{key}` means nothing here");
            context.mistake(message, place, "leave it out: it belongs to tensor maps");
        }
    }
}

/// Notes a number that isn't a buffer's.
fn is_buffer(
    argument: &At<Bounded<0, 255>>,
    number: usize,
    list: &List<ArgumentTable>,
    context: &mut Context<'_>,
) {
    // An argument with mistakes of its own may be a buffer.
    if list.broken > 0 {
        return;
    }
    let is_buffer = list.entries.get(number).is_some_and(|other| {
        !(other.input.is_absent() && other.output.is_absent() && other.inout.is_absent())
    });
    if !is_buffer {
        let message = format!("args[{number}] is no buffer");
        let help = "give the number of an `in`, `out` or `inout` argument, from 0";
        context.mistake(message, argument.place, help);
    }
}

fn dimensions(
    field: &Field<OneOrMany<Formula>>,
    (key, place): (&str, Place),
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<Vec<Formula>> {
    if field.is_absent() {
        let message = format!("the tensor map has no `{key}`");
        let help = format!("add {key} = [64, 128], elements in each dimension, innermost first");
        context.mistake(message, place, help);
    }
    let at = field.get()?;
    let list = &at.value.0;
    let count = list.entries.len() + list.broken;
    if !(1..=5).contains(&count) {
        let message = format!("`{key}` has {count} dimensions");
        context.mistake(message, at.place, "a tensor map has 1 to 5");
        return None;
    }
    for formula in &list.entries {
        context.names(formula, axes);
    }
    Some(list.values().cloned().collect())
}

fn swizzle(field: &Field<SwizzleWord>) -> Swizzle {
    match field.get().map(|at| at.value) {
        None | Some(SwizzleWord::None) => Swizzle::None,
        Some(SwizzleWord::Bytes32) => Swizzle::Bytes32,
        Some(SwizzleWord::Bytes64) => Swizzle::Bytes64,
        Some(SwizzleWord::Bytes128) => Swizzle::Bytes128,
    }
}
