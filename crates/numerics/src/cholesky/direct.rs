//! Factor and inverse row by row: of small matrices, and of the tiles on the diagonal of large ones.

use crate::interrupt::Interrupt;
use crate::simd::vectorized;

const LANES: usize = 8;
/// A pivot below this share of its diagonal element is rounding, not information.
const SMALLEST_PIVOT: f64 = 1e-11;

/// Factors in place a row-major matrix whose lower triangle is read; the part above the diagonal becomes zero. `scales`
/// are the diagonal elements against which pivots are held. Returns the rows that were set aside; half a factor once
/// `stop` is raised.
pub(super) fn factor(matrix: &mut [f64], scales: &[f64], stop: &Interrupt) -> Vec<usize> {
    let n = scales.len();
    let mut dropped = Vec::new();
    for (column, scale) in scales.iter().enumerate() {
        if stop.is_raised() {
            break;
        }
        let (above, below) = matrix.split_at_mut((column + 1) * n);
        let row = &mut above[column * n..];
        let pivot = row[column] - dot(&row[..column], &row[..column]);
        row[column + 1..].fill(0.0);
        let usable = pivot > SMALLEST_PIVOT * scale.abs() && pivot.is_finite();
        if !usable {
            dropped.push(column);
            row[..column].fill(0.0);
        }
        let root = if usable { pivot.sqrt() } else { 1.0 };
        row[column] = root;
        let factor = if usable { 1.0 / root } else { 0.0 };
        let row = &row[..column];
        vectorized(
            #[inline(always)]
            || {
                for other in below.chunks_exact_mut(n) {
                    other[column] = (other[column] - dot(row, &other[..column])) * factor;
                }
            },
        );
    }
    dropped
}

/// The inverse of a factor by columns: row j is column j of it.
pub(super) fn inverse_columns(lower: &[f64], n: usize, stop: &Interrupt) -> Vec<f64> {
    let mut columns = vec![0.0; n * n];
    for (i, row) in lower.chunks_exact(n.max(1)).enumerate() {
        if stop.is_raised() {
            break;
        }
        vectorized(
            #[inline(always)]
            || {
                for (j, column) in columns.chunks_exact_mut(n).enumerate().take(i + 1) {
                    let sum = if j == i { 1.0 } else { -dot(&row[j..i], &column[j..i]) };
                    column[i] = sum / row[i];
                }
            },
        );
    }
    columns
}

/// Lower triangle of L⁻ᵀL⁻¹ from the columns of L⁻¹.
pub(super) fn product_of_columns(columns: &[f64], n: usize, stop: &Interrupt) -> Vec<f64> {
    let mut product = vec![0.0; n * n];
    for (i, row) in product.chunks_exact_mut(n.max(1)).enumerate() {
        if stop.is_raised() {
            break;
        }
        let own = &columns[i * n + i..(i + 1) * n];
        vectorized(
            #[inline(always)]
            || {
                for (value, column) in row.iter_mut().zip(columns.chunks_exact(n)).take(i + 1) {
                    *value = dot(own, &column[i..]);
                }
            },
        );
    }
    product
}

/// Sum of products in eight interleaved partial sums: the order is fixed, the loop becomes vector
/// code.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for l in 0..LANES {
            sums[l] += x[l] * y[l];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}
