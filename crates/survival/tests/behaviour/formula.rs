//! Data by formula are those by columns.

use seedtest_formula::{Formula, Frame};
use seedtest_survival::cox::{Spec, fit};
use seedtest_survival::{Error, FormulaData, Silent};

fn frame() -> Frame {
    let mut frame = Frame::new();
    let status = vec![2.0, 1.0, 2.0, 2.0, 1.0, 2.0, 2.0, 1.0];
    frame.push_numeric("time", vec![5.0, 8.0, 3.0, 9.0, 2.0, 7.0, 4.0, 6.0]).unwrap();
    frame.push_numeric("status", status).unwrap();
    frame.push_numeric("age", vec![30.0, 41.0, f64::NAN, 25.0, 37.0, 29.0, 50.0, 33.0]).unwrap();
    frame.push_text("kind", &["a", "b", "a", "b", "a", "a", "b", "b"]).unwrap();
    frame.push_text("id", &["p", "p", "q", "q", "r", "r", "s", "s"]).unwrap();
    frame
}

#[test]
fn a_formula_makes_the_data_of_a_fit() {
    let formula =
        Formula::parse("Surv(time, status == 2) ~ 0 + log(age) + kind + cluster(id)").unwrap();
    let made = FormulaData::new(&formula, &frame()).unwrap();
    assert_eq!(made.dropped.rows, 1);
    assert_eq!(made.covariates.names, ["log(age)", "kindb"]);
    let fit = fit(&made.data(), &Spec::default(), &mut Silent).unwrap();
    assert_eq!(fit.names(), ["log(age)", "kindb"]);
    assert_eq!((fit.n, fit.n_events, fit.n_clusters), (7, 4, Some(4)));
}

#[test]
fn what_is_no_survival_formula_is_refused() {
    let parse = |text: &str| FormulaData::new(&Formula::parse(text).unwrap(), &frame());
    assert_eq!(parse("time ~ age").unwrap_err(), Error::NotSurvival);
    let error = parse("Surv(time, status) ~ age").unwrap_err();
    assert_eq!(error.to_string(), "row 1: event is 2, not 0 or 1");
    let error = parse("Surv(time, status == 2) ~ age + (1 | id)").unwrap_err();
    assert!(matches!(error, Error::Unsupported { with: "random effects", .. }));
    let error = parse("Surv(time, status == 2) ~ agee").unwrap_err();
    assert!(error.to_string().starts_with("no column `agee`"));
}
