//! Tokens of a formula.

use crate::error::{Fault, SyntaxError};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Number(f64),
    Text(String),
    /// A column or function; `quoted` when written in backticks.
    Name {
        name: String,
        quoted: bool,
    },
    /// Operator or punctuation, as written.
    Symbol(&'static str),
}

impl Token {
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Number(x) => x.to_string(),
            Self::Text(text) => format!("\"{text}\""),
            Self::Name { name, .. } => name.clone(),
            Self::Symbol(symbol) => (*symbol).to_owned(),
        }
    }
}

/// A token with the bytes it covers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Longer symbols come before their own beginnings.
const SYMBOLS: [&str; 23] = [
    "%in%", "||", "&&", "==", "!=", "<=", ">=", "~", "+", "-", "*", "/", ":", "^", "(", ")", ",",
    "|", "&", "<", ">", "!", "=",
];

pub(crate) fn tokens(formula: &str) -> Result<Vec<Placed>, SyntaxError> {
    let mut placed = Vec::new();
    let mut at = 0;
    while let Some(c) = formula[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, end) = token(formula, at, c)?;
        placed.push(Placed { token, start: at, end });
        at = end;
    }
    Ok(placed)
}

fn token(formula: &str, at: usize, first: char) -> Result<(Token, usize), SyntaxError> {
    let rest = &formula[at..];
    let second_is_digit = rest[first.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
    if first.is_ascii_digit() || (first == '.' && second_is_digit) {
        return number(formula, at);
    }
    if first == '`' {
        let (name, end) = quoted(formula, at, '`')?;
        return Ok((Token::Name { name, quoted: true }, end));
    }
    if first == '"' || first == '\'' {
        let (text, end) = quoted(formula, at, first)?;
        return Ok((Token::Text(text), end));
    }
    if first.is_alphabetic() || first == '.' {
        let length = rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
        let name = rest[..length].to_owned();
        return Ok((Token::Name { name, quoted: false }, at + length));
    }
    let symbol = SYMBOLS.iter().find(|s| rest.starts_with(**s));
    let symbol =
        symbol.ok_or_else(|| SyntaxError::new(formula, at, Fault::UnknownCharacter(first)))?;
    Ok((Token::Symbol(symbol), at + symbol.len()))
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '_'
}

fn quoted(formula: &str, at: usize, quote: char) -> Result<(String, usize), SyntaxError> {
    let inside = at + quote.len_utf8();
    let length = formula[inside..]
        .find(quote)
        .ok_or_else(|| SyntaxError::new(formula, at, Fault::Unclosed(quote)))?;
    let end = inside + length;
    Ok((formula[inside..end].to_owned(), end + quote.len_utf8()))
}

fn number(formula: &str, at: usize) -> Result<(Token, usize), SyntaxError> {
    let bytes = formula.as_bytes();
    let mut end = at;
    while let Some(&byte) = bytes.get(end) {
        let after_exponent = end > at && matches!(bytes[end - 1], b'e' | b'E');
        let sign = after_exponent && matches!(byte, b'+' | b'-');
        if !(byte.is_ascii_alphanumeric() || byte == b'.' || sign) {
            break;
        }
        end += 1;
    }
    let text = &formula[at..end];
    // R marks integers with an L.
    let digits = text.strip_suffix('L').unwrap_or(text);
    let value = digits.parse::<f64>().ok().filter(|x| x.is_finite());
    let value =
        value.ok_or_else(|| SyntaxError::new(formula, at, Fault::BadNumber(text.to_owned())))?;
    Ok((Token::Number(value), end))
}
