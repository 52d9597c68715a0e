//! The units in which a model is sampled: scores from their mean in standard deviations, weeks from
//! where the students' intercepts stand in standard deviations. Results are the same on any scale.

use crate::adaptation::Adaptation;
use crate::data::GrowthData;
use crate::draws::Draw;
use crate::family::{Effects, Family};
use crate::goal::{Goal, GoalPrediction};
use crate::layout::{ALPHA, LN_SD_INTERCEPT, LN_SD_WEEK, Population, SLOPE, ln_sigma};
use crate::prior::{DataScale, Place, PriorSet};

/// Zero points and units of scores and weeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Units {
    pub(crate) score_zero: f64,
    pub(crate) score_unit: f64,
    /// The first week, which is subtracted first, so that nothing depends on where weeks begin.
    pub(crate) first_week: f64,
    /// Weeks from it to where a student's intercept stands.
    pub(crate) place: f64,
    pub(crate) week_unit: f64,
}

/// The rows of a model in its units.
#[derive(Debug, Clone)]
pub(crate) struct RowsInUnits {
    week: Vec<f64>,
    score: Vec<f64>,
    se: Option<Vec<f64>>,
}

impl DataScale {
    /// Of rows that have been checked.
    pub(crate) fn of(data: &GrowthData<'_>, family: Family) -> Self {
        let n = data.len() as f64;
        let sd = |values: &[f64], mean: f64| {
            let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
            let sd = (squares / (n - 1.0).max(1.0)).sqrt();
            if sd > 0.0 && sd.is_finite() { sd } else { 1.0 }
        };
        let mean = data.score.iter().sum::<f64>() / n;
        let score = if family.has_sigma() { [mean, sd(data.score, mean)] } else { [0.0, 1.0] };
        let first = data.first_week();
        let weeks: Vec<f64> = data.week.iter().map(|week| week - first).collect();
        Self { score, week_sd: sd(&weeks, data.mean_week_after_first()) }
    }
}

impl Units {
    /// Those of a fit.
    pub(crate) fn of(data: &GrowthData<'_>, scale: &DataScale, place: Place) -> Self {
        let place = match place {
            Place::MeanWeek => data.mean_week_after_first(),
            Place::FirstWeek => 0.0,
        };
        let [score_zero, score_unit] = scale.score;
        let first_week = data.first_week();
        Self { score_zero, score_unit, first_week, place, week_unit: scale.week_sd }
    }

    fn week(&self, week: f64) -> f64 {
        ((week - self.first_week) - self.place) / self.week_unit
    }

    fn score(&self, score: f64) -> f64 {
        (score - self.score_zero) / self.score_unit
    }

    /// A score of these units on the scale of the caller.
    pub(crate) fn score_of(&self, inside: f64) -> f64 {
        self.score_zero + self.score_unit * inside
    }

    pub(crate) fn rows(&self, data: &GrowthData<'_>) -> RowsInUnits {
        RowsInUnits {
            week: data.week.iter().map(|&week| self.week(week)).collect(),
            score: data.score.iter().map(|&score| self.score(score)).collect(),
            se: data.se.map(|se| se.iter().map(|se| se / self.score_unit).collect()),
        }
    }

    pub(crate) fn goal(&self, goal: &Goal) -> Goal {
        Goal { target: self.score(goal.target), week: self.week(goal.week), level: goal.level }
    }

    /// A prediction of these units on the scale of the caller.
    pub(crate) fn prediction(&self, inside: &GoalPrediction) -> GoalPrediction {
        GoalPrediction {
            mean_score: self.score_of(inside.mean_score),
            sd_score: self.score_unit * inside.sd_score,
            ..*inside
        }
    }

    /// A draw of the caller in these units.
    pub(crate) fn inside(&self, draw: &Draw) -> Draw {
        let by_week = self.score_unit / self.week_unit;
        Draw::new(
            &Population {
                alpha: self.score(draw.intercept_centred),
                slope: draw.week / by_week,
                sd_intercept: draw.sd_intercept_centred / self.score_unit,
                sd_week: draw.sd_week / by_week,
                cor: draw.cor_centred,
                sigma: draw.sigma / self.score_unit,
            },
            self.week(draw.mean_week),
            draw.ln_posterior,
        )
        .with_df(draw.df)
    }

    /// A draw of these units on the scale of the caller, whose rows have the mean week `mean_week`.
    pub(crate) fn outside(&self, draw: &Draw, mean_week: f64) -> Draw {
        let by_week = self.score_unit / self.week_unit;
        Draw::new(
            &Population {
                alpha: self.score_of(draw.intercept_centred),
                slope: draw.week * by_week,
                sd_intercept: draw.sd_intercept_centred * self.score_unit,
                sd_week: draw.sd_week * by_week,
                cor: draw.cor_centred,
                sigma: draw.sigma * self.score_unit,
            },
            mean_week,
            draw.ln_posterior,
        )
        .with_df(draw.df)
    }

