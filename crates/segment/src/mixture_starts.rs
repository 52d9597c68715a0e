//! The most likely mixture from several starts.

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Observer};

use crate::column;
use crate::error::Error;
use crate::kmeans::{Effort, kmeans, roughly};
use crate::matrix::Matrix;
use crate::mixture::{Covariance, Mixture, Patience, mixture};
use crate::principal::{covariance, eigen};
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
    let interrupt = &observer.interrupt();
    let effort =
        Effort { starts: spec.starts, max_iter: spec.max_iter, seed: spec.seed, interrupt };
    let mut partitions = vec![kmeans(matrix, k, effort, observer).labels];
    let singles = if matrix.n() > MANY_ROWS { STARTS_OF_MANY } else { spec.starts };
    if k > 1 {
        let in_time = (1..=singles as u64).take_while(|_| !interrupt.is_raised());
        partitions.extend(in_time.map(|number| {
            let single = Effort { starts: 1, seed: spec.seed.wrapping_add(number), ..effort };
            roughly(matrix, k, single).labels
        }));
    }
    let shapes = spec.covariance.map_or(Covariance::ALL.to_vec(), |shape| vec![shape]);
    let mut best: Option<Mixture> = None;
    for shape in shapes {
        for labels in promising(matrix, k, &partitions, shape, spec, interrupt) {
            let patience = patience(spec, spec.max_iter);
            let Some(found) = mixture(matrix, k, labels, shape, patience, observer) else {
                continue;
            };
            if best.as_ref().is_none_or(|b| found.bic(matrix.n()) < b.bic(matrix.n())) {
                best = Some(found);
            }
            if interrupt.is_raised() {
                return best.ok_or_else(|| Error::collapsed(spec.regularization));
            }
        }
    }
    best.ok_or_else(|| Error::collapsed(spec.regularization))
}

/// A mixture that was found on a sample, on all rows.
pub(crate) fn followed(
    matrix: &Matrix,
    of_sample: &Mixture,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Option<Mixture> {
    let labels = of_sample.labels(matrix);
    let regularization = spec.regularization.max(LEAST_VARIANCE);
    let patience = Patience { regularization, ..patience(spec, spec.max_iter) };
    let components = &of_sample.components;
    mixture(matrix, components.k(), &labels, components.shape, patience, observer)
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
    interrupt: &Interrupt,
) -> Vec<&'a [u32]> {
    const SAME: f64 = 1e-9;
    if partitions.len() == 1 || interrupt.is_raised() {
        return vec![&partitions[0]];
    }
    let tried = partitions.iter().filter_map(|labels| {
        let stop = &mut interrupt.clone();
        let short = mixture(matrix, k, labels, shape, patience(spec, SHORT), stop)?;
        Some((short.log_likelihood, labels.as_slice()))
    });
    let mut tried: Vec<(f64, &[u32])> = tried.collect();
    tried.sort_by(|a, b| b.0.total_cmp(&a.0));
    tried.dedup_by(|a, b| (a.0 - b.0).abs() <= SAME * b.0.abs());
    tried.into_iter().take(FOLLOWED).map(|t| t.1).collect()
}

/// Rows for each parameter of a mixture, below which its likelihood says more of them than of clusters.
const ROWS_A_PARAMETER: usize = 4;
/// Lines that starts are made of, those first along which rows fall apart best.
const LINES: usize = 6;
/// And below which its clusters are not looked at.
const LEAST_ROWS_A_PARAMETER: f64 = 1.5;
/// Variance, in units of that of all rows, that every component has at least: what is discrete would otherwise
/// have components of a single value, as likely as one likes.
const LEAST_VARIANCE: f64 = 1e-3;

/// A search for mixtures of any number of components, for the choice of that number.
pub(crate) struct Search<'a> {
    matrix: &'a Matrix,
    spec: &'a Spec,
    interrupt: &'a Interrupt,
    /// Lines along which rows fall apart best: features and principal components.
    lines: Vec<Vec<f64>>,
    /// Rows in coordinates in which k-means may see what it does not see in all features: those that split
    /// best alone, and all brought to one variance.
    views: Vec<Matrix>,
}

/// The best mixtures of a number of components.
pub(crate) struct Found {
    /// BIC and ICL of the one with the smallest BIC of those that have the rows for it.
    pub(crate) information: Option<(f64, f64)>,
    /// The one with the smallest BIC.
    pub(crate) mixture: Option<Mixture>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(matrix: &'a Matrix, spec: &'a Spec, interrupt: &'a Interrupt) -> Self {
        let column = |j: usize| matrix.rows().map(|row| row[j]).collect::<Vec<f64>>();
        let mut lines: Vec<Vec<f64>> = (0..matrix.d).map(column).collect();
        let mut views = Vec::new();
        let ranked = by_splits(matrix);
        for most in [2, 3, matrix.d.div_ceil(2)] {
            if most < matrix.d && views.iter().all(|view: &Matrix| view.d != most) {
                let of_row =
                    |row: &[f64]| ranked[..most].iter().map(|&j| row[j]).collect::<Vec<f64>>();
                views.push(Matrix::new(matrix.rows().flat_map(of_row).collect(), most));
            }
        }
        if matrix.is_complete && matrix.d > 1 {
            let whitened = whitened(matrix);
            lines.extend((0..whitened.d).map(|j| whitened.rows().map(|row| row[j]).collect()));
            views.push(whitened);
        }
        let scores: Vec<f64> = lines.iter().map(|line| split_score(line)).collect();
        let mut ranked: Vec<usize> = (0..lines.len()).collect();
        ranked.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let lines = ranked.into_iter().take(LINES).map(|at| std::mem::take(&mut lines[at]));
        Self { matrix, spec, interrupt, lines: lines.collect(), views }
    }

