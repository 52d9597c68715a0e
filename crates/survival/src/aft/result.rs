//! A fitted model of accelerated failure times and its predictions.

use seedtest_numerics::{Verdict, exp, ln};
use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::fit::Spec;
use crate::conditional_risk::conditional_risk;
use crate::data::Row;
use crate::error::Error;
use crate::warning::Warning;

/// A fitted model of accelerated failure times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// What was asked for.
    pub spec: Spec,
    /// `(Intercept)`, the covariates and `Log(scale)`, as R's survreg names them. Covariates that were
    /// left out have no estimate.
    pub parameters: Vec<Parameter>,
    /// Covariance of the estimated parameters, row-major; that of the sandwich where `robust`.
    pub covariance: Vec<f64>,
    /// Covariance from the information alone, the same shape; `None` where `covariance` is it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_covariance: Option<Vec<f64>>,
    /// σ, 1 for the exponential distribution.
    pub scale: f64,
    /// Log-likelihood of the times (not of their logarithms).
    pub log_likelihood: f64,
    /// The same of the fit without covariates; `None` in fits of before it was kept.
    #[serde(default)]
    pub log_likelihood_null: Option<f64>,
    /// Penalty on the coefficients of standardised covariates, 0 unless the likelihood has no maximum.
    #[serde(default)]
    pub ridge: f64,
    /// Rows.
    pub n: usize,
    /// Rows that end with an event.
    pub n_events: usize,
    /// Clusters; `None` when none were given.
    #[serde(default)]
    pub n_clusters: Option<usize>,
    /// Whether errors are those of the sandwich: over clusters, or over rows whose weights are no counts.
    #[serde(default)]
    pub robust: bool,
    /// What to know about the data.
    pub warnings: Vec<Warning>,
    /// Whether the fit converged, and what to do if not.
    pub verdict: Verdict,
}

/// A parameter with its standard error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Estimate; for a covariate the change of ln T for one unit. `None` when left out.
    pub estimate: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Estimate over standard error.
    pub z: Option<f64>,
    /// Two-sided p-value of z.
    pub p: Option<f64>,
}

impl Fit {
    /// Akaike's criterion: −2 log-likelihood + 2 parameters, intercept and scale among them.
    pub fn aic(&self) -> f64 {
        let estimated = self.parameters.iter().filter(|of| of.estimate.is_some()).count();
        2.0 * estimated as f64 - 2.0 * self.log_likelihood
    }

    /// Location xβ of ln T; `x` has one value for each covariate of the data.
    pub fn location(&self, x: &[f64]) -> Result<f64, Error> {
        let scales = usize::from(self.spec.distribution.has_scale());
        let expected = self.parameters.len() - 1 - scales;
        if x.len() != expected {
            return Err(Error::Values { found: x.len(), expected });
        }
        let of = |(parameter, x): (&Parameter, &f64)| parameter.estimate.unwrap_or(0.0) * x;
        let intercept = self.parameters[0].estimate.unwrap_or(0.0);
        Ok(intercept + self.parameters[1..].iter().zip(x).map(of).sum::<f64>())
    }

    /// Probability of no event up to a time, for a row without offset.
    pub fn survival(&self, x: &[f64], time: f64) -> Result<f64, Error> {
        self.survival_of(&Row { x, stratum: 0, offset: 0.0 }, time)
    }

    /// The same for any row; strata do not matter.
    pub fn survival_of(&self, row: &Row<'_>, time: f64) -> Result<f64, Error> {
        if !(time.is_finite() && time >= 0.0) {
            return Err(Error::Spec { field: "time", value: time, required: "at least 0" });
        }
        let location = self.location(row.x)? + row.offset;
        if time == 0.0 {
            return Ok(1.0);
        }
        let z = (ln(time) - location) / self.scale;
        Ok(exp(self.spec.distribution.log_survival(z).value))
    }

    /// Probability of the event in the next `horizon` units of time after `elapsed` without it, between
    /// 0 and 1, for a row without offset.
    pub fn risk(&self, x: &[f64], horizon: f64, elapsed: f64) -> Result<f64, Error> {
        self.risk_of(&Row { x, stratum: 0, offset: 0.0 }, horizon, elapsed)
    }

    /// The same for any row; strata do not matter.
    pub fn risk_of(&self, row: &Row<'_>, horizon: f64, elapsed: f64) -> Result<f64, Error> {
        let now = self.survival_of(row, elapsed)?;
        conditional_risk(elapsed, now, self.survival_of(row, elapsed + horizon)?)
    }

    /// Time by which the share `p`, between 0 and 1, has had the event.
    pub fn quantile(&self, x: &[f64], p: f64) -> Result<f64, Error> {
        if !(p > 0.0 && p < 1.0) {
            return Err(Error::Spec { field: "p", value: p, required: "between 0 and 1" });
        }
        Ok(exp(self.location(x)? + self.scale * self.spec.distribution.quantile(p)))
    }

    /// The distribution.
    pub fn distribution(&self) -> Distribution {
        self.spec.distribution
    }
}
