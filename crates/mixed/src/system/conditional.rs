//! Conditional covariances of the random effects given the response.

use rayon::prelude::*;

use super::factor::Factor;
use super::rows::Rows;
use super::small;
use crate::tiles::TileMatrix;

/// Covariance of the effects of each level given the response, times 1/σ², the fixed effects taken as
/// known: `k`² entries for every level, by group in the order of the system.
pub(crate) fn conditional_covariances(
    rows: &Rows,
    factor: &Factor,
    covariance: &TileMatrix,
) -> Vec<Vec<f64>> {
    let chunks: Vec<Vec<f64>> = rows
        .chunks
        .par_iter()
        .map(|levels| {
            let mut blocks = Blocks::new(rows.k);
            levels.clone().flat_map(|level| blocks.own(rows, factor, covariance, level)).collect()
        })
        .collect();
    let mut out = vec![chunks.concat()];
    for group in &rows.rest {
        let k = group.k;
        let mut blocks = Vec::with_capacity(group.n_levels * k * k);
        for level in 0..group.n_levels {
            let first = group.first + level * k;
            for i in 0..k {
                blocks.extend((0..k).map(|j| covariance.at(first + i, first + j)));
            }
        }
        out.push(blocks);
    }
    out
}

/// Scratch for the blocks of the largest factor.
pub(crate) struct Blocks {
    k: usize,
    half: Vec<f64>,
    /// L⁻¹Tᵀ transposed times its share of every slot.
    pub(crate) explained: Vec<f64>,
    /// Minus the conditional covariance of the level's effects with the rest's, for every slot.
    pub(crate) crossed: Vec<f64>,
}

impl Blocks {
    pub(crate) fn new(k: usize) -> Self {
        Self { k, half: vec![0.0; k * k], explained: Vec::new(), crossed: Vec::new() }
    }

    /// Conditional covariance of the effects of a level of the largest factor.
    pub(crate) fn own(
        &mut self,
        rows: &Rows,
        factor: &Factor,
        covariance: &TileMatrix,
        level: usize,
    ) -> Vec<f64> {
        let k = self.k;
        factor.half(k, level, &mut self.half);
        let slots = rows.slots(level);
        let columns = &rows.slot_columns[slots.clone()];
        self.explained.resize(columns.len() * k, 0.0);
        self.crossed.resize(columns.len() * k, 0.0);
        for (out, u) in self
            .explained
            .chunks_exact_mut(k)
            .zip(factor.own_rest[slots.start * k..slots.end * k].chunks_exact(k))
        {
            small::multiply_transposed(&self.half, u, k, 1, out);
        }
        covariance.times(columns, &self.explained, k, &mut self.crossed);
        let mut out = vec![0.0; k * k];
        small::multiply_transposed(&self.half, &self.half, k, k, &mut out);
        let pairs = self.explained.chunks_exact(k).zip(self.crossed.chunks_exact(k));
        for (x, xb) in pairs {
            for i in 0..k {
                for j in 0..k {
                    out[i * k + j] += xb[i] * x[j];
                }
            }
        }
        out
    }
}
