//! `POST /survival/predict`: request and response.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::by_time::SurvivalByTime;
use super::columns;
use super::fit_response::SurvivalPredictionJson;
use crate::rows::Rows;

/// Request of `POST /survival/predict`: rows for a stored fit, or rows to fit first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SurvivalPredictRequest {
    /// Rows to fit a model to, when no stored fit is meant.
    #[serde(alias = "data", alias = "data_rows", alias = "observations", alias = "series")]
    #[schemars(extend("x-aliases" = ["data", "data_rows", "observations", "series"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// Rows to predict. Default: the rows of the fit.
    #[serde(alias = "newdata", alias = "new_data")]
    #[schemars(extend("x-aliases" = ["newdata", "new_data"]), schema_with = "columns::rows_to_predict")]
    pub user_features: Option<Rows>,
    /// A single time; default 365 when a model is fitted first.
    pub time: Option<f64>,
    /// Times. Default 7, 14, 21 and 30.
    pub time_points: Option<Vec<f64>>,
    /// The fit to use: its id, or `latest`.
    #[serde(alias = "model_id")]
    #[schemars(extend("x-aliases" = ["model_id"]))]
    pub run_id: Option<String>,
    /// Family of a model that is fitted first.
    #[serde(alias = "family", alias = "model_type")]
    #[schemars(extend("x-aliases" = ["family", "model_type"]))]
    pub model: Option<String>,
    /// Formula of a model that is fitted first.
    pub formula: Option<String>,
    /// Horizon of `risk_score`. Default: that of the fit.
    #[serde(alias = "horizon")]
    #[schemars(extend("x-aliases" = ["horizon"]))]
    pub horizon_days: Option<f64>,
    /// Seconds after which it is given up.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// Response of `POST /survival/predict`: the union of both variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalPredictResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The fit that was used.
    pub run_id: String,
    /// Its family.
    pub model: String,
    /// The time of `survival_prob`.
    pub time: f64,
    /// Probability of no event up to `time`, in the order of the rows; null where it is not known.
    pub survival_prob: Vec<Option<f64>>,
    /// The same at every time, by student; null after the longest observation of the fit. Of several rows
    /// of a student the last.
    pub survival_curves: BTreeMap<Arc<str>, SurvivalByTime>,
    /// The same in the order of the rows, where a student has several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<SurvivalByTime>,
    /// Rows of known risk by decreasing risk.
    pub risk_rankings: Vec<RiskRankingJson>,
    /// Risks with hazard ratios and reasons, in the order of the rows.
    pub predictions: Vec<SurvivalPredictionJson>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

impl SurvivalPredictResponse {
    /// The survival of a row at every time.
    pub fn curve(&self, row: usize) -> Option<&SurvivalByTime> {
        let by_student = || self.survival_curves.get(&self.predictions.get(row)?.user_id);
        self.curves.get(row).or_else(by_student)
    }
}

/// One place in the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskRankingJson {
    /// Student, or the number of the row from 1.
    pub user_id: Arc<str>,
    /// Probability of the event within the horizon.
    pub risk_score: f64,
    /// 1 = highest risk; equal risks share the smaller number.
    pub rank: usize,
    /// Number of the row among those that were predicted, from 0.
    pub row: usize,
}
