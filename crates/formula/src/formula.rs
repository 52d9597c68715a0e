//! A formula, taken apart.

use std::fmt;
use std::str::FromStr;

use crate::error::{Fault, SyntaxError};
use crate::expression::{Expression, Node, Operator, is_syntactic};
use crate::function::{check_arithmetic, check_strata, column_only, one, strata_arguments};
use crate::parser::parse;
use crate::random::{self, RandomTerm};
use crate::response::ResponseTerm;
use crate::terms::Terms;
use crate::token::{Token, tokens};

/// A formula in R's notation.
///
/// `y ~ 1 + x + f + x:f + x*f + I(x^2)`, `0 +`, `- term`, `offset(x)`, `(x | g)`, `(x || g)`,
/// `(1 | g/h)`, `(1 | g:h)`, `poly(x, 2)`, `bs(x, df = 5)`, `ns(x, 3)`, `relevel(f, ref = "b")`, `.` for all
/// other columns, `strata(s)`, `cluster(id)`; on the left a column, arithmetic, a
/// comparison, `cbind(successes, failures)`, `Surv(time, event)` or `Surv(start, stop, event)`.
/// Names may have dots and underscores, or anything in backticks.
///
/// ```
/// use seedtest_formula::Formula;
/// let formula: Formula = "score ~ week * group + (week | student)".parse()?;
/// assert_eq!(formula.term_labels(), ["week", "group", "week:group"]);
/// assert_eq!(formula.random_terms()[0].group(), "student");
/// # Ok::<(), seedtest_formula::SyntaxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    pub(crate) text: String,
    pub(crate) response: Option<ResponseTerm>,
    pub(crate) fixed: Terms,
    pub(crate) offsets: Vec<Expression>,
    pub(crate) random: Vec<RandomTerm>,
    pub(crate) strata: Vec<Expression>,
    pub(crate) cluster: Option<Expression>,
}