    /// Where chains of these units stood, on the scale of the caller.
    pub(crate) fn adaptation_outside(&self, inside: &Adaptation, effects: Effects) -> Adaptation {
        self.adaptation(inside, effects, false)
    }

    /// Where chains of the caller's scale stood, in these units; `None` for one of another model.
    pub(crate) fn adaptation_inside(
        &self,
        outside: &Adaptation,
        effects: Effects,
    ) -> Option<Adaptation> {
        let dim = crate::layout::dim(effects);
        let fits = outside.position.len() == dim && outside.covariance.len() == dim * dim;
        fits.then(|| self.adaptation(outside, effects, true))
    }

    fn adaptation(&self, from: &Adaptation, effects: Effects, inwards: bool) -> Adaptation {
        let dim = from.position.len();
        let by_week = self.score_unit / self.week_unit;
        let (ln_score, ln_by_week) =
            (seedtest_numerics::ln(self.score_unit), seedtest_numerics::ln(by_week));
        let mut shift = vec![0.0; dim];
        let mut factor = vec![1.0; dim];
        (shift[ALPHA], factor[ALPHA]) = (self.score_zero, self.score_unit);
        factor[SLOPE] = by_week;
        shift[LN_SD_INTERCEPT] = ln_score;
        if effects.has_slope() {
            shift[LN_SD_WEEK] = ln_by_week;
        }
        shift[ln_sigma(effects)] = ln_score;
        if inwards {
            for (shift, factor) in shift.iter_mut().zip(&mut factor) {
                *factor = 1.0 / *factor;
                *shift *= -*factor;
            }
        }
        let position = (0..dim).map(|i| factor[i] * from.position[i] + shift[i]).collect();
        let covariance = (0..dim * dim)
            .map(|at| factor[at / dim] * factor[at % dim] * from.covariance[at])
            .collect();
        Adaptation { position, covariance, step: from.step }
    }
}

impl RowsInUnits {
    /// The rows with the other columns of the caller.
    pub(crate) fn data<'a>(&'a self, of: &GrowthData<'a>) -> GrowthData<'a> {
        GrowthData { week: &self.week, score: &self.score, se: self.se.as_deref(), ..*of }
    }
}

impl PriorSet {
    /// The same densities of parameters that are measured in other units.
    pub(crate) fn in_units(&self, units: &Units) -> Self {
        let (score, by_week) = (units.score_unit, units.score_unit / units.week_unit);
        Self {
            intercept: self.intercept.measured(units.score_zero, score),
            week: self.week.measured(0.0, by_week),
            sd_intercept: self.sd_intercept.measured(0.0, score),
            sd_week: self.sd_week.measured(0.0, by_week),
            sigma: self.sigma.measured(0.0, score),
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: Units =
        Units { score_zero: 60.0, score_unit: 14.0, first_week: 40.0, place: 3.5, week_unit: 2.3 };

    #[test]
    fn a_draw_comes_back_from_other_units() {
        let population = Population {
            alpha: 65.0,
            slope: 1.5,
            sd_intercept: 12.0,
            sd_week: 1.1,
            cor: -0.2,
            sigma: 6.0,
        };
        let draw = Draw::new(&population, 43.5, -1.0);
        let inside = UNITS.inside(&draw);
        let again = UNITS.outside(&inside, 43.5);
        assert!((again.sd_intercept - draw.sd_intercept).abs() < 1e-9, "{again:?}");
        assert!((again.intercept - draw.intercept).abs() < 1e-9);
        assert!((again.cor - draw.cor).abs() < 1e-12);
        // The variance of a line at any week is the same number in both units.
        let outside = draw.covariance().form([1.0, 47.0]);
        let within = inside.covariance().form([1.0, UNITS.week(47.0)]);
        assert!((outside - within * 14.0 * 14.0).abs() < 1e-8 * outside, "{outside} {within}");
    }

    #[test]
    fn where_chains_stood_comes_back_from_other_units() {
        let position = vec![0.3, 0.2, -0.7, -1.9, 0.1, -0.8];
        let covariance = (0..36).map(f64::from).collect();
        let inside = Adaptation { position, covariance, step: 0.6 };
        let outside = UNITS.adaptation_outside(&inside, Effects::Correlated);
        let back = UNITS.adaptation_inside(&outside, Effects::Correlated).unwrap();
        for (a, b) in inside.position.iter().zip(&back.position) {
            assert!((a - b).abs() < 1e-12);
        }
        for (a, b) in inside.covariance.iter().zip(&back.covariance) {
            assert!((a - b).abs() < 1e-12 * (1.0 + a.abs()));
        }
        assert!((outside.position[0] - (60.0 + 14.0 * 0.3)).abs() < 1e-12);
        assert!(UNITS.adaptation_inside(&outside, Effects::Intercept).is_none());
    }
}
