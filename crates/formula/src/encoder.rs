//! Codes new data as the data a model was fitted to.

use serde::{Deserialize, Serialize};

use crate::coding::{Bases, Levels, Variable, basis_variable, model_matrix, variables};
use crate::design::{combined, offset};
use crate::error::{Error, SyntaxError};
use crate::evaluate::{Evaluator, Value};
use crate::expression::Expression;
use crate::factor::Factor;
use crate::formula::Formula;
use crate::frame::Frame;
use crate::model_matrix::ModelMatrix;
use crate::terms::Terms;

/// Codes new data as the data a model was fitted to: the same columns, the same levels.
///
/// It can be stored with the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Encoder {
    pub(crate) formula: Formula,
    pub(crate) fixed: Levels,
    pub(crate) random: Vec<Levels>,
    /// What polynomials and splines learnt from the fitted data.
    pub(crate) fixed_bases: Bases,
    pub(crate) random_bases: Vec<Bases>,
}

/// New data, coded.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// Model matrix of the fixed terms.
    pub fixed: ModelMatrix,
    /// Model matrices of the random-effects terms.
    pub random: Vec<ModelMatrix>,
    /// Sum of the offsets; `None` without any.
    pub offset: Option<Vec<f64>>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    formula: String,
    intercept: bool,
    fixed: Levels,
    random: Vec<Levels>,
    /// Absent in what was stored before there were polynomials and splines.
    #[serde(default)]
    fixed_bases: Bases,
    #[serde(default)]
    random_bases: Vec<Bases>,
}

impl From<Encoder> for Stored {
    fn from(encoder: Encoder) -> Self {
        Self {
            intercept: encoder.formula.has_intercept(),
            formula: encoder.formula.to_string(),
            fixed: encoder.fixed,
            random: encoder.random,
            fixed_bases: encoder.fixed_bases,
            random_bases: encoder.random_bases,
        }
    }
}

impl TryFrom<Stored> for Encoder {
    type Error = SyntaxError;

    fn try_from(stored: Stored) -> Result<Self, SyntaxError> {
        let mut formula = Formula::parse(&stored.formula)?;
        formula.fixed.intercept = stored.intercept;
        let Stored { fixed, random, fixed_bases, random_bases, .. } = stored;
        Ok(Self { formula, fixed, random, fixed_bases, random_bases })
    }
}

impl Encoder {
    /// The formula.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// Codes every row of a table. The response and the grouping factors are not needed; a missing
    /// predictor or a level that the fitted data do not have is an error.
    pub fn encode(&self, frame: &Frame) -> Result<Encoded, Error> {
        let rows: Vec<u32> = (0..frame.n_rows() as u32).collect();
        for name in self.formula.predictor_columns() {
            let column = frame.column(&name)?;
            if let Some(row) = (0..column.len()).find(|&row| column.is_missing(row)) {
                return Err(Error::Missing { row, term: name });
            }
        }
        let evaluator = Evaluator { frame, rows: &rows, new_rows: true };
        let random = self.formula.random.iter().zip(&self.random);
        let random = random.enumerate().map(|(at, (term, levels))| {
            coded(&term.terms, levels, self.random_bases.get(at), &evaluator)
        });
        Ok(Encoded {
            fixed: coded(&self.formula.fixed, &self.fixed, Some(&self.fixed_bases), &evaluator)?,
            random: random.collect::<Result<_, _>>()?,
            offset: offset(&self.formula.offsets, &evaluator)?,
        })
    }
}

impl Encoder {
    /// Whether a predictor has levels, so that new data may have others.
    pub fn has_levels(&self) -> bool {
        self.parts().any(|(_, levels, _)| levels.iter().any(Option::is_some))
    }

    /// For every row of a table the first predictor, of fixed or random effects, whose level the fitted data
    /// do not have, and that level. No predictor may miss a value.
    pub fn unknown_levels(&self, frame: &Frame) -> Result<Vec<Option<(String, String)>>, Error> {
        let mut found = vec![None; frame.n_rows()];
        if !self.has_levels() {
            return Ok(found);
        }
        let rows: Vec<u32> = (0..frame.n_rows() as u32).collect();
        let evaluator = Evaluator { frame, rows: &rows, new_rows: true };
        for (terms, levels, bases) in self.parts() {
            let values = variables(terms, &evaluator, bases)?;
            for (v, (value, known)) in values.iter().zip(levels).enumerate() {
                let Some(known) = known else { continue };
                mark_unknown(&terms.variables[v].to_string(), value, known, &mut found);
            }
        }
        Ok(found)
    }

    /// For every row of a table the first variable or offset, of fixed or random effects, that computes to infinity or
    /// to no number there, as the formula writes it, and what it computes to. No predictor may miss a value.
    ///
    /// # Errors
    /// For columns that are not there, and texts where the formula computes with numbers.
    pub fn not_finite(&self, frame: &Frame) -> Result<Vec<Option<(String, f64)>>, Error> {
        let mut found = vec![None; frame.n_rows()];
        let rows: Vec<u32> = (0..frame.n_rows() as u32).collect();
        let evaluator = Evaluator { frame, rows: &rows, new_rows: true };
        let computed = self.parts().flat_map(|(terms, _, _)| terms.used_variables());
        for (_, expression) in computed.chain(self.formula.offsets.iter().enumerate()) {
            let inside = basis_variable(expression).unwrap_or(expression);
            let Value::Numbers(values) = evaluator.value(inside)? else { continue };
            let unknown = found.iter_mut().zip(values.iter()).filter(|(found, _)| found.is_none());
            for (found, value) in unknown.filter(|(_, value)| !value.is_finite()) {
                *found = Some((inside.to_string(), *value));
            }
        }
        Ok(found)
    }

