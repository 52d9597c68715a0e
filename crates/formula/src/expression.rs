//! The syntax tree of a formula.

use std::fmt;

use crate::function::makes_categories;
use crate::number::r_number;

/// Operators, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    Tilde,
    /// `|`
    Bar,
    /// `||`
    DoubleBar,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Times,
    Over,
    /// `%in%`
    In,
    Colon,
    Power,
}

impl Operator {
    pub(crate) fn of(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "~" => Self::Tilde,
            "|" => Self::Bar,
            "||" => Self::DoubleBar,
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterEqual,
            "+" => Self::Plus,
            "-" => Self::Minus,
            "*" => Self::Times,
            "/" => Self::Over,
            "%in%" => Self::In,
            ":" => Self::Colon,
            "^" => Self::Power,
            _ => return None,
        })
    }

    /// How R's deparse writes the operator between its operands.
    fn written(self) -> &'static str {
        match self {
            Self::Tilde => " ~ ",
            Self::Bar => " | ",
            Self::DoubleBar => " || ",
            Self::Equal => " == ",
            Self::NotEqual => " != ",
            Self::Less => " < ",
            Self::LessEqual => " <= ",
            Self::Greater => " > ",
            Self::GreaterEqual => " >= ",
            Self::Plus => " + ",
            Self::Minus => " - ",
            Self::Times => " * ",
            Self::Over => "/",
            Self::In => " %in% ",
            Self::Colon => ":",
            Self::Power => "^",
        }
    }

    pub(crate) fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::LessEqual
                | Self::Greater
                | Self::GreaterEqual
        )
    }
}

/// A node of the syntax tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Number(f64),
    Text(String),
    Name {
        name: String,
        quoted: bool,
    },
    Call {
        function: String,
        arguments: Vec<Expression>,
    },
    Negative(Box<Expression>),
    Positive(Box<Expression>),
    Binary {
        operator: Operator,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    Parenthesis(Box<Expression>),
    /// An argument of a call with its name.
    Named {
        name: String,
        value: Box<Expression>,
    },
}

/// A piece of a formula. It is shown as R's deparse shows it, which is what coefficients are called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    pub(crate) node: Node,
    /// First byte in the formula.
    pub(crate) start: usize,
}

impl Expression {
    /// The expression inside any number of parentheses.
    pub(crate) fn inner(&self) -> &Self {
        match &self.node {
            Node::Parenthesis(inside) => inside.inner(),
            _ => self,
        }
    }

    /// The name of the column, where the expression is one.
    pub(crate) fn column(&self) -> Option<&str> {
        match &self.inner().node {
            Node::Name { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Whether the expression is a column, be it in parentheses or in `I()`.
    pub(crate) fn is_plain_column(&self) -> bool {
        match &self.inner().node {
            Node::Name { .. } => true,
            Node::Call { function, arguments } if function == "I" => {
                arguments.first().is_some_and(Self::is_plain_column)
            }
            _ => false,
        }
    }

    /// Adds the names of the columns that count as numbers in the expression: neither those whose values are made
    /// categories nor those that are compared with a text.
    pub(crate) fn number_columns<'a>(&'a self, found: &mut Vec<&'a str>) {
        match &self.node {
            Node::Call { function, arguments } if !makes_categories(function) => {
                for argument in arguments {
                    argument.number_columns(found);
                }
            }
            Node::Binary { operator, left, right } if operator.is_comparison() => {
                let is_text = |side: &Self| matches!(side.inner().node, Node::Text(_));
                if !is_text(left) && !is_text(right) {
                    left.number_columns(found);
                    right.number_columns(found);
                }
            }
            Node::Binary { left, right, .. } => {
                left.number_columns(found);
                right.number_columns(found);
            }
            Node::Negative(inside) | Node::Positive(inside) | Node::Parenthesis(inside) => {
                inside.number_columns(found);
            }
            Node::Name { .. } => self.columns(found),
            Node::Call { .. } | Node::Number(_) | Node::Text(_) | Node::Named { .. } => {}
        }
    }

    /// Adds the names of the columns in the expression, in order of appearance.
    pub(crate) fn columns<'a>(&'a self, found: &mut Vec<&'a str>) {
        match &self.node {
            // Named arguments are settings, not columns.
            Node::Number(_) | Node::Text(_) | Node::Named { .. } => {}
            Node::Name { name, .. } => {
                if !found.contains(&name.as_str()) {
                    found.push(name);
                }
            }
            Node::Call { arguments, .. } => arguments.iter().for_each(|a| a.columns(found)),
            Node::Negative(inside) | Node::Positive(inside) | Node::Parenthesis(inside) => {
                inside.columns(found);
            }
            Node::Binary { left, right, .. } => {
                left.columns(found);
                right.columns(found);
            }
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Number(x) => f.write_str(&r_number(*x)),
            Node::Text(text) => write!(f, "\"{text}\""),
            Node::Name { name, quoted } if *quoted && !is_syntactic(name) => write!(f, "`{name}`"),
            Node::Name { name, .. } => f.write_str(name),
            Node::Call { function, arguments } => {
                let shown: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(f, "{function}({})", shown.join(", "))
            }
            Node::Negative(inside) => write!(f, "-{inside}"),
            Node::Positive(inside) => write!(f, "+{inside}"),
            Node::Binary { operator, left, right } => {
                write!(f, "{left}{}{right}", operator.written())
            }
            Node::Parenthesis(inside) => write!(f, "({inside})"),
            Node::Named { name, value } => write!(f, "{name} = {value}"),
        }
    }
}

/// Whether R reads the name without backticks.
pub(crate) fn is_syntactic(name: &str) -> bool {
    let mut characters = name.chars();
    let starts_well = match characters.next() {
        Some('.') => !characters.clone().next().is_some_and(|c| c.is_ascii_digit()),
        Some(first) => first.is_alphabetic(),
        None => false,
    };
    starts_well && characters.all(|c| c.is_alphanumeric() || c == '.' || c == '_')
}
