//! Bytes that may not depend on the order of the rows, the threads or the unit of the values.

use super::series::{DAY, days, line, weeks};
use proptest::prelude::*;
use seedtest_forecast::{
    Data, Growth, Mode, Model, Plan, Rows, Scaling, Silent, Spec, Toggle, fit, forecast,
    forecast_many,
};
use seedtest_numerics::Stream;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_the_rows_does_not_matter(number in 0u64..1000, n in 12usize..80) {
        let (time, y) = (weeks(n), line(n, 0.2, number));
        let mut order: Vec<usize> = (0..n).collect();
        Stream::new(number, 9).shuffle(&mut order);
        let shuffled: (Vec<i64>, Vec<f64>) = order.iter().map(|&i| (time[i], y[i])).unzip();
        let plan = Plan::default();
        let a = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
        let b = forecast(&Data::new(&shuffled.0, &shuffled.1), None, &plan, &mut Silent).unwrap();
        prop_assert_eq!(a, b);
    }

    #[test]
    fn the_unit_of_the_values_does_not_matter(number in 0u64..1000, power in -20i32..20) {
        // A power of two changes no rounding.
        let scale = (0..power.abs()).fold(1.0, |s, _| if power > 0 { s * 2.0 } else { s / 2.0 });
        let (time, y) = (weeks(60), line(60, 0.2, number));
        let scaled: Vec<f64> = y.iter().map(|v| v * scale).collect();
        let next = Rows::new(&time);
        let of = |y: &[f64]| fit(&Data::new(&time, y), &Spec::default(), &mut Silent).unwrap();
        let (a, b) = (of(&y), of(&scaled));
        prop_assert_eq!(a.objective.to_bits(), b.objective.to_bits());
        let (a, b) = (a.predict(&next).unwrap(), b.predict(&next).unwrap());
        for (a, b) in a.yhat.iter().zip(&b.yhat) {
            prop_assert_eq!(a * scale, *b);
        }
    }

    #[test]
    fn parts_add_up_and_bounds_enclose(number in 0u64..1000, multiplicative: bool) {
        let time = days(60);
        let mut stream = Stream::new(number, 3);
        let y: Vec<f64> =
            (0..60).map(|t| 5.0 + f64::from(t % 7) + 0.3 * stream.normal()).collect();
        let mode = if multiplicative { Mode::Multiplicative } else { Mode::Additive };
        let spec = Spec { seasonality_mode: mode, ..Spec::default() };
        let fit = fit(&Data::new(&time, &y), &spec, &mut Silent).unwrap();
        let rows: Vec<i64> = days(75);
        let p = fit.predict(&Rows::new(&rows)).unwrap();
        for row in 0..75 {
            let sum = p.trend[row] * (1.0 + p.multiplicative_terms[row]) + p.additive_terms[row];
            prop_assert!((sum - p.yhat[row]).abs() < 1e-9);
            prop_assert!(p.lower[row] < p.yhat[row] && p.yhat[row] < p.upper[row]);
            if row > 60 {
                let width = |r: usize| p.upper[r] - p.lower[r];
                // Scaled by the seasonality where that multiplies.
                prop_assert!(multiplicative || width(row) >= width(row - 1) - 1e-12);
            }
        }
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let columns: Vec<(Vec<i64>, Vec<f64>)> =
        (0..40).map(|i| (weeks(20 + 2 * i), line(20 + 2 * i, 0.1, i as u64))).collect();
    let series: Vec<Data<'_>> = columns.iter().map(|(t, y)| Data::new(t, y)).collect();
    let plan = Plan::default();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let answers = pool.install(|| forecast_many(&series, &plan));
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        serde_json::to_string(&answers).unwrap()
    };
    let one = on(1);
    assert_eq!(one, on(3));
    assert_eq!(one, on(8));
}

#[test]
fn simulated_paths_have_the_interval_that_is_computed() {
    let mut stream = Stream::new(4, 4);
    let time = days(120);
    // A slope that changes, so that changes are expected of the future.
    let y: Vec<f64> =
        (0..120).map(|t| f64::from((60i32 - t).abs()) / 30.0 + 0.05 * stream.normal()).collect();
    let spec = Spec { weekly: Toggle::Off, interval_width: 0.8, ..Spec::default() };
    let fit = fit(&Data::new(&time, &y), &spec, &mut Silent).unwrap();
    let rows: Vec<i64> = (1..=30).map(|d| time[119] + d * DAY).collect();
    let predicted = fit.predict(&Rows::new(&rows)).unwrap();
    let paths = fit.simulate(&Rows::new(&rows), 0..4000, 11).unwrap();
    for row in [0, 9, 29] {
        let inside = paths
            .iter()
            .filter(|p| (predicted.lower[row]..=predicted.upper[row]).contains(&p[row]))
            .count();
        // Four standard errors of 4 000 draws.
        assert!((inside as f64 / 4000.0 - 0.8).abs() < 4.0 * (0.16f64 / 4000.0).sqrt());
    }
    let again = fit.simulate(&Rows::new(&rows), 10..11, 11).unwrap();
    assert_eq!(again[0], paths[10]);
}