    /// Columns whose cells have to be numbers, for they were in the fitted data: those that stand as terms of their
    /// own or inside a function, but not inside `factor()` or `relevel()`, nor compared with a text.
    pub fn numeric_columns(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (terms, levels, _) in self.parts() {
            let is_number = |&(v, expression): &(usize, &Expression)| {
                let has_levels = levels.get(v).is_some_and(Option::is_some);
                !(has_levels && expression.is_plain_column())
            };
            for (_, expression) in terms.used_variables().filter(is_number) {
                expression.number_columns(&mut found);
            }
        }
        for offset in &self.formula.offsets {
            offset.number_columns(&mut found);
        }
        found.into_iter().map(str::to_owned).collect()
    }

    /// Terms of the fixed part and of every random-effects term, with what they learnt from the fitted data.
    fn parts(&self) -> impl Iterator<Item = (&Terms, &Levels, Option<&Bases>)> {
        let fixed = (&self.formula.fixed, &self.fixed, Some(&self.fixed_bases));
        let random = self.formula.random.iter().zip(&self.random).enumerate();
        let random =
            random.map(|(at, (term, levels))| (&term.terms, levels, self.random_bases.get(at)));
        std::iter::once(fixed).chain(random)
    }

    /// The stratum of every row of a table, its levels named as in the design; `None` for a formula
    /// without strata. No column of the strata may miss a value.
    pub fn strata(&self, frame: &Frame) -> Result<Option<Factor>, Error> {
        let rows: Vec<u32> = (0..frame.n_rows() as u32).collect();
        let evaluator = Evaluator { frame, rows: &rows, new_rows: true };
        if self.formula.strata.is_empty() {
            return Ok(None);
        }
        combined(&self.formula.strata, &evaluator).map(Some)
    }

    /// Levels of the grouping factor of every random-effects term for every row of a table; a row with
    /// a missing value in one of its columns has none ([`crate::MISSING`]).
    pub fn groupings(&self, frame: &Frame) -> Result<Vec<Factor>, Error> {
        let rows: Vec<u32> = (0..frame.n_rows() as u32).collect();
        let evaluator = Evaluator { frame, rows: &rows, new_rows: true };
        let terms = self.formula.random.iter();
        terms.map(|term| combined(&term.grouping, &evaluator)).collect()
    }
}

fn coded(
    terms: &Terms,
    levels: &Levels,
    bases: Option<&Bases>,
    evaluator: &Evaluator<'_>,
) -> Result<ModelMatrix, Error> {
    let mut values = variables(terms, evaluator, bases)?;
    for (v, value) in values.iter_mut().enumerate() {
        let Some(known) = levels.get(v).and_then(Option::as_ref) else {
            if matches!(value, Variable::Categorical(_)) {
                return Err(Error::NotNumeric { term: terms.variables[v].to_string() });
            }
            continue;
        };
        let found = match value {
            Variable::Categorical(factor) => factor,
            _ => &mut Factor::from_numbers(numbers(value)),
        };
        *value = Variable::Categorical(recoded(&terms.variables[v].to_string(), found, known)?);
    }
    Ok(model_matrix(terms, &values, evaluator.rows.len()))
}

/// Notes the rows without a finding whose level is none of the known ones.
fn mark_unknown(
    term: &str,
    value: &Variable<'_>,
    known: &[String],
    found: &mut [Option<(String, String)>],
) {
    let factor = match value {
        Variable::Categorical(factor) => factor.clone(),
        _ => Factor::from_numbers(numbers(value)),
    };
    for (row, found) in found.iter_mut().enumerate().filter(|(_, found)| found.is_none()) {
        let level = factor.codes().get(row).map(|&code| &factor.levels()[code as usize]);
        *found = level
            .filter(|level| !known.contains(level))
            .map(|level| (term.to_owned(), level.clone()));
    }
}

fn numbers<'a>(value: &'a Variable<'_>) -> &'a [f64] {
    match value {
        Variable::Numeric(numbers) => numbers,
        _ => &[],
    }
}

/// The factor with the levels of the fitted data.
fn recoded(label: &str, factor: &Factor, known: &[String]) -> Result<Factor, Error> {
    let position = |level: &String| known.iter().position(|k| k == level);
    let positions: Vec<Option<usize>> = factor.levels().iter().map(position).collect();
    let mut codes = Vec::with_capacity(factor.len());
    for (row, &code) in factor.codes().iter().enumerate() {
        let Some(at) = positions[code as usize] else {
            let level = factor.levels()[code as usize].clone();
            return Err(Error::UnknownLevel { row, term: label.to_owned(), level });
        };
        codes.push(at as u32);
    }
    Ok(Factor::from_codes(known.to_vec(), codes).unwrap_or_else(|| factor.clone()))
}
