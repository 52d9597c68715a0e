//! Where the scores of a student go: a line through weekly scores, or the ability as it is.

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_families::growth::{self, Stored as StoredGrowth};
use seedtest_growth::{Family, Goal as GrowthGoal, GoalPrediction, GrowthData, predict_students};
use seedtest_kpi::{FittedGroup, GoalKpi, Kpi, Missing, Theta, week_start};
use seedtest_numerics::DEFAULT_LEVEL;
use seedtest_store::{GrowthFitRow, Store};
use serde_json::Value;

use crate::calendar::end_of;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{StoredThetas, ThetaHistory};
use crate::scores::{
    ABILITIES, ATTEMPT, AnswersOf, Goal, Scale, WeeklyScores, abilities_of, accuracies_of,
    weeks_between,
};

/// Whose answers a posterior rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalScope {
    /// Those of the subject (exam).
    Subject,
    /// Those of the topic of that name.
    Topic,
    /// All.
    All,
}

impl GoalScope {
    /// The word in answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Topic => "topic",
            Self::All => "all",
        }
    }
}

/// What is known of where the scores of a student go.
pub(super) enum Trajectory {
    /// A line through weekly scores.
    Growth(Box<GrowthLine>),
    /// The newest ability, which is taken to stay as it is, and why there is no line.
    Ability(Option<Theta>, &'static str),
}

/// The newest growth fit (at most 14 days old, converged, Gaussian) and the student's own weekly
/// scores up to now: exact given each stored draw of the population.
pub(super) struct GrowthLine {
    fit: StoredFit,
    scores: WeeklyScores,
    weights: Option<Vec<f64>>,
    pub(super) scope: GoalScope,
}

impl Trajectory {
    pub(super) async fn load(
        store: &Store,
        clock: Clock,
        user_id: &str,
        subject_id: Option<&str>,
    ) -> Result<Self, Error> {
        let now = clock.now();
        let fit = store.latest_growth_fit(now).await?;
        let why = match fit
            .as_ref()
            .ok_or("no growth fit is stored")
            .and_then(|row| StoredFit::read(row, now))
        {
            Ok(fit) => match GrowthLine::load(store, now, fit, user_id, subject_id).await? {
                Some(line) => return Ok(Self::Growth(Box::new(line))),
                None => "the student has no weekly scores in the time of the growth fit",
            },
            Err(why) => why,
        };
        let zone = store.time_zone();
        let end = end_of(zone, clock.today(zone));
        let stored = StoredThetas::of_student(store, user_id, end).await?;
        let history = ThetaHistory::new(&stored);
        let until = end.timestamp_micros();
        let newest = match subject_id {
            Some(subject) => history.of_topic(user_id, subject, until),
            None => history.newest_before(user_id, until).map(|fitted| fitted.theta),
        };
        Ok(Self::Ability(newest, why))
    }
}

/// Probability that an ability, taken as it is, lies at or above the goal.
pub(super) fn by_ability(ability: Option<Theta>, goal: Goal) -> Kpi {
    ability.ok_or(Missing::NotEstimated).and_then(|theta| goal.probability(theta))
}

impl GrowthLine {
    /// `None` for a student without scores from the source of the fit.
    async fn load(
        store: &Store,
        now: DateTime<Utc>,
        fit: StoredFit,
        user_id: &str,
        subject_id: Option<&str>,
    ) -> Result<Option<Self>, Error> {
        let Some((scores, scope)) = fit.scores(store, now, user_id, subject_id).await? else {
            return Ok(None);
        };
        let weights = match (&scores.rows.answers, fit.mean_answers) {
            (None, _) => None,
            (Some(answers), Some(mean)) => Some(answers.iter().map(|n| n / mean).collect()),
            // The fit does not say what a weight of 1 stands for.
            (Some(_), None) => return Ok(None),
        };
        Ok(Some(Self { fit, scores, weights, scope }))
    }

    pub(super) fn run_id(&self) -> &str {
        &self.fit.model.run_id
    }

    pub(super) fn scale(&self) -> &Scale {
        &self.fit.scale
    }

