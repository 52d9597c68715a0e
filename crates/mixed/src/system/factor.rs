//! Elimination of the largest grouping factor, level by level, and the factor of what remains.

use std::sync::Arc;

use rayon::prelude::*;
use seedtest_numerics::ln;

use super::cross_products::CrossProducts;
use super::rows::Rows;
use super::small;
use crate::tiles::{NotPositiveDefinite, Pattern, TileCholesky, TileMatrix};

/// The penalised system M = ΛᵀZᵀWZΛ + I at one Λ, factored.
///
/// With Σ = W⁻¹ + ZΛΛᵀZᵀ everything a likelihood needs is made of products with Σ⁻¹, which come from
/// the cross-products by block elimination.
#[derive(Debug, Clone)]
pub(crate) struct Factor {
    /// Relative covariance factors T, in the order of the system.
    pub(crate) factors: Vec<Vec<f64>>,
    /// L⁻¹ of every level of the largest factor, LLᵀ being its block of M.
    pub(crate) inverse: Vec<f64>,
    /// L⁻¹Tᵀ(ZᵀW[X y]) of every level.
    pub(crate) own_fixed: Vec<f64>,
    /// L⁻¹Tᵀ(ZᵀWZ_rest) of every slot.
    pub(crate) own_rest: Vec<f64>,
    /// Cross-products of the rest without what the largest factor explains.
    pub(crate) rest: TileMatrix,
    /// Those of the rest with the fixed columns.
    pub(crate) rest_fixed: Vec<f64>,
    /// Factor of the rest's block of M after elimination.
    pub(crate) cholesky: TileCholesky,
    /// `cholesky`⁻¹ΛᵀZ_restᵀ…[X y].
    pub(crate) solved: Vec<f64>,
    /// ln det M.
    pub(crate) log_determinant: f64,
    /// [X y]ᵀΣ⁻¹[X y].
    pub(crate) fixed: Vec<f64>,
}

/// Results of a chunk of levels.
struct Chunk {
    inverse: Vec<f64>,
    own_fixed: Vec<f64>,
    own_rest: Vec<f64>,
    log_determinant: f64,
    fixed: Vec<f64>,
    /// What the chunk takes from the rest, where that is a single tile.
    rest: Option<Rest>,
}

struct Rest {
    tile: Vec<f64>,
    fixed: Vec<f64>,
}

impl Factor {
    /// Fails as if it were not positive definite when the fit is interrupted: a search looks for that.
    pub(crate) fn new(
        rows: &Rows,
        products: &CrossProducts,
        factors: Vec<Vec<f64>>,
    ) -> Result<Self, NotPositiveDefinite> {
        let c = rows.p + 1;
        let chunks: Vec<Option<Chunk>> = rows
            .chunks
            .par_iter()
            .map(|levels| {
                rows.allowance.interrupt.check().ok()?;
                Chunk::new(rows, products, &factors[0], levels.clone())
            })
            .collect();
        let mut out = Gathered {
            inverse: Vec::with_capacity(products.own.len()),
            own_fixed: Vec::with_capacity(products.own_fixed.len()),
            own_rest: Vec::with_capacity(products.own_rest.len()),
            log_determinant: 0.0,
            fixed: products.fixed.clone(),
            rest: products.rest.clone(),
            rest_fixed: products.rest_fixed.clone(),
        };
        for chunk in chunks {
            out.add(rows, chunk.ok_or(NotPositiveDefinite { row: 0 })?);
        }
        if rows.pattern.count > 1 {
            out.eliminate_by_tile_rows(rows);
        }
        let scaled = scaled(rows, &out.rest, &factors);
        let cholesky = TileCholesky::new(scaled, &rows.allowance.interrupt)?;
        let mut solved = out.rest_fixed.clone();
        transpose_scale(rows, &factors, &mut solved, c);
        cholesky.solve_lower(&mut solved, c);
        for row in solved.chunks_exact(c) {
            subtract_outer(&mut out.fixed, row, c);
        }
        let log_determinant = out.log_determinant + cholesky.log_determinant();
        Ok(Self {
            factors,
            inverse: out.inverse,
            own_fixed: out.own_fixed,
            own_rest: out.own_rest,
            rest: out.rest,
            rest_fixed: out.rest_fixed,
            cholesky,
            solved,
            log_determinant,
            fixed: out.fixed,
        })
    }

