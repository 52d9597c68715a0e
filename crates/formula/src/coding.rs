//! Model matrices: treatment contrasts, interactions, columns and their names.

use std::borrow::Cow;

use crate::basis::{Arguments, Basis, is_basis};
use crate::error::Error;
use crate::evaluate::{Evaluator, Value};
use crate::expression::Expression;
use crate::factor::Factor;
use crate::model_matrix::ModelMatrix;
use crate::terms::Terms;

/// Levels of every categorical variable of a formula part, `None` for numeric variables and for
/// variables that no term uses.
pub(crate) type Levels = Vec<Option<Vec<String>>>;

/// A variable of the formula, evaluated.
pub(crate) enum Variable<'a> {
    Numeric(Cow<'a, [f64]>),
    Categorical(Factor),
    /// Several columns of one variable.
    Columns {
        values: Vec<Vec<f64>>,
        basis: Basis,
    },
    /// Only occurs in terms that were taken away.
    Unused,
}

/// What the polynomials and splines among the variables of a formula part learnt from the fitted data.
pub(crate) type Bases = Vec<Option<Basis>>;

/// Evaluates the variables of these terms; `learnt` holds the bases of the fitted data where new rows
/// are coded.
pub(crate) fn variables<'a>(
    terms: &Terms,
    evaluator: &Evaluator<'a>,
    learnt: Option<&Bases>,
) -> Result<Vec<Variable<'a>>, Error> {
    let evaluate = |(v, expression): (usize, &Expression)| {
        if !terms.products.iter().flatten().any(|used| *used == v) {
            return Ok(Variable::Unused);
        }
        if let Some(variable) = basis_variable(expression) {
            let x = evaluator.numbers(variable)?;
            let known = learnt.and_then(|bases| bases.get(v)?.clone());
            let basis = match known {
                Some(basis) => basis,
                None => Basis::learn(expression, &x)?,
            };
            return Ok(Variable::Columns { values: basis.columns(&x), basis });
        }
        match evaluator.value(expression)? {
            Value::Numbers(values) => {
                evaluator.check_finite(expression, &values)?;
                Ok(Variable::Numeric(values))
            }
            Value::Logical(values) => Ok(Variable::Categorical(Factor::from_logical(&values))),
            Value::Categories(factor) => Ok(Variable::Categorical(factor)),
        }
    };
    terms.variables.iter().enumerate().map(evaluate).collect()
}

/// The variable of a polynomial or spline.
pub(crate) fn basis_variable(expression: &Expression) -> Option<&Expression> {
    let arguments = Arguments::new(expression)?;
    if is_basis(arguments.function) { arguments.variable } else { None }
}

/// The bases among the variables.
pub(crate) fn bases(variables: &[Variable<'_>]) -> Bases {
    let basis = |variable: &Variable<'_>| match variable {
        Variable::Columns { basis, .. } => Some(basis.clone()),
        _ => None,
    };
    variables.iter().map(basis).collect()
}

/// Levels of the variables, after a check that every categorical one has at least two.
pub(crate) fn levels(terms: &Terms, variables: &[Variable<'_>]) -> Result<Levels, Error> {
    let levels = |(expression, variable): (&Expression, &Variable<'_>)| {
        let Variable::Categorical(factor) = variable else { return Ok(None) };
        match factor.levels() {
            [level] => Err(Error::OneLevel { term: expression.to_string(), level: level.clone() }),
            levels => Ok(Some(levels.to_vec())),
        }
    };
    terms.variables.iter().zip(variables).map(levels).collect()
}

/// Builds the model matrix with treatment contrasts.
pub(crate) fn model_matrix(terms: &Terms, variables: &[Variable<'_>], n: usize) -> ModelMatrix {
    let mut matrix = ModelMatrix {
        names: Vec::new(),
        assign: Vec::new(),
        terms: terms.labels(),
        n_rows: n,
        values: Vec::new(),
    };
    if terms.intercept {
        matrix.names.push("(Intercept)".to_owned());
        matrix.assign.push(0);
        matrix.values.resize(n, 1.0);
    }
    let full = first_full(terms, variables);
    for (t, term) in terms.products.iter().enumerate() {
        let parts: Vec<Part<'_>> = term
            .iter()
            .map(|&v| {
                let contrasts = terms.by_contrasts(t, v) && full != Some((t, v));
                Part::new(&terms.variables[v].to_string(), &variables[v], contrasts)
            })
            .collect();
        add_term(&mut matrix, t + 1, &parts);
    }
    matrix
}

/// Without an intercept the first categorical variable is coded by one column per level.
fn first_full(terms: &Terms, variables: &[Variable<'_>]) -> Option<(usize, usize)> {
    if terms.intercept {
        return None;
    }
    let occurrences = terms.products.iter().enumerate();
    let mut pairs = occurrences.flat_map(|(t, term)| term.iter().map(move |&v| (t, v)));
    pairs.find(|&(_, v)| matches!(variables[v], Variable::Categorical(_)))
}

/// The columns one variable contributes to a term.
struct Part<'a> {
    names: Vec<String>,
    variable: &'a Variable<'a>,
    /// Level of the first column.
    first_level: u32,
}

impl<'a> Part<'a> {
    fn new(label: &str, variable: &'a Variable<'a>, contrasts: bool) -> Self {
        let factor = match variable {
            Variable::Categorical(factor) => factor,
            // A single column has no number, as in R.
            Variable::Columns { values, .. } if values.len() > 1 => {
                let names = (1..=values.len()).map(|i| format!("{label}{i}")).collect();
                return Self { names, variable, first_level: 0 };
            }
            _ => return Self { names: vec![label.to_owned()], variable, first_level: 0 },
        };
        let first_level = u32::from(contrasts);
        let shown = factor.levels()[first_level as usize..].iter();
        let names = shown.map(|level| format!("{label}{level}")).collect();
        Self { names, variable, first_level }
    }

    fn multiply(&self, column: usize, values: &mut [f64]) {
        match self.variable {
            Variable::Numeric(numbers) => {
                for (value, x) in values.iter_mut().zip(numbers.iter()) {
                    *value *= x;
                }
            }
            Variable::Categorical(factor) => {
                let level = self.first_level + column as u32;
                for (value, &code) in values.iter_mut().zip(factor.codes()) {
                    if code != level {
                        *value = 0.0;
                    }
                }
            }
            Variable::Columns { values: columns, .. } => {
                for (value, x) in values.iter_mut().zip(&columns[column]) {
                    *value *= x;
                }
            }
            Variable::Unused => {}
        }
    }
}

/// Adds the columns of a term; those of its first variable vary fastest.
fn add_term(matrix: &mut ModelMatrix, number: usize, parts: &[Part<'_>]) {
    let columns: usize = parts.iter().map(|part| part.names.len()).product();
    for column in 0..columns {
        let start = matrix.values.len();
        matrix.values.resize(start + matrix.n_rows, 1.0);
        let mut left = column;
        let mut names = Vec::with_capacity(parts.len());
        for part in parts {
            let own = left % part.names.len();
            left /= part.names.len();
            part.multiply(own, &mut matrix.values[start..]);
            names.push(part.names[own].as_str());
        }
        matrix.names.push(names.join(":"));
        matrix.assign.push(number);
    }
}
