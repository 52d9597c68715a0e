//! Coefficients that data were drawn from are found again.

use seedtest_numerics::Interrupt;
use seedtest_survival::cox::{PathSpec, Spec, Ties, Transform, elastic_net, fit, proportionality};
use seedtest_survival::quality::{CrossValidation, calibration, cross_validate};
use seedtest_survival::{Data, Silent, aft, kaplan_meier};

use crate::simulation::{SCALE, SHAPE, School};

const BETA: [f64; 4] = [-0.8, 0.4, 0.1, 0.0];

#[test]
fn true_coefficients_lie_within_the_intervals_as_often_as_promised() {
    let mut inside = 0;
    let rounds = 200;
    for seed in 0..rounds {
        let school = School::new(seed, 400, 1, &BETA, 0.0);
        let spec = Spec { concordance: false, ..Spec::default() };
        let fit = fit(&school.data(), &spec, &mut Silent).unwrap();
        for (c, truth) in fit.coefficients.iter().zip(BETA) {
            let estimate = c.estimate.unwrap();
            inside += u32::from(estimate.lower <= truth && truth <= estimate.upper);
        }
    }
    // Binomial with 800 trials (nearly independent) and p = 0.95: four standard deviations are 25.
    let total = rounds as u32 * 4;
    assert!(inside.abs_diff(total * 95 / 100) < 25, "{inside} of {total}");
}

#[test]
fn robust_intervals_hold_where_rows_of_a_student_depend_on_each_other() {
    // Covariates of a student repeat, as at landmarks: the plain intervals are too short.
    let (mut plain, mut robust) = (0, 0);
    let rounds = 200;
    for seed in 0..rounds {
        let mut school = School::new(1_000 + seed, 150, 6, &[0.0], 0.9);
        for row in 0..school.stop.len() {
            school.x[0][row] = school.x[0][row / 6 * 6];
        }
        let data = Data { cluster: Some(&school.cluster), ..school.data() };
        let spec = Spec { concordance: false, ..Spec::default() };
        let estimate = fit(&data, &spec, &mut Silent).unwrap().coefficients[0].estimate.unwrap();
        let covers = |se: f64| u32::from(estimate.coefficient.abs() <= 1.96 * se);
        plain += covers(estimate.se);
        robust += covers(estimate.robust_se.unwrap());
    }
    // Binomial with 200 trials: four standard deviations below 0.95 are 178. The sandwich loses about
    // two of a hundred with 150 groups.
    assert!(robust >= 174, "{robust}");
    assert!(plain < 178, "{plain}");
}

#[test]
fn a_coefficient_that_changes_with_time_is_found() {
    // Proportional for the Weibull school; not when the effect turns around at its median.
    let school = School::new(5, 1_500, 1, &[0.7], 0.0);
    let spec = Spec::default();
    let first = fit(&school.data(), &spec, &mut Silent).unwrap();
    let test = proportionality(&school.data(), &first, Transform::Km, &[]).unwrap();
    assert!(test.global.p > 1e-3, "{}", test.global.p);
    let mut crossing = School::new(5, 1_500, 1, &[0.7], 0.0);
    for (x, stop) in crossing.x[0].iter_mut().zip(&crossing.stop) {
        if *stop > 30.0 {
            *x = -*x;
        }
    }
    let second = fit(&crossing.data(), &spec, &mut Silent).unwrap();
    let test = proportionality(&crossing.data(), &second, Transform::Km, &[]).unwrap();
    assert!(test.global.p < 1e-6, "{}", test.global.p);
}

#[test]
fn the_weibull_model_finds_shape_and_scale() {
    let school = School::new(11, 5_000, 1, &BETA, 0.0);
    let fit = aft::fit(&school.data(), &aft::Spec::default(), &mut Silent).unwrap();
    // Times are rounded up by half a day on average, which moves ln T by about half a day in 60.
    let near = |name: &str, truth: f64, bias: f64| {
        let p = fit.parameters.iter().find(|p| p.name == name).unwrap();
        let (estimate, se) = (p.estimate.unwrap(), p.se.unwrap());
        assert!((estimate - truth).abs() < 4.0 * se + bias, "{name}: {estimate} against {truth}");
    };
    near("(Intercept)", SCALE.ln(), 0.03);
    near("accuracy", 0.8 / SHAPE, 0.03);
    near("sessions", -0.4 / SHAPE, 0.03);
    near("Log(scale)", -SHAPE.ln(), 0.03);
}

