//! One student's KPIs as the JSON object of `weekly_kpi.kpis`.

use chrono::{DateTime, SecondsFormat};
use seedtest_kpi::{
    Kpi, Missing, StudentWeek, TargetScale, Theta, goal_probability_normal, target_theta,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use crate::fitted_kpis::{CHURN, Choice, FittedKey, GOAL};
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

/// Keys and values of one row. As JSON they come in the order in which PostgreSQL stores them, the
/// shorter keys first, so that the server has nothing to sort.
#[derive(Debug)]
pub(crate) struct KpiRecord {
    entries: Vec<(&'static str, Entry)>,
    /// Whether P is the Normal approximation.
    pub(crate) has_normal_goal: bool,
}

#[derive(Debug)]
enum Entry {
    Real(Option<f64>),
    Count(Option<u32>),
    Word(Option<&'static str>),
    /// Taken over from a row that is stored already.
    Stored(Value),
    Reasons(Reasons),
}

#[derive(Debug, Default)]
struct Reasons(Vec<(&'static str, &'static str)>);

impl KpiRecord {
    /// The same as a map.
    pub(crate) fn into_map(self) -> Map<String, Value> {
        self.entries.into_iter().map(|(key, entry)| (key.to_string(), json!(entry))).collect()
    }
}

impl Serialize for KpiRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.entries.len()))?;
        for (key, entry) in &self.entries {
            object.serialize_entry(key, entry)?;
        }
        object.end()
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Real(number) => number.serialize(serializer),
            Self::Count(count) => count.serialize(serializer),
            Self::Word(word) => word.serialize(serializer),
            Self::Stored(value) => value.serialize(serializer),
            Self::Reasons(reasons) => reasons.serialize(serializer),
        }
    }
}

impl Serialize for Reasons {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// The keys this writer sets. All six KPIs are there, null when unknown, with the reason under
/// `reasons`, except a P or S that a fitted model holds in the row already.
pub(crate) fn record(sources: &Sources<'_>) -> Result<KpiRecord, NotFinite> {
    let week = sources.week;
    let ability = sources.ability.map(|fitted| fitted.theta);
    let mut record = Draft::new();
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
    record.count("attempts", Some(week.week.n));
    record.count("sessions", week.activity.ok().map(|a| a.sessions));
    record.word("method", week.improvement.ok().map(|i| i.method.code()));
    record.count("I_t_n", Some(week.recent.n));
    record.count("E_t_n", week.efficiency.ok().map(|e| e.n));
    record.count("R_t_n", week.recovery.ok().map(|r| r.n));
    record.count("A_t_n", week.activity.ok().map(|a| a.answers));
    match &sources.goal_choice {
        Choice::Keep => {}
        Choice::Carry(group) => record.carry(&GOAL, group),
        Choice::Compute => match sources.goal.posterior(sources.ability, sources.goal_model) {
            Some(group) => record.carry(&GOAL, &group),
            None => record.goal(sources.ability, sources.goal),
        },
    }
    match &sources.churn_choice {
        Choice::Keep => {}
        Choice::Carry(group) => record.carry(&CHURN, group),
        Choice::Compute => record.churn(week.churn),
    }
    record.finish()
}

/// Most keys a row has.
const KEYS: usize = 32;

struct Draft {
    entries: Vec<(&'static str, Entry)>,
    reasons: Reasons,
    bad: Option<NotFinite>,
    has_normal_goal: bool,
}

impl Draft {
    fn new() -> Self {
        let entries = Vec::with_capacity(KEYS);
        Self { entries, reasons: Reasons::default(), bad: None, has_normal_goal: false }
    }

    fn count(&mut self, key: &'static str, count: Option<u32>) {
        self.entries.push((key, Entry::Count(count)));
    }

    fn word(&mut self, key: &'static str, word: Option<&'static str>) {
        self.entries.push((key, Entry::Word(word)));
    }

    fn number(&mut self, key: &'static str, number: Option<f64>) {
        if number.is_some_and(|number| !number.is_finite()) {
            self.bad.get_or_insert(NotFinite { key });
        }
        self.entries.push((key, Entry::Real(number)));
    }

    fn kpi(&mut self, key: &'static str, kpi: Kpi) {
        self.number(key, kpi.ok());
        if let Err(missing) = kpi {
            self.reasons.0.push((key, missing.code()));
        }
    }

    fn carry(&mut self, fitted: &FittedKey, group: &Map<String, Value>) {
        let stored = |key: &str| Entry::Stored(group.get(key).cloned().unwrap_or(Value::Null));
        self.entries.extend(fitted.group.iter().map(|&key| (key, stored(key))));
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
        self.has_normal_goal = known.is_some();
        self.word("P_source", known.map(|_| "normal"));
        self.word("P_basis", None);
        self.entries.push(("P_fitted_at", Entry::Stored(json!(fitted_at))));
    }

    fn churn(&mut self, churn: Kpi) {
        self.kpi("S", churn);
        self.word("S_source", churn.ok().map(|_| "heuristic"));
        self.word("S_fitted_at", None);
    }

    fn finish(mut self) -> Result<KpiRecord, NotFinite> {
        if let Some(bad) = self.bad {
            return Err(bad);
        }
        self.reasons.0.sort_unstable_by_key(|&(key, _)| (key.len(), key));
        self.entries.push(("reasons", Entry::Reasons(self.reasons)));
        self.entries.sort_unstable_by_key(|&(key, _)| (key.len(), key));
        Ok(KpiRecord { entries: self.entries, has_normal_goal: self.has_normal_goal })
    }
}
