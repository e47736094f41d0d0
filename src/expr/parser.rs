//! Tokens to a tree, by precedence climbing.
//!
//! From loose to tight: `||`, `&&`, comparisons (which don't chain), `+ -`, `* / %`, signs and `!`, `^` (which
//! groups to the right: `2 ^ 3 ^ 2` is `2 ^ 9`, and `-2 ^ 2` is -4).

use super::function::Function;
use super::lexer::{self, Token, TokenKind};
use super::syntax::{Comparison, Kind, Node, Operator};
use super::{ExpressionError, NESTING};

/// The ranks of chaining operators, loose to tight; comparisons stand between the second and the third.
const RANKS: [&[Operator]; 4] = [
    &[Operator::Or],
    &[Operator::And],
    &[Operator::Add, Operator::Subtract],
    &[Operator::Multiply, Operator::Divide, Operator::Remainder],
];

/// The first rank tighter than comparisons.
const ARITHMETIC: usize = 2;

const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::Unequal,
    Comparison::Less,
    Comparison::AtMost,
    Comparison::Greater,
    Comparison::AtLeast,
];

/// Parses a whole expression.
pub(super) fn parse(text: &str) -> Result<Node, ExpressionError> {
    let mut parser = Parser {
        tokens: lexer::tokens(text)?,
        next: 0,
        depth: 0,
    };
    if parser.peek().kind == TokenKind::End {
        let error = ExpressionError::new("the expression is empty", 0..text.len());
        return Err(error.help("write a number, an axis, or a formula of them"));
    }
    let node = parser.chain(0)?;
    match &parser.peek().kind {
        TokenKind::End => Ok(node),
        _ => Err(parser.unexpected("an operator")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        // The last token is the end, which is never passed.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek().kind, TokenKind::Symbol(s) if s == symbol);
        self.next += usize::from(found);
        found
    }

    fn unexpected(&self, wanted: &str) -> ExpressionError {
        let token = self.peek();
        let found = match &token.kind {
            TokenKind::End => "the end".to_owned(),
            TokenKind::Integer(value) => value.to_string(),
            TokenKind::Real(value) => format!("{value:?}"),
            TokenKind::Text(text) => format!("{text:?}"),
            TokenKind::Name(name) => format!("`{name}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
        };
        ExpressionError::new(
            format!("expected {wanted}, found {found}"),
            token.span.clone(),
        )
    }

    /// Operators of rank `rank` between operands of the next.
    fn chain(&mut self, rank: usize) -> Result<Node, ExpressionError> {
        let first = self.operand(rank)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator(rank) {
            rest.push((operator, self.operand(rank)?));
        }
        let Some((_, last)) = rest.last() else {
            return Ok(first);
        };
        let span = first.span.start..last.span.end;
        let kind = Kind::Chain(Box::new(first), rest);
        Ok(Node { kind, span })
    }

    fn operator(&mut self, rank: usize) -> Option<Operator> {
        let known = RANKS[rank].iter().copied();
        known
            .into_iter()
            .find(|operator| self.take_symbol(operator.symbol()))
    }

    fn operand(&mut self, rank: usize) -> Result<Node, ExpressionError> {
        if rank + 1 == ARITHMETIC {
            self.comparison()
        } else if rank + 1 < RANKS.len() {
            self.chain(rank + 1)
        } else {
            self.signed()
        }
    }

    fn comparison(&mut self) -> Result<Node, ExpressionError> {
        let left = self.chain(ARITHMETIC)?;
        let Some(comparison) = self.comparison_symbol() else {
            return Ok(left);
        };
        let right = self.chain(ARITHMETIC)?;
        let at = self.peek().span.clone();
        if self.comparison_symbol().is_some() {
            let error = ExpressionError::new("comparisons don't chain", at);
            return Err(error.help("write `a < b && b < c`"));
        }
        let span = left.span.start..right.span.end;
        let kind = Kind::Compare(Box::new(left), comparison, Box::new(right));
        Ok(Node { kind, span })
    }

    fn comparison_symbol(&mut self) -> Option<Comparison> {
        let mut known = COMPARISONS.into_iter();
        known.find(|comparison| self.take_symbol(comparison.symbol()))
    }

    /// Signs and `!`, and what they stand before.
    fn signed(&mut self) -> Result<Node, ExpressionError> {
        let start = self.peek().span.start;
        let negate = self.take_symbol("-");
        if !negate && !self.take_symbol("!") {
            return self.power();
        }
        if negate && self.is_least_integer() {
            let span = start..self.take().span.end;
            return Ok(Node {
                kind: Kind::Integer(i64::MIN),
                span,
            });
        }
        let inner = Box::new(self.deeper(Self::signed)?);
        let span = start..inner.span.end;
        let kind = if negate {
            Kind::Negate(inner)
        } else {
            Kind::Not(inner)
        };
        Ok(Node { kind, span })
    }

    /// Whether 2^63 is next, and no power of it: with a sign it fits.
    fn is_least_integer(&self) -> bool {
        let power = self.tokens.get(self.next + 1).map(|token| &token.kind);
        self.peek().kind == TokenKind::Integer(1 << 63) && power != Some(&TokenKind::Symbol("^"))
    }

    fn power(&mut self) -> Result<Node, ExpressionError> {
        let base = self.atom()?;
        if !self.take_symbol("^") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        let span = base.span.start..exponent.span.end;
        let kind = Kind::Power(Box::new(base), Box::new(exponent));
        Ok(Node { kind, span })
    }

    fn atom(&mut self) -> Result<Node, ExpressionError> {
        let token = self.peek().clone();
        let kind = match token.kind {
            TokenKind::Integer(value) => Kind::Integer(
                i64::try_from(value)
                    .map_err(|_| lexer::too_large(&value.to_string(), token.span.clone()))?,
            ),
            TokenKind::Real(value) => Kind::Real(value),
            TokenKind::Text(text) => Kind::Text(text),
            TokenKind::Name(name) => {
                self.next += 1;
                return self.named(name, token.span);
            }
            TokenKind::Symbol("(") => return self.parenthesised(),
            TokenKind::Symbol(_) | TokenKind::End => {
                return Err(self.unexpected("a number, a name or `(`"));
            }
        };
        self.next += 1;
        Ok(Node {
            kind,
            span: token.span,
        })
    }

    fn parenthesised(&mut self) -> Result<Node, ExpressionError> {
        let open = self.take().span;
        let mut inner = self.deeper(|parser| parser.chain(0))?;
        let close = self.peek().span.end;
        if !self.take_symbol(")") {
            return Err(self.unclosed(&open));
        }
        inner.span = open.start..close;
        Ok(inner)
    }

    fn unclosed(&self, open: &std::ops::Range<usize>) -> ExpressionError {
        match self.peek().kind {
            TokenKind::End => ExpressionError::new("`(` is never closed", open.clone()),
            _ => self.unexpected("an operator or `)`"),
        }
    }

    /// A name, or a call where `(` follows.
    fn named(&mut self, name: String, at: std::ops::Range<usize>) -> Result<Node, ExpressionError> {
        let open = self.peek().span.clone();
        if !self.take_symbol("(") {
            let kind = match name.as_str() {
                "true" => Kind::Boolean(true),
                "false" => Kind::Boolean(false),
                _ => Kind::Name(name),
            };
            return Ok(Node { kind, span: at });
        }
        let known = Function::ALL.into_iter();
        let Some(function) = known.into_iter().find(|function| function.name() == name) else {
            let names = Function::ALL.map(Function::name).join(", ");
            let error = ExpressionError::new(format!("unknown function `{name}`"), at);
            return Err(error.help(format!("the functions are {names}")));
        };
        let arguments = self.arguments(&open)?;
        let span = at.start..self.tokens[self.next - 1].span.end;
        if !function.takes(arguments.len()) {
            let usage = function.usage();
            let message = format!("{name} doesn't take {} arguments", arguments.len());
            return Err(ExpressionError::new(message, span).help(format!("write {usage}")));
        }
        let kind = Kind::Call(function, arguments);
        Ok(Node { kind, span })
    }

    /// What stands between brackets, of which the first is taken.
    fn arguments(&mut self, open: &std::ops::Range<usize>) -> Result<Vec<Node>, ExpressionError> {
        let mut arguments = Vec::new();
        if self.take_symbol(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.deeper(|parser| parser.chain(0))?);
            if self.take_symbol(")") {
                return Ok(arguments);
            }
            if !self.take_symbol(",") {
                return Err(self.unclosed(open));
            }
        }
    }

    /// Parses one level deeper, up to the limit; recursion stays bounded by it.
    fn deeper(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<Node, ExpressionError>,
    ) -> Result<Node, ExpressionError> {
        if self.depth == NESTING {
            let message = format!("nested deeper than {NESTING}");
            let error = ExpressionError::new(message, self.peek().span.clone());
            return Err(error.help("split the expression, or leave out brackets"));
        }
        self.depth += 1;
        let node = parse(self);
        self.depth -= 1;
        node
    }
}
