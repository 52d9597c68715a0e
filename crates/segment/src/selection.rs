//! How many clusters: four criteria and stability, a choice and a sentence.

use serde::{Deserialize, Serialize};

use seedtest_numerics::{Observer, Silent};

use crate::gap::{Gap, first_within_one_se, gaps};
use crate::kmeans::{Effort, Partition, kmeans};
use crate::matrix::Matrix;
use crate::mixture::{Covariance, Patience, mixture};
use crate::silhouette::silhouette;
use crate::spec::Spec;
use crate::stability::stability;

/// What the criteria say of one number of clusters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Number of clusters.
    pub k: usize,
    /// Within-cluster sum of squares of k-means.
    pub inertia: f64,
    /// Mean silhouette width; `None` for one cluster. Higher is better.
    pub silhouette: Option<f64>,
    /// Gap statistic. The first k within a standard error of the next is its choice.
    pub gap: f64,
    /// Its standard error.
    pub gap_se: f64,
    /// Smallest BIC of a Gaussian mixture over the shapes of covariances. Lower is better.
    pub bic: Option<f64>,
    /// ICL of that mixture.
    pub icl: Option<f64>,
    /// Mean Jaccard similarity of the clusters on bootstrap samples; `None` for one cluster.
    pub stability: Option<f64>,
}

/// The choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Every number that was tried.
    pub candidates: Vec<Candidate>,
    /// Rows the criteria were computed on: all, or a sample.
    pub rows: usize,
    /// The number chosen; 1 where there are no clusters.
    pub k: usize,
    /// Why, in a sentence.
    pub why: String,
}

/// Rows that criteria are computed on: they grow with the square, or with a hundred repetitions.
const SAMPLE: usize = 2_000;
/// Kaufman & Rousseeuw (1990): no substantial structure has been found below.
const LEAST_SILHOUETTE: f64 = 0.25;
/// Hennig (2007): clusters below are not to be trusted.
const LEAST_STABILITY: f64 = 0.6;
/// And from here on they are stable.
const STABLE: f64 = 0.75;

