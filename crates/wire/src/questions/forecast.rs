//! `GET /forecast/student`: the chance to reach a score at the ability as it is
//! (docs/contract/http-api.md H16). `POST /forecast/summary`: the same of numbers that are sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A forecast with its spread, and what is to be reached.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SummaryRequest {
    /// Mean of the forecast.
    pub mean: f64,
    /// Its standard deviation, above 0.
    pub sd: f64,
    /// Score to reach, on the scale of the mean.
    pub target: f64,
}

/// The chance of a normal forecast to reach a score.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ForecastSummary {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: &'static str,
    /// `true`.
    pub ok: bool,
    /// Chance to reach the target, 1 − Φ(z).
    pub probability: f64,
    /// Standard deviations from the mean to the target.
    pub z: f64,
    /// As sent.
    pub mean: f64,
    /// As sent.
    pub sd: f64,
    /// As sent.
    pub target: f64,
}

/// Where a student stands against a score.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StudentForecast {
    /// Student.
    pub user_id: String,
    /// Newest ability, θ scale.
    pub theta: f64,
    /// Its standard error; null where it is not known.
    pub se: Option<f64>,
    /// As asked for.
    pub target: f64,
    /// Ability that stands for the target.
    pub target_theta: f64,
    /// As asked for.
    pub horizon: u32,
    /// The chance.
    pub forecast: Chance,
}

/// The chance to reach the target.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Chance {
    /// As asked for.
    pub target: f64,
    /// As asked for.
    pub horizon: u32,
    /// Null with a `reason` where it is not known.
    pub probability: Option<f64>,
    /// `normal_without_growth`.
    pub method: &'static str,
    /// Why the probability is null.
    pub reason: Option<&'static str>,
}
