//! What a survival model is asked for.

use std::str::FromStr;

use seedtest_kpi::CHURN_HORIZON_DAYS;
use seedtest_numerics::DEFAULT_SEED;
use seedtest_survival::cox;
use seedtest_wire::{LambdaJson, PenaltyJson, RegularizationJson, SurvivalFitRequest};

use serde::Serialize;

use super::names::Family;
use crate::error::Error;

/// Length of a period of the discrete families where nothing is said, in the unit of the times.
pub const PERIOD_DAYS: f64 = 7.0;
/// Time by which the risk is predicted, and silence that is the event, where nothing is said.
pub const HORIZON_DAYS: f64 = CHURN_HORIZON_DAYS as f64;

/// What to fit, checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(clippy::struct_excessive_bools)] // each says whether something is computed beside the fit
pub struct Spec {
    /// The family.
    pub family: Family,
    /// `Surv(time, event) ~ terms`; `None` = the columns say what they are.
    pub formula: Option<String>,
    /// The covariates where there is no formula; `None` = every numeric column without another
    /// meaning.
    pub covariates: Option<Vec<String>>,
    /// Column of the strata.
    pub strata: Option<String>,
    /// Column of the clusters; `None` = the student, where one has several rows.
    pub cluster: Option<String>,
    /// Column of case weights.
    pub weights: Option<String>,
    /// Column of an offset.
    pub offset: Option<String>,
    /// How tied events are treated (Cox).
    pub ties: cox::Ties,
    /// Penalty (Cox).
    pub penalty: Penalty,
    /// Length of a period in the unit of the times (discrete families).
    pub period_days: f64,
    /// Days of silence that are the event.
    pub event_threshold_days: f64,
    /// Time by which the risk is predicted.
    pub horizon_days: f64,
    /// Seed of the folds.
    pub seed: u64,
    /// Whether to measure the quality on left-out students.
    pub quality: bool,
    /// Whether to test proportional hazards (Cox).
    pub proportionality: bool,
    /// Whether to compute residuals (Cox).
    pub residuals: bool,
    /// Which predicted rows say what their risk is made of.
    pub reasons: Reasons,
    /// Whether to predict the rows of the fit where there are no others: of a million rows that takes longer than the
    /// fit. No part of what was fitted, so of no digest.
    #[serde(skip)]
    pub own_predictions: bool,
}

/// Which predicted rows say what their risk is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Reasons {
    /// None.
    Never,
    /// All, where there are not too many for one response.
    WhereFew,
    /// All.
    Always,
}

/// Penalty of a Cox model.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub enum Penalty {
    /// None, unless the likelihood has no maximum without one.
    #[default]
    Automatic,
    /// Ridge on standardised covariates.
    Ridge(f64),
    /// A path of lasso, ridge or mixtures.
    ElasticNet(ElasticNet),
}

/// A path of penalties and which of them to take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ElasticNet {
    /// 1 = lasso, 0 = ridge.
    pub alpha: f64,
    /// Which penalty gives the coefficients.
    pub lambda: Lambda,
    /// Number of penalties.
    pub n_lambda: usize,
    /// Folds of the cross-validation.
    pub folds: usize,
}

impl Default for ElasticNet {
    fn default() -> Self {
        Self { alpha: 1.0, lambda: Lambda::Min, n_lambda: 100, folds: 10 }
    }
}

/// Which penalty of a path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Lambda {
    /// The smallest cross-validated deviance.
    Min,
    /// The largest penalty within one standard error of it.
    OneSe,
    /// This one.
    At(f64),
}

impl FromStr for Lambda {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_ascii_lowercase().as_str() {
            "min" => Ok(Self::Min),
            "1se" => Ok(Self::OneSe),
            other => match other.parse::<f64>() {
                Ok(value) if value.is_finite() && value >= 0.0 => Ok(Self::At(value)),
                _ => Err(Error::option("lambda", &text, "min, 1se or a number of at least 0")),
            },
        }
    }
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            family: Family::Cox,
            formula: None,
            covariates: None,
            strata: None,
            cluster: None,
            weights: None,
            offset: None,
            ties: cox::Ties::Efron,
            penalty: Penalty::Automatic,
            period_days: PERIOD_DAYS,
            event_threshold_days: HORIZON_DAYS,
            horizon_days: HORIZON_DAYS,
            seed: DEFAULT_SEED,
            quality: true,
            proportionality: true,
            residuals: false,
            reasons: Reasons::WhereFew,
            own_predictions: true,
        }
    }
}

