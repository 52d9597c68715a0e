//! Orthogonal polynomials as R's `poly()` makes them.

use serde::{Deserialize, Serialize};

/// A polynomial of which less than this share is left is a combination of those of lower degree.
const SMALLEST_SHARE: f64 = 1e-14;

/// Three-term recurrence of the polynomials that are orthogonal over the fitted values (Kennedy &
/// Gentle 1980, pp. 343–344).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Polynomial {
    alpha: Vec<f64>,
    /// Squared lengths of the polynomials with leading coefficient one, from degree zero.
    squares: Vec<f64>,
}

impl Polynomial {
    /// `None` when there are not more distinct values than the degree.
    pub(crate) fn learn(x: &[f64], degree: usize) -> Option<Self> {
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let mut out = Self { alpha: Vec::new(), squares: vec![x.len() as f64] };
        let mut before = vec![0.0; x.len()];
        let mut current = vec![1.0; x.len()];
        let mut scale = 1.0;
        for d in 0..degree {
            let square = out.squares[d];
            // Around the mean, for digits.
            let pairs = x.iter().zip(&current);
            let alpha = pairs.map(|(x, p)| (x - mean) * p * p).sum::<f64>() / square + mean;
            let ratio = if d == 0 { 0.0 } else { square / out.squares[d - 1] };
            let next: Vec<f64> =
                (0..x.len()).map(|i| (x[i] - alpha) * current[i] - ratio * before[i]).collect();
            let length: f64 = next.iter().map(|p| p * p).sum();
            let spread = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / x.len() as f64;
            scale *= spread;
            if length.is_nan() || length <= SMALLEST_SHARE * scale * x.len() as f64 {
                return None;
            }
            out.alpha.push(alpha);
            out.squares.push(length);
            before = std::mem::replace(&mut current, next);
        }
        Some(out)
    }

    pub(crate) fn columns(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut before = vec![0.0; x.len()];
        let mut current = vec![1.0; x.len()];
        let mut out = Vec::with_capacity(self.alpha.len());
        for (d, alpha) in self.alpha.iter().enumerate() {
            let ratio = if d == 0 { 0.0 } else { self.squares[d] / self.squares[d - 1] };
            let next: Vec<f64> =
                (0..x.len()).map(|i| (x[i] - alpha) * current[i] - ratio * before[i]).collect();
            let root = self.squares[d + 1].sqrt();
            out.push(next.iter().map(|p| p / root).collect());
            before = std::mem::replace(&mut current, next);
        }
        out
    }
}