    /// L⁻¹Tᵀ of a level of the largest factor.
    pub(crate) fn half(&self, k: usize, level: usize, out: &mut [f64]) {
        let t = &self.factors[0];
        let inverse = &self.inverse[level * k * k..][..k * k];
        for i in 0..k {
            for j in 0..k {
                out[i * k + j] = (0..k).map(|l| inverse[i * k + l] * t[j * k + l]).sum();
            }
        }
    }

    /// M⁻¹g in place: `own` holds k entries for every level of the largest factor, `rest` the others.
    pub(crate) fn solve(&self, rows: &Rows, own: &mut [f64], rest: &mut [f64]) {
        let k = rows.k;
        let mut taken = vec![0.0; rows.q];
        for (level, g) in own.chunks_exact_mut(k).enumerate() {
            let inverse = &self.inverse[level * k * k..][..k * k];
            for i in (0..k).rev() {
                g[i] = (0..=i).map(|l| inverse[i * k + l] * g[l]).sum();
            }
            for slot in rows.slots(level) {
                let u = &self.own_rest[slot * k..][..k];
                let dot: f64 = u.iter().zip(g.iter()).map(|(u, g)| u * g).sum();
                taken[rows.slot_columns[slot] as usize] += dot;
            }
        }
        transpose_scale(rows, &self.factors, &mut taken, 1);
        for (g, taken) in rest.iter_mut().zip(&taken) {
            *g -= taken;
        }
        self.cholesky.solve_lower(rest, 1);
        self.cholesky.solve_upper(rest, 1);
        let mut scaled = rest.to_vec();
        scale(rows, &self.factors, &mut scaled, 1);
        for (level, g) in own.chunks_exact_mut(k).enumerate() {
            for slot in rows.slots(level) {
                let value = scaled[rows.slot_columns[slot] as usize];
                for (g, u) in g.iter_mut().zip(&self.own_rest[slot * k..][..k]) {
                    *g -= u * value;
                }
            }
            let inverse = &self.inverse[level * k * k..][..k * k];
            for i in 0..k {
                g[i] = (i..k).map(|l| inverse[l * k + i] * g[l]).sum();
            }
        }
    }
}

struct Gathered {
    inverse: Vec<f64>,
    own_fixed: Vec<f64>,
    own_rest: Vec<f64>,
    log_determinant: f64,
    fixed: Vec<f64>,
    rest: TileMatrix,
    rest_fixed: Vec<f64>,
}

impl Gathered {
    fn add(&mut self, rows: &Rows, chunk: Chunk) {
        self.inverse.extend(chunk.inverse);
        self.own_fixed.extend(chunk.own_fixed);
        self.own_rest.extend(chunk.own_rest);
        self.log_determinant += chunk.log_determinant;
        for (total, x) in self.fixed.iter_mut().zip(&chunk.fixed) {
            *total -= x;
        }
        let Some(rest) = chunk.rest else { return };
        for (total, x) in self.rest_fixed.iter_mut().zip(&rest.fixed) {
            *total -= x;
        }
        let size = rows.pattern.size;
        let tile = &mut self.rest.tiles[0];
        for i in 0..rows.q {
            for j in 0..=i {
                tile[i * size + j] -= rest.tile[i * size + j];
                tile[j * size + i] = tile[i * size + j];
            }
        }
    }

    /// Takes what the largest factor explains from a rest of many tiles. Every thread owns rows of
    /// tiles and goes through all levels in order.
    fn eliminate_by_tile_rows(&mut self, rows: &Rows) {
        let (k, c, size) = (rows.k, rows.p + 1, rows.pattern.size);
        let mut tiles = self.rest.tiles.as_mut_slice();
        let mut parts = Vec::with_capacity(rows.pattern.count);
        for i in 0..rows.pattern.count {
            let own;
            (own, tiles) = tiles.split_at_mut(rows.pattern.row(i).len());
            parts.push(own);
        }
        let fixed = self.rest_fixed.par_chunks_mut(size * c);
        let (own_rest, own_fixed) = (&self.own_rest, &self.own_fixed);
        parts.into_par_iter().zip(fixed).enumerate().for_each(|(ti, (tiles, fixed))| {
            let row = TileRow::new(&rows.pattern, ti);
            for level in 0..rows.n_levels() {
                let slots = rows.slots(level);
                let columns = &rows.slot_columns[slots.clone()];
                let u = &own_rest[slots.start * k..slots.end * k];
                let fixed_part = &own_fixed[level * k * c..][..k * c];
                row.eliminate(k, c, columns, u, fixed_part, tiles, fixed);
            }
        });
    }
}

