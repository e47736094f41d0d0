//! Arguments of kernels: buffers with their fills, and values.

use super::context::{Context, Sort};
use super::tensor_map::{only_for_tensor_maps, tensor_map};
use super::workload::formula;
use crate::diagnostic::Place;
use crate::expr::ElementType;
use crate::manifest::formula::{Formula, Part, Template};
use crate::manifest::wire::{ArgumentTable, At, Field, FillTable, FillWire, FillWord, List};
use crate::manifest::words::Role;
use crate::manifest::workload::{
    ArgumentFormula, ArgumentValue, BufferFormula, FillFormula, TensorMapFormula,
};

/// The arguments of a kernel; those with mistakes are left out.
pub(super) fn arguments(
    field: &Field<List<ArgumentTable>>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Vec<ArgumentFormula> {
    let Some(list) = field.get() else {
        return Vec::new();
    };
    list.entries
        .iter()
        .filter(|table| !table.flawed)
        .filter_map(|table| argument(table, list, axes, context))
        .collect()
}

fn argument(
    table: &At<ArgumentTable>,
    list: &List<ArgumentTable>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<ArgumentFormula> {
    let buffers = buffers(table);
    let values = values(table);
    let maps = usize::from(table.tensor_map.get().is_some());
    if maps == 0 {
        only_for_tensor_maps(table, context);
    }
    match (buffers.as_slice(), values.as_slice(), maps) {
        ([], [], 1) => {
            only_for_buffers(table, "a tensor map", context);
            let map = tensor_map(table, list, axes, context)?;
            Some(map_argument(map, table.place))
        }
        ([(role, element)], [], 0) => {
            context.placeholders(element, axes, false);
            is_type(element, context);
            let buffer = buffer(table, *role, axes, context)?;
            Some(ArgumentFormula {
                value: ArgumentValue::Buffer(Box::new(buffer)),
                element: element.value.clone(),
                place: table.place,
            })
        }
        ([], [(element, value)], 0) => {
            only_for_buffers(table, "a value", context);
            context.names(value, axes);
            let name = Part::Text(element.name().to_owned());
            Some(ArgumentFormula {
                value: ArgumentValue::Scalar(value.value.clone()),
                element: Template {
                    parts: vec![name],
                    place: table.place,
                },
                place: table.place,
            })
        }
        (buffers, values, maps) => {
            let count = buffers.len() + values.len() + maps;
            let message = if count == 0 {
                "the argument has no type".to_owned()
            } else {
                format!("the argument has {count} types")
            };
            let help = "write { in = \"f32\", len = \"n\" }, { out = ... }, { inout = ... } or { u64 = \"n\" }";
            context.mistake(message, table.place, help);
            None
        }
    }
}

fn map_argument(map: TensorMapFormula, place: Place) -> ArgumentFormula {
    ArgumentFormula {
        value: ArgumentValue::TensorMap(Box::new(map)),
        // Its elements are the buffer's.
        element: Template {
            parts: Vec::new(),
            place,
        },
        place,
    }
}

fn buffers(table: &ArgumentTable) -> Vec<(Role, &At<Template>)> {
    [
        (Role::In, &table.input),
        (Role::Out, &table.output),
        (Role::InOut, &table.inout),
    ]
    .into_iter()
    .filter_map(|(role, field)| Some((role, field.get()?)))
    .collect()
}

fn values(table: &ArgumentTable) -> Vec<(ElementType, &At<Formula>)> {
    [
        (ElementType::I8, &table.i8),
        (ElementType::U8, &table.u8),
        (ElementType::I16, &table.i16),
        (ElementType::U16, &table.u16),
        (ElementType::I32, &table.i32),
        (ElementType::U32, &table.u32),
        (ElementType::I64, &table.i64),
        (ElementType::U64, &table.u64),
        (ElementType::F16, &table.f16),
        (ElementType::Bf16, &table.bf16),
        (ElementType::F32, &table.f32),
        (ElementType::F64, &table.f64),
        (ElementType::E4m3, &table.e4m3),
    ]
    .into_iter()
    .filter_map(|(element, field)| Some((element, field.get()?)))
    .collect()
}

/// Notes a type that is none; one from an axis is looked at when its value is known.
fn is_type(element: &At<Template>, context: &mut Context<'_>) {
    if let [Part::Text(name)] = element.parts.as_slice()
        && name.parse::<ElementType>().is_err()
    {
        let message = format!("{name:?} is no type of elements");
        context.mistake(message, element.place, type_help(name));
    }
}

/// What to write instead of `name`.
pub(in crate::manifest) fn type_help(name: &str) -> String {
    let meant = match name {
        "float" | "float32" | "fp32" | "single" => Some("f32"),
        "double" | "float64" | "fp64" => Some("f64"),
        "half" | "float16" | "fp16" | "__half" => Some("f16"),
        "bfloat16" | "__nv_bfloat16" => Some("bf16"),
        "fp8" | "f8" | "float8_e4m3fn" | "__nv_fp8_e4m3" => Some("e4m3"),
        "int" | "int32" | "int32_t" => Some("i32"),
        "unsigned" | "uint" | "uint32" | "uint32_t" => Some("u32"),
        "long" | "int64" | "int64_t" | "long long" => Some("i64"),
        "size_t" | "uint64" | "uint64_t" => Some("u64"),
        "short" | "int16" | "int16_t" => Some("i16"),
        "uint16" | "uint16_t" => Some("u16"),
        "char" | "int8" | "int8_t" => Some("i8"),
        "byte" | "bool" | "uint8" | "uint8_t" => Some("u8"),
        _ => None,
    };
    let names = || ElementType::ALL.map(ElementType::name).join(", ");
    meant.map_or_else(
        || format!("the types are {}", names()),
        |meant| format!("did you mean \"{meant}\"?"),
    )
}

/// Notes keys of buffers that stand at something else.
fn only_for_buffers(table: &ArgumentTable, what: &str, context: &mut Context<'_>) {
    let places = [
        ("len", table.len.get().map(|at| at.place)),
        ("fill", table.fill.get().map(|at| at.place)),
        ("written", table.written.get().map(|at| at.place)),
    ];
    for (key, place) in places {
        if let Some(place) = place {
            let message = format!("`{key}` means nothing for {what}");
            context.mistake(message, place, "leave it out: it belongs to buffers");
        }
    }
}

fn buffer(
    table: &At<ArgumentTable>,
    role: Role,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<BufferFormula> {
    if role == Role::Out
        && let Some(fill) = table.fill.get()
    {
        let help = "leave it out: outputs are poisoned; or write `inout`";
        context.mistake("an `out` buffer has no fill", fill.place, help);
    }
    if role == Role::In
        && let Some(written) = table.written.get()
    {
        let help = "leave it out, or write `out` or `inout`";
        context.mistake("an `in` buffer is not written", written.place, help);
    }
    if table.len.is_absent() {
        let help = "add len = \"n\", its elements";
        context.mistake("the buffer has no length", table.place, help);
    }
    let fill = table
        .fill
        .get()
        .and_then(|fill| Some((self::fill(fill, axes, context)?, fill.place)));
    let written = formula(&table.written, axes, context);
    let len = formula(&table.len, axes, context)?;
    Some(BufferFormula {
        role,
        len,
        fill,
        written,
    })
}

fn fill(at: &At<FillWire>, axes: &[&str], context: &mut Context<'_>) -> Option<FillFormula> {
    match &at.value {
        FillWire::Word(FillWord::Uniform) => Some(FillFormula::Uniform(None)),
        FillWire::Word(FillWord::Normal) => Some(FillFormula::Normal(None)),
        FillWire::Word(FillWord::Integers) => Some(FillFormula::Integers(None)),
        FillWire::Word(FillWord::Iota) => Some(FillFormula::Iota),
        FillWire::Word(FillWord::Zeros) => Some(FillFormula::Zeros),
        FillWire::Table(table) => fill_table(table, at.place, axes, context),
    }
}

fn fill_table(
    table: &FillTable,
    place: Place,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<FillFormula> {
    let absent = [
        table.uniform.is_absent(),
        table.normal.is_absent(),
        table.integers.is_absent(),
        table.constant.is_absent(),
        table.npy.is_absent(),
    ];
    let count = absent.into_iter().filter(|absent| !absent).count();
    if count != 1 {
        let message = format!("the fill says {count} things");
        let help = "write one of { uniform = [0, 1] }, { normal = [0, 1] }, { integers = [0, 9] }, { constant = 1 } and { npy = \"a.npy\" }";
        context.mistake(message, place, help);
        return None;
    }
    if let Some(npy) = table.npy.get() {
        return Some(FillFormula::Npy(context.existing(
            npy,
            Sort::File,
            "the input",
        )));
    }
    if let Some(constant) = formula(&table.constant, axes, context) {
        return Some(FillFormula::Constant(constant));
    }
    let mut pair = |field: &Field<List<Formula>>| pair(field, axes, context);
    if let Some(range) = pair(&table.uniform) {
        return Some(FillFormula::Uniform(Some(range)));
    }
    if let Some(range) = pair(&table.normal) {
        return Some(FillFormula::Normal(Some(range)));
    }
    pair(&table.integers).map(|range| FillFormula::Integers(Some(range)))
}

/// The two parameters of a fill.
fn pair(
    field: &Field<List<Formula>>,
    axes: &[&str],
    context: &mut Context<'_>,
) -> Option<Box<[Formula; 2]>> {
    let list = field.get()?;
    for formula in &list.entries {
        context.names(formula, axes);
    }
    let values: Vec<Formula> = list.values().cloned().collect();
    let count = values.len() + list.broken;
    let pair = <[Formula; 2]>::try_from(values).ok();
    if count != 2 {
        let message = format!("the fill has {count} parameters");
        context.mistake(message, list.place, "give it two, as in [0, 1]");
    }
    pair.map(Box::new)
}
