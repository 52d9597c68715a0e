//! Rows that lack something, in fits and predictions of growth.

use seedtest_growth::Silent;
use seedtest_numerics::Interrupt;
use seedtest_wire::{
    GrowthFitRequest, GrowthFitResponse, GrowthPredictRequest, GrowthPredictResponse,
};
use serde_json::{Value, json};

use super::{Growth, Stored, predict};
use crate::error::Error;
use crate::family::{Answer, answer};

/// Six students of six weeks, with the answers behind each score and its standard error.
fn rows() -> Vec<Value> {
    let row = |at: usize| {
        let (student, week) = (at / 6, at % 6);
        let noise = [0.3, -0.2, 0.1, -0.4, 0.2, 0.0][(at * 5 + student) % 6];
        let score = student as f64 - 2.5 + 0.2 * week as f64 + noise;
        json!({
            "student_id": format!("s{student}"), "week": week, "score": score, "n": 5 + at % 4,
            "se": 0.1 + 0.05 * (at % 3) as f64,
        })
    };
    (0..36).map(row).collect()
}

fn try_fit(rows: &[Value], more: &Value) -> Result<GrowthFitResponse, Error> {
    let mut request = json!({
        "rows": rows, "n_samples": 300, "n_warmup": 300, "n_chains": 2, "target_score": 0.0,
        "keep_model": true,
    });
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    let request: GrowthFitRequest = serde_json::from_value(request).unwrap();
    match answer::<Growth>(request, "run", &mut Silent)? {
        Answer::Fitted { json, .. } => Ok(serde_json::from_slice(&json).unwrap()),
        Answer::TooLittle { json } => panic!("{}", String::from_utf8_lossy(&json)),
    }
}

fn without(rows: &[Value], at: usize) -> Vec<Value> {
    let mut fewer = rows.to_vec();
    fewer.remove(at);
    fewer
}

#[test]
fn a_row_without_answers_or_error_is_left_out_and_counted() {
    for name in ["n", "se"] {
        let other = if name == "n" { "se" } else { "n" };
        let mut rows = rows();
        for row in &mut rows {
            row.as_object_mut().unwrap().remove(other);
        }
        let right = try_fit(&without(&rows, 7), &json!({})).unwrap();
        let mut lacking = rows.clone();
        lacking[7][name] = Value::Null;
        let found = try_fit(&lacking, &json!({})).unwrap();
        assert_eq!(found.posterior_summary, right.posterior_summary, "{name}");
        assert_eq!((found.n_obs, found.dropped_rows), (35, 1), "{name}");
        assert!(
            found.warnings.iter().any(|said| said.starts_with("1 row")),
            "{:?}",
            found.warnings
        );
        let refused = try_fit(&lacking, &json!({"strict": true})).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("row 8: a value is missing; missing values by column: {name} (1)")
        );
        // What is wrong with a later row goes by its number in the table.
        lacking[20][name] = json!(-1.0);
        let refused = try_fit(&lacking, &json!({})).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("row 21: {name} is -1")), "{refused}");
        // A column with nothing in it is none.
        let mut nothing = rows.clone();
        for row in &mut nothing {
            row[name] = Value::Null;
        }
        assert_eq!(try_fit(&nothing, &json!({})).unwrap().dropped_rows, 0, "{name}");
    }
}

#[test]
fn weeks_of_years_are_refused() {
    let mut rows = rows();
    for (at, row) in rows.iter_mut().enumerate() {
        row["week"] = json!([202_549, 202_550, 202_551, 202_552, 202_601, 202_602][at % 6]);
    }
    let refused = try_fit(&rows, &json!({})).unwrap_err();
    assert!(refused.to_string().contains("such as 202549"), "{refused}");
    assert!(refused.hint().unwrap().contains("2026-W03"), "{refused:?}");
    // As ISO 8601 writes them they are Mondays, and a new year is a week like any other.
    for (at, row) in rows.iter_mut().enumerate() {
        let week = ["2025-W50", "2025-W51", "2025-W52", "2026-W01", "2026-W02", "2026-W03"][at % 6];
        row["week"] = json!(week);
    }
    let found = try_fit(&rows, &json!({"horizon_weeks": 1.0})).unwrap();
    assert_eq!((found.target_week, found.target_date.as_deref()), (Some(6.0), Some("2026-01-19")));
}

