//! Series that cannot be forecast, and what is said of them.

use super::series::{DAY, line, weeks};
use seedtest_forecast::{
    Changepoints, Data, Error, Growth, Model, Plan, Rows, Silent, Spec, Step, fit, forecast,
};

fn refused(time: &[i64], y: &[f64]) -> Error {
    forecast(&Data::new(time, y), None, &Plan::default(), &mut Silent).unwrap_err()
}

#[test]
fn too_few_points_are_nothing_to_do() {
    for n in 0..4 {
        let error = refused(&weeks(n), &line(n, 0.1, 1));
        assert!(error.is_noop(), "{n}: {error}");
        assert_eq!(error, Error::TooFew { points: n, required: 4 });
    }
    let (time, y) = (weeks(4), line(4, 0.1, 1));
    let answer = forecast(&Data::new(&time, &y), None, &Plan::default(), &mut Silent).unwrap();
    assert_eq!(answer.model_used, Model::DampedTrend);
    assert!(answer.judgements.is_empty() && answer.not_judged.is_some());
    assert!(answer.future.iter().all(|p| p.yhat.is_some_and(f64::is_finite)));
}

#[test]
fn bad_rows_are_named() {
    let time = weeks(10);
    let mut y = line(10, 0.1, 1);
    y[3] = f64::NAN;
    assert!(matches!(refused(&time, &y), Error::NotFinite { row: 3, .. }));
    y[3] = 1e200;
    assert!(matches!(refused(&time, &y), Error::NotFinite { row: 3, .. }));
    y[3] = 0.5;
    let mut twice = time.clone();
    twice[7] = twice[2];
    let duplicate = Error::DuplicateTime { first: 2, second: 7, time: time[2] };
    assert_eq!(refused(&twice, &y), duplicate);
    assert!(matches!(refused(&time[..9], &y), Error::Length { found: 10, expected: 9, .. }));
    let mut far = time.clone();
    far[0] = i64::MIN;
    assert!(matches!(refused(&far, &y), Error::BadTime { row: 0, .. }));
}

#[test]
fn values_too_close_for_squares_are_refused() {
    let time = weeks(30);
    let tiny: Vec<f64> = line(30, 0.1, 1).iter().map(|y| y * 1e-300).collect();
    let error = refused(&time, &tiny);
    assert!(matches!(error, Error::TooClose { range } if range < 1e-299), "{error}");
    let spec = Spec::default();
    assert!(fit(&Data::new(&time, &tiny), &spec, &mut Silent).is_err());
    // One small value is one value.
    let same = vec![1e-300; 30];
    let answer = forecast(&Data::new(&time, &same), None, &Plan::default(), &mut Silent).unwrap();
    assert_eq!(answer.future[0].yhat, Some(1e-300));
}

#[test]
fn a_constant_series_is_forecast_as_it_is() {
    let (time, y) = (weeks(30), vec![0.7; 30]);
    let fit = fit(&Data::new(&time, &y), &Spec::default(), &mut Silent).unwrap();
    assert!(fit.verdict.converged());
    let next = fit.predict(&Rows::new(&[time[29] + DAY])).unwrap();
    assert!((next.yhat[0] - 0.7).abs() < 1e-12 && next.upper[0] - next.lower[0] < 1e-4);
    let answer = forecast(&Data::new(&time, &y), None, &Plan::default(), &mut Silent).unwrap();
    assert!(answer.judgements.iter().all(|j| !j.is_anomaly));
    assert!((answer.future[3].yhat.unwrap() - 0.7).abs() < 1e-9);
    assert!(answer.warnings.iter().any(|w| w.starts_with("every observation is 0.7")));
    let plan = Plan { model: Some(Model::Prophet), ..Plan::default() };
    let asked = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
    assert!(asked.prophet.unwrap().verdict.converged());
    let zeros = vec![0.0; 30];
    assert!(forecast(&Data::new(&time, &zeros), None, &Plan::default(), &mut Silent).is_ok());
}

#[test]
fn a_line_without_noise_is_said_to_have_none() {
    let time = weeks(40);
    let y: Vec<f64> = (0..40).map(|t| 1.0 + 0.1 * f64::from(t)).collect();
    let fit = fit(&Data::new(&time, &y), &Spec::default(), &mut Silent).unwrap();
    let next = fit.predict(&Rows::new(&[time[39] + 7 * DAY])).unwrap();
    // The priors of slope and offset pull a little at the line.
    assert!((next.yhat[0] - 5.0).abs() < 1e-3, "{} {:?}", next.yhat[0], fit.verdict);
}

