//! Conditional variance of the random part of every row's linear predictor.

use rayon::prelude::*;

use super::conditional::Blocks;
use super::factor::Factor;
use super::rows::Rows;
use crate::tiles::TileMatrix;

/// zᵀΛM⁻¹Λᵀz of every sorted row.
pub(crate) fn leverages(rows: &Rows, factor: &Factor, covariance: &TileMatrix) -> Vec<f64> {
    let chunks: Vec<Vec<f64>> = rows
        .chunks
        .par_iter()
        .map(|levels| {
            let mut blocks = Blocks::new(rows.k);
            let mut out = Vec::new();
            for level in levels.clone() {
                let own = blocks.own(rows, factor, covariance, level);
                let first = rows.slots(level).start;
                let of_rows = rows.level_rows(level);
                out.extend(
                    of_rows.map(|row| leverage(rows, &blocks, covariance, &own, first, row)),
                );
            }
            out
        })
        .collect();
    chunks.concat()
}

fn leverage(
    rows: &Rows,
    blocks: &Blocks,
    covariance: &TileMatrix,
    own: &[f64],
    first: usize,
    row: usize,
) -> f64 {
    let k = rows.k;
    let z = &rows.z[row * k..][..k];
    let mut sum = 0.0;
    for i in 0..k {
        for j in 0..k {
            sum += z[i] * own[i * k + j] * z[j];
        }
    }
    let slots = &rows.row_slots[row * rows.rest.len()..][..rows.rest.len()];
    for (g, (group, &slot)) in rows.rest.iter().zip(slots).enumerate() {
        let at = slot as usize - first;
        let column = group.first + group.codes[row] as usize * group.k;
        for (b, value) in group.z[row * group.k..][..group.k].iter().enumerate() {
            let crossed = &blocks.crossed[(at + b) * k..][..k];
            let shared: f64 = z.iter().zip(crossed).map(|(z, x)| z * x).sum();
            sum -= 2.0 * shared * value;
            for (h, other) in rows.rest[..=g].iter().enumerate() {
                let to = other.first + other.codes[row] as usize * other.k;
                let twice = if h == g { 1.0 } else { 2.0 };
                for (a, theirs) in other.z[row * other.k..][..other.k].iter().enumerate() {
                    sum += twice * value * theirs * covariance.at(column + b, to + a);
                }
            }
        }
    }
    sum
}
