//! Text to tokens.

use std::ops::Range;

use super::ExpressionError;

/// The kinds of token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// Up to 2^64 - 1; the parser refuses what no sign makes fit.
    Integer(u64),
    Real(f64),
    Text(String),
    Name(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    End,
}

/// A token and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Range<usize>,
}

/// Longer ones first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 18] = [
    "||", "&&", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "^", "!", "(", ")", ",",
];

/// What people write for something else.
const FOREIGN: [(&str, &str); 6] = [
    ("**", "power is `^`"),
    ("//", "`/` between integers is floor division already"),
    ("&", "write `&&`"),
    ("|", "write `||`"),
    ("=", "write `==` to compare"),
    ("<<", "write `* 2 ^ n`"),
];

/// The tokens of `text`, an end last.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let Some(first) = text[at..].chars().next() else {
            break;
        };
        let (kind, length) = token(text, at, first)?;
        tokens.push(Token {
            kind,
            span: at..at + length,
        });
        at += length;
    }
    tokens.push(Token {
        kind: TokenKind::End,
        span: text.len()..text.len(),
    });
    Ok(tokens)
}

fn token(text: &str, at: usize, first: char) -> Result<(TokenKind, usize), ExpressionError> {
    let rest = &text[at..];
    if first.is_ascii_digit() || first == '.' {
        return number(rest, at);
    }
    if first.is_alphabetic() || first == '_' {
        let length = name_length(rest);
        return Ok((TokenKind::Name(rest[..length].to_owned()), length));
    }
    if matches!(first, '"' | '\'' | '`') {
        return quoted(rest, first, at);
    }
    let foreign = FOREIGN.iter().find(|(symbol, _)| {
        rest.starts_with(symbol)
            && !SYMBOLS.iter().any(|known| {
                known.len() > symbol.len() && rest.starts_with(known) || known == symbol
            })
    });
    if let Some((symbol, help)) = foreign {
        let error = ExpressionError::new(
            format!("unknown operator `{symbol}`"),
            at..at + symbol.len(),
        );
        return Err(error.help(*help));
    }
    let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
    symbol
        .map(|symbol| (TokenKind::Symbol(symbol), symbol.len()))
        .ok_or_else(|| {
            let message = format!("unexpected character {first:?}");
            ExpressionError::new(message, at..at + first.len_utf8())
        })
}

/// A name goes on over letters, digits, `_`, and `.`; a `-` is always minus.
fn name_length(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(rest.len())
}

fn quoted(rest: &str, quote: char, at: usize) -> Result<(TokenKind, usize), ExpressionError> {
    let Some(length) = rest[1..].find(quote) else {
        let message = format!("no closing {quote}");
        return Err(ExpressionError::new(message, at..at + rest.len()));
    };
    let inner = rest[1..=length].to_owned();
    // Axes may be called `block-size` or `2d`, which would read as something else.
    let kind = if quote == '`' {
        TokenKind::Name(inner)
    } else {
        TokenKind::Text(inner)
    };
    Ok((kind, length + 2))
}

fn number(rest: &str, at: usize) -> Result<(TokenKind, usize), ExpressionError> {
    let length = number_length(rest);
    let written = &rest[..length];
    let digits = written.replace('_', "");
    let span = at..at + length;
    let lower = digits.to_ascii_lowercase();
    let hexadecimal = lower.strip_prefix("0x");
    let whole = hexadecimal.is_some() || digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole {
        let parsed = match hexadecimal {
            Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16),
            None => digits.parse(),
        };
        return match parsed {
            Ok(value) => Ok((TokenKind::Integer(value), length)),
            Err(error) if *error.kind() == std::num::IntErrorKind::PosOverflow => {
                Err(too_large(written, span))
            }
            Err(_) => Err(no_number(written, span)),
        };
    }
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((TokenKind::Real(value), length)),
        Ok(_) => Err(ExpressionError::new(
            format!("{written} is too large for a real"),
            span,
        )),
        Err(_) => Err(no_number(written, span)),
    }
}

/// An integer that 64 bits don't hold.
pub(super) fn too_large(written: &str, span: Range<usize>) -> ExpressionError {
    ExpressionError::new(format!("{written} is too large for a 64-bit integer"), span)
        .help("write it as a real, such as 1e20, where a real will do")
}

fn no_number(written: &str, span: Range<usize>) -> ExpressionError {
    ExpressionError::new(format!("{written:?} is no number"), span)
        .help("write 4096, 4_096, 0x1000, 0.5 or 1e-3; `*` is never left out")
}

/// Digits, letters (of exponents, or by mistake), `_` and `.`, and a sign after an exponent's `e`.
fn number_length(rest: &str) -> usize {
    let hexadecimal = rest.starts_with("0x") || rest.starts_with("0X");
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && !hexadecimal;
        if !(c.is_alphanumeric() || c == '_' || c == '.' || sign) {
            return at;
        }
        before = c;
    }
    rest.len()
}