/// A row of tiles of the rest.
struct TileRow<'a> {
    pattern: &'a Pattern,
    index: usize,
    first: usize,
}

impl<'a> TileRow<'a> {
    fn new(pattern: &'a Arc<Pattern>, index: usize) -> Self {
        Self { pattern, index, first: pattern.row(index).start }
    }

    #[allow(clippy::too_many_arguments)] // the parts of one level
    fn eliminate(
        &self,
        k: usize,
        c: usize,
        columns: &[u32],
        u: &[f64],
        own_fixed: &[f64],
        tiles: &mut [Vec<f64>],
        fixed: &mut [f64],
    ) {
        let size = self.pattern.size;
        let low = (self.index * size) as u32;
        let from = columns.partition_point(|&column| column < low);
        let to = columns.partition_point(|&column| column < low + size as u32);
        if from == to {
            return;
        }
        for s in from..to {
            let r = columns[s] as usize - low as usize;
            let own = &u[s * k..][..k];
            for (w, out) in fixed[r * c..][..c].iter_mut().enumerate() {
                *out -= (0..k).map(|a| own[a] * own_fixed[a * c + w]).sum::<f64>();
            }
        }
        let mut t = 0;
        while t < to {
            // Columns of one tile follow one another.
            let tile_column = columns[t] as usize / size;
            let end = ((tile_column + 1) * size) as u32;
            let until = t + columns[t..to].partition_point(|&column| column < end);
            let tile = &mut tiles[self.pattern.position(self.index, tile_column) - self.first];
            for s in from..to {
                let r = columns[s] as usize - low as usize;
                let row = &mut tile[r * size..][..size];
                let own = &u[s * k..][..k];
                for other in t..until {
                    let column = columns[other] as usize - tile_column * size;
                    let theirs = &u[other * k..][..k];
                    row[column] -= own.iter().zip(theirs).map(|(x, y)| x * y).sum::<f64>();
                }
            }
            t = until;
        }
    }
}

