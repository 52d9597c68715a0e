//! One student's KPIs as the JSON object of `weekly_kpi.kpis`.

use chrono::{DateTime, SecondsFormat};
use seedtest_kpi::{
    Kpi, Missing, StudentWeek, TargetScale, Theta, goal_probability_normal, target_theta,
};
use serde_json::{Map, Value, json};

use crate::fitted_kpis::Choice;
use crate::goal_model::GoalModel;
use crate::settings::Settings;
use crate::theta_history::FittedTheta;

/// The goal every student is measured against, on the ability scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Goal {
    theta: f64,
}

impl Goal {
    /// The goal of the settings.
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        Self::read(settings.number("target").unwrap_or(0.0), settings)
    }

    /// A goal on the scale the settings say.
    pub(crate) fn read(target: f64, settings: &Settings) -> Self {
        let scale = match settings.text("target-scale").map(str::to_ascii_lowercase).as_deref() {
            Some("theta") => TargetScale::Theta,
            Some("score") => TargetScale::Score,
            _ => TargetScale::Auto,
        };
        Self::of(target, scale, settings)
    }

    /// A goal that is a score.
    pub(crate) fn of_score(score: f64, settings: &Settings) -> Self {
        Self::of(score, TargetScale::Score, settings)
    }

    fn of(target: f64, scale: TargetScale, settings: &Settings) -> Self {
        let (slope, intercept) = score_scale(settings);
        Self { theta: target_theta(target, scale, slope, intercept) }
    }

    /// A goal on the ability scale.
    pub(crate) fn of_theta(theta: f64) -> Self {
        Self { theta }
    }

    /// The goal on the ability scale.
    pub(crate) fn theta(self) -> f64 {
        self.theta
    }

    /// Probability that the ability is at or above the goal, by the Normal approximation.
    pub(crate) fn probability(self, theta: Theta) -> Kpi {
        goal_probability_normal(theta, self.theta)
    }

    /// P and what travels with it from a growth fit and the ability; `None` where there is no fit
    /// or no ability with a standard error.
    pub(crate) fn posterior(
        self,
        ability: Option<FittedTheta>,
        model: Option<&GoalModel>,
    ) -> Option<Map<String, Value>> {
        model?.keys(ability?.theta, self.theta)
    }
}

/// Slope and intercept of score = A·θ + B, 50 and 100 where they are not set.
pub(crate) fn score_scale(settings: &Settings) -> (f64, f64) {
    let slope = settings.number("score-slope").filter(|&a| a != 0.0).unwrap_or(50.0);
    (slope, settings.number("score-intercept").unwrap_or(100.0))
}

/// A number that JSON cannot hold: something stored for this student is infinite or no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{key} is not a finite number")]
pub(crate) struct NotFinite {
    key: &'static str,
}

/// Everything one row is made of.
pub(crate) struct Sources<'a> {
    pub(crate) week: &'a StudentWeek,
    pub(crate) ability: Option<FittedTheta>,
    pub(crate) goal: Goal,
    /// The growth fit that predicts where the row holds no P of its own.
    pub(crate) goal_model: Option<&'a GoalModel>,
    /// What becomes of P and the keys that travel with it.
    pub(crate) goal_choice: Choice,
    /// What becomes of S and the keys that travel with it.
    pub(crate) churn_choice: Choice,
}

