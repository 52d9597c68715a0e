//! A stored solution shortens the search and does not change its end.

use seedtest_irt::polytomous::{self, Fit, ItemModel};
use seedtest_irt::{
    Error, GuessingPrior, ItemParameters, Model, Priors, Silent, Spec, StandardErrors, Start,
    StartItem, fit,
};

use crate::polytomous::{Scored, graded};
use crate::simulation::{Simulated, abilities, items};

#[test]
fn a_stored_solution_changes_the_way_not_the_result() {
    let data = Simulated::new(161, abilities(162, 1_500, 0.0, 1.0), items(163, 25), 15);
    let mut tonight = Simulated::new(161, data.theta.clone(), data.items.clone(), 15);
    for row in (0..tonight.correct.len()).step_by(100) {
        tonight.correct[row] = 1 - tonight.correct[row];
    }
    for model in [Model::Rasch, Model::OnePl, Model::TwoPl, Model::ThreePl] {
        // Stopped far inside 1e-5, so that the two ways can be compared to 1e-5.
        let priors = Priors {
            c: (model == Model::ThreePl)
                .then_some(GuessingPrior::LogitNormal { mean: -1.4, sd: 0.5 }),
            ..Priors::weak()
        };
        let spec = Spec {
            model,
            priors,
            gradient_tolerance: 1e-6,
            relative_tolerance: 1e-12,
            keep_covariance: true,
            ..Spec::default()
        };
        let yesterday = fit(&data.responses(), &spec, &mut Silent).unwrap();
        let cold = fit(&tonight.responses(), &spec, &mut Silent).unwrap();
        let warm_spec = Spec { start: Some(Start::from(&yesterday)), ..spec };
        let warm = fit(&tonight.responses(), &warm_spec, &mut Silent).unwrap();
        assert!(warm.verdict.converged(), "{model}: {:?}", warm.verdict);
        assert!(cold.verdict.converged(), "{model}: {:?}", cold.verdict);
        // The shared slope of the 1PL has no use for the stored covariance.
        let most = if model == Model::OnePl { u64::MAX } else { cold.verdict.iterations * 2 / 3 };
        assert!(warm.verdict.iterations <= most, "{model}: {:?}", warm.verdict);
        for (x, y) in cold.items.iter().zip(&warm.items) {
            assert!((x.a - y.a).abs() < 1e-5 && (x.b - y.b).abs() < 1e-5, "{model}");
            assert!((x.c - y.c).abs() < 1e-5, "{model}");
        }
        assert!((cold.latent.sd - warm.latent.sd).abs() < 1e-5);
    }
}

/// A calibration on so many threads.
fn on_threads(n: usize, data: &Scored, spec: &polytomous::Spec) -> Fit {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    pool.install(|| data.fit(spec))
}

#[test]
fn few_new_answers_take_few_steps_from_a_stored_solution_to_the_same_optimum() {
    let mut items = graded(191, 20, 1);
    items.extend(graded(192, 20, 4));
    let theta = abilities(193, 2_020, 0.0, 1.0);
    let yesterday = Scored::draw(194, theta[..2_000].to_vec(), items.clone(), 0.5);
    // The same students and 20 more.
    let tonight = Scored::draw(194, theta, items, 0.5);
    for model in [ItemModel::Grm, ItemModel::Gpcm, ItemModel::Pcm, ItemModel::Rsm, ItemModel::Nrm] {
        let spec = polytomous::Spec {
            // Stopped far inside 1e-5, so that the two ways can be compared to 1e-5.
            gradient_tolerance: 1e-6,
            relative_tolerance: 1e-12,
            standard_errors: StandardErrors::None,
            ..polytomous::Spec::new(model)
        };
        let stored = yesterday.fit(&spec);
        let cold = tonight.fit(&spec);
        let start = Some(polytomous::Start::from(&stored));
        let warm_spec = polytomous::Spec { start, ..spec.clone() };
        let warm = on_threads(1, &tonight, &warm_spec);
        // Of the E-step at the start, Newton steps that leave a hundredth each, and one that changes nothing more.
        assert!(warm.verdict.iterations <= 8, "{model}: {:?}", warm.verdict);
        assert!(warm.verdict.iterations * 2 <= cold.verdict.iterations, "{model}");
        for (x, y) in cold.items.iter().zip(&warm.items) {
            let pairs = x.curves.intercepts().iter().zip(y.curves.intercepts());
            let slopes = x.curves.slopes().iter().zip(y.curves.slopes());
            for (x, y) in pairs.chain(slopes) {
                assert!((x - y).abs() < 1e-5, "{model}: {x} {y}");
            }
        }
        assert!((cold.log_likelihood - warm.log_likelihood).abs() < 1e-5, "{model}");
        let again = on_threads(3, &tonight, &warm_spec);
        let text = |fit: &Fit| serde_json::to_string(fit).unwrap();
        assert!(text(&warm) == text(&again), "{model} on 3 threads");
    }
}