#[test]
fn logistic_growth_stays_below_its_capacity() {
    let time = days(150);
    let mut stream = Stream::new(8, 1);
    let y: Vec<f64> = (0..150)
        .map(|t| {
            10.0 / (1.0 + seedtest_numerics::exp(-(f64::from(t) - 60.0) / 20.0))
                + 0.1 * stream.normal()
        })
        .map(|v| v.clamp(0.0, 10.0))
        .collect();
    let spec = Spec { growth: Growth::Logistic, weekly: Toggle::Off, ..Spec::default() };
    let rows = Rows { cap: Some(&[10.0; 150]), ..Rows::new(&time) };
    let fit = fit(&Data { rows, y: &y }, &spec, &mut Silent).unwrap();
    let next: Vec<i64> = (0..60).map(|d| time[149] + (d + 1) * DAY).collect();
    let rows = Rows { cap: Some(&[10.0; 60]), ..Rows::new(&next) };
    let predicted = fit.predict(&rows).unwrap();
    assert!(predicted.trend.iter().all(|v| *v <= 10.0 && *v > 9.5));
    assert!(predicted.lower.iter().zip(&predicted.upper).all(|(l, u)| l < u));
}

/// A floor in the history is needed ahead too, and one the history did not have is none.
#[test]
fn a_floor_is_that_of_the_history() {
    let (time, next) = (days(60), days(70));
    let mut stream = Stream::new(5, 2);
    let y: Vec<f64> = (0..60).map(|t| 4.0 + 0.05 * f64::from(t) + 0.1 * stream.normal()).collect();
    let rows = |time, floor| Rows { cap: Some(&[9.0; 70]), floor, ..Rows::new(time) };
    let history = |floor| Rows { cap: Some(&[9.0; 60]), floor, ..Rows::new(&time) };
    for scaling in [Scaling::AbsMax, Scaling::MinMax] {
        let spec = Spec { growth: Growth::Logistic, scaling, ..Spec::default() };
        let fitted =
            |floor| fit(&Data { rows: history(floor), y: &y }, &spec, &mut Silent).unwrap();
        let with = fitted(Some(&[3.0; 60]));
        let error = with.predict(&rows(&next, None)).unwrap_err();
        assert_eq!(error.to_string(), "the floor `floor` is missing");
        assert!(with.simulate(&rows(&next, None), 0..1, 1).is_err());
        let near = with.predict(&rows(&next, Some(&[3.0; 70]))).unwrap();
        assert!((near.yhat[59] - y[59]).abs() < 0.5);
        let without = fitted(None);
        let expected = without.predict(&rows(&next, None)).unwrap();
        assert_eq!(without.predict(&rows(&next, Some(&[3.0; 70]))).unwrap(), expected);
    }
}

/// y → a + b·y moves every answer with it, for every model; Prophet's priors see the level, so its model
/// is the same at every level from which they see nothing else.
#[test]
fn level_and_unit_of_the_values_do_not_matter() {
    let models = [Model::Naive, Model::SeasonalNaive, Model::DampedTrend, Model::Prophet];
    let time = days(90);
    let mut stream = Stream::new(12, 5);
    let y: Vec<f64> = (0..90)
        .map(|t| 0.02 * f64::from(t) + f64::from(t % 7) / 4.0 + 0.3 * stream.normal())
        .collect();
    for model in models {
        let of = |a: f64, b: f64| {
            let moved: Vec<f64> = y.iter().map(|v| a + b * v).collect();
            let plan = Plan { model: Some(model), ..Plan::default() };
            let found = forecast(&Data::new(&time, &moved), None, &plan, &mut Silent).unwrap();
            if let Some(fit) = &found.prophet {
                assert!(fit.verdict.converged(), "{model:?} {a} {b}: {:?}", fit.verdict);
            }
            found
        };
        // Far enough for the level to be all that the scale of the priors is about.
        let base = if model == Model::Prophet { 1e4 } else { 0.0 };
        let first = of(base, 1.0);
        for (a, b) in [(1e9, 1.0), (-1e9, 1.0), (1e6, -1.0), (0.0, 1e-9), (base * 1e9, 1e9)] {
            if a == 0.0 && model == Model::Prophet {
                continue;
            }
            let moved = of(a, b);
            // A value beside 10⁹ is rounded to 10⁻⁷, and the search for weights ends at 10⁻⁵ of them.
            let tolerance = 1e-3;
            let same = |x: Option<f64>, z: Option<f64>| {
                let back = (z.unwrap() - a) / b;
                let difference = (back - (x.unwrap() - base)).abs();
                assert!(difference < tolerance, "{model:?} {a} {b}: {x:?} {back}");
            };
            for (x, z) in first.future.iter().zip(&moved.future) {
                same(x.yhat, z.yhat);
                let (lower, upper) = if b < 0.0 { (z.upper, z.lower) } else { (z.lower, z.upper) };
                same(x.lower, lower);
                same(x.upper, upper);
            }
            let anomalies = |f: &seedtest_forecast::Forecast| -> Vec<bool> {
                f.judgements.iter().map(|j| j.is_anomaly).collect()
            };
            assert_eq!(anomalies(&first), anomalies(&moved), "{model:?} {a} {b}");
            assert_eq!(first.coverage, moved.coverage, "{model:?} {a} {b}");
        }
    }
}
