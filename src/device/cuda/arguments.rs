//! Whether a case's arguments fit its kernel's parameters.

use super::driver::Parameter;
use crate::plan::{Argument, TensorMap};
use crate::record::{FailureKind, Refusal};

/// The most parameters that a kernel can have: 32,764 bytes of one byte each would be more, but no launch of such a
/// kernel is ever checked without [`Parameter`]s by a driver of CUDA 12.4 or newer.
pub const MOST: usize = 4096;

/// The bytes that an argument takes among a kernel's parameters.
fn size(argument: &Argument) -> usize {
    const POINTER: u64 = 8;
    let bytes = match argument {
        Argument::Buffer(_) => POINTER,
        Argument::TensorMap(_) => TensorMap::BYTES,
        Argument::Scalar(scalar) => scalar.element.size(),
    };
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Refuses `arguments` that don't fit `parameters`, by number and by size.
pub fn check(entry: &str, arguments: &[Argument], parameters: &[Parameter]) -> Result<(), Refusal> {
    let refused = |message: String| Err(Refusal::failed(FailureKind::Arguments, message));
    if arguments.len() != parameters.len() {
        return refused(format!(
            "{entry} takes {} parameters, the case gives {} arguments",
            parameters.len(),
            arguments.len()
        ));
    }
    let pairs = arguments.iter().zip(parameters).enumerate();
    for (number, (argument, parameter)) in pairs {
        let given = size(argument);
        if given != parameter.size {
            return refused(format!(
                "args[{number}] has {given} bytes, its parameter of {entry} takes {}",
                parameter.size
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::ElementType;
    use crate::plan::Scalar;

    fn scalar(element: ElementType) -> Argument {
        Argument::Scalar(Scalar { element, bits: 0 })
    }

    fn parameters(sizes: &[usize]) -> Vec<Parameter> {
        let one = |size: &usize| Parameter {
            offset: 0,
            size: *size,
        };
        sizes.iter().map(one).collect()
    }

    fn message(result: Result<(), Refusal>) -> String {
        match result {
            Err(Refusal::Failed(failure)) => failure.message,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn number_and_size_must_fit() {
        let arguments = [scalar(ElementType::F32), scalar(ElementType::U64)];
        assert!(check("k", &arguments, &parameters(&[4, 8])).is_ok());
        assert_eq!(
            message(check("k", &arguments, &parameters(&[4]))),
            "k takes 1 parameters, the case gives 2 arguments"
        );
        assert_eq!(
            message(check("k", &arguments, &parameters(&[4, 4]))),
            "args[1] has 8 bytes, its parameter of k takes 4"
        );
    }
}
