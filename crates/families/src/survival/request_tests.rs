//! Every known form of the requests, and what cannot be fitted.

use seedtest_survival::Silent;
use seedtest_wire::{
    SurvivalFitRequest, SurvivalFitResponse, SurvivalNoop, SurvivalPredictRequest,
    SurvivalPredictResponse,
};
use serde_json::{Value, json};

use super::*;
use crate::error::Error;
use crate::family::Outcome;
use crate::rows::table_of;

/// Forty students; more sessions, later silence. Every third is censored.
fn rows(time: &str, covariate: &str) -> Vec<Value> {
    rows_of(40, time, covariate)
}

/// The same of any number; deciles of forty are too small to be observed for two weeks.
fn rows_of(n: u32, time: &str, covariate: &str) -> Vec<Value> {
    let row = |i: u32| {
        let sessions = f64::from(i * 7 % 12);
        let days = (3.0 + 2.0 * sessions + f64::from(i * 5 % 9)).min(28.0);
        json!({"user_id": format!("s{i:02}"), time: days, "event": u8::from(!i.is_multiple_of(3)),
               covariate: sessions, "gap_days": i % 4})
    };
    (0..n).map(row).collect()
}

fn fitted_or_not(request: &SurvivalFitRequest) -> Result<Outcome<Fitted, SurvivalNoop>, Error> {
    let rows = table_of(request.rows.clone())?;
    let newdata = request.newdata.clone().map(table_of).transpose()?;
    super::fit(&rows, newdata.as_ref(), &Spec::of(request)?, &mut Silent)
}

fn answer(request: &Value) -> Outcome<Fitted, SurvivalNoop> {
    fitted_or_not(&serde_json::from_value(request.clone()).unwrap()).unwrap()
}

fn fit(request: &Value) -> SurvivalFitResponse {
    match answer(request) {
        Outcome::Fitted(fitted) => {
            let mut response = fitted.response("run").unwrap();
            response.stored_model = Some(serde_json::to_value(fitted.stored("run")).unwrap());
            response
        }
        Outcome::TooLittle(noop) => panic!("{}", noop.reason),
    }
}

fn predicted(request: &SurvivalPredictRequest, stored: Option<&Stored>) -> SurvivalPredictResponse {
    match predict(request, stored, &mut Silent).unwrap() {
        Prediction::Predicted(response) => *response,
        Prediction::TooLittle(noop) => panic!("{}", noop.reason),
    }
}

