//! Students who come after the fit, from the draws that were kept of it.

use crate::data::GrowthData;
use crate::draws::Draw;
use crate::error::Error;
use crate::goal::{Goal, GoalPrediction};
use crate::measured::Measured;
use crate::pooled::Pooled;
use crate::prior::Priors;
use crate::spec::{Family, Spec};
use crate::students;

/// Mean and standard deviation of the students' lines at a week, each averaged over draws; NaN without
/// draws.
pub fn students_at(draws: &[Draw], week: f64) -> [f64; 2] {
    let n = draws.len() as f64;
    let mean = draws.iter().map(|draw| draw.intercept + draw.week * week).sum::<f64>() / n;
    let sd = |draw: &Draw| draw.covariance().form([1.0, week]).max(0.0).sqrt();
    [mean, draws.iter().map(sd).sum::<f64>() / n]
}

/// What stored draws of a Gaussian model say of students given their rows, by student code: exact
/// given each draw, as [`crate::Fit::students`], with the population that the draws know. A student
/// without rows gets the prediction of the population.
///
/// # Errors
/// Those of a fit for rows and numbers that cannot be used, [`Error::NotWithFamily`] for any other
/// family (its students were sampled with the population), [`Error::BadSetting`] without draws.
pub fn predict_students(
    data: &GrowthData<'_>,
    spec: &Spec,
    draws: &[Draw],
    goal: &Goal,
) -> Result<Vec<GoalPrediction>, Error> {
    if spec.family != Family::Gaussian {
        let (column, family) = ("prediction from stored draws", spec.family.name());
        return Err(Error::NotWithFamily { column, family });
    }
    data.check_rows(spec)?;
    goal.check(spec.family)?;
    if draws.is_empty() {
        let (name, expected) = ("draws".to_owned(), "at least one");
        return Err(Error::BadSetting { name, value: 0.0, expected });
    }
    let Some(se) = data.se else {
        return Ok(students::predict(&Pooled::new(data), draws, goal));
    };
    let sigma = spec.priors.sigma.unwrap_or_else(|| Priors::default_sigma(data.score));
    let measured = Measured::new(data, se, spec.priors, sigma, spec.effects);
    Ok(students::predict_measured(&measured, draws, goal))
}
