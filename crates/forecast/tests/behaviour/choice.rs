//! Which model is published, and what is said of it.

use super::series::{DAY, days, line, weeks};
use seedtest_forecast::{Changepoints, Data, Error, Model, Plan, Silent, Spec, Step, forecast};
use seedtest_numerics::Stream;

#[test]
fn twelve_weeks_get_the_simple_model() {
    let (time, y) = (weeks(12), line(12, 0.1, 2));
    let answer = forecast(&Data::new(&time, &y), None, &Plan::default(), &mut Silent).unwrap();
    assert_eq!(answer.model_used, Model::DampedTrend);
    assert_eq!(answer.step, Step::WEEK);
    assert_eq!(answer.future.len(), 4);
    assert_eq!(answer.future[0].time, time[11] + 7 * DAY);
    let prophet = answer.prophet.unwrap();
    assert!(prophet.layout.changepoints.len() <= 3 && prophet.layout.seasonalities.is_empty());
}

#[test]
fn a_random_walk_is_left_to_a_baseline_and_a_season_to_prophet() {
    let mut stream = Stream::new(3, 3);
    let mut level = 10.0;
    let walk: Vec<f64> = (0..200)
        .map(|_| {
            level += stream.normal();
            level
        })
        .collect();
    let time = days(200);
    let answer = forecast(&Data::new(&time, &walk), None, &Plan::default(), &mut Silent).unwrap();
    assert_ne!(answer.model_used, Model::Prophet, "{}", answer.why);
    assert!(answer.why.contains("closer than prophet"), "{}", answer.why);
    let season: Vec<f64> = (0..200)
        .map(|t| 0.05 * f64::from(t) + f64::from((t % 7 - 3i32).abs()) + 0.5 * stream.normal())
        .collect();
    let answer = forecast(&Data::new(&time, &season), None, &Plan::default(), &mut Silent).unwrap();
    assert_eq!(answer.model_used, Model::Prophet, "{}", answer.why);
    assert_eq!(answer.scores.len(), 4);
    assert!(answer.scores.iter().all(|s| s.points == 40));
    let used = answer.scores.iter().find(|s| s.model == Model::Prophet).unwrap();
    assert_eq!(answer.coverage, used.coverage);
    assert!(used.relative_mae.unwrap() < 0.7);
}

/// Held-out points of many series lie inside the 95 % interval as often as it says, to the width of
/// what estimating the coefficients adds and the interval leaves out.
#[test]
fn intervals_hold_what_they_promise() {
    for model in [Model::Prophet, Model::DampedTrend, Model::Naive] {
        let (mut inside, mut points) = (0.0, 0.0);
        for number in 0..100 {
            let (time, y) = (weeks(60), line(60, 0.3, 1000 + number));
            let plan = Plan { model: Some(model), ..Plan::default() };
            let answer = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
            let score = answer.scores.iter().find(|s| s.model == model).unwrap();
            inside += score.coverage.unwrap() * score.points as f64;
            points += score.points as f64;
        }
        let coverage = inside / points;
        println!("{model:?} {coverage}");
        assert!((0.90..=1.0).contains(&coverage), "{model:?}: {coverage}");
    }
}

#[test]
fn a_walk_that_prophet_is_asked_for_is_said_to_go_on() {
    let says = |walk: f64| {
        let said = (0..40u64).filter(|number| {
            let mut stream = Stream::new(11, *number);
            let mut level = 5.0;
            let y: Vec<f64> = (0..60)
                .map(|_| {
                    level += walk * stream.normal();
                    level + (1.0 - walk) * stream.normal()
                })
                .collect();
            let plan = Plan { model: Some(Model::Prophet), origins: 1, ..Plan::default() };
            let found = forecast(&Data::new(&weeks(60), &y), None, &plan, &mut Silent).unwrap();
            found.warnings.iter().any(|w| w.contains("goes on from point to point"))
        });
        said.count()
    };
    // One in a hundred of new points; a curve with as many change points follows a walk for the most part.
    let (new, walks) = (says(0.0), says(1.0));
    assert!(new <= 3 && walks >= 30, "{new} {walks}");
}

