//! The gap statistic (Tibshirani, Walther & Hastie 2001): is the data more clustered than a box without
//! clusters?

use rayon::prelude::*;
use seedtest_numerics::{Stream, ln};

use crate::kmeans::{Effort, roughly};
use crate::matrix::Matrix;
use crate::principal::principal_axes;

/// Expected ln W − ln W and its standard error, for k = 1, 2 …
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Gap {
    pub(crate) gap: f64,
    pub(crate) se: f64,
}

/// Gaps for k = 1..=`inertias.len()`, of which `inertias` are the sums of squares W, from reference rows
/// uniform over a box along the principal axes.
pub(crate) fn gaps(
    matrix: &Matrix,
    inertias: &[f64],
    references: usize,
    effort: Effort<'_>,
) -> Vec<Gap> {
    let boxes: Vec<Vec<f64>> = (0..references as u64)
        .into_par_iter()
        .map(|number| {
            let reference = reference(matrix, effort.seed, number);
            (1..=inertias.len())
                .map(|k| ln(roughly(&reference, k, effort).inertia.max(f64::MIN_POSITIVE)))
                .collect()
        })
        .collect();
    let b = references as f64;
    (0..inertias.len())
        .map(|i| {
            let mean = boxes.iter().map(|v| v[i]).sum::<f64>() / b;
            let squares: f64 = boxes.iter().map(|v| (v[i] - mean) * (v[i] - mean)).sum();
            let observed = ln(inertias[i].max(f64::MIN_POSITIVE));
            Gap { gap: mean - observed, se: (squares / b * (1.0 + 1.0 / b)).sqrt() }
        })
        .collect()
}

/// Smallest k whose gap is within a standard error of that of k + 1.
pub(crate) fn first_within_one_se(gaps: &[Gap]) -> usize {
    let stops = |pair: &[Gap]| pair[0].gap >= pair[1].gap - pair[1].se;
    gaps.windows(2).position(stops).map_or(gaps.len(), |at| at + 1)
}

fn reference(matrix: &Matrix, seed: u64, number: u64) -> Matrix {
    const STREAMS: u64 = 1 << 62;
    let d = matrix.d;
    let (axes, means) = principal_axes(matrix);
    let mut low = vec![f64::INFINITY; d];
    let mut high = vec![f64::NEG_INFINITY; d];
    for row in matrix.rows() {
        for (a, axis) in axes.chunks_exact(d).enumerate() {
            // What is not known is at the mean.
            let part =
                |((x, m), v): ((&f64, &f64), &f64)| if x.is_nan() { 0.0 } else { (x - m) * v };
            let score: f64 = row.iter().zip(&means).zip(axis).map(part).sum();
            low[a] = low[a].min(score);
            high[a] = high[a].max(score);
        }
    }
    let mut stream = Stream::new(seed, STREAMS | number);
    let mut values = vec![0.0; matrix.values.len()];
    for (row, own) in values.chunks_exact_mut(d).zip(matrix.rows()) {
        for (a, axis) in axes.chunks_exact(d).enumerate() {
            let score = stream.uniform_in(low[a], high[a]);
            for (out, v) in row.iter_mut().zip(axis) {
                *out += score * v;
            }
        }
        // What a row does not know, the one in its place does not either.
        for (out, x) in row.iter_mut().zip(own) {
            *out = if x.is_nan() { f64::NAN } else { *out };
        }
    }
    Matrix::new(values, d)
}
