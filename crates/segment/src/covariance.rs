//! Components of a Gaussian mixture: weights, means, covariances and their densities.

use seedtest_numerics::{Cholesky, ln};
use serde::{Deserialize, Serialize};

use crate::incomplete_mixture::membership;
use crate::matrix::Matrix;
use crate::mixture::{Covariance, Moments, responsibilities};

/// Rows worked on together: a lane of a vector each.
pub(crate) const LANES: usize = 8;

/// Weights, means and covariances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// Shape of the covariances.
    pub shape: Covariance,
    /// Dimensions.
    pub d: usize,
    /// Weight of each component; they add to 1.
    pub weights: Vec<f64>,
    /// Means, d numbers a component: in standard deviations from the mean of all rows, or in the units of
    /// the features without standardisation.
    pub means: Vec<f64>,
    /// Covariances, d × d numbers a component.
    pub covariances: Vec<f64>,
    /// Inverse Cholesky factors (lower triangles), d × d numbers a component.
    factors: Vec<f64>,
    /// ln weight − ½ ln |Σ| − ½ d ln 2π of each component.
    constants: Vec<f64>,
}

impl Components {
    pub(crate) fn k(&self) -> usize {
        self.weights.len()
    }

    /// From weighted sums; `None` where a covariance is not positive definite.
    pub(crate) fn new(
        moments: &Moments,
        d: usize,
        shape: Covariance,
        regularization: f64,
    ) -> Option<Self> {
        const LN_2PI: f64 = 1.837_877_066_409_345_3;
        let k = moments.weights.len();
        let total: f64 = moments.weights.iter().sum();
        // A component that lost every row keeps a place, with no weight to speak of.
        let sizes: Vec<f64> = moments.weights.iter().map(|w| w + 10.0 * f64::EPSILON).collect();
        let means: Vec<f64> =
            moments.sums.iter().enumerate().map(|(j, s)| s / sizes[j / d]).collect();
        let mut covariances = covariances(moments, &sizes, &means, d, shape);
        for c in 0..k {
            for i in 0..d {
                covariances[(c * d + i) * d + i] += regularization;
            }
        }
        let mut factors = vec![0.0; k * d * d];
        let mut constants = Vec::with_capacity(k);
        for c in 0..k {
            let covariance = &covariances[c * d * d..][..d * d];
            let log_determinant =
                inverse_factor(covariance, d, &mut factors[c * d * d..][..d * d])?;
            let weight = (sizes[c] / total).max(f64::MIN_POSITIVE);
            constants.push(ln(weight) - 0.5 * (log_determinant + d as f64 * LN_2PI));
        }
        let weights = sizes.iter().map(|s| s / total).collect();
        Some(Self { shape, d, weights, means, covariances, factors, constants })
    }

    /// The same components, number c now `numbers[c]`.
    pub(crate) fn renumbered(&self, numbers: &[u32]) -> Self {
        let moved = |values: &[f64]| -> Vec<f64> {
            let width = values.len() / numbers.len();
            let mut moved = vec![0.0; values.len()];
            for (from, &to) in values.chunks_exact(width).zip(numbers) {
                moved[to as usize * width..][..width].copy_from_slice(from);
            }
            moved
        };
        Self {
            weights: moved(&self.weights),
            means: moved(&self.means),
            covariances: moved(&self.covariances),
            factors: moved(&self.factors),
            constants: moved(&self.constants),
            ..*self
        }
    }

    /// The same components with means that are `by` larger, one number a dimension.
    pub(crate) fn shifted(&self, by: impl Iterator<Item = f64> + Clone) -> Self {
        let means = self.means.iter().zip(by.cycle()).map(|(mean, by)| mean + by).collect();
        Self { means, ..self.clone() }
    }

