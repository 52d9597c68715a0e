//! Cholesky factors of dense symmetric matrices.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::interrupt::{Interrupt, Interrupted};
use crate::stream::Stream;

const LANES: usize = 8;
/// Rows that a task works on, and rows that it has at hand meanwhile: both stay in the cache while each of one
/// meets each of the other.
const BLOCK: usize = 16;
/// Matrices up to this size are worked on by the thread that asks: their rows are done sooner than
/// another thread is woken.
const SMALL: usize = 64;
/// A pivot below this share of its diagonal element is rounding, not information.
const SMALLEST_PIVOT: f64 = 1e-11;

/// Cholesky factor of a symmetric positive definite matrix, A = LLᵀ.
///
/// A row whose pivot vanishes is set aside: the factor is that of the matrix without it, so the
/// rows that make a matrix singular can be named and the rest still used.
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    n: usize,
    /// Row-major; the part above the diagonal is zero.
    lower: Vec<f64>,
    dropped: Vec<usize>,
}

/// `f` of every part of `length` of a matrix of `n` columns, by its position.
fn each_part(
    matrix: &mut [f64],
    length: usize,
    n: usize,
    f: impl Fn(usize, &mut [f64]) + Sync + Send,
) {
    if n <= SMALL {
        return matrix.chunks_mut(length.max(1)).enumerate().for_each(|(at, part)| f(at, part));
    }
    matrix.par_chunks_mut(length.max(1)).enumerate().for_each(|(at, part)| f(at, part));
}

impl Cholesky {
    /// Factors the `n` × `n` row-major matrix of which only the lower triangle is read.
    ///
    /// # Panics
    /// When `matrix` has not n² entries.
    pub fn new(matrix: Vec<f64>, n: usize) -> Self {
        Self::factor(matrix, n, &Interrupt::never())
    }

    /// The same as long as somebody wants it.
    ///
    /// # Errors
    /// [`Interrupted`] once nobody does.
    ///
    /// # Panics
    /// When `matrix` has not n² entries.
    pub fn within(matrix: Vec<f64>, n: usize, stop: &Interrupt) -> Result<Self, Interrupted> {
        let factor = Self::factor(matrix, n, stop);
        stop.check()?;
        Ok(factor)
    }

    /// Half a factor once `stop` is raised.
    fn factor(mut matrix: Vec<f64>, n: usize, stop: &Interrupt) -> Self {
        assert_eq!(matrix.len(), n * n, "a square matrix is needed");
        let mut dropped = Vec::new();
        for first in (0..n).step_by(BLOCK) {
            let end = (first + BLOCK).min(n);
            let (finished, below) = matrix.split_at_mut(end * n);
            let mut factors = [0.0; BLOCK];
            for column in first..end {
                if stop.is_raised() {
                    return Self { n, lower: matrix, dropped };
                }
                let (above, beside) = finished.split_at_mut((column + 1) * n);
                let row = &mut above[column * n..];
                let scale = row[column].abs();
                let pivot = row[column] - dot(&row[..column], &row[..column]);
                row[column + 1..].fill(0.0);
                let usable = pivot > SMALLEST_PIVOT * scale && pivot.is_finite();
                if !usable {
                    dropped.push(column);
                    row[..column].fill(0.0);
                }
                let root = if usable { pivot.sqrt() } else { 1.0 };
                row[column] = root;
                let factor = if usable { 1.0 / root } else { 0.0 };
                factors[column - first] = factor;
                Arch::new().dispatch(Elimination {
                    finished: row,
                    first: column,
                    factors: &[factor],
                    rows: beside,
                    n,
                });
            }
            let finished = &finished[first * n..];
            let factors = &factors[..end - first];
            each_part(below, BLOCK * n, n, |_, rows| {
                Arch::new().dispatch(Elimination { finished, first, factors, rows, n });
            });
        }
        Self { n, lower: matrix, dropped }
    }

    /// Rows that were set aside because they add nothing to the rows before them.
    pub fn dropped(&self) -> &[usize] {
        &self.dropped
    }

