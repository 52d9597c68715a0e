//! What cannot be fitted, and what is large.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the functions they share

use seedtest_formula::{Column, Factor, Formula, Frame};
use seedtest_mixed::{Data, Error, Silent, Status, glmm, lmm};
use seedtest_numerics::Stream;

/// Columns of numbers, and one of groups.
fn frame(columns: &[(&str, Vec<f64>)], groups: &[&str]) -> Frame {
    let mut frame = Frame::new();
    for (name, values) in columns {
        frame.push_numeric(*name, values.clone()).unwrap();
    }
    frame.push_text("g", groups).unwrap();
    frame
}

fn linear(formula: &str, frame: &Frame) -> Result<lmm::Fit, Error> {
    let data = Data::new(&Formula::parse(formula).unwrap(), frame, None)?;
    lmm::fit(&data, &lmm::Spec::default(), &mut Silent)
}

fn binomial(formula: &str, frame: &Frame) -> Result<glmm::Fit, Error> {
    let data = Data::new(&Formula::parse(formula).unwrap(), frame, None)?;
    glmm::fit(&data, &glmm::Spec::default(), &mut Silent)
}

const GROUPS: [&str; 8] = ["a", "a", "b", "b", "c", "c", "d", "d"];

fn scores() -> Vec<f64> {
    vec![0.1, 0.4, 0.3, 0.2, 0.9, 0.7, 0.5, 0.8]
}

#[test]
fn what_cannot_be_fitted_is_said() {
    let x: Vec<f64> = (0..8).map(f64::from).collect();
    let all = frame(&[("y", scores()), ("x", x.clone()), ("c", vec![3.0; 8])], &GROUPS);
    let unknown = linear("y ~ z + (1 | g)", &all).unwrap_err();
    assert!(unknown.to_string().contains('z'), "{unknown}");
    let one = frame(&[("y", scores())], &["a"; 8]);
    assert!(matches!(linear("y ~ 1 + (1 | g)", &one), Err(Error::OneLevel { .. })));
    let alone = frame(&[("y", scores())], &["a", "b", "c", "d", "e", "f", "g", "h"]);
    let error = linear("y ~ 1 + (1 | g)", &alone).unwrap_err();
    assert!(matches!(error, Error::NotIdentified { effects: 8, rows: 8, .. }), "{error}");
    let powers = "y ~ poly(x, 3) + I(x^4) + I(x^5) + I(x^6) + I(x^7) + (1 | g)";
    assert!(matches!(linear(powers, &all), Err(Error::TooFewRows { rows: 8, .. })));
    let outside = binomial("y ~ 1 + (1 | g)", &frame(&[("y", x)], &GROUPS)).unwrap_err();
    assert!(matches!(outside, Error::OutOfRange { row: 2, value: 2.0, .. }), "{outside}");
    let share = binomial("y ~ 1 + (1 | g)", &all).unwrap_err();
    assert!(share.to_string().contains("trials as weights"), "{share}");
    let constant = frame(&[("y", vec![0.5; 8])], &GROUPS);
    assert!(matches!(linear("y ~ 1 + (1 | g)", &constant), Err(Error::NoVariation)));
    for error in [unknown, outside, share] {
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn a_constant_predictor_has_no_estimate() {
    let x: Vec<f64> = (0..8).map(f64::from).collect();
    let frame = frame(&[("y", scores()), ("x", x), ("c", vec![3.0; 8])], &GROUPS);
    let fit = linear("y ~ c + x + (1 | g)", &frame).unwrap();
    let known: Vec<bool> = fit.fixed.iter().map(|f| f.estimate.is_some()).collect();
    assert_eq!(known, [true, false, true]);
}

#[test]
fn missing_values_are_counted_and_infinite_ones_named() {
    let mut y = scores();
    y[3] = f64::NAN;
    let missing = frame(&[("y", y.clone())], &GROUPS);
    let formula = Formula::parse("y ~ 1 + (1 | g)").unwrap();
    let data = Data::new(&formula, &missing, None).unwrap();
    assert_eq!((data.dropped.rows, data.dropped.by_column.as_slice()), (1, &[("y".into(), 1)][..]));
    y[3] = f64::INFINITY;
    let error = linear("y ~ 1 + (1 | g)", &frame(&[("y", y)], &GROUPS)).unwrap_err();
    assert!(error.to_string().contains("row 3"), "{error}");
}

/// Two rows for each of a million and a half students.
#[test]
fn a_million_and_a_half_levels_are_fitted() {
    const LEVELS: usize = 1_500_000;
    let mut stream = Stream::new(15, 0);
    let mut y = Vec::with_capacity(2 * LEVELS);
    let mut codes = Vec::with_capacity(2 * LEVELS);
    for level in 0..LEVELS {
        let own = 0.5 * stream.normal();
        for _ in 0..2 {
            y.push(1.0 + own + 0.3 * stream.normal());
            codes.push(level as u32);
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("y", y).unwrap();
    let levels = (0..LEVELS).map(|level| format!("s{level:07}")).collect();
    let factor = Factor::from_codes(levels, codes).unwrap();
    frame.push("g", Column::Categorical(factor)).unwrap();
    let fit = linear("y ~ 1 + (1 | g)", &frame).unwrap();
    assert_eq!(fit.verdict.status, Status::Converged);
    // Standard errors of the two: 0.00035 and 0.00017.
    assert!((fit.random[0].sd(0) - 0.5).abs() < 0.002, "{}", fit.random[0].sd(0));
    assert!((fit.sigma() - 0.3).abs() < 0.001, "{}", fit.sigma());
}
