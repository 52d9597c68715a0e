//! Fixed guessing, fit to the margins, reliability and information against reference figures;
//! `data/margins.json` names programs and calls.

use seedtest_irt::{
    DiagnoseSpec, FixedGuessing, ItemParameters, M2, M2Spec, Model, NoM2, Rule, Silent, Spec,
    diagnose, fit, information_points, limited_information_fit,
};
use seedtest_numerics::Interrupt;
use serde::Deserialize;

use crate::large::Answers;

#[derive(Deserialize)]
struct Reference {
    fixed_c: Items,
    two_pl: Items,
    margins: Margins,
    reliability: Reliabilities,
    information: Information,
}

#[derive(Deserialize)]
struct Items {
    log_likelihood: f64,
    a: Vec<f64>,
    b: Vec<f64>,
    se_a: Vec<f64>,
    se_b: Vec<f64>,
    #[serde(default)]
    eap: Vec<f64>,
    #[serde(default)]
    eap_sd: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct Margins {
    m2: f64,
    #[serde(rename = "df")]
    df: u32,
    #[serde(rename = "p")]
    p: f64,
    rmsea2: f64,
    #[serde(rename = "RMSEA2_CI90_with_N_minus_1")]
    interval: [f64; 2],
    srmsr: f64,
    #[serde(rename = "null_M2")]
    null_m2: f64,
    #[serde(rename = "null_df")]
    null_df: u32,
    cfi: f64,
    tli: f64,
}

#[derive(Deserialize)]
struct Reliabilities {
    info_over_info_plus_1: f64,
    #[serde(rename = "empirical_varEAP_over_varEAP_plus_meanPSD2")]
    empirical: f64,
    cronbach_alpha: f64,
}

#[derive(Deserialize)]
struct Information {
    theta: Vec<f64>,
    info: Vec<f64>,
    se: Vec<f64>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("data/margins.json")).unwrap()
}

fn parameters(items: &Items) -> Vec<Option<ItemParameters>> {
    let of = |(&a, &b): (&f64, &f64)| Some(ItemParameters { a, b, c: 0.0 });
    items.a.iter().zip(&items.b).map(of).collect()
}

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} {expected}");
}

#[test]
fn three_parameters_with_known_guessing() {
    let data = Answers::unpack(include_bytes!("data/fixed_c_3k.txt.gz"));
    let reference = reference().fixed_c;
    let spec = Spec {
        guessing: Some(FixedGuessing::of_all(0.2)),
        quadrature: Rule::Grid { points: 121, min: -8.0, max: 8.0 },
        gradient_tolerance: 1e-5,
        ..Spec::new(Model::ThreePl)
    };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    assert_eq!(found.n_parameters, 60);
    assert_eq!(found.log_prior, 0.0);
    // Both stop at the optimum; a gradient of 1e-5 over informations above 10 moves nothing more.
    near(found.log_likelihood, reference.log_likelihood, 1e-6, "log-likelihood");
    for (j, item) in found.items.iter().enumerate() {
        near(item.a, reference.a[j], 1e-5, "a");
        near(item.b, reference.b[j], 1e-5, "b");
        let se = item.se.unwrap();
        // The reference differentiates its gradient numerically: 1e-5 of a standard error.
        near(se.a.unwrap() / reference.se_a[j], 1.0, 1e-4, "error of a");
        near(se.b.unwrap() / reference.se_b[j], 1.0, 1e-4, "error of b");
    }
    for ((ability, theta), se) in found.abilities.iter().zip(&reference.eap).zip(&reference.eap_sd)
    {
        near(ability.theta, *theta, 1e-5, "ability");
        near(ability.se, *se, 1e-5, "error of the ability");
    }
}

fn margins(items: &[Option<ItemParameters>], spec: &M2Spec) -> M2 {
    let data = Answers::unpack(include_bytes!("data/margins_2k.txt.gz"));
    limited_information_fit(&data.responses(), items, spec, &Interrupt::never()).unwrap().unwrap()
}