#[test]
fn weeks_are_dates_of_every_usual_form() {
    let of = |dates: [Value; 6]| {
        let mut rows = rows();
        for (at, row) in rows.iter_mut().enumerate() {
            row["week"] = dates[at % 6].clone();
        }
        try_fit(&rows, &json!({"horizon_weeks": 1.0}))
    };
    let right = try_fit(&rows(), &json!({"horizon_weeks": 1.0})).unwrap();
    for dates in [
        ["06.01.2025", "13.01.2025", "20.01.2025", "27.01.2025", "03.02.2025", "10.02.2025"],
        ["2025/1/6", "2025/1/13", "2025/1/20", "2025/1/27", "2025/2/3", "2025/2/10"],
        ["1/6/2025", "1/13/2025", "1/20/2025", "1/27/2025", "2/3/2025", "2/10/2025"],
    ] {
        let found = of(dates.map(Value::from)).unwrap();
        assert_eq!(found.posterior_summary, right.posterior_summary, "{dates:?}");
        assert_eq!(found.target_date.as_deref(), Some("2025-02-17"), "{dates:?}");
    }
    let numbers = [20_250_106, 20_250_113, 20_250_120, 20_250_127, 20_250_203, 20_250_210];
    assert_eq!(of(numbers.map(Value::from)).unwrap().posterior_summary, right.posterior_summary);
    let either = ["1/6/2025", "2/6/2025", "3/6/2025", "4/6/2025", "5/6/2025", "6/6/2025"];
    let refused = of(either.map(Value::from)).unwrap_err();
    assert!(refused.to_string().contains("can be dmy or mdy"), "{refused}");
}

fn stored(found: &GrowthFitResponse) -> Stored {
    serde_json::from_value(found.stored_model.clone().unwrap()).unwrap()
}

fn predicted(stored: &Stored, rows: &Value) -> Result<GrowthPredictResponse, Error> {
    let request: GrowthPredictRequest =
        serde_json::from_value(json!({"rows": rows, "run_id": "run"})).unwrap();
    predict(&request, Some(stored), &Interrupt::never())
}

#[test]
fn a_cell_that_cannot_be_predicted_from_is_that_rows_alone() {
    let mut plain = rows();
    for row in &mut plain {
        row.as_object_mut().unwrap().remove("se");
        row.as_object_mut().unwrap().remove("n");
    }
    let model = stored(&try_fit(&plain, &json!({})).unwrap());
    let row = |id: &str, week: Value, score: Value| json!({"student_id": id, "week": week, "score": score});
    let good = [row("a", json!(0), json!(0.5)), row("a", json!(4), json!(1.0))];
    let right = predicted(&model, &json!(good)).unwrap();
    let bad = [
        row("b", json!(3), json!("absent")),
        row("c", json!("2026-01-05"), json!(1.0)),
        row("d", json!(4_000), json!(1.0)),
        row("a", json!(2), json!("1e999")),
    ];
    let mut rows = good.to_vec();
    rows.extend(bad);
    let found = predicted(&model, &json!(rows)).unwrap();
    // The far week does not move that of the others.
    assert_eq!(found.target_week, right.target_week);
    let of = |answer: &GrowthPredictResponse, id: &str| {
        answer.predictions.as_ref().unwrap().get(id).cloned().unwrap()
    };
    assert_eq!(of(&found, "a").probability, of(&right, "a").probability);
    for (id, why) in [
        ("b", "row 3: score is \"absent\", which is no number"),
        ("c", "row 4: week is \"2026-01-05\", which is no number"),
        ("d", "row 5: week is 4000, far from those of the fit"),
    ] {
        let one = of(&found, id);
        assert_eq!(one.probability, None, "{id}");
        assert_eq!(one.reason, Some(format!("no row is complete: {why}")));
    }
    let said =
        "4 rows that cannot be predicted from were left out, the first of them row 3: score is";
    assert!(found.warnings.iter().any(|one| one.contains(said)), "{:?}", found.warnings);
    // Nothing that can be predicted from.
    let none = predicted(&model, &json!([row("b", json!(3), json!("absent"))])).unwrap();
    assert_eq!(of(&none, "b").probability, None);
}
