//! `POST /glmm/fit`, `/glmm/fit_progress`, `/lmm/fit` and their predictions.

pub mod columns;
mod fit_request;
mod fit_response;
mod people;
mod predict;

pub use fit_request::MixedFitRequest;
pub use fit_response::{
    GroupVariancesJson, IntervalJson, LikelihoodRatioJson, MixedCoefficientJson, MixedFitMeta,
    MixedFitMetrics, MixedFitResponse, MixedMetrics, ModesJson, ResidualSummaryJson,
    VarianceComponentsJson, VarianceJson,
};
pub use people::{AbilitiesJson, DifficultiesJson, RecommendedItemsJson};
pub use predict::{
    MixedPredictRequest, MixedPredictResponse, MixedPredictionJson, MixedRemarkJson,
};
