//! Rows that cannot be predicted: they say why, and take nothing from the others.

use seedtest_ingest::{Table, TableColumn};
use seedtest_survival::Silent;
use seedtest_wire::{SurvivalFitRequest, SurvivalPredictRequest, SurvivalPredictResponse};
use serde_json::{Value, json};

use super::*;
use crate::family::Outcome;
use crate::rows::table_of;

fn fitted(request: Value) -> Fitted {
    let request: SurvivalFitRequest = serde_json::from_value(request).unwrap();
    let rows = table_of(request.rows.clone()).unwrap();
    let newdata = request.newdata.clone().map(|rows| table_of(rows).unwrap());
    match super::fit(&rows, newdata.as_ref(), &Spec::of(&request).unwrap(), &mut Silent).unwrap() {
        Outcome::Fitted(fitted) => *fitted,
        Outcome::TooLittle(noop) => panic!("{}", noop.reason),
    }
}

/// Forty students; every third is censored.
fn rows(of: impl Fn(u32) -> Value) -> Vec<Value> {
    (0..40)
        .map(|at: u32| {
            let (time, event) = (3 + at * 7 % 23, u32::from(!at.is_multiple_of(3)));
            let mut row = json!({"user_id": format!("s{at}"), "time": time, "event": event,
                                 "x": 1 + at * 5 % 11});
            let more = of(at);
            row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            row
        })
        .collect()
}

fn fit_of(family: &str, formula: &str) -> Stored {
    let rows = rows(|_| json!({}));
    let request = json!({"rows": rows, "formula": formula, "family": family, "quality": false});
    fitted(request).stored("run")
}

fn predicted(model: &Stored, table: &Table) -> SurvivalPredictResponse {
    let request = SurvivalPredictRequest { horizon_days: Some(7.0), ..Default::default() };
    predict_table(model, table, &request, &mut Silent).unwrap()
}

fn reasons(response: &SurvivalPredictResponse) -> Vec<Option<&str>> {
    response.predictions.iter().map(|one| one.reason.as_deref()).collect()
}

fn numbers(columns: &[(&str, &[f64])]) -> Table {
    let n_rows = columns[0].1.len();
    let column = |(name, values): &(&str, &[f64])| {
        ((*name).to_owned(), TableColumn::Numeric(values.to_vec()))
    };
    Table { columns: columns.iter().map(column).collect(), n_rows }
}

#[test]
fn an_impossible_cell_leaves_its_row_without_prediction_and_the_others_with_theirs() {
    let inf = f64::INFINITY;
    for family in ["cox", "weibull", "lognormal", "discrete_logit"] {
        let model = fit_of(family, "Surv(time, event) ~ log(x)");
        let table = numbers(&[
            ("x", &[2.0, 0.0, 5.0, -1.0, inf, f64::NAN, 3.0, 3.0]),
            ("gap_days", &[f64::NAN, 0.0, 1.0, 0.0, 0.0, 0.0, -2.0, inf]),
        ]);
        let found = predicted(&model, &table);
        assert_eq!(
            reasons(&found),
            [
                None,
                Some("`log(x)` is -inf, and only finite numbers can be predicted from"),
                None,
                Some("`log(x)` is no number, and only finite numbers can be predicted from"),
                Some("`log(x)` is inf, and only finite numbers can be predicted from"),
                Some("a value of `x` is missing"),
                Some("`gap_days` is -2, and has to be a time without event, 0 or more"),
                Some("`gap_days` is inf, and only finite numbers can be predicted from"),
            ],
            "{family}"
        );
        let alone = predicted(&model, &numbers(&[("x", &[2.0, 5.0]), ("gap_days", &[0.0, 1.0])]));
        for (row, of_alone) in [(0, 0), (2, 1)] {
            let (one, other) = (&found.predictions[row], &alone.predictions[of_alone]);
            assert_eq!(one.risk_score, other.risk_score, "{family}");
            assert!(one.risk_score.is_some(), "{family}");
            assert_eq!(found.curve(row), alone.curve(of_alone), "{family}");
        }
        let nulls = [&found.predictions[1].risk_score, &found.survival_prob[6]];
        assert_eq!(nulls, [&None, &None]);
        let said = found.warnings.join("\n");
        assert!(
            said.contains("3 rows have no prediction, the first of them row 2: `log(x)` is -inf")
                && said.contains("1 row has no prediction: row 7: `gap_days` is -2")
                && said.contains("row 1 has no `gap_days` and is predicted as of day 0"),
            "{said}"
        );
        assert_eq!(
            (found.predictions[0].gap_days, found.predictions[7].gap_days),
            (Some(0.0), None)
        );
        assert!(!serde_json::to_string(&found).unwrap().contains("NaN"));
    }
}

