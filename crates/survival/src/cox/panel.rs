//! Standardised covariates in the order of the risk sets.

use crate::data::Data;
use crate::risk_sets::{Chunk, RiskSets};
use crate::standard::{Standard, StandardColumn};
use crate::tasks::map_columns;

/// Sets with at least this many rows on average: rows of a set are far apart in the data, but the sets
/// are few enough for all to be written to at once.
const ROWS_PER_SET_TO_SCATTER: usize = 8;
const NOWHERE: u32 = u32::MAX;

/// Standardised covariates in the order of the risk sets, column by column.
pub(crate) struct Panel {
    /// Number of covariates.
    pub(crate) p: usize,
    n_rows: usize,
    /// One column after the other in a single piece, which the system takes back when it shrinks.
    values: Vec<f64>,
    pub(crate) offset: Option<Vec<f64>>,
    pub(crate) weights: Option<Vec<f64>>,
}

impl Panel {
    pub(crate) fn new(data: &Data<'_>, standard: &Standard, sets: &RiskSets) -> Self {
        let (p, n_rows) = (standard.columns.len(), sets.n_rows());
        let scatter = sets.n_sets() * ROWS_PER_SET_TO_SCATTER <= n_rows;
        let positions = scatter.then(|| positions(data.n(), &sets.order));
        let mut values = vec![0.0; p * n_rows];
        let columns = values.chunks_exact_mut(n_rows.max(1)).zip(&standard.columns);
        map_columns(columns, n_rows, |(out, column)| {
            fill(out, column, data, sets, positions.as_deref());
        });
        let gathered = |column: &[f64]| sets.order.iter().map(|&r| column[r as usize]).collect();
        Self {
            p,
            n_rows,
            values,
            offset: data.offset.map(gathered),
            weights: data.weights.map(gathered),
        }
    }

    /// Covariate `j` at all positions.
    #[inline]
    pub(crate) fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.n_rows..(j + 1) * self.n_rows]
    }

    /// Lets the other covariates go; `kept` is increasing.
    pub(crate) fn keep(&mut self, kept: &[usize]) {
        for (to, &from) in kept.iter().enumerate() {
            let column = from * self.n_rows..(from + 1) * self.n_rows;
            self.values.copy_within(column, to * self.n_rows);
        }
        self.truncate(kept.len());
    }

    /// Lets the covariates from `p` on go.
    pub(crate) fn truncate(&mut self, p: usize) {
        self.values.truncate(p * self.n_rows);
        self.values.shrink_to_fit();
        self.p = p;
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
