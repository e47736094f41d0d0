//! What a parser makes of an expression.

use std::ops::Range;

use super::function::Function;
use super::value::{Scope, Value};
use super::{ExpressionError, evaluator, parser};

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub(super) root: Node,
}

impl Expression {
    /// Parses `text`; the error names the bytes that it is about.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Ok(Self {
            root: parser::parse(text)?,
        })
    }

    /// The expression that is always `value`.
    pub fn constant(value: Value) -> Self {
        let kind = match value {
            Value::Integer(value) => Kind::Integer(value),
            Value::Real(value) => Kind::Real(value),
            Value::Boolean(value) => Kind::Boolean(value),
            Value::Text(value) => Kind::Text(value),
        };
        Self {
            root: Node { kind, span: 0..0 },
        }
    }

    /// The value where names have the values of `scope`.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, ExpressionError> {
        evaluator::evaluate(&self.root, scope)
    }

    /// The names it uses and where, left to right; the type in `size_of(f32)` is none.
    pub fn names(&self) -> Vec<(&str, Range<usize>)> {
        let mut names = Vec::new();
        collect(&self.root, &mut names);
        names
    }
}

/// A part of an expression and its bytes. Chains of equal rank are flat, so depth is bounded by the nesting.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub kind: Kind,
    pub span: Range<usize>,
}

impl PartialEq for Node {
    /// Equal in what they say, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The kinds of [`Node`].
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Text(String),
    Name(String),
    Negate(Box<Node>),
    Not(Box<Node>),
    /// Operators of one rank, left to right.
    Chain(Box<Node>, Vec<(Operator, Node)>),
    Compare(Box<Node>, Comparison, Box<Node>),
    Power(Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

/// Operators that chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

/// Comparisons, which don't chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

fn collect<'a>(node: &'a Node, names: &mut Vec<(&'a str, Range<usize>)>) {
    match &node.kind {
        Kind::Name(name) => names.push((name, node.span.clone())),
        Kind::Negate(inner) | Kind::Not(inner) => collect(inner, names),
        Kind::Chain(first, rest) => {
            collect(first, names);
            for (_, node) in rest {
                collect(node, names);
            }
        }
        Kind::Compare(left, _, right) | Kind::Power(left, right) => {
            collect(left, names);
            collect(right, names);
        }
        Kind::Call(function, arguments) => {
            let type_name = *function == Function::SizeOf && is_type(arguments);
            if !type_name {
                for node in arguments {
                    collect(node, names);
                }
            }
        }
        Kind::Integer(_) | Kind::Real(_) | Kind::Boolean(_) | Kind::Text(_) => {}
    }
}

/// Whether the arguments of `size_of` are the name of a type, and not that of a text axis.
fn is_type(arguments: &[Node]) -> bool {
    match arguments {
        [one] => {
            matches!(&one.kind, Kind::Name(name) if name.parse::<super::ElementType>().is_ok())
        }
        _ => false,
    }
}
