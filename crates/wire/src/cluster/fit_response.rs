//! `POST /cluster/fit`: the response.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::rows_read::RowsReadJson;
use schemars::JsonSchema;
use seedtest_irt::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Response of `POST /cluster/fit` and of `seedtest fit cluster --json`. Clusters are numbered from 1, the
/// largest first; 0 is noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterFitResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// What became of the rows: every one was used, or is counted by the reason why not.
    #[serde(default)]
    pub rows: RowsReadJson,
    /// Identity of the fit.
    pub run_id: String,
    /// What to know first, in a sentence: that there are no clusters, that the fit did not converge, or
    /// how many clusters there are.
    pub headline: String,
    /// The method.
    pub method: String,
    /// Number of clusters; 1 where there are none.
    pub k: usize,
    /// The same.
    pub n_clusters: usize,
    /// Whether there are clusters at all. False too where dense regions are no more than rows of one kind
    /// have.
    pub has_clusters: bool,
    /// Why this number, in a sentence; null where it was given.
    pub why: Option<String>,
    /// Probability of clusters as far apart in rows of one kind, which has the same features and
    /// correlations; 0.05 and less speak for clusters. Null where it was not computed.
    #[serde(default)]
    pub p_value: Option<f64>,
    /// Rows clustered.
    pub n_obs: usize,
    /// Cluster by student.
    pub clusters: BTreeMap<Arc<str>, u32>,
    /// The same.
    pub assignments: BTreeMap<Arc<str>, u32>,
    /// Centres in the units of the features.
    pub centers: Vec<BTreeMap<String, f64>>,
    /// The same as lists, in the order of `feature_names`.
    pub centers_matrix: Vec<Vec<f64>>,
    /// The features used: in the order of the request, else by name in byte order.
    pub feature_names: Vec<String>,
    /// Mean and standard deviation of every feature; sd 1 where they were not standardised.
    pub scaling: BTreeMap<String, ClusterScaleJson>,
    /// Features left out, and why.
    pub dropped: Vec<LeftOutFeatureJson>,
    /// Rows of each cluster.
    pub sizes: Vec<usize>,
    /// Sum of squares around each centre, on the scale of clustering.
    pub withinss: Vec<f64>,
    /// Their sum.
    pub tot_withinss: f64,
    /// Sum of squares of the centres around the centre of all.
    pub betweenss: f64,
    /// How good the clusters are.
    pub metrics: ClusterMetricsJson,
    /// Every number of clusters that was tried.
    pub selection: Vec<ClusterCandidateJson>,
    /// Name of each cluster by the rules of the contract, from the features of its centre in which it
    /// differs from the other rows.
    pub labels: BTreeMap<String, String>,
    /// Share of each cluster in a student, in the order of the clusters.
    pub memberships: BTreeMap<Arc<str>, Vec<f64>>,
    /// Students far out in their cluster: as rare as one in a thousand.
    pub outliers: Vec<Arc<str>>,
    /// Each cluster in a few numbers.
    pub cards: Vec<ClusterCardJson>,
    /// Shape of a mixture's covariances.
    pub covariance: Option<String>,
    /// Whether the iterations came to their end.
    pub converged: bool,
    /// Convergence with numbers and the next action.
    pub verdict: Verdict,
    /// What a reader should know before using the clusters.
    pub warnings: Vec<String>,
    /// The fit as `predict` reads it, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stored_model: Option<Value>,
}

/// Scale of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterScaleJson {
    /// Subtracted.
    pub mean: f64,
    /// Divided by (divisor n).
    pub sd: f64,
    /// Missing values: rows are compared by what is known of them.
    #[serde(default)]
    pub imputed: usize,
}

/// A feature left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutFeatureJson {
    /// The feature.
    pub feature: String,
    /// Why it says nothing.
    pub reason: String,
}

/// How good clusters are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterMetricsJson {
    /// Mean silhouette width; null for one cluster.
    pub silhouette: Option<f64>,
    /// Gap statistic of the number chosen; null where the number was given.
    pub gap: Option<f64>,
    /// BIC of a mixture, lower is better: that of the fit, or of the best one of this number.
    pub bic: Option<f64>,
    /// ICL, as BIC.
    pub icl: Option<f64>,
    /// ln likelihood of a mixture.
    pub log_likelihood: Option<f64>,
    /// Mean Jaccard similarity of the clusters to those of bootstrap samples.
    pub stability: Option<f64>,
    /// Sum of squares around each centre.
    pub withinss: Vec<f64>,
    /// Their sum.
    pub tot_withinss: f64,
    /// Sum of squares of the centres around the centre of all.
    pub betweenss: f64,
}

/// What the criteria say of one number of clusters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterCandidateJson {
    /// The number.
    pub k: usize,
    /// Mean silhouette width; higher is better.
    pub silhouette: Option<f64>,
    /// Gap statistic; the first within a standard error of the next is its choice.
    pub gap: f64,
    /// Its standard error.
    pub se: f64,
    /// BIC of the best mixture; lower is better.
    pub bic: Option<f64>,
    /// Its ICL.
    pub icl: Option<f64>,
    /// Mean Jaccard similarity on bootstrap samples.
    pub stability: Option<f64>,
    /// Whether rows are rarer between any two of the clusters than in them: the p-value of the two that are
    /// least apart; null for one cluster.
    #[serde(default)]
    pub valley_p: Option<f64>,
    /// Whether these are the clusters of a mixture, where k-means finds none with valleys between them.
    #[serde(default)]
    pub is_mixture: bool,
    /// Sum of squares of k-means.
    pub tot_withinss: f64,
}

/// A cluster in a few numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterCardJson {
    /// Its number.
    pub cluster: u32,
    /// Its name by the rules of the contract.
    pub label: String,
    /// Rows.
    pub size: usize,
    /// Their share.
    pub share: f64,
    /// Mean Jaccard similarity on bootstrap samples.
    pub stability: Option<f64>,
    /// Features, the largest differences first.
    pub differences: Vec<ClusterDifferenceJson>,
}

/// How a cluster differs from all rows in one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterDifferenceJson {
    /// The feature.
    pub feature: String,
    /// Mean of the cluster.
    pub mean: f64,
    /// Mean of all.
    pub cohort: f64,
    /// Difference in standard deviations of all.
    pub effect: f64,
    /// Lower end of its 95 % interval, given the cluster.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Whether the cluster differs from the other rows beyond sampling error, all clusters and features
    /// looked at together (5 %).
    #[serde(default)]
    pub differs: bool,
}

/// Why nothing was clustered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterNoop {
    /// `"noop"`.
    #[schemars(extend("const" = "noop"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// Why nothing was clustered.
    pub reason: String,
    /// Rows that were sent.
    pub n_obs: usize,
}
