//! How well rows lie in their clusters.

use rayon::prelude::*;

use crate::matrix::{Matrix, pair_distance};

/// Distances of all pairs of rows: what every partition of them is judged by.
#[derive(Debug, Clone)]
pub(crate) struct Distances {
    n: usize,
    values: Vec<f64>,
}

impl Distances {
    /// Of all rows; n × n numbers.
    pub(crate) fn new(matrix: &Matrix) -> Self {
        let n = matrix.n();
        let mut values = vec![0.0; n * n];
        values.par_chunks_mut(n.max(1)).enumerate().for_each(|(row, to)| {
            let own = matrix.row(row);
            for (distance, other) in to.iter_mut().zip(matrix.rows()) {
                *distance = pair_distance(own, other).sqrt();
            }
        });
        Self { n, values }
    }

    fn of(&self, row: usize) -> &[f64] {
        &self.values[row * self.n..][..self.n]
    }
}

/// Mean silhouette width (Rousseeuw 1987) of the rows among themselves; rows without a label do not count, rows alone
/// in their cluster have 0. `None` with fewer than two clusters.
pub(crate) fn silhouette(distances: &Distances, labels: &[Option<u32>]) -> Option<f64> {
    let k = labels.iter().flatten().map(|label| *label as usize + 1).max()?;
    let mut counts = vec![0.0; k];
    for label in labels.iter().flatten() {
        counts[*label as usize] += 1.0;
    }
    if counts.iter().filter(|c| **c > 0.0).count() < 2 {
        return None;
    }
    let rows: Vec<(usize, usize)> = labels
        .iter()
        .enumerate()
        .filter_map(|(row, label)| label.map(|label| (row, label as usize)))
        .collect();
    let width = |&(row, own): &(usize, usize)| width(distances.of(row), own, labels, &counts);
    let widths: Vec<f64> = rows.par_iter().map(width).collect();
    Some(widths.iter().sum::<f64>() / widths.len() as f64)
}

fn width(distances: &[f64], own: usize, labels: &[Option<u32>], counts: &[f64]) -> f64 {
    if counts[own] < 2.0 {
        return 0.0;
    }
    let mut sums = vec![0.0; counts.len()];
    for (distance, label) in distances.iter().zip(labels) {
        if let Some(label) = label {
            sums[*label as usize] += distance;
        }
    }
    let inside = sums[own] / (counts[own] - 1.0);
    let others = (0..counts.len()).filter(|&c| c != own && counts[c] > 0.0);
    let nearest = others.map(|c| sums[c] / counts[c]).fold(f64::INFINITY, f64::min);
    let larger = inside.max(nearest);
    if larger > 0.0 { (nearest - inside) / larger } else { 0.0 }
}
