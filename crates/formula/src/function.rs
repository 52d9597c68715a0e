//! The functions formulas know and where they may stand.

use seedtest_numerics::whole_line;

use crate::basis::{self, is_basis};
use crate::error::{Fault, SyntaxError};
use crate::expression::{Expression, Node, Operator};

/// Functions of one number.
pub(crate) fn elementwise(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "I" => |x| x,
        "log" => whole_line::ln,
        "log2" => whole_line::log2,
        "log10" => whole_line::log10,
        "log1p" => whole_line::ln_1p,
        "exp" => whole_line::exp,
        "expm1" => whole_line::exp_m1,
        "sqrt" => f64::sqrt,
        "abs" => f64::abs,
        _ => return None,
    })
}

/// Whether the function turns a column into categories.
pub(crate) fn is_factor(name: &str) -> bool {
    matches!(name, "factor" | "as.factor")
}

/// Whether the values of the arguments become categories, whatever they are.
pub(crate) fn makes_categories(name: &str) -> bool {
    is_factor(name) || matches!(name, "relevel" | "strata")
}

/// Column and reference level of `relevel(column, ref = "level")`.
pub(crate) fn relevel_arguments(call: &Expression) -> Option<(&Expression, &str)> {
    let Node::Call { function, arguments } = &call.node else { return None };
    let [column, reference] = arguments.as_slice() else { return None };
    let reference = match &reference.node {
        Node::Named { name, value } if name == "ref" => value,
        Node::Named { .. } => return None,
        _ => reference,
    };
    match &reference.inner().node {
        Node::Text(level) if function == "relevel" => Some((column, level)),
        _ => None,
    }
}

/// Columns of `strata(a, b, …)`.
pub(crate) fn strata_arguments(call: &Expression) -> Option<&[Expression]> {
    match &call.node {
        Node::Call { function, arguments } if function == "strata" => Some(arguments),
        _ => None,
    }
}

/// Checks that the arguments of `strata()` are columns, at least one.
pub(crate) fn check_strata(formula: &str, call: &Expression) -> Result<(), SyntaxError> {
    let arguments = strata_arguments(call).unwrap_or_default();
    if arguments.is_empty() {
        one(formula, call, "strata", arguments)?;
    }
    arguments.iter().try_for_each(|argument| column_only(formula, argument))
}

/// Checks that an expression is a column.
pub(crate) fn column_only(formula: &str, expression: &Expression) -> Result<(), SyntaxError> {
    if matches!(expression.inner().node, Node::Name { .. }) {
        return Ok(());
    }
    let fault = Fault::NotAGroup(expression.to_string());
    Err(SyntaxError::new(formula, expression.start, fault))
}

fn is_special(name: &str) -> bool {
    matches!(name, "offset" | "strata" | "cluster" | "Surv" | "cbind")
}

/// Checks that a name or a call can be a variable of a term: a column, `factor(column)` or a
/// function of arithmetic.
pub(crate) fn check_variable(formula: &str, expression: &Expression) -> Result<(), SyntaxError> {
    match &expression.node {
        Node::Call { function, arguments } if is_factor(function) => {
            let column = one(formula, expression, function, arguments)?;
            match column.inner().node {
                Node::Name { .. } => Ok(()),
                _ => check_arithmetic(formula, column),
            }
        }
        Node::Call { function, .. } if function == "strata" => check_strata(formula, expression),
        Node::Call { function, .. } if is_basis(function) => basis::check(formula, expression),
        Node::Call { function, arguments } if function == "relevel" => {
            let Some((column, _)) = relevel_arguments(expression) else {
                let (function, found) = (function.clone(), arguments.len());
                let expected = "a column and ref = \"level\"";
                let fault = Fault::Arguments { function, expected, found };
                return Err(SyntaxError::new(formula, expression.start, fault));
            };
            check_variable(formula, column)
        }
        _ => check_arithmetic(formula, expression),
    }
}

/// Checks that an expression is arithmetic over columns.
pub(crate) fn check_arithmetic(formula: &str, expression: &Expression) -> Result<(), SyntaxError> {
    let at = |fault| Err(SyntaxError::new(formula, expression.start, fault));
    match &expression.node {
        Node::Number(_) | Node::Name { .. } => Ok(()),
        Node::Text(_) | Node::Named { .. } => at(Fault::NotATerm(expression.to_string())),
        Node::Parenthesis(inside) | Node::Negative(inside) | Node::Positive(inside) => {
            check_arithmetic(formula, inside)
        }
        Node::Binary { operator, left, right } => {
            if !is_arithmetic(*operator) {
                return at(Fault::Misplaced(expression.to_string()));
            }
            for side in [left, right] {
                let text = matches!(side.inner().node, Node::Text(_));
                if !(text && operator.is_comparison()) {
                    check_arithmetic(formula, side)?;
                }
            }
            Ok(())
        }
        Node::Call { function, arguments } => {
            if is_special(function)
                || is_factor(function)
                || is_basis(function)
                || function == "relevel"
            {
                return at(Fault::Misplaced(expression.to_string()));
            }
            if elementwise(function).is_none() {
                return at(Fault::UnknownFunction(function.clone()));
            }
            check_arithmetic(formula, one(formula, expression, function, arguments)?)
        }
    }
}

/// The only argument of a call.
pub(crate) fn one<'a>(
    formula: &str,
    call: &Expression,
    function: &str,
    arguments: &'a [Expression],
) -> Result<&'a Expression, SyntaxError> {
    if let [argument] = arguments {
        return Ok(argument);
    }
    let (expected, found) = ("one argument", arguments.len());
    let fault = Fault::Arguments { function: function.to_owned(), expected, found };
    Err(SyntaxError::new(formula, call.start, fault))
}

fn is_arithmetic(operator: Operator) -> bool {
    let plain = [Operator::Plus, Operator::Minus, Operator::Times, Operator::Over, Operator::Power];
    plain.contains(&operator) || operator.is_comparison()
}