    /// Solves Ax = b in place.
    ///
    /// # Panics
    /// When `b` has not n entries.
    pub fn solve(&self, b: &mut [f64]) {
        assert_eq!(b.len(), self.n, "one entry per row");
        for i in 0..self.n {
            let row = &self.lower[i * self.n..][..=i];
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
        for i in (0..self.n).rev() {
            b[i] /= self.lower[i * self.n + i];
            let (done, value) = (&self.lower[i * self.n..][..i], b[i]);
            for (b, l) in b.iter_mut().zip(done) {
                *b -= l * value;
            }
        }
        for &i in &self.dropped {
            b[i] = 0.0;
        }
    }

    /// The inverse, row-major and symmetric; rows and columns set aside are zero.
    pub fn inverse(&self) -> Vec<f64> {
        self.inverted(&Interrupt::never())
    }

    /// The same as long as somebody wants it.
    ///
    /// # Errors
    /// [`Interrupted`] once nobody does.
    pub fn inverse_within(&self, stop: &Interrupt) -> Result<Vec<f64>, Interrupted> {
        let inverse = self.inverted(stop);
        stop.check()?;
        Ok(inverse)
    }

    /// Half an inverse once `stop` is raised.
    fn inverted(&self, stop: &Interrupt) -> Vec<f64> {
        let n = self.n;
        // Row j of `columns` is column j of L⁻¹, so that the sums below run along rows.
        let mut columns = vec![0.0; n * n];
        each_part(&mut columns, BLOCK * n, n, |part, columns| {
            if !stop.is_raised() {
                Arch::new().dispatch(InverseColumns { factor: self, first: part * BLOCK, columns });
            }
        });
        let mut inverse = vec![0.0; n * n];
        each_part(&mut inverse, BLOCK * n, n, |part, rows| {
            if !stop.is_raised() {
                let (columns, first) = (&columns, part * BLOCK);
                Arch::new().dispatch(ProductRows { columns, n, first, rows });
            }
        });
        for &i in &self.dropped {
            for j in 0..n {
                inverse[i * n + j] = 0.0;
                inverse[j * n + i] = 0.0;
            }
        }
        for i in 0..n {
            for j in 0..i {
                inverse[j * n + i] = inverse[i * n + j];
            }
        }
        inverse
    }

    /// Largest over smallest eigenvalue of the matrix without the rows set aside, by power
    /// iteration, good to about one per cent; `None` for an empty matrix.
    pub fn condition_number(&self) -> Option<f64> {
        let (largest, inverse_of_smallest) = rayon::join(
            || self.dominant(|x| self.multiply(x)),
            || self.dominant(|x| self.solve(x)),
        );
        Some(largest? * inverse_of_smallest?)
    }

    /// Dominant eigenvalue of a symmetric operator.
    fn dominant(&self, apply: impl Fn(&mut [f64])) -> Option<f64> {
        const MOST_ITERATIONS: usize = 200;
        const TOLERANCE: f64 = 1e-4;
        let mut stream = Stream::new(0, self.n as u64);
        let mut x: Vec<f64> = (0..self.n).map(|_| stream.normal()).collect();
        for &i in &self.dropped {
            x[i] = 0.0;
        }
        let mut value = 0.0;
        for _ in 0..MOST_ITERATIONS {
            let length = dot(&x, &x).sqrt();
            if length.is_nan() || length <= 0.0 {
                return None;
            }
            for v in &mut x {
                *v /= length;
            }
            apply(&mut x);
            let next = dot(&x, &x).sqrt();
            if (next - value).abs() <= TOLERANCE * next {
                return Some(next);
            }
            value = next;
        }
        Some(value)
    }

    /// x ← LLᵀx, without the rows set aside.
    fn multiply(&self, x: &mut [f64]) {
        let mut transposed = vec![0.0; self.n];
        for (i, v) in x.iter().enumerate() {
            for (t, l) in transposed.iter_mut().zip(&self.lower[i * self.n..][..=i]) {
                *t += l * v;
            }
        }
        for (i, v) in x.iter_mut().enumerate() {
            *v = dot(&self.lower[i * self.n..][..=i], &transposed[..=i]);
        }
        for &i in &self.dropped {
            x[i] = 0.0;
        }
    }
}

/// Takes the part of finished rows out of rows below them. Kernels are structures: the call of a closure
/// is not inlined, and its loop would be compiled without vector instructions.
struct Elimination<'a> {
    /// The finished rows.
    finished: &'a [f64],
    /// The column of the pivot of the first of them.
    first: usize,
    /// One over each pivot, 0 where its row is set aside.
    factors: &'a [f64],
    rows: &'a mut [f64],
    n: usize,
}

impl WithSimd for Elimination<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn with_simd<S: Simd>(self, _: S) {
        let Self { finished, first, factors, rows, n } = self;
        for other in rows.chunks_exact_mut(n) {
            for (at, factor) in factors.iter().enumerate() {
                let column = first + at;
                let row = &finished[at * n..][..column];
                other[column] = (other[column] - dot(row, &other[..column])) * factor;
            }
        }
    }
}

/// Columns of the inverse of a factor, from `first` on.
struct InverseColumns<'a> {
    factor: &'a Cholesky,
    first: usize,
    columns: &'a mut [f64],
}

