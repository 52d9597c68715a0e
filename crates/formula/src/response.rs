//! Left sides of formulas.

use crate::error::{Fault, SyntaxError};
use crate::expression::{Expression, Node};
use crate::function::check_arithmetic;

/// The left-hand side of a formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ResponseTerm {
    Value(Expression),
    Counts { successes: Expression, failures: Expression },
    Survival { start: Option<Expression>, stop: Expression, event: Expression },
}

/// Values of the left-hand side, one per row of the design.
#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    /// A number; a comparison gives 0 or 1.
    Value(Vec<f64>),
    /// `cbind(successes, failures)`.
    Counts {
        /// Number of successes.
        successes: Vec<f64>,
        /// Number of failures.
        failures: Vec<f64>,
    },
    /// `Surv(time, event)` or `Surv(start, stop, event)`; the values are as given, not yet checked
    /// to be times and 0 or 1.
    Survival {
        /// Start of the observation, for `Surv(start, stop, event)`.
        start: Option<Vec<f64>>,
        /// End of the observation.
        stop: Vec<f64>,
        /// 1 for an event at the end, 0 for censoring.
        event: Vec<f64>,
    },
}

impl ResponseTerm {
    pub(crate) fn new(formula: &str, side: &Expression) -> Result<Option<Self>, SyntaxError> {
        let Node::Call { function, arguments } = &side.inner().node else {
            check_arithmetic(formula, side)?;
            return Ok(Some(Self::Value(side.clone())));
        };
        let named = arguments.iter().find(|argument| matches!(argument.node, Node::Named { .. }));
        if let Some(argument) = named.filter(|_| function == "Surv") {
            let (function, argument) = (function.clone(), argument.to_string());
            let fault = Fault::BadArgument { function, argument };
            return Err(SyntaxError::new(formula, side.start, fault));
        }
        let term = match (function.as_str(), arguments.as_slice()) {
            ("", _) => return Ok(None),
            ("Surv", [time, event]) => {
                Self::Survival { start: None, stop: time.clone(), event: event.clone() }
            }
            ("Surv", [start, stop, event]) => Self::Survival {
                start: Some(start.clone()),
                stop: stop.clone(),
                event: event.clone(),
            },
            ("cbind", [successes, failures]) => {
                Self::Counts { successes: successes.clone(), failures: failures.clone() }
            }
            ("Surv" | "cbind", _) => {
                let expected = if function == "Surv" { "two or three" } else { "two" };
                let (function, found) = (function.clone(), arguments.len());
                let fault = Fault::Arguments { function, expected, found };
                return Err(SyntaxError::new(formula, side.start, fault));
            }
            _ => Self::Value(side.clone()),
        };
        for expression in term.expressions() {
            check_arithmetic(formula, expression)?;
        }
        Ok(Some(term))
    }

    /// The expressions of which the response is made.
    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::Value(value) => vec![value],
            Self::Counts { successes, failures } => vec![successes, failures],
            Self::Survival { start, stop, event } => start.iter().chain([stop, event]).collect(),
        }
    }
}
