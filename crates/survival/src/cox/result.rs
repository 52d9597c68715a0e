//! A fitted Cox model.

use schemars::JsonSchema;
use seedtest_numerics::Verdict;
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::concordance::Concordance;
use super::spec::Spec;
use crate::chi_square::ChiSquare;
use crate::warning::Warning;

/// A fitted proportional-hazards model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// What was asked for.
    pub spec: Spec,
    /// One entry for every covariate of the data, in their order.
    pub coefficients: Vec<Coefficient>,
    /// Covariance of the estimated coefficients, row-major; robust where there are clusters, where weights
    /// are no counts of rows, or where it was asked for. Coefficients without estimate have no row.
    pub covariance: Vec<f64>,
    /// Covariance from the information alone, the same shape.
    pub model_covariance: Vec<f64>,
    /// Log partial likelihood at the estimate, without the penalty.
    pub log_likelihood: f64,
    /// Log partial likelihood with all coefficients zero.
    pub log_likelihood_null: f64,
    /// Tests of all coefficients together; `None` for a penalised fit, where they have no χ²
    /// distribution.
    pub tests: Option<GlobalTests>,
    /// Concordance of the linear predictor; `None` when not asked for or no pair is comparable.
    pub concordance: Option<Concordance>,
    /// Baseline hazard of every stratum with events.
    pub baselines: Vec<Baseline>,
    /// Rows.
    pub n: usize,
    /// Rows that end with an event.
    pub n_events: usize,
    /// Clusters; `None` when none were given.
    pub n_clusters: Option<usize>,
    /// Penalty that was used, asked for or not.
    pub ridge: f64,
    /// What to know about the data.
    pub warnings: Vec<Warning>,
    /// Whether the fit converged, and what to do if not.
    pub verdict: Verdict,
}

/// A covariate with its coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// Name of the covariate.
    pub name: String,
    /// Mean over the rows, at which the baseline stands.
    pub mean: f64,
    /// Standard deviation over the rows.
    pub sd: f64,
    /// The estimate; `None` when the covariate was left out, see `reason`.
    pub estimate: Option<Estimate>,
    /// Why there is no estimate.
    pub reason: Option<NoEstimate>,
}

/// An estimated coefficient: the change of the log hazard for one unit of the covariate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The coefficient.
    pub coefficient: f64,
    /// Standard error from the information.
    pub se: f64,
    /// Standard error from the sandwich; `None` when not computed.
    pub robust_se: Option<f64>,
    /// Coefficient over its standard error, the robust one where there is one.
    pub z: f64,
    /// Two-sided p-value of z.
    pub p: f64,
    /// Lower confidence bound of the coefficient.
    pub lower: f64,
    /// Upper confidence bound of the coefficient.
    pub upper: f64,
    /// e^coefficient.
    pub hazard_ratio: f64,
    /// Lower confidence bound of the hazard ratio.
    pub hazard_ratio_lower: f64,
    /// Upper confidence bound of the hazard ratio.
    pub hazard_ratio_upper: f64,
}

/// Why a covariate has no coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoEstimate {
    /// The same value in all rows.
    Constant,
    /// No differences between rows at risk at the same time.
    NoInformation,
    /// A linear combination of other covariates.
    Collinear,
}

/// Tests of the hypothesis that all coefficients are zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GlobalTests {
    /// Twice the gain in log-likelihood.
    pub likelihood_ratio: ChiSquare,
    /// From the estimates and their covariance (the robust one where there is one).
    pub wald: ChiSquare,
    /// From the gradient at zero.
    pub score: ChiSquare,
}

impl Fit {
    /// Akaike's criterion: −2 log-likelihood + 2 coefficients.
    pub fn aic(&self) -> f64 {
        let estimated = self.coefficients.iter().filter(|c| c.estimate.is_some()).count();
        2.0 * estimated as f64 - 2.0 * self.log_likelihood
    }

    /// Whether the standard errors are those of the sandwich.
    pub fn is_robust(&self) -> bool {
        let mut estimates = self.coefficients.iter().filter_map(|c| c.estimate.as_ref());
        estimates.any(|estimate| estimate.robust_se.is_some())
    }

    /// Names of the covariates.
    pub fn names(&self) -> Vec<&str> {
        self.coefficients.iter().map(|c| c.name.as_str()).collect()
    }
}
