//! Large simulated data sets against other programs.

use std::io::Read;

use flate2::read::GzDecoder;
use seedtest_irt::{
    Anchor, Fit, GuessingPrior, ItemParameters, LogNormal, Model, Normal, Priors, Responses,
    Silent, Spec, fit,
};
use serde::Deserialize;

/// What reference programs found on the simulated data sets; `origin` names versions and calls.
#[derive(Deserialize)]
pub(crate) struct Reference {
    dense_2pl: Case,
    dense_3pl_beta: Case,
    pub(crate) dense_3pl_normal: Case,
    sparse_2pl_prior: Case,
    pub(crate) sparse_2pl: Case,
    pub(crate) link_fixed: Case,
    link_free: Case,
    pub(crate) link_anchors: Vec<AnchorParameters>,
}

#[derive(Deserialize)]
pub(crate) struct AnchorParameters {
    pub(crate) a: f64,
    pub(crate) b: f64,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) optimum: Optimum,
    se: Option<Errors>,
    eap: Option<Abilities>,
    pub(crate) map: Option<Abilities>,
    se_mean: Option<f64>,
    se_variance: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct Optimum {
    pub(crate) a: Vec<f64>,
    pub(crate) b: Vec<f64>,
    pub(crate) c: Option<Vec<f64>>,
    pub(crate) mean: f64,
    pub(crate) sd: f64,
    log_likelihood: f64,
    log_posterior: f64,
}

#[derive(Deserialize)]
struct Errors {
    a: Vec<Option<f64>>,
    b: Vec<Option<f64>>,
    c: Vec<Option<f64>>,
}

#[derive(Deserialize)]
pub(crate) struct Abilities {
    pub(crate) theta: Vec<f64>,
    pub(crate) se: Vec<f64>,
}

pub(crate) fn reference() -> Reference {
    serde_json::from_str(include_str!("data/reference.json")).unwrap()
}

impl Optimum {
    pub(crate) fn items(&self) -> Vec<Option<ItemParameters>> {
        let c = |j| self.c.as_ref().map_or(0.0, |c| c[j]);
        let item = |(j, (&a, &b))| Some(ItemParameters { a, b, c: c(j) });
        self.a.iter().zip(&self.b).enumerate().map(item).collect()
    }
}

/// Answers in long format.
pub(crate) struct Answers {
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
    n_students: usize,
    n_items: usize,
}

impl Answers {
    /// One line a student, one character an item: 0, 1 or `.` for no answer.
    pub(crate) fn unpack(gz: &[u8]) -> Self {
        Self::of_text(&Self::text(gz))
    }

    pub(crate) fn text(gz: &[u8]) -> String {
        let mut text = String::new();
        GzDecoder::new(gz).read_to_string(&mut text).unwrap();
        text
    }

    pub(crate) fn of_text(text: &str) -> Self {
        let mut data =
            Self { student: vec![], item: vec![], correct: vec![], n_students: 0, n_items: 0 };
        for line in text.lines() {
            for (item, outcome) in line.bytes().enumerate().filter(|&(_, c)| c != b'.') {
                data.student.push(data.n_students as u32);
                data.item.push(item as u32);
                data.correct.push(outcome - b'0');
            }
            data.n_students += 1;
            data.n_items = line.len();
        }
        data
    }

    pub(crate) fn dense() -> Self {
        Self::unpack(include_bytes!("data/dense_5k.txt.gz"))
    }

    pub(crate) fn sparse() -> Self {
        Self::unpack(include_bytes!("data/sparse_2k.txt.gz"))
    }

    pub(crate) fn link() -> Self {
        Self::unpack(include_bytes!("data/link_3k.txt.gz"))
    }

    pub(crate) fn responses(&self) -> Responses<'_> {
        Responses {
            student: &self.student,
            item: &self.item,
            correct: &self.correct,
            n_students: self.n_students,
            n_items: self.n_items,
        }
    }
}

fn calibrate(data: &Answers, spec: &Spec) -> Fit {
    let found = fit(&data.responses(), spec, &mut Silent).unwrap();
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    found
}

/// The reference optimiser stops at gradients up to 1e-4 of its own; the least determined items
/// have an information of about 1, so parameters agree to 1e-4 to a few 1e-4.
const SAME_OPTIMUM: f64 = 5e-4;

