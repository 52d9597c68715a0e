//! One student's KPIs as the JSON object of `weekly_kpi.kpis`.

use seedtest_kpi::{
    Kpi, Missing, StudentWeek, TargetScale, Theta, goal_probability_normal, target_theta,
};
use serde_json::{Map, Value, json};

use crate::settings::Settings;

/// The goal every student is measured against, on the ability scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Goal {
    theta: f64,
}

impl Goal {
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        let target = settings.number("target").unwrap_or(0.0);
        let slope = settings.number("score-slope").filter(|&a| a != 0.0).unwrap_or(50.0);
        let intercept = settings.number("score-intercept").unwrap_or(100.0);
        Self { theta: target_theta(target, TargetScale::Auto, slope, intercept) }
    }
}

/// The keys this writer owns. All six KPIs are always there, null when unknown, with the reason
/// under `reasons`.
pub(crate) fn record(week: &StudentWeek, ability: Option<Theta>, goal: Goal) -> Map<String, Value> {
    let mut reasons = Map::new();
    let mut kpis = Map::new();
    let mut put = |key: &str, value: Kpi| match value {
        Ok(number) => {
            kpis.insert(key.to_string(), json!(number));
        }
        Err(missing) => {
            kpis.insert(key.to_string(), Value::Null);
            reasons.insert(key.to_string(), json!(missing.code()));
        }
    };
    let probability = ability
        .ok_or(Missing::NotEstimated)
        .and_then(|theta| goal_probability_normal(theta, goal.theta));
    put("I_t", week.improvement.map(|i| i.value));
    put("E_t", week.efficiency.map(|e| e.value));
    put("R_t", week.recovery.map(|r| r.value));
    put("A_t", week.engagement.map(|a| a.value));
    put("P", probability);
    put("S", week.churn);
    put("mean_gap", week.activity.and_then(|a| a.mean_gap));
    put("theta", ability.map(|a| a.theta).ok_or(Missing::NotEstimated));
    put("acc", week.week.accuracy().ok_or(Missing::NoAttemptsRecent));

    let source = |known: bool, code: &'static str| if known { json!(code) } else { Value::Null };
    let additions = [
        ("attempts", json!(week.week.n)),
        ("sessions", json!(week.activity.ok().map(|a| a.sessions))),
        ("method", json!(week.improvement.ok().map(|i| i.method.code()))),
        ("I_t_se", json!(week.improvement.ok().and_then(|i| i.se))),
        ("I_t_n", json!(week.recent.n)),
        ("E_t_raw", json!(week.efficiency.ok().map(|e| e.raw))),
        ("E_t_n", json!(week.efficiency.ok().map(|e| e.n))),
        ("R_t_n", json!(week.recovery.ok().map(|r| r.n))),
        ("A_t_n", json!(week.activity.ok().map(|a| a.answers))),
        ("A_t_recorded", json!(week.engagement.ok().map(|a| a.recorded_weight))),
        ("ability_estimate", json!(ability.map(|a| a.theta))),
        ("theta_se", json!(ability.and_then(|a| a.se))),
        ("P_source", source(probability.is_ok(), "normal")),
        ("S_source", source(week.churn.is_ok(), "heuristic")),
        ("reasons", Value::Object(reasons)),
    ];
    kpis.extend(additions.map(|(key, value)| (key.to_string(), value)));
    kpis
}