    /// Weeks from the last score to the week of `day`.
    pub(super) fn weeks_ahead(&self, day: NaiveDate) -> f64 {
        self.week_of(day) - self.last_week()
    }

    /// Weeks the scores span.
    pub(super) fn span(&self) -> f64 {
        let first = self.scores.rows.week.iter().copied().fold(f64::INFINITY, f64::min);
        self.last_week() - first
    }

    fn last_week(&self) -> f64 {
        self.scores.rows.week.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn week_of(&self, day: NaiveDate) -> f64 {
        weeks_between(self.fit.first_week, week_start(day))
    }

    /// What the posterior says of a score on the scale of the model in the week of `day`.
    pub(super) fn predict(&self, target: f64, day: NaiveDate) -> Result<GoalPrediction, Error> {
        let rows = &self.scores.rows;
        let score: Vec<f64> = rows.score.iter().map(|&raw| self.fit.scale.apply(raw)).collect();
        let data = GrowthData {
            student: &rows.student,
            week: &rows.week,
            score: &score,
            n_students: rows.students.len(),
            weight: self.weights.as_deref(),
            se: rows.se.as_deref(),
            trials: None,
        };
        let goal = GrowthGoal { target, week: self.week_of(day), level: DEFAULT_LEVEL };
        let model = &self.fit.model;
        let found = predict_students(&data, &model.spec, &model.draws, &goal)?;
        found.first().copied().ok_or_else(|| growth::NO_STORED_MODEL.into())
    }
}

/// What is needed of a stored fit.
struct StoredFit {
    model: StoredGrowth,
    scale: Scale,
    first_week: NaiveDate,
    /// Answers behind a row of the fit on average.
    mean_answers: Option<f64>,
}

impl StoredFit {
    /// The fit, or why it cannot be used.
    fn read(row: &GrowthFitRow, now: DateTime<Utc>) -> Result<Self, &'static str> {
        if (now - row.fitted_at).num_days() > GoalKpi::HOLDS_DAYS {
            return Err("the newest growth fit is more than 14 days old");
        }
        let incomplete = "the newest growth fit keeps too little to predict from";
        let part = |name: &str| row.settings.get(name).cloned().ok_or(incomplete);
        let model: StoredGrowth = serde_json::from_value(part("model")?).map_err(|_| incomplete)?;
        if !model.reliable {
            return Err("the newest growth fit did not converge");
        }
        if row.settings["slope_is_prior"].as_bool() == Some(true) {
            return Err("the growth of the newest growth fit is that of its prior");
        }
        if model.spec.family != Family::Gaussian {
            return Err("the newest growth fit is not Gaussian");
        }
        Ok(Self {
            model,
            scale: serde_json::from_value(part("scale")?).map_err(|_| incomplete)?,
            first_week: serde_json::from_value(part("first_week")?).map_err(|_| incomplete)?,
            mean_answers: row.settings.get("mean_answers").and_then(Value::as_f64),
        })
    }

    /// The student's scores from the source of the fit: of the subject, of the topic called so, or
    /// of everything, whichever there is first.
    async fn scores(
        &self,
        store: &Store,
        now: DateTime<Utc>,
        user_id: &str,
        subject_id: Option<&str>,
    ) -> Result<Option<(WeeklyScores, GoalScope)>, Error> {
        let first_week = self.first_week;
        match &*self.scale.source {
            ATTEMPT => {
                let all = AnswersOf { student: user_id, subject: None, topic: None };
                let narrow = [
                    (AnswersOf { subject: subject_id, ..all }, GoalScope::Subject),
                    (AnswersOf { topic: subject_id, ..all }, GoalScope::Topic),
                ];
                let narrow = narrow.into_iter().filter(|_| subject_id.is_some());
                for (answers, scope) in narrow.chain([(all, GoalScope::All)]) {
                    if let Some(scores) = accuracies_of(store, answers, first_week, now).await? {
                        return Ok(Some((scores, scope)));
                    }
                }
                Ok(None)
            }
            ABILITIES => {
                let scores = abilities_of(store, user_id, first_week, now).await?;
                Ok(scores.map(|scores| (scores, GoalScope::All)))
            }
            _ => Ok(None),
        }
    }
}
