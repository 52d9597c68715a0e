//! `POST /survival/fit`: the request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns;
use crate::rows::Rows;

/// Request of `POST /survival/fit`. Every field but the rows has a default; fields that are not
/// known are ignored.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SurvivalFitRequest {
    /// One object a row: a time (`time` or `observed_gap_days`), an `event` (0 or 1), covariates,
    /// and optionally a student, `entry`, `cluster`, `gap_days`.
    #[serde(alias = "data", alias = "data_rows", alias = "observations", alias = "series")]
    #[schemars(extend("x-aliases" = ["data", "data_rows", "observations", "series"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// `cox` (default), `exponential`, `weibull`, `lognormal`, `loglogistic`, `discrete_logit` or
    /// `discrete_cloglog`.
    pub family: Option<String>,
    /// The family under the name of older clients.
    pub model: Option<String>,
    /// The family under the name of the guide: `coxph` and so on.
    pub model_type: Option<String>,
    /// Family and options in one object, as the job clients send them.
    pub params: Option<SurvivalParams>,
    /// `Surv(time, event) ~ a + b`. Without one every numeric column that is not a student, a time
    /// or an event is a covariate.
    pub formula: Option<String>,
    /// The covariates, where no formula is given and not every numeric column is one.
    #[serde(alias = "features")]
    #[schemars(extend("x-aliases" = ["features"]))]
    pub covariates: Option<Vec<String>>,
    /// Column whose values have a baseline hazard each.
    pub strata: Option<String>,
    /// Column whose equal values mark rows that may depend on each other. Default: the student,
    /// where one has several rows.
    pub cluster: Option<String>,
    /// Column of case weights, above 0. Whole numbers count rows; with others errors are robust ones.
    pub weights: Option<String>,
    /// Column with a term of the linear predictor whose coefficient is one.
    pub offset: Option<String>,
    /// Length of a period of the discrete families, in the unit of the times. Default 7: weeks of days.
    pub period_days: Option<f64>,
    /// `efron` (default), `breslow` or `exact`.
    pub ties: Option<String>,
    /// Days of silence that are the event; a record of what the rows mean. Default 14.
    pub event_threshold_days: Option<f64>,
    /// Time by which the risk is predicted. Default: the threshold.
    #[serde(alias = "horizon")]
    #[schemars(extend("x-aliases" = ["horizon"]))]
    pub horizon_days: Option<f64>,
    /// Penalty.
    pub regularization: Option<RegularizationJson>,
    /// Seed of the division into folds. Default 42.
    pub seed: Option<u64>,
    /// Rows to predict instead of the rows of the fit.
    #[serde(alias = "user_features", alias = "new_data")]
    #[schemars(extend("x-aliases" = ["user_features", "new_data"]), schema_with = "columns::rows_to_predict")]
    pub newdata: Option<Rows>,
    /// `uuid` to get a run id that is a UUID.
    pub run_id_format: Option<String>,
    /// Whether to measure the quality on left-out students. Default true.
    pub quality: Option<bool>,
    /// Whether each prediction carries the contributions of the covariates. Default true, and never
    /// with more than 10 000 predictions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<bool>,
    /// Whether to test proportional hazards (`cox`). Default true.
    pub proportionality: Option<bool>,
    /// Whether the response carries the residuals of every row (`cox`). Default false.
    pub residuals: Option<bool>,
    /// Whether the response carries what is needed to predict from it alone. Default false.
    pub keep_model: Option<bool>,
    /// Seconds after which the best fit so far is returned.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// Options in one object.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SurvivalParams {
    /// `family` of the request.
    pub family: Option<String>,
    /// `ties` of the request.
    pub ties: Option<String>,
    /// `event_threshold_days` of the request.
    pub event_threshold_days: Option<f64>,
    /// `horizon_days` of the request.
    #[serde(alias = "horizon")]
    #[schemars(extend("x-aliases" = ["horizon"]))]
    pub horizon_days: Option<f64>,
    /// `regularization` of the request.
    pub regularization: Option<RegularizationJson>,
    /// `seed` of the request.
    pub seed: Option<u64>,
}

/// A penalty: `{"ridge": 1.0}`, the number alone, or an elastic net: `{"alpha": 0.5, "lambda": "min"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RegularizationJson {
    /// The ridge penalty alone.
    Number(f64),
    /// By name.
    Named(PenaltyJson),
}

/// A penalty by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PenaltyJson {
    /// Ridge penalty on standardised covariates; null = none unless one is needed.
    pub ridge: Option<f64>,
    /// Short for `{"alpha": 1, "lambda": …}`.
    pub lasso: Option<LambdaJson>,
    /// Elastic net: 1 = lasso, 0 = ridge, as `glmnet` counts. Default 1 where another field of the
    /// elastic net is given.
    #[serde(alias = "l1_ratio")]
    #[schemars(extend("x-aliases" = ["l1_ratio"]))]
    pub alpha: Option<f64>,
    /// Which penalty of the path gives the coefficients. Default `min`.
    pub lambda: Option<LambdaJson>,
    /// Number of penalties on the path. Default 100.
    pub n_lambda: Option<usize>,
    /// Folds of the cross-validation. Default 10.
    pub folds: Option<usize>,
}

/// Which penalty: `"min"` = the smallest cross-validated deviance, `"1se"` = the largest penalty within
/// one standard error of it, or a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LambdaJson {
    /// This penalty.
    Number(f64),
    /// By cross-validation.
    Rule(String),
}

impl RegularizationJson {
    /// The ridge penalty, if one is set.
    pub fn ridge(&self) -> Option<f64> {
        match self {
            Self::Number(ridge) => Some(*ridge),
            Self::Named(penalty) => penalty.ridge,
        }
    }

    /// The elastic net, if one is set.
    pub fn elastic_net(&self) -> Option<&PenaltyJson> {
        let Self::Named(penalty) = self else { return None };
        let PenaltyJson { lasso, alpha, lambda, n_lambda, folds, .. } = penalty;
        let any = lasso.is_some() || alpha.is_some() || lambda.is_some();
        (any || n_lambda.is_some() || folds.is_some()).then_some(penalty)
    }
}

impl SurvivalFitRequest {
    /// The family as the client spells it, wherever it stands.
    pub fn family_name(&self) -> Option<&str> {
        let of_params = self.params.as_ref().and_then(|params| params.family.as_deref());
        let top = [&self.family, &self.model, &self.model_type];
        top.into_iter().find_map(|name| name.as_deref()).or(of_params)
    }

    /// The method for ties as the client spells it.
    pub fn ties_name(&self) -> Option<&str> {
        let of_params = self.params.as_ref().and_then(|params| params.ties.as_deref());
        self.ties.as_deref().or(of_params)
    }

    /// Days of silence that are the event.
    pub fn threshold_days(&self) -> Option<f64> {
        let of_params = self.params.as_ref().and_then(|params| params.event_threshold_days);
        self.event_threshold_days.or(of_params)
    }

    /// Horizon of the risk.
    pub fn horizon(&self) -> Option<f64> {
        let of_params = self.params.as_ref().and_then(|params| params.horizon_days);
        self.horizon_days.or(of_params)
    }

    /// The penalty, if one is set.
    pub fn penalty(&self) -> Option<&RegularizationJson> {
        let of_params = self.params.as_ref().and_then(|params| params.regularization.as_ref());
        self.regularization.as_ref().or(of_params)
    }

    /// The seed.
    pub fn seed(&self) -> Option<u64> {
        let of_params = self.params.as_ref().and_then(|params| params.seed);
        self.seed.or(of_params)
    }
}
