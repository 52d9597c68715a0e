//! What a calibration of several dimensions finds.

use seedtest_numerics::{Status, Verdict};
use serde::{Deserialize, Serialize};

use super::spec::Spec;
use crate::design::Warning;
use crate::result::UnscoredStudent;
use crate::screening::SkippedItem;

/// A calibration of several dimensions: logit P = a₁θ₁ + … + aₖθₖ + d.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// What was fitted.
    pub spec: Spec,
    /// Calibrated items, by item code.
    pub items: Vec<ItemFit>,
    /// Correlations of the dimensions, whose variances are 1.
    pub correlations: Vec<Vec<f64>>,
    /// Their standard errors, 0 on the diagonal; `None` where they were not estimated or not computed.
    pub correlation_errors: Option<Vec<Vec<f64>>>,
    /// Share of the variance of the items' latent responses that each dimension explains, correlated ones together
    /// with what they share.
    pub explained: Vec<f64>,
    /// Why there are no standard errors; `None` where there are.
    pub se_missing: Option<NoErrors>,
    /// What is doubtful about the design.
    pub warnings: Vec<Warning>,
    /// Items with answers that were left out, by item code.
    pub skipped: Vec<SkippedItem>,
    /// Abilities of the students with a usable answer, by student code.
    pub abilities: Vec<Abilities>,
    /// Students without a usable answer, by student code.
    pub unscored: Vec<UnscoredStudent>,
    /// The points of the integrals.
    pub points: Points,
    /// Marginal log-likelihood of the used answers.
    pub log_likelihood: f64,
    /// Number of estimated parameters.
    pub n_parameters: usize,
    /// Answers used.
    pub n_answers: usize,
    /// Students with a usable answer.
    pub n_students: usize,
    /// −2·log-likelihood + 2·parameters.
    pub aic: f64,
    /// −2·log-likelihood + ln(students)·parameters.
    pub bic: f64,
    /// The same answers under one dimension; `None` where that search did not end at an optimum.
    pub one_dimension: Option<OneDimension>,
    /// Parameters that the answers do not determine.
    pub undetermined: Vec<Parameter>,
    /// Convergence, with numbers and the next action.
    pub verdict: Verdict,
}

/// One item on several dimensions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemFit {
    /// Item code.
    pub item: u32,
    /// Answers.
    pub n: u32,
    /// Right answers.
    pub n_right: u32,
    /// Slope a on every dimension.
    pub slopes: Vec<f64>,
    /// Intercept d.
    pub intercept: f64,
    /// Standard errors of slopes and intercept; `None` where they were not computed, and 0 for slopes that are 0 by
    /// the pattern.
    pub se: Option<ItemErrors>,
    /// Discrimination in the direction in which the item discriminates best: √(aᵀΦa).
    pub discrimination: f64,
    /// Difficulty along that direction, −d over the discrimination.
    pub difficulty: f64,
    /// Loadings of the latent response that the logistic curve stands for (a/1.702), standardised.
    pub loadings: Vec<f64>,
    /// Share of the variance of that response that the dimensions explain.
    pub communality: f64,
    /// Whether a parameter stands at the edge of the range the program searches: an extreme, not an estimate.
    pub at_bound: bool,
}

/// Standard errors of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemErrors {
    /// Of the slope on every dimension; 0 where the pattern has none.
    pub slopes: Vec<f64>,
    /// Of the intercept.
    pub intercept: f64,
}

/// Why there are no standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoErrors {
    /// They were not asked for.
    NotComputed,
    /// The time was up before they were computed.
    OutOfTime,
    /// The dimensions were turned after the fit: errors of the slopes before say nothing about those after.
    Rotated,
    /// The search did not end at an optimum that the answers determine.
    Undetermined,
}

/// Abilities of one student: means and covariances of the posterior (EAP).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Abilities {
    /// Student code.
    pub student: u32,
    /// Posterior mean on every dimension.
    pub theta: Vec<f64>,
    /// Posterior standard deviation on every dimension.
    pub se: Vec<f64>,
    /// Posterior covariances, row by row up to the diagonal.
    pub covariance: Vec<f64>,
    /// Answers used.
    pub n: u32,
}

/// The points over which abilities were integrated out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Their number.
    pub n: usize,
    /// What the log-likelihood changes by on half as many again at the least: the error of the integrals. `None` where
    /// the search did not get there.
    pub change: Option<f64>,
    /// Whether that is as small as it should be; there are at most 40 000 points.
    pub enough: bool,
}

/// The same answers under one dimension, and the test of it against several.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OneDimension {
    /// Marginal log-likelihood.
    pub log_likelihood: f64,
    /// Number of estimated parameters.
    pub n_parameters: usize,
    /// −2·log-likelihood + 2·parameters.
    pub aic: f64,
    /// −2·log-likelihood + ln(students)·parameters.
    pub bic: f64,
    /// Twice the gain in log-likelihood by more dimensions.
    pub chi_square: f64,
    /// Parameters more.
    pub df: usize,
    /// Share of the χ² distribution beyond. One dimension is at the edge of the models with several (correlations of 1,
    /// or loadings of 0 that leave others undetermined), where the statistic is not quite χ²: a rough guide.
    pub p: f64,
}

/// A parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Parameter {
    /// A slope of an item; on no dimension in particular where dimensions are turned.
    Slope {
        /// Item code.
        item: u32,
        /// Dimension, from 0.
        dimension: Option<usize>,
    },
    /// The intercept of an item.
    Intercept {
        /// Item code.
        item: u32,
    },
    /// The correlation of two dimensions.
    Correlation {
        /// The smaller, from 0.
        first: usize,
        /// The larger.
        second: usize,
    },
}

impl Parameter {
    /// Its name, such as `a[q7,reading]`, from the ids of items and the names of dimensions.
    pub fn name(&self, id: &dyn Fn(u32) -> String, dimension: &dyn Fn(usize) -> String) -> String {
        match *self {
            Self::Slope { item, dimension: Some(of) } => {
                format!("a[{},{}]", id(item), dimension(of))
            }
            Self::Slope { item, dimension: None } => format!("a[{}]", id(item)),
            Self::Intercept { item } => format!("d[{}]", id(item)),
            Self::Correlation { first, second } => {
                format!("correlation[{},{}]", dimension(first), dimension(second))
            }
        }
    }
}

impl Fit {
    /// The verdict with the ids of items and the names of dimensions in place of their codes.
    pub fn verdict_by_id(
        &self,
        id: &dyn Fn(u32) -> String,
        dimension: &dyn Fn(usize) -> String,
    ) -> Verdict {
        let mut verdict = self.verdict.clone();
        if let Status::Unidentified { parameters } = &mut verdict.status {
            let names = self.undetermined.iter().map(|parameter| parameter.name(id, dimension));
            *parameters = names.collect();
        }
        verdict
    }
}