#[test]
fn a_date_or_a_word_among_numbers_leaves_only_its_row_without_prediction() {
    let model = fit_of("cox", "Surv(time, event) ~ x");
    let request: SurvivalPredictRequest = serde_json::from_value(json!({"user_features": [
        {"x": 2}, {"x": "2026-01-05"}, {"x": 5, "gap_days": "soon"}, {"x": "3", "gap_days": 0},
    ]}))
    .unwrap();
    let table = table_of(request.user_features.unwrap()).unwrap();
    let found = predicted(&model, &table);
    assert_eq!(
        reasons(&found),
        [
            None,
            Some("x is \"2026-01-05\", which is no number"),
            Some("gap_days is \"soon\", which is no number"),
            None,
        ]
    );
    let alone = predicted(&model, &numbers(&[("x", &[2.0, 3.0])]));
    for (row, of_alone) in [(0, 0), (3, 1)] {
        let right = alone.predictions[of_alone].risk_score;
        assert_eq!(found.predictions[row].risk_score, right);
    }
    let said = found.warnings.join("\n");
    assert!(said.contains("row 1 has no `gap_days` and is predicted as of day 0"), "{said}");
}

#[test]
fn values_too_large_to_predict_from_have_no_number_and_a_reason() {
    for family in ["cox", "weibull"] {
        let model = fit_of(family, "Surv(time, event) ~ poly(x, 2, raw = TRUE)");
        let found = predicted(&model, &numbers(&[("x", &[1e200, 3.0])]));
        assert!(reasons(&found)[0].unwrap().contains("is inf"), "{family}");
        assert!(found.predictions[1].risk_score.is_some());
    }
}

/// Of a stratum in which nobody had the event there is no baseline: the reason calls it by its name.
#[test]
fn a_stratum_without_events_is_named_as_the_data_name_it() {
    let of_school =
        |at: u32| json!({"school": if at.is_multiple_of(4) { "Busan" } else { "Seoul" }});
    let mut rows = rows(of_school);
    for row in rows.iter_mut().filter(|row| row["school"] == "Busan") {
        row["event"] = json!(0);
    }
    let new = json!([{"x": 3, "school": "Seoul"}, {"x": 3, "school": "Busan"},
                     {"x": 3, "school": "Seoul", "gap_days": 20}, {"x": 3, "school": "Jeju"}]);
    let new: Vec<Value> = new.as_array().unwrap().clone();
    let with_gap = |row: &Value| {
        let mut row = row.clone();
        row.as_object_mut().unwrap().entry("gap_days").or_insert(json!(0));
        row
    };
    let new: Vec<Value> = new.iter().map(with_gap).collect();
    let fitted = fitted(json!({"rows": rows, "formula": "Surv(time, event) ~ x + strata(school)",
                               "newdata": new}));
    let response = fitted.response("run").unwrap();
    let reasons: Vec<Option<&str>> =
        response.predictions.iter().map(|one| one.reason.as_deref()).collect();
    assert_eq!(
        reasons,
        [
            None,
            Some("`school` is `Busan`, and no fitted row of that stratum had the event"),
            Some(
                "nothing is known of time 34 where `school` is `Seoul`: no observation lasted that long"
            ),
            Some("`school` is `Jeju`, which the fitted data do not have"),
        ]
    );
    let said = response.warnings.join("\n");
    assert!(said.contains("row 2: `school` is `Busan`") && !said.contains("stratum 0"), "{said}");
    let found = predicted(&fitted.stored("run"), &{
        let texts = ["Busan"].map(std::sync::Arc::from).to_vec();
        let school = TableColumn::Text { levels: texts, codes: vec![0] };
        let x = TableColumn::Numeric(vec![3.0]);
        Table { columns: vec![("school".into(), school), ("x".into(), x)], n_rows: 1 }
    });
    assert_eq!(found.survival_prob, [None]);
    let said = found.warnings.join("\n");
    assert!(!said.contains("not observed anyone that long"), "{said}");
}

