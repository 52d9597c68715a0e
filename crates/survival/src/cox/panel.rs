use rayon::prelude::*;

use super::risk_sets::{Chunk, RiskSets};
use super::standard::Standard;
use crate::data::Data;

/// Standardised covariates in the order of the risk sets. Every chunk holds its rows column by
/// column, so that a pass over a chunk reads one stretch of memory.
pub(crate) struct Panel {
    /// Number of covariates.
    pub(crate) p: usize,
    values: Vec<f64>,
    pub(crate) offset: Option<Vec<f64>>,
    pub(crate) weights: Option<Vec<f64>>,
    /// Last row of every chunk, for random access.
    chunk_ends: Vec<u32>,
}

impl Panel {
    pub(crate) fn new(data: &Data<'_>, standard: &Standard, sets: &RiskSets) -> Self {
        let p = standard.columns.len();
        let mut values = vec![0.0; p * sets.n_rows()];
        let parts = split_by_chunk(&mut values, &sets.chunks, p);
        parts.into_par_iter().zip(&sets.chunks).for_each(|(part, chunk)| {
            let rows = &sets.order[chunk.rows.clone()];
            for (column, out) in standard.columns.iter().zip(part.chunks_exact_mut(rows.len())) {
                let from = data.covariates[column.index].values;
                let factor = 1.0 / column.sd;
                for (out, &row) in out.iter_mut().zip(rows) {
                    *out = (from[row as usize] - column.mean) * factor;
                }
            }
        });
        let gathered = |column: &[f64]| sets.order.iter().map(|&r| column[r as usize]).collect();
        Self {
            p,
            values,
            offset: data.offset.map(gathered),
            weights: data.weights.map(gathered),
            chunk_ends: sets.chunks.iter().map(|c| c.rows.end as u32).collect(),
        }
    }

    /// Column `j` of a chunk.
    #[inline]
    pub(crate) fn column(&self, chunk: &Chunk, j: usize) -> &[f64] {
        let length = chunk.rows.len();
        &self.values[chunk.rows.start * self.p + j * length..][..length]
    }

    /// Covariate `j` at a position of the order.
    pub(crate) fn value(&self, position: usize, j: usize) -> f64 {
        let chunk = self.chunk_ends.partition_point(|&end| end as usize <= position);
        let begin = if chunk == 0 { 0 } else { self.chunk_ends[chunk - 1] as usize };
        let length = self.chunk_ends[chunk] as usize - begin;
        self.values[begin * self.p + j * length + position - begin]
    }

    pub(crate) fn weight(&self, position: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[position])
    }
}

/// Splits a slice with `width` values for every row at the bounds of the chunks.
pub(crate) fn split_by_chunk<'a>(
    mut values: &'a mut [f64],
    chunks: &[Chunk],
    width: usize,
) -> Vec<&'a mut [f64]> {
    let mut parts = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let (part, rest) = values.split_at_mut(chunk.rows.len() * width);
        parts.push(part);
        values = rest;
    }
    parts
}

/// Splits a slice with one value for every risk set at the bounds of the chunks.
pub(crate) fn split_sets<'a>(mut values: &'a mut [f64], chunks: &[Chunk]) -> Vec<&'a mut [f64]> {
    let mut parts = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let (part, rest) = values.split_at_mut(chunk.sets.len());
        parts.push(part);
        values = rest;
    }
    parts
}
