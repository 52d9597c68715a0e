//! One population without clusters that looks like the rows: their features, their correlations.

use seedtest_numerics::{Stream, normal_cdf};

use crate::marginal::Marginal;
use crate::matrix::Matrix;
use crate::principal::{covariance, eigen};

/// Rows of one kind: each feature with one mode and the masses at the ends of its range (see
/// [`Marginal::unimodal`]), the features tied together by a normal distribution (a Gaussian copula) so that
/// they correlate as those of the rows do. What is missing in a row is missing in a drawn one.
#[derive(Debug, Clone)]
pub(crate) struct Population {
    marginals: Vec<Marginal>,
    /// Turns independent normal numbers into correlated ones, d × d.
    root: Vec<f64>,
    /// Which values of the rows are known, d a row.
    known: Vec<bool>,
    d: usize,
}

impl Population {
    /// Like `matrix`.
    pub(crate) fn like(matrix: &Matrix, seed: u64) -> Self {
        let d = matrix.d;
        let known: Vec<bool> = matrix.values.iter().map(|x| !x.is_nan()).collect();
        let marginals = (0..d).map(|j| Marginal::unimodal(&matrix.sorted_column(j))).collect();
        let mut population = Self { marginals, root: Vec::new(), known, d };
        let target = without_chance(correlations(matrix), matrix.n(), d);
        population.root = population.root_for(&target, seed);
        population
    }

    /// As many rows as there were.
    pub(crate) fn draw(&self, stream: &mut Stream) -> Matrix {
        self.rows(self.known.len() / self.d, &self.root, stream)
    }

    fn rows(&self, n: usize, root: &[f64], stream: &mut Stream) -> Matrix {
        let d = self.d;
        let mut values = Vec::with_capacity(n * d);
        let mut free = vec![0.0; d];
        for known in self.known.chunks_exact(d).cycle().take(n) {
            free.fill_with(|| stream.normal());
            for (j, marginal) in self.marginals.iter().enumerate() {
                let row = root[j * d..][..d].iter().zip(&free);
                let z: f64 = row.map(|(a, b)| a * b).sum();
                values.push(if known[j] { marginal.quantile(normal_cdf(z)) } else { f64::NAN });
            }
        }
        Matrix::new(values, d)
    }

    /// The root whose rows correlate like `target`: the correlations of the normal numbers are moved until
    /// those of the features are met (Cario & Nelson 1997), on the same draws each time.
    fn root_for(&self, target: &[f64], seed: u64) -> Vec<f64> {
        const STREAM: u64 = (1 << 59) - 1;
        const ROWS: usize = 4_000;
        const ROUNDS: usize = 6;
        let d = self.d;
        let n = self.known.len() / d;
        let rows = n * ROWS.div_ceil(n);
        let mut latent = target.to_vec();
        let mut root = root(&latent, d);
        for _ in 0..ROUNDS {
            let drawn = self.rows(rows, &root, &mut Stream::new(seed, STREAM));
            let found = correlations(&drawn);
            for (latent, (target, found)) in latent.iter_mut().zip(target.iter().zip(&found)) {
                *latent = (*latent + target - found).clamp(-1.0, 1.0);
            }
            root = self::root(&latent, d);
        }
        root
    }
}

/// Pearson correlations, d × d; 0 with a feature that does not vary.
pub(crate) fn correlations(matrix: &Matrix) -> Vec<f64> {
    let d = matrix.d;
    let (covariance, _) = covariance(matrix);
    let sd: Vec<f64> = (0..d).map(|i| covariance[i * d + i].sqrt()).collect();
    (0..d * d)
        .map(|at| {
            let (i, j) = (at / d, at % d);
            let both = sd[i] * sd[j];
            if i == j {
                1.0
            } else if both > 0.0 {
                covariance[at] / both
            } else {
                0.0
            }
        })
        .collect()
}

/// Correlations of `n` rows drawn towards 0 by the share of their squares that is sampling variance (Schäfer & Strimmer
/// 2005). Rows drawn with them add that share again: with the correlations as they are seen, tables of independent
/// features would be compared with longer ones.
fn without_chance(mut correlations: Vec<f64>, n: usize, d: usize) -> Vec<f64> {
    let is_pair = |at: usize| at / d != at % d;
    let (mut squares, mut variances) = (0.0, 0.0);
    for (_, r) in correlations.iter().enumerate().filter(|(at, _)| is_pair(*at)) {
        squares += r * r;
        variances += (1.0 - r * r) * (1.0 - r * r) / (n.max(2) - 1) as f64;
    }
    if squares > 0.0 {
        let kept = (1.0 - variances / squares).max(0.0);
        for (_, r) in correlations.iter_mut().enumerate().filter(|(at, _)| is_pair(*at)) {
            *r *= kept;
        }
    }
    correlations
}

/// A root of the correlation matrix that is nearest in its eigenvalues: none is below 0, and every row has
/// length 1.
fn root(correlations: &[f64], d: usize) -> Vec<f64> {
    let (values, axes) = eigen(correlations.to_vec(), d);
    let mut root = vec![0.0; d * d];
    for (j, row) in root.chunks_exact_mut(d).enumerate() {
        for (a, out) in row.iter_mut().enumerate() {
            *out = axes[a * d + j] * values[a].max(0.0).sqrt();
        }
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        for x in row.iter_mut() {
            *x /= length;
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::without_chance;

    /// Of two features and 101 rows the sampling variance of a correlation r is (1 − r²)² / 100.
    #[test]
    fn small_correlations_are_chance_and_large_ones_are_not() {
        let of = |r: f64| without_chance(vec![1.0, r, r, 1.0], 101, 2);
        assert_eq!(of(0.05), [1.0, 0.0, 0.0, 1.0]);
        // 1 − 0.36² / (100 · 0.64) = 0.997975.
        let found = of(0.8);
        assert_eq!((found[0], found[3]), (1.0, 1.0));
        assert!((found[1] - 0.798_38).abs() < 1e-9 && found[1] == found[2], "{found:?}");
        assert_eq!(of(0.0), [1.0, 0.0, 0.0, 1.0]);
    }
}