impl Spec {
    /// What a request means.
    ///
    /// # Errors
    /// For a family, a method or a number that is none.
    pub fn of(request: &SurvivalFitRequest) -> Result<Self, Error> {
        let default = Self::default();
        let threshold = request.threshold_days().unwrap_or(default.event_threshold_days);
        Ok(Self {
            family: request.family_name().map_or(Ok(default.family), Family::from_str)?,
            formula: request.formula.clone(),
            covariates: request.covariates.clone(),
            strata: request.strata.clone(),
            cluster: request.cluster.clone(),
            weights: request.weights.clone(),
            offset: request.offset.clone(),
            ties: request.ties_name().map_or(Ok(default.ties), ties_of)?,
            penalty: request.penalty().map_or(Ok(default.penalty), penalty)?,
            period_days: positive(
                "period_days",
                request.period_days.unwrap_or(default.period_days),
            )?,
            event_threshold_days: positive("event_threshold_days", threshold)?,
            horizon_days: positive("horizon_days", request.horizon().unwrap_or(threshold))?,
            seed: request.seed().unwrap_or(default.seed),
            quality: request.quality.unwrap_or(default.quality),
            proportionality: request.proportionality.unwrap_or(default.proportionality),
            residuals: request.residuals.unwrap_or(default.residuals),
            reasons: if request.reasons == Some(false) { Reasons::Never } else { default.reasons },
            own_predictions: default.own_predictions,
        })
    }

    /// The Cox model without its penalty path.
    pub(super) fn cox(&self) -> cox::Spec {
        let ridge = match self.penalty {
            Penalty::Ridge(ridge) => Some(ridge),
            Penalty::Automatic | Penalty::ElasticNet(_) => None,
        };
        cox::Spec { ties: self.ties, ridge, ..cox::Spec::default() }
    }
}

fn positive(name: &str, value: f64) -> Result<f64, Error> {
    let error = || Error::option(name, &value, "a number above 0");
    if value.is_finite() && value > 0.0 { Ok(value) } else { Err(error()) }
}

fn penalty(json: &RegularizationJson) -> Result<Penalty, Error> {
    let Some(net) = json.elastic_net() else {
        return Ok(json.ridge().map_or(Penalty::Automatic, Penalty::Ridge));
    };
    if json.ridge().is_some() {
        let value = "ridge together with alpha, lambda or lasso";
        let expected = "one of them; alpha 0 is ridge along a path";
        return Err(Error::option("regularization", &value, expected));
    }
    let PenaltyJson { lasso, alpha, lambda, n_lambda, folds, .. } = net;
    let default = ElasticNet::default();
    let chosen = match lasso.as_ref().or(lambda.as_ref()) {
        None => default.lambda,
        Some(LambdaJson::Number(value)) => value.to_string().parse()?,
        Some(LambdaJson::Rule(rule)) => rule.parse()?,
    };
    Ok(Penalty::ElasticNet(ElasticNet {
        alpha: alpha.unwrap_or(default.alpha),
        lambda: chosen,
        n_lambda: n_lambda.unwrap_or(default.n_lambda),
        folds: folds.unwrap_or(default.folds),
    }))
}

/// The method for ties of this name.
///
/// # Errors
/// For any other name.
pub fn ties_of(name: &str) -> Result<cox::Ties, Error> {
    match name.to_ascii_lowercase().as_str() {
        "efron" => Ok(cox::Ties::Efron),
        "breslow" => Ok(cox::Ties::Breslow),
        "exact" => Ok(cox::Ties::Exact),
        _ => Err(Error::option("ties", &name, "efron, breslow or exact")),
    }
}
