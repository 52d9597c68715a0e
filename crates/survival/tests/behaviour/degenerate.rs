//! Data at the edge: separation, no events, one row.

use seedtest_numerics::Stream;
use seedtest_survival::cox::{Fit, NoEstimate, Spec, fit};
use seedtest_survival::{Control, Covariate, Data, Progress, Silent, Status, Warning};

use crate::simulation::School;

fn columns<'a>(list: &[(&'a str, &'a [f64])]) -> Vec<Covariate<'a>> {
    list.iter().map(|&(name, values)| Covariate { name, values }).collect()
}

fn fitted(data: &Data<'_>) -> Fit {
    let fit = fit(data, &Spec::default(), &mut Silent).unwrap();
    assert_finite(&fit);
    fit
}

/// Whatever the data, no number of a fit is NaN or infinite: JSON would show null.
fn assert_finite(fit: &Fit) {
    for estimate in fit.coefficients.iter().filter_map(|c| c.estimate) {
        let numbers = [
            estimate.coefficient,
            estimate.se,
            estimate.z,
            estimate.p,
            estimate.lower,
            estimate.upper,
            estimate.hazard_ratio,
            estimate.hazard_ratio_lower,
            estimate.hazard_ratio_upper,
        ];
        assert!(numbers.iter().all(|x| x.is_finite()), "{estimate:?}");
    }
    assert!(fit.log_likelihood.is_finite());
    for baseline in &fit.baselines {
        assert!(baseline.hazard.iter().all(|h| h.is_finite() && *h >= 0.0));
    }
}

#[test]
fn three_rows_give_a_fit_with_warnings() {
    let (stop, event) = ([1.0, 2.0, 3.0], [1, 1, 0]);
    let x = [1.0, 0.0, 0.5];
    let fit = fitted(&Data::new(&stop, &event, columns(&[("x", &x)])));
    assert!(fit.warnings.contains(&Warning::FewEvents { events: 2, covariates: 1 }));
}

#[test]
fn constant_and_collinear_covariates_are_left_out_by_name() {
    let school = School::new(3, 300, 1, &[0.5, -0.4], 0.0);
    let constant = vec![2.0; 300];
    let both: Vec<f64> =
        school.x[0].iter().zip(&school.x[1]).map(|(a, b)| 2.0 * a - b + 7.0).collect();
    let list: [(&str, &[f64]); 4] =
        [("a", &school.x[0]), ("grade", &constant), ("b", &school.x[1]), ("sum", &both)];
    let data = Data { covariates: columns(&list), ..school.data() };
    let with = fitted(&data);
    let plain = fitted(&Data {
        covariates: columns(&[("a", &school.x[0]), ("b", &school.x[1])]),
        ..school.data()
    });
    assert_eq!(with.coefficients[1].reason, Some(NoEstimate::Constant));
    assert_eq!(with.coefficients[3].reason, Some(NoEstimate::Collinear));
    assert_eq!(with.coefficients[0].estimate, plain.coefficients[0].estimate);
    assert!(with.warnings.contains(&Warning::Constant { covariate: "grade".to_owned() }));
    let combination = with.warnings.iter().find_map(|w| match w {
        Warning::Collinear { covariate, combination } if covariate == "sum" => Some(combination),
        _ => None,
    });
    let combination = combination.unwrap();
    assert_eq!(combination.len(), 2);
    for ((name, c), (expected, value)) in combination.iter().zip([("a", 2.0), ("b", -1.0)]) {
        assert_eq!(name, expected);
        assert!((c - value).abs() < 1e-6);
    }
    // Predictions pass over the covariates without estimate.
    let x = [0.3, 2.0, 0.1, 9.0];
    assert_eq!(
        with.contributions(&x).unwrap()[1..4],
        [0.0, with.contributions(&x).unwrap()[2], 0.0]
    );
}

#[test]
fn a_perfectly_separating_covariate_is_found_before_the_fit() {
    let n = 60;
    let stop: Vec<f64> = (1..=n).map(f64::from).collect();
    let event: Vec<u8> = (0..n).map(|row| u8::from(row % 3 != 0)).collect();
    // The later the end, the lower the value: every event has the largest value at risk.
    let perfect: Vec<f64> = (0..n).map(|row| -0.1 * f64::from(row)).collect();
    let mut stream = Stream::new(4, 0);
    let noise: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
    let list: [(&str, &[f64]); 2] = [("noise", &noise), ("perfect", &perfect)];
    let data = Data::new(&stop, &event, columns(&list));
    let fit = fitted(&data);
    let named = Warning::Separation { covariates: vec!["perfect".to_owned()] };
    assert!(fit.warnings.contains(&named));
    assert!(fit.warnings.contains(&Warning::RidgeApplied { ridge: Spec::RESCUE_RIDGE }));
    assert!(fit.verdict.converged() && fit.tests.is_none());
    // The same as time-varying rows.
    let entries = vec![0.5; stop.len()];
    let delayed = fitted(&Data { start: Some(&entries), ..data });
    assert!(delayed.warnings.contains(&named));
}

#[test]
fn a_group_without_events_is_found_before_the_fit() {
    let school = School::new(8, 200, 1, &[0.5], 0.0);
    let safe: Vec<f64> = school
        .event
        .iter()
        .enumerate()
        .map(|(row, e)| f64::from(u8::from(*e == 0 && row % 2 == 0)))
        .collect();
    let list: [(&str, &[f64]); 2] = [("x", &school.x[0]), ("exempt", &safe)];
    let fit = fitted(&Data { covariates: columns(&list), ..school.data() });
    assert!(fit.warnings.contains(&Warning::Separation { covariates: vec!["exempt".to_owned()] }));
}

