//! Days that a series does not have, and steps that are not its own.

use super::series::{DAY, START, WEEK, days, weeks};
use seedtest_forecast::{Data, Model, Plan, Rows, Silent, Spec, Step, Toggle, forecast};
use seedtest_numerics::Stream;

fn of(time: &[i64], y: &[f64], plan: &Plan) -> seedtest_forecast::Forecast {
    forecast(&Data::new(time, y), None, plan, &mut Silent).unwrap()
}

fn asked(model: Model) -> Plan {
    Plan { model: Some(model), ..Plan::default() }
}

const MODELS: [Model; 4] = [Model::Naive, Model::SeasonalNaive, Model::DampedTrend, Model::Prophet];

/// Mondays high, Thursdays low: every model goes on with Mondays and Thursdays, and at their levels.
#[test]
fn two_days_a_week_stay_two_days_a_week() {
    let time: Vec<i64> = (0..20).flat_map(|w| [0, 3].map(|d| START + w * WEEK + d * DAY)).collect();
    let mut stream = Stream::new(6, 1);
    let y: Vec<f64> =
        (0..40).map(|i| if i % 2 == 0 { 16.0 } else { 12.0 } + 0.2 * stream.normal()).collect();
    for model in MODELS {
        let answer = of(&time, &y, &asked(model));
        let next: Vec<i64> = answer.future.iter().map(|p| p.time).collect();
        let monday = START + 20 * WEEK;
        assert_eq!(next, [monday, monday + 3 * DAY, monday + WEEK, monday + WEEK + 3 * DAY]);
        assert_eq!(answer.step.to_string(), "Mon, Thu");
        if matches!(model, Model::SeasonalNaive | Model::Prophet) {
            for (point, level) in answer.future.iter().zip([16.0, 12.0, 16.0, 12.0]) {
                assert!((point.yhat.unwrap() - level).abs() < 1.0, "{model:?} {point:?}");
            }
        }
        assert!(answer.warnings.is_empty(), "{:?}", answer.warnings);
    }
    // Days never seen: no seasonality is made up for them, and it is said.
    let plan = Plan { step: Some(Step::DAY), horizon: 7, ..asked(Model::Prophet) };
    let answer = of(&time, &y, &plan);
    assert!(answer.future.iter().all(|p| (11.0..17.0).contains(&p.yhat.unwrap())));
    assert!(answer.warnings.iter().any(|w| w.contains("the weekly seasonality is left out")));
    let prophet = Spec { weekly: Toggle::On, ..Spec::default() };
    let answer = of(&time, &y, &Plan { prophet, ..plan });
    assert!(answer.warnings.iter().any(|w| w.contains("the weekly seasonality is a guess")));
}

#[test]
fn the_hours_of_a_school_day_are_gone_on_with() {
    let hours = |day: i64| (9..16).map(move |h| START + day * DAY + h * 3600);
    let time: Vec<i64> = (0..4).flat_map(|w| (0..5).flat_map(move |d| hours(7 * w + d))).collect();
    let mut stream = Stream::new(6, 2);
    let y: Vec<f64> = time
        .iter()
        .map(|t| {
            let hour = (t.rem_euclid(DAY) / 3600) as f64;
            15.0 - 0.3 * (hour - 12.0) * (hour - 12.0) + 0.2 * stream.normal()
        })
        .collect();
    let plan = Plan { horizon: 9, ..asked(Model::Prophet) };
    let answer = of(&time, &y, &plan);
    // The last point is a Friday at 15:00.
    let next: Vec<i64> = answer.future.iter().map(|p| p.time).collect();
    let expected: Vec<i64> = hours(28).chain(hours(29)).take(9).collect();
    assert_eq!(next, expected);
    for point in &answer.future {
        let hour = (point.time.rem_euclid(DAY) / 3600) as f64;
        let truth = 15.0 - 0.3 * (hour - 12.0) * (hour - 12.0);
        assert!((point.yhat.unwrap() - truth).abs() < 0.6, "{point:?}");
    }
    let evening = Plan { step: Some(Step::Seconds(3600)), ..plan };
    let answer = of(&time, &y, &evening);
    assert!(answer.warnings.iter().any(|w| w.contains("the daily seasonality is left out")));
    assert!(answer.future.iter().all(|p| (8.0..18.0).contains(&p.yhat.unwrap())));
}