impl Chunk {
    fn new(
        rows: &Rows,
        products: &CrossProducts,
        t: &[f64],
        levels: std::ops::Range<usize>,
    ) -> Option<Self> {
        let (k, c) = (rows.k, rows.p + 1);
        let slots = rows.slot_starts[levels.end] as usize - rows.slot_starts[levels.start] as usize;
        let size = rows.pattern.size;
        let mut chunk = Self {
            inverse: vec![0.0; levels.len() * k * k],
            own_fixed: vec![0.0; levels.len() * k * c],
            own_rest: vec![0.0; slots * k],
            log_determinant: 0.0,
            fixed: vec![0.0; c * c],
            rest: (rows.pattern.count == 1)
                .then(|| Rest { tile: vec![0.0; size * size], fixed: vec![0.0; rows.q * c] }),
        };
        // Known sizes become unrolled loops.
        let done = match k {
            1 => chunk.fill(1, rows, products, t, levels),
            2 => chunk.fill(2, rows, products, t, levels),
            3 => chunk.fill(3, rows, products, t, levels),
            _ => chunk.fill(k, rows, products, t, levels),
        };
        done.then_some(chunk)
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // so that loops over a known size are unrolled
    fn fill(
        &mut self,
        k: usize,
        rows: &Rows,
        products: &CrossProducts,
        t: &[f64],
        levels: std::ops::Range<usize>,
    ) -> bool {
        let c = rows.p + 1;
        let first_slot = rows.slot_starts[levels.start] as usize;
        let (mut block, mut half) = (vec![0.0; k * k], vec![0.0; k * k]);
        for (at, level) in levels.enumerate() {
            let own = &products.own[level * k * k..][..k * k];
            small::multiply_transposed(t, own, k, k, &mut half);
            small::multiply(&half, t, k, k, &mut block);
            for i in 0..k {
                block[i * k + i] += 1.0;
            }
            if !small::cholesky(&mut block, k) {
                return false;
            }
            let root: f64 = (0..k).map(|i| block[i * k + i]).product();
            self.log_determinant += 2.0 * ln(root);
            let inverse = &mut self.inverse[at * k * k..][..k * k];
            small::invert_lower(&block, k, inverse);
            for i in 0..k {
                for j in 0..k {
                    half[i * k + j] = (0..k).map(|l| inverse[i * k + l] * t[j * k + l]).sum();
                }
            }
            let fixed = &products.own_fixed[level * k * c..][..k * c];
            small::multiply(&half, fixed, k, c, &mut self.own_fixed[at * k * c..][..k * c]);
            let slots = rows.slots(level);
            for slot in slots.clone() {
                let value = &products.own_rest[slot * k..][..k];
                let out = &mut self.own_rest[(slot - first_slot) * k..][..k];
                small::multiply(&half, value, k, 1, out);
            }
            let own_fixed = &self.own_fixed[at * k * c..][..k * c];
            for row in own_fixed.chunks_exact(c) {
                add_outer(&mut self.fixed, row, c);
            }
            if let Some(rest) = &mut self.rest {
                let columns = &rows.slot_columns[slots.clone()];
                let u =
                    &self.own_rest[(slots.start - first_slot) * k..(slots.end - first_slot) * k];
                rest.add(k, c, rows.pattern.size, columns, u, own_fixed);
            }
        }
        true
    }
}

impl Rest {
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that loops over a known size are unrolled
    fn add(
        &mut self,
        k: usize,
        c: usize,
        size: usize,
        columns: &[u32],
        u: &[f64],
        own_fixed: &[f64],
    ) {
        for (s, &column) in columns.iter().enumerate() {
            let own = &u[s * k..][..k];
            let out = &mut self.fixed[column as usize * c..][..c];
            for (w, out) in out.iter_mut().enumerate() {
                *out += (0..k).map(|a| own[a] * own_fixed[a * c + w]).sum::<f64>();
            }
            let row = &mut self.tile[column as usize * size..][..size];
            for (&other, theirs) in columns[..=s].iter().zip(u.chunks_exact(k)) {
                row[other as usize] += own.iter().zip(theirs).map(|(x, y)| x * y).sum::<f64>();
            }
        }
    }
}

/// ΛᵀEΛ + I for the rest.
fn scaled(rows: &Rows, rest: &TileMatrix, factors: &[Vec<f64>]) -> TileMatrix {
    let mut out = sandwiched(rows, rest, factors, Side::Transposed);
    let size = rows.pattern.size;
    for i in 0..rows.q {
        let tile = &mut out.tiles[rows.pattern.position(i / size, i / size)];
        tile[(i % size) * size + i % size] += 1.0;
    }
    out
}

/// Which side of a symmetric matrix has the transposed factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// ΛᵀEΛ.
    Transposed,
    /// ΛEΛᵀ.
    Plain,
}

/// The rest's matrix between the factors of its levels.
pub(crate) fn sandwiched(
    rows: &Rows,
    matrix: &TileMatrix,
    factors: &[Vec<f64>],
    side: Side,
) -> TileMatrix {
    let pattern = &rows.pattern;
    let size = pattern.size;
    if rows.rest.iter().all(|group| group.k == 1) {
        return scaled_by_numbers(rows, matrix, factors);
    }
    let tiles = pattern.kept.par_iter().enumerate().map(|(at, &(ti, tj))| {
        let mut out = vec![0.0; size * size];
        for r in 0..size.min(rows.q - ti * size) {
            let i = ti * size + r;
            let (left, first_i) = weights_of(rows, factors, side, i);
            for c in 0..size.min(rows.q - tj * size) {
                let j = tj * size + c;
                let (right, first_j) = weights_of(rows, factors, side, j);
                out[r * size + c] = if left.k == 1 && right.k == 1 {
                    left.t[0] * matrix.tiles[at][r * size + c] * right.t[0]
                } else {
                    left.sum(&right, |a, b| matrix.at(first_i + a, first_j + b))
                };
            }
        }
        out
    });
    TileMatrix { pattern: Arc::clone(pattern), tiles: tiles.collect() }
}

