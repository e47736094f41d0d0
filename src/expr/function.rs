//! The functions of expressions.

use std::ops::Range;

use super::value::Value;
use super::{ElementType, ExpressionError};

/// A function of expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `ceil_div(a, b)`: the quotient rounded up, of integers.
    CeilDiv,
    /// `min(a, b, ...)`.
    Min,
    /// `max(a, b, ...)`.
    Max,
    /// `log2(a)`: of an integer rounded down to an integer, of a real a real.
    Log2,
    /// `size_of(f32)`: the bytes of an element of the type, or of the type that a text axis names.
    SizeOf,
}

impl Function {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::CeilDiv,
        Self::Min,
        Self::Max,
        Self::Log2,
        Self::SizeOf,
    ];

    /// The name in expressions.
    pub fn name(self) -> &'static str {
        match self {
            Self::CeilDiv => "ceil_div",
            Self::Min => "min",
            Self::Max => "max",
            Self::Log2 => "log2",
            Self::SizeOf => "size_of",
        }
    }

    /// How it is called, for messages.
    pub fn usage(self) -> &'static str {
        match self {
            Self::CeilDiv => "ceil_div(a, b)",
            Self::Min => "min(a, b)",
            Self::Max => "max(a, b)",
            Self::Log2 => "log2(a)",
            Self::SizeOf => "size_of(f32)",
        }
    }

    /// Whether it takes `count` arguments.
    pub(super) fn takes(self, count: usize) -> bool {
        match self {
            Self::CeilDiv => count == 2,
            Self::Min | Self::Max => count >= 2,
            Self::Log2 | Self::SizeOf => count == 1,
        }
    }

    /// The function's value; `span` is that of the call.
    pub(super) fn apply(
        self,
        arguments: &[Value],
        span: &Range<usize>,
    ) -> Result<Value, ExpressionError> {
        let wrong = || {
            let kinds: Vec<&str> = arguments.iter().map(Value::kind).collect();
            let message = format!("{} can't take {}", self.name(), kinds.join(" and "));
            Err(ExpressionError::new(message, span.clone()))
        };
        match (self, arguments) {
            (Self::CeilDiv, [Value::Integer(a), Value::Integer(b)]) => ceil_div(*a, *b, span),
            (Self::Log2, [Value::Integer(a)]) if *a > 0 => Ok(Value::Integer(i64::from(a.ilog2()))),
            (Self::Log2, [Value::Real(a)]) if *a > 0.0 => Ok(Value::Real(a.log2())),
            (Self::Log2, [Value::Integer(_) | Value::Real(_)]) => Err(ExpressionError::new(
                format!("log2 of {}", arguments[0]),
                span.clone(),
            )
            .help("log2 takes numbers above 0")),
            (Self::Min | Self::Max, _) => self.extreme(arguments).map_or_else(wrong, Ok),
            (Self::SizeOf, [Value::Text(name)]) => size_of(name, span),
            _ => wrong(),
        }
    }

    /// The least or greatest of numbers: an integer if all of them are.
    fn extreme(self, arguments: &[Value]) -> Option<Value> {
        let integers: Option<Vec<i64>> = arguments
            .iter()
            .map(|value| match value {
                Value::Integer(value) => Some(*value),
                _ => None,
            })
            .collect();
        if let Some(integers) = integers {
            let extreme = match self {
                Self::Min => integers.into_iter().min(),
                _ => integers.into_iter().max(),
            };
            return extreme.map(Value::Integer);
        }
        let reals: Option<Vec<f64>> = arguments.iter().map(Value::as_real).collect();
        let pick = match self {
            Self::Min => f64::min,
            _ => f64::max,
        };
        reals?.into_iter().reduce(pick).map(Value::Real)
    }
}

fn ceil_div(a: i64, b: i64, span: &Range<usize>) -> Result<Value, ExpressionError> {
    if b == 0 {
        return Err(ExpressionError::new("division by zero", span.clone()));
    }
    let overflow = || ExpressionError::new("overflow of 64-bit integers", span.clone());
    let quotient = a.checked_div(b).ok_or_else(overflow)?;
    let up = a % b != 0 && (a > 0) == (b > 0);
    Ok(Value::Integer(quotient + i64::from(up)))
}

fn size_of(name: &str, span: &Range<usize>) -> Result<Value, ExpressionError> {
    let element: ElementType = name.parse().map_err(|()| {
        let names = ElementType::ALL.map(ElementType::name).join(", ");
        ExpressionError::new(format!("{name:?} is no type"), span.clone())
            .help(format!("the types are {names}"))
    })?;
    Ok(Value::Integer(i64::try_from(element.size()).unwrap_or(8)))
}
