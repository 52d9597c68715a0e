//! Tests of proportional hazards, residuals and penalty paths in a response.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Score tests of constant coefficients against coefficients that change with time (`cox.zph`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProportionalHazardsJson {
    /// Function of time: `km`, 1 − Kaplan–Meier.
    pub transform: String,
    /// One test per covariate.
    pub covariates: Vec<ChiSquareJson>,
    /// One test per term of the formula: the columns of a factor are tested together.
    #[serde(default)]
    pub terms: Vec<ChiSquareJson>,
    /// All covariates together.
    pub global: ChiSquareJson,
}

/// A χ² test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChiSquareJson {
    /// What is tested.
    pub name: String,
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// P-value.
    pub p: f64,
}

/// Coefficients along a path of penalties, and how well each predicts left-out groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PenaltyPathJson {
    /// 1 = lasso, 0 = ridge.
    pub alpha: f64,
    /// Position of the penalty whose coefficients are those of the fit.
    pub chosen: usize,
    /// Penalties, decreasing.
    pub lambda: Vec<f64>,
    /// Coefficients that are not zero, by penalty.
    pub n_nonzero: Vec<usize>,
    /// Coefficients by covariate, one for every penalty.
    pub coefficients: BTreeMap<String, Vec<f64>>,
    /// Log partial likelihood without the penalty, by penalty.
    pub loglik: Vec<f64>,
    /// Partial-likelihood deviance per left-out event, by penalty; null without cross-validation.
    pub deviance: Option<Vec<f64>>,
    /// Its standard error over the folds.
    pub deviance_se: Option<Vec<f64>>,
    /// Position of the smallest deviance.
    pub min: Option<usize>,
    /// Position of the largest penalty within one standard error of it.
    pub one_se: Option<usize>,
}

/// Residuals of a Cox fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResidualsJson {
    /// Number of the row in the request from 0, for every row that took part.
    pub row: Vec<u32>,
    /// Events minus expected events, by row.
    pub martingale: Vec<f64>,
    /// Martingale residuals made roughly symmetric, by row.
    pub deviance: Vec<f64>,
    /// Approximate change of the coefficient when the row is left out, by covariate.
    pub dfbeta: BTreeMap<String, Vec<f64>>,
    /// Number of the row of every event.
    pub event_row: Vec<u32>,
    /// Covariate of the event minus its mean over the rows at risk, by covariate.
    pub schoenfeld: BTreeMap<String, Vec<f64>>,
}
