//! Mean, linear and equipercentile equating of two score distributions.

use super::distribution::ScoreDistribution;
use super::error::EquatingError;

/// Differences of cumulative shares below this are rounding.
const ROUNDING: f64 = 1e-12;

/// Each score of X as a score of Y with the same distance from the mean.
pub fn mean_equating(x: &ScoreDistribution, y: &ScoreDistribution) -> Vec<f64> {
    let shift = y.moments().mean - x.moments().mean;
    (0..=x.highest()).map(|score| score as f64 + shift).collect()
}

/// Each score of X as a score of Y with the same standardised distance from the mean.
///
/// # Errors
/// When all scores on X are the same.
pub fn linear_equating(
    x: &ScoreDistribution,
    y: &ScoreDistribution,
) -> Result<Vec<f64>, EquatingError> {
    let (of_x, of_y) = (x.moments(), y.moments());
    if of_x.sd <= 0.0 {
        return Err(EquatingError::NoSpread { form: "x" });
    }
    let slope = of_y.sd / of_x.sd;
    Ok((0..=x.highest()).map(|score| of_y.mean + slope * (score as f64 - of_x.mean)).collect())
}

/// Each score of X as the score of Y with the same percentile rank (Kolen & Brennan 2014, eq.
/// 2.17): [P/100 − G(y* − 1)]/g(y*) + y* − ½ with y* the smallest score whose cumulative share
/// exceeds P/100. Where a run of empty scores of Y leaves more than one, the middle of the lowest
/// and the highest stands for them.
pub fn equipercentile(x: &ScoreDistribution, y: &ScoreDistribution) -> Vec<f64> {
    (0..=x.highest()).map(|score| at_rank(y, x.percentile_rank(score as f64))).collect()
}

/// The score with a percentile rank of 0 to 100.
pub(super) fn at_rank(y: &ScoreDistribution, rank: f64) -> f64 {
    let share = rank / 100.0;
    let Some(upper) = upper_inverse(y, share) else { return y.highest() as f64 + 0.5 };
    match lower_inverse(y, share) {
        Some(lower) => 0.5 * (lower + upper),
        None => upper,
    }
}

/// `None` where no cumulative share exceeds the given one.
fn upper_inverse(y: &ScoreDistribution, share: f64) -> Option<f64> {
    let above = place_above(y, share)?;
    let score = above as f64;
    let below = y.cumulative(above as isize - 1);
    Some((share - below) / y.density()[above] + score - 0.5)
}

/// `None` at the bottom, where no score is below.
fn lower_inverse(y: &ScoreDistribution, share: f64) -> Option<f64> {
    if share <= ROUNDING {
        return None;
    }
    // The highest score up to which fewer than `share` of the students stand, or −1.
    let below =
        (0..=y.highest()).rev().find(|&score| y.cumulative(score as isize) < share - ROUNDING);
    let below = below.map_or(-1, |score| score as isize);
    let next = usize::try_from(below + 1).ok().filter(|&next| next <= y.highest())?;
    Some((share - y.cumulative(below)) / y.density()[next] + below as f64 + 0.5)
}

fn place_above(y: &ScoreDistribution, share: f64) -> Option<usize> {
    (0..=y.highest()).find(|&score| y.cumulative(score as isize) > share + ROUNDING)
}

/// Standard errors of [`equipercentile`] where different students took X and Y (delta method; Lord
/// 1982); `None` where Y has no score of that rank to differentiate at. They are too large where the
/// same students took both.
pub fn equipercentile_errors(x: &ScoreDistribution, y: &ScoreDistribution) -> Vec<Option<f64>> {
    (0..=x.highest())
        .map(|score| {
            let share = x.percentile_rank(score as f64) / 100.0;
            let above = place_above(y, share)?;
            let (low, high) = (y.cumulative(above as isize - 1), y.cumulative(above as isize));
            let density = y.density()[above];
            let both = share * (1.0 - share) * (1.0 / x.n() + 1.0 / y.n());
            let inside = (high - share) * (share - low) / (y.n() * density);
            Some((both - inside).max(0.0).sqrt() / density)
        })
        .collect()
}