/// A gap that nobody wrote down counts as one of 0 days, and not in silence; one below 0 counts as none.
#[test]
fn days_without_event_that_a_student_of_the_fit_lacks_are_told() {
    let all = |gap: fn(u32) -> Value| {
        let rows = rows(|at| json!({"gap_days": gap(at)}));
        let formula = "Surv(time, event) ~ x";
        let fitted = fitted(json!({"rows": rows, "formula": formula, "quality": false}));
        fitted.response("run").unwrap()
    };
    let two = all(|_| json!(2));
    let at_once = all(|_| json!(0));
    let found = all(|at| match at {
        6 => Value::Null,
        9 => json!(-1),
        _ => json!(2),
    });
    assert_eq!((found.n_obs, found.predictions.len()), (40, 40));
    let of = |id: &str| found.predictions.iter().find(|one| &*one.user_id == id).unwrap();
    assert_eq!(of("s6").risk_score, Some(at_once.risk_scores["s6"]));
    assert_eq!(of("s5").risk_score, Some(two.risk_scores["s5"]));
    assert_eq!(of("s9").risk_score, None);
    assert!(of("s9").reason.as_deref().unwrap().starts_with("`gap_days` is -1"));
    let said = found.warnings.join("\n");
    assert!(
        said.contains("row 7 has no `gap_days` and is predicted as of day 0")
            && said.contains("1 row has no prediction: row 10: `gap_days` is -1"),
        "{said}"
    );
}

/// Rows whose weight or offset is missing are counted, and the fit is that of the others.
#[test]
fn a_missing_weight_or_offset_leaves_its_row_out_and_is_counted() {
    let body = |hole: Option<(usize, &str)>, without: Option<usize>| {
        let mut rows = rows(|at| json!({"w": 1 + at % 3, "o": f64::from(at % 2) / 4.0}));
        if let Some((at, name)) = hole {
            rows[at][name] = Value::Null;
        }
        if let Some(at) = without {
            rows.remove(at);
        }
        json!({"rows": rows, "formula": "Surv(time, event) ~ x", "weights": "w", "offset": "o",
               "quality": false})
    };
    let right = fitted(body(None, Some(17))).response("run").unwrap();
    for name in ["w", "o"] {
        let found = fitted(body(Some((17, name)), None)).response("run").unwrap();
        assert_eq!(found.coefficients, right.coefficients, "{name}");
        assert_eq!(found.model_meta.se, right.model_meta.se, "{name}");
        assert_eq!((found.rows.read, found.rows.used), (40, 39));
        assert_eq!(found.rows.rejected["missing_value"], 1);
        let said = found.warnings.join("\n");
        assert!(
            said.contains(&format!("1 rows were left out because a value is missing: {name} (1)")),
            "{said}"
        );
        let of = found.predictions.iter().find(|one| &*one.user_id == "s17").unwrap();
        assert_eq!(of.reason, Some(format!("a value of `{name}` is missing")));
    }
}

fn refusal(request: Value) -> crate::error::Error {
    let request: SurvivalFitRequest = serde_json::from_value(request).unwrap();
    let rows = table_of(request.rows.clone()).unwrap();
    super::fit(&rows, None, &Spec::of(&request).unwrap(), &mut Silent).unwrap_err()
}

