//! Cross products of columns.

use crate::simd::{dot, dots, sum};

/// Adds Σ wᵢ xᵢ to `sums` and Σ wᵢ xᵢ xᵢᵀ to the lower triangle of the row-major `matrix`. `scratch` has
/// room for a copy of the columns.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn add_weighted_gram(
    weights: &[f64],
    columns: &[&[f64]],
    scratch: &mut [f64],
    sums: &mut [f64],
    matrix: &mut [f64],
) {
    let n = weights.len();
    for ((j, column), out) in columns.iter().enumerate().zip(scratch.chunks_exact_mut(n)) {
        for ((out, w), x) in out.iter_mut().zip(weights).zip(column.iter()) {
            *out = w * x;
        }
        sums[j] += sum(out);
    }
    let weighted = |j: usize| &scratch[j * n..(j + 1) * n];
    add_products(1.0, columns.len(), weighted, |k| columns[k], matrix);
}

/// Adds `sign` times Σ xᵢ xᵢᵀ to the lower triangle of the row-major `matrix`.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn add_gram(sign: f64, columns: &[&[f64]], matrix: &mut [f64]) {
    add_products(sign, columns.len(), |j| columns[j], |k| columns[k], matrix);
}

/// Adds the products of all pairs of columns, two by two, so that every load serves two products.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn add_products<'a>(
    sign: f64,
    p: usize,
    left: impl Fn(usize) -> &'a [f64],
    right: impl Fn(usize) -> &'a [f64],
    matrix: &mut [f64],
) {
    for j in (0..p - p % 2).step_by(2) {
        for k in (0..j).step_by(2) {
            let products = dots([left(j), left(j + 1)], [right(k), right(k + 1)]);
            for (at, product) in [j * p + k, j * p + k + 1, (j + 1) * p + k, (j + 1) * p + k + 1]
                .iter()
                .zip(products)
            {
                matrix[*at] += sign * product;
            }
        }
        matrix[j * p + j] += sign * dot(left(j), right(j));
        matrix[(j + 1) * p + j] += sign * dot(left(j + 1), right(j));
        matrix[(j + 1) * p + j + 1] += sign * dot(left(j + 1), right(j + 1));
    }
    if !p.is_multiple_of(2) {
        for k in 0..p {
            matrix[(p - 1) * p + k] += sign * dot(left(p - 1), right(k));
        }
    }
}
