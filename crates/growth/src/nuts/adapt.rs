//! The schedule of the warm-up, and the moments it learns from.

use serde::{Deserialize, Serialize};

use super::mass::Mass;
use crate::exact;

/// Lengths of the parts of the warm-up, as Stan has them.
const FIRST_PART: usize = 75;
const LAST_PART: usize = 50;
const FIRST_WINDOW: usize = 25;
/// Warm-ups shorter than this have parts in proportion.
const SHORTEST: usize = FIRST_PART + FIRST_WINDOW + LAST_PART;
/// A dense matrix is estimated up to this many parameters.
pub(crate) const DENSE_DIM: usize = 16;

/// The last iterations of the windows after which the mass matrix is renewed.
pub(crate) fn window_ends(warmup: usize) -> Vec<usize> {
    if warmup < 20 {
        return Vec::new();
    }
    let (first, last, mut window) = if warmup < SHORTEST {
        let (first, last) = (warmup * 15 / 100, warmup / 10);
        (first, last, warmup - first - last)
    } else {
        (FIRST_PART, LAST_PART, FIRST_WINDOW)
    };
    let end = warmup - last;
    let (mut at, mut ends) = (first, Vec::new());
    while at < end {
        // A window that leaves no room for the next one, twice as long, takes the rest.
        at = if at + 3 * window > end { end } else { at + window };
        ends.push(at - 1);
        window *= 2;
    }
    ends
}

/// Whether iteration `at` belongs to a window of the mass matrix.
pub(crate) fn in_window(at: usize, warmup: usize, ends: &[usize]) -> bool {
    let first = if warmup < SHORTEST { warmup * 15 / 100 } else { FIRST_PART };
    ends.last().is_some_and(|&last| at >= first && at <= last)
}

/// Mean and covariance of draws, one at a time (Welford 1962).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moments {
    #[serde(with = "exact::number")]
    count: f64,
    #[serde(with = "exact::numbers")]
    mean: Vec<f64>,
    /// Sums of squares and products; the diagonal alone past [`DENSE_DIM`].
    #[serde(with = "exact::numbers")]
    squares: Vec<f64>,
}

impl Moments {
    pub(crate) fn new(dim: usize) -> Self {
        let size = if dim <= DENSE_DIM { dim * dim } else { dim };
        Self { count: 0.0, mean: vec![0.0; dim], squares: vec![0.0; size] }
    }

    pub(crate) fn add(&mut self, x: &[f64]) {
        self.count += 1.0;
        let dim = x.len();
        let before: Vec<f64> = x.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        for (mean, delta) in self.mean.iter_mut().zip(&before) {
            *mean += delta / self.count;
        }
        for i in 0..dim {
            let after = x[i] - self.mean[i];
            if dim > DENSE_DIM {
                self.squares[i] += before[i] * after;
                continue;
            }
            let row = &mut self.squares[i * dim..(i + 1) * dim];
            for (square, delta) in row.iter_mut().zip(&before) {
                *square += delta * after;
            }
        }
    }

    /// The mass matrix of these draws; `None` with too few. Stan draws it towards 10⁻³ on the
    /// diagonal, which swamps the posterior of a large school (variances of 10⁻⁶); here it is drawn
    /// towards the variances of the matrix in use, whatever their scale.
    pub(crate) fn mass(&self, before: &Mass) -> Option<Mass> {
        if self.count < 10.0 {
            return None;
        }
        let dim = self.mean.len();
        let (own, old) = (self.count / (self.count + 5.0), 5.0 / (self.count + 5.0));
        let mut covariance: Vec<f64> =
            self.squares.iter().map(|square| own * square / (self.count - 1.0)).collect();
        if dim > DENSE_DIM {
            for (i, variance) in covariance.iter_mut().enumerate() {
                *variance += old * before.variance(i, dim);
            }
            return Some(Mass::Diagonal(covariance));
        }
        for i in 0..dim {
            covariance[i * dim + i] += old * before.variance(i, dim);
            for j in 0..i {
                let middle = f64::midpoint(covariance[i * dim + j], covariance[j * dim + i]);
                covariance[i * dim + j] = middle;
                covariance[j * dim + i] = middle;
            }
        }
        Mass::dense(covariance, dim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_those_of_stan() {
        // Stan reference manual, "Automatic parameter tuning": 75, then 25, 50, 100, 200, 500, then 50.
        assert_eq!(window_ends(1000), [99, 149, 249, 449, 949]);
        assert!(window_ends(10).is_empty());
        let short = window_ends(100);
        assert_eq!(short, [89]);
    }

    #[test]
    fn moments_are_those_of_the_draws() {
        let draws = [[1.0, 2.0], [3.0, 1.0], [2.0, 5.0], [0.0, 0.0]];
        let mut moments = Moments::new(2);
        for draw in draws.iter().cycle().take(12) {
            moments.add(draw);
        }
        assert!((moments.mean[0] - 1.5).abs() < 1e-12);
        // Sum of products about the means, three times over: Σ(x−1.5)(y−2) = 3.
        assert!((moments.squares[1] - 9.0).abs() < 1e-12);
    }
}
