//! A formula applied to a table.

use crate::coding::{bases, levels, model_matrix, variables};
use crate::encoder::Encoder;
use crate::error::Error;
use crate::evaluate::Evaluator;
use crate::expression::Expression;
use crate::factor::Factor;
use crate::formula::Formula;
use crate::frame::Frame;
use crate::missing::{Dropped, complete_rows};
use crate::model_matrix::ModelMatrix;
use crate::response::{Response, ResponseTerm};

/// A formula applied to a table: what a model is fitted to.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// Values of the left-hand side; `None` for a formula without one.
    pub response: Option<Response>,
    /// Model matrix of the fixed terms.
    pub fixed: ModelMatrix,
    /// Sum of the offsets; `None` without any.
    pub offset: Option<Vec<f64>>,
    /// Random-effects terms.
    pub random: Vec<RandomDesign>,
    /// Combination of the `strata()` columns.
    pub strata: Option<Factor>,
    /// The `cluster()` column.
    pub cluster: Option<Factor>,
    /// Row of the table of every row of the design.
    pub rows: Vec<u32>,
    /// Rows left out because of missing values.
    pub dropped: Dropped,
    /// Codes new data as these.
    pub encoder: Encoder,
}

/// A random-effects term applied to a table.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomDesign {
    /// Name of the grouping factor.
    pub group: String,
    /// Levels of the grouping factor, one code per row.
    pub grouping: Factor,
    /// Model matrix of the effects that vary between groups.
    pub matrix: ModelMatrix,
}

impl Formula {
    /// Applies the formula to a table.
    ///
    /// Rows with a missing value in a column of the formula are left out and counted. Categorical
    /// columns are coded by treatment contrasts as in R's `model.matrix`, with the levels that
    /// occur in the complete rows.
    pub fn design(&self, frame: &Frame) -> Result<Design, Error> {
        self.design_with(frame, &[])
    }

    /// The same where the model needs `others` as well, such as weights: rows that miss a value of theirs are left out
    /// and counted, too.
    pub fn design_with(&self, frame: &Frame, others: &[&str]) -> Result<Design, Error> {
        if self.has_dot() {
            return self.with_columns(frame.names())?.design_with(frame, others);
        }
        let mut needed = self.column_names();
        for name in others {
            if !needed.contains(name) {
                needed.push(name);
            }
        }
        let (rows, dropped) = complete_rows(frame, &needed)?;
        let evaluator = Evaluator { frame, rows: &rows, new_rows: false };
        let n = rows.len();
        let values = variables(&self.fixed, &evaluator, None)?;
        let fixed_bases = bases(&values);
        let fixed_levels = levels(&self.fixed, &values)?;
        let fixed = model_matrix(&self.fixed, &values, n);
        let mut random = Vec::with_capacity(self.random.len());
        let mut random_levels = Vec::with_capacity(self.random.len());
        let mut random_bases = Vec::with_capacity(self.random.len());
        for term in &self.random {
            let values = variables(&term.terms, &evaluator, None)?;
            random_bases.push(bases(&values));
            random_levels.push(levels(&term.terms, &values)?);
            random.push(RandomDesign {
                group: term.group(),
                grouping: combined(&term.grouping, &evaluator)?,
                matrix: model_matrix(&term.terms, &values, n),
            });
        }
        let encoder = Encoder {
            formula: self.clone(),
            fixed: fixed_levels,
            random: random_levels,
            fixed_bases,
            random_bases,
        };
        Ok(Design {
            response: response(self.response.as_ref(), &evaluator)?,
            fixed,
            offset: offset(&self.offsets, &evaluator)?,
            random,
            strata: optional(&self.strata, &evaluator)?,
            cluster: optional(self.cluster.as_slice(), &evaluator)?,
            encoder,
            dropped,
            rows,
        })
    }
}

/// Sum of the offsets.
pub(crate) fn offset(
    offsets: &[Expression],
    evaluator: &Evaluator<'_>,
) -> Result<Option<Vec<f64>>, Error> {
    let mut sum: Option<Vec<f64>> = None;
    for expression in offsets {
        let values = evaluator.numbers(expression)?;
        let total = sum.get_or_insert_with(|| vec![0.0; values.len()]);
        for (total, x) in total.iter_mut().zip(values.iter()) {
            *total += x;
        }
    }
    Ok(sum)
}

fn optional(
    expressions: &[Expression],
    evaluator: &Evaluator<'_>,
) -> Result<Option<Factor>, Error> {
    if expressions.is_empty() {
        return Ok(None);
    }
    combined(expressions, evaluator).map(Some)
}

/// The combinations of the categories of several columns, `a:b`; a `:` inside a category is escaped.
pub(crate) fn combined(
    expressions: &[Expression],
    evaluator: &Evaluator<'_>,
) -> Result<Factor, Error> {
    let mut factors = Vec::with_capacity(expressions.len());
    for expression in expressions {
        factors.push(evaluator.ids(expression)?);
    }
    if factors.len() > 1 {
        factors = factors.into_iter().map(Factor::escaped).collect();
    }
    let joined = factors.into_iter().reduce(|all, factor| all.interaction(&factor));
    Ok(joined.unwrap_or_else(|| Factor::from_logical(&[])))
}

fn response(
    term: Option<&ResponseTerm>,
    evaluator: &Evaluator<'_>,
) -> Result<Option<Response>, Error> {
    let numbers = |expression| evaluator.numbers(expression).map(std::borrow::Cow::into_owned);
    Ok(match term {
        None => None,
        Some(ResponseTerm::Value(value)) => Some(Response::Value(numbers(value)?)),
        Some(ResponseTerm::Counts { successes, failures }) => {
            Some(Response::Counts { successes: numbers(successes)?, failures: numbers(failures)? })
        }
        Some(ResponseTerm::Survival { start, stop, event }) => Some(Response::Survival {
            start: start.as_ref().map(numbers).transpose()?,
            stop: numbers(stop)?,
            event: numbers(event)?,
        }),
    })
}
