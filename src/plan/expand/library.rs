//! A library's call at a point: its parameters, and whether its arguments fit them.

use super::evaluator::Evaluator;
use crate::expr::ElementType;
use crate::manifest::{ArgumentFormula, LibraryFormula, LibraryName, Role, Template};
use crate::plan::case::{Argument, Buffer};
use crate::plan::library::{Blas, LibraryCall, Product, Transfer};

/// The call; `None` after noting what is wrong with it.
pub(super) fn library(
    formula: &LibraryFormula,
    formulas: &[ArgumentFormula],
    args: &[Argument],
    evaluator: &mut Evaluator<'_>,
) -> Option<LibraryCall> {
    // Where an argument has a mistake, the rest of them stand at other places.
    if formulas.len() != args.len() {
        return None;
    }
    let roles: &[(Role, &str)] = match formula.name {
        LibraryName::CublasLtMatmul | LibraryName::CublasGemm => {
            &[(Role::In, "A"), (Role::In, "B"), (Role::Out, "C")]
        }
        LibraryName::Memcpy => &[(Role::In, "what is copied"), (Role::Out, "the copy")],
        LibraryName::Memset => &[(Role::Out, "what is set")],
    };
    let buffers = buffers(formula, roles, args, evaluator)?;
    match (formula.name, buffers.as_slice()) {
        (LibraryName::CublasLtMatmul, [a, b, c]) => {
            product(Blas::Lt, formula, [a, b, c], evaluator)
        }
        (LibraryName::CublasGemm, [a, b, c]) => product(Blas::Gemm, formula, [a, b, c], evaluator),
        (LibraryName::Memcpy, [from, to]) => copy(formula, (from, to), evaluator),
        (LibraryName::Memset, [buffer]) => set(formula, buffer, evaluator),
        _ => None,
    }
}

/// The buffers that the call works on: the first arguments. More are for the reference of a product alone.
fn buffers<'a>(
    formula: &LibraryFormula,
    roles: &[(Role, &str)],
    args: &'a [Argument],
    evaluator: &mut Evaluator<'_>,
) -> Option<Vec<&'a Buffer>> {
    let name = formula.name.name();
    let product = matches!(
        formula.name,
        LibraryName::CublasLtMatmul | LibraryName::CublasGemm
    );
    let found: Vec<&Buffer> = roles
        .iter()
        .zip(args)
        .filter_map(|((role, _), argument)| match argument {
            Argument::Buffer(buffer) if buffer.role == *role && buffer.written.is_none() => {
                Some(buffer)
            }
            _ => None,
        })
        .collect();
    let written = args
        .iter()
        .skip(roles.len())
        .any(|argument| matches!(argument, Argument::Buffer(buffer) if buffer.role != Role::In));
    if found.len() == roles.len() && !written && (product || args.len() == roles.len()) {
        return Some(found);
    }
    let words: Vec<String> = roles
        .iter()
        .map(|(role, what)| {
            let role = if *role == Role::In { "in" } else { "out" };
            format!("{{ {role} = ... }} for {what}")
        })
        .collect();
    let more = if product {
        "; what its reference takes beside them follows, and nothing else is written"
    } else {
        ", and no others"
    };
    let help = format!("args are {}{more}", words.join(", "));
    let message = format!("the arguments don't fit {name}");
    evaluator.mistake(message, formula.place, help);
    None
}

/// A matrix product of types that the library multiplies, in buffers of the right size.
fn product(
    by: Blas,
    formula: &LibraryFormula,
    [a, b, c]: [&Buffer; 3],
    evaluator: &mut Evaluator<'_>,
) -> Option<LibraryCall> {
    const MOST: u64 = i32::MAX as u64;
    let mut sizes = [0_u32; 3];
    for ((size, formula), name) in sizes.iter_mut().zip(&formula.sizes).zip(["m", "n", "k"]) {
        let value = evaluator.bounded(formula, &format!("`{name}`"), (1, MOST))?;
        *size = u32::try_from(value).ok()?;
    }
    let [m, n, k] = sizes;
    for (index, buffer, rows, columns) in [(0, a, m, k), (1, b, n, k), (2, c, m, n)] {
        let elements = u64::from(rows) * u64::from(columns);
        if buffer.len != elements {
            let message = format!(
                "args[{index}] has {} elements, a matrix of {rows} x {columns} has {elements}",
                buffer.len
            );
            let help = "A is m x k, B n x k, C m x n, rows one after another";
            evaluator.mistake(message, formula.place, help);
            return None;
        }
    }
    let tf32 = match word(
        formula.compute.as_ref(),
        &["fp32", "tf32"],
        "compute",
        evaluator,
    )? {
        "tf32" if a.element != ElementType::F32 => {
            let message = format!("tf32 products have f32 inputs, not {}", a.element.name());
            let help = "leave `compute` out: the type of the inputs says how they are multiplied";
            evaluator.mistake(message, formula.place, help);
            return None;
        }
        word => word == "tf32",
    };
    fits(by, formula, [a, b, c], evaluator)?;
    Some(LibraryCall::Product(Product {
        by,
        m,
        n,
        k,
        input: a.element,
        output: c.element,
        tf32,
        fast_accumulation: formula.fast_accumulation,
    }))
}

