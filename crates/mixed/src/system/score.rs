//! Derivatives of ln det Σ and of the penalised residual sum of squares with respect to the
//! covariance of each grouping factor.

use rayon::prelude::*;

use super::cross_products::CrossProducts;
use super::factor::{Factor, Side, sandwiched, scale, transpose_scale};
use super::rows::Rows;
use super::small;
use crate::tiles::TileMatrix;

/// Below this share of information left to a group's own variance its block is computed without the
/// shortcut, which would subtract nearly equal numbers.
const SMALLEST_SHRINKAGE: f64 = 1e-4;
/// Levels whose blocks are solved for together.
const LEVELS_PER_BATCH: usize = 16;

/// How the fixed effects enter.
pub(crate) struct Fixed<'a> {
    /// Coefficients of the orthonormal columns.
    pub(crate) beta: &'a [f64],
    /// (XᵀΣ⁻¹X)⁻¹ when the fixed effects are integrated out (REML), `None` for ML.
    pub(crate) inverse: Option<&'a [f64]>,
}

/// Sums over the levels of a grouping factor.
#[derive(Debug, Clone)]
pub(crate) struct GroupScore {
    /// Σ over levels of ZᵀPZ, k × k: what ln det changes by with the covariance of the effects. P is
    /// Σ⁻¹, or without the part of the fixed effects for REML.
    pub(crate) information: Vec<f64>,
    /// Σ over levels of rrᵀ with r = ZᵀΣ⁻¹(y − Xβ).
    pub(crate) residual: Vec<f64>,
}

/// Everything the gradient needs.
#[derive(Debug, Clone)]
pub(crate) struct Score {
    /// In the order of the system.
    pub(crate) groups: Vec<GroupScore>,
    /// ZᵀΣ⁻¹(y − Xβ) of the largest factor, k for every level.
    pub(crate) own: Vec<f64>,
    /// The same of the rest.
    pub(crate) rest: Vec<f64>,
    /// Conditional covariance of the rest's effects (times 1/σ²) on the pattern.
    pub(crate) covariance: TileMatrix,
}

/// What the chunks of levels share.
struct Shared<'a> {
    rows: &'a Rows,
    products: &'a CrossProducts,
    factor: &'a Factor,
    fixed: &'a Fixed<'a>,
    covariance: &'a TileMatrix,
    /// ΛM⁻¹Λᵀ… of the fixed columns in the rest: q × (p + 1).
    solution: &'a [f64],
}

impl Score {
    pub(crate) fn new(
        rows: &Rows,
        products: &CrossProducts,
        factor: &Factor,
        fixed: &Fixed<'_>,
    ) -> Self {
        let c = rows.p + 1;
        let inverse = factor.cholesky.inverse();
        let covariance = sandwiched(rows, &inverse, &factor.factors, Side::Plain);
        let mut solution = factor.solved.clone();
        factor.cholesky.solve_upper(&mut solution, c);
        scale(rows, &factor.factors, &mut solution, c);
        let shared =
            Shared { rows, products, factor, fixed, covariance: &covariance, solution: &solution };
        let chunks: Vec<(GroupScore, Vec<f64>)> =
            rows.chunks.par_iter().map(|levels| shared.chunk(levels.clone())).collect();
        let k2 = rows.k * rows.k;
        let mut first = GroupScore { information: vec![0.0; k2], residual: vec![0.0; k2] };
        let mut own = Vec::with_capacity(rows.n_levels() * rows.k);
        for (sums, r) in chunks {
            first.add(&sums);
            own.extend(r);
        }
        let mut groups = vec![first];
        let rest = shared.rest(&inverse, &mut groups);
        Self { groups, own, rest, covariance }
    }
}

impl GroupScore {
    fn add(&mut self, other: &Self) {
        for (sum, x) in self.information.iter_mut().zip(&other.information) {
            *sum += x;
        }
        for (sum, x) in self.residual.iter_mut().zip(&other.residual) {
            *sum += x;
        }
    }
}

