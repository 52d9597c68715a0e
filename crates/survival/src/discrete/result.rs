//! A fitted discrete-time hazard model and its predictions.

use seedtest_numerics::Verdict;
use serde::{Deserialize, Serialize};

use super::link::Link;
use crate::data::Row;
use crate::error::Error;
use crate::warning::Warning;

/// A discrete-time hazard model with a free level for every period of every stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscreteFit {
    /// The link.
    pub link: Link,
    /// Level of every period, on the scale of the link at covariates zero.
    pub periods: Vec<PeriodLevel>,
    /// Coefficients of the covariates.
    pub coefficients: Vec<DiscreteCoefficient>,
    /// Covariance of the estimated levels and coefficients, row-major; that of the sandwich where
    /// `robust`.
    pub covariance: Vec<f64>,
    /// Clusters; `None` when none were given.
    #[serde(default)]
    pub n_clusters: Option<usize>,
    /// Whether errors are those of the sandwich: over clusters, or over rows whose weights are no counts.
    #[serde(default)]
    pub robust: bool,
    /// Log-likelihood.
    pub log_likelihood: f64,
    /// The same with all coefficients zero; `None` in fits of before it was kept.
    #[serde(default)]
    pub log_likelihood_null: Option<f64>,
    /// Penalty on the coefficients of standardised covariates, 0 unless the likelihood has no maximum.
    #[serde(default)]
    pub ridge: f64,
    /// Rows.
    pub n: usize,
    /// Rows times periods at risk.
    pub n_person_periods: u64,
    /// Rows that end with an event.
    pub n_events: usize,
    /// What to know about the data.
    pub warnings: Vec<Warning>,
    /// Whether the fit converged, and what to do if not.
    pub verdict: Verdict,
}

/// Level of a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeriodLevel {
    /// Code of the stratum, 0 without strata.
    #[serde(default)]
    pub stratum: u32,
    /// The period, from 1.
    pub period: u32,
    /// Events in the period.
    pub events: u64,
    /// Rows at risk in the period.
    pub at_risk: u64,
    /// The level; `None` in a period without events, whose hazard is estimated to be 0, and in one in
    /// which every row at risk has the event, whose hazard is estimated to be 1.
    pub level: Option<f64>,
    /// Standard error of the level.
    pub se: Option<f64>,
}

/// Coefficient of a covariate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscreteCoefficient {
    /// Name of the covariate.
    pub name: String,
    /// Change of the link for one unit; `None` when the covariate was left out.
    pub coefficient: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Coefficient over standard error.
    pub z: Option<f64>,
    /// Two-sided p-value of z.
    pub p: Option<f64>,
}

impl DiscreteFit {
    /// Akaike's criterion: −2 log-likelihood + 2 parameters, the levels of the periods among them.
    pub fn aic(&self) -> f64 {
        let levels = self.periods.iter().filter(|of| of.level.is_some()).count();
        let estimated = self.coefficients.iter().filter(|of| of.coefficient.is_some()).count();
        2.0 * (levels + estimated) as f64 - 2.0 * self.log_likelihood
    }

    /// Probability of no event in the periods after `from` up to `to`, given none up to `from`, for a
    /// row without offset and strata; [`Error::NotEstimable`] where a period had no row at risk.
    pub fn survival(&self, x: &[f64], from: u32, to: u32) -> Result<f64, Error> {
        self.survival_of(&Row { x, stratum: 0, offset: 0.0 }, from, to)
    }

    /// The same for any row.
    pub fn survival_of(&self, row: &Row<'_>, from: u32, to: u32) -> Result<f64, Error> {
        let (x, stratum) = (row.x, row.stratum);
        let expected = self.coefficients.len();
        if x.len() != expected {
            return Err(Error::Values { found: x.len(), expected });
        }
        let begin = self.periods.iter().position(|p| p.stratum == stratum);
        let begin = begin.ok_or(Error::UnknownStratum { stratum })?;
        let same = self.periods[begin..].iter().take_while(|p| p.stratum == stratum).count();
        let periods = &self.periods[begin..begin + same];
        let within = periods.get(from as usize..to as usize);
        let Some(within) = within.filter(|w| w.iter().all(|p| p.at_risk > 0)) else {
            let reason = "no row was at risk in a period up to then";
            return Err(Error::NotEstimable { what: "survival", at: f64::from(to), reason });
        };
        let own = self.coefficients.iter().zip(x);
        let own: f64 = own.map(|(c, x)| c.coefficient.unwrap_or(0.0) * x).sum();
        let eta = own + row.offset;
        // Without a level nobody had the event, or everybody.
        let stays = |p: &PeriodLevel| match p.level {
            Some(level) => 1.0 - self.link.probability(level + eta),
            None if p.events > 0 => 0.0,
            None => 1.0,
        };
        Ok(within.iter().map(stays).product())
    }

    /// Probability of the event in the next `horizon` periods after `elapsed` without it, between 0 and
    /// 1.
    pub fn risk(&self, x: &[f64], horizon: u32, elapsed: u32) -> Result<f64, Error> {
        Ok(1.0 - self.survival(x, elapsed, elapsed.saturating_add(horizon))?)
    }
}
