//! `POST /survival/fit` and `POST /survival/predict`: requests of every known client, responses.

mod by_time;
pub mod columns;
mod curves;
mod diagnostics;
mod fit_request;
mod fit_response;
mod predict;

pub use by_time::SurvivalByTime;
pub use curves::{
    CauseJson, GroupCurveJson, GroupPointJson, LogRankJson, SurvivalCurvesRequest,
    SurvivalCurvesResponse,
};
pub use diagnostics::{ChiSquareJson, PenaltyPathJson, ProportionalHazardsJson, ResidualsJson};
pub use fit_request::{
    LambdaJson, PenaltyJson, RegularizationJson, SurvivalFitRequest, SurvivalParams,
};
pub use fit_response::{
    CurvePointJson, ReasonJson, SurvivalCoefficientJson, SurvivalDistributionJson,
    SurvivalFitResponse, SurvivalModelMeta, SurvivalNoop, SurvivalParameterJson,
    SurvivalPredictionJson, SurvivalQualityJson, SurvivalSummary,
};
pub use predict::{RiskRankingJson, SurvivalPredictRequest, SurvivalPredictResponse};