/// Whether the library has products of such types.
fn fits(
    by: Blas,
    formula: &LibraryFormula,
    [a, b, c]: [&Buffer; 3],
    evaluator: &mut Evaluator<'_>,
) -> Option<()> {
    use ElementType::{Bf16, E4m3, F16, F32};
    let known = matches!(
        (by, a.element, c.element),
        (_, F32, F32)
            | (_, F16, F16 | F32)
            | (_, Bf16, Bf16 | F32)
            | (Blas::Lt, E4m3, F32 | F16 | Bf16)
    );
    if a.element != b.element || !known {
        let message = format!(
            "{} has no product of {} and {} in {}",
            formula.name.name(),
            a.element.name(),
            b.element.name(),
            c.element.name()
        );
        let eight = match by {
            Blas::Lt => ", e4m3 in f32, f16 or bf16",
            Blas::Gemm => "",
        };
        let help = format!("it has f32 in f32, f16 in f16 or f32, bf16 in bf16 or f32{eight}");
        evaluator.mistake(message, formula.place, help);
        return None;
    }
    if formula.fast_accumulation && a.element != E4m3 {
        let message = format!("fast accumulation is for e4m3, not {}", a.element.name());
        evaluator.mistake(message, formula.place, "leave `fast-accumulation` out");
        return None;
    }
    Some(())
}

fn copy(
    formula: &LibraryFormula,
    (from, to): (&Buffer, &Buffer),
    evaluator: &mut Evaluator<'_>,
) -> Option<LibraryCall> {
    if from.element != to.element || from.len != to.len {
        let message = "memcpy copies all of args[0] to all of args[1], and they differ";
        let help = "give both the same type and length";
        evaluator.mistake(message, formula.place, help);
        return None;
    }
    let places = ["device", "host"];
    let begin = word(formula.from.as_ref(), &places, "from", evaluator)?;
    let end = word(formula.to.as_ref(), &places, "to", evaluator)?;
    let memory = word(
        formula.memory.as_ref(),
        &["pinned", "pageable"],
        "memory",
        evaluator,
    )?;
    let pinned = memory == "pinned";
    let transfer = match (begin, end) {
        ("device", "device") => Transfer::OnDevice,
        ("host", "device") => Transfer::ToDevice { pinned },
        ("device", _) => Transfer::ToHost { pinned },
        _ => {
            let help = "write from = \"device\" or to = \"device\"";
            let message = "a copy from host memory to host memory is none of a device's";
            evaluator.mistake(message, formula.place, help);
            return None;
        }
    };
    if let Some(place) = formula.graph.filter(|_| transfer.is_pageable()) {
        let message = "a copy of pageable memory can't be part of a graph";
        let help =
            "give the workload timing = \"events\", or take pinned memory: memory = \"pinned\"";
        evaluator.mistake(message, place, help);
        return None;
    }
    Some(LibraryCall::Copy(transfer))
}

fn set(
    formula: &LibraryFormula,
    buffer: &Buffer,
    evaluator: &mut Evaluator<'_>,
) -> Option<LibraryCall> {
    let size = buffer.element.size();
    if size > 4 {
        let message = format!(
            "memset sets 1, 2 or 4 bytes, {} has {size}",
            buffer.element.name()
        );
        evaluator.mistake(message, formula.place, "take u32 for args[0]");
        return None;
    }
    let most = u64::MAX >> (64 - 8 * size);
    let value = match &formula.value {
        Some(value) => evaluator.bounded(value, "`value`", (0, most))?,
        None => 0,
    };
    Some(LibraryCall::Set { value })
}

/// One of `known`, the first where nothing is said.
fn word<'k>(
    template: Option<&Template>,
    known: &[&'k str],
    key: &str,
    evaluator: &mut Evaluator<'_>,
) -> Option<&'k str> {
    let Some(template) = template else {
        return known.first().copied();
    };
    let text = evaluator.template(template);
    let found = known.iter().copied().find(|word| *word == text);
    if found.is_none() {
        let quoted: Vec<String> = known.iter().map(|word| format!("{word:?}")).collect();
        let message = format!("`{key}` can't be {text:?}");
        evaluator.mistake(
            message,
            template.place,
            format!("write {}", quoted.join(" or ")),
        );
    }
    found
}
