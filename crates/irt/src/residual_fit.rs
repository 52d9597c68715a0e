//! Infit, outfit and correlations of residuals.

use seedtest_numerics::cube_root;
use serde::{Deserialize, Serialize};

use crate::classical::Correlation;
use crate::item_parameters::ItemParameters;

/// Variance of an answer below which its standardised residual is not divided further.
pub(crate) const SMALLEST_VARIANCE: f64 = 1e-4;

/// Mean squares of the residuals of an item (Wright & Masters 1982); 1 = as the model expects.
///
/// Each answer is compared with its probability given the student's *other* answers (posterior
/// predictive), not with the curve at an ability that the answer itself has moved: the expectation
/// is 1 for every item, where the usual plug-in falls short of it by the item's share of the
/// test's information.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeanSquares {
    /// Weighted by the variance of each answer: sensitive near the item's difficulty.
    pub infit: f64,
    /// Unweighted: sensitive to surprising answers far from it.
    pub outfit: f64,
    /// `infit` as a standard normal deviate (Wilson–Hilferty).
    pub infit_t: f64,
    /// `outfit` as a standard normal deviate.
    pub outfit_t: f64,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct MeanSquareSums {
    n: f64,
    squares: f64,
    variance: f64,
    standardised: f64,
    /// Σ of variances of the squared residuals, for infit and for outfit.
    infit_spread: f64,
    outfit_spread: f64,
}

impl MeanSquareSums {
    pub(crate) fn add(&mut self, right: bool, p: f64) {
        let variance = (p * (1.0 - p)).max(SMALLEST_VARIANCE);
        let residual = f64::from(u8::from(right)) - p;
        // Fourth central moment of a Bernoulli variable: PQ(1 − 3PQ).
        self.add_residual(residual, variance, variance * (1.0 - 3.0 * variance));
    }

    /// An answer whose distance from its expectation has this variance and fourth central moment.
    pub(crate) fn add_residual(&mut self, residual: f64, variance: f64, fourth: f64) {
        self.n += 1.0;
        self.squares += residual * residual;
        self.variance += variance;
        self.standardised += residual * residual / variance;
        self.infit_spread += fourth - variance * variance;
        self.outfit_spread += fourth / (variance * variance) - 1.0;
    }

    pub(crate) fn value(&self) -> Option<MeanSquares> {
        if self.n < 2.0 {
            return None;
        }
        let infit = self.squares / self.variance;
        let outfit = self.standardised / self.n;
        Some(MeanSquares {
            infit,
            outfit,
            infit_t: deviate(infit, self.infit_spread.max(0.0).sqrt() / self.variance),
            outfit_t: deviate(outfit, self.outfit_spread.max(0.0).sqrt() / self.n),
        })
    }
}

/// Wilson & Hilferty (1931): the cube root of a mean square is about normal.
fn deviate(mean_square: f64, sd: f64) -> f64 {
    // Answers of probability ½ have squared residuals without spread.
    if sd < 1e-9 {
        return 0.0;
    }
    (cube_root(mean_square) - 1.0) * 3.0 / sd + sd / 3.0
}

/// Correlation of the residuals of two items (Yen 1984).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Q3 {
    /// Item code.
    pub first: u32,
    /// Item code.
    pub second: u32,
    /// Students who answered both.
    pub n: u32,
    /// The correlation.
    pub q3: f64,
}

/// Sums over all pairs of items, as a triangle.
pub(crate) struct PairSums {
    sums: Vec<Correlation>,
}

impl PairSums {
    /// Most items whose pairs are looked at: their sums take 24 MB.
    pub(crate) const MOST_ITEMS: usize = 1_000;

    pub(crate) fn new(n_items: usize) -> Self {
        Self { sums: vec![Correlation::default(); n_items * n_items.saturating_sub(1) / 2] }
    }

    /// Adds one student: position of the item and residual, increasing by position.
    pub(crate) fn add(&mut self, residuals: &[(usize, f64)]) {
        for (i, &(high, x)) in residuals.iter().enumerate() {
            for &(low, y) in &residuals[..i] {
                if low < high {
                    self.sums[high * (high - 1) / 2 + low].add(x, y);
                }
            }
        }
    }

    /// All pairs with enough students, by second and then by first item.
    pub(crate) fn all(&self, items: &[u32], fewest: u32) -> Vec<Q3> {
        let mut pairs = Vec::new();
        for high in 1..items.len() {
            for low in 0..high {
                let sum = &self.sums[high * (high - 1) / 2 + low];
                let Some(q3) = sum.value().filter(|_| sum.n >= f64::from(fewest)) else { continue };
                pairs.push(Q3 { first: items[low], second: items[high], n: sum.n as u32, q3 });
            }
        }
        pairs
    }

    /// Mean over the pairs with enough students, and the pairs farthest from it.
    pub(crate) fn extremes(
        &self,
        items: &[u32],
        fewest: u32,
        most_pairs: usize,
    ) -> (Option<f64>, Vec<Q3>) {
        let mut pairs = self.all(items, fewest);
        if pairs.is_empty() {
            return (None, pairs);
        }
        let mean = pairs.iter().map(|p| p.q3).sum::<f64>() / pairs.len() as f64;
        pairs.sort_by(|x, y| (y.q3 - mean).abs().total_cmp(&(x.q3 - mean).abs()));
        pairs.truncate(most_pairs);
        (Some(mean), pairs)
    }
}

/// Residual of an answer at an ability.
pub(crate) fn residual(item: &ItemParameters, right: bool, theta: f64) -> f64 {
    f64::from(u8::from(right)) - item.probability(theta)
}
