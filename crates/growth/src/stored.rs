//! Students who come after the fit, from the draws that were kept of it.

use seedtest_numerics::Interrupt;

use crate::data::GrowthData;
use crate::draws::Draw;
use crate::error::Error;
use crate::family::Family;
use crate::goal::{Goal, GoalPrediction};
use crate::measured::Measured;
use crate::pooled::Pooled;
use crate::prior::{DataScale, Place, PriorSet};
use crate::spec::Spec;
use crate::students::{self, Asked, DrawnEffects};
use crate::units::Units;

/// Mean and standard deviation of the students' lines at a week, each averaged over draws; NaN without
/// draws.
pub fn students_at(draws: &[Draw], week: f64) -> [f64; 2] {
    let n = draws.len() as f64;
    let line = |draw: &Draw| draw.intercept_centred + draw.week * (week - draw.mean_week);
    let mean = draws.iter().map(line).sum::<f64>() / n;
    let sd = |draw: &Draw| draw.line_variance(week).sqrt();
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
    predict_students_within(data, spec, draws, goal, &Interrupt::never())
}

/// The same as long as somebody waits.
///
/// # Errors
/// Those of [`predict_students`]; [`Error::Interrupted`] once `stop` is raised.
pub fn predict_students_within(
    data: &GrowthData<'_>,
    spec: &Spec,
    draws: &[Draw],
    goal: &Goal,
    stop: &Interrupt,
) -> Result<Vec<GoalPrediction>, Error> {
    if spec.family != Family::Gaussian {
        let (column, family) = ("prediction from stored draws", spec.family.name());
        return Err(Error::NotWithFamily { column, family });
    }
    data.check_rows(spec.family)?;
    goal.check(spec.family)?;
    if draws.is_empty() {
        let (name, expected) = ("draws".to_owned(), "at least one");
        return Err(Error::BadSetting { name, value: 0.0, expected });
    }
    let (scale, place) = (DataScale::of(data, spec.family), Place::MeanWeek);
    let units = Units::of(data, &scale, place);
    let rows = units.rows(data);
    let rows = rows.data(data);
    let draws: Vec<Draw> = draws.iter().map(|draw| units.inside(draw)).collect();
    let effects = DrawnEffects::new(spec.sampling.seed, draws.len());
    let inside = units.goal(goal);
    let asked = Asked { effects: &effects, goal: &inside, stop };
    let found = if let Some(se) = rows.se {
        let priors = PriorSet::of(&spec.priors, spec.family, place, &scale);
        let measured = Measured::new(&rows, se, priors, spec.effects);
        students::predict_measured(&measured, &draws, &asked)?
    } else {
        students::predict(&Pooled::new(&rows), &draws, &asked)?
    };
    Ok(found.iter().map(|prediction| units.prediction(prediction)).collect())
}
