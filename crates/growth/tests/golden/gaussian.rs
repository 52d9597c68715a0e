//! Gaussian models against reference posteriors.

use seedtest_growth::{Effects, Fit, GrowthData, Prior, Priors, Sampling, Silent, Spec, fit};

use crate::brms::Reference;
use crate::table::{Table, growth_100, growth_1000, sleepstudy};

fn sampled(data: &GrowthData<'_>, effects: Effects, priors: Priors) -> Fit {
    let sampling = Sampling { draws: 2000, seed: 1, ..Sampling::default() };
    let spec = Spec { effects, priors, sampling, ..Spec::default() };
    let fit = fit(data, &spec, None, &mut Silent).unwrap();
    assert!(fit.verdict.converged(), "{:?}", fit.verdict);
    fit
}

fn assert_agrees(reference: &str, table: &Table, effects: Effects) {
    let fit = sampled(&table.data(), effects, Priors::default());
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
        intercept: Prior::StudentT { df: 3.0, location: 288.7, scale: 59.3 },
        week: Prior::Flat,
        sd_intercept: half_t,
        sd_week: half_t,
        sigma: None,
        lkj: 1.0,
    };
    let fit = sampled(&sleepstudy().data(), Effects::Correlated, priors);
    assert_eq!(fit.spec.priors.sigma, Some(half_t), "the default of sigma is that of brms");
    Reference::read(include_str!("brms/sleepstudy.json")).assert_agrees(&fit);
}

#[test]
fn scores_with_known_standard_errors() {
    let table = Table::read(include_str!("data/measured.csv"), "student", "week", "score");
    let data = GrowthData { se: Some(table.column("se")), ..table.data() };
    let fit = sampled(&data, Effects::Correlated, Priors::default());
    let reference = Reference::read(include_str!("brms/measured.json"));
    reference.assert_agrees(&fit);
    reference.assert_students_agree(&fit);
}
