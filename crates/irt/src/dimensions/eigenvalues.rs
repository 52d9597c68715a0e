//! Eigenvalues of symmetric matrices.

/// Eigenvalues of a symmetric row-major matrix, decreasing, by Jacobi's rotations (Golub & Van Loan 2013, 8.5).
///
/// # Panics
/// When `matrix` has not n² entries.
pub fn symmetric_eigenvalues(matrix: &[f64], n: usize) -> Vec<f64> {
    let mut values = diagonalised(matrix, n, &mut []);
    values.sort_by(|x, y| y.total_cmp(x));
    values
}

/// Eigenvalues of a symmetric row-major matrix, decreasing, and its eigenvectors, one a column of a row-major matrix.
///
/// # Panics
/// When `matrix` has not n² entries.
pub(crate) fn symmetric_eigenvectors(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; n * n];
    for i in 0..n {
        vectors[i * n + i] = 1.0;
    }
    let values = diagonalised(matrix, n, &mut vectors);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
    let sorted = vectors.chunks_exact(n.max(1)).flat_map(|row| order.iter().map(|&at| row[at]));
    (order.iter().map(|&at| values[at]).collect(), sorted.collect())
}

/// The diagonal once all else is zero; `vectors`, where there are any, are turned along.
fn diagonalised(matrix: &[f64], n: usize, vectors: &mut [f64]) -> Vec<f64> {
    const MOST_SWEEPS: usize = 60;
    assert_eq!(matrix.len(), n * n, "a square matrix is needed");
    let mut a = matrix.to_vec();
    let size: f64 = a.iter().map(|x| x * x).sum::<f64>().sqrt();
    for _ in 0..MOST_SWEEPS {
        let off: f64 = (0..n)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| a[i * n + j] * a[i * n + j])
            .sum();
        if off.sqrt() <= 1e-14 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, vectors, n, (p, q));
            }
        }
    }
    (0..n).map(|i| a[i * n + i]).collect()
}

/// Makes the entry (p, q) zero.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, (p, q): (usize, usize)) {
    let off = a[p * n + q];
    if off == 0.0 {
        return;
    }
    let tau = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    let t = tau.signum() / (tau.abs() + (1.0 + tau * tau).sqrt());
    let t = if tau == 0.0 { 1.0 } else { t };
    let c = 1.0 / (1.0 + t * t).sqrt();
    let s = t * c;
    for row in a.chunks_exact_mut(n).chain(vectors.chunks_exact_mut(n)) {
        let (x, y) = (row[p], row[q]);
        row[p] = c * x - s * y;
        row[q] = s * x + c * y;
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
    }
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::Stream;

    use super::{symmetric_eigenvalues, symmetric_eigenvectors};

    #[test]
    fn known_eigenvalues_are_found() {
        let found = symmetric_eigenvalues(&[2.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, -5.0], 3);
        for (found, expected) in found.iter().zip([3.0, 1.0, -5.0]) {
            assert!((found - expected).abs() < 1e-13, "{found}");
        }
        // Equal correlations: 1 + (n − 1)ρ once, 1 − ρ otherwise.
        let n = 7;
        let matrix: Vec<f64> =
            (0..n * n).map(|at| if at / n == at % n { 1.0 } else { 0.3 }).collect();
        let found = symmetric_eigenvalues(&matrix, n);
        assert!((found[0] - 2.8).abs() < 1e-12 && (found[6] - 0.7).abs() < 1e-12);
    }

    #[test]
    fn sums_and_squares_are_kept() {
        let (n, mut stream) = (24, Stream::new(3, 1));
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let x = stream.normal();
                (matrix[i * n + j], matrix[j * n + i]) = (x, x);
            }
        }
        let found = symmetric_eigenvalues(&matrix, n);
        let trace: f64 = (0..n).map(|i| matrix[i * n + i]).sum();
        let squares: f64 = matrix.iter().map(|x| x * x).sum();
        assert!((found.iter().sum::<f64>() - trace).abs() < 1e-10);
        assert!((found.iter().map(|x| x * x).sum::<f64>() / squares - 1.0).abs() < 1e-12);
    }
    #[test]
    fn eigenvectors_belong_to_their_values() {
        let matrix = [2.0, 1.0, 0.3, 1.0, 2.0, -0.4, 0.3, -0.4, 5.0];
        let (values, vectors) = symmetric_eigenvectors(&matrix, 3);
        assert_eq!(values, symmetric_eigenvalues(&matrix, 3));
        for (column, value) in values.iter().enumerate() {
            for row in matrix.chunks_exact(3).zip(0..3) {
                let product: f64 =
                    row.0.iter().enumerate().map(|(j, x)| x * vectors[j * 3 + column]).sum();
                assert!((product - value * vectors[row.1 * 3 + column]).abs() < 1e-13);
            }
        }
    }
}
