//! Students of whom only a score is known, perhaps with a trend, from stored draws.

use crate::draws::Draw;
use crate::error::Error;
use crate::family::Family;
use crate::goal::{Goal, GoalPrediction, check};
use crate::students::{self, DrawnEffects, NormalLine};

/// What is known of a student outside the data of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    /// Score now.
    pub current_score: f64,
    /// Change per week; `None` = that of the population.
    pub trend: Option<f64>,
    /// Weeks until the goal, ≥ 0.
    pub weeks_remaining: f64,
    /// Standard error of the current score; `None` = the residual standard deviation of the fit.
    pub se: Option<f64>,
}

/// What stored draws of a Gaussian model say of a student of whom only a score, perhaps with a trend, is known.
///
/// Given a draw the student's line at the goal is normal with mean current + trend · weeks and variance
/// se² + weeks² · sd_week²: the slopes of students scatter around any trend that was read off a few
/// weeks. The goal is met by a single week's score, which scatters around the line by σ. `seed` draws
/// where in its distribution the line is taken.
///
/// # Errors
/// [`Error::BadSetting`] for numbers out of range or when there are no draws.
pub fn predict_features(
    draws: &[Draw],
    features: &Features,
    goal: &Goal,
    seed: u64,
) -> Result<GoalPrediction, Error> {
    check(draws, Family::Gaussian, goal)?;
    let weeks = features.weeks_remaining;
    let numbers = [
        ("current_score", features.current_score, f64::NEG_INFINITY),
        ("trend", features.trend.unwrap_or(0.0), f64::NEG_INFINITY),
        ("weeks_remaining", weeks, 0.0),
        ("se", features.se.unwrap_or(0.0), 0.0),
    ];
    for (name, value, least) in numbers {
        if !(value.is_finite() && value >= least) {
            let expected = "a finite number, not below 0 for weeks and standard errors";
            return Err(Error::BadSetting { name: name.to_string(), value, expected });
        }
    }
    let line = |draw: &Draw| {
        let trend = features.trend.unwrap_or(draw.week);
        let se = features.se.unwrap_or(draw.sigma);
        let slope = weeks * draw.sd_week;
        NormalLine {
            mean: features.current_score + trend * weeks,
            sd: (se * se + slope * slope).sqrt(),
            sigma: draw.sigma,
        }
    };
    let lines: Vec<NormalLine> = draws.iter().map(line).collect();
    Ok(students::predict_normal(&lines, &DrawnEffects::new(seed, draws.len()), goal))
}
