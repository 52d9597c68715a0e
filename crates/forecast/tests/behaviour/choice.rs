//! Which model is published, and what is said of it.

use super::series::{DAY, days, line, weeks};
use seedtest_forecast::{Data, Model, Plan, Silent, Step, forecast};
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