impl WithSimd for InverseColumns<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn with_simd<S: Simd>(self, _: S) {
        let Self { factor: Cholesky { n, lower, .. }, first, columns } = self;
        for i in first..*n {
            let row = &lower[i * n..][..=i];
            for (column, j) in columns.chunks_exact_mut(*n).zip(first..=i) {
                let sum = if j == i { 1.0 } else { -dot(&row[j..i], &column[j..i]) };
                column[i] = sum / row[i];
            }
        }
    }
}

/// Rows of L⁻ᵀL⁻¹ up to their diagonals, from `first` on.
struct ProductRows<'a> {
    columns: &'a [f64],
    n: usize,
    first: usize,
    rows: &'a mut [f64],
}

impl WithSimd for ProductRows<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn with_simd<S: Simd>(self, _: S) {
        let Self { columns, n, first, rows } = self;
        for j in 0..first + rows.len() / n {
            let column = &columns[j * n..][..n];
            for (row, i) in rows.chunks_exact_mut(n).zip(first..).filter(|(_, i)| *i >= j) {
                row[j] = dot(&columns[i * n + i..(i + 1) * n], &column[i..]);
            }
        }
    }
}

/// Sum of products in eight interleaved partial sums: the order is fixed, the loop becomes vector
/// code.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn dot(a: &[f64], b: &[f64]) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::Cholesky;
    use crate::stream::Stream;

    /// BᵀB + I for a random B.
    fn positive_definite(n: usize) -> Vec<f64> {
        let mut stream = Stream::new(9, 9);
        let b: Vec<f64> = (0..n * n).map(|_| stream.normal()).collect();
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                let dot: f64 = (0..n).map(|k| b[k * n + i] * b[k * n + j]).sum();
                a[i * n + j] = dot + f64::from(u8::from(i == j));
            }
        }
        a
    }

    #[test]
    fn the_inverse_inverts() {
        for n in [1, 2, 7, 40] {
            let a = positive_definite(n);
            let factor = Cholesky::new(a.clone(), n);
            assert!(factor.dropped().is_empty());
            let inverse = factor.inverse();
            for i in 0..n {
                let mut row = a[i * n..(i + 1) * n].to_vec();
                factor.solve(&mut row);
                for j in 0..n {
                    let identity = f64::from(u8::from(i == j));
                    let product: f64 = (0..n).map(|k| a[i * n + k] * inverse[k * n + j]).sum();
                    // Condition number of about n², times the rounding of n sums.
                    assert!((product - identity).abs() < 1e-10);
                    assert!((row[j] - identity).abs() < 1e-10);
                }
            }
        }
    }

    #[test]
    fn the_condition_number_is_the_ratio_of_the_eigenvalues() {
        // Eigenvalues 1 and 3, then 100.
        let factor = Cholesky::new(vec![2.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 100.0], 3);
        assert!((factor.condition_number().unwrap() - 100.0).abs() < 1.0);
        assert_eq!(Cholesky::new(Vec::new(), 0).condition_number(), None);
    }

    #[test]
    fn a_factor_that_nobody_wants_ends_in_the_middle() {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};

        use crate::interrupt::{Interrupt, Interrupted};

        /// Raised from the so-maniest look on, with the number of looks.
        fn after(looks: usize) -> (Interrupt, Arc<AtomicUsize>) {
            let seen = Arc::new(AtomicUsize::new(0));
            let counted = seen.clone();
            (Interrupt::when(move || counted.fetch_add(1, Ordering::Relaxed) >= looks), seen)
        }
        let n = 100;
        let matrix = positive_definite(n);
        let (stop, looks) = after(10);
        assert_eq!(Cholesky::within(matrix.clone(), n, &stop), Err(Interrupted));
        assert!(looks.load(Ordering::Relaxed) < 15);
        let whole = Cholesky::within(matrix.clone(), n, &Interrupt::never()).unwrap();
        assert_eq!(whole, Cholesky::new(matrix, n));
        let (stop, _) = after(10);
        assert_eq!(whole.inverse_within(&stop), Err(Interrupted));
        assert_eq!(whole.inverse_within(&Interrupt::never()).unwrap(), whole.inverse());
    }

    #[test]
    fn a_repeated_row_is_set_aside() {
        // Row 2 = row 0 + row 1.
        let a = vec![2.0, 1.0, 3.0, 1.0, 2.0, 3.0, 3.0, 3.0, 6.0];
        let factor = Cholesky::new(a, 3);
        assert_eq!(factor.dropped(), [2]);
        let inverse = factor.inverse();
        assert!((inverse[0] - 2.0 / 3.0).abs() < 1e-14);
        assert!((inverse[1] + 1.0 / 3.0).abs() < 1e-14);
        assert_eq!(inverse[8], 0.0);
    }
}
