//! `POST /cluster/fit` and `POST /cluster/predict`: requests of every known client, responses.

pub mod columns;
mod fit_request;
mod fit_response;
mod predict;

pub use fit_request::{ClusterCountJson, ClusterFitRequest};
pub use fit_response::{
    ClusterCandidateJson, ClusterCardJson, ClusterDifferenceJson, ClusterFitResponse,
    ClusterMetricsJson, ClusterNoop, ClusterScaleJson, LeftOutFeatureJson,
};
pub use predict::{ClusterCentresJson, ClusterPredictRequest, ClusterPredictResponse};
