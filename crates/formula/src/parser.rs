//! From tokens to the syntax tree.

use crate::error::{Fault, SyntaxError};
use crate::expression::{Expression, Node, Operator};
use crate::token::{Placed, Token, tokens};

const DEEPEST: usize = 100;
/// Names, numbers and operators of a formula. A chain of operators is a tree as deep as the chain is long,
/// and what walks through it needs as much of the stack.
const LONGEST: usize = 4_000;
/// Binding power of a unary minus: tighter than `:`, looser than `^`.
const UNARY: u8 = 19;

/// How tightly an operator binds to the left and to the right.
fn binding(operator: Operator) -> (u8, u8) {
    match operator {
        Operator::Tilde => (1, 2),
        Operator::Bar | Operator::DoubleBar => (3, 4),
        o if o.is_comparison() => (9, 10),
        Operator::Plus | Operator::Minus => (11, 12),
        Operator::Times | Operator::Over => (13, 14),
        Operator::In => (15, 16),
        Operator::Colon => (17, 18),
        // `^` groups to the right.
        _ => (22, 21),
    }
}

/// Reads a formula with R's operator precedence (Pratt 1973).
pub(crate) fn parse(formula: &str) -> Result<Expression, SyntaxError> {
    let tokens = tokens(formula)?;
    if tokens.len() > LONGEST {
        return Err(SyntaxError::new(formula, 0, Fault::TooLong(LONGEST)));
    }
    let mut parser = Parser { formula, tokens: &tokens, at: 0, depth: 0 };
    let expression = parser.expression(0)?;
    match parser.peek() {
        Some(_) => Err(parser.unexpected()),
        None => Ok(expression),
    }
}

struct Parser<'a> {
    formula: &'a str,
    tokens: &'a [Placed],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn expression(&mut self, loosest: u8) -> Result<Expression, SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.fault(Fault::TooDeep(DEEPEST)));
        }
        let mut left = self.operand()?;
        while let Some((operator, (to_left, to_right))) = self.operator() {
            if to_left < loosest {
                break;
            }
            self.at += 1;
            let right = self.expression(to_right)?;
            let start = left.start;
            let node = Node::Binary { operator, left: Box::new(left), right: Box::new(right) };
            left = Expression { node, start };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operator(&self) -> Option<(Operator, (u8, u8))> {
        let Some(Token::Symbol(symbol)) = self.peek() else { return None };
        let operator = Operator::of(symbol)?;
        Some((operator, binding(operator)))
    }

    fn operand(&mut self) -> Result<Expression, SyntaxError> {
        let Some(placed) = self.tokens.get(self.at) else {
            return Err(self.fault(Fault::UnexpectedEnd));
        };
        let start = placed.start;
        let node = match &placed.token {
            Token::Number(x) => Node::Number(*x),
            Token::Text(text) => Node::Text(text.clone()),
            Token::Name { name, quoted } => return self.name(start, name, *quoted),
            Token::Symbol("(") => return self.parenthesis(start),
            Token::Symbol("-") => return self.signed(start, Node::Negative),
            Token::Symbol("+") => return self.signed(start, Node::Positive),
            Token::Symbol("~") => return self.one_sided(start),
            Token::Symbol(_) => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(Expression { node, start })
    }

    fn signed(
        &mut self,
        start: usize,
        sign: fn(Box<Expression>) -> Node,
    ) -> Result<Expression, SyntaxError> {
        self.at += 1;
        let inside = self.expression(UNARY)?;
        Ok(Expression { node: sign(Box::new(inside)), start })
    }

    /// `~ terms`, a formula without a response: an empty call on the left marks the absence.
    fn one_sided(&mut self, start: usize) -> Result<Expression, SyntaxError> {
        self.at += 1;
        let right = self.expression(2)?;
        let nothing = Node::Call { function: String::new(), arguments: Vec::new() };
        let left = Expression { node: nothing, start };
        let node = Node::Binary {
            operator: Operator::Tilde,
            left: Box::new(left),
            right: Box::new(right),
        };
        Ok(Expression { node, start })
    }

    fn parenthesis(&mut self, start: usize) -> Result<Expression, SyntaxError> {
        self.at += 1;
        let inside = self.expression(0)?;
        self.expect(")")?;
        Ok(Expression { node: Node::Parenthesis(Box::new(inside)), start })
    }

    fn name(&mut self, start: usize, name: &str, quoted: bool) -> Result<Expression, SyntaxError> {
        self.at += 1;
        if quoted || self.peek() != Some(&Token::Symbol("(")) {
            return Ok(Expression { node: Node::Name { name: name.to_owned(), quoted }, start });
        }
        self.at += 1;
        let mut arguments = Vec::new();
        if self.peek() != Some(&Token::Symbol(")")) {
            arguments.push(self.argument()?);
            while self.peek() == Some(&Token::Symbol(",")) {
                self.at += 1;
                arguments.push(self.argument()?);
            }
        }
        self.expect(")")?;
        Ok(Expression { node: Node::Call { function: name.to_owned(), arguments }, start })
    }

    /// An argument of a call, with its name if it has one.
    fn argument(&mut self) -> Result<Expression, SyntaxError> {
        let next = self.tokens.get(self.at + 1).map(|placed| &placed.token);
        let (Some(placed), Some(Token::Symbol("="))) = (self.tokens.get(self.at), next) else {
            return self.expression(0);
        };
        let Token::Name { name, .. } = &placed.token else { return self.expression(0) };
        self.at += 2;
        let value = Box::new(self.expression(0)?);
        Ok(Expression { node: Node::Named { name: name.clone(), value }, start: placed.start })
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(Token::Symbol(found)) if *found == symbol => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.unexpected()),
            None => Err(self.fault(Fault::UnexpectedEnd)),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn unexpected(&self) -> SyntaxError {
        let shown = self.peek().map(Token::shown).unwrap_or_default();
        self.fault(Fault::UnexpectedToken(shown))
    }

    /// A fault at the token where the parser stands, or behind the last one.
    fn fault(&self, fault: Fault) -> SyntaxError {
        let at = match self.tokens.get(self.at) {
            Some(placed) => placed.start,
            None => self.tokens.last().map_or(0, |placed| placed.end),
        };
        SyntaxError::new(self.formula, at, fault)
    }
}