    /// Mixtures of `k` components, from the partition of k-means and from others.
    pub(crate) fn found(&self, k: usize, of_kmeans: &[u32]) -> Found {
        let Self { matrix, spec, interrupt, .. } = *self;
        let n = matrix.n();
        let mut starts = vec![of_kmeans.to_vec()];
        if k > 1 {
            starts.extend(self.lines.iter().map(|line| column::parts(line, k)));
            let effort = Effort { starts: 3, max_iter: spec.max_iter, seed: spec.seed, interrupt };
            starts.extend(self.views.iter().map(|view| roughly(view, k, effort).labels));
        }
        let has_rows = |shape: &Covariance| {
            n as f64 >= LEAST_ROWS_A_PARAMETER * shape.parameters(k, matrix.d) as f64
        };
        let shapes = spec.covariance.map_or(Covariance::ALL.to_vec(), |shape| vec![shape]);
        let shapes: Vec<Covariance> = shapes.into_iter().filter(has_rows).collect();
        let of_shapes: Vec<Option<Mixture>> =
            shapes.par_iter().map(|shape| self.best(k, &starts, *shape)).collect();
        let mut found = Found { information: None, mixture: None };
        for (shape, best) in shapes.into_iter().zip(of_shapes) {
            let parameters = shape.parameters(k, matrix.d);
            let Some(best) = best else { continue };
            let bic = best.bic(n);
            let is_known = n >= ROWS_A_PARAMETER * parameters;
            if is_known && found.information.is_none_or(|least| bic < least.0) {
                found.information = Some((bic, best.icl(matrix)));
            }
            if found.mixture.as_ref().is_none_or(|least| bic < least.bic(n)) {
                found.mixture = Some(best);
            }
        }
        found
    }

    /// The most likely mixture of a shape.
    fn best(&self, k: usize, starts: &[Vec<u32>], shape: Covariance) -> Option<Mixture> {
        const SHORT: u32 = 8;
        const FOLLOWED: usize = 2;
        let Self { matrix, spec, interrupt, .. } = *self;
        let regularization = spec.regularization.max(LEAST_VARIANCE);
        let short = Patience { max_iter: SHORT, tolerance: 1e-6, regularization };
        let long = Patience { max_iter: 200, tolerance: 1e-5, ..short };
        let followed = |labels: &[u32], patience| {
            mixture(matrix, k, labels, shape, patience, &mut interrupt.clone())
        };
        if let [only] = starts {
            return followed(only, long);
        }
        let mut tried: Vec<(f64, &[u32])> = starts
            .iter()
            .filter_map(|labels| Some((followed(labels, short)?.log_likelihood, &labels[..])))
            .collect();
        tried.sort_by(|a, b| b.0.total_cmp(&a.0));
        tried.dedup_by(|a, b| (a.0 - b.0).abs() <= 1e-6 * b.0.abs());
        let ends = tried.iter().take(FOLLOWED).filter_map(|(_, labels)| followed(labels, long));
        ends.max_by(|a, b| a.log_likelihood.total_cmp(&b.log_likelihood))
    }
}

/// Features, those first whose values alone split best.
fn by_splits(matrix: &Matrix) -> Vec<usize> {
    let column = |j: usize| matrix.rows().map(|row| row[j]).collect::<Vec<f64>>();
    let scores: Vec<f64> = (0..matrix.d).map(|j| split_score(&column(j))).collect();
    let mut ranked: Vec<usize> = (0..matrix.d).collect();
    ranked.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    ranked
}

/// How much better than a normal distribution the known values of a line fall into 2, 3 or 4 parts.
fn split_score(line: &[f64]) -> f64 {
    // What 2, 3 and 4 parts of a normal distribution leave out: 1 / 0.363, 1 / 0.190, 1 / 0.117 (Max 1960).
    const OF_NORMAL: [f64; 3] = [1.013, 1.661, 2.142];
    let mut ascending: Vec<f64> = line.iter().copied().filter(|x| !x.is_nan()).collect();
    ascending.sort_by(f64::total_cmp);
    let splits = column::splits(&ascending);
    splits.iter().zip(OF_NORMAL).map(|(s, normal)| s - normal).fold(f64::NEG_INFINITY, f64::max)
}

/// Rows along their principal axes, each with variance 1.
fn whitened(matrix: &Matrix) -> Matrix {
    let d = matrix.d;
    let (covariance, means) = covariance(matrix);
    let (values, axes) = eigen(covariance, d);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let kept: Vec<usize> = (0..d).filter(|&a| values[a] > 1e-9 * largest).collect();
    let score = |row: &[f64], a: usize| -> f64 {
        let axis = &axes[a * d..][..d];
        let along = row.iter().zip(&means).zip(axis).map(|((x, m), v)| (x - m) * v).sum::<f64>();
        along / values[a].sqrt()
    };
    let of_row = |row: &[f64]| kept.iter().map(|&a| score(row, a)).collect::<Vec<f64>>();
    Matrix::new(matrix.rows().flat_map(of_row).collect(), kept.len())
}
