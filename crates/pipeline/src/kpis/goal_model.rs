//! P of a student whom a stored growth fit has not seen, from the student's newest ability
//! (docs/contract/metrics.md M8, step 2).

use chrono::{DateTime, Duration, NaiveDate, Utc};
use seedtest_families::growth::Stored as StoredGrowth;
use seedtest_growth::{Draw, Family, Features, Goal, predict_features, students_at};
use seedtest_kpi::{Basis, GoalKpi, Theta};
use seedtest_numerics::DEFAULT_LEVEL;
use seedtest_store::{GrowthFitRow, Store};

use crate::calendar::{end_of, midnight};
use crate::error::Error;
use crate::scores::{Goal as AbilityGoal, Scale};

/// The converged fits of a span of time, oldest first.
#[derive(Debug, Default)]
pub(crate) struct GoalModels(Vec<GoalModel>);

/// What a stored fit says of the growth of any student.
#[derive(Debug)]
pub(crate) struct GoalModel {
    fitted_at: DateTime<Utc>,
    draws: Vec<Draw>,
    horizon_weeks: f64,
    seed: u64,
    /// Score of the model at ability 0, and its change per unit of ability.
    link: [f64; 2],
}

impl GoalModels {
    /// The fits that were the newest at the end of some day from `first` to `last`; in a round of the day
    /// `round`, which fits again at its end, only those of earlier days.
    pub(crate) async fn of_days(
        store: &Store,
        (first, last): (NaiveDate, NaiveDate),
        round: Option<NaiveDate>,
    ) -> Result<Self, Error> {
        let zone = store.time_zone();
        let latest = round.map(|day| midnight(zone, day) - Duration::microseconds(1));
        let until = |day| end_of(zone, day).min(latest.unwrap_or(DateTime::<Utc>::MAX_UTC));
        Self::load(store, until(first), until(last)).await
    }

    /// The fits that were the newest at some instant from `from` to `to`. One that keeps no draws, is not
    /// of the Gaussian family or knows no growth predicts nobody else and is left out.
    async fn load(store: &Store, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Self, Error> {
        let fits = store.converged_growth_fits(from, to).await?;
        Ok(Self(fits.into_iter().filter_map(GoalModel::of).collect()))
    }

    /// The newest fit made before `end`.
    pub(crate) fn newest_before(&self, end: DateTime<Utc>) -> Option<&GoalModel> {
        self.0.iter().rfind(|model| model.fitted_at < end)
    }
}

impl GoalModel {
    fn of(row: GrowthFitRow) -> Option<Self> {
        let GrowthFitRow { mut settings, fitted_at, .. } = row;
        let stored: StoredGrowth = serde_json::from_value(settings["model"].take()).ok()?;
        let scale: Scale = serde_json::from_value(settings["scale"].take()).ok()?;
        let is_prior = settings["slope_is_prior"].as_bool() == Some(true);
        if stored.spec.family != Family::Gaussian || stored.draws.is_empty() || is_prior {
            return None;
        }
        let seed = stored.spec.sampling.seed;
        let link = if scale.is_of_abilities() {
            [0.0, 1.0]
        } else {
            students_at(&stored.draws, stored.goal.week - stored.horizon_weeks)
        };
        let StoredGrowth { draws, horizon_weeks, .. } = stored;
        Some(Self { fitted_at, draws, horizon_weeks, seed, link })
    }

    /// P, its spread and where they come from. `None` without a standard error: nobody knows then how
    /// far the student may be from the estimate.
    pub(crate) fn predict(&self, ability: Theta, target: AbilityGoal) -> Option<GoalKpi> {
        let se = ability.se.filter(|&se| se > 0.0)?;
        let [intercept, slope] = self.link;
        let student = Features {
            current_score: intercept + slope * ability.theta,
            trend: None,
            weeks_remaining: self.horizon_weeks,
            se: Some(slope * se),
        };
        let goal = Goal { target: target.theta(), week: self.horizon_weeks, level: DEFAULT_LEVEL };
        let found = predict_features(&self.draws, &student, &goal, self.seed).ok()?;
        let spread = [found.uncertainty, found.lower, found.upper].map(Some);
        let (p, stated) = (found.probability, target.stated());
        Some(GoalKpi::of_growth(p, spread, Basis::Ability, stated, self.fitted_at))
    }
}