/// A line of one a day is 7, 14, 21 and 28 higher after so many weeks, whatever the model's own steps.
#[test]
fn weeks_ahead_of_days_are_weeks() {
    let time = days(100);
    let y: Vec<f64> = (0..100).map(f64::from).collect();
    let plan = |model| Plan { step: Some(Step::WEEK), ..asked(model) };
    let answer = of(&time, &y, &plan(Model::Prophet));
    assert!((answer.future[3].yhat.unwrap() - 127.0).abs() < 0.5, "{:?}", answer.future);
    // A damped trend of 0.98 a day gains at most 49·(1 − 0.98^28) = 21.
    let answer = of(&time, &y, &plan(Model::DampedTrend));
    let gains: Vec<f64> = answer.future.iter().map(|p| p.yhat.unwrap() - 99.0).collect();
    assert!(gains[0] > 6.0 && gains[0] < 7.1, "{gains:?}");
    assert!(gains[3] > 20.0, "{gains:?}");
    // The same weekday of the last week, as uncertain as so many weeks; one day is one day.
    let answer = of(&time, &y, &plan(Model::SeasonalNaive));
    assert_eq!(answer.future[0].yhat, Some(99.0));
    let width = |answer: &seedtest_forecast::Forecast, i: usize| {
        answer.future[i].upper.unwrap() - answer.future[i].lower.unwrap()
    };
    // Steps up and down: at no distance is the naive model further off than it says, so nothing is widened, which
    // would be by other distances for weeks than for days.
    let steps: Vec<f64> = (0..100).map(|day| f64::from(day % 2)).collect();
    let daily = Plan { horizon: 28, ..asked(Model::Naive) };
    let weekly = of(&time, &steps, &plan(Model::Naive));
    let daily = of(&time, &steps, &daily);
    assert_eq!((weekly.scores[0].widening, daily.scores[0].widening), (1.0, 1.0));
    for (week, day) in [(0, 6), (3, 27)] {
        assert!((width(&weekly, week) / width(&daily, day) - 1.0).abs() < 1e-9);
    }
    let coarse = of(&time, &y, &plan(Model::Naive));
    // A week ahead of a line of days the naive model is 7 off, two weeks 14, three 21.
    assert!((coarse.scores[0].mae.unwrap() - 14.0).abs() < 1e-9, "{:?}", coarse.scores[0]);
    assert!((coarse.scores[1].mae.unwrap() - 14.0).abs() < 1e-9, "{:?}", coarse.scores[1]);
}

#[test]
fn days_ahead_of_weeks_are_days() {
    let (time, y) = (weeks(40), (0..40).map(|w| 7.0 * f64::from(w)).collect::<Vec<f64>>());
    let plan = Plan { step: Some(Step::DAY), horizon: 7, ..asked(Model::Prophet) };
    let answer = of(&time, &y, &plan);
    assert!((answer.future[0].yhat.unwrap() - 274.0).abs() < 1.0, "{:?}", answer.future[0]);
    let answer = of(&time, &y, &Plan { model: Some(Model::DampedTrend), ..plan });
    assert!(answer.future[6].yhat.unwrap() < 281.0, "{:?}", answer.future[6]);
}

#[test]
fn what_keeps_to_no_step_is_said() {
    let mut stream = Stream::new(9, 1);
    let mut at = START;
    let time: Vec<i64> = (0..30)
        .map(|_| {
            at += (1 + stream.below(12) as i64) * DAY + stream.below(80_000) as i64;
            at
        })
        .collect();
    let y: Vec<f64> = (0..30).map(|_| stream.normal()).collect();
    for model in [Model::Naive, Model::DampedTrend, Model::Prophet] {
        let answer = of(&time, &y, &asked(model));
        assert!(answer.warnings.iter().any(|w| w.starts_with("the points are at irregular")));
        assert!(answer.future.iter().all(|p| p.yhat.unwrap().abs() < 10.0), "{:?}", answer.future);
    }
    let rows = Rows::new(&time[29..]);
    assert!(forecast(&Data::new(&time, &y), Some(&rows), &Plan::default(), &mut Silent).is_ok());
}

/// Two terms with a summer between, single weeks missing: what comes is the next week.
#[test]
fn terms_with_holidays_between_are_weeks() {
    let time: Vec<i64> = weeks(40)
        .into_iter()
        .enumerate()
        .filter(|(w, _)| !(15..25).contains(w) && w % 7 != 3)
        .map(|(_, t)| t)
        .collect();
    let mut stream = Stream::new(9, 2);
    for n in [8, 12, 20, time.len()] {
        let y: Vec<f64> = (0..n).map(|_| 0.1 + 0.03 * stream.normal()).collect();
        let answer = of(&time[..n], &y, &Plan::default());
        assert_eq!(answer.step, Step::WEEK);
        assert_eq!(answer.future[0].time, time[n - 1] + WEEK);
        assert!(answer.future.iter().all(|p| (p.yhat.unwrap() - 0.1).abs() < 0.1));
    }
}
