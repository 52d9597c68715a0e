//! Families sampled jointly, against reference posteriors.

use seedtest_growth::{Family, Fit, Goal, GrowthData, Prior, Priors, Sampling, Silent, Spec, fit};

use crate::brms::Reference;
use crate::table::Table;

fn sampled(data: &GrowthData<'_>, family: Family) -> Fit {
    let sampling = Sampling { target_accept: 0.9, ..Sampling::default() };
    let sigma = Prior::StudentT { df: 3.0, location: 0.0, scale: 2.5 };
    let priors = Priors { sigma: Some(sigma), ..Priors::of_standard_scores() };
    let spec = Spec { family, sampling, priors, ..Spec::default() };
    let fit = fit(data, &spec, None, &mut Silent).unwrap();
    assert!(fit.verdict.converged(), "{:?}", fit.verdict);
    fit
}

#[test]
fn residuals_with_heavy_tails() {
    let table = Table::read(include_str!("data/outliers.csv"), "student", "week", "score");
    let fit = sampled(&table.data(), Family::Student);
    let reference = Reference::read(include_str!("brms/outliers.json"));
    reference.assert_agrees(&fit);
    reference.assert_students_agree(&fit);
}

#[test]
fn correct_answers_out_of_several() {
    let table =
        Table::read(include_str!("data/counts.csv"), "student", "week", "correct").shares("trials");
    let data = GrowthData { trials: Some(table.column("trials")), ..table.data() };
    let fit = sampled(&data, Family::Binomial);
    Reference::read(include_str!("brms/counts.json")).assert_agrees(&fit);
    let goal = Goal { target: 0.7, week: 7.0, level: 0.95 };
    for student in fit.students(&goal).unwrap() {
        assert!((0.0..=1.0).contains(&student.probability));
        assert!(student.lower <= student.upper && student.sd_score.is_finite());
    }
}

#[test]
fn single_answers() {
    let table = Table::read(include_str!("data/answers.csv"), "student", "week", "correct");
    let fit = sampled(&table.data(), Family::Bernoulli);
    Reference::read(include_str!("brms/answers.json")).assert_agrees(&fit);
}
