//! Whether clusters come back when the rows are drawn again.

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Stream};

use crate::covariance::Components;
use crate::kmeans::{Effort, roughly};
use crate::matrix::Matrix;
use crate::mixture::{Mixture, Patience, mixture};
use crate::nearest::Centres;
use crate::spec::Spec;

/// Mean Jaccard similarity of each of `k` clusters to the most similar one of k-means on bootstrap samples
/// of the rows (Hennig 2007): 0.75 and more is stable, below 0.6 is not to be trusted.
pub(crate) fn stability(
    matrix: &Matrix,
    labels: &[Option<u32>],
    k: usize,
    samples: usize,
    effort: Effort<'_>,
) -> Vec<f64> {
    const STREAMS: u64 = 1 << 61;
    let n = matrix.n();
    let found: Vec<Vec<f64>> = (0..samples as u64)
        .into_par_iter()
        .map(|number| {
            let mut stream = Stream::new(effort.seed, STREAMS | (k as u64) << 32 | number);
            let drawn: Vec<usize> = (0..n).map(|_| stream.below(n as u64) as usize).collect();
            let again = roughly(&matrix.chosen(drawn.into_iter()), k, effort);
            let centres = Centres::new(&again.centres);
            let other: Vec<u32> = matrix.rows().map(|x| centres.nearest(x).centre).collect();
            best_overlaps(labels, &other, k)
        })
        .collect();
    let mean = |c: usize| found.iter().map(|f| f[c]).sum::<f64>() / samples.max(1) as f64;
    (0..k).map(mean).collect()
}

/// The same of the clusters of a mixture, fitted to each sample again from where it was.
pub(crate) fn stability_of_mixture(
    matrix: &Matrix,
    labels: &[u32],
    found: &Mixture,
    spec: &Spec,
    interrupt: &Interrupt,
) -> Vec<f64> {
    const STREAMS: u64 = 7 << 60;
    let n = matrix.n();
    let Components { shape, .. } = found.components;
    let k = found.components.k();
    let patience = Patience { max_iter: 50, tolerance: 1e-5, regularization: found.regularization };
    let own: Vec<Option<u32>> = labels.iter().map(|&l| Some(l)).collect();
    let samples = spec.bootstraps;
    let overlaps: Vec<Vec<f64>> = (0..samples as u64)
        .into_par_iter()
        .map(|number| {
            let mut stream = Stream::new(spec.seed, STREAMS | (k as u64) << 32 | number);
            let drawn: Vec<usize> = (0..n).map(|_| stream.below(n as u64) as usize).collect();
            let start: Vec<u32> = drawn.iter().map(|&i| labels[i]).collect();
            let sample = matrix.chosen(drawn.into_iter());
            let again = mixture(&sample, k, &start, shape, patience, &mut interrupt.clone());
            again.map_or_else(|| vec![0.0; k], |m| best_overlaps(&own, &m.labels(matrix), k))
        })
        .collect();
    let mean = |c: usize| overlaps.iter().map(|f| f[c]).sum::<f64>() / samples.max(1) as f64;
    (0..k).map(mean).collect()
}

fn best_overlaps(labels: &[Option<u32>], other: &[u32], k: usize) -> Vec<f64> {
    let mut both = vec![0.0; k * k];
    let mut here = vec![0.0; k];
    let mut there = vec![0.0; k];
    for (label, &other) in labels.iter().zip(other) {
        there[other as usize] += 1.0;
        if let Some(label) = label {
            here[*label as usize] += 1.0;
            both[*label as usize * k + other as usize] += 1.0;
        }
    }
    let jaccard = |a: usize, b: usize| {
        let shared = both[a * k + b];
        shared / f64::max(here[a] + there[b] - shared, 1.0)
    };
    (0..k).map(|a| (0..k).map(|b| jaccard(a, b)).fold(0.0, f64::max)).collect()
}
