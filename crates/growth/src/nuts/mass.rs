//! The inverse mass matrix and the factors it needs.

use seedtest_numerics::Stream;

/// The inverse mass matrix: an estimate of the posterior covariance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mass {
    /// Variances only.
    Diagonal(Vec<f64>),
    /// The covariance in rows, with the inverse transpose of its Cholesky factor for momenta.
    Dense { covariance: Vec<f64>, factor: Vec<f64> },
}

impl Mass {
    pub(crate) fn unit(dim: usize) -> Self {
        Self::Diagonal(vec![1.0; dim])
    }

    /// A dense matrix; `None` when the covariance is not positive definite.
    pub(crate) fn dense(covariance: Vec<f64>, dim: usize) -> Option<Self> {
        let factor = cholesky(&covariance, dim)?;
        Some(Self::Dense { covariance, factor })
    }

    /// The covariance in rows, or the variances where there is nothing else.
    pub(crate) fn numbers(&self) -> &[f64] {
        match self {
            Self::Diagonal(variances) => variances,
            Self::Dense { covariance, .. } => covariance,
        }
    }

    /// The matrix of [`Mass::numbers`]; `None` for another count of them or no covariance.
    pub(crate) fn of_numbers(numbers: Vec<f64>, dim: usize) -> Option<Self> {
        match numbers.len() {
            n if n == dim * dim && dim > 1 => Self::dense(numbers, dim),
            n if n == dim => Some(Self::Diagonal(numbers)),
            _ => None,
        }
    }

    /// Variance of parameter `i`.
    pub(crate) fn variance(&self, i: usize, dim: usize) -> f64 {
        match self {
            Self::Diagonal(variances) => variances[i],
            Self::Dense { covariance, .. } => covariance[i * dim + i],
        }
    }

    /// Velocity: covariance times momentum.
    pub(crate) fn velocity(&self, momentum: &[f64], velocity: &mut [f64]) {
        match self {
            Self::Diagonal(variances) => {
                for ((v, p), variance) in velocity.iter_mut().zip(momentum).zip(variances) {
                    *v = p * variance;
                }
            }
            Self::Dense { covariance, .. } => {
                let rows = covariance.chunks_exact(momentum.len());
                for (v, row) in velocity.iter_mut().zip(rows) {
                    *v = row.iter().zip(momentum).map(|(c, p)| c * p).sum();
                }
            }
        }
    }

    /// A momentum with the inverse of the covariance as its covariance.
    pub(crate) fn momentum(&self, random: &mut Stream, momentum: &mut [f64]) {
        for p in momentum.iter_mut() {
            *p = random.normal();
        }
        match self {
            Self::Diagonal(variances) => {
                for (p, variance) in momentum.iter_mut().zip(variances) {
                    *p /= variance.sqrt();
                }
            }
            Self::Dense { factor, .. } => solve_transposed(factor, momentum),
        }
    }
}

/// Lower factor L with L Lᵀ = `matrix`, in rows; `None` unless positive definite.
pub(crate) fn cholesky(matrix: &[f64], dim: usize) -> Option<Vec<f64>> {
    let mut factor = vec![0.0; dim * dim];
    for i in 0..dim {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| factor[i * dim + k] * factor[j * dim + k]).sum();
            let rest = matrix[i * dim + j] - inner;
            if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                factor[i * dim + i] = rest.sqrt();
            } else {
                factor[i * dim + j] = rest / factor[j * dim + j];
            }
        }
    }
    Some(factor)
}

/// x ← L⁻ᵀ x: standard normal numbers become momenta with covariance (L Lᵀ)⁻¹.
pub(crate) fn solve_transposed(factor: &[f64], x: &mut [f64]) {
    let dim = x.len();
    for i in (0..dim).rev() {
        let known: f64 = (i + 1..dim).map(|k| factor[k * dim + i] * x[k]).sum();
        x[i] = (x[i] - known) / factor[i * dim + i];
    }
}
