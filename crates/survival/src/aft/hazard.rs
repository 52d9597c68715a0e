//! Weibull and exponential fits as models of proportional hazards, with errors by the delta method.

use seedtest_numerics::{exp, normal_cdf, normal_quantile};
use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::result::{Fit, Parameter};

/// The hazard k λ⁻ᵏ tᵏ⁻¹ exp(xγ) behind ln T = xβ + σ W with an extreme-value W: γ = −β/σ, k = 1/σ,
/// λ = exp(β₀) (Kalbfleisch & Prentice 2002, section 2.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProportionalHazards {
    /// Change γ of the log hazard for one unit of every covariate.
    pub coefficients: Vec<Parameter>,
    /// Shape k: above 1 the hazard rises with time. 1 without an error for the exponential
    /// distribution.
    pub shape: Positive,
    /// Scale λ, a time: by it the share 1 − 1/e has had the event, at covariates zero.
    pub scale: Positive,
}

/// A positive parameter. Its bounds are symmetric on the log scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Positive {
    /// Estimate.
    pub estimate: f64,
    /// Standard error by the delta method; `None` where nothing was estimated.
    pub se: Option<f64>,
    /// Lower bound.
    pub lower: Option<f64>,
    /// Upper bound.
    pub upper: Option<f64>,
}

impl Positive {
    pub(super) fn of_log(log: f64, log_se: Option<f64>, quantile: f64) -> Self {
        let bound = |sign: f64| log_se.map(|se| exp(log + sign * quantile * se));
        let estimate = exp(log);
        let se = log_se.map(|se| estimate * se);
        Self { estimate, se, lower: bound(-1.0), upper: bound(1.0) }
    }
}

impl Fit {
    /// The fit as proportional hazards, with bounds of level `confidence` (between 0 and 1); `None`
    /// for distributions whose hazards are not proportional.
    ///
    /// Errors follow from the joint covariance of β and ln σ: Var γⱼ = (Var βⱼ − 2 βⱼ Cov(βⱼ, ln σ) +
    /// βⱼ² Var ln σ) / σ².
    pub fn proportional_hazards(&self, confidence: f64) -> Option<ProportionalHazards> {
        let scaled = match self.distribution() {
            Distribution::Weibull => true,
            Distribution::Exponential => false,
            Distribution::LogNormal | Distribution::LogLogistic => return None,
        };
        let quantile = normal_quantile(0.5 + 0.5 * confidence);
        let variance = |a: usize, b: usize| self.covariance_of(a, b);
        let log_scale = self.parameters.len() - 1;
        let covariates = 1..self.parameters.len() - usize::from(scaled);
        let coefficient = |at: usize| {
            let parameter = &self.parameters[at];
            let estimate = parameter.estimate.map(|b| -b / self.scale);
            let se = parameter.estimate.map(|b| {
                let mut total = variance(at, at);
                if scaled {
                    let (mixed, own) = (variance(at, log_scale), variance(log_scale, log_scale));
                    total += b * b * own - 2.0 * b * mixed;
                }
                total.max(0.0).sqrt() / self.scale
            });
            let z = estimate.zip(se).map(|(estimate, se)| estimate / se);
            let p = z.map(|z| 2.0 * normal_cdf(-z.abs()));
            Parameter { name: parameter.name.clone(), estimate, se, z, p }
        };
        let log_shape = if scaled { -self.parameters[log_scale].estimate? } else { 0.0 };
        let log_shape_se = if scaled { self.parameters[log_scale].se } else { None };
        let intercept = &self.parameters[0];
        Some(ProportionalHazards {
            coefficients: covariates.map(coefficient).collect(),
            shape: Positive::of_log(log_shape, log_shape_se, quantile),
            scale: Positive::of_log(intercept.estimate?, intercept.se, quantile),
        })
    }

    /// Covariance of two estimated parameters, by their positions among all.
    fn covariance_of(&self, a: usize, b: usize) -> f64 {
        let estimated = |at: usize| self.parameters[..at].iter().filter(|p| p.estimate.is_some());
        let q = estimated(self.parameters.len()).count();
        self.covariance[estimated(a).count() * q + estimated(b).count()]
    }
}
