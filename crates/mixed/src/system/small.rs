//! Small dense matrices, row-major: the blocks of single levels.

/// Cholesky factor in place, lower triangle; false when a pivot is not positive.
#[inline(always)]
#[allow(clippy::inline_always)] // so that loops over a known size are unrolled
pub(crate) fn cholesky(a: &mut [f64], k: usize) -> bool {
    for j in 0..k {
        for i in j..k {
            let mut sum = a[i * k + j];
            for l in 0..j {
                sum -= a[i * k + l] * a[j * k + l];
            }
            if i == j {
                if !(sum > 0.0 && sum.is_finite()) {
                    return false;
                }
                a[j * k + j] = sum.sqrt();
            } else {
                a[i * k + j] = sum / a[j * k + j];
            }
        }
    }
    true
}

/// Inverse of a lower triangular matrix, zero above the diagonal.
#[inline(always)]
#[allow(clippy::inline_always)] // so that loops over a known size are unrolled
pub(crate) fn invert_lower(lower: &[f64], k: usize, out: &mut [f64]) {
    out[..k * k].fill(0.0);
    for i in 0..k {
        let root = lower[i * k + i];
        for j in 0..i {
            let mut sum = 0.0;
            for l in j..i {
                sum -= lower[i * k + l] * out[l * k + j];
            }
            out[i * k + j] = sum / root;
        }
        out[i * k + i] = 1.0 / root;
    }
}

/// a·b for k × k times k × width.
#[inline(always)]
#[allow(clippy::inline_always)] // so that loops over a known size are unrolled
pub(crate) fn multiply(a: &[f64], b: &[f64], k: usize, width: usize, out: &mut [f64]) {
    for i in 0..k {
        for w in 0..width {
            let mut sum = 0.0;
            for l in 0..k {
                sum += a[i * k + l] * b[l * width + w];
            }
            out[i * width + w] = sum;
        }
    }
}

/// aᵀ·b for k × k times k × width.
#[inline(always)]
#[allow(clippy::inline_always)] // so that loops over a known size are unrolled
pub(crate) fn multiply_transposed(a: &[f64], b: &[f64], k: usize, width: usize, out: &mut [f64]) {
    for i in 0..k {
        for w in 0..width {
            let mut sum = 0.0;
            for l in 0..k {
                sum += a[l * k + i] * b[l * width + w];
            }
            out[i * width + w] = sum;
        }
    }
}

/// Inverse of a symmetric positive definite matrix; `None` when it is not.
pub(crate) fn inverse(a: &[f64], k: usize) -> Option<Vec<f64>> {
    let mut lower = a.to_vec();
    if !cholesky(&mut lower, k) {
        return None;
    }
    let mut half = vec![0.0; k * k];
    invert_lower(&lower, k, &mut half);
    let mut out = vec![0.0; k * k];
    multiply_transposed(&half, &half.clone(), k, k, &mut out);
    Some(out)
}

/// Inverse of any square matrix by elimination with pivots; `None` when it has none.
pub(crate) fn general_inverse(a: &[f64], k: usize) -> Option<Vec<f64>> {
    let mut a = a.to_vec();
    let mut out = vec![0.0; k * k];
    for i in 0..k {
        out[i * k + i] = 1.0;
    }
    for c in 0..k {
        let pivot = (c..k).max_by(|&i, &j| a[i * k + c].abs().total_cmp(&a[j * k + c].abs()))?;
        if a[pivot * k + c] == 0.0 {
            return None;
        }
        for j in 0..k {
            a.swap(c * k + j, pivot * k + j);
            out.swap(c * k + j, pivot * k + j);
        }
        let head = a[c * k + c];
        for j in 0..k {
            a[c * k + j] /= head;
            out[c * k + j] /= head;
        }
        for i in (0..k).filter(|&i| i != c) {
            let factor = a[i * k + c];
            for j in 0..k {
                a[i * k + j] -= factor * a[c * k + j];
                out[i * k + j] -= factor * out[c * k + j];
            }
        }
    }
    Some(out)
}

/// Eigenvalues, increasing, and eigenvectors (as rows) of a symmetric matrix, by Jacobi's rotations.
pub(crate) fn eigen(a: &[f64], n: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    const MOST_SWEEPS: usize = 60;
    let mut a = a.to_vec();
    let mut vectors = vec![0.0; n * n];
    for i in 0..n {
        vectors[i * n + i] = 1.0;
    }
    let scale: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..MOST_SWEEPS {
        let mut off = 0.0;
        for i in 0..n {
            off += a[i * n..i * n + i].iter().map(|x| x * x).sum::<f64>();
        }
        if off <= f64::EPSILON * f64::EPSILON * scale {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[i * n + i].total_cmp(&a[j * n + j]));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    let vector = |&i: &usize| (0..n).map(|r| vectors[r * n + i]).collect();
    (values, order.iter().map(vector).collect())
}

fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = 1.0_f64.copysign(theta) / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    let turn = |m: &mut [f64], i: usize, j: usize| {
        let (x, y) = (m[i], m[j]);
        m[i] = c * x - s * y;
        m[j] = s * x + c * y;
    };
    for r in 0..n {
        turn(a, r * n + p, r * n + q);
    }
    for r in 0..n {
        turn(a, p * n + r, q * n + r);
    }
    for r in 0..n {
        turn(vectors, r * n + p, r * n + q);
    }
}

/// Inverse of a symmetric matrix without the directions in which it vanishes: scaled to a unit diagonal, its
/// eigenvalues there are at most `least`.
pub(crate) fn pseudo_inverse(a: &[f64], m: usize, least: f64) -> Vec<f64> {
    let scale: Vec<f64> =
        (0..m).map(|i| if a[i * m + i] > 0.0 { 1.0 / a[i * m + i].sqrt() } else { 1.0 }).collect();
    let scaled: Vec<f64> = (0..m * m).map(|at| a[at] * scale[at / m] * scale[at % m]).collect();
    let (values, vectors) = eigen(&scaled, m);
    let mut out = vec![0.0; m * m];
    for (value, v) in values.iter().zip(&vectors).filter(|(v, _)| **v > least) {
        for i in 0..m {
            for j in 0..m {
                out[i * m + j] += v[i] * v[j] / value * scale[i] * scale[j];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{eigen, general_inverse, inverse};

    #[test]
    fn eigenvalues_of_a_known_matrix() {
        // Eigenvalues of the second difference matrix: 2 − 2cos(πj/(n + 1)).
        let a = [2.0, -1.0, 0.0, -1.0, 2.0, -1.0, 0.0, -1.0, 2.0];
        let (values, vectors) = eigen(&a, 3);
        let root = 2.0_f64.sqrt();
        for (value, expected) in values.iter().zip([2.0 - root, 2.0, 2.0 + root]) {
            assert!((value - expected).abs() < 1e-14);
        }
        for (value, v) in values.iter().zip(&vectors) {
            for i in 0..3 {
                let av: f64 = (0..3).map(|j| a[i * 3 + j] * v[j]).sum();
                assert!((av - value * v[i]).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn the_inverse_inverts() {
        let inverse = inverse(&[4.0, 2.0, 2.0, 3.0], 2).unwrap();
        for (x, expected) in inverse.iter().zip([0.375, -0.25, -0.25, 0.5]) {
            assert!((x - expected).abs() < 1e-15);
        }
        let general = general_inverse(&[0.0, 2.0, 4.0, 1.0], 2).unwrap();
        assert_eq!(general, [-0.125, 0.25, 0.5, 0.0]);
        assert_eq!(super::inverse(&[1.0, 2.0, 2.0, 1.0], 2), None);
    }
}
