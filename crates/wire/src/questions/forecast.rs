//! `GET /forecast/student`: the chance to reach a score at the ability as it is
//! (docs/contract/http-api.md H16).

use schemars::JsonSchema;
use serde::Serialize;

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