/// The same where every level has a single effect.
fn scaled_by_numbers(rows: &Rows, matrix: &TileMatrix, factors: &[Vec<f64>]) -> TileMatrix {
    let pattern = &rows.pattern;
    let size = pattern.size;
    let mut numbers: Vec<f64> =
        rows.column_group.iter().map(|&g| factors[g as usize + 1][0]).collect();
    numbers.resize(pattern.count * size, 0.0);
    let tiles = pattern.kept.par_iter().zip(&matrix.tiles).map(|(&(ti, tj), tile)| {
        let (left, right) = (&numbers[ti * size..][..size], &numbers[tj * size..][..size]);
        let rows = tile.chunks_exact(size).zip(left);
        rows.flat_map(|(row, x)| row.iter().zip(right).map(move |(value, y)| x * value * y))
            .collect()
    });
    TileMatrix { pattern: Arc::clone(pattern), tiles: tiles.collect() }
}

/// Weights of the effects of a column's level in that column of Λ (or row, for the plain side), and
/// the first column of the level.
fn weights_of<'a>(
    rows: &Rows,
    factors: &'a [Vec<f64>],
    side: Side,
    column: usize,
) -> (Weights<'a>, usize) {
    let g = rows.column_group[column] as usize;
    let group = &rows.rest[g];
    let effect = (column - group.first) % group.k;
    (Weights { t: &factors[g + 1], k: group.k, effect, side }, column - effect)
}

struct Weights<'a> {
    t: &'a [f64],
    k: usize,
    effect: usize,
    side: Side,
}

impl Weights<'_> {
    fn get(&self, a: usize) -> f64 {
        match self.side {
            Side::Transposed => self.t[a * self.k + self.effect],
            Side::Plain => self.t[self.effect * self.k + a],
        }
    }

    /// Σ w_a·m(a, b)·v_b without the entries whose weight is zero.
    fn sum(&self, other: &Self, m: impl Fn(usize, usize) -> f64) -> f64 {
        let mut sum = 0.0;
        for a in (0..self.k).filter(|&a| self.get(a) != 0.0) {
            for b in (0..other.k).filter(|&b| other.get(b) != 0.0) {
                sum += self.get(a) * m(a, b) * other.get(b);
            }
        }
        sum
    }
}

/// x ← Λᵀx for the rest, `width` columns, row-major.
pub(crate) fn transpose_scale(rows: &Rows, factors: &[Vec<f64>], x: &mut [f64], width: usize) {
    scale_by(rows, factors, x, width, small::multiply_transposed);
}

/// x ← Λx for the rest, `width` columns, row-major.
pub(crate) fn scale(rows: &Rows, factors: &[Vec<f64>], x: &mut [f64], width: usize) {
    scale_by(rows, factors, x, width, small::multiply);
}

fn scale_by(
    rows: &Rows,
    factors: &[Vec<f64>],
    x: &mut [f64],
    width: usize,
    multiply: impl Fn(&[f64], &[f64], usize, usize, &mut [f64]),
) {
    for (group, t) in rows.rest.iter().zip(&factors[1..]) {
        let k = group.k;
        let mut out = vec![0.0; k * width];
        let all = &mut x[group.first * width..][..group.n_levels * k * width];
        for block in all.chunks_exact_mut(k * width) {
            multiply(t, block, k, width, &mut out);
            block.copy_from_slice(&out);
        }
    }
}

fn add_outer(out: &mut [f64], x: &[f64], c: usize) {
    for i in 0..c {
        for j in 0..c {
            out[i * c + j] += x[i] * x[j];
        }
    }
}

fn subtract_outer(out: &mut [f64], x: &[f64], c: usize) {
    for i in 0..c {
        for j in 0..c {
            out[i * c + j] -= x[i] * x[j];
        }
    }
}
