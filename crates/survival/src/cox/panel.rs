use rayon::prelude::*;

use super::risk_sets::{Chunk, RiskSets};
use super::standard::{Standard, StandardColumn};
use crate::data::Data;

/// Sets with at least this many rows on average: rows of a set are far apart in the data, but the sets
/// are few enough for all to be written to at once.
const ROWS_PER_SET_TO_SCATTER: usize = 8;
const NOWHERE: u32 = u32::MAX;

/// Standardised covariates in the order of the risk sets, column by column.
pub(crate) struct Panel {
    /// Number of covariates.
    pub(crate) p: usize,
    columns: Vec<Vec<f64>>,
    pub(crate) offset: Option<Vec<f64>>,
    pub(crate) weights: Option<Vec<f64>>,
}

impl Panel {
    pub(crate) fn new(data: &Data<'_>, standard: &Standard, sets: &RiskSets) -> Self {
        let (p, n_rows) = (standard.columns.len(), sets.n_rows());
        let scatter = sets.n_sets() * ROWS_PER_SET_TO_SCATTER <= n_rows;
        let positions = scatter.then(|| positions(data.n(), &sets.order));
        let columns = standard.columns.par_iter().map(|column| {
            let mut values = vec![0.0; n_rows];
            fill(&mut values, column, data, sets, positions.as_deref());
            values
        });
        let columns = columns.collect();
        let gathered = |column: &[f64]| sets.order.iter().map(|&r| column[r as usize]).collect();
        Self { p, columns, offset: data.offset.map(gathered), weights: data.weights.map(gathered) }
    }

    /// Covariate `j` at all positions.
    #[inline]
    pub(crate) fn column(&self, j: usize) -> &[f64] {
        &self.columns[j]
    }

    /// Lets the other covariates go.
    pub(crate) fn keep(&mut self, kept: &[usize]) {
        self.columns = kept.iter().map(|&j| std::mem::take(&mut self.columns[j])).collect();
        self.p = kept.len();
    }

    /// The covariates alone, to be let go one by one.
    pub(crate) fn into_columns(self) -> Vec<Vec<f64>> {
        self.columns
    }

    pub(crate) fn weight(&self, position: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[position])
    }
}

fn fill(
    out: &mut [f64],
    column: &StandardColumn,
    data: &Data<'_>,
    sets: &RiskSets,
    positions: Option<&[u32]>,
) {
    let values = data.covariates[column.index].values;
    let factor = 1.0 / column.sd;
    let standardised = |x: f64| (x - column.mean) * factor;
    let Some(positions) = positions else {
        for (out, &row) in out.iter_mut().zip(&sets.order) {
            *out = standardised(values[row as usize]);
        }
        return;
    };
    for (&x, &position) in values.iter().zip(positions) {
        if position != NOWHERE {
            out[position as usize] = standardised(x);
        }
    }
}

/// Position of every row in the order.
fn positions(n: usize, order: &[u32]) -> Vec<u32> {
    let mut positions = vec![NOWHERE; n];
    for (position, &row) in (0..).zip(order) {
        positions[row as usize] = position;
    }
    positions
}

/// Splits a slice with one value for every row at the bounds of the chunks.
pub(crate) fn split_rows<'a>(mut values: &'a mut [f64], chunks: &[Chunk]) -> Vec<&'a mut [f64]> {
    let mut parts = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let (part, rest) = values.split_at_mut(chunk.rows.len());
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