fn check(found: &Fit, case: &Case) {
    let optimum = &case.optimum;
    for (j, item) in found.items.iter().enumerate() {
        let near = |x: f64, y: f64| (x - y).abs() < SAME_OPTIMUM;
        assert!(near(item.a, optimum.a[j]), "a[{j}]: {} {}", item.a, optimum.a[j]);
        assert!(near(item.b, optimum.b[j]), "b[{j}]: {} {}", item.b, optimum.b[j]);
        let c = optimum.c.as_ref().map_or(0.0, |c| c[j]);
        assert!(near(item.c, c), "c[{j}]: {} {c}", item.c);
    }
    assert!((found.latent.mean - optimum.mean).abs() < SAME_OPTIMUM);
    assert!((found.latent.sd - optimum.sd).abs() < SAME_OPTIMUM);
    assert!((found.log_likelihood - optimum.log_likelihood).abs() < 1e-3);
    assert!(found.log_likelihood + found.log_prior > optimum.log_posterior - 1e-5);
    if let Some(eap) = &case.eap {
        for (i, (theta, se)) in eap.theta.iter().zip(&eap.se).enumerate() {
            // mirt's own fit is up to 1e-3 from the optimum (default EM tolerance).
            assert!((found.abilities[i].theta - theta).abs() < 1e-3, "student {i}");
            assert!((found.abilities[i].se - se).abs() < 1e-3, "student {i}");
        }
    }
}

/// `tolerance` is relative, for standard errors of items that are determined at all.
fn check_errors(found: &Fit, errors: &Errors, tolerance: f64) {
    for (j, item) in found.items.iter().enumerate().filter(|(_, item)| !item.anchor) {
        let se = item.se.unwrap();
        for (x, y) in [(se.a, errors.a[j]), (se.b, errors.b[j]), (se.c, errors.c[j])] {
            assert_eq!(x.is_some(), y.is_some());
            let (Some(x), Some(y)) = (x, y) else { continue };
            assert!((x / y - 1.0).abs() < tolerance, "item {j}: {x} {y}");
        }
    }
}

#[test]
fn dense_two_parameter_model() {
    check(&calibrate(&Answers::dense(), &Spec::default()), &reference().dense_2pl);
}

#[test]
fn dense_three_parameter_model() {
    let expected = reference();
    let data = Answers::dense();
    check(&calibrate(&data, &Spec::new(Model::ThreePl)), &expected.dense_3pl_beta);
    let c = Some(GuessingPrior::LogitNormal { mean: -1.1, sd: 0.5 });
    let priors = Priors { c, ..Priors::none() };
    let found = calibrate(&data, &Spec { model: Model::ThreePl, priors, ..Spec::default() });
    check(&found, &expected.dense_3pl_normal);
    // mirt's parameters are up to 2.6e-3 from the optimum, where b has a standard error of 0.03.
    check_errors(&found, expected.dense_3pl_normal.se.as_ref().unwrap(), 0.02);
}

#[test]
fn sparse_two_parameter_model() {
    let expected = reference();
    let data = Answers::sparse();
    let priors = Priors {
        a: Some(LogNormal { mean: 0.0, sd: 0.5 }),
        d: Some(Normal { mean: 0.0, sd: 2.0 }),
        ..Priors::none()
    };
    check(&calibrate(&data, &Spec { priors, ..Spec::default() }), &expected.sparse_2pl_prior);
    let found = calibrate(&data, &Spec::default());
    check(&found, &expected.sparse_2pl);
    // Oakes by numerical derivatives against exact second derivatives.
    check_errors(&found, expected.sparse_2pl.se.as_ref().unwrap(), 2e-3);
}

#[test]
fn fixed_anchors_with_a_new_group() {
    let expected = reference();
    let data = Answers::link();
    let anchors = expected
        .link_anchors
        .iter()
        .enumerate()
        .map(|(i, p)| Anchor { item: i as u32, a: p.a, b: p.b, c: 0.0, fixed: true })
        .collect();
    let found = calibrate(&data, &Spec { anchors, ..Spec::default() });
    check(&found, &expected.link_fixed);
    check_errors(&found, expected.link_fixed.se.as_ref().unwrap(), 5e-3);
    let mean_se = found.latent.mean_se.unwrap();
    let variance_se = 2.0 * found.latent.sd * found.latent.sd_se.unwrap();
    assert!((mean_se / expected.link_fixed.se_mean.unwrap() - 1.0).abs() < 5e-3);
    assert!((variance_se / expected.link_fixed.se_variance.unwrap() - 1.0).abs() < 5e-3);
}

#[test]
fn free_calibration_of_the_linking_data() {
    let expected = reference();
    let found = calibrate(&Answers::link(), &Spec::default());
    check(&found, &expected.link_free);
    check_errors(&found, expected.link_free.se.as_ref().unwrap(), 2e-3);
}
