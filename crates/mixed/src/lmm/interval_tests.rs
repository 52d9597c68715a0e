//! Profile and bootstrap intervals where parameters are not defined, and what can be fitted.

use seedtest_formula::Frame;
use seedtest_numerics::{Silent, Stream};

use super::tests::{data, school};
use super::{Spec, fit};
use crate::Error;

/// Students whose slopes hardly vary: many replicates end with a variance of zero.
fn nearly_parallel() -> Frame {
    let mut stream = Stream::new(4, 1);
    let (mut score, mut week, mut student) = (vec![], vec![], vec![]);
    for s in 0..12 {
        let (level, slope) = (0.3 * stream.normal(), 0.03 * stream.normal());
        for w in 0..4 {
            score.push(level + slope * f64::from(w) + 0.3 * stream.normal());
            week.push(f64::from(w));
            student.push(format!("s{s}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("score", score).unwrap();
    frame.push_numeric("week", week).unwrap();
    let student: Vec<&str> = student.iter().map(String::as_str).collect();
    frame.push_text("student", &student).unwrap();
    frame
}

#[test]
fn bootstrap_intervals_leave_undefined_correlations_out() {
    let data = data("score ~ week + (week | student)", &nearly_parallel());
    let mut fit = fit(&data, &Spec::default(), &mut Silent).unwrap();
    // Without differences in truth either variance is zero in many replicates.
    fit.random[0].covariance = vec![1e-4, 0.0, 0.0, 1e-6];
    let bootstrap = fit.bootstrap(&data, 60, 5);
    let at = bootstrap.names.iter().position(|n| n == "cor.student.week.(Intercept)").unwrap();
    let undefined = bootstrap.undefined(at);
    assert!(undefined > 1 && undefined < bootstrap.replicates.len(), "{undefined}");
    assert_eq!(bootstrap.undefined(0), 0);
    let interval = bootstrap.interval(at, 0.95).unwrap();
    assert!(interval.low <= interval.high && interval.low >= -1.0 - 1e-12, "{interval:?}");
    assert!(interval.high <= 1.0 + 1e-12, "{interval:?}");
    assert!(bootstrap.sd(at).unwrap().is_finite());
}

#[test]
fn replicates_that_cannot_be_fitted_count_as_failed() {
    let data = data("score ~ week + (1 | student)", &nearly_parallel());
    let mut fit = fit(&data, &Spec::default(), &mut Silent).unwrap();
    // Responses without variation around the fixed effects.
    fit.metrics.sigma = 0.0;
    fit.random[0].covariance = vec![0.0];
    let bootstrap = fit.bootstrap(&data, 3, 5);
    assert_eq!((bootstrap.failed, bootstrap.replicates.len()), (3, 0));
    assert_eq!((bootstrap.interval(0, 0.95), bootstrap.sd(0)), (None, None));
}

#[test]
fn profiles_do_not_depend_on_columns_that_others_make_up() {
    let mut frame = school(20, 4, 9);
    let seedtest_formula::Column::Numeric(week) = frame.column("week").unwrap().clone() else {
        panic!()
    };
    frame.push_numeric("days", week.iter().map(|w| 7.0 * w).collect()).unwrap();
    let interval = |formula: &str| {
        let data = data(formula, &frame);
        let fit = fit(&data, &Spec::default(), &mut Silent).unwrap();
        fit.profile(&data, "week", 0.95).unwrap()
    };
    let (alone, beside) =
        (interval("score ~ week + (1 | student)"), interval("score ~ week + days + (1 | student)"));
    assert!((alone.low - beside.low).abs() < 1e-9, "{alone:?} {beside:?}");
    assert!((alone.high - beside.high).abs() < 1e-9, "{alone:?} {beside:?}");
}

#[test]
fn undefined_correlations_have_no_profile_and_say_so() {
    // Every student's line is the same but for noise that cancels within the student.
    let (mut score, mut week, mut student) = (vec![], vec![], vec![]);
    let mut stream = Stream::new(6, 0);
    for s in 0..15 {
        let noise = 0.2 * stream.normal();
        for (w, sign) in [(0.0, 1.0), (1.0, -1.0), (2.0, -1.0), (3.0, 1.0)] {
            score.push(0.1 * w + sign * noise);
            week.push(w);
            student.push(format!("s{s}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("score", score).unwrap();
    frame.push_numeric("week", week).unwrap();
    let student: Vec<&str> = student.iter().map(String::as_str).collect();
    frame.push_text("student", &student).unwrap();
    let data = data("score ~ week + (week | student)", &frame);
    let fit = fit(&data, &Spec::default(), &mut Silent).unwrap();
    let profiles = fit.profiles(&data, 0.95);
    for (name, interval) in &profiles {
        if name.starts_with("cor.") {
            assert!(matches!(interval, Err(Error::Profile { .. })), "{name}: {interval:?}");
        } else {
            assert!(interval.is_ok(), "{name}: {interval:?}");
        }
    }
    assert_eq!(profiles.len(), 6);
}

/// Two rows of each of twelve students.
fn pairs() -> Frame {
    const WEEK: [f64; 24] = [
        -1.0, -0.3, 0.3, -1.2, 0.2, 0.0, 0.1, 1.1, -1.2, 1.3, -0.7, -1.1, -0.7, 0.3, 0.2, -0.3,
        -1.0, -0.6, 1.2, 0.2, -0.6, -0.9, -0.2, -1.7,
    ];
    const Y: [f64; 24] = [
        -0.66, -0.07, 0.49, -0.02, 2.08, 1.64, 1.65, 2.57, -0.14, 2.15, 0.31, -0.1, 1.12, 2.58,
        1.8, 2.15, 1.8, 1.42, -0.56, 1.66, 0.34, 0.82, 1.52, 0.31,
    ];
    let mut frame = Frame::new();
    frame.push_numeric("week", WEEK.to_vec()).unwrap();
    frame.push_numeric("y", Y.to_vec()).unwrap();
    let student: Vec<String> = (0..24).map(|row| format!("s{}", row / 2)).collect();
    let student: Vec<&str> = student.iter().map(String::as_str).collect();
    frame.push_text("student", &student).unwrap();
    frame
}

#[test]
fn random_effects_are_counted_term_by_term() {
    let frame = pairs();
    // lme4 1.1.31: lmer(y ~ week + (week || student), d), bobyqa with rhoend = 1e-10; it refuses
    // (week | student).
    let data_of = |formula| data(formula, &frame);
    let fitted =
        fit(&data_of("y ~ week + (week || student)"), &Spec::default(), &mut Silent).unwrap();
    let criterion = fitted.metrics.reml_criterion.unwrap();
    assert!((criterion - 57.576_061_561_319).abs() < 1e-6, "{criterion}");
    for (ours, theirs) in fitted.coefficients().iter().zip([1.318_012_829_710, 0.468_125_674_799]) {
        assert!((ours - theirs).abs() < 1e-5, "{ours} {theirs}");
    }
    let refused = fit(&data_of("y ~ week + (week | student)"), &Spec::default(), &mut Silent);
    assert!(matches!(refused, Err(Error::NotIdentified { effects: 24, rows: 24, .. })));
}
