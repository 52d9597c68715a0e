//! `POST /growth/predict`: request and response.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::columns;
use super::fit_response::GrowthPredictionJson;
use crate::rows::Rows;

/// Request of `POST /growth/predict`: a mean and a standard deviation, the features of one student,
/// or rows for a stored fit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GrowthPredictRequest {
    /// Mean of the score at the horizon.
    #[serde(alias = "mu")]
    #[schemars(extend("x-aliases" = ["mu"]))]
    pub mean: Option<f64>,
    /// Its standard deviation.
    #[serde(alias = "sigma")]
    #[schemars(extend("x-aliases" = ["sigma"]))]
    pub sd: Option<f64>,
    /// Score to reach. Default: that of the stored fit.
    #[serde(alias = "target", alias = "goal_threshold")]
    #[schemars(extend("x-aliases" = ["target", "goal_threshold"]))]
    pub target_score: Option<f64>,
    /// Where one student stands.
    pub user_features: Option<GrowthFeaturesJson>,
    /// Standard deviations to use instead of those of a stored fit: `sigma`, `sd_week`.
    pub model_coefficients: Option<BTreeMap<String, Value>>,
    /// Rows as those of a fit, of students to predict with a stored fit.
    #[serde(
        alias = "data",
        alias = "data_rows",
        alias = "observations",
        alias = "series",
        alias = "new_data"
    )]
    #[schemars(extend("x-aliases" = ["data", "data_rows", "observations", "series", "new_data"]), schema_with = "columns::rows")]
    pub rows: Option<Rows>,
    /// The fit to use: its id, or `latest` (default), the newest that converged.
    #[serde(alias = "model_id")]
    #[schemars(extend("x-aliases" = ["model_id"]))]
    pub run_id: Option<String>,
    /// Weeks after the last row. Default: those of the stored fit.
    #[serde(alias = "weeks_remaining")]
    #[schemars(extend("x-aliases" = ["weeks_remaining"]))]
    pub horizon_weeks: Option<f64>,
    /// Probability inside the intervals. Default 0.95.
    pub credible_interval: Option<f64>,
    /// Seconds after which it is given up.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// Where one student stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct GrowthFeaturesJson {
    /// Score now.
    pub current_score: f64,
    /// Change of the score a week. Default: that of the population of the stored fit.
    #[serde(default)]
    pub trend: Option<f64>,
    /// Weeks until the score is asked for. Default: those of the stored fit.
    #[serde(default, alias = "horizon_weeks")]
    #[schemars(extend("x-aliases" = ["horizon_weeks"]))]
    pub weeks_remaining: Option<f64>,
    /// Standard error of `current_score`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub se: Option<f64>,
}

/// Response of `POST /growth/predict`: the union of all variants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthPredictResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Probability to reach the target; null where several students were asked for.
    pub probability: Option<f64>,
    /// Lower bound of its credible interval; null where nothing is known of its uncertainty.
    pub lower: Option<f64>,
    /// Upper bound.
    pub upper: Option<f64>,
    /// Its posterior standard deviation.
    pub uncertainty: Option<f64>,
    /// Predictive mean of the score.
    pub mean_score: Option<f64>,
    /// Predictive standard deviation of the score.
    pub sd_score: Option<f64>,
    /// `normal` (from one mean and one standard deviation) or `posterior` (over draws of a fit).
    pub method: String,
    /// The fit that was used; null where none was.
    pub run_id: Option<String>,
    /// The target that was used.
    pub target_score: f64,
    /// Week at which it counts, in the numbers of the fit's weeks; null where no rows say which week is now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_week: Option<f64>,
    /// The day of that week, where weeks are dates.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_date: Option<String>,
    /// Every student of the rows, by id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub predictions: Option<BTreeMap<String, GrowthPredictionJson>>,
    /// Lower and upper bound of every student's probability.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credible_intervals: Option<BTreeMap<String, [Option<f64>; 2]>>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::GrowthPredictRequest;

    #[test]
    fn every_known_spelling_is_read() {
        for text in [
            r#"{"mean":0.2,"sd":0.4,"target":0.5}"#,
            r#"{"mu":0.2,"sigma":0.4,"target_score":0.5}"#,
            r#"{"mu":0.2,"sd":0.4,"goal_threshold":0.5,"unheard_of":null}"#,
        ] {
            let request: GrowthPredictRequest = serde_json::from_str(text).unwrap();
            let read = (request.mean, request.sd, request.target_score);
            assert_eq!(read, (Some(0.2), Some(0.4), Some(0.5)), "{text}");
        }
        let text = r#"{"model_id":"brms-1","new_data":[{"student_id":"a","week":1,"score":0.3}]}"#;
        let request: GrowthPredictRequest = serde_json::from_str(text).unwrap();
        assert_eq!((request.run_id.as_deref(), request.rows.unwrap().len()), (Some("brms-1"), 1));
    }
}
