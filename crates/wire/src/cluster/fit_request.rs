//! `POST /cluster/fit`: the request.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use super::columns;
use crate::rows::Rows;

/// Request of `POST /cluster/fit`. Every field but the rows has a default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClusterFitRequest {
    /// One object a student: an id and features.
    #[serde(alias = "data", alias = "data_rows", alias = "observations", alias = "user_features")]
    #[schemars(extend("x-aliases" = ["data", "data_rows", "observations", "user_features"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// `kmeans` (default), `gaussian_mixture` (`gmm`), `hierarchical`, `dbscan` or `hdbscan`.
    pub method: Option<String>,
    /// Number of clusters; null, 0 or an empty text: chosen by the data, which may have none.
    #[serde(alias = "n_clusters")]
    #[schemars(extend("x-aliases" = ["n_clusters"]))]
    pub k: Option<ClusterCountJson>,
    /// Whether a number that is not given is chosen. Default true; false stands for 3 clusters.
    #[serde(alias = "auto")]
    #[schemars(extend("x-aliases" = ["auto"]))]
    pub auto_select_k: Option<bool>,
    /// Largest number that is tried. Default 8, never more than a fifth of the rows.
    pub max_k: Option<u64>,
    /// The features; default every column of numbers that measures something: not those that name a student, a class
    /// or a day or count the rows, which `dropped` names.
    pub features: Option<Vec<String>>,
    /// Whether features get mean 0 and standard deviation 1. Default true.
    #[serde(alias = "scale")]
    #[schemars(extend("x-aliases" = ["scale"]))]
    pub standardize: Option<bool>,
    /// Covariances of a mixture: `full`, `tied`, `diag`, `tied_diag`, `spherical`; default the one with the
    /// smallest BIC.
    #[serde(alias = "covariance_type")]
    #[schemars(extend("x-aliases" = ["covariance_type"]))]
    pub covariance: Option<String>,
    /// Added to every variance of a mixture. Default 1e-6.
    #[serde(alias = "reg_covar")]
    #[schemars(extend("x-aliases" = ["reg_covar"]))]
    pub regularization: Option<f64>,
    /// Distance of clusters of a hierarchy: `ward` (default), `complete`, `average` or `single`.
    pub linkage: Option<String>,
    /// Reach of a row of DBSCAN. Default 0.5.
    pub eps: Option<f64>,
    /// Rows in reach that make a row dense. Default 5.
    #[serde(alias = "minPts", alias = "min_samples")]
    #[schemars(extend("x-aliases" = ["minPts", "min_samples"]))]
    pub min_points: Option<u64>,
    /// Least rows of a cluster of HDBSCAN. Default 5.
    pub min_cluster_size: Option<u64>,
    /// Starts of k-means and mixtures. Default 25.
    #[serde(alias = "n_init", alias = "nstart")]
    #[schemars(extend("x-aliases" = ["n_init", "nstart"]))]
    pub starts: Option<u64>,
    /// Samples of the gap statistic. Default 20.
    pub references: Option<u64>,
    /// Bootstrap samples behind the stability. Default 20.
    pub bootstraps: Option<u64>,
    /// Most iterations of a start. Default 1000.
    pub max_iter: Option<u32>,
    /// Seed of the random numbers. Default 42.
    #[serde(alias = "random_state")]
    #[schemars(extend("x-aliases" = ["random_state"]))]
    pub seed: Option<u64>,
    /// `uuid` to get a run id that is a UUID.
    pub run_id_format: Option<String>,
    /// Whether the response carries what is needed to assign from it alone. Default false.
    pub keep_model: Option<bool>,
    /// Seconds after which the best clusters so far are returned.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// A number of clusters, as clients write it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ClusterCountJson {
    /// The number; 0 = automatic.
    Number(u64),
    /// The number as text; empty or `auto` = automatic.
    Text(String),
}

impl<'de> Deserialize<'de> for ClusterCountJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Count)
    }
}

/// Reads a number of clusters; what is none is named in the refusal.
struct Count;

impl Visitor<'_> for Count {
    type Value = ClusterCountJson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of clusters, 0 or more, or \"auto\"")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<ClusterCountJson, E> {
        Ok(ClusterCountJson::Number(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<ClusterCountJson, E> {
        // 2^53: beyond it a double is whole for want of digits.
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        if number.fract() == 0.0 && (0.0..=WHOLE).contains(&number) {
            return Ok(ClusterCountJson::Number(number as u64));
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ClusterCountJson, E> {
        Ok(ClusterCountJson::Text(text.to_owned()))
    }
}
