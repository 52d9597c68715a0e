//! How much wider than a model says its intervals have to be, by the errors it made.

use seedtest_numerics::normal_quantile;

use crate::student::central_quantile;

/// An error on a held-out point, and what the model said of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Miss {
    /// The forecast it is of.
    pub(crate) origin: usize,
    /// Size of the error.
    pub(crate) error: f64,
    /// Half the interval on that side.
    pub(crate) half: f64,
}

/// Points that the model's own word weighs as much as.
const WORD: f64 = 8.0;

/// The factor that brings the intervals to the size of the errors, never below 1: a root mean square of
/// the errors in units of what the model expects, in which its word counts as much as some points, and
/// Student's t for how few forecasts it rests on (those of one origin share their errors).
pub(crate) fn widening(misses: &[Miss], width: f64) -> f64 {
    let normal = normal_quantile(0.5 + 0.5 * width);
    let squares = misses.iter().filter(|miss| miss.half > 0.0).map(|miss| {
        let size = normal * miss.error / miss.half;
        size * size
    });
    let sum: f64 = squares.sum();
    let points = misses.len() as f64;
    let mean = (sum + WORD) / (points + WORD);
    if mean <= 1.0 {
        return 1.0;
    }
    let mut origins: Vec<usize> = misses.iter().map(|miss| miss.origin).collect();
    origins.dedup();
    let freedom = origins.len() as f64 + WORD;
    mean.sqrt() * central_quantile(width, freedom) / normal
}

/// Share of the points inside the intervals, each widened by what the forecasts from other origins say;
/// `None` without points.
pub(crate) fn coverage(misses: &[Miss], width: f64) -> Option<f64> {
    let inside = misses.iter().filter(|miss| {
        let others: Vec<Miss> =
            misses.iter().filter(|other| other.origin != miss.origin).copied().collect();
        miss.error <= miss.half * widening(&others, width)
    });
    (!misses.is_empty()).then(|| inside.count() as f64 / misses.len() as f64)
}