impl Formula {
    /// Reads a formula.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let expression = parse(text)?;
        let Node::Binary { operator: Operator::Tilde, left, right } = &expression.node else {
            return Err(SyntaxError::new(text, 0, Fault::NoTilde));
        };
        let response = ResponseTerm::new(text, left)?;
        let mut formula = Self {
            text: text.to_owned(),
            response,
            fixed: Terms::default(),
            offsets: Vec::new(),
            random: Vec::new(),
            strata: Vec::new(),
            cluster: None,
        };
        let mut parts = Vec::new();
        summands(right, true, &mut parts);
        let mut plain = Vec::new();
        for (added, part) in parts {
            if !formula.take_special(added, part)? {
                plain.push((added, part));
            }
        }
        let response = match &formula.response {
            Some(ResponseTerm::Value(value)) => Some(value),
            _ => None,
        };
        formula.fixed = Terms::expand(text, &plain, response)?;
        for call in formula.fixed.take_strata() {
            formula.stratify(strata_arguments(&call).unwrap_or_default());
        }
        Ok(formula)
    }

    /// Whether the formula has a `.` for all other columns.
    pub fn has_dot(&self) -> bool {
        self.dots().next().is_some()
    }

    /// The formula with `.` written out: the sum of those of these columns that are neither on the left
    /// side nor an offset, a stratum, a cluster or a grouping factor. [`Formula::design`] does it with the
    /// columns of the table.
    pub fn with_columns(&self, columns: &[String]) -> Result<Self, SyntaxError> {
        let Some(first) = self.dots().next() else { return Ok(self.clone()) };
        let mut taken = Vec::new();
        let response = self.response.iter().flat_map(ResponseTerm::expressions);
        let groups = self.random.iter().flat_map(|term| &term.grouping);
        let others = self.offsets.iter().chain(&self.strata).chain(&self.cluster);
        response.chain(groups).chain(others).for_each(|e| e.columns(&mut taken));
        let left = columns.iter().filter(|name| !taken.contains(&name.as_str()));
        let shown: Vec<String> = left
            .map(|name| if is_syntactic(name) { name.clone() } else { format!("`{name}`") })
            .collect();
        if shown.is_empty() {
            return Err(SyntaxError::new(&self.text, first, Fault::Dot));
        }
        let sum = format!("({})", shown.join(" + "));
        let mut text = self.text.clone();
        for at in self.dots().collect::<Vec<usize>>().into_iter().rev() {
            text.replace_range(at..=at, &sum);
        }
        let mut written_out = Self::parse(&text)?;
        written_out.fixed.intercept = self.fixed.intercept;
        Ok(written_out)
    }

    /// Where the formula has a `.`, by byte.
    fn dots(&self) -> impl Iterator<Item = usize> {
        let placed = tokens(&self.text).unwrap_or_default();
        let dot =
            |token: &Token| matches!(token, Token::Name { name, quoted: false } if name == ".");
        placed.into_iter().filter(move |p| dot(&p.token)).map(|p| p.start)
    }

    /// Labels of the fixed terms in R's order, without the intercept.
    pub fn term_labels(&self) -> Vec<String> {
        self.fixed.labels()
    }

    /// Whether the response stands among its own fixed terms, where it is no term, as in R.
    pub fn repeats_response(&self) -> bool {
        self.fixed.had_response
    }

    /// Whether there is an intercept.
    pub fn has_intercept(&self) -> bool {
        self.fixed.intercept
    }

    /// The same formula with an intercept: categorical terms are then coded by contrasts even if
    /// the intercept is dropped afterwards, as a Cox model does.
    #[must_use]
    pub fn with_intercept(mut self) -> Self {
        self.fixed.intercept = true;
        self
    }

    /// Random-effects terms, with `||` and `/` written out.
    pub fn random_terms(&self) -> &[RandomTerm] {
        &self.random
    }

    /// The left-hand side alone, without a term: what the rows are, whatever explains them.
    #[must_use]
    pub fn response_alone(&self) -> Self {
        Self {
            text: self.text.clone(),
            response: self.response.clone(),
            fixed: Terms::default(),
            offsets: Vec::new(),
            random: Vec::new(),
            strata: Vec::new(),
            cluster: None,
        }
    }

    /// The left-hand side where it is one column, by its name.
    pub fn response_column(&self) -> Option<&str> {
        match &self.response {
            Some(ResponseTerm::Value(value)) => value.column(),
            _ => None,
        }
    }

    /// The two columns of `cbind(successes, failures)` on the left-hand side.
    pub fn count_columns(&self) -> Option<[&str; 2]> {
        match &self.response {
            Some(ResponseTerm::Counts { successes, failures }) => {
                Some([successes.column()?, failures.column()?])
            }
            _ => None,
        }
    }

    /// Names of all columns the formula needs, in order of appearance.
    pub fn columns(&self) -> Vec<String> {
        self.column_names().into_iter().map(ToOwned::to_owned).collect()
    }

    pub(crate) fn column_names(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for expression in self.response.iter().flat_map(ResponseTerm::expressions) {
            expression.columns(&mut found);
        }
        self.add_predictor_columns(&mut found);
        for expression in self.strata.iter().chain(&self.cluster) {
            expression.columns(&mut found);
        }
        for expression in self.random.iter().flat_map(|term| &term.grouping) {
            expression.columns(&mut found);
        }
        found.retain(|name| *name != ".");
        found
    }

    /// Names of the columns that only group: no other part of the formula uses them.
    pub fn grouping_columns(&self) -> Vec<String> {
        let mut used = Vec::new();
        for expression in self.response.iter().flat_map(ResponseTerm::expressions) {
            expression.columns(&mut used);
        }
        self.add_predictor_columns(&mut used);
        let mut found = Vec::new();
        for expression in self.random.iter().flat_map(|term| &term.grouping) {
            expression.columns(&mut found);
        }
        found.retain(|name| !used.contains(name));
        found.into_iter().map(ToOwned::to_owned).collect()
    }

    /// Names of the columns of the response.
    pub fn response_columns(&self) -> Vec<String> {
        let mut found = Vec::new();
        for expression in self.response.iter().flat_map(ResponseTerm::expressions) {
            expression.columns(&mut found);
        }
        found.into_iter().map(ToOwned::to_owned).collect()
    }

    /// Names of the columns that a prediction needs.
    pub fn predictor_columns(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.add_predictor_columns(&mut found);
        found.into_iter().map(ToOwned::to_owned).collect()
    }

    /// Names of the columns of the strata.
    pub fn strata_columns(&self) -> Vec<String> {
        let mut found = Vec::new();
        for expression in &self.strata {
            expression.columns(&mut found);
        }
        found.into_iter().map(ToOwned::to_owned).collect()
    }

    fn add_predictor_columns<'a>(&'a self, found: &mut Vec<&'a str>) {
        let random = self.random.iter().map(|term| &term.terms);
        for terms in std::iter::once(&self.fixed).chain(random) {
            for &variable in terms.products.iter().flatten() {
                terms.variables[variable].columns(found);
            }
        }
        for expression in &self.offsets {
            expression.columns(found);
        }
        found.retain(|name| *name != ".");
    }

    /// Puts offsets, strata, clusters and random effects aside; false for a plain term.
    fn take_special(&mut self, added: bool, part: &Expression) -> Result<bool, SyntaxError> {
        let text = self.text.clone();
        let expression = part.inner();
        let misplaced = || Fault::Misplaced(expression.to_string());
        let special = match &expression.node {
            Node::Binary { operator, left, right } if is_bar(*operator) => {
                if !matches!(part.node, Node::Parenthesis(_)) {
                    let fault = Fault::UnexpectedToken("|".to_owned());
                    return Err(SyntaxError::new(&text, expression.start, fault));
                }
                let correlated = *operator == Operator::Bar;
                self.random.extend(random::expand(&text, left, correlated, right)?);
                true
            }
            Node::Call { function, arguments } => {
                self.take_call(&text, expression, function, arguments)?
            }
            _ => false,
        };
        if special && !added {
            return Err(SyntaxError::new(&text, expression.start, misplaced()));
        }
        Ok(special)
    }

    /// Adds columns of strata that are none yet.
    fn stratify(&mut self, columns: &[Expression]) {
        for column in columns {
            if self.strata.iter().all(|known| known.to_string() != column.to_string()) {
                self.strata.push(column.clone());
            }
        }
    }

    fn take_call(
        &mut self,
        text: &str,
        call: &Expression,
        function: &str,
        arguments: &[Expression],
    ) -> Result<bool, SyntaxError> {
        match function {
            "offset" => {
                let argument = one(text, call, function, arguments)?;
                check_arithmetic(text, argument)?;
                self.offsets.push(argument.clone());
            }
            "cluster" => {
                let argument = one(text, call, function, arguments)?;
                column_only(text, argument)?;
                if self.cluster.replace(argument.clone()).is_some() {
                    return Err(SyntaxError::new(text, call.start, Fault::TwoClusters));
                }
            }
            "strata" => {
                check_strata(text, call)?;
                self.stratify(arguments);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn is_bar(operator: Operator) -> bool {
    matches!(operator, Operator::Bar | Operator::DoubleBar)
}

/// Splits a sum into its parts with their signs.
fn summands<'a>(expression: &'a Expression, added: bool, parts: &mut Vec<(bool, &'a Expression)>) {
    match &expression.node {
        Node::Binary { operator: Operator::Plus, left, right } => {
            summands(left, added, parts);
            summands(right, added, parts);
        }
        // What is subtracted stays whole: a sum in parentheses is taken away at once.
        Node::Binary { operator: Operator::Minus, left, right } => {
            summands(left, added, parts);
            parts.push((!added, right));
        }
        Node::Negative(inside) => parts.push((!added, inside)),
        Node::Positive(inside) => summands(inside, added, parts),
        Node::Parenthesis(inside) if is_sum(inside) => summands(inside, added, parts),
        _ => parts.push((added, expression)),
    }
}

fn is_sum(expression: &Expression) -> bool {
    matches!(expression.inner().node, Node::Binary { operator: Operator::Plus, .. })
}

impl FromStr for Formula {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        Self::parse(text)
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
