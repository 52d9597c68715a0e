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

/// A likelihood of 1.5 failures is none; R warns of them and rounds in its log-likelihood.
#[test]
fn counts_that_are_not_whole_are_refused_with_their_row() {
    let right = vec![1.0, 2.0, 3.0, 2.0, 1.0, 0.0, 2.0, 3.0];
    let mut wrong = vec![2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 1.5, 0.0];
    let formula = "cbind(right, wrong) ~ 1 + (1 | g)";
    let refused = |wrong: &[f64]| {
        let all = frame(&[("right", right.clone()), ("wrong", wrong.to_vec())], &GROUPS);
        binomial(formula, &all).err().map(|error| error.to_string())
    };
    let said = refused(&wrong).unwrap();
    assert!(said.starts_with("row 7: the response is 1.5") && said.contains("whole"), "{said}");
    wrong[6] = 1.0 + 1e-9;
    assert_eq!(refused(&wrong), None);
    // Shares of trials that are not whole, whatever succeeded of them.
    let share: Vec<f64> = right.iter().map(|right| right / 4.0).collect();
    let mut trials = vec![4.0; 8];
    trials[1] = 3.5;
    let all = frame(&[("share", share), ("trials", trials)], &GROUPS);
    let formula = Formula::parse("share ~ 1 + (1 | g)").unwrap();
    let data = Data::new(&formula, &all, Some("trials")).unwrap();
    let error = glmm::fit(&data, &glmm::Spec::default(), &mut Silent).unwrap_err().to_string();
    assert!(error.starts_with("row 2: ") && error.contains("trials"), "{error}");
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
    assert!(error.to_string().contains("row 4"), "{error}");
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

/// Students with a level and a slope of their own, over the weeks that `week` makes of 0 to 6.
fn weeks(week: impl Fn(f64) -> f64) -> Frame {
    let mut stream = Stream::new(19, 1);
    let (mut y, mut x, mut right, mut names) = (vec![], vec![], vec![], vec![]);
    for student in 0..40 {
        let (level, slope) = (0.6 * stream.normal(), 0.15 * stream.normal());
        for at in 0..7 {
            let at = f64::from(at);
            let mean = level + (0.1 + slope) * at;
            y.push(mean + 0.4 * stream.normal());
            right.push(f64::from(u8::from(stream.bernoulli(seedtest_numerics::logistic(mean)))));
            x.push(week(at));
            names.push(format!("s{student:02}"));
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let three = vec![3.0; y.len()];
    frame(&[("y", y), ("right", right), ("week", x), ("three", three)], &names)
}

fn unidentified(verdict: &seedtest_numerics::Verdict) -> Vec<String> {
    match &verdict.status {
        Status::Unidentified { parameters } => parameters.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_slope_over_nothing_is_not_identified_and_changes_nothing() {
    let none = weeks(|_| 0.0);
    let fit = linear("y ~ 1 + (week | g)", &none).unwrap();
    assert_eq!(unidentified(&fit.verdict), ["g.week"]);
    let said = fit.verdict.next_action.clone().unwrap();
    assert!(said.contains("`week` is 0 in every row"), "{said}");
    assert_eq!((fit.random[0].sd(1), fit.random[0].mode(3, 1)), (0.0, 0.0));
    let plain = linear("y ~ 1 + (1 | g)", &none).unwrap();
    assert!((fit.metrics.loglik - plain.metrics.loglik).abs() < 1e-9);
    assert!((fit.random[0].sd(0) - plain.random[0].sd(0)).abs() < 1e-7);

    let fit = binomial("right ~ 1 + (week | g)", &none).unwrap();
    assert_eq!(unidentified(&fit.verdict), ["g.week"]);
    let plain = binomial("right ~ 1 + (1 | g)", &none).unwrap();
    let se = |fit: &glmm::Fit| fit.fixed[0].estimate.unwrap().se;
    assert!((se(&fit) / se(&plain) - 1.0).abs() < 1e-4, "{} {}", se(&fit), se(&plain));
    assert_eq!(fit.random[0].sd(1), 0.0);
    let only = binomial("right ~ 1 + (0 + week | g)", &none).unwrap();
    assert_eq!(unidentified(&only.verdict), ["g.week"]);
    assert!(se(&only) > 0.0 && se(&only) < 1.0);
}

#[test]
fn variances_that_the_rows_do_not_tell_are_named() {
    let plain = weeks(|week| week);
    // The levels themselves are fixed effects: nothing of them is left to vary.
    let fit = linear("y ~ g + (1 | g)", &plain).unwrap();
    assert_eq!(unidentified(&fit.verdict), ["g.(Intercept)"]);
    assert_eq!(fit.random[0].sd(0), 0.0);
    let slope = linear("y ~ g + (week | g)", &plain).unwrap();
    assert!(unidentified(&slope.verdict).contains(&"g.(Intercept)".to_owned()));
    assert!(slope.random[0].sd(1) > 0.05);
    // A constant beside the intercept.
    let fit = linear("y ~ week + (three | g)", &plain).unwrap();
    assert_eq!(unidentified(&fit.verdict), ["g.three"]);
    let one = linear("y ~ week + (1 | g)", &plain).unwrap();
    assert!((fit.metrics.loglik - one.metrics.loglik).abs() < 1e-9);
    // The sum of two variances.
    for formula in ["y ~ week + (1 | g) + (0 + three | g)", "y ~ week + (three || g)"] {
        let fit = linear(formula, &plain).unwrap();
        assert_eq!(unidentified(&fit.verdict), ["g.(Intercept)", "g.three"], "{formula}");
    }
    let fit = binomial("right ~ week + (1 | g) + (0 + three | g)", &plain).unwrap();
    assert_eq!(unidentified(&fit.verdict), ["g.(Intercept)", "g.three"]);
    let one = binomial("right ~ week + (1 | g)", &plain).unwrap();
    for (a, b) in fit.fixed.iter().zip(&one.fixed) {
        let (a, b) = (a.estimate.unwrap().se, b.estimate.unwrap().se);
        assert!((a / b - 1.0).abs() < 1e-3, "{a} {b}");
    }
    // Boundary fits and models that are determined stay what they are.
    for formula in ["y ~ week + (week | g)", "y ~ week + (week || g)", "y ~ week + (1 | g)"] {
        assert_eq!(linear(formula, &plain).unwrap().verdict.status, Status::Converged, "{formula}");
    }
}

/// The same slope whatever year the weeks are counted from.
#[test]
fn slopes_far_from_zero_are_those_near_zero() {
    let near = linear("y ~ week + (week | g)", &weeks(|week| week)).unwrap();
    for (first, size) in [(2_019.0, 1.0), (-40.0, 1.0), (1.7e9, 86_400.0), (0.0, 1e-6)] {
        let far = linear("y ~ week + (week | g)", &weeks(|week| first + size * week)).unwrap();
        assert_eq!(far.verdict.status, Status::Converged, "{first}");
        // The restricted likelihood has the unit of the columns in it.
        let loglik = near.metrics.loglik - seedtest_numerics::ln(size);
        assert!((far.metrics.loglik - loglik).abs() < 1e-4, "{first}");
        let (sd, expected) = (far.random[0].sd(1) * size, near.random[0].sd(1));
        assert!((sd / expected - 1.0).abs() < 1e-4, "{first}: {sd} {expected}");
        let (a, b) = (far.fixed[1].estimate.unwrap(), near.fixed[1].estimate.unwrap());
        assert!((a.se * size / b.se - 1.0).abs() < 1e-5, "{first}");
        // The intercept is that of the year 0.
        let (a, b) = (near.random[0].covariance.as_slice(), far.random[0].covariance.as_slice());
        let shift = first / size;
        let at_zero = a[0] - 2.0 * shift * a[1] + shift * shift * a[3];
        assert!((b[0] / at_zero - 1.0).abs() < 1e-3, "{first}: {} {at_zero}", b[0]);
    }
    let formula = "right ~ week + (week | g)";
    let near = binomial(formula, &weeks(|week| week)).unwrap();
    let far = binomial(formula, &weeks(|week| 2_019.0 + week)).unwrap();
    // Both end exactly at the boundary, whose direction is another effect in each.
    for fit in [&near, &far] {
        assert!(matches!(fit.verdict.status, Status::Singular { .. }), "{:?}", fit.verdict.status);
        assert_eq!(fit.theta[2], 0.0, "{:?}", fit.theta);
    }
    assert!((far.metrics.loglik - near.metrics.loglik).abs() < 1e-8);
    let se = |fit: &glmm::Fit| fit.fixed[1].estimate.unwrap().se;
    assert!((se(&far) / se(&near) - 1.0).abs() < 1e-6, "{} {}", se(&far), se(&near));
}

#[test]
fn an_effect_twice_is_refused() {
    let all = weeks(|week| week);
    let twice = [
        "y ~ week + (1 | g) + (1 | g)",
        "y ~ week + (1 | g) + (week | g)",
        "y ~ week + (week || g) + (0 + week | g)",
    ];
    for formula in twice {
        let error = linear(formula, &all).unwrap_err();
        assert!(matches!(&error, Error::RepeatedEffect { group, .. } if group == "g"), "{error}");
        assert!(error.hint().contains("(0 + x | g)"));
    }
    assert!(linear("y ~ week + (1 | g) + (0 + week | g)", &all).is_ok());
}

/// `a` with `b:c` is not `a:b` with `c`, in the fit, what is stored of it and what it predicts.
#[test]
fn combinations_with_one_name_stay_apart() {
    let mut stream = Stream::new(3, 3);
    let pairs =
        [("a", "b:c"), ("a:b", "c"), ("a", "c"), ("a:b", "b:c"), ("a\\", "c"), ("a", "\\:c")];
    let (mut y, mut school, mut class) = (vec![], vec![], vec![]);
    for (at, (s, c)) in pairs.iter().enumerate() {
        for _ in 0..5 {
            y.push(at as f64 + 0.1 * stream.normal());
            school.push(*s);
            class.push(*c);
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("y", y).unwrap();
    frame.push_text("school", &school).unwrap();
    frame.push_text("class", &class).unwrap();
    for formula in ["y ~ 1 + (1 | school:class)", "y ~ 1 + (1 | class/school)"] {
        let fit = linear(formula, &frame).unwrap();
        assert_eq!(fit.random[0].levels.len(), 6);
        let names: std::collections::HashSet<&String> = fit.random[0].levels.iter().collect();
        assert_eq!(names.len(), 6, "{names:?}");
        let stored = seedtest_mixed::Stored::from(&fit);
        let back = stored.predict(&frame, true, glmm::Scale::Response).unwrap();
        for (at, prediction) in back.iter().enumerate() {
            let value = prediction.value.unwrap();
            assert!((value - (at / 5) as f64).abs() < 0.3, "{at} {value}");
        }
    }
    // A combination that the fit does not know is a new one, however its name reads.
    let known = ["a"; 5].into_iter().chain(["b"; 5]).collect::<Vec<&str>>();
    let mut fitted = Frame::new();
    fitted
        .push_numeric("y", (0..10).map(|at| f64::from(at / 5) + 0.01 * f64::from(at)).collect())
        .unwrap();
    fitted.push_text("school", &known).unwrap();
    fitted.push_text("class", &["b:c"; 10]).unwrap();
    let fit = linear("y ~ 1 + (1 | school:class)", &fitted).unwrap();
    let mut new = Frame::new();
    new.push_text("school", &["a:b", "a"]).unwrap();
    new.push_text("class", &["c", "b:c"]).unwrap();
    let predicted = fit.predict(&new, true).unwrap();
    let average = fit.coefficients()[0];
    assert_eq!(predicted[0].value, Some(average));
    assert!((predicted[1].value.unwrap() - average).abs() > 0.1);
}

/// Columns whose names meet would lose an estimate in every table by name.
#[test]
fn fixed_columns_of_one_name_are_refused() {
    let y: Vec<f64> = (0..12).map(|at| f64::from((at * 7) % 5)).collect();
    let mut all = frame(
        &[("y", y.clone()), ("fb", y)],
        &["p", "q", "r", "p", "q", "r", "p", "q", "r", "p", "q", "r"],
    );
    all.push_text("f", &["a", "b", "a", "a", "b", "b", "a", "b", "a", "b", "b", "a"]).unwrap();
    let error = linear("I(fb + 1) ~ f + fb + (1 | g)", &all).unwrap_err();
    assert!(matches!(&error, Error::SameName { name } if name == "fb"), "{error}");
}

#[test]
fn numbers_that_name_groups_are_written_out() {
    let y: Vec<f64> = (0..12).map(|at| f64::from((at * 7) % 5)).collect();
    let ids = [100_000.0, 1_234_567_890_123_456.0, 1_234_567_890_123_457.0];
    let id: Vec<f64> = (0..12).map(|at| ids[at % 3]).collect();
    let all = frame(&[("y", y), ("id", id)], &["p"; 12]);
    let fit = linear("y ~ 1 + (1 | id)", &all).unwrap();
    assert_eq!(fit.random[0].levels, ["100000", "1234567890123456", "1234567890123457"]);
}
