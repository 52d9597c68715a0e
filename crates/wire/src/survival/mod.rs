//! `POST /survival/fit` and `POST /survival/predict`: requests of every known client, responses.

mod fit_request;
mod fit_response;
mod predict;

pub use fit_request::{RegularizationJson, SurvivalFitRequest, SurvivalParams};
pub use fit_response::{
    CurvePointJson, ReasonJson, SurvivalCoefficientJson, SurvivalFitResponse, SurvivalModelMeta,
    SurvivalNoop, SurvivalPredictionJson, SurvivalQualityJson, SurvivalSummary,
};
pub use predict::{RiskRankingJson, SurvivalPredictRequest, SurvivalPredictResponse};
