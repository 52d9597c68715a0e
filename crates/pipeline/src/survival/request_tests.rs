//! Every known form of the requests, and what cannot be fitted.

use seedtest_survival::Silent;
use seedtest_wire::{
    SurvivalFitRequest, SurvivalFitResponse, SurvivalPredictRequest, SurvivalPredictResponse,
};
use serde_json::{Value, json};

use super::*;

/// Forty students; more sessions, later silence. Every third is censored.
fn rows(time: &str, covariate: &str) -> Vec<Value> {
    let row = |i: u32| {
        let sessions = f64::from(i * 7 % 12);
        let days = (3.0 + 2.0 * sessions + f64::from(i * 5 % 9)).min(28.0);
        json!({"user_id": format!("s{i:02}"), time: days, "event": u8::from(!i.is_multiple_of(3)),
               covariate: sessions, "gap_days": i % 4})
    };
    (0..40).map(row).collect()
}

fn answer(request: &Value) -> SurvivalAnswer {
    let request: SurvivalFitRequest = serde_json::from_value(request.clone()).unwrap();
    fit_survival_request(&request, Some("run"), &mut Silent).unwrap()
}

fn fit(request: &Value) -> SurvivalFitResponse {
    match answer(request) {
        SurvivalAnswer::Fitted(fitted) => fitted.response(true).unwrap(),
        SurvivalAnswer::Noop(noop) => panic!("{}", noop.reason),
    }
}

fn reason(request: &Value) -> String {
    match answer(request) {
        SurvivalAnswer::Noop(noop) => noop.reason,
        SurvivalAnswer::Fitted(_) => panic!("fitted"),
    }
}

#[test]
fn the_three_variants_say_the_same() {
    let rows_v1 = rows("time", "sessions");
    let v1 = fit(&json!({"rows": rows_v1, "model": "cox"}));
    let v2 = fit(&json!({
        "rows": rows("observed_gap_days", "sessions"),
        "params": {"family": "cox", "event_threshold_days": 14, "seed": 42},
    }));
    let guide = fit(&json!({
        "data": rows_v1, "formula": "Surv(time, event) ~ sessions", "model_type": "coxph",
    }));
    assert_eq!(v1.coefficients, v2.coefficients);
    assert_eq!(v1.coefficients, guide.coefficients);
    assert_eq!(v1.risk_scores, v2.risk_scores);
    assert!(v1.coefficients["sessions"].unwrap() < 0.0);
    assert_eq!((v1.n_obs, v1.n_events, v1.model.as_str()), (40, 26, "cox"));
    assert!(v1.risk_scores.values().all(|risk| (0.0..=1.0).contains(risk)));
    let meta = &v1.model_meta;
    assert_eq!((meta.event_threshold_days, meta.horizon_days), (14.0, 14.0));
    assert_eq!(meta.ties.as_deref(), Some("efron"));
    let text = serde_json::to_string(&v1).unwrap();
    assert!(!text.contains("NaN") && !text.contains("inf"));
}

#[test]
fn parametric_families_have_hazard_ratios_where_hazards_are_proportional() {
    let cox = fit(&json!({"rows": rows("time", "x")}));
    for (family, proportional) in [("weibull", true), ("lognormal", false)] {
        let fit = fit(&json!({"rows": rows("time", "x"), "family": family}));
        let ratio = fit.hazard_ratios["x"];
        assert_eq!(ratio.is_some(), proportional, "{family}");
        // More sessions, later silence: ln T rises, the hazard falls.
        assert_eq!(fit.coefficients["x"].unwrap() < 0.0, proportional, "{family}");
        assert!(cox.coefficients["x"].unwrap() < 0.0);
        assert_eq!(fit.predictions[0].reasons.len(), usize::from(proportional));
    }
}

#[test]
fn too_little_is_no_error() {
    let all = rows("time", "x");
    assert_eq!(reason(&json!({"rows": all[..3]})), "Insufficient data: n = 3");
    assert_eq!(reason(&json!({"rows": []})), "Insufficient data: n = 0");
    let with_event = |event: u8| {
        let mut rows = rows("time", "x");
        for row in &mut rows {
            row["event"] = json!(event);
        }
        json!({ "rows": rows })
    };
    assert_eq!(reason(&with_event(0)), "no_events");
    assert_eq!(reason(&with_event(1)), "all_events");
}

#[test]
fn an_event_that_is_a_function_of_time_is_warned_of() {
    let mut rows = rows("observed_gap_days", "x");
    for row in &mut rows {
        let days = row["observed_gap_days"].as_f64().unwrap();
        row["event"] = json!(u8::from(days >= 14.0));
    }
    let fit = fit(&json!({ "rows": rows }));
    assert!(fit.warnings.iter().any(|w| w.starts_with("degenerate_event_definition: ")));
    assert!(fit.model_meta.penalty > 0.0);
}

