//! The one form of a KPI row.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use chrono::DateTime;
use seedtest_kpi::{
    ChurnKpi, FIELDS, ForecastKpi, GoalKpi, GoalScale, GoalTarget, Method, Missing, SlopeKpi,
    SlopeUnit, WeeklyKpis,
};
use serde_json::{Value, json};

const TARGET: GoalTarget = GoalTarget { value: 0.5, scale: GoalScale::Theta };

#[test]
fn keys_come_in_the_order_of_postgresql() {
    let keys: Vec<_> = FIELDS.iter().map(|field| (field.key.len(), field.key)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
}

#[test]
fn a_row_reads_back_as_it_was_written() {
    let row = WeeklyKpis {
        improvement: Ok(0.1),
        improvement_n: Some(12),
        method: Some(Method::ThetaDelta),
        efficiency: Err(Some(Missing::NoResponseTimesRecent)),
        goal: Some(GoalKpi::normal(Ok(0.5), TARGET, Some(DateTime::UNIX_EPOCH))),
        churn: Some(ChurnKpi::of_survival(0.25, DateTime::UNIX_EPOCH)),
        slope: Some(SlopeKpi::new(0.02, Some(0.01), SlopeUnit::Accuracy, DateTime::UNIX_EPOCH)),
        forecast: Some(ForecastKpi { next: Some(0.2), anomaly: None }),
        ..WeeklyKpis::unknown()
    };
    assert_eq!(WeeklyKpis::read(&row.clone().into_map()), row);
    let text = serde_json::to_string(&row).unwrap();
    let start =
        r#"{"P":0.5,"S":0.25,"A_t":null,"E_t":null,"I_t":0.1,"R_t":null,"acc":null,"A_t_n":null,"#;
    assert!(text.starts_with(start), "{text}");
    let reasons = r#""reasons":{"E_t":"no_response_times_recent","sigma":"no_posterior","P_lower":"no_posterior","P_upper":"no_posterior"}"#;
    assert!(text.contains(reasons), "{text}");
    assert!(text.contains(r#""P_fitted_at":"1970-01-01T00:00:00.000000Z""#), "{text}");
}

#[test]
fn an_unknown_ability_is_not_there_and_its_reason_is() {
    let missing = Err(Some(Missing::NotEstimated));
    let row = WeeklyKpis { theta: missing, delta_theta: missing, ..WeeklyKpis::unknown() };
    let keys = row.clone().into_map();
    for key in ["theta", "theta_se", "delta_theta", "ability_estimate"] {
        assert!(!keys.contains_key(key), "{key}");
    }
    assert_eq!(keys["reasons"]["theta"], "not_estimated_yet");
    assert_eq!(keys["reasons"]["delta_theta"], "not_estimated_yet");
    let read = WeeklyKpis::read(&keys);
    assert_eq!((read.theta, read.delta_theta), (missing, missing));
    let known = WeeklyKpis { theta: Ok(0.4), delta_theta: Ok(-0.1), ..row };
    let keys = known.clone().into_map();
    assert_eq!((&keys["theta"], &keys["delta_theta"]), (&json!(0.4), &json!(-0.1)));
    let read = WeeklyKpis::read(&keys);
    assert_eq!((read.theta, read.delta_theta), (known.theta, known.delta_theta));
}

#[test]
fn the_goal_stands_beside_its_probability() {
    let target = GoalTarget { value: 150.0, scale: GoalScale::Score };
    let goal = GoalKpi::normal(Ok(0.5), target, None);
    let row = WeeklyKpis { goal: Some(goal), ..WeeklyKpis::unknown() };
    let keys = row.clone().into_map();
    assert_eq!((&keys["P_target"], &keys["P_target_scale"]), (&json!(150.0), &json!("score")));
    assert_eq!(WeeklyKpis::read(&keys).goal, row.goal);
}

#[test]
fn groups_are_left_alone_or_replaced_whole() {
    let row = WeeklyKpis::unknown().into_map();
    assert!(
        !row.contains_key("P") && !row.contains_key("S_source") && !row.contains_key("I_t_anomaly")
    );
    let patch = ChurnKpi::heuristic(Ok(0.4)).patch();
    let expected = json!({"S": 0.4, "S_source": "heuristic", "S_fitted_at": null});
    assert_eq!(Value::Object(patch), expected);
    assert!(!row.contains_key("growth_slope"));
    let patch = SlopeKpi::new(0.02, None, SlopeUnit::LogOdds, DateTime::UNIX_EPOCH).patch();
    let expected = json!({"growth_slope": 0.02, "growth_slope_se": null,
        "growth_slope_unit": "log_odds", "growth_fitted_at": "1970-01-01T00:00:00.000000Z"});
    assert_eq!(Value::Object(patch), expected);
    let patch = ForecastKpi { next: Some(0.2), anomaly: Some(-3.0) }.patch();
    assert_eq!(Value::Object(patch), json!({"I_t_forecast_next": 0.2, "I_t_anomaly": -3.0}));
}

#[test]
fn infinite_numbers_are_named_before_what_rests_on_them() {
    let row = WeeklyKpis {
        theta: Ok(f64::INFINITY),
        goal: Some(GoalKpi::normal(Ok(f64::NAN), TARGET, None)),
        ..WeeklyKpis::unknown()
    };
    assert_eq!(row.check().unwrap_err().to_string(), "theta is not a finite number");
}