#[test]
fn gaps_are_gaps() {
    let time: Vec<i64> =
        weeks(40).into_iter().enumerate().filter(|(i, _)| i % 5 != 2).map(|p| p.1).collect();
    let y = line(time.len(), 0.1, 4);
    for model in [Model::Prophet, Model::DampedTrend, Model::Naive] {
        let plan = Plan { model: Some(model), ..Plan::default() };
        let answer = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
        assert_eq!(answer.step, Step::WEEK);
        assert_eq!(answer.history.len(), time.len());
    }
}

/// What is published of a point after a gap rests on the points before it alone, and is as much less
/// certain as the gap is long.
#[test]
fn a_point_after_a_gap_does_not_leak_into_its_own_forecast() {
    let mut y: Vec<f64> = (0..12).map(|w| 10.0 + f64::from(w % 2)).collect();
    let mut time = weeks(12);
    let after_the_gap = time[11] + 4 * 7 * DAY;
    time.push(after_the_gap);
    y.push(17.0);
    time.extend((1..4).map(|w| after_the_gap + w * 7 * DAY));
    y.extend([16.0, 17.0, 16.0]);
    let of = |model, y: &[f64]| {
        let plan = Plan { model: Some(model), step: Some(Step::WEEK), ..Plan::default() };
        forecast(&Data::new(&time, y), None, &plan, &mut Silent).unwrap()
    };
    let answer = of(Model::Naive, &y);
    let (point, judgement) = (answer.history[12], answer.judgements[12]);
    assert_eq!(point.yhat, Some(11.0));
    assert_eq!((judgement.expected, judgement.residual), (11.0, 6.0));
    let width =
        |row: usize| answer.history[row].upper.unwrap() - answer.history[row].lower.unwrap();
    assert!((width(12) / width(11) - 2.0).abs() < 1e-12);
    // Over four steps 6 is 3 of a single one; the 14 others are 1 each: Student's t with 14 degrees of
    // freedom beyond ±3, its density integrated by Simpson's rule.
    let p = judgement.p_value.unwrap();
    assert!((p - 0.009_551_512_754).abs() < 1e-9, "{p}");

    let answer = of(Model::DampedTrend, &y);
    for (point, judgement) in answer.history.iter().zip(&answer.judgements) {
        assert!((point.yhat.unwrap() - judgement.expected).abs() < 1e-12);
    }
    assert!(answer.history[12].yhat.unwrap() < 12.0, "{:?}", answer.history[12]);
}

#[test]
fn a_cycle_that_cannot_be_repeated_is_said_to_be_missing() {
    let of = |n: usize, step| {
        let (time, y) = (weeks(n), line(n, 0.1, 3));
        let plan = Plan { model: Some(Model::SeasonalNaive), step, ..Plan::default() };
        forecast(&Data::new(&time, &y), None, &plan, &mut Silent)
    };
    assert_eq!(of(60, None).unwrap_err(), Error::TooFew { points: 60, required: 104 });
    assert!(of(104, None).is_ok());
    let step = Step::Seconds(5 * DAY);
    let error = of(60, Some(step.clone())).unwrap_err();
    assert_eq!(error, Error::NoCycle { model: "seasonal_naive", step });
    assert!(!error.is_noop() && error.to_string().contains("5 days"), "{error}");
}

#[test]
fn what_prophet_cannot_fit_is_left_to_the_baselines() {
    let (time, mut y) = (weeks(40), line(40, 0.1, 3));
    let at = |time| Spec { changepoints: Changepoints::At(vec![time]), ..Spec::default() };
    let of = |y: &[f64], prophet, model| {
        let plan = Plan { model, prophet, ..Plan::default() };
        forecast(&Data::new(&time, y), None, &plan, &mut Silent)
    };
    let outside = at(time[0] - DAY);
    for model in [Model::Naive, Model::DampedTrend] {
        let answer = of(&y, outside.clone(), Some(model)).unwrap();
        assert!(answer.prophet.is_none() && answer.model_used != Model::Prophet);
        assert!(answer.warnings.iter().any(|w| w.contains("is outside the history")));
    }
    for model in [None, Some(Model::Prophet)] {
        assert!(matches!(of(&y, outside.clone(), model), Err(Error::Changepoint { .. })));
    }
    // Without the anomaly the given change point is outside the rest.
    y[0] += 3.0;
    let answer = of(&y, at(time[0]), Some(Model::Prophet)).unwrap();
    assert!(answer.judgements[0].is_anomaly);
}
