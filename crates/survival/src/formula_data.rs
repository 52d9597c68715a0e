//! Data of a formula with `Surv()` on its left side.

use seedtest_formula::{Design, Dropped, Encoder, Factor, Formula, Frame, ModelMatrix, Response};

use crate::cox::Term;
use crate::data::{Covariate, Data};
use crate::error::Error;

/// Data of a formula `Surv(time, event) ~ terms`, with terms as in R: `strata(s)`, `cluster(id)` and
/// `offset(o)` are understood, and there is no intercept among the covariates.
#[derive(Debug, Clone, PartialEq)]
pub struct FormulaData {
    start: Option<Vec<f64>>,
    stop: Vec<f64>,
    event: Vec<u8>,
    offset: Option<Vec<f64>>,
    /// Model matrix without intercept.
    pub covariates: ModelMatrix,
    /// The strata; codes of [`Data::strata`] index their levels.
    pub strata: Option<Factor>,
    /// The clusters.
    pub cluster: Option<Factor>,
    /// Row of the table of every row.
    pub rows: Vec<u32>,
    /// Rows left out because of missing values.
    pub dropped: Dropped,
    /// Codes new data as these; its matrices still have the intercept.
    pub encoder: Encoder,
}

impl FormulaData {
    /// Applies a formula to a table. An intercept that the formula takes away changes nothing, as in
    /// R's coxph.
    pub fn new(formula: &Formula, frame: &Frame) -> Result<Self, Error> {
        if !formula.random_terms().is_empty() {
            return Err(Error::Unsupported { what: "a survival model", with: "random effects" });
        }
        let design = formula.clone().with_intercept().design(frame)?;
        let Design { response, fixed, offset, strata, cluster, rows, dropped, encoder, .. } =
            design;
        let Some(Response::Survival { start, stop, event }) = response else {
            return Err(Error::NotSurvival);
        };
        let event = event
            .iter()
            .zip(&rows)
            .map(|(&value, &row)| {
                let valid = value == 0.0 || value == 1.0;
                let error = Error::Event { row: row as usize, value };
                if valid { Ok(value as u8) } else { Err(error) }
            })
            .collect::<Result<Vec<u8>, Error>>()?;
        let covariates = fixed.without_intercept();
        Ok(Self { start, stop, event, offset, covariates, strata, cluster, rows, dropped, encoder })
    }

    /// The terms of the formula with their columns, in its order.
    pub fn terms(&self) -> Vec<Term> {
        let ModelMatrix { assign, terms, .. } = &self.covariates;
        let columns_of = |number: usize| {
            let of_term = assign.iter().enumerate().filter(|(_, of)| **of == number);
            of_term.map(|(at, _)| at).collect()
        };
        let term = |(at, name): (usize, &String)| Term {
            name: name.clone(),
            covariates: columns_of(at + 1),
        };
        terms.iter().enumerate().map(term).collect()
    }

    /// The data as the models take them.
    pub fn data(&self) -> Data<'_> {
        Data {
            start: self.start.as_deref(),
            stop: &self.stop,
            event: &self.event,
            covariates: self
                .covariates
                .names
                .iter()
                .enumerate()
                .map(|(j, name)| Covariate { name, values: self.covariates.column(j) })
                .collect(),
            weights: None,
            offset: self.offset.as_deref(),
            strata: self.strata.as_ref().map(Factor::codes),
            cluster: self.cluster.as_ref().map(Factor::codes),
        }
    }
}
