//! The small integer and real expression language of manifests.
//!
//! Checked 64-bit integers and reals, `+ - * / % ^`, comparisons, `&& || !`, a few functions, and names that a
//! [`Scope`] knows. Between integers `/` is floor division and `%` its remainder. `^` is power. Nothing wraps:
//! overflow, division by zero and values that are no numbers are faults with the place of what caused them.
//! Text (of a text axis, or in quotes) can be compared by `==` and `!=` alone.

mod display;
pub mod e4m3;
mod element;
mod evaluator;
mod function;
mod lexer;
mod parser;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

use std::ops::Range;

pub use element::ElementType;
pub use function::Function;
pub use syntax::Expression;
pub use value::{Scope, Value};

/// Parentheses, signs, powers and calls may nest so deep.
pub const NESTING: usize = 64;

/// What is wrong with an expression, or went wrong in its evaluation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// The bytes of the expression that it is about.
    pub span: Range<usize>,
    /// What to do.
    pub help: Option<String>,
}

impl ExpressionError {
    /// A fault of the bytes `span`.
    pub fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self {
            message: message.into(),
            span,
            help: None,
        }
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
