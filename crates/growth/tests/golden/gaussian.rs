//! Gaussian models against reference posteriors.

use seedtest_growth::{
    Effects, Fit, Goal, GrowthData, Parameter, Prior, Priors, Sampling, Silent, Spec, fit,
};

use crate::brms::Reference;
use crate::table::{Table, growth_100, growth_1000, sleepstudy};

fn sampled(data: &GrowthData<'_>, effects: Effects, priors: Priors) -> Fit {
    let sampling = Sampling { draws: 2000, seed: 1, ..Sampling::default() };
    let spec = Spec { effects, priors, sampling, ..Spec::default() };
    let fit = fit(data, &spec, None, &mut Silent).unwrap();
    assert!(fit.verdict.converged(), "{:?}", fit.verdict);
    fit
}

/// The priors that the references were sampled with.
fn contract() -> Priors {
    let sigma = Prior::StudentT { df: 3.0, location: 0.0, scale: 2.5 };
    Priors { sigma: Some(sigma), ..Priors::of_standard_scores() }
}

fn assert_agrees(reference: &str, table: &Table, effects: Effects) {
    let fit = sampled(&table.data(), effects, contract());
    let reference = Reference::read(reference);
    reference.assert_agrees(&fit);
    if reference.has_students() {
        reference.assert_students_agree(&fit);
    }
}

#[test]
fn a_hundred_students() {
    assert_agrees(include_str!("brms/growth_100.json"), &growth_100(), Effects::Correlated);
}

#[test]
fn a_thousand_students() {
    assert_agrees(include_str!("brms/growth_1000.json"), &growth_1000(), Effects::Correlated);
}

#[test]
fn independent_effects() {
    assert_agrees(
        include_str!("brms/growth_100_independent.json"),
        &growth_100(),
        Effects::Independent,
    );
}

#[test]
fn intercepts_only() {
    assert_agrees(
        include_str!("brms/growth_100_intercept.json"),
        &growth_100(),
        Effects::Intercept,
    );
}

#[test]
fn sleep_deprivation_with_the_priors_brms_chooses() {
    let half_t = Prior::StudentT { df: 3.0, location: 0.0, scale: 59.3 };
    let priors = Priors {
        intercept: Some(Prior::StudentT { df: 3.0, location: 288.7, scale: 59.3 }),
        week: Some(Prior::Flat),
        sd_intercept: Some(half_t),
        sd_week: Some(half_t),
        sigma: Some(half_t),
        lkj: Some(1.0),
    };
    let fit = sampled(&sleepstudy().data(), Effects::Correlated, priors);
    Reference::read(include_str!("brms/sleepstudy.json")).assert_agrees(&fit);
}

#[test]
fn scores_with_known_standard_errors() {
    let table = Table::read(include_str!("data/measured.csv"), "student", "week", "score");
    let data = GrowthData { se: Some(table.column("se")), ..table.data() };
    let fit = sampled(&data, Effects::Correlated, contract());
    let reference = Reference::read(include_str!("brms/measured.json"));
    reference.assert_agrees(&fit);
    reference.assert_students_agree(&fit);
}

/// lme4 1.1-31, REML (`reference/growth_points.R`): estimate and, where it has one, standard error.
const POINTS: [(Parameter, f64, Option<f64>); 6] = [
    (Parameter::Intercept, 60.027_092, Some(1.682_058)),
    (Parameter::Week, 1.483_958, Some(0.214_245)),
    (Parameter::SdIntercept, 9.736_822, None),
    (Parameter::SdWeek, 0.886_754, None),
    (Parameter::Cor, -0.203_861, None),
    (Parameter::Sigma, 5.728_515, None),
];

#[test]
fn scores_of_points_have_priors_of_points() {
    let table = Table::read(include_str!("data/points.csv"), "student", "week", "score");
    let fit = sampled(&table.data(), Effects::Correlated, Priors::default());
    for (parameter, estimate, error) in POINTS {
        let posterior = fit.parameters.iter().find(|p| p.parameter == parameter).unwrap();
        let apart = (posterior.mean - estimate).abs() / posterior.sd;
        // A posterior mean under weak priors beside a mode of the likelihood.
        assert!(apart < 0.5, "{posterior:?} against {estimate}");
        if let Some(error) = error {
            assert!((posterior.sd / error - 1.0).abs() < 0.15, "{posterior:?} against {error}");
        }
    }
    // 1 - Phi((70 - 60 - 1.5 * 11) / 15.8) of the simulation is 0.66, 4 weeks after the last.
    let goal = Goal { target: 70.0, week: 11.0, level: 0.95 };
    let new = fit.unseen(&goal).unwrap();
    assert!((new.probability - 0.66).abs() < 0.05, "{new:?}");
    let contract = sampled_of(&table.data(), Priors::of_standard_scores());
    assert!(!contract.prior_conflicts().is_empty(), "N(0, 1) is no prior of a mean of 65");
    assert!(fit.prior_conflicts().is_empty());
}

fn sampled_of(data: &GrowthData<'_>, priors: Priors) -> Fit {
    fit(data, &Spec { priors, ..Spec::default() }, None, &mut Silent).unwrap()
}

/// Against a random-walk Metropolis sampler of the marginal posterior in numpy with students' lines drawn after it,
/// 5 400 draws, whose parameters agree with those of brms: conditional R² 0.7950 ± 0.0074, 95 % from 0.7797 to 0.8087,
/// of the population's line alone 0.0912 ± 0.0156, from 0.0618 to 0.1226. Four Monte Carlo errors of 1000 draws.
#[test]
fn explained_variance_is_that_of_another_sampler() {
    let table = growth_100();
    let data = table.data();
    let fit = sampled(&data, Effects::Correlated, contract());
    let stop = seedtest_numerics::Interrupt::never();
    let found = fit.explained_variance(&data, 1000, 3, &stop).unwrap();
    for (shares, mean, sd, ends) in [
        (&found.conditional, 0.7950, 0.0074, [0.7797, 0.8087]),
        (&found.marginal, 0.0912, 0.0156, [0.0618, 0.1226]),
    ] {
        let n = shares.len() as f64;
        let ours = shares.iter().sum::<f64>() / n;
        let spread = (shares.iter().map(|r| (r - ours) * (r - ours)).sum::<f64>() / n).sqrt();
        assert!((ours - mean).abs() < 4.0 * sd / n.sqrt() + 2e-4, "{ours} {mean}");
        assert!((spread / sd - 1.0).abs() < 0.12, "{spread} {sd}");
        let mut sorted = shares.clone();
        sorted.sort_by(f64::total_cmp);
        for (p, end) in [0.025, 0.975].into_iter().zip(ends) {
            let own = seedtest_numerics::quantile(&sorted, p).unwrap();
            assert!((own - end).abs() < 0.35 * sd, "{p}: {own} {end}");
        }
    }
    assert_eq!(fit.explained_variance(&data, 1000, 3, &stop).unwrap(), found);
    assert!(fit.explained_variance(&data, 0, 3, &stop).is_err());
}
