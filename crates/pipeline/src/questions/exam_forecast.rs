//! Scores of the weeks after an exam.

use chrono::{Days, NaiveDate};
use seedtest_kpi::Theta;
use seedtest_store::Store;
use seedtest_wire::{ExamForecastJson, ExamGoalJson, ForecastPointJson};

use super::trajectory::{GrowthLine, Trajectory, by_ability};
use crate::clock::Clock;
use crate::error::Error;
use crate::scores::Targets;

const DEFAULT_HORIZON: u32 = 5;

/// Scores to reach, each within each of some weeks.
#[derive(Clone, Copy)]
pub(super) struct ExamGoals<'a> {
    pub(super) targets: &'a [f64],
    pub(super) horizons: &'a [u32],
}

impl ExamGoals<'_> {
    fn each(&self) -> impl Iterator<Item = (f64, u32)> {
        let horizons = if self.horizons.is_empty() { &[DEFAULT_HORIZON] } else { self.horizons };
        self.targets
            .iter()
            .flat_map(move |&score| horizons.iter().map(move |&weeks| (score, weeks)))
    }

    fn furthest(&self) -> u32 {
        self.horizons.iter().copied().max().unwrap_or(DEFAULT_HORIZON)
    }
}

/// Scores of the coming weeks, score = A·θ + B: from the growth posterior, else the newest ability as
/// it is; `None` where neither is there.
pub(super) async fn forecast(
    store: &Store,
    clock: Clock,
    targets: &Targets,
    user_id: &str,
    goals: ExamGoals<'_>,
) -> Result<Option<ExamForecastJson>, Error> {
    Ok(match Trajectory::load(store, clock, user_id, None).await? {
        Trajectory::Growth(line) => {
            Some(by_line(&line, clock.today(store.time_zone()), goals, targets)?)
        }
        Trajectory::Ability(Some(ability), _) => Some(as_it_is(ability, goals, targets)),
        Trajectory::Ability(None, _) => None,
    })
}

fn by_line(
    line: &GrowthLine,
    today: NaiveDate,
    goals: ExamGoals<'_>,
    targets: &Targets,
) -> Result<ExamForecastJson, Error> {
    let score = targets.score();
    let day = |weeks: u32| today.checked_add_days(Days::new(7 * u64::from(weeks))).unwrap_or(today);
    let mut points = Vec::new();
    for step in 1..=goals.furthest() {
        let expected = line.predict(0.0, day(step))?.mean_score;
        points.push(ForecastPointJson { step, score_scaled: score.score(expected) });
    }
    let mut reached = Vec::new();
    for (target_score, horizon) in goals.each() {
        let target = targets.of_score(target_score).theta();
        let probability = Some(line.predict(target, day(horizon))?.probability);
        reached.push(ExamGoalJson { target_score, horizon, probability });
    }
    let method = "growth_posterior".into();
    Ok(ExamForecastJson { horizon: goals.furthest(), points, method, goals: reached })
}

fn as_it_is(ability: Theta, goals: ExamGoals<'_>, targets: &Targets) -> ExamForecastJson {
    let score_scaled = targets.score().score(ability.theta);
    let reached = goals.each().map(|(target_score, horizon)| ExamGoalJson {
        target_score,
        horizon,
        probability: by_ability(Some(ability), targets.of_score(target_score)).ok(),
    });
    ExamForecastJson {
        horizon: goals.furthest(),
        points: (1..=goals.furthest())
            .map(|step| ForecastPointJson { step, score_scaled })
            .collect(),
        method: "normal_without_growth".into(),
        goals: reached.collect(),
    }
}