#[test]
fn separation_by_a_combination_is_found_in_the_fit() {
    let n = 40;
    let stop: Vec<f64> = (1..=n).map(f64::from).collect();
    let event = vec![1u8; n as usize];
    let mut stream = Stream::new(5, 0);
    let a: Vec<f64> = (0..n).map(|_| 5.0 * stream.normal()).collect();
    // Neither orders the events, their sum does.
    let b: Vec<f64> = a.iter().zip(0..n).map(|(a, row)| -0.5 * f64::from(row) - a).collect();
    let list: [(&str, &[f64]); 2] = [("a", &a), ("b", &b)];
    let fit = fitted(&Data::new(&stop, &event, columns(&list)));
    let found = Warning::Separation { covariates: vec!["a".to_owned(), "b".to_owned()] };
    assert!(fit.warnings.contains(&found), "{:?}", fit.warnings);
    assert!(fit.warnings.contains(&Warning::NoCensoring));
}

#[test]
fn an_event_that_is_a_function_of_time_is_named() {
    let mut school = School::new(6, 400, 1, &[0.5, -0.3], 0.0);
    for (stop, event) in school.stop.iter().zip(&mut school.event) {
        *event = u8::from(*stop >= 14.0);
    }
    let fit = fitted(&school.data());
    let degenerate = fit.warnings.iter().any(|w| {
        matches!(w, Warning::DegenerateEventDefinition { last_censoring, first_event }
            if *last_censoring < 14.0 && *first_event >= 14.0)
    });
    assert!(degenerate);
    assert_eq!(fit.ridge, Spec::RESCUE_RIDGE);
    // A penalty that was asked for stays as it is.
    let spec = Spec { ridge: Some(0.25), ..Spec::default() };
    let own = seedtest_survival::cox::fit(&school.data(), &spec, &mut Silent).unwrap();
    assert_eq!(own.ridge, 0.25);
}

#[test]
fn awkward_scales_are_named_and_harmless() {
    let school = School::new(7, 300, 1, &[0.5, -0.3], 0.0);
    let tiny: Vec<f64> = school.x[0].iter().map(|x| x * 1e-7).collect();
    let far: Vec<f64> = school.x[1].iter().map(|x| x * 1e-3 + 1e6).collect();
    let list: [(&str, &[f64]); 2] = [("tiny", &tiny), ("far", &far)];
    let fit = fitted(&Data { covariates: columns(&list), ..school.data() });
    let plain = fitted(&school.data());
    let z = |fit: &Fit, j: usize| fit.coefficients[j].estimate.unwrap().z;
    assert!((z(&fit, 0) - z(&plain, 0)).abs() < 1e-6);
    // 1e-16 · 1e6 / 1e-3 of the digits of the far column are left.
    assert!((z(&fit, 1) - z(&plain, 1)).abs() < 1e-5);
    assert!(
        fit.warnings
            .iter()
            .any(|w| matches!(w, Warning::Scale { covariate, .. } if covariate == "tiny"))
    );
    assert!(
        fit.warnings
            .iter()
            .any(|w| matches!(w, Warning::LargeMean { covariate, .. } if covariate == "far"))
    );
}

#[test]
fn rows_before_the_first_event_are_counted() {
    let (stop, event) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0, 0, 1, 1, 0, 1]);
    let x = [9.0, 9.0, 0.3, 0.2, 0.9, 0.4];
    let fit = fitted(&Data::new(&stop, &event, columns(&[("x", &x)])));
    assert!(fit.warnings.contains(&Warning::NeverAtRisk { rows: 2 }));
}

#[test]
fn an_observer_can_stop_the_fit() {
    let school = School::new(2, 300, 1, &[0.9, -0.8], 0.0);
    let mut seen = 0;
    let mut stop = |_: &Progress| {
        seen += 1;
        Control::Stop
    };
    let fit = fit(&school.data(), &Spec::default(), &mut stop).unwrap();
    assert_eq!(seen, 1);
    assert!(matches!(fit.verdict.status, Status::Truncated { .. }));
    assert!(fit.verdict.next_action.is_some());
}

#[test]
fn one_cluster_has_no_robust_errors_and_few_are_named() {
    let school = School::new(7, 400, 1, &[-0.7, 0.3], 0.0);
    let plain = fitted(&school.data());
    let with = |clusters: u32| {
        let cluster: Vec<u32> = (0..school.data().n() as u32).map(|row| row % clusters).collect();
        fitted(&Data { cluster: Some(&cluster), ..school.data() })
    };
    let one = with(1);
    let estimates =
        |fit: &Fit| fit.coefficients.iter().map(|c| c.estimate.unwrap()).collect::<Vec<_>>();
    for (one, plain) in estimates(&one).iter().zip(estimates(&plain)) {
        assert_eq!(one.robust_se, None);
        assert_eq!(one.se, plain.se);
        assert_eq!(one.z, plain.z);
    }
    assert_eq!(one.concordance, plain.concordance);
    assert_eq!(one.n_clusters, Some(1));
    let few = |fit: &Fit| fit.warnings.iter().any(|w| matches!(w, Warning::FewClusters { .. }));
    assert!(few(&one) && few(&with(2)));
    assert!(!few(&with(3)) && !few(&plain));
    assert!(estimates(&with(2)).iter().all(|e| e.robust_se.is_some()));
}
