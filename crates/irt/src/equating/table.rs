//! A table from the scores of one form to those of another.

use super::conversion::{equipercentile, equipercentile_errors, linear_equating, mean_equating};
use super::distribution::ScoreDistribution;
use super::error::EquatingError;

/// One line of an equating table for observed scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EquatedObservedScore {
    /// Number-right score on X.
    pub score: u32,
    /// Its percentile rank, 0 to 100.
    pub percentile_rank: f64,
    /// Score on Y of the same percentile rank.
    pub equipercentile: f64,
    /// Standard error of `equipercentile`; `None` where the design gives none.
    pub se: Option<f64>,
    /// Score on Y as far from the mean.
    pub mean: Option<f64>,
    /// Score on Y as many standard deviations from the mean.
    pub linear: Option<f64>,
}

/// Every score of X on Y by equipercentile, mean and linear equating. `independent` says that
/// different students, drawn at random from one population, took X and Y: only then are there
/// standard errors.
///
/// # Errors
/// When all scores on X are the same.
pub fn equating_table(
    x: &ScoreDistribution,
    y: &ScoreDistribution,
    independent: bool,
) -> Result<Vec<EquatedObservedScore>, EquatingError> {
    let linear = linear_equating(x, y)?;
    let mean = mean_equating(x, y);
    let errors =
        if independent { equipercentile_errors(x, y) } else { vec![None; x.highest() + 1] };
    let lines = equipercentile(x, y).into_iter().zip(errors).zip(mean.into_iter().zip(linear));
    Ok(lines
        .enumerate()
        .map(|(score, ((equipercentile, se), (mean, linear)))| EquatedObservedScore {
            score: score as u32,
            percentile_rank: x.percentile_rank(score as f64),
            equipercentile,
            se,
            mean: Some(mean),
            linear: Some(linear),
        })
        .collect())
}
