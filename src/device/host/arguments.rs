//! Whether a case's arguments fit the parameters of its kernel.

use super::module::{Kind, Parameter};
use crate::plan::{Argument, Buffer, Scalar};
use crate::record::{FailureKind, Refusal};

/// Fails, naming the first argument that doesn't fit a parameter of `entry`.
pub(super) fn check(
    entry: &str,
    parameters: &[Parameter],
    arguments: &[Argument],
) -> Result<(), Refusal> {
    let refused = |message: String| Err(Refusal::failed(FailureKind::Arguments, message));
    if parameters.len() != arguments.len() {
        let names: Vec<&str> = parameters.iter().map(|one| one.name.as_str()).collect();
        return refused(format!(
            "{entry} takes {} arguments ({}), the case gives {}",
            parameters.len(),
            names.join(", "),
            arguments.len()
        ));
    }
    for (index, (parameter, argument)) in parameters.iter().zip(arguments).enumerate() {
        let wrong = match argument {
            Argument::Buffer(buffer) => buffer_mismatch(parameter, buffer),
            Argument::TensorMap(_) => Some("a tensor map".to_owned()),
            Argument::Scalar(scalar) => scalar_mismatch(parameter, scalar),
        };
        if let Some(given) = wrong {
            let Parameter { name, size, .. } = parameter;
            return refused(format!(
                "args[{index}] is {given}, the parameter of {entry} is {name} ({size} bytes)"
            ));
        }
    }
    Ok(())
}

/// What is wrong with a buffer for `parameter`. A pointer to anything but a real number of another size will do:
/// kernels read bytes, vectors and structs from plain buffers.
fn buffer_mismatch(parameter: &Parameter, buffer: &Buffer) -> Option<String> {
    let element = buffer.element;
    let given = Some(format!("a buffer of {}", element.name()));
    match parameter.kind {
        Kind::Address => {
            let reals = parameter.pointee == Kind::Real && element.is_real();
            if reals && parameter.pointee_size != element.size() {
                return given;
            }
            None
        }
        // A struct that holds the pointer.
        Kind::Other if parameter.size == 8 => None,
        _ => given,
    }
}

fn scalar_mismatch(parameter: &Parameter, scalar: &Scalar) -> Option<String> {
    let element = scalar.element;
    let fits = parameter.size == element.size()
        && match parameter.kind {
            Kind::Integer => !element.is_real(),
            Kind::Real => element.is_real(),
            Kind::Address => false,
            Kind::Other => true,
        };
    let bytes = element.size();
    let unit = if bytes == 1 { "byte" } else { "bytes" };
    (!fits).then(|| format!("{} ({bytes} {unit})", element.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ElementType, Fill, Role};

    fn parameter(kind: Kind, size: u64, pointee: Kind, pointee_size: u64) -> Parameter {
        Parameter {
            size,
            pointee_size,
            kind,
            pointee,
            name: "T".to_owned(),
        }
    }

    fn buffer(element: ElementType) -> Argument {
        Argument::Buffer(Buffer {
            role: Role::In,
            element,
            len: 1,
            fill: Fill::Zeros,
            written: None,
        })
    }

    fn scalar(element: ElementType) -> Argument {
        Argument::Scalar(Scalar { element, bits: 0 })
    }

    #[test]
    fn arguments_fit_by_size_and_kind() {
        use ElementType::{F16, F32, F64, I32, U8, U32, U64};
        use Kind::{Address, Integer, Other, Real};
        let table = [
            (parameter(Address, 8, Real, 4), buffer(F32), true),
            (parameter(Address, 8, Real, 8), buffer(F32), false),
            (parameter(Address, 8, Real, 4), buffer(F16), false),
            (parameter(Address, 8, Other, 0), buffer(F32), true),
            (parameter(Address, 8, Integer, 4), buffer(F32), true),
            (parameter(Address, 8, Integer, 4), buffer(U8), true),
            (parameter(Integer, 8, Integer, 0), buffer(F32), false),
            (parameter(Other, 8, Other, 0), buffer(F32), true),
            (parameter(Integer, 8, Integer, 0), scalar(U64), true),
            (parameter(Integer, 8, Integer, 0), scalar(U32), false),
            (parameter(Integer, 4, Integer, 0), scalar(F32), false),
            (parameter(Real, 4, Real, 0), scalar(I32), false),
            (parameter(Real, 8, Real, 0), scalar(F64), true),
            (parameter(Other, 2, Other, 0), scalar(F16), true),
            (parameter(Address, 8, Real, 4), scalar(U64), false),
        ];
        for (parameter, argument, fits) in table {
            let found = check(
                "k",
                std::slice::from_ref(&parameter),
                std::slice::from_ref(&argument),
            );
            assert_eq!(found.is_ok(), fits, "{parameter:?} {argument:?} {found:?}");
        }
    }

    #[test]
    fn the_message_names_argument_and_type() {
        let parameters = [parameter(Kind::Integer, 8, Kind::Integer, 0)];
        let text =
            |arguments: &[Argument]| format!("{:?}", check("k<int>", &parameters, arguments));
        let short = text(&[scalar(ElementType::U32)]);
        assert!(short.contains("args[0] is u32 (4 bytes), the parameter of k<int> is T (8 bytes)"));
        let none = text(&[]);
        assert!(
            none.contains("k<int> takes 1 arguments (T), the case gives 0"),
            "{none}"
        );
    }
}
