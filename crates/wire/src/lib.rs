//! JSON types of the HTTP contract, shared by the `fit` command, the jobs and the server.

mod anchor;
mod calibrate;
mod growth;
mod item_parameters;
mod link;
mod quality;
mod score;
mod survival;

pub use anchor::{AnchorJson, AnchorParams};
pub use calibrate::{
    AbilityJson, CalibrateResponse, CalibrationNames, CovarianceJson, FitMetaJson, ItemJson,
    ItemParamsJson, LeftOutJson, LinkingConstants, MetricsJson, ModelSpecJson, Params, ParamsSe,
    SkippedJson, Timings, UnscoredJson,
};
pub use growth::{
    GrowthCheckJson, GrowthDiagnosticsJson, GrowthFeaturesJson, GrowthFitRequest,
    GrowthFitResponse, GrowthLooJson, GrowthNoop, GrowthParameterJson, GrowthPredictRequest,
    GrowthPredictResponse, GrowthPredictionJson, GrowthPriorJson, GrowthSummaryJson, LargestJson,
    SmallestJson,
};
pub use item_parameters::item_parameters_from_json;
pub use link::{LinkResponse, LinkedAnchor, LinkedItem};
pub use quality::{ItemQualityJson, PairQualityJson, PersonQualityJson, QualityJson};
pub use score::{PlausibleJson, ScoreJson, ScoreResponse};
pub use survival::{
    CurvePointJson, ReasonJson, RegularizationJson, RiskRankingJson, SurvivalCoefficientJson,
    SurvivalFitRequest, SurvivalFitResponse, SurvivalModelMeta, SurvivalNoop, SurvivalParams,
    SurvivalPredictRequest, SurvivalPredictResponse, SurvivalPredictionJson, SurvivalQualityJson,
    SurvivalSummary,
};

/// The snake-case word under which a reason is serialised.
pub(crate) fn code(reason: impl serde::Serialize) -> String {
    let value = serde_json::to_value(reason).unwrap_or_default();
    value.as_str().unwrap_or_default().to_string()
}
