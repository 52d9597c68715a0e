//! The fixed effects' columns, orthonormal, without those that add nothing to the ones before.

use seedtest_formula::ModelMatrix;

use crate::estimable::Alias;

/// A column of which less than this share is left once the columns before it are taken out is a
/// combination of them (the tolerance of R's `qr`).
const SMALLEST_REMAINDER: f64 = 1e-7;

/// X = Q·R for the columns that are kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Orthonormal {
    /// Columns of X that are kept.
    pub(crate) kept: Vec<usize>,
    /// Q, column by column: QᵀWQ is the identity.
    pub(crate) columns: Vec<Vec<f64>>,
    /// R, row-major, upper triangular.
    pub(crate) triangle: Vec<f64>,
    /// The columns of X that are not kept, as combinations of those that are.
    pub(crate) aliases: Vec<Alias>,
}

impl Orthonormal {
    /// Gram-Schmidt, twice for every column, with inner products weighted by `weights`.
    pub(crate) fn new(x: &ModelMatrix, weights: Option<&[f64]>) -> Self {
        let mut kept = Vec::new();
        let mut columns: Vec<Vec<f64>> = Vec::new();
        let mut coefficients: Vec<Vec<f64>> = Vec::new();
        let mut left_out: Vec<(usize, Vec<f64>)> = Vec::new();
        for j in 0..x.n_columns() {
            let mut column = x.column(j).to_vec();
            let before = product(&column, &column, weights).sqrt();
            let mut own = vec![0.0; columns.len()];
            for _ in 0..2 {
                for (done, coefficient) in columns.iter().zip(&mut own) {
                    let share = product(done, &column, weights);
                    *coefficient += share;
                    for (x, q) in column.iter_mut().zip(done) {
                        *x -= share * q;
                    }
                }
            }
            let length = product(&column, &column, weights).sqrt();
            if length.is_nan() || length <= SMALLEST_REMAINDER * before {
                left_out.push((j, own));
                continue;
            }
            for x in &mut column {
                *x /= length;
            }
            own.push(length);
            kept.push(j);
            columns.push(column);
            coefficients.push(own);
        }
        let p = kept.len();
        let mut triangle = vec![0.0; p * p];
        for (j, own) in coefficients.iter().enumerate() {
            for (i, value) in own.iter().enumerate() {
                triangle[i * p + j] = *value;
            }
        }
        let mut all = Self { kept, columns, triangle, aliases: Vec::new() };
        for (column, mut own) in left_out {
            own.resize(p, 0.0);
            let alias = Alias { column, combination: all.coefficients(&own) };
            all.aliases.push(alias);
        }
        all
    }

    /// Number of columns kept.
    pub(crate) fn rank(&self) -> usize {
        self.kept.len()
    }

    /// ln |det R|.
    pub(crate) fn log_determinant(&self) -> f64 {
        let p = self.rank();
        (0..p).map(|i| seedtest_numerics::ln(self.triangle[i * p + i])).sum()
    }

    /// R⁻¹c: coefficients of X from those of Q.
    pub(crate) fn coefficients(&self, c: &[f64]) -> Vec<f64> {
        let p = self.rank();
        let mut out = c.to_vec();
        for i in (0..p).rev() {
            let done: f64 = (i + 1..p).map(|j| self.triangle[i * p + j] * out[j]).sum();
            out[i] = (out[i] - done) / self.triangle[i * p + i];
        }
        out
    }

    /// R⁻ᵀx: a row of Q from the kept columns of a row of X.
    pub(crate) fn row(&self, x: &[f64]) -> Vec<f64> {
        let p = self.rank();
        let mut out = x.to_vec();
        for i in 0..p {
            let done: f64 = (0..i).map(|j| self.triangle[j * p + i] * out[j]).sum();
            out[i] = (out[i] - done) / self.triangle[i * p + i];
        }
        out
    }

    /// R⁻¹VR⁻ᵀ: covariance of the coefficients of X from that of Q's.
    pub(crate) fn covariance(&self, v: &[f64]) -> Vec<f64> {
        let p = self.rank();
        let half: Vec<Vec<f64>> =
            (0..p).map(|i| self.coefficients(&v[i * p..(i + 1) * p])).collect();
        let mut out = vec![0.0; p * p];
        for j in 0..p {
            let column: Vec<f64> = half.iter().map(|row| row[j]).collect();
            for (i, value) in self.coefficients(&column).into_iter().enumerate() {
                out[i * p + j] = value;
            }
        }
        out
    }
}

fn product(a: &[f64], b: &[f64], weights: Option<&[f64]>) -> f64 {
    match weights {
        None => a.iter().zip(b).map(|(a, b)| a * b).sum(),
        Some(w) => a.iter().zip(b).zip(w).map(|((a, b), w)| w * a * b).sum(),
    }
}
