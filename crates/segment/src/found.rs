//! What the methods find.

use seedtest_numerics::{Interrupt, Observer};

use crate::dbscan::dbscan;
use crate::error::Error;
use crate::hdbscan::hdbscan;
use crate::hierarchy::{Merge, cut, merges};
use crate::kmeans::{Effort, Partition, kmeans};
use crate::matrix::Matrix;
use crate::mixture::Mixture;
use crate::mixture_starts::likeliest;
use crate::predict::is_unknown;
use crate::spec::{Method, Spec};

/// DBSCAN and HDBSCAN look at every pair of rows.
const MOST_PAIRED: usize = 50_000;

/// What a method finds.
pub(crate) struct Found {
    pub(crate) labels: Vec<Option<u32>>,
    /// Of k-means.
    pub(crate) inertia: Option<f64>,
    pub(crate) mixture: Option<Mixture>,
    pub(crate) merges: Vec<Merge>,
    pub(crate) iterations: u32,
    pub(crate) converged: bool,
}

impl Found {
    fn plain(labels: Vec<Option<u32>>) -> Self {
        Self {
            labels,
            inertia: None,
            mixture: None,
            merges: Vec::new(),
            iterations: 1,
            converged: true,
        }
    }

    pub(crate) fn of_kmeans(found: Partition) -> Self {
        Self {
            inertia: Some(found.inertia),
            iterations: found.iterations,
            converged: found.converged,
            ..Self::plain(found.labels.into_iter().map(Some).collect())
        }
    }

    pub(crate) fn of_mixture(matrix: &Matrix, mixture: Mixture) -> Self {
        Self {
            labels: mixture.labels(matrix).into_iter().map(Some).collect(),
            inertia: None,
            iterations: mixture.iterations,
            converged: mixture.converged,
            mixture: Some(mixture),
            merges: Vec::new(),
        }
    }

    /// A row of which nothing is known belongs to no cluster.
    pub(crate) fn leave_unknown(&mut self, matrix: &Matrix) {
        if matrix.is_complete {
            return;
        }
        for (label, row) in self.labels.iter_mut().zip(matrix.rows()) {
            if is_unknown(row) {
                *label = None;
            }
        }
    }

    /// Clusters with members, or components.
    pub(crate) fn k(&self) -> usize {
        let used = self.labels.iter().flatten().map(|&l| l as usize + 1).max().unwrap_or(0);
        used.max(self.mixture.as_ref().map_or(0, |m| m.components.k()))
    }
}

/// The clusters of a method, `k` of them where it takes a number.
pub(crate) fn clusters(
    matrix: &Matrix,
    k: usize,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found, Error> {
    let n = matrix.n();
    let interrupt = &observer.interrupt();
    refuse_too_many(matrix, spec)?;
    Ok(match spec.method {
        Method::Kmeans => {
            let Spec { starts, max_iter, seed, .. } = *spec;
            Found::of_kmeans(kmeans(
                matrix,
                k,
                Effort { starts, max_iter, seed, interrupt },
                observer,
            ))
        }
        Method::GaussianMixture => gaussian_mixture(matrix, k, spec, observer)?,
        Method::Hierarchical => {
            let merges = merges(matrix, spec.linkage, interrupt)?;
            let labels = cut(&merges, n, k).into_iter().map(Some).collect();
            Found { merges, ..Found::plain(labels) }
        }
        Method::Dbscan | Method::Hdbscan => Found::plain(regions(matrix, spec, interrupt)?),
    })
}

/// Dense regions by the method of `spec`.
fn regions(matrix: &Matrix, spec: &Spec, interrupt: &Interrupt) -> Result<Vec<Option<u32>>, Error> {
    let found = if spec.method == Method::Dbscan {
        dbscan(matrix, spec.eps, spec.min_points, interrupt)
    } else {
        hdbscan(matrix, spec.min_cluster_size, spec.min_points, interrupt)
    };
    Ok(found?)
}

/// Refuses more rows than a method with a distance for every pair can hold.
pub(crate) fn refuse_too_many(matrix: &Matrix, spec: &Spec) -> Result<(), Error> {
    let rows = matrix.n();
    if !spec.method.takes_k() && rows > MOST_PAIRED {
        let method = spec.method.name();
        return Err(Error::TooManyRows { rows, method, most: MOST_PAIRED });
    }
    Ok(())
}

fn gaussian_mixture(
    matrix: &Matrix,
    k: usize,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Found, Error> {
    let best = likeliest(matrix, k, spec, observer)?;
    Ok(Found::of_mixture(matrix, best))
}

/// The number of each cluster by size, the largest first; of equal ones, the one with the first row.
pub(crate) fn by_size(labels: &[Option<u32>], k: usize) -> Vec<u32> {
    let mut sizes = vec![0usize; k];
    let mut first = vec![usize::MAX; k];
    for (row, label) in labels.iter().enumerate() {
        if let Some(label) = label {
            sizes[*label as usize] += 1;
            first[*label as usize] = first[*label as usize].min(row);
        }
    }
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by_key(|&c| (std::cmp::Reverse(sizes[c]), first[c]));
    let mut numbers = vec![0; k];
    for (number, &c) in order.iter().enumerate() {
        numbers[c] = number as u32;
    }
    numbers
}
