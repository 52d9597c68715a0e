use crate::simd::dot;

/// Adds Σ wᵢ xᵢ to `sums` and Σ wᵢ xᵢ xᵢᵀ to the lower triangle of the row-major `matrix`.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn add_weighted_gram(
    weights: &[f64],
    columns: &[&[f64]],
    sums: &mut [f64],
    matrix: &mut [f64],
) {
    let p = columns.len();
    let mut weighted = vec![0.0; weights.len()];
    for (j, column) in columns.iter().enumerate() {
        for ((out, w), x) in weighted.iter_mut().zip(weights).zip(column.iter()) {
            *out = w * x;
        }
        sums[j] += crate::simd::sum(&weighted);
        for (entry, other) in matrix[j * p..=j * p + j].iter_mut().zip(columns) {
            *entry += dot(&weighted, other);
        }
    }
}

/// Adds `sign` times Σ xᵢ xᵢᵀ to the lower triangle of the row-major `matrix`.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn add_gram(sign: f64, columns: &[&[f64]], matrix: &mut [f64]) {
    let p = columns.len();
    for (j, column) in columns.iter().enumerate() {
        for (entry, other) in matrix[j * p..=j * p + j].iter_mut().zip(columns) {
            *entry += sign * dot(column, other);
        }
    }
}
