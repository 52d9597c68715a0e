//! Values of the expressions of a formula over the rows of a table.

use std::borrow::Cow;

use crate::error::Error;
use crate::expression::{Expression, Node, Operator};
use crate::factor::Factor;
use crate::frame::{Column, Frame};
use crate::function::{elementwise, is_factor, relevel_arguments, strata_arguments};

/// Value of an expression over the rows of a design.
pub(crate) enum Value<'a> {
    Numbers(Cow<'a, [f64]>),
    Logical(Vec<bool>),
    Categories(Factor),
}

/// Evaluates expressions over the complete rows of a table.
pub(crate) struct Evaluator<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) rows: &'a [u32],
    /// Whether the rows are coded as those of an earlier design.
    pub(crate) new_rows: bool,
}

impl<'a> Evaluator<'a> {
    /// Numbers of an expression, all finite; a logical value counts as 0 or 1.
    pub(crate) fn numbers(&self, expression: &Expression) -> Result<Cow<'a, [f64]>, Error> {
        let values = match self.value(expression)? {
            Value::Numbers(values) => values,
            Value::Logical(values) => values.iter().map(|&v| f64::from(u8::from(v))).collect(),
            Value::Categories(_) => return Err(not_numeric(expression)),
        };
        self.check_finite(expression, &values)?;
        Ok(values)
    }

    /// Categories of an expression; numbers become levels.
    pub(crate) fn categories(&self, expression: &Expression) -> Result<Factor, Error> {
        Ok(match self.value(expression)? {
            Value::Numbers(values) => Factor::from_numbers(&values),
            Value::Logical(values) => Factor::from_logical(&values),
            Value::Categories(factor) => factor,
        })
    }

    /// Categories of an expression that names something: numbers become levels, whole ones written out.
    pub(crate) fn ids(&self, expression: &Expression) -> Result<Factor, Error> {
        match self.value(expression)? {
            Value::Numbers(values) => Ok(Factor::from_ids(&values)),
            _ => self.categories(expression),
        }
    }

    pub(crate) fn check_finite(
        &self,
        expression: &Expression,
        values: &[f64],
    ) -> Result<(), Error> {
        let Some(at) = values.iter().position(|x| !x.is_finite()) else { return Ok(()) };
        let (row, value) = (self.rows[at] as usize, values[at]);
        Err(Error::NotFinite { row, term: expression.to_string(), value })
    }

    pub(crate) fn value(&self, expression: &Expression) -> Result<Value<'a>, Error> {
        match &expression.node {
            Node::Parenthesis(inside) | Node::Positive(inside) => self.value(inside),
            Node::Name { name, .. } => Ok(self.column(self.frame.column(name)?)),
            Node::Number(x) => Ok(Value::Numbers(vec![*x; self.rows.len()].into())),
            Node::Text(_) | Node::Named { .. } => Err(not_numeric(expression)),
            Node::Negative(inside) => self.mapped(inside, |x| -x),
            Node::Call { function, arguments } => self.call(expression, function, arguments),
            Node::Binary { operator, left, right } if operator.is_comparison() => {
                self.comparison(expression, *operator, left, right)
            }
            Node::Binary { operator, left, right } => {
                let right = self.plain_numbers(right)?;
                let mut values = self.plain_numbers(left)?.into_owned();
                let combine = arithmetic(*operator).ok_or_else(|| not_numeric(expression))?;
                for (l, r) in values.iter_mut().zip(right.iter()) {
                    *l = combine(*l, *r);
                }
                Ok(Value::Numbers(values.into()))
            }
        }
    }

    fn call(
        &self,
        call: &Expression,
        function: &str,
        arguments: &[Expression],
    ) -> Result<Value<'a>, Error> {
        let Some(argument) = arguments.first() else { return Err(not_numeric(call)) };
        if is_factor(function) {
            return Ok(Value::Categories(self.categories(argument)?));
        }
        if let Some((column, reference)) = relevel_arguments(call) {
            return self.relevelled(call, column, reference);
        }
        if let Some(columns) = strata_arguments(call) {
            return Ok(Value::Categories(self.strata(columns)?));
        }
        // I() keeps a logical value logical.
        if function == "I" {
            return self.value(argument);
        }
        let compute = elementwise(function).ok_or_else(|| not_numeric(call))?;
        self.mapped(argument, compute)
    }

    /// The combinations of columns that occur, named as R's `strata()` does: `a=1, b=x`.
    fn strata(&self, columns: &[Expression]) -> Result<Factor, Error> {
        let mut all: Option<Factor> = None;
        for column in columns {
            let named = self.categories(column)?.named(&column.to_string());
            all = Some(all.map_or_else(|| named.clone(), |all| all.joined(&named, ", ")));
        }
        Ok(all.unwrap_or_else(|| Factor::from_logical(&[])))
    }

    /// The categories of a column with this level first. New rows need not have it.
    fn relevelled(
        &self,
        call: &Expression,
        column: &Expression,
        reference: &str,
    ) -> Result<Value<'a>, Error> {
        let factor = self.categories(column)?;
        match factor.with_first(reference) {
            Some(factor) => Ok(Value::Categories(factor)),
            None if self.new_rows => Ok(Value::Categories(factor)),
            None => Err(Error::NoLevel { term: call.to_string(), level: reference.to_owned() }),
        }
    }

    fn mapped(&self, inside: &Expression, f: impl Fn(f64) -> f64) -> Result<Value<'a>, Error> {
        let mut values = self.plain_numbers(inside)?.into_owned();
        for x in &mut values {
            *x = f(*x);
        }
        Ok(Value::Numbers(values.into()))
    }

    /// Numbers inside an expression; whether they are finite is checked at the end.
    fn plain_numbers(&self, expression: &Expression) -> Result<Cow<'a, [f64]>, Error> {
        match self.value(expression)? {
            Value::Numbers(values) => Ok(values),
            Value::Logical(values) => Ok(values.iter().map(|&v| f64::from(u8::from(v))).collect()),
            Value::Categories(_) => Err(not_numeric(expression)),
        }
    }

    fn comparison(
        &self,
        whole: &Expression,
        operator: Operator,
        left: &Expression,
        right: &Expression,
    ) -> Result<Value<'a>, Error> {
        let mixed = || Error::MixedComparison { term: whole.to_string() };
        let text_sides = (text_of(left), text_of(right));
        let (column, text, operator) = match text_sides {
            (None, None) => {
                let (left, right) = (self.plain_numbers(left)?, self.plain_numbers(right)?);
                let pairs = left.iter().zip(right.iter());
                let compared = pairs.map(|(l, r)| compare(operator, l.partial_cmp(r)));
                return Ok(Value::Logical(compared.collect()));
            }
            (None, Some(text)) => (left, text, operator),
            (Some(text), None) => (right, text, mirrored(operator)),
            (Some(_), Some(_)) => return Err(mixed()),
        };
        let Value::Categories(factor) = self.value(column)? else { return Err(mixed()) };
        let by_level: Vec<bool> = factor
            .levels()
            .iter()
            .map(|level| compare(operator, Some(level.as_str().cmp(text))))
            .collect();
        let rows = factor.codes().iter().map(|&code| by_level[code as usize]);
        Ok(Value::Logical(rows.collect()))
    }

    fn column(&self, column: &'a Column) -> Value<'a> {
        let all = self.rows.len() == column.len();
        match column {
            Column::Numeric(values) if all => Value::Numbers(Cow::Borrowed(values)),
            Column::Numeric(values) => {
                Value::Numbers(self.rows.iter().map(|&row| values[row as usize]).collect())
            }
            Column::Categorical(factor) => Value::Categories(factor.rows(self.rows)),
        }
    }
}

fn text_of(expression: &Expression) -> Option<&str> {
    match &expression.inner().node {
        Node::Text(text) => Some(text),
        _ => None,
    }
}

fn not_numeric(expression: &Expression) -> Error {
    Error::NotNumeric { term: expression.to_string() }
}

fn arithmetic(operator: Operator) -> Option<fn(f64, f64) -> f64> {
    Some(match operator {
        Operator::Plus => |l, r| l + r,
        Operator::Minus => |l, r| l - r,
        Operator::Times => |l, r| l * r,
        Operator::Over => |l, r| l / r,
        Operator::Power => seedtest_numerics::whole_line::pow,
        _ => return None,
    })
}

/// The operator with its sides swapped.
fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessEqual => Operator::GreaterEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterEqual => Operator::LessEqual,
        other => other,
    }
}

fn compare(operator: Operator, order: Option<std::cmp::Ordering>) -> bool {
    let Some(order) = order else { return false };
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    }
}
