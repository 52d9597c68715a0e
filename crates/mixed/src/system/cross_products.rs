//! Cross-products of the model's columns: all that a linear mixed model needs of its rows.

use rayon::prelude::*;

use super::rows::Rows;
use crate::tiles::TileMatrix;

/// ZᵀWZ, ZᵀW[X y] and [X y]ᵀW[X y], in the blocks of the system.
///
/// "Fixed" columns are those of X and, last, the response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CrossProducts {
    /// Of the largest factor with itself: k × k for every level.
    pub(crate) own: Vec<f64>,
    /// Of the largest factor with the fixed columns: k × (p + 1) for every level.
    pub(crate) own_fixed: Vec<f64>,
    /// Of the largest factor with the rest: k for every slot.
    pub(crate) own_rest: Vec<f64>,
    /// Of the rest with itself.
    pub(crate) rest: TileMatrix,
    /// Of the rest with the fixed columns: q × (p + 1), row-major.
    pub(crate) rest_fixed: Vec<f64>,
    /// Of the fixed columns with themselves.
    pub(crate) fixed: Vec<f64>,
}

/// The parts of a chunk of levels.
struct Chunk<'a> {
    levels: std::ops::Range<usize>,
    own: &'a mut [f64],
    own_fixed: &'a mut [f64],
    own_rest: &'a mut [f64],
}

impl CrossProducts {
    /// `weights` of the sorted rows; `weighted_response` is the response times the weight, in any
    /// meaning whose cross-product with Z is wanted, `square` its cross-product with itself.
    pub(crate) fn new(
        rows: &Rows,
        weights: &[f64],
        weighted_response: &[f64],
        square: f64,
    ) -> Self {
        let c = rows.p + 1;
        let levels = rows.n_levels();
        let mut out = Self {
            own: vec![0.0; levels * rows.k * rows.k],
            own_fixed: vec![0.0; levels * rows.k * c],
            own_rest: vec![0.0; rows.slot_columns.len() * rows.k],
            rest: TileMatrix::zeros(&rows.pattern),
            rest_fixed: vec![0.0; rows.q * c],
            fixed: vec![0.0; c * c],
        };
        out.fill(rows, weights, weighted_response, square);
        out
    }

    /// Computes everything anew with other weights.
    pub(crate) fn fill(
        &mut self,
        rows: &Rows,
        weights: &[f64],
        weighted_response: &[f64],
        square: f64,
    ) {
        let c = rows.p + 1;
        let chunks = self.chunks(rows);
        let sums: Vec<Vec<f64>> = chunks
            .into_par_iter()
            .map(|mut chunk| {
                let mut fixed = vec![0.0; c * c];
                for (at, level) in chunk.levels.clone().enumerate() {
                    chunk.level(rows, at, level, weights, weighted_response);
                    add_fixed(rows, level, weights, weighted_response, &mut fixed);
                }
                fixed
            })
            .collect();
        self.fixed.fill(0.0);
        for sum in sums {
            for (total, x) in self.fixed.iter_mut().zip(sum) {
                *total += x;
            }
        }
        self.fixed[c * c - 1] = square;
        for i in 0..c {
            for j in 0..i {
                self.fixed[j * c + i] = self.fixed[i * c + j];
            }
        }
        self.fill_rest(rows, weights, weighted_response);
    }

