//! A tree as text that parses to the same tree.

use std::fmt;

use super::ElementType;
use super::syntax::{Expression, Kind, Node};

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(&self.root, f)
    }
}

fn write(node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &node.kind {
        Kind::Integer(value) => write!(f, "{value}"),
        Kind::Real(value) => write!(f, "{value:?}"),
        Kind::Boolean(value) => write!(f, "{value}"),
        Kind::Text(text) if text.contains('"') => write!(f, "'{text}'"),
        Kind::Text(text) => write!(f, "\"{text}\""),
        Kind::Name(name) if is_plain(name) => f.write_str(name),
        Kind::Name(name) => write!(f, "`{name}`"),
        Kind::Negate(inner) => {
            f.write_str("-")?;
            operand(inner, f)
        }
        Kind::Not(inner) => {
            f.write_str("!")?;
            operand(inner, f)
        }
        Kind::Chain(first, rest) => {
            operand(first, f)?;
            for (operator, node) in rest {
                write!(f, " {} ", operator.symbol())?;
                operand(node, f)?;
            }
            Ok(())
        }
        Kind::Compare(left, comparison, right) => {
            operand(left, f)?;
            write!(f, " {} ", comparison.symbol())?;
            operand(right, f)
        }
        Kind::Power(base, exponent) => {
            operand(base, f)?;
            f.write_str(" ^ ")?;
            operand(exponent, f)
        }
        Kind::Call(function, arguments) => {
            write!(f, "{}(", function.name())?;
            for (index, argument) in arguments.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { ", " })?;
                write(argument, f)?;
            }
            f.write_str(")")
        }
    }
}

/// Whether a name reads as one without backquotes.
fn is_plain(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let goes_on = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    begins && goes_on && name != "true" && name != "false" || name.parse::<ElementType>().is_ok()
}

/// In brackets, unless it is a single token.
fn operand(node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let single = match &node.kind {
        Kind::Integer(value) => *value >= 0,
        Kind::Real(value) => value.is_sign_positive(),
        Kind::Boolean(_) | Kind::Text(_) | Kind::Name(_) | Kind::Call(..) => true,
        _ => false,
    };
    if single {
        return write(node, f);
    }
    f.write_str("(")?;
    write(node, f)?;
    f.write_str(")")
}
