//! Terms, names and matrices against R's `terms` and `model.matrix`; `reference/formula.R` makes
//! the figures and says how.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the functions they share

use seedtest_formula::{Column, Formula, Frame};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("golden/formulas.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|x| x.as_str().unwrap().to_owned()).collect()
}

fn frame(data: &Value) -> Frame {
    let mut frame = Frame::new();
    for (name, column) in data.as_object().unwrap() {
        if column[0].is_number() {
            frame.push_numeric(name, numbers(column)).unwrap();
        } else {
            let values = texts(column);
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            frame.push_text(name, &values).unwrap();
        }
    }
    frame
}

#[test]
fn terms_names_and_values_are_those_of_r() {
    let reference = reference();
    let frame = frame(&reference["data"]);
    for case in reference["cases"].as_array().unwrap() {
        let text = case["formula"].as_str().unwrap();
        let formula = Formula::parse(text).unwrap();
        assert_eq!(formula.has_intercept(), case["intercept"].as_bool().unwrap(), "{text}");
        assert_eq!(formula.term_labels(), texts(&case["terms"]), "{text}");
        let design = formula.design(&frame).unwrap();
        assert_eq!(design.fixed.names, texts(&case["names"]), "{text}");
        let assign: Vec<f64> = design.fixed.assign.iter().map(|&a| a as f64).collect();
        assert_eq!(assign, numbers(&case["assign"]), "{text}");
        let expected = numbers(&case["values"]);
        assert_eq!(design.fixed.values.len(), expected.len(), "{text}");
        for (ours, theirs) in design.fixed.values.iter().zip(&expected) {
            // R prints 15 significant digits; polynomials and splines come from other sums there.
            let several = ["poly(", "ns(", "bs("].iter().any(|f| text.contains(f));
            let tolerance = if several { 1e-12 } else { 6e-15 * theirs.abs() };
            assert!((ours - theirs).abs() <= tolerance, "{text}: {ours} {theirs}");
        }
        match &case["offset"] {
            Value::Null => assert_eq!(design.offset, None, "{text}"),
            offset => {
                for (ours, theirs) in design.offset.unwrap().iter().zip(numbers(offset)) {
                    assert!((ours - theirs).abs() <= 6e-15 * theirs.abs(), "{text}");
                }
            }
        }
        let coded = design.encoder.encode(&frame).unwrap();
        assert_eq!(coded.fixed, design.fixed, "{text}: encoded again");
    }
}

#[test]
fn rows_with_missing_values_are_left_out_and_counted() {
    let reference = reference();
    let data = &reference["data"];
    let mut x = numbers(&data["x"]);
    x[1] = f64::NAN;
    x[4] = f64::NAN;
    let gender = texts(&data["Gender"]);
    let gender = gender.iter().enumerate().map(|(row, g)| {
        let missing = row == 4 || row == 6;
        (!missing).then_some(g.as_str())
    });
    let mut frame = Frame::new();
    frame.push_numeric("y", numbers(&data["y"])).unwrap();
    frame.push_numeric("x", x).unwrap();
    let gender = seedtest_formula::Factor::from_text(gender);
    frame.push("Gender", Column::Categorical(gender)).unwrap();
    let expected = &reference["missing"];
    let formula = Formula::parse(expected["formula"].as_str().unwrap()).unwrap();
    let design = formula.design(&frame).unwrap();
    let rows: Vec<f64> = design.rows.iter().map(|&row| f64::from(row)).collect();
    assert_eq!(rows, numbers(&expected["rows"]));
    assert_eq!(design.fixed.values, numbers(&expected["values"]));
    assert_eq!(design.dropped.rows, 3);
    let by_column = [("x".to_owned(), 2), ("Gender".to_owned(), 2)];
    assert_eq!(design.dropped.by_column, by_column);
}

#[test]
fn new_values_are_coded_with_the_bases_of_the_fitted_ones() {
    let reference = reference();
    let (fitted, new) = (frame(&reference["data"]), frame(&reference["new"]));
    for case in reference["predicted"].as_array().unwrap() {
        let text = case["formula"].as_str().unwrap();
        let design = Formula::parse(text).unwrap().design(&fitted).unwrap();
        // Stored and read again.
        let stored = serde_json::to_string(&design.encoder).unwrap();
        let encoder: seedtest_formula::Encoder = serde_json::from_str(&stored).unwrap();
        let coded = encoder.encode(&new).unwrap();
        for (ours, theirs) in coded.fixed.values.iter().zip(numbers(&case["values"])) {
            assert!(
                (ours - theirs).abs() < 1e-11 * theirs.abs().max(1.0),
                "{text}: {ours} {theirs}"
            );
        }
    }
}

#[test]
fn a_dot_stands_for_all_other_columns() {
    let reference = reference();
    let case = &reference["dot"];
    let mut table = Frame::new();
    let all = frame(&reference["data"]);
    for name in texts(&case["columns"]) {
        table.push(name.clone(), all.column(&name).unwrap().clone()).unwrap();
    }
    let formula = Formula::parse(case["formula"].as_str().unwrap()).unwrap();
    let design = formula.design(&table).unwrap();
    assert_eq!(design.fixed.names, texts(&case["names"]));
    assert_eq!(design.fixed.values, numbers(&case["values"]));
    assert_eq!(design.encoder.encode(&table).unwrap().fixed, design.fixed);
    let mixed = Formula::parse("y ~ . + (1 | Gender)").unwrap().design(&table).unwrap();
    assert_eq!(mixed.fixed.names, ["(Intercept)", "x", "`my col`"]);
    let only = Formula::parse("y ~ .").unwrap().with_columns(&["y".to_owned()]);
    assert!(only.is_err());
}
