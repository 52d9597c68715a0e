//! How well rows lie in their clusters.

use rayon::prelude::*;

use crate::matrix::{Matrix, pair_distance};

/// Mean silhouette width (Rousseeuw 1987) of the rows `sampled`, among themselves; rows without a label do
/// not count, rows alone in their cluster have 0. `None` with fewer than two clusters.
pub(crate) fn silhouette(
    matrix: &Matrix,
    labels: &[Option<u32>],
    sampled: &[usize],
) -> Option<f64> {
    let rows: Vec<(usize, usize)> =
        sampled.iter().filter_map(|&i| labels[i].map(|label| (i, label as usize))).collect();
    let k = rows.iter().map(|r| r.1 + 1).max()?;
    let mut counts = vec![0.0; k];
    for &(_, label) in &rows {
        counts[label] += 1.0;
    }
    if counts.iter().filter(|c| **c > 0.0).count() < 2 {
        return None;
    }
    let widths: Vec<f64> = rows.par_iter().map(|&row| width(matrix, row, &rows, &counts)).collect();
    Some(widths.iter().sum::<f64>() / widths.len() as f64)
}

fn width(
    matrix: &Matrix,
    (row, own): (usize, usize),
    rows: &[(usize, usize)],
    counts: &[f64],
) -> f64 {
    if counts[own] < 2.0 {
        return 0.0;
    }
    let mut sums = vec![0.0; counts.len()];
    for &(other, label) in rows {
        sums[label] += pair_distance(matrix.row(row), matrix.row(other)).sqrt();
    }
    let inside = sums[own] / (counts[own] - 1.0);
    let others = (0..counts.len()).filter(|&c| c != own && counts[c] > 0.0);
    let nearest = others.map(|c| sums[c] / counts[c]).fold(f64::INFINITY, f64::min);
    let larger = inside.max(nearest);
    if larger > 0.0 { (nearest - inside) / larger } else { 0.0 }
}
