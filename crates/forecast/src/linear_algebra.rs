//! Sums of products over columns, in an order that does not depend on the machine.

use seedtest_numerics::vectorized;

const LANES: usize = 8;

/// Sum of products.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for l in 0..LANES {
            sums[l] += x[l] * y[l];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7])) + rest
}

/// AᵀA of a matrix of `p` columns of `n` values, columns one after another; symmetric, p × p.
pub(crate) fn gram(columns: &[f64], n: usize, p: usize) -> Vec<f64> {
    let mut gram = vec![0.0; p * p];
    vectorized(
        #[inline(always)]
        || {
            for i in 0..p {
                let a = &columns[i * n..][..n];
                for j in 0..=i {
                    gram[i * p + j] = dot(a, &columns[j * n..][..n]);
                }
            }
        },
    );
    for i in 0..p {
        for j in 0..i {
            gram[j * p + i] = gram[i * p + j];
        }
    }
    gram
}

/// Aᵀv.
pub(crate) fn transposed_product(columns: &[f64], v: &[f64], p: usize) -> Vec<f64> {
    let n = v.len();
    vectorized(
        #[inline(always)]
        || (0..p).map(|j| dot(&columns[j * n..][..n], v)).collect(),
    )
}

/// out += A θ; columns whose coefficient is 0 are skipped.
pub(crate) fn add_product(columns: &[f64], theta: &[f64], out: &mut [f64]) {
    let n = out.len();
    vectorized(
        #[inline(always)]
        || {
            for (j, &coefficient) in theta.iter().enumerate() {
                if coefficient != 0.0 {
                    for (o, x) in out.iter_mut().zip(&columns[j * n..][..n]) {
                        *o += coefficient * x;
                    }
                }
            }
        },
    );
}
