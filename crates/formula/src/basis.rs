//! Terms of several columns that depend on the whole variable: `poly()`, `bs()` and `ns()`.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Fault, SyntaxError};
use crate::expression::{Expression, Node};
use crate::function::check_arithmetic;
use crate::polynomial::Polynomial;
use crate::spline::Spline;

/// Most columns of a term.
pub(crate) const MOST_COLUMNS: usize = 50;

/// What a term learnt from the fitted data, enough to compute its columns for new data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Basis {
    /// Orthogonal polynomials.
    Polynomial(Polynomial),
    /// Powers.
    Powers { degree: usize },
    /// B-splines, natural or not.
    Spline(Spline),
}

/// Whether the function makes several columns of a variable.
pub(crate) fn is_basis(function: &str) -> bool {
    matches!(function, "poly" | "bs" | "ns")
}

/// Checks the arguments of such a call.
pub(crate) fn check(formula: &str, call: &Expression) -> Result<(), SyntaxError> {
    let Some(arguments) = Arguments::new(call) else { return Ok(()) };
    let refused = |at: &Expression| {
        let fault = Fault::BadArgument {
            function: arguments.function.to_owned(),
            argument: at.to_string(),
        };
        Err(SyntaxError::new(formula, at.start, fault))
    };
    let Some(variable) = arguments.variable else {
        let (function, found) = (arguments.function.to_owned(), 0);
        let fault = Fault::Arguments { function, expected: "a variable", found };
        return Err(SyntaxError::new(formula, call.start, fault));
    };
    check_arithmetic(formula, variable)?;
    for (name, value) in &arguments.named {
        let counts = |most: f64| {
            number(value).is_some_and(|x| x.fract() == 0.0 && (1.0..=most).contains(&x))
        };
        let possible = match (arguments.function, *name) {
            ("poly", "degree") | ("bs", "degree" | "df") | ("ns", "df") => {
                counts(MOST_COLUMNS as f64)
            }
            ("poly", "raw") | ("bs" | "ns", "intercept") => flag(value).is_some(),
            ("bs" | "ns", "knots") => numbers(value).is_some_and(|k| k.len() <= MOST_COLUMNS),
            ("bs" | "ns", "Boundary.knots") => {
                numbers(value).is_some_and(|k| matches!(k[..], [low, high] if low < high))
            }
            _ => false,
        };
        if !possible {
            return refused(value);
        }
    }
    match arguments.rest {
        Some(extra) => refused(extra),
        None => Ok(()),
    }
}

impl Basis {
    /// Learns the basis of a call from the values of its variable.
    pub(crate) fn learn(call: &Expression, x: &[f64]) -> Result<Self, Error> {
        let too_few = || Error::TooFewValues { term: call.to_string() };
        let arguments = Arguments::new(call).ok_or_else(too_few)?;
        let count = |name: &str| arguments.get(name).and_then(number).map(|x| x as usize);
        let yes = |name: &str| arguments.get(name).and_then(flag).unwrap_or(false);
        if arguments.function == "poly" {
            let degree = count("degree").unwrap_or(1);
            if yes("raw") {
                return Ok(Self::Powers { degree });
            }
            return Polynomial::learn(x, degree).map(Self::Polynomial).ok_or_else(too_few);
        }
        let list = |name: &str| arguments.get(name).and_then(numbers);
        let natural = arguments.function == "ns";
        let degree = if natural { 3 } else { count("degree").unwrap_or(3) };
        let bounds = list("Boundary.knots").map(|b| (b[0], b[1]));
        let spline =
            Spline::learn(x, natural, degree, yes("intercept"), count("df"), list("knots"), bounds);
        spline.map(Self::Spline).ok_or_else(too_few)
    }

    /// The columns for these values.
    pub(crate) fn columns(&self, x: &[f64]) -> Vec<Vec<f64>> {
        match self {
            Self::Polynomial(polynomial) => polynomial.columns(x),
            Self::Powers { degree } => {
                let mut columns = vec![x.to_vec()];
                for d in 1..*degree {
                    columns
                        .push(columns[d - 1].iter().zip(x).map(|(power, x)| power * x).collect());
                }
                columns
            }
            Self::Spline(spline) => spline.columns(x),
        }
    }
}

/// The arguments of a call, positional ones under the names they have in R.
pub(crate) struct Arguments<'a> {
    pub(crate) function: &'a str,
    pub(crate) variable: Option<&'a Expression>,
    pub(crate) named: Vec<(&'a str, &'a Expression)>,
    /// The first argument that has no place.
    rest: Option<&'a Expression>,
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(call: &'a Expression) -> Option<Self> {
        let Node::Call { function, arguments } = &call.node else { return None };
        let second = if function == "poly" { "degree" } else { "df" };
        let mut out = Self { function, variable: None, named: Vec::new(), rest: None };
        let mut positional = 0;
        for argument in arguments {
            match &argument.node {
                Node::Named { name, value } if name == "x" && out.variable.is_none() => {
                    out.variable = Some(value);
                }
                Node::Named { name, value } => out.named.push((name, value)),
                _ if out.variable.is_none() => out.variable = Some(argument),
                _ if positional == 0 => {
                    positional += 1;
                    out.named.push((second, argument));
                }
                _ => out.rest = out.rest.or(Some(argument)),
            }
        }
        Some(out)
    }

    fn get(&self, name: &str) -> Option<&'a Expression> {
        self.named.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }
}

fn number(expression: &Expression) -> Option<f64> {
    match &expression.inner().node {
        Node::Number(x) => Some(*x),
        Node::Negative(inside) => number(inside).map(|x| -x),
        _ => None,
    }
}

/// A number or `c(…)` of numbers.
fn numbers(expression: &Expression) -> Option<Vec<f64>> {
    match &expression.inner().node {
        Node::Call { function, arguments } if function == "c" && !arguments.is_empty() => {
            arguments.iter().map(number).collect()
        }
        _ => number(expression).map(|x| vec![x]),
    }
}

fn flag(expression: &Expression) -> Option<bool> {
    match &expression.inner().node {
        Node::Name { name, .. } if name == "TRUE" || name == "T" => Some(true),
        Node::Name { name, .. } if name == "FALSE" || name == "F" => Some(false),
        _ => None,
    }
}
