//! The right side of a formula as a sum of products of variables.

use crate::error::{Fault, SyntaxError};
use crate::expression::{Expression, Node, Operator};
use crate::function::{check_variable, strata_arguments};

const MOST_TERMS: usize = 10_000;
const HIGHEST_POWER: f64 = 50.0;

/// A product of variables: their indices, increasing.
pub(crate) type Term = Vec<usize>;

/// The right-hand side of a formula as R's `terms` sees it: an intercept or not, and products of
/// variables sorted by order of interaction.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Terms {
    pub(crate) intercept: bool,
    pub(crate) variables: Vec<Expression>,
    pub(crate) products: Vec<Term>,
    /// Variables whose terms of their own are strata: no columns, but contrasts are coded as if they were
    /// there.
    pub(crate) stratified: Vec<usize>,
    /// Labels of the terms that are taken away, whether they were there or not.
    pub(crate) taken_away: Vec<String>,
    /// Whether the response stood among the terms and was taken out.
    pub(crate) had_response: bool,
}

impl Terms {
    /// Expands a sum of terms. `parts` are the summands with their signs.
    pub(crate) fn expand(
        formula: &str,
        parts: &[(bool, &Expression)],
        response: Option<&Expression>,
    ) -> Result<Self, SyntaxError> {
        let mut expansion =
            Expansion { formula, adding: true, intercept: true, variables: vec![], gone: vec![] };
        let mut terms = Vec::new();
        for &(added, part) in parts {
            expansion.adding = added;
            let found = expansion.encode(part)?;
            expansion.adding = true;
            if added {
                terms = expansion.union(part, terms, found)?;
            } else {
                terms.retain(|term| !found.contains(term));
                expansion.gone.extend(found);
            }
        }
        let shown = response.map(ToString::to_string);
        let own = expansion.variables.iter().position(|v| Some(v.to_string()) == shown);
        let n_terms = terms.len();
        terms.retain(|term| own.is_none_or(|own| *term != [own]));
        let had_response = terms.len() < n_terms;
        terms.sort_by_key(Vec::len);
        let Expansion { intercept, variables, gone, .. } = expansion;
        let mut found =
            Self { intercept, variables, products: terms, had_response, ..Self::default() };
        found.taken_away = gone.iter().map(|term| found.label(term)).collect();
        Ok(found)
    }

    /// Takes strata out of the terms and gives the calls of `strata()` that stand in any of them, as in
    /// `x * strata(s)`: the strata have no coefficients, what interacts with them has.
    pub(crate) fn take_strata(&mut self) -> Vec<Expression> {
        let is_strata = |v: usize| strata_arguments(&self.variables[v]).is_some();
        let own = |term: &Term| matches!(term[..], [v] if is_strata(v));
        self.stratified =
            self.products.iter().filter(|term| own(term)).map(|term| term[0]).collect();
        let used: Vec<usize> = self.products.iter().flatten().copied().collect();
        let calls = (0..self.variables.len()).filter(|v| is_strata(*v) && used.contains(v));
        let calls = calls.map(|v| self.variables[v].clone()).collect();
        self.products.retain(|term| !matches!(term[..], [v] if self.stratified.contains(&v)));
        calls
    }

    /// The variables that some term has, with their positions.
    pub(crate) fn used_variables(&self) -> impl Iterator<Item = (usize, &Expression)> {
        let is_used = |v: usize| self.products.iter().flatten().any(|used| *used == v);
        self.variables.iter().enumerate().filter(move |(v, _)| is_used(*v))
    }

    /// Labels of the terms, without the intercept.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.products.iter().map(|term| self.label(term)).collect()
    }

    pub(crate) fn label(&self, term: &[usize]) -> String {
        let shown: Vec<String> = term.iter().map(|&v| self.variables[v].to_string()).collect();
        shown.join(":")
    }

    /// Whether variable `v` of term number `t` is coded by contrasts: so it is when the term without
    /// it is contained in a term before (R's `TermCode`; Chambers & Hastie 1992, p. 38).
    pub(crate) fn by_contrasts(&self, t: usize, v: usize) -> bool {
        let rest: Term = self.products[t].iter().copied().filter(|&other| other != v).collect();
        let contained = |term: &Term| rest.iter().all(|other| term.contains(other));
        let stratified = || self.stratified.iter().any(|of| rest == [*of]);
        rest.is_empty() || self.products[..t].iter().any(contained) || stratified()
    }
}

struct Expansion<'a> {
    formula: &'a str,
    /// False inside what is subtracted: there `1` takes the intercept away and `0` gives it back.
    adding: bool,
    intercept: bool,
    variables: Vec<Expression>,
    /// Terms that are taken away.
    gone: Vec<Term>,
}

