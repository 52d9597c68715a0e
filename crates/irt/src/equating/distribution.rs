//! Distribution of the number-right scores of a form.

use seedtest_numerics::square;
use serde::{Deserialize, Serialize};

use super::error::EquatingError;

/// Distribution of the scores 0, 1, …, K of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreDistribution {
    /// Share of each score; they add to 1.
    density: Vec<f64>,
    /// Share of scores up to each.
    cumulative: Vec<f64>,
    n: f64,
}

/// Moments of a score distribution; the divisor is n.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ScoreMoments {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Third standardised moment.
    pub skewness: f64,
    /// Fourth standardised moment; 3 for a normal distribution.
    pub kurtosis: f64,
}

impl ScoreDistribution {
    /// Of scores of students; `highest` is the highest possible score.
    ///
    /// # Errors
    /// Without scores, or with one above the highest possible.
    pub fn of_scores(
        scores: &[u32],
        highest: u32,
        form: &'static str,
    ) -> Result<Self, EquatingError> {
        let mut counts = vec![0.0; highest as usize + 1];
        for (row, &score) in scores.iter().enumerate() {
            let Some(count) = counts.get_mut(score as usize) else {
                return Err(EquatingError::ScoreTooHigh { row: row + 1, form, score, highest });
            };
            *count += 1.0;
        }
        if scores.is_empty() {
            return Err(EquatingError::NoScores { form });
        }
        Ok(Self::of_counts(&counts))
    }

    /// Of counts by score that are not all zero.
    pub(super) fn of_counts(counts: &[f64]) -> Self {
        let n: f64 = counts.iter().sum();
        Self::of_density(counts.iter().map(|count| count / n).collect(), n)
    }

    pub(super) fn of_density(density: Vec<f64>, n: f64) -> Self {
        let mut sum = 0.0;
        let cumulative = density.iter().map(|share| {
            sum += share;
            sum
        });
        Self { cumulative: cumulative.collect(), density, n }
    }

    /// Share of each score.
    pub fn density(&self) -> &[f64] {
        &self.density
    }

    /// Students behind it.
    pub fn n(&self) -> f64 {
        self.n
    }

    /// Highest possible score.
    pub fn highest(&self) -> usize {
        self.density.len() - 1
    }

    /// Share of students at or below an integer score; 0 below the lowest.
    pub(super) fn cumulative(&self, score: isize) -> f64 {
        usize::try_from(score).map_or(0.0, |at| self.cumulative[at.min(self.highest())])
    }

    /// Percentile rank of a score, 0 to 100, the scores being spread evenly over their unit
    /// intervals: P(x) = 100·{F(x* − 1) + [x − (x* − ½)]·f(x*)} with x* the integer nearest x
    /// (Kolen & Brennan 2014, eq. 2.14).
    pub fn percentile_rank(&self, x: f64) -> f64 {
        let highest = self.highest() as f64;
        if x <= -0.5 {
            return 0.0;
        }
        if x >= highest + 0.5 {
            return 100.0;
        }
        let nearest = (x + 0.5).floor().min(highest);
        let below = self.cumulative(nearest as isize - 1);
        100.0 * (below + (x - (nearest - 0.5)) * self.density[nearest as usize])
    }

    /// Mean, standard deviation, skewness and kurtosis.
    pub fn moments(&self) -> ScoreMoments {
        let expectation = |of: &dyn Fn(f64) -> f64| -> f64 {
            self.density.iter().enumerate().map(|(x, share)| share * of(x as f64)).sum()
        };
        let mean = expectation(&|x| x);
        let variance = expectation(&|x| square(x - mean));
        let third = expectation(&|x| (x - mean) * square(x - mean));
        let fourth = expectation(&|x| square(square(x - mean)));
        let sd = variance.sqrt();
        let skewness = if variance > 0.0 { third / (variance * sd) } else { 0.0 };
        let kurtosis = if variance > 0.0 { fourth / square(variance) } else { 0.0 };
        ScoreMoments { mean, sd, skewness, kurtosis }
    }
}
