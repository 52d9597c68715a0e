use chrono::{Days, NaiveDate};
use seedtest_kpi::Theta;
use seedtest_store::Store;
use seedtest_wire::{ExamForecastJson, ExamGoalJson, ForecastPointJson};

use super::outlook::{Line, Outlook, by_ability};
use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::fit_bayesian_growth;
use crate::kpi_record::{Goal, score_scale};
use crate::settings::Settings;
use crate::student_runs::Environment;

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
    environment: Environment<'_>,
    user_id: &str,
    goals: ExamGoals<'_>,
) -> Result<Option<ExamForecastJson>, Error> {
    let settings = Settings::resolve(&fit_bayesian_growth::ENTRY, |_| None, environment)?;
    Ok(match Outlook::load(store, clock, user_id, None).await? {
        Outlook::Growth(line) => Some(by_line(&line, clock.today(), goals, &settings)?),
        Outlook::Ability(Some(ability), _) => Some(as_it_is(ability, goals, &settings)),
        Outlook::Ability(None, _) => None,
    })
}

fn by_line(
    line: &Line,
    today: NaiveDate,
    goals: ExamGoals<'_>,
    settings: &Settings,
) -> Result<ExamForecastJson, Error> {
    let (slope, intercept) = score_scale(settings);
    let day = |weeks: u32| today.checked_add_days(Days::new(7 * u64::from(weeks))).unwrap_or(today);
    let mut points = Vec::new();
    for step in 1..=goals.furthest() {
        let expected = line.predict(0.0, day(step))?.mean_score;
        points.push(ForecastPointJson { step, score_scaled: slope * expected + intercept });
    }
    let mut reached = Vec::new();
    for (target_score, horizon) in goals.each() {
        let target = Goal::of_score(target_score, settings).theta();
        let probability = Some(line.predict(target, day(horizon))?.probability);
        reached.push(ExamGoalJson { target_score, horizon, probability });
    }
    let method = "growth_posterior".into();
    Ok(ExamForecastJson { horizon: goals.furthest(), points, method, goals: reached })
}

fn as_it_is(ability: Theta, goals: ExamGoals<'_>, settings: &Settings) -> ExamForecastJson {
    let (slope, intercept) = score_scale(settings);
    let score_scaled = slope * ability.theta + intercept;
    let reached = goals.each().map(|(target_score, horizon)| ExamGoalJson {
        target_score,
        horizon,
        probability: by_ability(Some(ability), Goal::of_score(target_score, settings)).ok(),
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
