//! `POST /cluster/predict`: request and response.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns;
use super::fit_response::ClusterScaleJson;
use crate::rows::Rows;

/// Request of `POST /cluster/predict`: rows, and centres or a stored fit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClusterPredictRequest {
    /// One object a student: an id and features.
    #[serde(
        alias = "newdata",
        alias = "new_data",
        alias = "user_features",
        alias = "data",
        alias = "data_rows"
    )]
    #[schemars(extend("x-aliases" = ["newdata", "new_data", "user_features", "data", "data_rows"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// Centres in the units of the features: objects by feature, or lists in the order of `features`.
    /// Without them a stored fit is used.
    #[serde(alias = "model_centers", alias = "centers_matrix")]
    #[schemars(extend("x-aliases" = ["model_centers", "centers_matrix"]))]
    pub centers: Option<Vec<ClusterCentresJson>>,
    /// Which number of a list is of which feature: the `feature_names` of the fit. Lists of more than one
    /// number are refused without it.
    #[serde(alias = "feature_names")]
    #[schemars(extend("x-aliases" = ["feature_names"]))]
    pub features: Option<Vec<String>>,
    /// Mean and standard deviation of every feature, by which distances are measured. Default: in the
    /// units of the features.
    pub scaling: Option<BTreeMap<String, ClusterScaleJson>>,
    /// The fit to use where there are no centres: its id, or `latest` (default).
    #[serde(alias = "model_id")]
    #[schemars(extend("x-aliases" = ["model_id"]))]
    pub run_id: Option<String>,
    /// Seconds after which it is given up.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// A centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ClusterCentresJson {
    /// In the order of the features.
    List(Vec<f64>),
    /// By feature.
    Named(BTreeMap<String, f64>),
}

/// Response of `POST /cluster/predict`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterPredictResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The fit that was used; null for centres.
    pub run_id: Option<String>,
    /// Cluster by student, from 1; 0 where every feature is missing.
    pub clusters: BTreeMap<Arc<str>, u32>,
    /// The same.
    pub assignments: BTreeMap<Arc<str>, u32>,
    /// Distance of each student to every centre, on the scale of clustering.
    pub distances: BTreeMap<Arc<str>, Vec<f64>>,
    /// Share of each cluster in a student; absent for centres, which do not say how wide they are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memberships: Option<BTreeMap<Arc<str>, Vec<f64>>>,
    /// What a reader should know before using the clusters.
    pub warnings: Vec<String>,
}
