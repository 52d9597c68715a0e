//! How many clusters: whether there are any, four criteria and stability, a choice and a sentence.

use serde::{Deserialize, Serialize};

use seedtest_numerics::{Observer, Silent};

use crate::evidence::Evidence;
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
/// Criteria that make up for a silhouette below.
const VOTES_WITHOUT_SILHOUETTE: usize = 2;
/// Fewer rows are somebody, not a kind.
const LEAST_ROWS: usize = 3;
/// Rows for each parameter of a mixture, below which its likelihood says more of them than of clusters.
const ROWS_A_PARAMETER: usize = 4;

/// Tries 1..=`most` clusters. `evidence` says whether there are any; `None` = too few rows to tell.
pub(crate) fn select(
    matrix: &Matrix,
    most: usize,
    spec: &Spec,
    evidence: Option<&Evidence>,
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
    let smallest: Vec<usize> = partitions.iter().map(smallest_cluster).collect();
    let (k, why) = match evidence {
        None => (1, Evidence::too_few(matrix.n())),
        Some(evidence) if !evidence.is_enough() => (1, evidence.against()),
        Some(evidence) => choose(&candidates, &gaps, &smallest, evidence),
    };
    Selection { candidates, rows: sample.n(), k, why }
}

fn smallest_cluster(partition: &Partition) -> usize {
    let mut sizes = vec![0; partition.centres.n()];
    for &label in &partition.labels {
        sizes[label as usize] += 1;
    }
    sizes.into_iter().min().unwrap_or(0)
}

/// Smallest BIC over the shapes that have few enough parameters for the rows, with the ICL of the same
/// mixture.
fn information(matrix: &Matrix, k: usize, labels: &[u32], spec: &Spec) -> Option<(f64, f64)> {
    let patience =
        Patience { max_iter: 200, tolerance: 1e-4, regularization: spec.regularization.max(1e-6) };
    let shapes = spec.covariance.map_or(Covariance::ALL.to_vec(), |shape| vec![shape]);
    let mut best: Option<(f64, f64)> = None;
    let has_rows =
        |shape: &Covariance| matrix.n() >= ROWS_A_PARAMETER * shape.parameters(k, matrix.d);
    for shape in shapes.into_iter().filter(has_rows) {
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
    silhouette: usize,
    gap: usize,
    bic: Option<usize>,
    icl: Option<usize>,
}

impl Votes {
    fn new(candidates: &[Candidate], gaps: &[Gap]) -> Self {
        // A criterion that still falls at the last number it is known for has not come to a choice.
        let least = |f: fn(&Candidate) -> Option<f64>| -> Option<usize> {
            let known: Vec<(usize, f64)> =
                candidates.iter().filter_map(|c| f(c).map(|v| (c.k, v))).collect();
            let last = known.last()?.0;
            let least = known.iter().min_by(|a, b| a.1.total_cmp(&b.1))?.0;
            (least < last).then_some(least)
        };
        let mut silhouette = (1, f64::NEG_INFINITY);
        for c in candidates {
            if let Some(width) = c.silhouette.filter(|w| *w > silhouette.1) {
                silhouette = (c.k, width);
            }
        }
        Self {
            silhouette: silhouette.0,
            gap: first_within_one_se(gaps),
            bic: least(|c| c.bic),
            icl: least(|c| c.icl),
        }
    }

    fn of(&self, k: usize) -> usize {
        let votes = [Some(self.silhouette), Some(self.gap), self.bic, self.icl];
        votes.into_iter().flatten().filter(|vote| *vote == k).count()
    }
}

/// The number most criteria choose, of those whose clusters can be published; ties by silhouette.
fn choose(
    candidates: &[Candidate],
    gaps: &[Gap],
    smallest: &[usize],
    evidence: &Evidence,
) -> (usize, String) {
    let votes = Votes::new(candidates, gaps);
    let can_be_published = |c: &Candidate, rows: usize| {
        let is_wide = c.silhouette.is_some_and(|width| width >= LEAST_SILHOUETTE);
        c.k > 1
            && rows >= LEAST_ROWS
            && c.stability.is_some_and(|s| s >= LEAST_STABILITY)
            && (is_wide || votes.of(c.k) >= VOTES_WITHOUT_SILHOUETTE)
    };
    let mut best: Option<(&Candidate, usize)> = None;
    for (candidate, &rows) in candidates.iter().zip(smallest) {
        if !can_be_published(candidate, rows) {
            continue;
        }
        let count = votes.of(candidate.k);
        let width = |c: &Candidate| c.silhouette.unwrap_or(-1.0);
        let is_better = best
            .is_none_or(|(b, most)| count > most || (count == most && width(candidate) > width(b)));
        if is_better {
            best = Some((candidate, count));
        }
    }
    let Some((candidate, count)) = best else {
        let why = "there are no clusters: no number gives groups that are apart (silhouette 0.25), come \
                   back on bootstrap samples (stability 0.6) and have three rows each";
        return (1, why.to_string());
    };
    let name = |vote: Option<usize>| vote.map_or("none".to_string(), |k| k.to_string());
    let why = format!(
        "{} clusters: the choice of {count} of 4 criteria (silhouette {}, gap {}, BIC {}, ICL {}), \
         stability {:.2}; rows of one kind split as well with probability {}",
        candidate.k,
        votes.silhouette,
        votes.gap,
        name(votes.bic),
        name(votes.icl),
        candidate.stability.unwrap_or(0.0),
        evidence.p_value,
    );
    (candidate.k, why)
}