/// The keys this writer sets. All six KPIs are there, null when unknown, with the reason under
/// `reasons`, except a P or S that a fitted model holds in the row already.
pub(crate) fn record(sources: &Sources<'_>) -> Result<Map<String, Value>, NotFinite> {
    let week = sources.week;
    let ability = sources.ability.map(|fitted| fitted.theta);
    let mut record = Record::default();
    record.kpi("I_t", week.improvement.map(|i| i.value));
    record.kpi("E_t", week.efficiency.map(|e| e.value));
    record.kpi("R_t", week.recovery.map(|r| r.value));
    record.kpi("A_t", week.engagement.map(|a| a.value));
    record.kpi("mean_gap", week.activity.and_then(|a| a.mean_gap));
    record.kpi("theta", ability.map(|a| a.theta).ok_or(Missing::NotEstimated));
    record.kpi("acc", week.week.accuracy().ok_or(Missing::NoAttemptsRecent));
    record.number("I_t_se", week.improvement.ok().and_then(|i| i.se));
    record.number("E_t_raw", week.efficiency.ok().map(|e| e.raw));
    record.number("A_t_recorded", week.engagement.ok().map(|a| a.recorded_weight));
    record.number("ability_estimate", ability.map(|a| a.theta));
    record.number("theta_se", ability.and_then(|a| a.se));
    record.value("attempts", json!(week.week.n));
    record.value("sessions", json!(week.activity.ok().map(|a| a.sessions)));
    record.value("method", json!(week.improvement.ok().map(|i| i.method.code())));
    record.value("I_t_n", json!(week.recent.n));
    record.value("E_t_n", json!(week.efficiency.ok().map(|e| e.n)));
    record.value("R_t_n", json!(week.recovery.ok().map(|r| r.n)));
    record.value("A_t_n", json!(week.activity.ok().map(|a| a.answers)));
    match &sources.goal_choice {
        Choice::Keep => {}
        Choice::Carry(group) => record.kpis.extend(group.clone()),
        Choice::Compute => match sources.goal.posterior(sources.ability, sources.goal_model) {
            Some(group) => record.kpis.extend(group),
            None => record.goal(sources.ability, sources.goal),
        },
    }
    match &sources.churn_choice {
        Choice::Keep => {}
        Choice::Carry(group) => record.kpis.extend(group.clone()),
        Choice::Compute => record.churn(week.churn),
    }
    record.finish()
}

#[derive(Default)]
struct Record {
    kpis: Map<String, Value>,
    reasons: Map<String, Value>,
    bad: Option<NotFinite>,
}

impl Record {
    fn value(&mut self, key: &'static str, value: Value) {
        self.kpis.insert(key.to_string(), value);
    }

    fn number(&mut self, key: &'static str, number: Option<f64>) {
        if number.is_some_and(|number| !number.is_finite()) {
            self.bad.get_or_insert(NotFinite { key });
        }
        self.value(key, json!(number));
    }

    fn kpi(&mut self, key: &'static str, kpi: Kpi) {
        self.number(key, kpi.ok());
        if let Err(missing) = kpi {
            self.reasons.insert(key.to_string(), json!(missing.code()));
        }
    }

    /// P by the Normal approximation: a posterior probability of its own, so it has no spread and
    /// no bounds.
    fn goal(&mut self, ability: Option<FittedTheta>, goal: Goal) {
        let probability =
            ability.ok_or(Missing::NotEstimated).and_then(|fitted| goal.probability(fitted.theta));
        self.kpi("P", probability);
        for key in ["sigma", "P_lower", "P_upper"] {
            self.kpi(key, Err(Missing::NoPosterior));
        }
        let known = ability.filter(|_| probability.is_ok());
        let fitted_at = known
            .and_then(|fitted| DateTime::from_timestamp_micros(fitted.fitted_at))
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true));
        self.value("P_source", json!(known.map(|_| "normal")));
        self.value("P_basis", Value::Null);
        self.value("P_fitted_at", json!(fitted_at));
    }

    fn churn(&mut self, churn: Kpi) {
        self.kpi("S", churn);
        self.value("S_source", json!(churn.ok().map(|_| "heuristic")));
        self.value("S_fitted_at", Value::Null);
    }

    fn finish(mut self) -> Result<Map<String, Value>, NotFinite> {
        if let Some(bad) = self.bad {
            return Err(bad);
        }
        self.kpis.insert("reasons".to_string(), Value::Object(self.reasons));
        Ok(self.kpis)
    }
}
