//! What clusters are looked for, and how.

use seedtest_numerics::DEFAULT_SEED;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::hierarchy::Linkage;
use crate::mixture::Covariance;

/// Kind of clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// k-means.
    #[default]
    Kmeans,
    /// Gaussian mixture.
    GaussianMixture,
    /// Agglomerative.
    Hierarchical,
    /// Dense regions at one density.
    Dbscan,
    /// Dense regions at any density.
    Hdbscan,
}

impl Method {
    /// Its word in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kmeans => "kmeans",
            Self::GaussianMixture => "gaussian_mixture",
            Self::Hierarchical => "hierarchical",
            Self::Dbscan => "dbscan",
            Self::Hdbscan => "hdbscan",
        }
    }

    /// Whether a search that is cut short has found something: the best start, the likeliest mixture so far.
    pub(crate) fn has_best_so_far(self) -> bool {
        matches!(self, Self::Kmeans | Self::GaussianMixture)
    }

    /// Whether the number of clusters is an input.
    pub(crate) fn takes_k(self) -> bool {
        !matches!(self, Self::Dbscan | Self::Hdbscan)
    }
}

/// A clustering. `Spec::default()` is k-means of standardised features with a number of clusters that the
/// data decide on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// Kind of clusters.
    pub method: Method,
    /// Number of clusters; `None` = chosen, which may find that there are none.
    pub k: Option<usize>,
    /// Largest number that is tried, 2..=50; never more than a fifth of the rows.
    pub max_k: usize,
    /// Features to use; `None` = all.
    pub features: Option<Vec<String>>,
    /// Whether features are brought to mean 0 and standard deviation 1.
    pub standardize: bool,
    /// Shape of a mixture's covariances; `None` = the one with the smallest BIC.
    pub covariance: Option<Covariance>,
    /// Added to every variance of a mixture, ≥ 0.
    pub regularization: f64,
    /// Distance of clusters for [`Method::Hierarchical`].
    pub linkage: Linkage,
    /// Reach of a row for [`Method::Dbscan`], > 0.
    pub eps: f64,
    /// Rows in reach, itself included, that make a row dense, ≥ 1.
    pub min_points: usize,
    /// Least rows of a cluster for [`Method::Hdbscan`], ≥ 2.
    pub min_cluster_size: usize,
    /// Starts of k-means, 1..=10 000.
    pub starts: usize,
    /// Reference samples of the gap statistic, ≥ 2.
    pub references: usize,
    /// Bootstrap samples, ≥ 2.
    pub bootstraps: usize,
    /// Most iterations of one start, ≥ 1.
    pub max_iter: u32,
    /// Seed of the random numbers.
    pub seed: u64,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            method: Method::Kmeans,
            k: None,
            max_k: 8,
            features: None,
            standardize: true,
            covariance: None,
            regularization: 1e-6,
            linkage: Linkage::Ward,
            eps: 0.5,
            min_points: 5,
            min_cluster_size: 5,
            starts: 25,
            references: 20,
            bootstraps: 20,
            max_iter: 1000,
            seed: DEFAULT_SEED,
        }
    }
}

impl Spec {
    pub(crate) fn validate(&self) -> Result<(), Error> {
        if let Some(k) = self.k {
            within("k", k, 1, usize::MAX, "it must be at least 1")?;
        }
        within("max_k", self.max_k, 2, 50, "it must be between 2 and 50")?;
        within("min_points", self.min_points, 1, usize::MAX, "it must be at least 1")?;
        within("min_cluster_size", self.min_cluster_size, 2, usize::MAX, "it must be at least 2")?;
        within("starts", self.starts, 1, 10_000, "it must be between 1 and 10000")?;
        within("references", self.references, 2, 10_000, "it must be between 2 and 10000")?;
        within("bootstraps", self.bootstraps, 2, 10_000, "it must be between 2 and 10000")?;
        within("max_iter", self.max_iter as usize, 1, usize::MAX, "it must be at least 1")?;
        if !(self.eps > 0.0 && self.eps.is_finite()) {
            let expected = "it must be a number > 0";
            return Err(Error::Setting { name: "eps", value: self.eps, expected });
        }
        if !(self.regularization >= 0.0 && self.regularization.is_finite()) {
            let expected = "it must be a number ≥ 0";
            let value = self.regularization;
            return Err(Error::Setting { name: "regularization", value, expected });
        }
        Ok(())
    }
}

fn within(
    name: &'static str,
    value: usize,
    least: usize,
    most: usize,
    expected: &'static str,
) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::Setting { name, value: value as f64, expected })
}
