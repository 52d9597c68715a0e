//! Cholesky factors of dense symmetric matrices.

mod direct;
mod spectrum;
mod tiled;

use crate::interrupt::{Interrupt, Interrupted};
use direct::dot;

/// Matrices up to this size are worked on row by row: they are done sooner than they are cut into tiles.
const LARGEST_DIRECT: usize = 192;

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
    fn factor(matrix: Vec<f64>, n: usize, stop: &Interrupt) -> Self {
        assert_eq!(matrix.len(), n * n, "a square matrix is needed");
        let mut lower = matrix;
        let dropped = if n <= LARGEST_DIRECT {
            let scales: Vec<f64> = (0..n).map(|i| lower[i * n + i]).collect();
            direct::factor(&mut lower, &scales, stop)
        } else {
            tiled::factor(&mut lower, n, stop)
        };
        Self { n, lower, dropped }
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
        let mut inverse = if n <= LARGEST_DIRECT {
            let columns = direct::inverse_columns(&self.lower, n, stop);
            direct::product_of_columns(&columns, n, stop)
        } else {
            tiled::inverse(&self.lower, n, stop)
        };
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

    /// Largest over smallest eigenvalue of the matrix without the rows set aside, good to about one per
    /// cent; `None` for an empty matrix.
    pub fn condition_number(&self) -> Option<f64> {
        let largest = |apply: &(dyn Fn(&mut [f64]) + Sync)| {
            spectrum::largest_eigenvalue(self.n, &self.dropped, apply)
        };
        let (largest, inverse_of_smallest) =
            rayon::join(|| largest(&|x| self.multiply(x)), || largest(&|x| self.solve(x)));
        Some(largest? * inverse_of_smallest?)
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

#[cfg(test)]
mod tests {
    use super::{Cholesky, direct};
    use crate::interrupt::{Interrupt, Interrupted};
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
        for n in [1, 2, 7, 40, 193, 300] {
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
                    assert!((product - identity).abs() < 1e-9);
                    assert!((row[j] - identity).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn tiles_hold_the_numbers_of_rows() {
        let n = 230;
        let matrix = positive_definite(n);
        let factor = Cholesky::new(matrix.clone(), n);
        let scales: Vec<f64> = (0..n).map(|i| matrix[i * n + i]).collect();
        let mut lower = matrix;
        assert!(direct::factor(&mut lower, &scales, &Interrupt::never()).is_empty());
        for (ours, direct) in factor.lower.iter().zip(&lower) {
            // Entries of size n, of which each is a difference of n products.
            assert!((ours - direct).abs() < 1e-10, "{ours} {direct}");
        }
    }

    #[test]
    fn rows_of_a_large_matrix_are_set_aside_without_a_trace() {
        let n = 260;
        let mut matrix = positive_definite(n);
        // Rows 100 and 230 repeat rows 3 and 120, in every column.
        for (copy, row) in [(100, 3), (230, 120)] {
            for j in 0..n {
                matrix[copy * n + j] = matrix[row * n + j];
            }
            for i in 0..n {
                matrix[i * n + copy] = matrix[i * n + row];
            }
        }
        let factor = Cholesky::new(matrix.clone(), n);
        assert_eq!(factor.dropped(), [100, 230]);
        let kept: Vec<usize> = (0..n).filter(|i| ![100, 230].contains(i)).collect();
        let m = kept.len();
        let part = (0..m * m).map(|at| matrix[kept[at / m] * n + kept[at % m]]).collect();
        let (inverse, of_part) = (factor.inverse(), Cholesky::new(part, m).inverse());
        for (a, &i) in kept.iter().enumerate() {
            for (b, &j) in kept.iter().enumerate() {
                let apart = inverse[i * n + j] - of_part[a * m + b];
                assert!(apart.abs() < 1e-10, "{i} {j}");
            }
        }
        assert!((0..n).all(|j| inverse[100 * n + j] == 0.0 && inverse[j * n + 230] == 0.0));
        let mut b = vec![1.0; n];
        factor.solve(&mut b);
        assert_eq!((b[100], b[230]), (0.0, 0.0));
    }

    #[test]
    fn a_large_factor_that_nobody_wants_ends_early() {
        let n = 250;
        let matrix = positive_definite(n);
        let whole = Cholesky::new(matrix.clone(), n);
        let stop = Interrupt::when(|| true);
        assert_eq!(Cholesky::within(matrix, n, &stop), Err(Interrupted));
        assert_eq!(whole.inverse_within(&stop), Err(Interrupted));
        assert_eq!(whole.inverse_within(&Interrupt::never()).unwrap(), whole.inverse());
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