impl Shared<'_> {
    fn chunk(&self, levels: std::ops::Range<usize>) -> (GroupScore, Vec<f64>) {
        // Known sizes become unrolled loops.
        match self.rows.k {
            1 => self.levels(1, levels),
            2 => self.levels(2, levels),
            3 => self.levels(3, levels),
            k => self.levels(k, levels),
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // so that loops over a known size are unrolled
    fn levels(&self, k: usize, levels: std::ops::Range<usize>) -> (GroupScore, Vec<f64>) {
        let (rows, c) = (self.rows, self.rows.p + 1);
        let mut sums = GroupScore { information: vec![0.0; k * k], residual: vec![0.0; k * k] };
        let mut residuals = Vec::with_capacity(levels.len() * k);
        let (mut half, mut explained) = (vec![0.0; k * k], vec![0.0; k * k]);
        let mut y = vec![0.0; k * c];
        let (mut h, mut hb) = (Vec::new(), Vec::new());
        for level in levels {
            self.factor.half(k, level, &mut half);
            let own = &self.products.own[level * k * k..][..k * k];
            // A·(L⁻¹Tᵀ)ᵀ: A is symmetric.
            for i in 0..k {
                for j in 0..k {
                    explained[i * k + j] = (0..k).map(|l| own[i * k + l] * half[j * k + l]).sum();
                }
            }
            let u = &self.factor.own_fixed[level * k * c..][..k * c];
            small::multiply(&explained, u, k, c, &mut y);
            for (y, a) in y.iter_mut().zip(&self.products.own_fixed[level * k * c..][..k * c]) {
                *y = a - *y;
            }
            for i in 0..k {
                for j in 0..k {
                    let taken: f64 =
                        (0..k).map(|l| explained[i * k + l] * explained[j * k + l]).sum();
                    sums.information[i * k + j] += own[i * k + j] - taken;
                }
            }
            let slots = rows.slots(level);
            let columns = &rows.slot_columns[slots.clone()];
            self.reduced(k, slots, &explained, &mut h);
            hb.resize(h.len(), 0.0);
            self.covariance.times(columns, &h, k, &mut hb);
            for (slot, &column) in columns.iter().enumerate() {
                let (h, hb) = (&h[slot * k..][..k], &hb[slot * k..][..k]);
                let solution = &self.solution[column as usize * c..][..c];
                for i in 0..k {
                    for j in 0..k {
                        sums.information[i * k + j] -= hb[i] * h[j];
                    }
                    for (y, s) in y[i * c..][..c].iter_mut().zip(solution) {
                        *y -= h[i] * s;
                    }
                }
            }
            self.add_fixed(k, &y, &mut sums, &mut residuals);
        }
        (sums, residuals)
    }

    /// ZᵀWZ_rest of a level without what its own effects explain.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that loops over a known size are unrolled
    fn reduced(
        &self,
        k: usize,
        slots: std::ops::Range<usize>,
        explained: &[f64],
        h: &mut Vec<f64>,
    ) {
        h.clear();
        for slot in slots {
            let u = &self.factor.own_rest[slot * k..][..k];
            for (i, a) in self.products.own_rest[slot * k..][..k].iter().enumerate() {
                let taken: f64 = (0..k).map(|l| explained[i * k + l] * u[l]).sum();
                h.push(a - taken);
            }
        }
    }

    /// Adds a level whose ZᵀΣ⁻¹[X y] is `y`.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that loops over a known size are unrolled
    fn add_fixed(&self, k: usize, y: &[f64], sums: &mut GroupScore, residuals: &mut Vec<f64>) {
        let (p, c) = (self.rows.p, self.rows.p + 1);
        let first = residuals.len();
        for row in y.chunks_exact(c) {
            let fitted: f64 = row[..p].iter().zip(self.fixed.beta).map(|(x, b)| x * b).sum();
            residuals.push(row[p] - fitted);
        }
        let r = &residuals[first..];
        for i in 0..k {
            for j in 0..k {
                sums.residual[i * k + j] += r[i] * r[j];
            }
        }
        let Some(inverse) = self.fixed.inverse else { return };
        for i in 0..k {
            for j in 0..k {
                let mut sum = 0.0;
                for a in 0..p {
                    let inner: f64 = (0..p).map(|b| inverse[a * p + b] * y[j * c + b]).sum();
                    sum += y[i * c + a] * inner;
                }
                sums.information[i * k + j] -= sum;
            }
        }
    }

    /// Adds the smaller factors and returns their ZᵀΣ⁻¹(y − Xβ).
    fn rest(&self, inverse: &TileMatrix, groups: &mut Vec<GroupScore>) -> Vec<f64> {
        let (rows, c) = (self.rows, self.rows.p + 1);
        let mut y = self.factor.rest.multiply(self.solution, c);
        for (y, a) in y.iter_mut().zip(&self.factor.rest_fixed) {
            *y = a - *y;
        }
        let mut residuals = Vec::with_capacity(rows.q);
        for (g, group) in rows.rest.iter().enumerate() {
            let k = group.k;
            let information = self.information(inverse, g);
            let mut sums = GroupScore { information, residual: vec![0.0; k * k] };
            for level in 0..group.n_levels {
                let first = group.first + level * k;
                self.add_fixed(k, &y[first * c..][..k * c], &mut sums, &mut residuals);
            }
            groups.push(sums);
        }
        residuals
    }

    /// Σ over the levels of a smaller factor of the diagonal blocks of E − EΛM⁻¹ΛᵀE.
    ///
    /// These are G⁻¹ − G⁻¹VG⁻¹ with G = TTᵀ and V the conditional covariance, which takes no products of
    /// whole matrices; near a singular T the blocks are solved for one by one.
    fn information(&self, inverse: &TileMatrix, g: usize) -> Vec<f64> {
        let group = &self.rows.rest[g];
        let k = group.k;
        // Tᵀ(information)T = nI − Σ of the blocks of M⁻¹.
        let mut shrunk = vec![0.0; k * k];
        for level in 0..group.n_levels {
            let first = group.first + level * k;
            for i in 0..k {
                for j in 0..k {
                    let unit = f64::from(u8::from(i == j));
                    shrunk[i * k + j] += unit - inverse.at(first + i, first + j);
                }
            }
        }
        let (eigenvalues, _) = small::eigen(&shrunk, k);
        let enough = eigenvalues[0] > SMALLEST_SHRINKAGE * group.n_levels as f64;
        let back = small::general_inverse(&self.factor.factors[g + 1], k);
        if let Some(back) = back.filter(|_| enough) {
            let mut half = vec![0.0; k * k];
            let mut out = vec![0.0; k * k];
            small::multiply(&shrunk, &back, k, k, &mut half);
            small::multiply_transposed(&back, &half, k, k, &mut out);
            return out;
        }
        let batches: Vec<usize> = (0..group.n_levels).step_by(LEVELS_PER_BATCH).collect();
        let sums: Vec<Vec<f64>> =
            batches.par_iter().map(|&from| self.solved_blocks(g, from)).collect();
        let mut out = vec![0.0; k * k];
        for sum in sums {
            for (out, x) in out.iter_mut().zip(sum) {
                *out += x;
            }
        }
        out
    }

    /// The blocks of a batch of levels, with one solution for every effect; no numbers where the fit is interrupted.
    fn solved_blocks(&self, g: usize, from: usize) -> Vec<f64> {
        let (rows, group) = (self.rows, &self.rows.rest[g]);
        let k = group.k;
        if rows.allowance.interrupt.is_raised() {
            return vec![f64::NAN; k * k];
        }
        let levels = from..group.n_levels.min(from + LEVELS_PER_BATCH);
        let first = group.first + from * k;
        let width = levels.len() * k;
        let mut columns = vec![0.0; rows.q * width];
        for (i, row) in columns.chunks_exact_mut(width).enumerate() {
            for (w, value) in row.iter_mut().enumerate() {
                *value = self.factor.rest.at(i, first + w);
            }
        }
        let mut out = vec![0.0; k * k];
        for level in 0..levels.len() {
            for i in 0..k {
                for j in 0..k {
                    out[i * k + j] += columns[(first + level * k + i) * width + level * k + j];
                }
            }
        }
        transpose_scale(rows, &self.factor.factors, &mut columns, width);
        self.factor.cholesky.solve_lower(&mut columns, width);
        for row in columns.chunks_exact(width) {
            for block in row.chunks_exact(k) {
                for i in 0..k {
                    for j in 0..k {
                        out[i * k + j] -= block[i] * block[j];
                    }
                }
            }
        }
        out
    }
}
