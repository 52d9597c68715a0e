//! Whether rows are rarer between two clusters than in them.

use seedtest_numerics::{Cholesky, beta_cdf};

use crate::column::Windows;
use crate::incomplete::sums;
use crate::matrix::Matrix;
use crate::principal::covariance;

/// Between clusters there must be fewer rows than this share of those in the thinner one.
pub(crate) const RARER: f64 = 2.0 / 3.0;
/// The same of clusters that a curve might be cut into: between the parts of a ring, seen along the line between
/// their centres, there are three quarters.
pub(crate) const MUCH_RARER: f64 = 0.5;
/// Rows that know less of what sets two clusters apart do not count.
const KNOWN: f64 = 0.5;

/// The largest of the p-values of all pairs of clusters: each that of as few rows between the two, along the
/// line that tells them apart best, if there were the share `rarer` of those around the one with fewer. 1 where a
/// pair has nothing between or around to count.
pub(crate) fn doubt(matrix: &Matrix, labels: &[u32], k: usize, rarer: f64) -> f64 {
    let Some(space) = Space::new(matrix, labels, k) else { return 1.0 };
    let pairs = (0..k).flat_map(|b| (0..b).map(move |a| (a, b)));
    pairs.map(|(a, b)| of_pair(&space, a, b, rarer)).fold(0.0, f64::max)
}

fn of_pair(space: &Space<'_>, a: usize, b: usize, rarer: f64) -> f64 {
    let windows = Windows::of(space.way(a, b).into_iter());
    let around = windows.first.min(windows.second);
    if around == 0 {
        return 1.0;
    }
    // As few as `between` of both.
    let share = rarer / (1.0 + rarer);
    beta_cdf(around as f64, windows.between as f64 + 1.0, 1.0 - share)
}

/// Clusters with what their rows have in common: how they vary around their centre.
struct Space<'a> {
    matrix: &'a Matrix,
    labels: &'a [u32],
    centres: Vec<f64>,
    sizes: Vec<f64>,
    metric: Metric,
}

/// Inverse of the pooled covariance within clusters.
enum Metric {
    /// Of each feature alone, where cells are missing or rows are few.
    Diagonal(Vec<f64>),
    Full(Vec<f64>),
}

impl<'a> Space<'a> {
    /// `None` with a cluster of fewer than two rows.
    fn new(matrix: &'a Matrix, labels: &'a [u32], k: usize) -> Option<Self> {
        let d = matrix.d;
        let centres = sums(matrix, labels, k).means(|_| 0.0);
        let mut sizes = vec![0.0; k];
        let mut residuals = Vec::with_capacity(matrix.values.len());
        for (row, &label) in matrix.rows().zip(labels) {
            sizes[label as usize] += 1.0;
            let centre = &centres[label as usize * d..][..d];
            residuals.extend(row.iter().zip(centre).map(|(x, m)| x - m));
        }
        if sizes.iter().any(|size| *size < 2.0) {
            return None;
        }
        let (pooled, _) = covariance(&Matrix::new(residuals, d));
        let metric = Metric::new(&pooled, d, matrix.n().saturating_sub(k), matrix.is_complete);
        Some(Self { matrix, labels, centres, sizes, metric })
    }

    fn centre(&self, c: usize) -> &[f64] {
        let d = self.matrix.d;
        &self.centres[c * d..][..d]
    }

    /// How far each row of two clusters is on the way from the centre of the first to that of the second, each
    /// without itself: in many dimensions a row draws the centre, and with it the line, to its side.
    fn way(&self, a: usize, b: usize) -> Vec<f64> {
        let row_of = |(row, &label): (&'a [f64], &u32)| match label as usize {
            label if label == a => Some((row, a)),
            label if label == b => Some((row, b)),
            _ => None,
        };
        let rows = self.matrix.rows().zip(self.labels).filter_map(row_of);
        rows.filter_map(|(row, own)| self.place(row, own, a, b)).collect()
    }

