//! Data arranged once more as for a fit.

use super::panel::Panel;
use super::partial::Partial;
use super::result::Fit;
use super::ties::Ties;
use crate::data::Data;
use crate::error::Error;
use crate::risk_sets::RiskSets;
use crate::standard::{Standard, StandardColumn};

/// Data arranged as for the fit that was made from them.
pub(crate) struct Arranged {
    pub(crate) sets: RiskSets,
    pub(crate) panel: Panel,
    pub(crate) standard: Standard,
    /// Coefficients of the standardised covariates.
    pub(crate) beta: Vec<f64>,
    efron: bool,
}

impl Arranged {
    pub(crate) fn new(data: &Data<'_>, fit: &Fit) -> Result<Self, Error> {
        data.validate()?;
        let found: Vec<&str> = data.covariates.iter().map(|c| c.name).collect();
        if found != fit.names() {
            let (found, expected) = (found.join(", "), fit.names().join(", "));
            return Err(Error::OtherCovariates { found, expected });
        }
        let mut standard = Standard::default();
        let mut beta = Vec::new();
        for (index, c) in fit.coefficients.iter().enumerate() {
            let Some(estimate) = c.estimate else { continue };
            standard.columns.push(StandardColumn { index, mean: c.mean, sd: c.sd });
            beta.push(estimate.coefficient * c.sd);
        }
        let sets = RiskSets::new(data);
        let panel = Panel::new(data, &standard, &sets);
        Ok(Self { sets, panel, standard, beta, efron: fit.spec.ties == Ties::Efron })
    }

    /// The sums over risk sets at the estimate.
    pub(crate) fn partial(&self) -> Partial<'_, '_> {
        let mut partial = Partial::new(&self.sets, &self.panel, self.efron);
        partial.stand_at(&self.beta);
        partial
    }
}
