//! `POST /prophet/predict`: request and response.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns;
use super::fit_response::{ForecastValueJson, ProphetFittedJson};
use super::options::{ProphetOptionsJson, with_unknown};
use crate::rows::Rows;

/// Request of `POST /prophet/predict`: a series, or the id of a stored fit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProphetPredictRequest {
    /// One object a time, as those of a fit. Without rows a stored fit goes on.
    #[serde(alias = "data", alias = "series", alias = "data_rows", alias = "observations")]
    #[schemars(extend("x-aliases" = ["data", "series", "data_rows", "observations"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// Points after the last one. Default 30, or those of the stored fit.
    #[serde(alias = "horizon", alias = "horizon_weeks", alias = "forecast_periods")]
    #[schemars(extend("x-aliases" = ["horizon", "horizon_weeks", "forecast_periods"]))]
    pub periods: Option<u64>,
    /// Their distance: `hour`, `day`, `week`, `month` or `quarter`. Default: that of the rows.
    pub freq: Option<String>,
    /// Options of the model, for rows.
    #[serde(deserialize_with = "with_unknown")]
    pub options: Option<ProphetOptionsJson>,
    /// Rows of the future with their regressors, conditions and capacities.
    #[schemars(schema_with = "columns::future")]
    pub future: Option<Rows>,
    /// The fit to use where there are no rows: its id, or `latest` (default).
    #[serde(alias = "model_id")]
    #[schemars(extend("x-aliases" = ["model_id"]))]
    pub run_id: Option<String>,
    /// Seconds after which it is given up.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// Response of `POST /prophet/predict`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProphetPredictResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The fit that was used; null for rows.
    pub run_id: Option<String>,
    /// The model whose numbers these are.
    pub model_used: String,
    /// Why, in a sentence.
    pub why: String,
    /// Points forecast.
    pub periods: usize,
    /// Their distance.
    pub freq: String,
    /// The curve over the history.
    pub fitted: Vec<ProphetFittedJson>,
    /// What comes.
    pub forecast: Vec<ForecastValueJson>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}