/// Tries 1..=`most` clusters.
pub(crate) fn select(
    matrix: &Matrix,
    most: usize,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Selection {
    let sampled = matrix.sample(SAMPLE, spec.seed);
    let sample = matrix.chosen(sampled.iter().copied());
    let effort = Effort { starts: spec.starts, max_iter: spec.max_iter, seed: spec.seed };
    let light = Effort { starts: spec.starts.min(3), ..effort };
    let partitions: Vec<Partition> =
        (1..=most).map(|k| kmeans(&sample, k, effort, observer)).collect();
    let inertias: Vec<f64> = partitions.iter().map(|p| p.inertia).collect();
    let gaps = gaps(&sample, &inertias, spec.references, light);
    let everything: Vec<usize> = (0..sample.n()).collect();
    let candidates: Vec<Candidate> = partitions
        .iter()
        .zip(&gaps)
        .zip(1..)
        .map(|((partition, gap), k)| {
            let labels: Vec<Option<u32>> = partition.labels.iter().map(|&l| Some(l)).collect();
            let (bic, icl) = information(&sample, k, &partition.labels, spec).unzip();
            let stability = (k > 1).then(|| {
                let of_clusters = stability(&sample, &labels, k, spec.bootstraps, light);
                of_clusters.iter().sum::<f64>() / k as f64
            });
            Candidate {
                k,
                inertia: partition.inertia,
                silhouette: silhouette(&sample, &labels, &everything),
                gap: gap.gap,
                gap_se: gap.se,
                bic,
                icl,
                stability,
            }
        })
        .collect();
    let (k, why) = choose(&candidates, &gaps);
    Selection { candidates, rows: sample.n(), k, why }
}

/// Smallest BIC over the shapes, with the ICL of the same mixture.
fn information(matrix: &Matrix, k: usize, labels: &[u32], spec: &Spec) -> Option<(f64, f64)> {
    let patience =
        Patience { max_iter: 200, tolerance: 1e-4, regularization: spec.regularization.max(1e-6) };
    let shapes = spec.covariance.map_or(Covariance::ALL.to_vec(), |shape| vec![shape]);
    let mut best: Option<(f64, f64)> = None;
    for shape in shapes {
        let Some(found) = mixture(matrix, k, labels, shape, patience, &mut Silent) else {
            continue;
        };
        let bic = found.bic(matrix.n());
        if best.is_none_or(|b| bic < b.0) {
            best = Some((bic, found.icl(matrix)));
        }
    }
    best
}

/// What each criterion would choose.
struct Votes {
    silhouette: (usize, f64),
    gap: usize,
    bic: Option<usize>,
    icl: Option<usize>,
    /// Largest k whose clusters are stable.
    stable: Option<usize>,
}

impl Votes {
    fn new(candidates: &[Candidate], gaps: &[Gap]) -> Self {
        let least = |f: fn(&Candidate) -> Option<f64>| -> Option<usize> {
            let known = candidates.iter().filter_map(|c| f(c).map(|v| (c.k, v)));
            known.min_by(|a, b| a.1.total_cmp(&b.1)).map(|c| c.0)
        };
        let mut silhouette = (1, f64::NEG_INFINITY);
        for c in candidates {
            if let Some(width) = c.silhouette.filter(|w| *w > silhouette.1) {
                silhouette = (c.k, width);
            }
        }
        let stable = candidates.iter().rev().find(|c| c.stability.is_some_and(|s| s >= STABLE));
        Self {
            silhouette,
            gap: first_within_one_se(gaps),
            bic: least(|c| c.bic),
            icl: least(|c| c.icl),
            stable: stable.map(|c| c.k),
        }
    }

    /// Signs that there are no clusters.
    fn against(&self) -> Vec<&'static str> {
        let signs = [
            (self.silhouette.1 < LEAST_SILHOUETTE, "no silhouette reaches 0.25"),
            (self.gap == 1, "the gap statistic finds no more structure than in a box"),
            (self.bic == Some(1), "BIC prefers a single normal distribution"),
            (self.icl == Some(1), "so does ICL"),
            (self.stable.is_none(), "no clusters come back on bootstrap samples"),
        ];
        signs.into_iter().filter(|s| s.0).map(|s| s.1).collect()
    }

    fn all(&self) -> Vec<usize> {
        let votes = [Some(self.silhouette.0), Some(self.gap), self.bic, self.icl];
        votes.into_iter().flatten().filter(|k| *k > 1).collect()
    }
}

fn choose(candidates: &[Candidate], gaps: &[Gap]) -> (usize, String) {
    let votes = Votes::new(candidates, gaps);
    let against = votes.against();
    // Three of five signs: a correlated blob alone can have two.
    if against.len() >= 3 {
        return (1, format!("there are no clusters: {}", against.join(", ")));
    }
    let cast = votes.all();
    let mut best: Option<(&Candidate, usize)> = None;
    for candidate in candidates.iter().filter(|c| c.k > 1) {
        if candidate.stability.is_none_or(|s| s < LEAST_STABILITY) {
            continue;
        }
        let count = cast.iter().filter(|k| **k == candidate.k).count();
        let width = |c: &Candidate| c.silhouette.unwrap_or(-1.0);
        let is_better = best
            .is_none_or(|(b, most)| count > most || (count == most && width(candidate) > width(b)));
        if is_better {
            best = Some((candidate, count));
        }
    }
    let Some((candidate, count)) = best else {
        return (1, "there are no clusters: none come back on bootstrap samples".to_string());
    };
    let why = format!(
        "{} clusters: the choice of {count} of 4 criteria (silhouette {}, gap {}, BIC {}, ICL {}), stability {:.2}",
        candidate.k,
        votes.silhouette.0,
        votes.gap,
        votes.bic.map_or("none".to_string(), |k| k.to_string()),
        votes.icl.map_or("none".to_string(), |k| k.to_string()),
        candidate.stability.unwrap_or(0.0),
    );
    (candidate.k, why)
}