    /// ln (weight · density) of eight rows.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn log_density(
        &self,
        c: usize,
        x: &[[f64; LANES]],
        scratch: &mut [[f64; LANES]],
    ) -> [f64; LANES] {
        let d = self.d;
        let means = &self.means[c * d..][..d];
        for ((out, x), mean) in scratch.iter_mut().zip(x).zip(means) {
            for l in 0..LANES {
                out[l] = x[l] - mean;
            }
        }
        let factor = &self.factors[c * d * d..][..d * d];
        let mut squares = [0.0; LANES];
        for i in 0..d {
            let mut y = [0.0; LANES];
            let from = if self.shape.is_full() { 0 } else { i };
            for (weight, z) in factor[i * d + from..=i * d + i].iter().zip(&scratch[from..=i]) {
                for l in 0..LANES {
                    y[l] += weight * z[l];
                }
            }
            for l in 0..LANES {
                squares[l] += y[l] * y[l];
            }
        }
        squares.map(|s| self.constants[c] - 0.5 * s)
    }

    /// Shares of the components for each row, k numbers a row, and the ln density of each row.
    pub(crate) fn memberships(&self, matrix: &Matrix) -> (Vec<f64>, Vec<f64>) {
        let (k, d) = (self.k(), self.d);
        let mut shares = Vec::with_capacity(matrix.n() * k);
        let mut log_densities = Vec::with_capacity(matrix.n());
        let mut densities = vec![[0.0; LANES]; k];
        let mut scratch = vec![[0.0; LANES]; d];
        for row in matrix.rows() {
            if row.iter().any(|x| x.is_nan()) {
                let (own, log_density) = membership(self, row);
                shares.extend(own);
                log_densities.push(log_density);
                continue;
            }
            let x: Vec<[f64; LANES]> = row.iter().map(|&v| [v; LANES]).collect();
            for (c, density) in densities.iter_mut().enumerate() {
                *density = self.log_density(c, &x, &mut scratch);
            }
            log_densities.push(responsibilities(&mut densities, 1));
            shares.extend(densities.iter().map(|density| density[0]));
        }
        (shares, log_densities)
    }
}

/// Covariances without regularisation, k × d × d.
fn covariances(
    moments: &Moments,
    sizes: &[f64],
    means: &[f64],
    d: usize,
    shape: Covariance,
) -> Vec<f64> {
    let k = sizes.len();
    let total: f64 = sizes.iter().sum();
    let mut covariances = vec![0.0; k * d * d];
    for c in 0..k {
        for i in 0..d {
            let from = if shape.is_full() { 0 } else { i };
            for j in from..=i {
                let at = if shape.is_full() { (c * d + i) * d + j } else { c * d + i };
                let value = moments.products[at] / sizes[c] - means[c * d + i] * means[c * d + j];
                covariances[(c * d + i) * d + j] = value;
                covariances[(c * d + j) * d + i] = value;
            }
        }
    }
    match shape {
        Covariance::Full | Covariance::Diagonal => {}
        Covariance::Tied | Covariance::TiedDiagonal => {
            let pooled: Vec<f64> = (0..d * d)
                .map(|e| (0..k).map(|c| sizes[c] / total * covariances[c * d * d + e]).sum())
                .collect();
            covariances.chunks_exact_mut(d * d).for_each(|c| c.copy_from_slice(&pooled));
        }
        Covariance::Spherical => {
            for covariance in covariances.chunks_exact_mut(d * d) {
                let mean = (0..d).map(|i| covariance[i * d + i]).sum::<f64>() / d as f64;
                for i in 0..d {
                    covariance[i * d + i] = mean;
                }
            }
        }
    }
    covariances
}

/// Inverse of the lower Cholesky factor; returns ln of the determinant of the matrix.
pub(crate) fn inverse_factor(matrix: &[f64], d: usize, inverse: &mut [f64]) -> Option<f64> {
    let mut lower = vec![0.0; d * d];
    let mut log_determinant = 0.0;
    for i in 0..d {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|m| lower[i * d + m] * lower[j * d + m]).sum();
            let rest = matrix[i * d + j] - dot;
            if i == j {
                if rest.is_nan() || rest <= 0.0 {
                    return None;
                }
                lower[i * d + i] = rest.sqrt();
                log_determinant += ln(rest);
            } else {
                lower[i * d + j] = rest / lower[j * d + j];
            }
        }
    }
    for j in 0..d {
        inverse[j * d + j] = 1.0 / lower[j * d + j];
        for i in j + 1..d {
            let dot: f64 = (j..i).map(|m| lower[i * d + m] * inverse[m * d + j]).sum();
            inverse[i * d + j] = -dot / lower[i * d + i];
        }
    }
    Some(log_determinant)
}

/// Squared Mahalanobis distance from a mean, for a covariance that may be singular.
pub(crate) fn squared_mahalanobis(factor: &Cholesky, difference: &[f64]) -> f64 {
    let mut solved = difference.to_vec();
    factor.solve(&mut solved);
    solved.iter().zip(difference).map(|(s, d)| s * d).sum()
}