    fn chunks<'a>(&'a mut self, rows: &Rows) -> Vec<Chunk<'a>> {
        let (k, c) = (rows.k, rows.p + 1);
        let (mut own, mut own_fixed, mut own_rest) =
            (self.own.as_mut_slice(), self.own_fixed.as_mut_slice(), self.own_rest.as_mut_slice());
        let mut chunks = Vec::with_capacity(rows.chunks.len());
        for levels in &rows.chunks {
            let slots = rows.slot_starts[levels.end] - rows.slot_starts[levels.start];
            let (a, b, r);
            (a, own) = own.split_at_mut(levels.len() * k * k);
            (b, own_fixed) = own_fixed.split_at_mut(levels.len() * k * c);
            (r, own_rest) = own_rest.split_at_mut(slots as usize * k);
            chunks.push(Chunk { levels: levels.clone(), own: a, own_fixed: b, own_rest: r });
        }
        chunks
    }

    fn fill_rest(&mut self, rows: &Rows, weights: &[f64], weighted_response: &[f64]) {
        let (p, c) = (rows.p, rows.p + 1);
        self.rest.tiles.iter_mut().for_each(|tile| tile.fill(0.0));
        self.rest_fixed.fill(0.0);
        for (g, group) in rows.rest.iter().enumerate() {
            for (row, &weight) in weights.iter().enumerate() {
                let column = group.first + group.codes[row] as usize * group.k;
                let z = &group.z[row * group.k..][..group.k];
                let x = &rows.x[row * p..][..p];
                for (a, &value) in z.iter().enumerate() {
                    let out = &mut self.rest_fixed[(column + a) * c..][..c];
                    for (out, x) in out.iter_mut().zip(x) {
                        *out += weight * value * x;
                    }
                    out[p] += value * weighted_response[row];
                    for (b, other) in z[..=a].iter().enumerate() {
                        self.rest.add(column + a, column + b, weight * value * other);
                    }
                }
                for other in &rows.rest[..g] {
                    let to = other.first + other.codes[row] as usize * other.k;
                    let other = &other.z[row * other.k..][..other.k];
                    for (a, &value) in z.iter().enumerate() {
                        for (b, other) in other.iter().enumerate() {
                            self.rest.add(column + a, to + b, weight * value * other);
                        }
                    }
                }
            }
        }
    }
}

impl Chunk<'_> {
    fn level(
        &mut self,
        rows: &Rows,
        at: usize,
        level: usize,
        weights: &[f64],
        weighted_response: &[f64],
    ) {
        let (k, p, c) = (rows.k, rows.p, rows.p + 1);
        let first_slot = rows.slot_starts[self.levels.start] as usize;
        let own = &mut self.own[at * k * k..][..k * k];
        let own_fixed = &mut self.own_fixed[at * k * c..][..k * c];
        let slots = rows.slots(level);
        own.fill(0.0);
        own_fixed.fill(0.0);
        self.own_rest[(slots.start - first_slot) * k..(slots.end - first_slot) * k].fill(0.0);
        for row in rows.level_rows(level) {
            let weight = weights[row];
            let z = &rows.z[row * k..][..k];
            let x = &rows.x[row * p..][..p];
            for (a, &value) in z.iter().enumerate() {
                for (b, other) in z.iter().enumerate() {
                    own[a * k + b] += weight * value * other;
                }
                let out = &mut own_fixed[a * c..][..c];
                for (out, x) in out.iter_mut().zip(x) {
                    *out += weight * value * x;
                }
                out[p] += value * weighted_response[row];
            }
            let row_slots = &rows.row_slots[row * rows.rest.len()..][..rows.rest.len()];
            for (group, &slot) in rows.rest.iter().zip(row_slots) {
                let at = slot as usize - first_slot;
                for (b, other) in group.z[row * group.k..][..group.k].iter().enumerate() {
                    let out = &mut self.own_rest[(at + b) * k..][..k];
                    for (out, value) in out.iter_mut().zip(z) {
                        *out += weight * value * other;
                    }
                }
            }
        }
    }
}

/// Adds the rows of a level to the cross-products of the fixed columns, lower triangle.
fn add_fixed(
    rows: &Rows,
    level: usize,
    weights: &[f64],
    weighted_response: &[f64],
    fixed: &mut [f64],
) {
    let (p, c) = (rows.p, rows.p + 1);
    for row in rows.level_rows(level) {
        let x = &rows.x[row * p..][..p];
        for (i, &value) in x.iter().enumerate() {
            for (out, other) in fixed[i * c..].iter_mut().zip(&x[..=i]) {
                *out += weights[row] * value * other;
            }
            fixed[p * c + i] += value * weighted_response[row];
        }
    }
}
