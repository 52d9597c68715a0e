//! Random effects, survival responses, strata and clusters.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the functions they share

use proptest::prelude::*;
use seedtest_formula::{Encoder, Error, Fault, Formula, Frame, Response};

fn school() -> Frame {
    let mut frame = Frame::new();
    frame.push_numeric("score", vec![0.1, 0.4, 0.2, 0.8, 0.5, 0.9]).unwrap();
    frame.push_numeric("week", vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0]).unwrap();
    frame.push_text("student", &["s1", "s1", "s2", "s2", "s3", "s3"]).unwrap();
    frame.push_text("school", &["a", "a", "a", "a", "b", "b"]).unwrap();
    frame.push_text("kind", &["u", "v", "u", "v", "v", "u"]).unwrap();
    frame.push_numeric("start", vec![0.0, 1.0, 0.0, 2.0, 0.0, 3.0]).unwrap();
    frame.push_numeric("stop", vec![1.0, 5.0, 2.0, 4.0, 3.0, 9.0]).unwrap();
    frame.push_numeric("status", vec![1.0, 2.0, 2.0, 1.0, 2.0, 1.0]).unwrap();
    frame
}

/// Random terms as (group, column names).
fn random(formula: &str) -> Vec<(String, Vec<String>)> {
    let design = Formula::parse(formula).unwrap().design(&school()).unwrap();
    design.random.into_iter().map(|r| (r.group, r.matrix.names)).collect()
}

