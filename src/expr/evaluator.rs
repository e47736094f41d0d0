//! The value of a tree. Everything is checked; `&&` and `||` don't look at a right side that can't matter.

use std::cmp::Ordering;
use std::ops::Range;

use super::ExpressionError;
use super::function::Function;
use super::syntax::{Comparison, Kind, Node, Operator};
use super::value::{Scope, Value};

type Outcome = Result<Value, ExpressionError>;

/// The value of `node`; recursion is bounded by the parser's nesting limit.
pub(super) fn evaluate(node: &Node, scope: &dyn Scope) -> Outcome {
    match &node.kind {
        Kind::Integer(value) => Ok(Value::Integer(*value)),
        Kind::Real(value) => Ok(Value::Real(*value)),
        Kind::Boolean(value) => Ok(Value::Boolean(*value)),
        Kind::Text(value) => Ok(Value::Text(value.clone())),
        Kind::Name(name) => scope
            .value(name)
            .ok_or_else(|| unknown(name, &node.span, scope)),
        Kind::Negate(inner) => negate(evaluate(inner, scope)?, &node.span),
        Kind::Not(inner) => Ok(Value::Boolean(!truth(inner, scope)?)),
        Kind::Chain(first, rest) => chain(first, rest, scope),
        Kind::Compare(left, comparison, right) => {
            let (a, b) = (evaluate(left, scope)?, evaluate(right, scope)?);
            compare(&a, *comparison, &b, &node.span)
        }
        Kind::Power(base, exponent) => {
            let (base, exponent) = (evaluate(base, scope)?, evaluate(exponent, scope)?);
            power(&base, &exponent, &node.span)
        }
        Kind::Call(function, arguments) => call(*function, arguments, &node.span, scope),
    }
}

fn unknown(name: &str, span: &Range<usize>, scope: &dyn Scope) -> ExpressionError {
    let error = ExpressionError::new(format!("unknown name `{name}`"), span.clone());
    error.help(format!("the names here are {}", scope.names().join(", ")))
}

fn negate(value: Value, span: &Range<usize>) -> Outcome {
    match value {
        Value::Integer(value) => value
            .checked_neg()
            .map(Value::Integer)
            .ok_or_else(|| overflow(span)),
        Value::Real(value) => Ok(Value::Real(-value)),
        other => {
            let message = format!("`-` takes a number, not {}", other.kind());
            Err(ExpressionError::new(message, span.clone()))
        }
    }
}

fn overflow(span: &Range<usize>) -> ExpressionError {
    ExpressionError::new("overflow of 64-bit integers", span.clone()).help(
        "make the numbers smaller, or one of them a real (2.0 instead of 2) where a real will do",
    )
}

fn truth(node: &Node, scope: &dyn Scope) -> Result<bool, ExpressionError> {
    match evaluate(node, scope)? {
        Value::Boolean(value) => Ok(value),
        other => {
            let message = format!("expected a comparison, found {}", other.kind());
            let error = ExpressionError::new(message, node.span.clone());
            Err(error.help("compare it, as in `n > 0`"))
        }
    }
}

fn chain(first: &Node, rest: &[(Operator, Node)], scope: &dyn Scope) -> Outcome {
    if let Some((operator @ (Operator::Or | Operator::And), _)) = rest.first() {
        // One rank holds one of the two, so the first operand that decides does so for the whole chain.
        let decisive = *operator == Operator::Or;
        for node in std::iter::once(first).chain(rest.iter().map(|(_, node)| node)) {
            if truth(node, scope)? == decisive {
                return Ok(Value::Boolean(decisive));
            }
        }
        return Ok(Value::Boolean(!decisive));
    }
    let mut value = evaluate(first, scope)?;
    for (operator, node) in rest {
        let right = evaluate(node, scope)?;
        let span = first.span.start..node.span.end;
        value = arithmetic(&value, *operator, &right, &span)?;
    }
    Ok(value)
}

fn arithmetic(a: &Value, operator: Operator, b: &Value, span: &Range<usize>) -> Outcome {
    if let (Value::Integer(a), Value::Integer(b)) = (a, b) {
        return integers(*a, operator, *b, span);
    }
    let (Some(x), Some(y)) = (a.as_real(), b.as_real()) else {
        let kinds = format!("{} and {}", a.kind(), b.kind());
        let message = format!("`{}` takes numbers, not {kinds}", operator.symbol());
        return Err(ExpressionError::new(message, span.clone()));
    };
    let value = match operator {
        Operator::Add => x + y,
        Operator::Subtract => x - y,
        Operator::Multiply => x * y,
        _ if y == 0.0 => return Err(by_zero(operator, span)),
        Operator::Divide => x / y,
        _ => x - y * (x / y).floor(),
    };
    real(value, span)
}

