//! Wild points, bounds of growth, and numbers far from 0.

use super::series::{line, weeks};
use seedtest_forecast::{
    Data, Forecast, Growth, Model, Plan, Rows, Silent, Spec, fit, forecast, number_text,
    number_text_among,
};
use seedtest_numerics::{Stream, logistic};

fn of(time: &[i64], y: &[f64], plan: &Plan) -> Forecast {
    forecast(&Data::new(time, y), None, plan, &mut Silent).unwrap()
}

fn width(found: &Forecast) -> f64 {
    let widths = found.future.iter().map(|p| p.upper.unwrap() - p.lower.unwrap());
    widths.sum::<f64>() / found.future.len() as f64
}

#[test]
fn one_wild_point_neither_widens_intervals_nor_chooses_the_model() {
    for n in [20, 60, 104] {
        let time = weeks(n);
        for (number, at) in [(1, n / 2), (2, n - 5), (3, 3 * n / 4)] {
            let y = line(n, 0.1, number);
            let clean = of(&time, &y, &Plan::default());
            let mut wild = y.clone();
            wild[at] += 2.5;
            let found = of(&time, &wild, &Plan::default());
            assert_eq!(found.model_used, clean.model_used, "{n} {at}: {}", found.why);
            let ratio = width(&found) / width(&clean);
            assert!((0.7..1.4).contains(&ratio), "{n} {at}: {ratio}");
            assert!(found.judgements[at].is_anomaly);
            let is_said =
                |w: &String| w.contains("no forecast rests on what is too far from the rest");
            assert!(found.warnings.iter().any(is_said), "{:?}", found.warnings);
            assert!(!clean.warnings.iter().any(is_said), "{:?}", clean.warnings);
            assert_eq!(found.history.len(), n);
        }
    }
}

#[test]
fn a_new_level_and_heavy_tails_are_left_as_they_are() {
    let time = weeks(60);
    let mut y = line(60, 0.1, 1);
    for value in &mut y[40..] {
        *value += 2.5;
    }
    let found = of(&time, &y, &Plan::default());
    assert!(found.warnings.iter().all(|w| !w.contains("too far from the rest")));
    let mut left_out = 0;
    for number in 0..20 {
        let mut stream = Stream::new(number, 3);
        // Student's t with four degrees of freedom.
        let y: Vec<f64> =
            (0..60).map(|_| stream.normal() / (stream.gamma(2.0) / 2.0).sqrt()).collect();
        let found = of(&time, &y, &Plan::default());
        left_out += usize::from(found.warnings.iter().any(|w| w.contains("too far from the rest")));
    }
    assert!(left_out <= 3, "{left_out}");
}

#[test]
fn what_grows_to_a_capacity_stays_below_it() {
    let time = weeks(60);
    let mut stream = Stream::new(1, 0);
    let y: Vec<f64> = (0..60)
        .map(|w| {
            let share = logistic(0.15 * (f64::from(w) - 20.0));
            (0.98 * share + 0.03 * stream.normal()).clamp(0.0, 1.0)
        })
        .collect();
    let cap = vec![1.0; 60];
    let data = Data { rows: Rows { cap: Some(&cap), ..Rows::new(&time) }, y: &y };
    let later = weeks(72)[60..].to_vec();
    let future_cap = vec![1.0; 12];
    let rows = Rows { cap: Some(&future_cap), ..Rows::new(&later) };
    let prophet = Spec { growth: Growth::Logistic, ..Spec::default() };
    for model in [Model::Prophet, Model::DampedTrend] {
        let plan =
            Plan { prophet: prophet.clone(), model: Some(model), horizon: 12, ..Plan::default() };
        let found = forecast(&data, Some(&rows), &plan, &mut Silent).unwrap();
        for point in &found.future {
            let (lower, yhat, upper) =
                (point.lower.unwrap(), point.yhat.unwrap(), point.upper.unwrap());
            assert!(0.0 <= lower && lower <= yhat && yhat <= upper && upper <= 1.0, "{point:?}");
        }
    }
    // Prophet's own intervals know no capacity.
    let predicted = fit(&data, &prophet, &mut Silent).unwrap().predict(&rows).unwrap();
    assert!(predicted.upper.iter().any(|upper| *upper > 1.0), "the bound was not needed");
}

#[test]
fn numbers_have_the_digits_that_tell_them_apart() {
    assert_eq!(number_text(0.051_234), "0.0512");
    assert_eq!(number_text(1.234e-12), "1.234e-12");
    assert_eq!(number_text_among(0.051_234, 0.01), "0.0512");
    assert_eq!(number_text_among(1_000_000_123.44, 100.0), "1000000123");
    assert_eq!(number_text_among(1_000_000_123.44, 30.0), "1000000123.4");
    assert_eq!(number_text_among(1_000_000_123.44, 0.2), "1000000123.440");
    assert_eq!(number_text_among(1_234_567_890.0, 1e8), "1234567890");
    assert_eq!(number_text_among(1.234_567e20, 1e18), "1.23457e20");
    assert_eq!(number_text_among(2e9, f64::NAN), "2.000e9");
}
