//! Profiles of generalised models with vectors of effects, against other ways to the same deviance.

use seedtest_numerics::{Silent, Stream, logistic};

use seedtest_formula::{Column, Formula, Frame};

use super::{Family, Spec, fit};
use crate::Data;

/// Answers of students over weeks whose intercepts and slopes vary.
fn weeks(students: usize) -> Frame {
    let mut stream = Stream::new(11, 0);
    let (mut correct, mut count, mut week, mut student) = (vec![], vec![], vec![], vec![]);
    for s in 0..students {
        let (level, slope) = (stream.normal(), 0.9 * stream.normal());
        for w in 0..8 {
            let x = f64::from(w) / 4.0 - 0.9;
            let eta = 0.2 + level + (0.5 + slope) * x;
            correct.push(stream.binomial(4, logistic(eta)) as f64 / 4.0);
            count.push(stream.poisson(seedtest_numerics::exp(0.6 * eta)) as f64);
            week.push(x);
            student.push(format!("s{s}"));
        }
    }
    let mut frame = Frame::new();
    let n = correct.len();
    for (name, values) in
        [("correct", correct), ("count", count), ("week", week), ("trials", vec![4.0; n])]
    {
        frame.push_numeric(name, values).unwrap();
    }
    let student: Vec<&str> = student.iter().map(String::as_str).collect();
    frame.push_text("student", &student).unwrap();
    frame
}

fn data(formula: &str, frame: &Frame, weights: Option<&str>) -> Data {
    Data::new(&Formula::parse(formula).unwrap(), frame, weights).unwrap()
}

const QUANTILE: f64 = 1.959_963_984_540_054;

#[test]
fn a_fixed_effect_at_the_end_of_its_interval_costs_the_quantile() {
    let mut frame = weeks(40);
    let data_of = |frame: &Frame, text: &str| data(text, frame, Some("trials"));
    let whole = data_of(&frame, "correct ~ week + (week | student)");
    let fitted = fit(&whole, &Spec::default(), &mut Silent).unwrap();
    let interval = fitted.profile(&whole, "week", 0.95).unwrap();
    let Column::Numeric(week) = frame.column("week").unwrap().clone() else { panic!() };
    for (name, end) in [("low", interval.low), ("high", interval.high)] {
        frame.push_numeric(name, week.iter().map(|x| end * x).collect()).unwrap();
        let text = format!("correct ~ 1 + offset({name}) + (week | student)");
        let held = fit(&data_of(&frame, &text), &Spec::default(), &mut Silent).unwrap();
        let root = (held.metrics.deviance - fitted.metrics.deviance).sqrt();
        assert!((root - QUANTILE).abs() < 1e-4, "{name}: {root}");
    }
    let estimate = fitted.fixed[1].estimate.unwrap();
    let wald = estimate.interval(0.95);
    assert!((interval.low - wald.low).abs() < 0.2 * estimate.se, "{interval:?} {wald:?}");
}

#[test]
fn without_a_slope_the_deviance_is_that_of_the_model_without_it() {
    // A standard deviation held at zero is the model without the effect: the signed root at 0 says which
    // level's interval ends there.
    let frame = weeks(40);
    let whole = data("correct ~ week + (week || student)", &frame, Some("trials"));
    let without = data("correct ~ week + (1 | student)", &frame, Some("trials"));
    let spec = Spec::default();
    let large = fit(&whole, &spec, &mut Silent).unwrap();
    let small = fit(&without, &spec, &mut Silent).unwrap();
    let root = (small.metrics.deviance - large.metrics.deviance).sqrt();
    let below = 2.0 * seedtest_numerics::normal_cdf(root - 0.02) - 1.0;
    let above = 2.0 * seedtest_numerics::normal_cdf(root + 0.02) - 1.0;
    assert!(root > 0.5 && above < 1.0, "{root}");
    let name = "sd.student.week";
    assert!(large.profile(&whole, name, below).unwrap().low > 0.0);
    assert_eq!(large.profile(&whole, name, above).unwrap().low, 0.0);
}

#[test]
fn intervals_hold_their_estimates_and_do_not_depend_on_the_order_of_effects() {
    let frame = weeks(60);
    let spec = Spec { family: Family::Binomial, ..Spec::default() };
    let of = |text: &str| {
        let data = data(text, &frame, Some("trials"));
        let fitted = fit(&data, &spec, &mut Silent).unwrap();
        let estimates: Vec<(String, f64)> =
            fitted.parameter_names().into_iter().zip(fitted.parameters()).collect();
        (estimates, fitted.profiles(&data, 0.9))
    };
    let (estimates, intervals) = of("correct ~ week + (1 + week | student)");
    for ((name, value), (same, interval)) in estimates.iter().zip(&intervals) {
        assert_eq!(name, same);
        let interval = interval.clone().unwrap();
        assert!(interval.low < *value && *value < interval.high, "{name}: {value} {interval:?}");
    }
    // The same effects from a centred week: that of the slope does not move.
    let mut shifted = weeks(60);
    let Column::Numeric(week) = shifted.column("week").unwrap().clone() else { panic!() };
    shifted.push_numeric("later", week.iter().map(|w| w + 1.0).collect()).unwrap();
    let data = data("correct ~ later + (later | student)", &shifted, Some("trials"));
    let fitted = fit(&data, &spec, &mut Silent).unwrap();
    let there = fitted.profile(&data, "sd.student.later", 0.9).unwrap();
    let here = intervals.iter().find(|(name, _)| name == "sd.student.week").unwrap();
    let here = here.1.clone().unwrap();
    assert!((there.low - here.low).abs() < 1e-4, "{there:?} {here:?}");
    assert!((there.high - here.high).abs() < 1e-4, "{there:?} {here:?}");
}

#[test]
fn the_size_of_a_negative_binomial_has_a_profile() {
    let mut frame = weeks(60);
    let mut stream = Stream::new(3, 3);
    let Column::Numeric(count) = frame.column("count").unwrap().clone() else { panic!() };
    let spread = count.iter().map(|c| stream.poisson((c + 0.5) * stream.clone().gamma(1.5)) as f64);
    let spread: Vec<f64> = spread.collect();
    frame.push_numeric("spread", spread).unwrap();
    let data = data("spread ~ week + (1 | student)", &frame, None);
    let spec = Spec { family: Family::NegativeBinomial, ..Spec::default() };
    let fitted = fit(&data, &spec, &mut Silent).unwrap();
    let interval = fitted.profile(&data, "size", 0.95).unwrap();
    let size = fitted.size.unwrap();
    assert!(interval.low > 0.0 && interval.low < size && size < interval.high, "{interval:?}");
    let unknown = fitted.profile(&data, "sigma", 0.95).unwrap_err().to_string();
    assert!(unknown.contains("no parameter `sigma`"), "{unknown}");
}