fn integers(a: i64, operator: Operator, b: i64, span: &Range<usize>) -> Outcome {
    let value = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        _ if b == 0 => return Err(by_zero(operator, span)),
        Operator::Divide => floor_div(a, b),
        _ => Some(floor_rem(a, b)),
    };
    value.map(Value::Integer).ok_or_else(|| overflow(span))
}

fn floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    let down = a % b != 0 && (a < 0) != (b < 0);
    Some(quotient - i64::from(down))
}

/// The remainder with the sign of `b`, so that `a == b * (a / b) + a % b`.
fn floor_rem(a: i64, b: i64) -> i64 {
    let remainder = a.wrapping_rem(b);
    if remainder != 0 && (remainder < 0) != (b < 0) {
        remainder + b
    } else {
        remainder
    }
}

fn by_zero(operator: Operator, span: &Range<usize>) -> ExpressionError {
    let what = if operator == Operator::Divide {
        "division by zero"
    } else {
        "remainder of a division by zero"
    };
    ExpressionError::new(what, span.clone())
}

/// A real, if it is a finite number.
fn real(value: f64, span: &Range<usize>) -> Outcome {
    if value.is_finite() {
        Ok(Value::Real(value))
    } else if value.is_nan() {
        Err(ExpressionError::new(
            "the result is no real number",
            span.clone(),
        ))
    } else {
        Err(ExpressionError::new("overflow of reals", span.clone()))
    }
}

fn power(base: &Value, exponent: &Value, span: &Range<usize>) -> Outcome {
    if let (Value::Integer(base), Value::Integer(exponent)) = (base, exponent) {
        return integer_power(*base, *exponent, span);
    }
    match (base.as_real(), exponent.as_real()) {
        (Some(0.0), Some(y)) if y < 0.0 => Err(by_zero(Operator::Divide, span)),
        (Some(x), Some(y)) => real(x.powf(y), span),
        _ => {
            let kinds = format!("{} and {}", base.kind(), exponent.kind());
            let message = format!("`^` takes numbers, not {kinds}");
            Err(ExpressionError::new(message, span.clone()))
        }
    }
}

fn integer_power(base: i64, exponent: i64, span: &Range<usize>) -> Outcome {
    if exponent < 0 {
        let message = format!("an integer to the power {exponent} is no integer");
        let error = ExpressionError::new(message, span.clone());
        return Err(error.help("write the base as a real, as in `2.0 ^ -1`"));
    }
    let value = match base {
        0 | 1 => Some(if exponent == 0 { 1 } else { base }),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => u32::try_from(exponent)
            .ok()
            .and_then(|exponent| base.checked_pow(exponent)),
    };
    value.map(Value::Integer).ok_or_else(|| overflow(span))
}

fn compare(a: &Value, comparison: Comparison, b: &Value, span: &Range<usize>) -> Outcome {
    let ordering = match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) if is_equality(comparison) => Some(a.cmp(b)),
        _ => a
            .as_real()
            .zip(b.as_real())
            .and_then(|(a, b)| a.partial_cmp(&b)),
    };
    let Some(ordering) = ordering else {
        let kinds = format!("{} and {}", a.kind(), b.kind());
        let message = format!("`{}` can't compare {kinds}", comparison.symbol());
        return Err(ExpressionError::new(message, span.clone()));
    };
    Ok(Value::Boolean(match comparison {
        Comparison::Equal => ordering == Ordering::Equal,
        Comparison::Unequal => ordering != Ordering::Equal,
        Comparison::Less => ordering == Ordering::Less,
        Comparison::AtMost => ordering != Ordering::Greater,
        Comparison::Greater => ordering == Ordering::Greater,
        Comparison::AtLeast => ordering != Ordering::Less,
    }))
}

fn is_equality(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Equal | Comparison::Unequal)
}

fn call(function: Function, arguments: &[Node], span: &Range<usize>, scope: &dyn Scope) -> Outcome {
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        values.push(match &argument.kind {
            // `size_of(f32)`: the name of a type, unless an axis is called so.
            Kind::Name(name) if function == Function::SizeOf => scope
                .value(name)
                .unwrap_or_else(|| Value::Text(name.clone())),
            _ => evaluate(argument, scope)?,
        });
    }
    function.apply(&values, span)
}