    fn place(&self, row: &[f64], own: usize, a: usize, b: usize) -> Option<f64> {
        let without = |c: usize| -> Vec<f64> {
            let centre = self.centre(c);
            if c != own {
                return centre.to_vec();
            }
            let rest = self.sizes[c] - 1.0;
            let of = |(m, x): (&f64, &f64)| if x.is_nan() { *m } else { m - (x - m) / rest };
            centre.iter().zip(row).map(of).collect()
        };
        let (from, to) = (without(a), without(b));
        let apart: Vec<f64> = to.iter().zip(&from).map(|(t, f)| t - f).collect();
        let line = self.metric.times(&apart);
        let (mut whole, mut known, mut along) = (0.0, 0.0, 0.0);
        for (j, x) in row.iter().enumerate() {
            let part = line[j] * apart[j];
            whole += part;
            if !x.is_nan() {
                known += part;
                along += line[j] * (x - from[j]);
            }
        }
        (known > 0.0 && known >= KNOWN * whole).then(|| along / known)
    }
}

impl Metric {
    /// From a covariance with some degrees of freedom. It is drawn towards its diagonal by the share of the
    /// features in them: as many as these leave nothing of the correlations.
    fn new(pooled: &[f64], d: usize, freedom: usize, is_complete: bool) -> Self {
        const LEAST: f64 = 1e-12;
        let variance = |j: usize| pooled[j * d + j].max(LEAST);
        let drawn = 2.0 * d as f64 / freedom.max(1) as f64;
        if !is_complete || drawn >= 1.0 {
            return Self::Diagonal((0..d).map(|j| 1.0 / variance(j)).collect());
        }
        let shrunk = (0..d * d).map(|at| match (at / d, at % d) {
            (i, j) if i == j => variance(i),
            _ => (1.0 - drawn) * pooled[at],
        });
        Self::Full(Cholesky::new(shrunk.collect(), d).inverse())
    }

    fn times(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Diagonal(weights) => weights.iter().zip(x).map(|(w, x)| w * x).collect(),
            Self::Full(inverse) => inverse
                .chunks_exact(x.len())
                .map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum())
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::Stream;

    use super::{RARER, doubt};
    use crate::matrix::Matrix;

    fn normal(centres: &[f64], each: usize, d: usize, seed: u64) -> (Matrix, Vec<u32>) {
        let mut stream = Stream::new(seed, 0);
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for (label, centre) in centres.iter().enumerate() {
            for _ in 0..each {
                values.extend((0..d).map(|j| if j == 0 { *centre } else { 0.0 } + stream.normal()));
                labels.push(label as u32);
            }
        }
        (Matrix::new(values, d), labels)
    }

    #[test]
    fn groups_apart_have_a_valley_and_halves_of_one_have_none() {
        for d in [1, 2, 9] {
            let (apart, labels) = normal(&[0.0, 6.0, 12.0], 30, d, 1);
            let found = doubt(&apart, &labels, 3, RARER);
            assert!(found < 0.05, "{d}: {found}");
            // One group cut where it is densest.
            let (one, _) = normal(&[0.0], 90, d, 2);
            let halves: Vec<u32> = one.rows().map(|row| u32::from(row[0] > 0.0)).collect();
            let found = doubt(&one, &halves, 2, RARER);
            assert!(found > 0.3, "{d}: {found}");
        }
    }

    #[test]
    fn many_features_make_no_valley() {
        // k-means of noise in as many dimensions as this leaves a gap between its clusters, were each row not
        // left out of its own centre.
        let mut low = 0;
        for seed in 0..20 {
            let (one, _) = normal(&[0.0], 40, 12, seed);
            let interrupt = &seedtest_numerics::Interrupt::never();
            let effort = crate::kmeans::Effort { starts: 5, max_iter: 100, seed, interrupt };
            let found = crate::kmeans::kmeans(&one, 2, effort, &mut seedtest_numerics::Silent);
            low += usize::from(doubt(&one, &found.labels, 2, RARER) < 0.05);
        }
        assert!(low <= 2, "{low}");
    }

    #[test]
    fn rows_that_cannot_tell_do_not_count() {
        let (mut apart, labels) = normal(&[0.0, 8.0], 30, 2, 3);
        for row in apart.values.chunks_exact_mut(2).step_by(3) {
            row[0] = f64::NAN;
        }
        let apart = Matrix::new(apart.values, 2);
        assert!(doubt(&apart, &labels, 2, RARER) < 0.05);
        let single = Matrix::new(vec![0.0, 5.0, 9.0], 1);
        assert_eq!(doubt(&single, &[0, 0, 1], 2, RARER), 1.0);
    }
}