fn reason(request: &Value) -> String {
    match answer(request) {
        Outcome::TooLittle(noop) => noop.reason,
        Outcome::Fitted(_) => panic!("fitted"),
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
    assert_eq!(reason(&json!({"rows": all[..3]})), "Insufficient data: n = 3, a fit needs 10 rows");
    assert_eq!(reason(&json!({"rows": []})), "Insufficient data: n = 0, a fit needs 10 rows");
    let with_event = |event: u8| {
        let mut rows = rows("time", "x");
        for row in &mut rows {
            row["event"] = json!(event);
        }
        json!({ "rows": rows })
    };
    assert_eq!(reason(&with_event(0)), "no_events");
    // Nothing is wrong with data without censoring.
    let fitted = fit(&with_event(1));
    assert_eq!(fitted.n_events, fitted.n_obs);
    assert!(fitted.warnings.iter().any(|w| w.starts_with("no row is censored")));
}

#[test]
fn events_of_too_few_rows_are_counted() {
    let counted =
        |formula: &Value, rows: Value| match answer(&json!({"rows": rows, "formula": formula})) {
            Outcome::TooLittle(noop) => (noop.n_obs, noop.n_events),
            Outcome::Fitted(_) => panic!("fitted"),
        };
    let few = json!([
        {"time": 3, "event": 1, "left": 0, "x": 1}, {"time": 5, "event": 0, "left": 1, "x": 2},
        {"time": 2, "event": 1, "left": 0, "x": 4},
    ]);
    assert_eq!(counted(&Value::Null, few.clone()), (3, Some(2)));
    assert_eq!(counted(&json!("Surv(time, left) ~ x"), few.clone()), (3, Some(1)));
    // What explains them need not be there.
    assert_eq!(counted(&json!("Surv(time, left == 0) ~ nothing"), few), (3, Some(2)));
    // Nobody knows where no column says it, or one that cannot be read.
    assert_eq!(counted(&Value::Null, json!([{"x": 1}])), (1, None));
    let unreadable = json!([{"time": 3, "event": "left in May"}, {"time": 5, "event": "stays"}]);
    assert_eq!(counted(&Value::Null, unreadable), (2, None));
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
        fitted_or_not(&request).unwrap_err().to_string()
    };
    let mut bad = rows("time", "x");
    bad[4]["event"] = json!(2);
    assert!(error(json!({"rows": bad})).contains("row 5: event is 2, not 0 or 1"));
    bad[4] = json!({"time": -1, "event": 1, "x": 0});
    assert!(error(json!({"rows": bad})).contains("row 5: `stop` is -1"));
    bad[4] = json!({"time": [1], "event": 1, "x": 0});
    assert!(error(json!({"rows": bad})).contains("row 5: `time` is an array"));
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

#[test]
fn a_stored_fit_predicts_what_the_fit_predicted() {
    let fitted = fit(&json!({"rows": rows("time", "x")}));
    let model: Stored = serde_json::from_value(fitted.stored_model.clone().unwrap()).unwrap();
    let request: SurvivalPredictRequest = serde_json::from_value(json!({
        "user_features": rows("time", "x"), "time_points": [7, 14, 400],
    }))
    .unwrap();
    let response = predicted(&request, Some(&model));
    assert_eq!(response.predictions, fitted.predictions);
    let curve = &response.survival_curves["s00"];
    assert!(curve.at(7.0).unwrap() >= curve.at(14.0).unwrap());
    assert_eq!(curve.at(400.0), None, "nobody was observed that long");
    assert!(!response.warnings.is_empty());
    let ranks = &response.risk_rankings;
    assert!(ranks.windows(2).all(|w| w[0].risk_score >= w[1].risk_score && w[0].rank <= w[1].rank));
    let nothing = SurvivalPredictRequest::default();
    assert!(predict(&nothing, None, &mut Silent).is_err());
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
    assert_eq!((response.time, &*response.risk_rankings[0].user_id), (10.0, "1"));
}

#[test]
fn predicting_from_too_few_rows_is_no_error() {
    let request: SurvivalPredictRequest =
        serde_json::from_value(json!({"rows": rows("time", "x")[..3], "time": 10})).unwrap();
    match predict(&request, None, &mut Silent).unwrap() {
        Prediction::TooLittle(noop) => {
            assert_eq!(noop.reason, "Insufficient data: n = 3, a fit needs 10 rows");
        }
        Prediction::Predicted(_) => panic!("predicted"),
    }
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

#[test]
fn every_number_of_a_cox_fit_is_in_the_response() {
    let fit = fit(&json!({"rows": rows_of(200, "time", "x"), "residuals": true}));
    let tests = fit.model_meta.tests.unwrap();
    let gain = 2.0 * (fit.model_meta.loglik - fit.model_meta.loglik_null.unwrap());
    assert!((tests.likelihood_ratio.statistic - gain).abs() < 1e-9);
    assert_eq!((tests.wald.df, tests.score.df), (1, 1));
    let proportional = fit.proportional_hazards.unwrap();
    assert_eq!(proportional.covariates[0].name, "x");
    // With one covariate both tests are the same.
    assert_eq!(proportional.covariates[0].statistic, proportional.global.statistic);
    assert_eq!(proportional.terms, proportional.covariates);
    let residuals = fit.residuals.unwrap();
    assert_eq!((residuals.row.len(), residuals.event_row.len()), (200, 133));
    assert!(residuals.martingale.iter().sum::<f64>().abs() < 1e-9, "they add up to nothing");
    assert!(residuals.dfbeta["x"].iter().sum::<f64>().abs() < 1e-9);
    assert!(residuals.schoenfeld["x"].iter().sum::<f64>().abs() < 1e-6);
    let calibration = fit.quality.unwrap().calibration;
    assert_eq!((calibration.horizon, calibration.groups.len()), (14.0, 10));
}

#[test]
fn weights_and_an_offset_come_from_columns() {
    let mut weighted = rows("time", "x");
    let mut repeated = Vec::new();
    for (i, row) in weighted.iter_mut().enumerate() {
        let times = 1 + i % 2;
        repeated.extend(std::iter::repeat_n(row.clone(), times));
        row["w"] = json!(times);
        row["o"] = json!(0.1 * f64::from(i as u32 % 3));
    }
    let plain = json!({"rows": repeated, "ties": "breslow", "covariates": ["x"]});
    let by_weight =
        json!({"rows": weighted, "ties": "breslow", "covariates": ["x"], "weights": "w"});
    let (one, other) = (fit(&plain), fit(&by_weight));
    assert!((one.model_meta.loglik - other.model_meta.loglik).abs() < 1e-9);
    let difference = one.coefficients["x"].unwrap() - other.coefficients["x"].unwrap();
    assert!(difference.abs() < 1e-9);
    // Known contributions of a second covariate: by offset or by formula the same.
    let by_column = json!({"rows": weighted, "covariates": ["x"], "offset": "o"});
    let by_formula = json!({"rows": weighted, "formula": "Surv(time, event) ~ x + offset(o)"});
    let (one, other) = (fit(&by_column), fit(&by_formula));
    assert_eq!(one.coefficients, other.coefficients);
    assert_eq!(one.risk_scores, other.risk_scores);
    let without = fit(&json!({"rows": weighted, "covariates": ["x"]}));
    assert_ne!(one.risk_scores["s01"], without.risk_scores["s01"], "the offset is predicted too");
    weighted[3]["w"] = json!(0);
    let bad: SurvivalFitRequest =
        serde_json::from_value(json!({"rows": weighted, "weights": "w"})).unwrap();
    let error = fitted_or_not(&bad).unwrap_err().to_string();
    assert_eq!(error, "row 4: weight is 0, not from 1e-50 to 1e50");
}

#[test]
fn an_elastic_net_chooses_its_penalty_and_has_no_standard_errors() {
    let mut rows = rows_of(200, "time", "x");
    for (i, row) in rows.iter_mut().enumerate() {
        row["noise"] = json!(i * 29 % 13);
    }
    let free = fit(&json!({"rows": rows, "covariates": ["x", "noise"]}));
    let net = json!({"alpha": 1, "lambda": "1se", "n_lambda": 20, "folds": 5});
    let lasso = fit(
        &json!({"rows": rows, "covariates": ["x", "noise"], "params": {"regularization": net}}),
    );
    let path = lasso.penalty_path.as_ref().unwrap();
    assert_eq!(path.chosen, path.one_se.unwrap());
    assert_eq!(path.lambda.len(), 20);
    assert_eq!(lasso.model_meta.penalty, path.lambda[path.chosen]);
    assert_eq!(lasso.model_meta.alpha, Some(1.0));
    assert_eq!(path.coefficients["x"][path.chosen], lasso.coefficients["x"].unwrap());
    let shrunk = lasso.coefficients["x"].unwrap();
    assert!(shrunk < 0.0 && shrunk > free.coefficients["x"].unwrap(), "{shrunk}");
    assert_eq!((lasso.model_meta.se["x"], lasso.model_meta.tests), (None, None));
    assert!(lasso.survival_curve.iter().all(|point| point.lower.is_none()));
    assert!(lasso.risk_scores.values().all(|risk| (0.0..=1.0).contains(risk)));
    assert!(lasso.quality.is_some());
    let at = fit(&json!({"rows": rows, "covariates": ["x", "noise"],
                         "regularization": {"lasso": lasso.model_meta.penalty}}));
    assert!((at.coefficients["x"].unwrap() - shrunk).abs() < 1e-6);
}

#[test]
fn discrete_families_count_weeks() {
    for family in ["discrete_logit", "discrete-cloglog"] {
        let fit = fit(&json!({"rows": rows_of(200, "time", "x"), "family": family}));
        assert!(fit.model_meta.verdict.converged());
        assert_eq!(fit.model_meta.period_days, Some(7.0));
        assert!(fit.coefficients["x"].unwrap() < 0.0);
        let cloglog = fit.model == "discrete_cloglog";
        assert_eq!(fit.hazard_ratios["x"].is_some(), cloglog);
        // Ends of the four weeks that were seen.
        let times: Vec<f64> = fit.survival_curve.iter().map(|point| point.t).collect();
        assert_eq!(times, [7.0, 14.0, 21.0, 28.0]);
        let risks = &fit.risk_scores;
        assert!(risks.values().all(|risk| (0.0..=1.0).contains(risk)));
        assert!(fit.quality.unwrap().auc > 0.5);
    }
}

#[test]
fn a_separating_covariate_is_penalised_and_nothing_is_nan() {
    let mut rows = rows("time", "x");
    for row in &mut rows {
        row["left"] = row["event"].clone();
    }
    let found = fit(&json!({"rows": rows, "covariates": ["x", "left"]}));
    let named =
        |w: &String| w.starts_with("separation: ") && w.contains("degenerate_event_definition");
    assert!(found.warnings.iter().any(named), "{:?}", found.warnings);
    assert!(found.model_meta.penalty > 0.0);
    assert!(found.coefficients["left"].is_some_and(f64::is_finite));
    // A penalty gives a coefficient, and says alone how large it is.
    for alpha in [0, 1] {
        let net = json!({"rows": rows, "covariates": ["x", "left"], "quality": false,
                         "regularization": {"alpha": alpha, "n_lambda": 10, "folds": 3}});
        let warnings = fit(&net).warnings;
        assert!(warnings.iter().any(|w| w.starts_with("separation: ")), "{alpha}: {warnings:?}");
    }
}

#[test]
fn rows_are_named_as_they_were_sent() {
    let mut rows = rows("time", "x");
    rows[0]["x"] = Value::Null;
    for row in &mut rows {
        row["entry"] = json!(0);
    }
    rows[7]["entry"] = rows[7]["time"].clone();
    let request: SurvivalFitRequest = serde_json::from_value(json!({ "rows": rows })).unwrap();
    let error = fitted_or_not(&request).unwrap_err().to_string();
    assert!(error.starts_with("row 8: stop "), "{error}");
}

#[test]
fn overlapping_rows_of_one_student_are_refused_by_row() {
    let mut rows = rows("time", "x");
    for row in &mut rows {
        row["entry"] = json!(0);
    }
    let mut again = rows[3].clone();
    again["time"] = json!(again["time"].as_f64().unwrap() + 5.0);
    rows.push(again);
    let last = rows.len();
    let request: SurvivalFitRequest = serde_json::from_value(json!({ "rows": rows })).unwrap();
    let error = fitted_or_not(&request).unwrap_err().to_string();
    assert!(error.starts_with(&format!("row {last} starts at 0, before row 4 of ")), "{error}");
}

/// The coefficient, its error and the bounds of its ratio tell the same story.
#[test]
fn errors_of_weibull_ratios_are_those_of_the_ratios() {
    let fit = fit(&json!({"rows": rows("time", "x"), "family": "weibull"}));
    let line = &fit.summary.coefficients[0];
    let (b, se) = line.coefficient.zip(line.se).unwrap();
    assert!((line.z.unwrap() - b / se).abs() < 1e-12);
    let bound = seedtest_numerics::exp(b + 1.959_963_984_540_054 * se);
    assert!((line.hazard_ratio_upper.unwrap() / bound - 1.0).abs() < 1e-12);
    assert!(fit.model_meta.loglik_null.is_some_and(|null| null < fit.model_meta.loglik));
}

/// Two landmarks of one student, and a row beyond the follow-up.
#[test]
fn every_row_has_a_prediction_of_its_own() {
    let fitted = fit(&json!({"rows": rows("time", "x")}));
    let model: Stored = serde_json::from_value(fitted.stored_model.unwrap()).unwrap();
    let request: SurvivalPredictRequest = serde_json::from_value(json!({
        "user_features": [{"user_id": "n1", "x": 0}, {"user_id": "n1", "x": 6},
                          {"user_id": "n2", "x": 6, "gap_days": 400}],
        "time_points": [14, 7],
    }))
    .unwrap();
    let response = predicted(&request, Some(&model));
    let lengths = [response.curves.len(), response.predictions.len(), response.survival_prob.len()];
    assert_eq!(lengths, [3; 3]);
    assert!(response.curves[0].at(7.0) < response.curves[1].at(7.0));
    assert_eq!(response.curves[1], response.curves[2]);
    assert_eq!(response.survival_curves["n1"], response.curves[1]);
    let rows: Vec<usize> = response.risk_rankings.iter().map(|place| place.row).collect();
    assert_eq!(rows, [0, 1], "the risk of the third row is not known");
    assert_eq!(response.curve(0), Some(&response.curves[0]));
    assert_eq!(response.predictions[2].risk_score, None);
}

#[test]
fn students_without_a_complete_row_are_in_the_answer_with_what_they_lack() {
    let mut rows: Vec<Value> = (0..40)
        .map(|at: u32| {
            let (time, event) = (3 + at * 7 % 23, u32::from(!at.is_multiple_of(3)));
            json!({"user_id": format!("s{at}"), "time": time, "event": event, "x": at * 5 % 11})
        })
        .collect();
    rows.push(json!({"user_id": "late", "time": 4, "event": 1, "x": null}));
    rows.push(json!({"user_id": "s1", "time": 4, "event": 1, "x": null}));
    let answer = fit(&json!({"rows": rows, "formula": "Surv(time, event) ~ x", "quality": false}));
    let of =
        |id: &str| answer.predictions.iter().filter(|one| &*one.user_id == id).collect::<Vec<_>>();
    let late = of("late");
    assert_eq!((late.len(), late[0].risk_score), (1, None));
    assert_eq!(late[0].reason.as_deref(), Some("a value of `x` is missing"));
    // One who has another row is predicted from that.
    assert!(of("s1").len() == 1 && of("s1")[0].risk_score.is_some());
    assert_eq!(answer.predictions.len(), 41);
}

/// Rows of forty students, the answers of two of whom come in two rows each.
fn rows_of_forty(id: impl Fn(u32) -> Value, gap: impl Fn(u32) -> Value) -> Value {
    let row = |at: u32| {
        let (time, event) = (3 + at * 7 % 23, u32::from(!at.is_multiple_of(3)));
        json!({"user_id": id(at), "time": time, "event": event, "x": at * 5 % 11, "gap_days": gap(at)})
    };
    let rows: Vec<Value> = (0..40).map(row).collect();
    json!({"rows": rows, "formula": "Surv(time, event) ~ x", "quality": false})
}

#[test]
fn rows_whose_student_is_not_known_are_no_cluster() {
    let none = |_| json!(0);
    let error_of = |body: &Value| fit(body).summary.coefficients[0].se;
    let alone = error_of(&rows_of_forty(|at| json!(format!("s{at}")), none));
    let unknown = |at| if at < 5 { json!(format!("s{at}")) } else { json!("") };
    assert_eq!(error_of(&rows_of_forty(unknown, none)), alone);
    let shared = |at: u32| json!(format!("s{}", at / 8));
    assert_ne!(error_of(&rows_of_forty(shared, none)), alone);
}

#[test]
fn a_text_among_days_without_event_is_named() {
    let gap = |at| if at == 6 { json!("n/k") } else { json!(5) };
    let body = rows_of_forty(|at| json!(format!("s{at}")), gap);
    let request: SurvivalFitRequest = serde_json::from_value(body).unwrap();
    let error = fitted_or_not(&request).unwrap_err().to_string();
    assert!(
        error.contains("row 7") && error.contains("gap_days") && error.contains("n/k"),
        "{error}"
    );
}
