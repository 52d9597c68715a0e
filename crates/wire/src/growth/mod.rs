//! `POST /growth/fit` and `POST /growth/predict`: requests of every known client, responses.

pub mod columns;
mod fit_request;
mod fit_response;
mod predict;

pub use fit_request::{GrowthFitRequest, GrowthPriorJson};
pub use fit_response::{
    GrowthCheckJson, GrowthColumnsJson, GrowthDiagnosticsJson, GrowthFitResponse, GrowthLooJson,
    GrowthNoop, GrowthParameterJson, GrowthPredictionJson, GrowthR2Json, GrowthScoresJson,
    GrowthShareJson, GrowthStatedPriorJson, GrowthSummaryJson, LargestJson, SmallestJson,
};
pub use predict::{GrowthFeaturesJson, GrowthPredictRequest, GrowthPredictResponse};