#[test]
fn without_a_covariance_newton_steps_lead_from_a_stored_solution() {
    let theta = abilities(202, 2_020, 0.0, 1.0);
    let drawn = |n: usize| Simulated::new(201, theta[..n].to_vec(), items(203, 30), 15);
    let (yesterday, tonight) = (drawn(2_000), drawn(2_020));
    for model in [Model::Rasch, Model::OnePl, Model::TwoPl] {
        let spec = Spec {
            gradient_tolerance: 1e-6,
            relative_tolerance: 1e-12,
            standard_errors: StandardErrors::None,
            ..Spec::new(model)
        };
        let stored = fit(&yesterday.responses(), &spec, &mut Silent).unwrap();
        let cold = fit(&tonight.responses(), &spec, &mut Silent).unwrap();
        let warm_spec = Spec { start: Some(Start::from(&stored)), ..spec };
        let warm = fit(&tonight.responses(), &warm_spec, &mut Silent).unwrap();
        assert!(warm.verdict.converged() && cold.verdict.converged(), "{model}");
        assert!(warm.verdict.iterations <= 8, "{model}: {:?}", warm.verdict);
        for (x, y) in cold.items.iter().zip(&warm.items) {
            assert!((x.a - y.a).abs() < 1e-5 && (x.b - y.b).abs() < 1e-5, "{model}");
        }
    }
}

#[test]
fn a_start_of_another_model_is_made_to_fit() {
    let data = Simulated::new(171, abilities(172, 500, 0.0, 1.0), items(173, 10), 10);
    let spec = |model| Spec { priors: Priors::weak(), ..Spec::new(model) };
    let three = fit(&data.responses(), &spec(Model::ThreePl), &mut Silent).unwrap();
    for model in [Model::Rasch, Model::OnePl, Model::TwoPl] {
        let cold = fit(&data.responses(), &spec(model), &mut Silent).unwrap();
        let start = Some(Start::from(&three));
        let warm = fit(&data.responses(), &Spec { start, ..spec(model) }, &mut Silent).unwrap();
        assert!((cold.log_likelihood - warm.log_likelihood).abs() < 1e-4, "{model}");
        assert!(warm.items.iter().all(|i| i.c == 0.0));
    }
}

#[test]
fn impossible_starts_are_refused() {
    let data = Simulated::new(181, abilities(182, 50, 0.0, 1.0), items(183, 5), 5);
    let refused = |start: Start| {
        let spec = Spec { start: Some(start), ..Spec::default() };
        fit(&data.responses(), &spec, &mut Silent).unwrap_err()
    };
    let nan = StartItem { item: 2, parameters: ItemParameters { a: 1.0, b: f64::NAN, c: 0.0 } };
    let start = Start {
        items: vec![nan],
        mean: 0.0,
        sd: 1.0,
        groups: Vec::new(),
        covariance: None,
        newton: true,
    };
    assert!(matches!(refused(start.clone()), Error::Anchor { item: 2, field: "b", .. }));
    let start = Start { items: Vec::new(), sd: 0.0, ..start };
    assert!(matches!(refused(start), Error::Spec { field: "start.sd", .. }));
}
