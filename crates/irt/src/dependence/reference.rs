//! Distribution of Q3 in data sets simulated from a calibration.

use rayon::prelude::*;
use seedtest_numerics::{ln, quantile, square};

use super::residuals::Correlations;
use super::{DependenceSpec, FEWEST_REPLICATIONS, student_tails};

/// Fisher's transformation, whose values are closer to normal.
fn fisher(r: f64) -> f64 {
    0.5 * ln((1.0 + r) / (1.0 - r))
}

/// What was seen of one pair in the simulated data sets.
#[derive(Debug, Clone, Copy, Default)]
struct PairReference {
    n: f64,
    sum: f64,
    squares: f64,
    q3: f64,
}

/// The reference distribution of every pair, and of the largest Q3* of all.
pub(super) struct ReferenceDistribution {
    pairs: Vec<PairReference>,
    largest: Vec<f64>,
}

impl ReferenceDistribution {
    /// Correlations of as many data sets as `spec` says: `simulate` draws one, calibrates it and gives its correlations.
    pub(super) fn new<E: Send>(
        spec: &DependenceSpec,
        seen: &Correlations,
        simulate: &(dyn Fn(u32) -> Result<Correlations, E> + Sync),
    ) -> Result<Self, E> {
        let all: Vec<Correlations> =
            (0..spec.replications).into_par_iter().map(simulate).collect::<Result<_, _>>()?;
        let mut reference =
            Self { pairs: vec![PairReference::default(); seen.pairs.len()], largest: Vec::new() };
        for correlations in &all {
            reference.add(seen, correlations);
        }
        Ok(reference)
    }

    fn add(&mut self, seen: &Correlations, simulated: &Correlations) {
        for (sums, pair) in self.pairs.iter_mut().zip(&seen.pairs) {
            let Some(q3) = simulated.of(pair.first, pair.second) else { continue };
            let z = fisher(q3);
            sums.n += 1.0;
            sums.sum += z;
            sums.squares += z * z;
            sums.q3 += q3;
        }
        let mean = simulated.mean();
        let stars = simulated.pairs.iter().map(|pair| pair.q3 - mean);
        if let Some(largest) = stars.reduce(f64::max) {
            self.largest.push(largest);
        }
    }

    pub(super) fn replications(&self) -> u32 {
        self.largest.len() as u32
    }

    /// 95th percentile of the largest Q3*.
    pub(super) fn critical(&self) -> Option<f64> {
        let mut sorted = self.largest.clone();
        sorted.sort_by(f64::total_cmp);
        quantile(&sorted, 0.95)
    }

    /// Mean Q3 of a pair.
    pub(super) fn expected(&self, place: usize) -> f64 {
        self.pairs[place].q3 / self.pairs[place].n
    }

    /// Standardised distance and its two-sided p-value; the mean and the spread of the reference
    /// are themselves estimates, which Student's t with the factor 1 + 1/n accounts for.
    pub(super) fn test(&self, place: usize, q3: f64) -> Option<(f64, f64)> {
        let PairReference { n, sum, squares, .. } = self.pairs[place];
        if n < f64::from(FEWEST_REPLICATIONS) {
            return None;
        }
        let mean = sum / n;
        let variance = (squares - n * square(mean)) / (n - 1.0);
        if variance <= 0.0 {
            return None;
        }
        let z = (fisher(q3) - mean) / variance.sqrt();
        Some((z, student_tails(z / (1.0 + 1.0 / n).sqrt(), n - 1.0)))
    }
}