impl Expansion<'_> {
    fn encode(&mut self, expression: &Expression) -> Result<Vec<Term>, SyntaxError> {
        match &expression.node {
            Node::Parenthesis(inside) | Node::Positive(inside) => self.encode(inside),
            Node::Number(x) if *x == 1.0 || *x == 0.0 => {
                self.intercept = (*x == 1.0) == self.adding;
                Ok(Vec::new())
            }
            Node::Negative(inside) => {
                self.subtracted(inside)?;
                Ok(Vec::new())
            }
            Node::Binary { operator, left, right } => {
                self.binary(expression, *operator, left, right)
            }
            Node::Name { .. } | Node::Call { .. } => {
                check_variable(self.formula, expression)?;
                Ok(vec![vec![self.variable(expression)]])
            }
            Node::Number(_) | Node::Text(_) | Node::Named { .. } => {
                Err(self.not_a_term(expression))
            }
        }
    }

    fn binary(
        &mut self,
        whole: &Expression,
        operator: Operator,
        left: &Expression,
        right: &Expression,
    ) -> Result<Vec<Term>, SyntaxError> {
        match operator {
            Operator::Plus => {
                let (left, right) = (self.encode(left)?, self.encode(right)?);
                self.union(whole, left, right)
            }
            Operator::Minus => {
                let mut terms = self.encode(left)?;
                let gone = self.subtracted(right)?;
                terms.retain(|term| !gone.contains(term));
                Ok(terms)
            }
            Operator::Colon | Operator::In => {
                let (left, right) = (self.factor(left)?, self.factor(right)?);
                self.products(whole, &left, &right)
            }
            Operator::Times => {
                let (left, right) = (self.factor(left)?, self.factor(right)?);
                self.crossed(whole, left, right)
            }
            Operator::Over => {
                let (left, right) = (self.factor(left)?, self.factor(right)?);
                let all = left.iter().fold(Term::new(), |all, term| product(&all, term));
                let nested = self.products(whole, &[all], &right)?;
                self.union(whole, left, nested)
            }
            Operator::Power => self.power(whole, left, right),
            _ => Err(self.not_a_term(whole)),
        }
    }

    /// Terms of a factor of a product; a bare number there has no meaning.
    fn factor(&mut self, expression: &Expression) -> Result<Vec<Term>, SyntaxError> {
        match expression.node {
            Node::Number(_) => Err(self.not_a_term(expression)),
            _ => self.encode(expression),
        }
    }

    fn subtracted(&mut self, expression: &Expression) -> Result<Vec<Term>, SyntaxError> {
        self.adding = !self.adding;
        let terms = self.encode(expression);
        self.adding = !self.adding;
        self.gone.extend(terms.iter().flatten().cloned());
        terms
    }

    fn power(
        &mut self,
        whole: &Expression,
        left: &Expression,
        right: &Expression,
    ) -> Result<Vec<Term>, SyntaxError> {
        let exponent = match right.inner().node {
            Node::Number(x) if x.fract() == 0.0 && (1.0..=HIGHEST_POWER).contains(&x) => x as usize,
            _ => {
                let fault = Fault::BadPower(whole.to_string());
                return Err(SyntaxError::new(self.formula, right.start, fault));
            }
        };
        let base = self.factor(left)?;
        let mut terms = base.clone();
        for _ in 1..exponent {
            let before = terms.len();
            terms = self.crossed(whole, terms, base.clone())?;
            if terms.len() == before {
                break;
            }
        }
        Ok(terms)
    }

    fn crossed(
        &self,
        whole: &Expression,
        left: Vec<Term>,
        right: Vec<Term>,
    ) -> Result<Vec<Term>, SyntaxError> {
        let products = self.products(whole, &left, &right)?;
        let terms = self.union(whole, left, right)?;
        self.union(whole, terms, products)
    }

    fn products(
        &self,
        whole: &Expression,
        left: &[Term],
        right: &[Term],
    ) -> Result<Vec<Term>, SyntaxError> {
        if left.len().saturating_mul(right.len()) > MOST_TERMS {
            return Err(self.too_many(whole));
        }
        let pairs = left.iter().flat_map(|l| right.iter().map(|r| product(l, r)));
        self.union(whole, Vec::new(), pairs.collect())
    }

    fn union(
        &self,
        whole: &Expression,
        mut terms: Vec<Term>,
        more: Vec<Term>,
    ) -> Result<Vec<Term>, SyntaxError> {
        for term in more {
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        if terms.len() > MOST_TERMS { Err(self.too_many(whole)) } else { Ok(terms) }
    }

    fn variable(&mut self, expression: &Expression) -> usize {
        let shown = expression.to_string();
        let known = self.variables.iter().position(|v| v.to_string() == shown);
        known.unwrap_or_else(|| {
            self.variables.push(expression.clone());
            self.variables.len() - 1
        })
    }

    fn not_a_term(&self, expression: &Expression) -> SyntaxError {
        let fault = Fault::NotATerm(expression.to_string());
        SyntaxError::new(self.formula, expression.start, fault)
    }

    fn too_many(&self, expression: &Expression) -> SyntaxError {
        SyntaxError::new(self.formula, expression.start, Fault::TooManyTerms(MOST_TERMS))
    }
}

fn product(left: &[usize], right: &[usize]) -> Term {
    let mut term = [left, right].concat();
    term.sort_unstable();
    term.dedup();
    term
}
