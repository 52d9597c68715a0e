//! Fit of whole calibrations of categories to their moments, against `reference/irt_m2.py`: another way through the
//! published formulas, which for right and wrong answers gives the figures of mirt.

use seedtest_irt::Silent;
use seedtest_irt::polytomous::{
    Fit, ItemModel, M2Kind, Responses, Spec, fit, limited_information_fit,
};
use seedtest_irt::{M2, NoM2};
use seedtest_numerics::Interrupt;

use crate::polytomous::Scored;

/// Statistic, degrees of freedom, p, RMSEA2, SRMSR.
type Figures = (f64, u32, f64, f64, f64);

fn margins(data: &Responses<'_>, found: &Fit, kind: M2Kind) -> M2 {
    limited_information_fit(data, found, kind, &Interrupt::never()).unwrap().unwrap()
}

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} for {expected}");
}

fn check(found: M2, (m2, df, p, rmsea2, srmsr): Figures, what: &str) {
    // Optima of two programs are 1e-5 apart, grids differ beyond six deviations; the statistic changes with the
    // square of the one and with the other times the number of students.
    near(found.m2, m2, 2e-3, what);
    assert_eq!(found.df, df, "{what}");
    near(found.p, p, 1e-4, what);
    near(found.rmsea2, rmsea2, 1e-5, what);
    near(found.srmsr, srmsr, 1e-6, what);
}

fn calibrated(gz: &[u8], spec: &Spec) -> (Scored, Fit) {
    let data = Scored::unpack(gz);
    let spec = Spec { gradient_tolerance: 1e-5, ..spec.clone() };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    (data, found)
}

#[test]
fn graded_categories() {
    let gz = include_bytes!("data/items_grm.txt.gz");
    let (data, found) = calibrated(gz, &Spec::new(ItemModel::Grm));
    let data = data.responses();
    let c2 = (51.686_169, 54, 0.564_140, 0.0, 0.010_542_419);
    check(margins(&data, &found, M2Kind::C2), c2, "C2");
    let collapsed = (9.466_029, 18, 0.947_950, 0.0, 0.010_542_419);
    check(margins(&data, &found, M2Kind::Collapsed), collapsed, "M2*");
    let mut six = found;
    six.items.truncate(6);
    let full = (225.613_853, 234, 0.641_124, 0.0, 0.017_717_835);
    check(margins(&data, &six, M2Kind::Full), full, "M2");
}

#[test]
fn partial_credit_with_free_and_with_unit_slopes() {
    let gz = include_bytes!("data/items_gpcm.txt.gz");
    let (data, found) = calibrated(gz, &Spec::new(ItemModel::Gpcm));
    let c2 = (45.476_228, 54, 0.788_936, 0.0, 0.009_044_476);
    check(margins(&data.responses(), &found, M2Kind::C2), c2, "C2");
    let collapsed = (17.285_898, 18, 0.503_538, 0.0, 0.009_044_476);
    check(margins(&data.responses(), &found, M2Kind::Collapsed), collapsed, "M2*");
    let gz = include_bytes!("data/items_pcm.txt.gz");
    let (data, found) = calibrated(gz, &Spec::new(ItemModel::Pcm));
    let c2 = (49.551_028, 65, 0.922_260, 0.0, 0.008_241_468);
    check(margins(&data.responses(), &found, M2Kind::C2), c2, "C2");
    let collapsed = (23.800_377, 29, 0.738_712, 0.0, 0.008_241_468);
    check(margins(&data.responses(), &found, M2Kind::Collapsed), collapsed, "M2*");
}

#[test]
fn nominal_categories_count_one_by_one() {
    let gz = include_bytes!("data/items_nrm.txt.gz");
    let (data, found) = calibrated(gz, &Spec::new(ItemModel::Nrm));
    let expected = (355.318_497, 375, 0.760_274, 0.0, 0.013_991_826);
    for kind in [M2Kind::C2, M2Kind::Collapsed, M2Kind::Full] {
        check(margins(&data.responses(), &found, kind), expected, "nominal");
    }
}

#[test]
fn items_of_several_models() {
    let models = (25..30).map(|item| (item, ItemModel::Gpcm)).collect();
    let spec = Spec { models, ..Spec::new(ItemModel::Grm) };
    let (data, found) = calibrated(include_bytes!("data/items_mixed.txt.gz"), &spec);
    let c2 = (435.002_172, 405, 0.146_287, 0.004_970_048, 0.014_355_664);
    check(margins(&data.responses(), &found, M2Kind::C2), c2, "C2");
}

#[test]
fn a_statistic_that_does_not_exist_has_a_reason() {
    let gz = include_bytes!("data/items_grm_missing.txt.gz");
    let (data, found) = calibrated(gz, &Spec::new(ItemModel::Grm));
    let of = |found: &Fit| {
        let never = Interrupt::never();
        limited_information_fit(&data.responses(), found, M2Kind::C2, &never).unwrap()
    };
    // A tenth of the answers is missing: 0.9¹² of 3 000 students are left.
    let complete = of(&found).unwrap();
    assert!((700..1000).contains(&complete.n) && complete.df == 54, "{complete:?}");
    let mut three = found;
    three.items.truncate(3);
    assert_eq!(of(&three), Err(NoM2::NoDegreesOfFreedom));
}
