//! `POST /glmm/predict` and `POST /lmm/predict`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::columns;
use crate::ordered::Ordered;
use crate::rows::Rows;

/// Request of `POST /glmm/predict` and `POST /lmm/predict`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MixedPredictRequest {
    /// `model` of a fit, as it was answered.
    pub model: Option<Value>,
    /// The fit to use instead: its id, or `latest` (default).
    #[serde(alias = "model_id")]
    #[schemars(extend("x-aliases" = ["model_id"]))]
    pub run_id: Option<String>,
    /// Rows to predict, with the columns of the formula but the response.
    #[serde(alias = "new_data", alias = "rows", alias = "data", alias = "observations")]
    #[schemars(extend("x-aliases" = ["new_data", "rows", "data", "observations"]), schema_with = "columns::rows")]
    pub newdata: Rows,
    /// `response` (default) or `link`.
    #[serde(rename = "type")]
    pub scale: Option<String>,
    /// Whether random effects take part. Default true; those of unknown levels are 0.
    pub with_random: Option<bool>,
    /// Seconds after which it is given up.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// Response of `POST /glmm/predict` and `POST /lmm/predict`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedPredictResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The fit that was used.
    pub run_id: String,
    /// `response` or `link`.
    #[serde(rename = "type")]
    pub scale: String,
    /// One number a row, in the order of the rows; null where the row lacks what the model needs, `remarks`
    /// says what.
    pub predictions: Vec<Option<f64>>,
    /// Number of rows.
    pub n_predictions: usize,
    /// Standard error of each; null where a random effect of a known level takes part, since how it and the
    /// fixed effects vary together is not kept. `newdata` of a fit has them all.
    pub se: Vec<Option<f64>>,
    /// Rows without a prediction, and rows of levels that the fit does not know.
    #[serde(default)]
    pub remarks: Vec<MixedRemarkJson>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

/// Prediction of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedPredictionJson {
    /// The prediction; null where the row lacks what the model needs.
    pub prediction: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Why there is no prediction, or no standard error.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Grouping factors whose level in this row the fit does not know, with the level; null for an empty cell.
    #[serde(skip_serializing_if = "Ordered::is_empty", default)]
    pub new_levels: Ordered<Option<String>>,
}

/// What is to be said of a predicted row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MixedRemarkJson {
    /// Row of the request, from 0.
    pub row: usize,
    /// Why there is no prediction, or no standard error.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Grouping factors whose level in this row the fit does not know, with the level; null for an empty cell.
    /// Their effects are 0.
    #[serde(skip_serializing_if = "Ordered::is_empty", default)]
    pub new_levels: Ordered<Option<String>>,
}