#[test]
fn cross_validated_risks_are_calibrated() {
    let school = School::new(21, 3_000, 2, &BETA, 0.0);
    let data = Data { cluster: Some(&school.cluster), ..school.data() };
    let method = CrossValidation { horizon: 14.0, folds: 5, seed: 3 };
    let quality = cross_validate(&data, &Spec::default(), &method, &Interrupt::never()).unwrap();
    let (slope, se) = (quality.calibration.slope.unwrap(), quality.calibration.slope_se.unwrap());
    assert!((slope - 1.0).abs() < 3.0 * se, "slope {slope} ± {se}");
    assert!(quality.brier < quality.brier_null);
    // The true risk is the best there is: out-of-sample discrimination comes close to it.
    let truth: Vec<f64> = school
        .eta
        .iter()
        .map(|eta| 1.0 - (-eta.exp() * (14.0 / SCALE).powf(SHAPE)).exp())
        .collect();
    let best = seedtest_survival::quality::time_dependent_auc(&data, &truth, 14.0).unwrap();
    assert!((quality.auc - best).abs() < 0.01, "{} against {best}", quality.auc);
    for group in &quality.calibration.groups {
        assert!((0.0..=1.0).contains(&group.observed) && (0.0..=1.0).contains(&group.predicted));
    }
    let total: usize = quality.calibration.groups.iter().map(|g| g.n).sum();
    assert_eq!(total, school.stop.len());
    // The same seed gives the same folds, another seed others.
    let again = cross_validate(&data, &Spec::default(), &method, &Interrupt::never()).unwrap();
    assert_eq!(quality, again);
    let other = CrossValidation { seed: 4, ..method };
    assert_ne!(
        quality.risk,
        cross_validate(&data, &Spec::default(), &other, &Interrupt::never()).unwrap().risk
    );
}

#[test]
fn overconfident_risks_have_a_slope_below_one() {
    let school = School::new(22, 3_000, 1, &BETA, 0.0);
    let risk = |factor: f64| -> Vec<f64> {
        let hazard = |eta: &f64| (factor * eta).exp() * (14.0 / SCALE).powf(SHAPE);
        school.eta.iter().map(|eta| 1.0 - (-hazard(eta)).exp()).collect()
    };
    let right = calibration(&school.data(), &risk(1.0), 14.0, 10).unwrap();
    let extreme = calibration(&school.data(), &risk(2.0), 14.0, 10).unwrap();
    assert!((right.slope.unwrap() - 1.0).abs() < 3.0 * right.slope_se.unwrap());
    assert!((extreme.slope.unwrap() - 0.5).abs() < 3.0 * extreme.slope_se.unwrap());
    let same = vec![0.3; 3_000];
    assert_eq!(calibration(&school.data(), &same, 14.0, 10).unwrap().slope, None);
}

#[test]
fn the_lasso_drops_what_does_not_matter() {
    let school = School::new(31, 2_000, 1, &BETA, 0.0);
    let path = elastic_net(&school.data(), &PathSpec::default(), &mut Silent).unwrap();
    let first = &path.points[0];
    assert!(first.coefficients.iter().all(|c| *c == 0.0));
    let validation = path.cross_validation.unwrap();
    let chosen = &path.points[validation.one_se].coefficients;
    assert!(chosen[0] < 0.0 && chosen[1] > 0.0 && chosen[3] == 0.0, "{chosen:?}");
    assert!(validation.one_se <= validation.best);
    // Without penalty the path ends at the plain fit.
    let spec = PathSpec { lambda: Some(vec![0.0]), folds: None, ..PathSpec::default() };
    let end = elastic_net(&school.data(), &spec, &mut Silent).unwrap();
    let plain = fit(&school.data(), &Spec::default(), &mut Silent).unwrap();
    for (c, b) in plain.coefficients.iter().zip(&end.points[0].coefficients) {
        assert!((c.estimate.unwrap().coefficient - b).abs() < 1e-7);
    }
}

#[test]
fn without_ties_all_methods_agree() {
    let mut school = School::new(41, 500, 1, &BETA, 0.0);
    for (row, stop) in school.stop.iter_mut().enumerate() {
        *stop += row as f64 * 1e-4;
    }
    let coefficients = |ties: Ties| {
        let fit = fit(&school.data(), &Spec { ties, ..Spec::default() }, &mut Silent).unwrap();
        fit.coefficients.iter().map(|c| c.estimate.unwrap().coefficient).collect::<Vec<f64>>()
    };
    let efron = coefficients(Ties::Efron);
    for other in [coefficients(Ties::Breslow), coefficients(Ties::Exact)] {
        for (a, b) in efron.iter().zip(other) {
            assert!((a - b).abs() < 1e-9);
        }
    }
}

#[test]
fn the_baseline_is_the_nelson_aalen_curve_when_nothing_matters() {
    // A covariate that is balanced within every time has a coefficient of zero.
    let school = School::new(51, 400, 1, &[0.0], 0.0);
    let twice = |v: &[f64]| [v, v].concat();
    let (stop, event) =
        (twice(&school.stop), [school.event.clone(), school.event.clone()].concat());
    let x: Vec<f64> = (0..800).map(|row| f64::from(u8::from(row >= 400))).collect();
    let covariates = vec![seedtest_survival::Covariate { name: "half", values: &x }];
    let data = Data::new(&stop, &event, covariates);
    let spec = Spec { ties: Ties::Breslow, ..Spec::default() };
    let fit = fit(&data, &spec, &mut Silent).unwrap();
    assert!(fit.coefficients[0].estimate.unwrap().coefficient.abs() < 1e-12);
    let curve = kaplan_meier(&data).unwrap();
    for t in [5.0, 20.0, 60.0] {
        assert!((fit.baselines[0].hazard_at(t) - curve.hazard_at(t)).abs() < 1e-12);
    }
}