#[test]
fn fit_to_the_margins() {
    let reference = reference();
    let found = margins(&parameters(&reference.two_pl), &M2Spec::default());
    let expected = reference.margins;
    // The reference integrates over 121 points on [-8, 8], we over 61 on [-6, 6]: normal mass of
    // 2e-9 beyond, times 2 000 students and a condition of some hundred.
    near(found.m2, expected.m2, 1e-3, "M2");
    assert_eq!((found.n, found.df, found.null_df), (2000, expected.df, expected.null_df));
    near(found.p, expected.p, 1e-5, "p");
    near(found.rmsea2, expected.rmsea2, 1e-6, "RMSEA2");
    near(found.rmsea2_lower, expected.interval[0], 1e-6, "lower");
    near(found.rmsea2_upper, expected.interval[1], 1e-6, "upper");
    near(found.srmsr, expected.srmsr, 1e-7, "SRMSR");
    // The null model has no integral.
    near(found.null_m2, expected.null_m2, 1e-6, "null M2");
    near(found.cfi, expected.cfi, 1e-7, "CFI");
    near(found.tli, expected.tli, 1e-7, "TLI");
}

#[test]
fn the_statistic_does_not_depend_on_units() {
    // The Rasch model with a free variance is the 1PL in other units: the same margins, the same
    // number of estimates.
    let data = Answers::unpack(include_bytes!("data/margins_2k.txt.gz"));
    let of = |model| {
        let spec = Spec { gradient_tolerance: 1e-6, ..Spec::new(model) };
        let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
        let items: Vec<_> = found.items.iter().map(|i| Some(ItemParameters::from(i))).collect();
        let spec = M2Spec {
            model,
            sd: found.latent.sd,
            sd_estimated: found.latent.sd_estimated,
            ..M2Spec::default()
        };
        margins(&items, &spec)
    };
    let (rasch, one) = (of(Model::Rasch), of(Model::OnePl));
    assert_eq!((rasch.df, one.df), (189, 189));
    // The grids differ: that of the Rasch model follows its standard deviation.
    near(rasch.m2, one.m2, 1e-3 * one.m2, "M2");
    assert!(rasch.p < 1e-10 && rasch.rmsea2_lower > 0.02, "slopes are unequal: {rasch:?}");
}

#[test]
fn a_statistic_that_does_not_exist_has_a_reason() {
    let data = Answers::sparse();
    let items = vec![Some(ItemParameters { a: 1.0, b: 0.0, c: 0.0 }); 500];
    let found =
        limited_information_fit(&data.responses(), &items, &M2Spec::default(), &Interrupt::never())
            .unwrap();
    assert_eq!(found, Err(NoM2::TooManyItems));
    let mut few = vec![None; 500];
    few[..10].copy_from_slice(&items[..10]);
    let found =
        limited_information_fit(&data.responses(), &few, &M2Spec::default(), &Interrupt::never())
            .unwrap();
    assert_eq!(found, Err(NoM2::IncompleteAnswers));
    let data = Answers::unpack(include_bytes!("data/margins_2k.txt.gz"));
    let mut three = vec![None; 20];
    three[..3].copy_from_slice(&items[..3]);
    let found =
        limited_information_fit(&data.responses(), &three, &M2Spec::default(), &Interrupt::never())
            .unwrap();
    assert_eq!(found, Err(NoM2::NoDegreesOfFreedom));
}

#[test]
fn reliability_and_information() {
    let reference = reference();
    let items = parameters(&reference.two_pl);
    let data = Answers::unpack(include_bytes!("data/margins_2k.txt.gz"));
    let found = diagnose(&data.responses(), &items, &DiagnoseSpec::default()).unwrap().reliability;
    near(found.marginal, reference.reliability.info_over_info_plus_1, 1e-6, "marginal");
    near(found.empirical.unwrap(), reference.reliability.empirical, 1e-4, "empirical");
    near(found.alpha.unwrap(), reference.reliability.cronbach_alpha, 1e-9, "α");
    let bare: Vec<ItemParameters> = items.into_iter().flatten().collect();
    let points = information_points(&bare, &reference.information.theta);
    let lengths = [reference.information.info.len(), reference.information.se.len()];
    assert_eq!(lengths, [points.len(); 2], "a table that is cut short compares nothing");
    for ((point, info), se) in
        points.iter().zip(&reference.information.info).zip(&reference.information.se)
    {
        near(point.information, *info, 1e-9, "information");
        near(point.se.unwrap(), *se, 1e-9, "error");
    }
}