#[test]
fn bars_are_written_out_as_in_lme4() {
    // The expansions documented in ?lme4::expandDoubleVerts and Bates et al. (2015), table 2.
    type Case = (&'static str, &'static [(&'static str, &'static [&'static str])]);
    let cases: [Case; 7] = [
        ("score ~ week + (1 | student)", &[("student", &["(Intercept)"])]),
        ("score ~ week + (week | student)", &[("student", &["(Intercept)", "week"])]),
        ("score ~ (0 + week | student)", &[("student", &["week"])]),
        ("score ~ (week || student)", &[("student", &["(Intercept)"]), ("student", &["week"])]),
        (
            "score ~ (1 | school/student)",
            &[("student:school", &["(Intercept)"]), ("school", &["(Intercept)"])],
        ),
        ("score ~ (1 | school:kind)", &[("school:kind", &["(Intercept)"])]),
        (
            "score ~ week + (kind | school) + (1 | student)",
            &[("school", &["(Intercept)", "kindv"]), ("student", &["(Intercept)"])],
        ),
    ];
    for (formula, expected) in cases {
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(g, names)| ((*g).to_owned(), names.iter().map(|n| (*n).to_owned()).collect()))
            .collect();
        assert_eq!(random(formula), expected, "{formula}");
    }
}

#[test]
fn nested_groups_have_one_level_per_combination() {
    let design = Formula::parse("score ~ 1 + (1 | school/kind)").unwrap();
    let design = design.design(&school()).unwrap();
    assert_eq!(design.random[0].grouping.levels(), ["u:a", "u:b", "v:a", "v:b"]);
    assert_eq!(design.random[0].grouping.codes(), [0, 2, 0, 2, 3, 1]);
    assert_eq!(design.random[1].grouping.levels(), ["a", "b"]);
}

#[test]
fn survival_responses_strata_and_clusters() {
    let formula = "Surv(start, stop, status == 2) ~ week + strata(school, kind) + cluster(student)";
    let design = Formula::parse(formula).unwrap().design(&school()).unwrap();
    let Some(Response::Survival { start, stop, event }) = design.response else { panic!() };
    assert_eq!(start.unwrap(), [0.0, 1.0, 0.0, 2.0, 0.0, 3.0]);
    assert_eq!(stop[1], 5.0);
    assert_eq!(event, [0.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
    assert_eq!(design.fixed.names, ["(Intercept)", "week"]);
    assert_eq!(design.fixed.clone().without_intercept().names, ["week"]);
    assert_eq!(design.strata.unwrap().levels(), ["a:u", "a:v", "b:u", "b:v"]);
    assert_eq!(design.cluster.unwrap().levels(), ["s1", "s2", "s3"]);
}

#[test]
fn strata_may_interact() {
    let names = |formula: &str| {
        let design = Formula::parse(formula).unwrap().design(&school()).unwrap();
        (design.fixed.without_intercept().names, design.strata.unwrap().levels().to_vec())
    };
    let strata = ["u", "v"].map(String::from).to_vec();
    // The names of R 4.2.2, survival 3.5: coxph(Surv(t, e) ~ week * strata(kind)).
    let crossed = ["week", "week:strata(kind)kind=v"].map(String::from).to_vec();
    assert_eq!(names("score ~ week * strata(kind)"), (crossed.clone(), strata.clone()));
    assert_eq!(names("score ~ week + week:strata(kind)"), (crossed, strata.clone()));
    let own = ["week:strata(kind)kind=u", "week:strata(kind)kind=v"].map(String::from).to_vec();
    assert_eq!(names("score ~ week:strata(kind)"), (own, strata));
    let both = names("score ~ week * strata(school, kind)");
    assert_eq!(both.0[1], "week:strata(school, kind)school=a, kind=v");
    assert_eq!(both.1, ["a:u", "a:v", "b:u", "b:v"]);
    let error = Formula::parse("score ~ (strata(kind) | school)").unwrap_err();
    assert!(matches!(error.fault, Fault::Misplaced(_)), "{error}");
}

#[test]
fn faults_point_at_the_character() {
    let cases = [
        ("y ~ x + ", 8, "the formula ends too early"),
        ("y ~ x + )", 9, "unexpected `)`"),
        ("y ~ (x + z", 11, "the formula ends too early"),
        ("y ~ x $ z", 7, "unknown character `$`"),
        ("y ~ `x + z", 5, "`` ` `` is not closed"),
        ("y + x", 1, "no `~`"),
        ("y ~ spline(x, 2)", 5, "unknown function `spline`"),
        ("y ~ poly(x, z)", 13, "`poly` cannot have the argument `z`"),
        ("y ~ ns(x, 3, 4)", 14, "`ns` cannot have the argument `4`"),
        ("y ~ relevel(f)", 5, "`relevel` takes a column and ref = \"level\", not 1"),
        ("y ~ x * 2", 9, "`2` is not a term"),
        ("y ~ x^z", 7, "`x^z` is not a power of terms"),
        ("y ~ x | g", 5, "unexpected `|`"),
        ("y ~ x:offset(z)", 7, "`offset(z)` cannot be part of another term"),
        ("y ~ (1 | log(g))", 10, "`log(g)` is not a grouping factor"),
        ("Surv(a, b, type = 'interval2') ~ x", 1, "`Surv` cannot have the argument `type"),
        ("Surv(time) ~ x", 1, "`Surv` takes two or three, not 1"),
        ("y ~ x = 2", 7, "unexpected `=`"),
        ("y ~ 1e", 5, "`1e` is not a number"),
        ("y ~ x z", 7, "unexpected `z`"),
        ("점수 ~ 주 + + * x", 12, "unexpected `*`"),
    ];
    for (formula, position, message) in cases {
        let error = Formula::parse(formula).unwrap_err();
        assert_eq!(error.position, position, "{formula}: {error}");
        let shown = error.to_string();
        let message = message.replace("`` ` ``", "```");
        assert!(shown.starts_with(&message), "{formula}: {shown}");
        assert!(!error.hint().is_empty());
    }
    let shown = Formula::parse("y ~ x + )").unwrap_err().to_string();
    assert_eq!(shown, "unexpected `)` at character 9\n  y ~ x + )\n          ^");
}

#[test]
fn nesting_has_a_limit() {
    let deep = format!("y ~ {}x{}", "(".repeat(1_500), ")".repeat(1_500));
    assert!(matches!(Formula::parse(&deep).unwrap_err().fault, Fault::TooDeep(_)));
    for operator in ["+", "-", ":", "*", "%in%", "/"] {
        let long = format!("y ~ x{}", format!("{operator}x").repeat(50_000));
        assert!(
            matches!(Formula::parse(&long).unwrap_err().fault, Fault::TooLong(_)),
            "{operator}"
        );
        let allowed = format!("y ~ I(x{})", format!("{}x", "+").repeat(1_900));
        assert!(Formula::parse(&allowed).is_ok());
    }
    let long = vec!["x"; 1_900].join(" + ");
    assert_eq!(Formula::parse(&format!("y ~ {long}")).unwrap().term_labels(), ["x"]);
}

#[test]
fn designs_that_cannot_be_are_typed_errors() {
    let design = |formula: &str| Formula::parse(formula).unwrap().design(&school()).unwrap_err();
    let Error::UnknownColumn { name, .. } = design("score ~ weeks") else { panic!() };
    assert_eq!(name, "weeks");
    let error = design("score ~ log(week - 1)");
    assert_eq!(error.to_string(), "row 1: `log(week - 1)` is -inf");
    assert!(matches!(design("score ~ log(kind)"), Error::NotNumeric { .. }));
    assert!(matches!(design("kind ~ week"), Error::NotNumeric { .. }));
    assert!(matches!(design("score ~ I(week == 'a')"), Error::MixedComparison { .. }));
    let mut frame = school();
    frame.push_text("all", &["k"; 6]).unwrap();
    let error = Formula::parse("score ~ all").unwrap().design(&frame).unwrap_err();
    assert_eq!(error.to_string(), "`all` has one level only: `k`");
    frame.push_numeric("gone", vec![f64::NAN; 6]).unwrap();
    let error = Formula::parse("score ~ gone").unwrap().design(&frame).unwrap_err();
    assert_eq!(error.to_string(), "no complete row: of 6 rows, `gone` is missing in 6");
}

#[test]
fn a_stored_encoder_codes_new_data_with_the_old_levels() {
    let formula = Formula::parse("score ~ week * kind + factor(week) + (week | student)").unwrap();
    let design = formula.design(&school()).unwrap();
    let stored = serde_json::to_string(&design.encoder).unwrap();
    let encoder: Encoder = serde_json::from_str(&stored).unwrap();
    let mut new = Frame::new();
    new.push_numeric("week", vec![2.0]).unwrap();
    new.push_text("kind", &["v"]).unwrap();
    let coded = encoder.encode(&new).unwrap();
    let names = ["(Intercept)", "week", "kindv", "factor(week)2", "week:kindv"];
    assert_eq!(coded.fixed.names, names);
    assert_eq!(coded.fixed.values, [1.0, 2.0, 1.0, 1.0, 2.0]);
    assert_eq!(coded.random[0].names, ["(Intercept)", "week"]);
    let mut other = Frame::new();
    other.push_numeric("week", vec![1.0, 2.0]).unwrap();
    other.push_text("kind", &["u", "w"]).unwrap();
    let error = encoder.encode(&other).unwrap_err();
    assert_eq!(error.to_string(), "row 2: `kind` is `w`, which the fitted data do not have");
    let unknown = encoder.unknown_levels(&other).unwrap();
    assert_eq!(unknown, [None, Some(("kind".to_owned(), "w".to_owned()))]);
    let mut third = Frame::new();
    third.push_numeric("week", vec![3.0]).unwrap();
    third.push_text("kind", &["u"]).unwrap();
    let unknown = encoder.unknown_levels(&third).unwrap();
    assert_eq!(unknown, [Some(("factor(week)".to_owned(), "3".to_owned()))]);
}

#[test]
fn a_row_that_computes_to_no_number_is_named_and_the_others_are_not() {
    let formula =
        Formula::parse("score ~ log(week) + poly(stop, 1, raw = TRUE) + kind + offset(1 / time)");
    let mut frame = Frame::new();
    frame.push_numeric("score", vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    frame.push_numeric("week", vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    frame.push_numeric("stop", vec![5.0, 7.0, 6.0, 8.0]).unwrap();
    frame.push_numeric("time", vec![1.0, 2.0, 1.0, 2.0]).unwrap();
    frame.push_text("kind", &["u", "v", "u", "v"]).unwrap();
    let encoder = formula.unwrap().design(&frame).unwrap().encoder;
    let mut new = Frame::new();
    new.push_numeric("week", vec![1.0, 0.0, 2.0, -1.0, 3.0]).unwrap();
    new.push_numeric("stop", vec![5.0, 6.0, f64::INFINITY, 7.0, 8.0]).unwrap();
    new.push_numeric("time", vec![1.0, 2.0, 1.0, 1.0, 0.0]).unwrap();
    new.push_text("kind", &["u", "v", "u", "v", "u"]).unwrap();
    let found = encoder.not_finite(&new).unwrap();
    let shown: Vec<String> = found
        .iter()
        .map(|of| of.as_ref().map_or("-".into(), |(term, value)| format!("{term} {value}")))
        .collect();
    assert_eq!(shown, ["-", "log(week) -inf", "stop inf", "log(week) NaN", "1/time inf"]);
}

#[test]
fn columns_that_have_to_be_numbers_are_those_that_are_computed_with() {
    let columns = |right: &str| {
        let mut frame = school();
        let n = frame.n_rows();
        frame.push_numeric("x", (0..n).map(|i| i as f64 + 1.0).collect()).unwrap();
        let formula = Formula::parse(&format!("score ~ {right}")).unwrap();
        formula.design(&frame).unwrap().encoder.numeric_columns()
    };
    assert_eq!(columns("log(x) + kind"), ["x"]);
    assert_eq!(columns("week * kind + (x | student)"), ["week", "x"]);
    assert_eq!(columns("kind + offset(x / 2)"), ["x"]);
    assert_eq!(columns("I(x > 2) + I(kind == \"u\")"), ["x"]);
    let none: [&str; 0] = [];
    assert_eq!(columns("factor(x) + I(kind)"), none);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in ".{0,60}") {
        match Formula::parse(&text) {
            Ok(formula) => prop_assert_eq!(Formula::parse(&formula.to_string()), Ok(formula)),
            Err(error) => {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.position), "{error}");
                prop_assert_eq!(error.formula, text);
            }
        }
    }

    #[test]
    fn no_sequence_of_tokens_panics(
        parts in prop::collection::vec(prop::sample::select(vec![
            "y", "~", "x", "z", "+", "-", "*", "/", ":", "^", "%in%", "(", ")", "1", "0", "2",
            "|", "||", "log(", "I(", "offset(", "Surv(", ",", "strata(", "cluster(", "factor(", "==",
            "\"a\"", "<", "`q w`", "cbind(",
        ]), 0..14),
    ) {
        if let Ok(formula) = Formula::parse(&format!("y ~ {}", parts.join(" "))) {
            let again = Formula::parse(&formula.to_string()).unwrap();
            prop_assert_eq!(&again, &formula);
            let _ = formula.design(&school());
        }
    }

    #[test]
    fn the_order_of_main_effects_does_not_change_the_columns_they_span(
        order in Just(vec!["week", "kind", "stop"]).prop_shuffle(),
    ) {
        let one = Formula::parse("score ~ week + kind + stop").unwrap().design(&school()).unwrap();
        let formula = format!("score ~ {}", order.join(" + "));
        let other = Formula::parse(&formula).unwrap().design(&school()).unwrap();
        for (j, name) in other.fixed.names.iter().enumerate() {
            let at = one.fixed.names.iter().position(|n| n == name).unwrap();
            prop_assert_eq!(one.fixed.column(at), other.fixed.column(j));
        }
    }
}