#[test]
fn a_weight_that_is_none_is_named_by_its_row_whatever_is_missing_before_it() {
    let of = |name: &str, value: Value| {
        let mut rows = rows(|_| json!({"w": 1, "o": 0}));
        rows[2]["w"] = Value::Null;
        rows[5]["x"] = Value::Null;
        rows[9][name] = value;
        let formula = "Surv(time, event) ~ x";
        refusal(json!({"rows": rows, "formula": formula, "weights": "w", "offset": "o"}))
            .to_string()
    };
    assert_eq!(of("w", json!(-1)), "row 10: weight is -1, not from 1e-50 to 1e50");
    assert_eq!(of("w", json!("two")), "row 10: w is \"two\", which is no number");
    assert_eq!(of("event", json!(2)), "row 10: event is 2, not 0 or 1");
    assert_eq!(
        of("o", json!(26001)),
        "row 10: the offset is 26001, which is not of the size of a log hazard ratio"
    );
}

#[test]
fn an_exposure_that_is_no_logarithm_is_told() {
    let warnings = |family: &str, offset: &str, longest: u32| {
        let rows = rows(|at| json!({"hours": 1 + at * 7 % longest}));
        let formula = format!("Surv(time, event) ~ x + offset({offset})");
        let body = json!({"rows": rows, "formula": formula, "family": family, "quality": false});
        fitted(body).response("run").unwrap().warnings.join("\n")
    };
    let said = warnings("cox", "hours", 30);
    assert!(
        said.contains("the offset runs from 1 to 30 on the scale of the log hazard")
            && said.contains("offset(log(exposure))"),
        "{said}"
    );
    assert!(warnings("lognormal", "hours", 30).contains("on the scale of the log time"));
    for family in ["cox", "weibull", "discrete_logit"] {
        let said = warnings(family, "log(hours)", 2_000);
        assert!(!said.contains("the offset runs"), "{family}: {said}");
    }
}

#[test]
fn a_hazard_ratio_has_the_offset_in_it_and_reasons_add_up_to_it() {
    for family in ["cox", "weibull", "discrete_cloglog"] {
        let rows = rows(|at| json!({"o": f64::from(at % 3) / 2.0}));
        let formula = "Surv(time, event) ~ x + offset(o)";
        let new = json!([{"x": 4, "o": 0}, {"x": 4, "o": 1.5}]);
        let body = json!({"rows": rows, "formula": formula, "family": family, "newdata": new,
                          "quality": false});
        let fitted = fitted(body);
        let response = fitted.response("run").unwrap();
        let [without, with] = &response.predictions[..] else { panic!("{response:?}") };
        let ratio = |one: &seedtest_wire::SurvivalPredictionJson| one.hazard_ratio.unwrap();
        // An offset of a Weibull model stretches time by e^o, which is hazards to the power of 1/σ.
        let scale = response.model_meta.distribution.as_ref();
        let scale = scale.map_or(-1.0, |of| of.scale.estimate.unwrap());
        let right = seedtest_numerics::exp(-1.5 / scale);
        assert!((ratio(with) / ratio(without) / right - 1.0).abs() < 1e-12, "{family}");
        let sum: f64 = with.reasons.iter().map(|reason| reason.contribution).sum();
        assert_eq!(seedtest_numerics::exp(sum), ratio(with), "{family}");
        assert_eq!(with.reasons.last().unwrap().covariate, "offset(o)");
    }
}

#[test]
fn curves_leave_rows_without_weight_or_group_out_and_count_them() {
    let body = |change: fn(&mut Vec<Value>)| {
        let mut rows = rows(
            |at| json!({"w": 1 + at % 2, "class": if at.is_multiple_of(2) { "a" } else { "b" }}),
        );
        change(&mut rows);
        let request = json!({"rows": rows, "group": "class", "weights": "w"});
        let request: seedtest_wire::SurvivalCurvesRequest =
            serde_json::from_value(request).unwrap();
        curves_of(&request, &mut Silent).unwrap()
    };
    let right = body(|rows| {
        rows.remove(8);
        rows.remove(3);
    });
    let found = body(|rows| {
        rows[3]["w"] = Value::Null;
        rows[8]["class"] = Value::Null;
    });
    assert_eq!(found.groups, right.groups);
    assert_eq!((found.n_obs, found.dropped_rows), (38, 2));
    let said = found.warnings.join("\n");
    assert!(said.contains("w (1)") && said.contains("class (1)"), "{said}");
}
