//! Values, and where names get theirs.

use std::fmt;

use crate::id::AxisValue;

/// What an expression yields.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A finite real number.
    Real(f64),
    /// The outcome of a comparison.
    Boolean(bool),
    /// The value of a text axis, or text in quotes.
    Text(String),
}

impl Value {
    /// The value's type for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real",
            Self::Boolean(_) => "a truth value",
            Self::Text(_) => "text",
        }
    }

    /// The value as a real, if it is a number.
    pub fn as_real(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            Self::Boolean(_) | Self::Text(_) => None,
        }
    }
}

impl From<&AxisValue> for Value {
    fn from(value: &AxisValue) -> Self {
        match value {
            AxisValue::Integer(value) => Self::Integer(*value),
            AxisValue::Real(value) => Self::Real(*value),
            AxisValue::Text(value) => Self::Text(value.clone()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value:?}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// Where names get their values.
pub trait Scope {
    /// The value of `name`, if the scope knows it.
    fn value(&self, name: &str) -> Option<Value>;

    /// Every name that it knows, for suggestions.
    fn names(&self) -> Vec<String>;
}
