//! The growth of a student by the newest fit, week by week.

use chrono::{Days, NaiveDate};
use seedtest_families::growth::Stored;
use seedtest_growth::{Draw, Family, Goal, GrowthData, predict_students};
use seedtest_report::{GrowthCurve, GrowthWeek};
use seedtest_store::GrowthFitRow;

use super::kpi_cards::Z95;
use super::material::Material;
use crate::scores::Scale;

/// Draws a curve is averaged over: enough for a line two pixels wide.
const DRAWS: usize = 200;
/// Most weeks drawn after the last one with a score.
const MOST_AHEAD: u64 = 8;

/// What is needed of a fit to draw the growth of a student.
pub(super) struct GrowthModel {
    stored: Stored,
    draws: Vec<Draw>,
    scale: Scale,
    first_week: NaiveDate,
    mean_answers: f64,
    horizon: u64,
}

impl GrowthModel {
    /// Of a stored fit; `None` for one of abilities, of another family, or of another program.
    pub(super) fn of(fit: &GrowthFitRow) -> Option<Self> {
        let settings = &fit.settings;
        let stored: Stored = serde_json::from_value(settings["model"].clone()).ok()?;
        let scale: Scale = serde_json::from_value(settings["scale"].clone()).ok()?;
        let is_drawn = stored.spec.family == Family::Gaussian && !scale.is_of_abilities();
        let step = stored.draws.len().div_ceil(DRAWS).max(1);
        let draws: Vec<Draw> = stored.draws.iter().step_by(step).copied().collect();
        (is_drawn && stored.reliable).then_some(())?;
        Some(Self {
            draws,
            scale,
            first_week: settings["first_week"].as_str()?.parse().ok()?,
            mean_answers: settings["mean_answers"].as_f64().filter(|mean| *mean > 0.0)?,
            horizon: (stored.horizon_weeks.round().max(0.0) as u64).min(MOST_AHEAD),
            stored,
        })
    }
}

/// The line of a student with the band in which 95 % of weekly scores are expected, from the first week
/// with a score to the one in which the goal counts; `target` is the goal as a share.
pub(super) fn growth_curve(
    material: &Material,
    user_id: &str,
    target: Option<f64>,
) -> Option<GrowthCurve> {
    let model = material.growth_model.as_ref()?;
    let week_of =
        |day: NaiveDate| day.signed_duration_since(model.first_week).num_days() as f64 / 7.0;
    let rows: Vec<(NaiveDate, u32, f64)> = material
        .sums_of(user_id)?
        .weeks
        .iter()
        .filter(|(week, (_, n))| **week >= model.first_week && *n > 0)
        .map(|(week, (right, n))| (*week, *n, f64::from(*right) / f64::from(*n)))
        .collect();
    let (first, last) = (rows.first()?.0, rows.last()?.0);
    let week: Vec<f64> = rows.iter().map(|row| week_of(row.0)).collect();
    let score: Vec<f64> = rows.iter().map(|row| model.scale.apply(row.2)).collect();
    let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / model.mean_answers).collect();
    let student = vec![0; rows.len()];
    let data = GrowthData {
        student: &student,
        week: &week,
        score: &score,
        n_students: 1,
        weight: Some(&weight),
        se: None,
        trials: None,
    };
    let end = last.checked_add_days(Days::new(7 * model.horizon))?;
    let at = |day: NaiveDate| {
        let aim = &model.stored.goal;
        // Only the expected score is read, which does not depend on the target; P is not.
        let target = aim.target.unwrap_or_default();
        let goal = Goal { target, week: week_of(day), level: aim.level };
        let found = predict_students(&data, &model.stored.spec, &model.draws, &goal).ok()?;
        let (mean, half) = (found.first()?.mean_score, Z95 * found.first()?.sd_score);
        let raw = |score: f64| model.scale.raw(score).clamp(0.0, 1.0);
        Some(GrowthWeek {
            week_start: day,
            mean: raw(mean),
            lower: raw(mean - half),
            upper: raw(mean + half),
            observed: rows.iter().find(|row| row.0 == day).map(|row| row.2),
        })
    };
    let weeks: Option<Vec<GrowthWeek>> =
        first.iter_weeks().take_while(|day| *day <= end).map(at).collect();
    Some(GrowthCurve { weeks: weeks?, target, n_weeks: rows.len() as u32 })
}
