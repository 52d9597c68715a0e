//! What is said of clusters once the labels are known: centres, spread, rarity, shares.

use seedtest_numerics::{Cholesky, Interrupt, chi_square_sf, exp, ln};

use crate::covariance::{Components, squared_mahalanobis};
use crate::kmeans::{Effort, inertia};
use crate::matrix::{Matrix, Sums, known_distance};
use crate::mixture::Mixture;
use crate::nearest::Centres;
use crate::principal::covariance;
use crate::spec::Spec;
use crate::stability::{stability, stability_of_mixture};

/// Centres on the scale of clustering (means of the members, or of the components) and sizes.
pub(crate) fn centres(
    matrix: &Matrix,
    labels: &[Option<u32>],
    k: usize,
    components: Option<&Components>,
) -> (Matrix, Vec<usize>) {
    let mut sums = Sums::new(k, matrix.d);
    let mut sizes = vec![0usize; k];
    for (row, label) in matrix.rows().zip(labels) {
        let Some(label) = label.map(|l| l as usize) else { continue };
        sizes[label] += 1;
        sums.add(label, row);
    }
    let values = match components {
        Some(components) => components.means.clone(),
        // What no row of a cluster knows is that of all.
        None => sums.means(|_| 0.0),
    };
    (Matrix::new(values, matrix.d), sizes)
}

pub(crate) fn withinss(
    matrix: &Matrix,
    labels: &[Option<u32>],
    centres: &Matrix,
    k: usize,
) -> Vec<f64> {
    (0..k)
        .map(|c| {
            let members = (0..matrix.n()).filter(|&i| labels[i] == Some(c as u32));
            let own = matrix.chosen(members);
            inertia(&own, centres, &vec![c as u32; own.n()])
        })
        .collect()
}

/// How rare each row is in its cluster: squared Mahalanobis distance with the pooled covariance of the
/// clusters, against χ² with as many degrees of freedom as features. Noise is judged by the nearest centre.
pub(crate) fn outlier_p(matrix: &Matrix, labels: &[Option<u32>], centres: &Matrix) -> Vec<f64> {
    let d = matrix.d;
    if centres.n() == 0 {
        return vec![1.0; matrix.n()];
    }
    let lanes = Centres::new(centres);
    let residual = |row: &[f64], label: Option<u32>| -> Vec<f64> {
        let c = label.unwrap_or_else(|| lanes.nearest(row).centre) as usize;
        row.iter().zip(centres.row(c)).map(|(x, m)| x - m).collect()
    };
    let labelled: Vec<f64> = matrix
        .rows()
        .zip(labels)
        .filter(|(_, label)| label.is_some())
        .flat_map(|(row, label)| residual(row, *label))
        .collect();
    let (pooled, _) = covariance(&Matrix::new(labelled, d));
    let everything: Vec<usize> = (0..d).collect();
    let whole = Spread::of(&pooled, &everything, d);
    let p = |(row, label): (&[f64], &Option<u32>)| {
        let residual = residual(row, *label);
        let known: Vec<usize> = (0..d).filter(|&j| !residual[j].is_nan()).collect();
        let part = (known.len() < d).then(|| Spread::of(&pooled, &known, d));
        let residual: Vec<f64> = known.iter().map(|&j| residual[j]).collect();
        part.as_ref().unwrap_or(&whole).rarity(&residual)
    };
    matrix.rows().zip(labels).map(p).collect()
}

/// Covariance of some features, for how rare residuals in them are.
struct Spread {
    factor: Cholesky,
    df: f64,
}

impl Spread {
    /// Of the features `known` of `d` with this covariance.
    fn of(covariance: &[f64], known: &[usize], d: usize) -> Self {
        let of_row = |&i: &usize| known.iter().map(move |&j| covariance[i * d + j]);
        let factor = Cholesky::new(known.iter().flat_map(of_row).collect(), known.len());
        let df = known.len() - factor.dropped().len();
        Self { factor, df: df as f64 }
    }

    /// Probability of residuals at least as far out; 1 where nothing is known.
    fn rarity(&self, residual: &[f64]) -> f64 {
        if residual.is_empty() {
            return 1.0;
        }
        chi_square_sf(squared_mahalanobis(&self.factor, residual), self.df.max(1.0))
    }
}

/// Bootstrap stability of each cluster: of those of `mixture`, else of those of k-means, for methods whose
/// clusters it can be asked for again.
pub(crate) fn stability_of(
    matrix: &Matrix,
    labels: &[Option<u32>],
    k: usize,
    mixture: Option<&Mixture>,
    spec: &Spec,
    interrupt: &Interrupt,
) -> Option<Vec<f64>> {
    // As many rows as the criteria of the choice.
    const SAMPLE: usize = 2_000;
    if k < 2 || !spec.method.takes_k() {
        return None;
    }
    let sampled = matrix.sample(SAMPLE, spec.seed);
    let sample = matrix.chosen(sampled.iter().copied());
    if sample.distinct(k) < k {
        return None;
    }
    let chosen: Vec<Option<u32>> = sampled.iter().map(|&i| labels[i]).collect();
    if let Some(mixture) = mixture {
        let known: Vec<u32> = chosen.iter().map(|label| label.unwrap_or(0)).collect();
        return Some(stability_of_mixture(&sample, &known, mixture, spec, interrupt));
    }
    let effort = Effort { starts: 3, max_iter: spec.max_iter, seed: spec.seed, interrupt };
    Some(stability(&sample, &chosen, k, spec.bootstraps, effort))
}

pub(crate) fn memberships(
    matrix: &Matrix,
    centres: &Matrix,
    sizes: &[usize],
    spread: f64,
    components: Option<&Components>,
) -> Vec<Vec<f64>> {
    let k = centres.n();
    if k == 0 {
        return vec![Vec::new(); matrix.n()];
    }
    if let Some(components) = components {
        let (shares, _) = components.memberships(matrix);
        return shares.chunks_exact(k).map(<[f64]>::to_vec).collect();
    }
    matrix.rows().map(|row| shares(row, centres, sizes, spread)).collect()
}

/// Shares of normal distributions of one variance around the centres, weighted by size.
pub(crate) fn shares(row: &[f64], centres: &Matrix, sizes: &[usize], spread: f64) -> Vec<f64> {
    let logs: Vec<f64> = centres
        .rows()
        .zip(sizes)
        .map(|(centre, &size)| ln(size.max(1) as f64) - 0.5 * known_distance(row, centre) / spread)
        .collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<f64> = logs.iter().map(|l| exp(l - largest)).collect();
    let total: f64 = shares.iter().sum();
    shares.iter().map(|s| s / total).collect()
}
