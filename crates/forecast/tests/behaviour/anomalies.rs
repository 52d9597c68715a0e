//! Rates of false alarms, and what is found.

use super::series::{line, weeks};
use seedtest_forecast::{Data, Direction, Model, Plan, Severity, Silent, forecast};
use seedtest_numerics::{Stream, normal_quantile};

/// |z| of one in a hundred.
fn one_in_a_hundred() -> f64 {
    normal_quantile(0.995)
}

/// Share of the points of 1 000 clean series of 8 to 104 weeks that are called anomalies.
fn false_alarms(model: Model, lengths: impl Fn(&mut Stream) -> usize) -> f64 {
    let plan = Plan {
        model: Some(model),
        anomaly_threshold: one_in_a_hundred(),
        origins: 1,
        ..Plan::default()
    };
    let mut stream = Stream::new(2025, 1);
    let (mut alarms, mut points) = (0, 0);
    for number in 0..1000 {
        let n = lengths(&mut stream);
        let (time, y) = (weeks(n), line(n, 0.3 * stream.normal(), number));
        let answer = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
        alarms += answer.judgements.iter().filter(|j| j.is_anomaly).count();
        points += answer.judgements.iter().filter(|j| j.z.is_some()).count();
    }
    f64::from(alarms as u32) / f64::from(points as u32)
}

#[test]
fn one_in_a_hundred_clean_points_is_called_an_anomaly() {
    let any = |stream: &mut Stream| 8 + stream.below(97) as usize;
    let short = |stream: &mut Stream| 8 + stream.below(8) as usize;
    for model in [Model::Prophet, Model::DampedTrend, Model::Naive] {
        let rate = false_alarms(model, any);
        println!("{model:?} {rate}");
        assert!((0.005..=0.015).contains(&rate), "{model:?}: {rate}");
        let rate = false_alarms(model, short);
        println!("{model:?} short {rate}");
        assert!((0.005..=0.015).contains(&rate), "{model:?} of 8 to 15 points: {rate}");
    }
    // 8 000 points: a standard error of 0.1 %.
    for model in [Model::Prophet, Model::DampedTrend] {
        let rate = false_alarms(model, |_| 8);
        println!("{model:?} eight {rate}");
        assert!((0.005..=0.015).contains(&rate), "{model:?} of 8 points: {rate}");
    }
}

#[test]
fn a_week_that_is_off_is_found_even_among_eight() {
    for model in [Model::Prophet, Model::DampedTrend] {
        for n in [8, 12, 30, 104] {
            let (time, mut y) = (weeks(n), line(n, 0.1, 5));
            y[n / 2] -= 0.6;
            let plan = Plan { model: Some(model), ..Plan::default() };
            let answer = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
            let found = answer.judgements[n / 2];
            assert!(found.is_anomaly, "{model:?} {n}: {found:?}");
            assert_eq!(found.direction, Direction::Below);
            assert!(
                n < 30 || found.severity == Some(Severity::Extreme),
                "{model:?} {n}: {found:?}"
            );
            assert!(found.expected > found.value && found.residual < -0.3);
        }
    }
}

#[test]
fn a_bad_week_does_not_hide_another() {
    let (time, mut y) = (weeks(40), line(40, 0.1, 6));
    y[10] += 2.0;
    y[30] -= 0.5;
    let plan = Plan { model: Some(Model::Prophet), ..Plan::default() };
    let answer = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
    let found: Vec<usize> = (0..40).filter(|&i| answer.judgements[i].is_anomaly).collect();
    assert!(found.contains(&10) && found.contains(&30), "{found:?}");
    assert!(found.len() <= 4, "{found:?}");
}

/// Nothing varies but the one point: no spread to divide by, and no doubt.
#[test]
fn a_spike_in_a_flat_series_is_found() {
    for model in [Model::Naive, Model::DampedTrend, Model::Prophet] {
        let (time, mut y) = (weeks(30), vec![0.3; 30]);
        y[12] = 5.0;
        // A mean of equal values that was rounded is no spike.
        y[20] = 0.1 + 0.2;
        assert_ne!(y[20], y[0]);
        let plan = Plan { model: Some(model), ..Plan::default() };
        let answer = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
        let spike = answer.judgements[12];
        assert!(spike.is_anomaly && spike.z.is_some_and(f64::is_finite), "{model:?}: {spike:?}");
        assert_eq!((spike.direction, spike.severity), (Direction::Above, Some(Severity::Extreme)));
        assert!(spike.p_value.is_some_and(|p| p < 1e-6), "{model:?}: {spike:?}");
        assert!(!answer.judgements[20].is_anomaly, "{model:?}: {:?}", answer.judgements[20]);
    }
}

/// The return after a bad week is no anomaly, for any model; a new level is one once.
#[test]
fn the_return_after_a_bad_week_is_not_called_one() {
    for model in [Model::Naive, Model::SeasonalNaive, Model::DampedTrend, Model::Prophet] {
        let n = 120;
        let (time, mut y) = (weeks(n), line(n, 0.0, 9));
        y[70] -= 1.0;
        let plan = Plan { model: Some(model), ..Plan::default() };
        let answer = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
        assert!(answer.judgements[70].is_anomaly, "{model:?}");
        let after = &answer.judgements[71];
        assert!(!after.is_anomaly, "{model:?}: {after:?}");
        let point = &answer.history[71];
        let inside = point.lower.zip(point.upper).is_none_or(|(l, u)| (l..=u).contains(&y[71]));
        assert!(inside, "{model:?}: {point:?}");
    }
    let (time, mut y) = (weeks(60), line(60, 0.0, 9));
    for value in &mut y[40..] {
        *value += 1.0;
    }
    let plan = Plan { model: Some(Model::Naive), ..Plan::default() };
    let answer = forecast(&Data::new(&time, &y), None, &plan, &mut Silent).unwrap();
    let found: Vec<usize> = (0..60).filter(|&i| answer.judgements[i].is_anomaly).collect();
    assert!(found.contains(&40) && !found.contains(&41) && found.len() <= 3, "{found:?}");
}
