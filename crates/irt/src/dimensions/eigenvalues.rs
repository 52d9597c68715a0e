//! Eigenvalues of symmetric matrices.

/// Eigenvalues of a symmetric row-major matrix, decreasing, by Jacobi's rotations (Golub & Van Loan 2013, 8.5).
///
/// # Panics
/// When `matrix` has not n² entries.
pub fn symmetric_eigenvalues(matrix: &[f64], n: usize) -> Vec<f64> {
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
                rotate(&mut a, n, p, q);
            }
        }
    }
    let mut values: Vec<f64> = (0..n).map(|i| a[i * n + i]).collect();
    values.sort_by(|x, y| y.total_cmp(x));
    values
}

/// Makes the entry (p, q) zero.
fn rotate(a: &mut [f64], n: usize, p: usize, q: usize) {
    let off = a[p * n + q];
    if off == 0.0 {
        return;
    }
    let tau = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    let t = tau.signum() / (tau.abs() + (1.0 + tau * tau).sqrt());
    let t = if tau == 0.0 { 1.0 } else { t };
    let c = 1.0 / (1.0 + t * t).sqrt();
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
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

    use super::symmetric_eigenvalues;

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
}