#[test]
fn bad_rows_and_options_are_named() {
    let error = |request: Value| {
        let request: SurvivalFitRequest = serde_json::from_value(request).unwrap();
        fit_survival_request(&request, None, &mut Silent).unwrap_err().to_string()
    };
    let mut bad = rows("time", "x");
    bad[4]["event"] = json!(2);
    assert!(error(json!({"rows": bad})).contains("row 4: event is 2, not 0 or 1"));
    bad[4] = json!({"time": -1, "event": 1, "x": 0});
    assert!(error(json!({"rows": bad})).contains("row 4: `stop` is -1"));
    bad[4] = json!({"time": [1], "event": 1, "x": 0});
    assert!(error(json!({"rows": bad})).contains("row 4: `time` is an array"));
    let good = rows("time", "x");
    assert!(error(json!({"rows": good, "family": "gompertz"})).contains("family"));
    assert!(error(json!({"rows": good, "horizon_days": 0})).contains("horizon_days"));
    assert!(error(json!({"rows": good, "formula": "Surv(time, event) ~ y"})).contains('y'));
    assert!(error(json!({"rows": good, "formula": "Surv(time"})).contains("Surv"));
    let plain = vec![json!({"time": 1, "event": 1}); 12];
    assert!(error(json!({"rows": plain})).contains("no covariates"));
}

#[test]
fn a_constant_covariate_is_left_out_and_missing_values_are_counted() {
    let mut rows = rows("time", "x");
    for row in &mut rows {
        row["constant"] = json!(1.5);
    }
    rows[0]["x"] = Value::Null;
    let fit = fit(&json!({ "rows": rows }));
    assert_eq!(fit.coefficients["constant"], None);
    assert_eq!(fit.summary.coefficients[0].reason.as_deref(), Some("constant"));
    assert_eq!((fit.n_obs, fit.model_meta.dropped_rows), (39, 1));
    assert!(fit.warnings.iter().any(|w| w.contains("x (1)")), "{:?}", fit.warnings);
}

fn predicted(
    request: &SurvivalPredictRequest,
    stored: Option<&SurvivalModel>,
) -> SurvivalPredictResponse {
    match predict_survival_request(request, stored, &mut Silent).unwrap() {
        SurvivalPredicted::Predicted(response) => *response,
        SurvivalPredicted::Noop(noop) => panic!("{}", noop.reason),
    }
}

#[test]
fn a_stored_fit_predicts_what_the_fit_predicted() {
    let fitted = fit(&json!({"rows": rows("time", "x")}));
    let model: SurvivalModel =
        serde_json::from_value(fitted.stored_model.clone().unwrap()).unwrap();
    let request: SurvivalPredictRequest = serde_json::from_value(json!({
        "user_features": rows("time", "x"), "time_points": [7, 14, 400],
    }))
    .unwrap();
    let response = predicted(&request, Some(&model));
    assert_eq!(response.predictions, fitted.predictions);
    let curve = &response.survival_curves["s00"];
    assert!(curve["7"].unwrap() >= curve["14"].unwrap());
    assert_eq!(curve["400"], None, "nobody was observed that long");
    assert!(!response.warnings.is_empty());
    let ranks = &response.risk_rankings;
    assert!(ranks.windows(2).all(|w| w[0].risk_score >= w[1].risk_score && w[0].rank <= w[1].rank));
    let nothing = SurvivalPredictRequest::default();
    assert!(predict_survival_request(&nothing, None, &mut Silent).is_err());
}

#[test]
fn the_stateless_variant_fits_first() {
    let request: SurvivalPredictRequest = serde_json::from_value(json!({
        "rows": rows("time", "x"), "time": 10, "model": "cox",
        "newdata": [{"x": 0}, {"x": 11}],
    }))
    .unwrap();
    let response = predicted(&request, None);
    let survival: Vec<f64> = response.survival_prob.iter().map(|s| s.unwrap()).collect();
    assert!(survival.len() == 2 && survival[0] < survival[1], "{survival:?}");
    assert_eq!((response.time, response.risk_rankings[0].user_id.as_str()), (10.0, "1"));
}

#[test]
fn strata_and_elapsed_time_reach_the_prediction() {
    let mut rows = rows("time", "x");
    for (i, row) in rows.iter_mut().enumerate() {
        row["school"] = json!(if i % 2 == 0 { "north" } else { "south" });
    }
    let fit = fit(&json!({"rows": rows, "strata": "school", "newdata": [
        {"x": 3, "school": "north", "gap_days": 0}, {"x": 3, "school": "south", "gap_days": 0},
        {"x": 3, "school": "north", "gap_days": 6}, {"x": 3, "school": "east"},
    ]}));
    let risks: Vec<Option<f64>> = fit.predictions.iter().map(|p| p.risk_score).collect();
    assert!(risks[0] != risks[1] && risks[0] != risks[2], "{risks:?}");
    assert_eq!(risks[3], None, "no one of that school was seen");
}
