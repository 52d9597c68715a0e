//! Curves over requests: groups, formulas, competing ends, and what cannot be estimated.

use seedtest_wire::{SurvivalCurvesRequest, SurvivalCurvesResponse};
use serde_json::{Value, json};

use super::*;

fn rows() -> Vec<Value> {
    let row = |i: u32| {
        json!({"time": 1 + i * 7 % 20, "event": u8::from(!i.is_multiple_of(3)),
               "school": if i.is_multiple_of(2) { "north" } else { "south" },
               "end": i % 3, "grade": i % 2 + 9})
    };
    (0..30).map(row).collect()
}

fn answer(request: Value) -> Result<SurvivalCurvesResponse, crate::error::Error> {
    let request: SurvivalCurvesRequest = serde_json::from_value(request).unwrap();
    curves_of(&request, &mut seedtest_numerics::Silent)
}

#[test]
fn every_group_has_a_curve_and_they_are_compared() {
    let by_column = answer(json!({"rows": rows(), "group": "school"})).unwrap();
    let by_formula =
        answer(json!({"data": rows(), "formula": "Surv(time, event) ~ school"})).unwrap();
    assert_eq!(by_column, by_formula);
    let names: Vec<&str> =
        by_column.groups.iter().map(|group| group.group.as_deref().unwrap()).collect();
    assert_eq!(names, ["north", "south"]);
    assert_eq!(by_column.log_rank.unwrap().test.unwrap().df, 1);
    for group in &by_column.groups {
        assert!(group.restricted_mean.unwrap() <= by_column.tau);
        assert!(group.curve.windows(2).all(|pair| pair[0].survival >= pair[1].survival));
        let inside = |point: &seedtest_wire::GroupPointJson| {
            point.lower.is_none_or(|lower| lower <= point.survival)
                && point.upper.is_none_or(|upper| upper >= point.survival)
        };
        assert!(group.curve.iter().all(inside));
    }
    let numbered = answer(json!({"rows": rows(), "group": "grade"})).unwrap();
    assert_eq!(numbered.groups[0].group.as_deref(), Some("9"), "numbers are in their order");
}

#[test]
fn ends_that_compete_share_what_the_curve_loses() {
    let answer = answer(json!({"rows": rows(), "cause": "end"})).unwrap();
    assert_eq!(answer.model, "aalen_johansen");
    let group = &answer.groups[0];
    assert_eq!(group.incidence.len(), 2);
    for (k, point) in group.curve.iter().enumerate() {
        let ended: f64 = group.incidence.iter().map(|cause| cause.probability[k]).sum();
        assert!((ended + point.survival - 1.0).abs() < 1e-12);
    }
}

#[test]
fn what_cannot_be_estimated_is_named() {
    let error = |request: Value| answer(request).unwrap_err().to_string();
    assert!(error(json!({"rows": rows(), "group": "class"})).contains("no column is called class"));
    assert!(error(json!({"rows": rows(), "confidence": 1})).contains("confidence"));
    assert!(error(json!({"rows": rows(), "tau": -1})).contains("tau"));
    assert!(error(json!({"rows": []})).contains("no column"));
    let several = json!({"rows": rows(), "formula": "Surv(time, event) ~ school + grade"});
    assert!(error(several).contains("school, grade"));
    let mut bad = rows();
    bad[4]["time"] = json!(-1);
    assert!(error(json!({"rows": bad})).contains("row 5: `stop` is -1"));
    let mut bad = rows();
    bad[4]["end"] = json!(0.5);
    assert!(error(json!({"rows": bad, "cause": "end"})).contains("row 5: end is 0.5"));
    let mut none = rows();
    for row in &mut none {
        row["event"] = json!(0);
    }
    let answer = answer(json!({"rows": none, "group": "school"})).unwrap();
    assert_eq!((answer.n_events, answer.log_rank), (0, None));
    assert!(!answer.warnings.is_empty());
}

#[test]
fn every_term_of_a_formula_is_done_or_refused() {
    let refused = |terms: &str| {
        let formula = format!("Surv(time, event) ~ {terms}");
        let error = answer(json!({"rows": rows(), "formula": formula})).unwrap_err();
        assert_eq!(error.kind(), seedtest_fault::FaultKind::Setting, "{terms}");
        error.to_string()
    };
    for (terms, said) in [
        ("strata(school)", "strata(school)"),
        ("school + strata(grade)", "strata(grade)"),
        ("school * strata(grade)", "strata(grade)"),
        ("cluster(school)", "cluster(school)"),
        ("school + cluster(grade)", "cluster(grade)"),
        ("offset(grade)", "offset(grade)"),
        ("I(grade)", "I(grade)"),
        ("I(grade > 9)", "I(grade > 9)"),
        ("log(grade)", "log(grade)"),
        ("ns(grade, 2)", "ns(grade, 2)"),
        ("school:grade", "school:grade"),
        ("-school", "school is taken away"),
        ("school - grade", "grade is taken away"),
        ("school + grade", "school, grade"),
        (".", "grade"),
    ] {
        let error = refused(terms);
        assert!(error.contains(said), "{terms}: {error}");
    }
    let random = json!({"rows": rows(), "formula": "Surv(time, event) ~ (1 | school)"});
    assert!(answer(random).unwrap_err().to_string().contains("random effects"));
    let other = json!({"rows": rows(), "formula": "Surv(time, event) ~ grade", "group": "school"});
    assert!(answer(other).unwrap_err().to_string().contains("grade, school"));

    let of = |formula: &str| answer(json!({"rows": rows(), "formula": formula})).unwrap();
    let plain = of("Surv(time, event) ~ school");
    for same in ["factor(school)", "0 + school", "school + school", "(school)"] {
        assert_eq!(of(&format!("Surv(time, event) ~ {same}")), plain, "{same}");
    }
    let both = json!({"rows": rows(), "formula": "Surv(time, event) ~ school", "group": "school"});
    assert_eq!(answer(both).unwrap(), plain);
}
