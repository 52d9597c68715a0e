//! JSON types of the HTTP contract, shared by the `fit` command, the jobs and the server.

mod anchor;
mod calibrate;
mod calibrate_request;
mod cat;
mod categories;
mod cluster;
#[cfg(test)]
mod described_names;
mod dif;
mod dimensions;
mod equating;
mod fit_statistics;
mod growth;
mod id;
mod item_curves;
mod item_parameters;
mod link;
mod link_categories;
mod linking_constants;
mod mixed;
mod named;
mod noop;
mod observation;
mod ordered;
mod prophet;
mod quality;
pub mod questions;
mod rows;
mod rows_read;
mod score;
mod score_request;
mod survival;
mod unknown_fields;
mod unreadable;

pub use anchor::{AnchorJson, AnchorParams, ReferenceJson};
pub use calibrate::{
    AbilityJson, CalibrateResponse, CovarianceJson, FitMetaJson, GroupJson, ItemJson,
    ItemParamsJson, LeftOutJson, MetricsJson, ModelSpecJson, Params, ParamsSe, SkippedJson,
    Timings, UnscoredJson,
};
pub use calibrate_request::{CalibrateRequest, PriorsChoice};
pub use cat::{
    CatAnswerJson, CatAreaJson, CatClassificationJson, CatConstraintJson, CatExposureJson,
    CatNextRequest, CatNextResponse, CatPickJson, CatResultRequest, CatRunnerUpJson,
    CatSessionRequest, CatSessionResponse, CatSettingsJson, CatSimulationResponse, CatStopJson,
    CatSympsonHetterJson, NextItemsJson,
};
pub use categories::{
    CategoriesMetaJson, CategoriesQualityJson, CategoriesResponse, CategoriesSpecJson,
    CategoryDriftJson, CategoryItemJson, CategoryItemQualityJson, CurvesSeJson,
};
pub use cluster::columns as cluster_columns;
pub use cluster::{
    ClusterCandidateJson, ClusterCardJson, ClusterCentresJson, ClusterCountJson,
    ClusterDifferenceJson, ClusterFitRequest, ClusterFitResponse, ClusterMetricsJson, ClusterNoop,
    ClusterPredictRequest, ClusterPredictResponse, ClusterScaleJson, LeftOutFeatureJson,
};
pub use dif::{CurvesJson, DifJson, ItemDifJson, JoinedScoresJson, ModelDifJson};
pub use dimensions::{
    AbilitiesOfStudentJson, DimensionsItemJson, DimensionsMetaJson, DimensionsMetricsJson,
    DimensionsResponse,
};
pub use equating::{EquatedScoreJson, EquatingResponse, SmoothingJson, TrueScoreResponse};
pub use fit_statistics::FitStatisticsJson;
pub use growth::columns as growth_columns;
pub use growth::{
    GrowthCheckJson, GrowthColumnsJson, GrowthDiagnosticsJson, GrowthFeaturesJson,
    GrowthFitRequest, GrowthFitResponse, GrowthLooJson, GrowthNoop, GrowthParameterJson,
    GrowthPredictRequest, GrowthPredictResponse, GrowthPredictionJson, GrowthPriorJson,
    GrowthR2Json, GrowthScoresJson, GrowthShareJson, GrowthStatedPriorJson, GrowthSummaryJson,
    LargestJson, SmallestJson,
};
pub use id::{Id, MAX_ID_BYTES};
pub use item_curves::{ItemCurvesJson, has_item_curves, item_curves_of};
pub use item_parameters::{
    GUESSING_OF_3PL, asymptote_warnings, item_order_of, item_parameters_from_json,
    item_parameters_of, upper_asymptotes_of,
};
pub use link::{LinkResponse, LinkedAbility, LinkedAnchor, LinkedItem};
pub use link_categories::{
    LinkCategoriesResponse, LinkGraphFileJson, LinkGraphLinkJson, LinkGraphPairJson,
    LinkGraphResponse, LinkedCurvesItem,
};
pub use linking_constants::{DriftingAnchor, LinkingConstants};
pub use mixed::columns as mixed_columns;
pub use mixed::{
    AbilitiesJson, DifficultiesJson, GroupVariancesJson, IntervalJson, LikelihoodRatioJson,
    MixedCoefficientJson, MixedFitMeta, MixedFitMetrics, MixedFitRequest, MixedFitResponse,
    MixedMetrics, MixedPredictRequest, MixedPredictResponse, MixedPredictionJson, MixedRemarkJson,
    ModesJson, RecommendedItemsJson, ResidualSummaryJson, VarianceComponentsJson, VarianceJson,
};
pub use noop::Noop;
pub use observation::ObservationJson;
pub use ordered::Ordered;
pub use prophet::columns as prophet_columns;
pub use prophet::{
    ForecastAnomalyJson, ForecastComponentJson, ForecastErrorsJson, ForecastScoreJson,
    ForecastValueJson, ProphetChangepointJson, ProphetDatesJson, ProphetFitMetaJson,
    ProphetFitRequest, ProphetFitResponse, ProphetFittedJson, ProphetHolidayJson,
    ProphetModelMetaJson, ProphetNoop, ProphetOptionsJson, ProphetParamsJson,
    ProphetPredictRequest, ProphetPredictResponse, ProphetRegressorJson, ProphetSeasonalityJson,
    SeasonalSwitchJson,
};
pub use quality::{
    DependentPairJson, ItemQualityJson, LocalDependenceJson, PairQualityJson, PersonQualityJson,
    QualityJson,
};
pub use questions::{
    BenchmarkJson, ExamAbilityJson, ExamAnalysisReport, ExamForecastJson, ExamGoalJson,
    ForecastPointJson, RecommendationJson, TopicInsightJson,
};
pub use rows::{Cells, MAX_COLUMNS, Rows};
pub use rows_read::RowsReadJson;
pub use score::{
    GroupPopulationJson, PlausibleJson, PopulationJson, PopulationSource, ScoreJson, ScoreResponse,
};
pub use score_request::{AnswersJson, ScoreRequest};
pub use survival::columns as survival_columns;
pub use survival::{
    CauseJson, ChiSquareJson, CurvePointJson, GroupCurveJson, GroupPointJson, LambdaJson,
    LogRankJson, PenaltyJson, PenaltyPathJson, ProportionalHazardsJson, ReasonJson,
    RegularizationJson, ResidualsJson, RiskRankingJson, SurvivalByTime, SurvivalCoefficientJson,
    SurvivalCurvesRequest, SurvivalCurvesResponse, SurvivalDistributionJson, SurvivalFitRequest,
    SurvivalFitResponse, SurvivalModelMeta, SurvivalNoop, SurvivalParameterJson, SurvivalParams,
    SurvivalPredictRequest, SurvivalPredictResponse, SurvivalPredictionJson, SurvivalQualityJson,
    SurvivalSummary,
};
pub use unknown_fields::{read_noting_unknown, unknown_field_warning};
pub use unreadable::{Unreadable, json_fault};

/// The snake-case word under which a reason is serialised.
pub(crate) fn code(reason: impl serde::Serialize) -> String {
    let value = serde_json::to_value(reason).unwrap_or_default();
    value.as_str().unwrap_or_default().to_string()
}