#[test]
fn capacities_are_checked() {
    let (time, y) = (weeks(20), line(20, 0.3, 1));
    let spec = Spec { growth: Growth::Logistic, ..Spec::default() };
    let with = |cap: Option<&[f64]>| {
        let rows = Rows { cap, ..Rows::new(&time) };
        fit(&Data { rows, y: &y }, &spec, &mut Silent)
    };
    assert!(matches!(with(None), Err(Error::MissingColumn { what: "capacity", .. })));
    assert!(matches!(with(Some(&[0.4; 20])), Err(Error::OutsideCapacity { .. })));
    assert!(matches!(with(Some(&[-1.0; 20])), Err(Error::Capacity { row: 0, .. })));
    let fitted = with(Some(&[1.5; 20])).unwrap();
    assert!(fitted.predict(&Rows::new(&time)).is_err());
}

#[test]
fn settings_are_checked() {
    let (time, y) = (weeks(20), line(20, 0.3, 1));
    let with = |spec: Spec| fit(&Data::new(&time, &y), &spec, &mut Silent).unwrap_err();
    let error = with(Spec { interval_width: 95.0, ..Spec::default() });
    assert_eq!(error.to_string(), "interval_width is 95; it must be between 0 and 1");
    with(Spec { changepoint_prior_scale: 0.0, ..Spec::default() });
    with(Spec { seasonality_prior_scale: f64::NAN, ..Spec::default() });
    let outside = Changepoints::At(vec![time[0] - 1]);
    let error = with(Spec { changepoints: outside, ..Spec::default() });
    assert_eq!(error, Error::Changepoint { time: time[0] - 1 });
    let plan = Plan { horizon: 0, ..Plan::default() };
    assert!(forecast(&Data::new(&time, &y), None, &plan, &mut Silent).is_err());
}

#[test]
fn steps_that_lead_nowhere_are_refused() {
    let (time, y) = (weeks(20), line(20, 0.3, 1));
    let with = |step: Step, horizon: usize| {
        let plan = Plan { step: Some(step), horizon, ..Plan::default() };
        forecast(&Data::new(&time, &y), None, &plan, &mut Silent)
    };
    for months in [i64::MIN, -1, 0, 1201, i64::MAX] {
        let error = with(Step::Months(months), 4).unwrap_err();
        assert!(matches!(error, Error::Setting { .. }), "{error}");
        assert!(with(Step::MonthEnds(months), 4).is_err());
    }
    for seconds in [i64::MIN, -1, 0, 36_525 * DAY + 1, i64::MAX] {
        let error = with(Step::Seconds(seconds), 4).unwrap_err();
        assert!(matches!(error, Error::Setting { .. }), "{error}");
    }
    for step in [Step::Months(1200), Step::Seconds(36_525 * DAY), Step::Seconds(1)] {
        assert!(with(step.clone(), 4).is_ok(), "{step:?}");
    }
    // A thousand centuries on no calendar has a date.
    assert!(matches!(with(Step::Months(1200), 1000), Err(Error::Beyond { row: 19, .. })));
    // The end of time that stands for no end.
    let mut open = time.clone();
    open[4] = 2_932_896 * DAY;
    let error = forecast(&Data::new(&open, &y), None, &Plan::default(), &mut Silent).unwrap_err();
    assert!(error.to_string().starts_with("row 5: after 9999-12-31"), "{error}");
    assert!(error.hint().contains("9999"));
    let error = with(Step::Months(0), 4).unwrap_err();
    assert_eq!(error.to_string(), "step in months is 0; it must be between 1 and 1200");
}

/// What was asked for and cannot be had is no reason to publish something else.
#[test]
fn growth_that_cannot_be_fitted_is_refused() {
    let (time, y) = (weeks(40), line(40, 0.3, 1));
    let of = |cap: Option<&[f64]>, model| {
        let rows = Rows { cap, ..Rows::new(&time) };
        let prophet = Spec { growth: Growth::Logistic, ..Spec::default() };
        forecast(
            &Data { rows, y: &y },
            None,
            &Plan { prophet, model, ..Plan::default() },
            &mut Silent,
        )
    };
    for model in [None, Some(Model::Prophet)] {
        assert!(matches!(of(None, model), Err(Error::MissingColumn { what: "capacity", .. })));
        let error = of(Some(&[0.4; 40]), model).unwrap_err();
        assert!(matches!(error, Error::OutsideCapacity { .. }), "{error}");
    }
    // A simpler model that was asked for needs no capacity, but says what it does not use.
    let answer = of(None, Some(Model::Naive)).unwrap();
    assert!(
        answer.prophet.is_none() && answer.warnings[0].contains("the capacity `cap` is missing")
    );
}

#[test]
fn messages_count_rows_from_one() {
    let mut y = line(10, 0.1, 1);
    y[3] = f64::NAN;
    assert_eq!(refused(&weeks(10), &y).to_string(), "row 4: `y` is NaN");
    let mut twice = weeks(10);
    twice[7] = twice[2];
    let error = refused(&twice, &line(10, 0.1, 1)).to_string();
    assert!(error.starts_with("rows 3 and 8 have the same time"), "{error}");
}
