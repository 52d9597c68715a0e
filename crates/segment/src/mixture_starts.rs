//! The most likely mixture from several starts.

use seedtest_numerics::{Observer, Silent};

use crate::error::Error;
use crate::kmeans::{Effort, kmeans};
use crate::matrix::Matrix;
use crate::mixture::{Covariance, Mixture, Patience, mixture};
use crate::spec::Spec;

/// Steps that show what a start is worth (Biernacki, Celeux & Govaert 2003).
const SHORT: u32 = 15;
/// Starts that are followed to the end.
const FOLLOWED: usize = 4;
/// Rows above which fewer starts are tried.
const MANY_ROWS: usize = 5_000;
const STARTS_OF_MANY: usize = 5;

/// Starts from the best partition of k-means and from single starts of it (mixtures have other optima),
/// a few steps each; the most promising go on. Over the shapes of covariances, where none is given, by
/// BIC.
pub(crate) fn likeliest(
    matrix: &Matrix,
    k: usize,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Mixture, Error> {
    let effort = Effort { starts: spec.starts, max_iter: spec.max_iter, seed: spec.seed };
    let mut partitions = vec![kmeans(matrix, k, effort, observer).labels];
    let singles = if matrix.n() > MANY_ROWS { STARTS_OF_MANY } else { spec.starts };
    if k > 1 {
        partitions.extend((1..=singles as u64).map(|number| {
            let single = Effort { starts: 1, seed: spec.seed.wrapping_add(number), ..effort };
            kmeans(matrix, k, single, &mut Silent).labels
        }));
    }
    let shapes = spec.covariance.map_or(Covariance::ALL.to_vec(), |shape| vec![shape]);
    let mut best: Option<Mixture> = None;
    for shape in shapes {
        for labels in promising(matrix, k, &partitions, shape, spec) {
            let patience = patience(spec, spec.max_iter);
            let Some(found) = mixture(matrix, k, labels, shape, patience, observer) else {
                continue;
            };
            if best.as_ref().is_none_or(|b| found.bic(matrix.n()) < b.bic(matrix.n())) {
                best = Some(found);
            }
        }
    }
    let expected = "raise it: a component has collapsed on too few rows";
    let value = spec.regularization;
    best.ok_or(Error::Setting { name: "regularization", value, expected })
}

fn patience(spec: &Spec, max_iter: u32) -> Patience {
    Patience { max_iter, tolerance: 1e-9, regularization: spec.regularization }
}

/// The partitions whose mixtures are the most likely after a few steps, each likelihood once.
fn promising<'a>(
    matrix: &Matrix,
    k: usize,
    partitions: &'a [Vec<u32>],
    shape: Covariance,
    spec: &Spec,
) -> Vec<&'a [u32]> {
    const SAME: f64 = 1e-9;
    if partitions.len() == 1 {
        return vec![&partitions[0]];
    }
    let tried = partitions.iter().filter_map(|labels| {
        let short = mixture(matrix, k, labels, shape, patience(spec, SHORT), &mut Silent)?;
        Some((short.log_likelihood, labels.as_slice()))
    });
    let mut tried: Vec<(f64, &[u32])> = tried.collect();
    tried.sort_by(|a, b| b.0.total_cmp(&a.0));
    tried.dedup_by(|a, b| (a.0 - b.0).abs() <= SAME * b.0.abs());
    tried.into_iter().take(FOLLOWED).map(|t| t.1).collect()
}
