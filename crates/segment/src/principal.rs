//! Principal axes of a table, by Jacobi's rotations.

use crate::matrix::Matrix;

/// Covariance matrix (divisor n), d × d, and means; of two features over the rows that know both.
pub(crate) fn covariance(matrix: &Matrix) -> (Vec<f64>, Vec<f64>) {
    let d = matrix.d;
    let means = matrix.means();
    let mut covariance = vec![0.0; d * d];
    let mut counts = vec![0.0; d * d];
    for row in matrix.rows() {
        for i in 0..d {
            for j in 0..=i {
                let product = (row[i] - means[i]) * (row[j] - means[j]);
                if !product.is_nan() {
                    covariance[i * d + j] += product;
                    counts[i * d + j] += 1.0;
                }
            }
        }
    }
    for i in 0..d {
        for j in 0..=i {
            covariance[i * d + j] /= f64::max(counts[i * d + j], 1.0);
            covariance[j * d + i] = covariance[i * d + j];
        }
    }
    (covariance, means)
}

/// Orthonormal eigenvectors of the covariance, one a row, and the means.
pub(crate) fn principal_axes(matrix: &Matrix) -> (Vec<f64>, Vec<f64>) {
    let (covariance, means) = covariance(matrix);
    (eigen(covariance, matrix.d).1, means)
}

/// Eigenvalues and orthonormal eigenvectors, one a row, of a symmetric d × d matrix.
pub(crate) fn eigen(symmetric: Vec<f64>, d: usize) -> (Vec<f64>, Vec<f64>) {
    const MOST_SWEEPS: usize = 60;
    let mut a = symmetric;
    let mut axes = vec![0.0; d * d];
    for i in 0..d {
        axes[i * d + i] = 1.0;
    }
    let trace: f64 = (0..d).map(|i| a[i * d + i].abs()).sum();
    for _ in 0..MOST_SWEEPS {
        let off: f64 =
            (0..d).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * d + j].abs()).sum();
        if off <= 1e-13 * trace {
            break;
        }
        for p in 0..d {
            for q in p + 1..d {
                rotate(&mut a, &mut axes, d, p, q);
            }
        }
    }
    ((0..d).map(|i| a[i * d + i]).collect(), axes)
}

/// Makes element (p, q) zero (Golub & Van Loan 2013, 8.5).
fn rotate(a: &mut [f64], axes: &mut [f64], d: usize, p: usize, q: usize) {
    let apq = a[p * d + q];
    if apq == 0.0 {
        return;
    }
    let tau = (a[q * d + q] - a[p * d + p]) / (2.0 * apq);
    let t = if tau == 0.0 { 1.0 } else { tau.signum() / (tau.abs() + (1.0 + tau * tau).sqrt()) };
    let c = 1.0 / (1.0 + t * t).sqrt();
    let s = t * c;
    for i in 0..d {
        let (x, y) = (a[i * d + p], a[i * d + q]);
        a[i * d + p] = c * x - s * y;
        a[i * d + q] = s * x + c * y;
    }
    for i in 0..d {
        let (x, y) = (a[p * d + i], a[q * d + i]);
        a[p * d + i] = c * x - s * y;
        a[q * d + i] = s * x + c * y;
        let (x, y) = (axes[p * d + i], axes[q * d + i]);
        axes[p * d + i] = c * x - s * y;
        axes[q * d + i] = s * x + c * y;
    }
}

#[cfg(test)]
mod tests {
    use super::{covariance, principal_axes};
    use crate::matrix::Matrix;
    use seedtest_numerics::Stream;

    #[test]
    fn axes_are_orthonormal_and_uncorrelated() {
        let mut stream = Stream::new(3, 1);
        let d = 5;
        let mut values = Vec::new();
        for _ in 0..200 {
            let common = stream.normal();
            values.extend((0..d).map(|j| common * j as f64 + stream.normal()));
        }
        let matrix = Matrix::new(values, d);
        let (axes, _) = principal_axes(&matrix);
        let (covariance, _) = covariance(&matrix);
        for a in 0..d {
            for b in 0..d {
                let (va, vb) = (&axes[a * d..][..d], &axes[b * d..][..d]);
                let dot: f64 = va.iter().zip(vb).map(|(x, y)| x * y).sum();
                assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-12);
                let between: f64 = (0..d)
                    .map(|i| (0..d).map(|j| va[i] * covariance[i * d + j] * vb[j]).sum::<f64>())
                    .sum();
                assert!(a == b || between.abs() < 1e-10);
            }
        }
    }
}
