//! Probability of not being censored.

use crate::data::Data;
use crate::error::Error;
use crate::risk_table::RiskTable;

/// Kaplan–Meier estimate of the probability of not being censored. Events at a time come before
/// censorings at the same time.
pub(crate) struct Censoring {
    time: Vec<f64>,
    uncensored: Vec<f64>,
}

impl Censoring {
    pub(crate) fn new(data: &Data<'_>) -> Self {
        let table = RiskTable::new(data);
        let mut uncensored = Vec::with_capacity(table.time.len());
        let mut left = 1.0;
        for k in 0..table.time.len() {
            let at_risk = table.n_risk[k] - table.n_event[k];
            if table.n_censor[k] > 0.0 {
                left *= (1.0 - table.n_censor[k] / at_risk).max(0.0);
            }
            uncensored.push(left);
        }
        Self { time: table.time, uncensored }
    }

    /// Probability of not being censored up to and at a time.
    pub(crate) fn after(&self, time: f64) -> f64 {
        self.at(self.time.partition_point(|t| *t <= time))
    }

    /// Probability of not being censored before a time.
    pub(crate) fn before(&self, time: f64) -> f64 {
        self.at(self.time.partition_point(|t| *t < time))
    }

    fn at(&self, passed: usize) -> f64 {
        if passed == 0 { 1.0 } else { self.uncensored[passed - 1] }
    }
}

/// Checks data and one prediction for every row.
pub(crate) fn check(data: &Data<'_>, predictions: &[f64], name: &str) -> Result<(), Error> {
    data.validate()?;
    if data.start.is_some() {
        let what = "the quality of predictions";
        return Err(Error::Unsupported { what, with: "start times" });
    }
    if predictions.len() != data.n() {
        let (found, expected) = (predictions.len(), data.n());
        return Err(Error::Length { column: name.to_owned(), found, expected });
    }
    match predictions.iter().position(|p| !p.is_finite()) {
        Some(row) => {
            Err(Error::NotFinite { row, column: name.to_owned(), value: predictions[row] })
        }
        None => Ok(()),
    }
}
