//! Random-effects terms.

use crate::error::{Fault, SyntaxError};
use crate::expression::{Expression, Node, Operator};
use crate::terms::Terms;

/// One random-effects term after `||` and `/` are written out: effects that are correlated with each
/// other and vary between the levels of one grouping factor.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomTerm {
    pub(crate) terms: Terms,
    /// Columns whose combination is the grouping factor.
    pub(crate) grouping: Vec<Expression>,
}

impl RandomTerm {
    /// Name of the grouping factor: `g`, or `h:g` for `(1 | g/h)` as lme4 writes it.
    pub fn group(&self) -> String {
        let shown: Vec<String> = self.grouping.iter().map(ToString::to_string).collect();
        shown.join(":")
    }

    /// Whether the term has a random intercept.
    pub fn intercept(&self) -> bool {
        self.terms.intercept
    }

    /// Labels of the terms with random slopes, without the intercept.
    pub fn labels(&self) -> Vec<String> {
        self.terms.labels()
    }
}

/// Writes out a bar: `(a + b || g/h)` becomes one term for every effect and grouping factor.
pub(crate) fn expand(
    formula: &str,
    effects: &Expression,
    correlated: bool,
    grouping: &Expression,
) -> Result<Vec<RandomTerm>, SyntaxError> {
    let mut terms = Terms::expand(formula, &[(true, effects)], None)?;
    if let Some(call) = terms.take_strata().first() {
        let fault = Fault::Misplaced(call.to_string());
        return Err(SyntaxError::new(formula, effects.start, fault));
    }
    if !terms.intercept && terms.products.is_empty() {
        let fault = Fault::NotATerm(effects.to_string());
        return Err(SyntaxError::new(formula, effects.start, fault));
    }
    let groups = groups(formula, grouping)?;
    let blocks = if correlated { vec![terms] } else { apart(&terms) };
    let one_group = |grouping: Vec<Expression>| {
        blocks
            .iter()
            .map(move |terms| RandomTerm { terms: terms.clone(), grouping: grouping.clone() })
    };
    Ok(groups.into_iter().flat_map(one_group).collect())
}

/// The intercept and every term on its own.
fn apart(terms: &Terms) -> Vec<Terms> {
    let variables = &terms.variables;
    let intercept = terms.intercept.then(|| Terms {
        intercept: true,
        variables: variables.clone(),
        products: Vec::new(),
        ..Terms::default()
    });
    let slopes = terms.products.iter().map(|term| Terms {
        intercept: false,
        variables: variables.clone(),
        products: vec![term.clone()],
        ..Terms::default()
    });
    intercept.into_iter().chain(slopes).collect()
}

/// The grouping factors of a bar's right side, the coarsest last as in lme4.
fn groups(formula: &str, grouping: &Expression) -> Result<Vec<Vec<Expression>>, SyntaxError> {
    let expression = grouping.inner();
    match &expression.node {
        Node::Name { .. } => Ok(vec![vec![expression.clone()]]),
        Node::Binary { operator: Operator::Over, left, right } => {
            let outer = groups(formula, left)?;
            let inner = single(formula, right)?;
            let finest = outer.first().cloned().unwrap_or_default();
            let nested = [inner, finest].concat();
            Ok(std::iter::once(nested).chain(outer).collect())
        }
        _ => Ok(vec![single(formula, expression)?]),
    }
}

/// One grouping factor: a column, or columns joined with `:`.
fn single(formula: &str, grouping: &Expression) -> Result<Vec<Expression>, SyntaxError> {
    let expression = grouping.inner();
    match &expression.node {
        Node::Name { .. } => Ok(vec![expression.clone()]),
        Node::Binary { operator: Operator::Colon, left, right } => {
            Ok([single(formula, left)?, single(formula, right)?].concat())
        }
        _ => {
            let fault = Fault::NotAGroup(grouping.to_string());
            Err(SyntaxError::new(formula, grouping.start, fault))
        }
    }
}
