//! Items with several categories against an independent maximisation and mirt; each file of figures names
//! the program and how far mirt is from it.

use std::io::Read;

use flate2::read::GzDecoder;
use seedtest_irt::polytomous::{Fit, Form, ItemFit, ItemModel, Responses, Spec, fit};
use seedtest_irt::{Rule, Silent};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    log_likelihood: f64,
    n_parameters: usize,
    points: usize,
    range: [f64; 2],
    tolerance: Tolerance,
    items: Vec<Item>,
    sd: f64,
    sd_se: Option<f64>,
    eap: Vec<f64>,
    eap_sd: Vec<f64>,
    eap_all_mean: f64,
    eap_all_sd: f64,
}

/// Those of the reference: it is good to 1e-6, the rest is room for another stopping rule and grid.
#[derive(Deserialize)]
struct Tolerance {
    #[serde(rename = "logLik_abs")]
    log_likelihood: f64,
    a_abs: f64,
    d_abs: f64,
    b_abs: f64,
    group_mean_sd_abs: f64,
    se_rel: f64,
    eap_and_sd_abs: f64,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    model: String,
    #[serde(default)]
    a: Numbers,
    d: Numbers,
    #[serde(default)]
    b: Numbers,
    se: Errors,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    a: Numbers,
    d: Numbers,
    #[serde(default)]
    b: Numbers,
}

/// One number or several.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Numbers {
    #[default]
    None,
    One(f64),
    Several(Vec<f64>),
}

impl Numbers {
    fn list(&self) -> Vec<f64> {
        match self {
            Self::None => Vec::new(),
            Self::One(x) => vec![*x],
            Self::Several(list) => list.clone(),
        }
    }

    /// Without that of the first category, which is 0 by definition.
    fn of_categories(&self, nominal: bool) -> Vec<f64> {
        self.list()[usize::from(nominal)..].to_vec()
    }
}

/// Scores as digits: a line a student, a column an item, a point where there is no answer.
pub(crate) struct Scored {
    pub(crate) student: Vec<u32>,
    pub(crate) item: Vec<u32>,
    pub(crate) score: Vec<u8>,
    n_students: usize,
    n_items: usize,
}

impl Scored {
    pub(crate) fn unpack(gz: &[u8]) -> Self {
        let mut text = String::new();
        GzDecoder::new(gz).read_to_string(&mut text).unwrap();
        let mut data =
            Self { student: vec![], item: vec![], score: vec![], n_students: 0, n_items: 0 };
        for (student, line) in (0u32..).zip(text.lines()) {
            data.n_students += 1;
            data.n_items = line.len();
            for (item, digit) in (0u32..).zip(line.bytes()).filter(|(_, digit)| *digit != b'.') {
                data.student.push(student);
                data.item.push(item);
                data.score.push(digit - b'0');
            }
        }
        data
    }

    pub(crate) fn responses(&self) -> Responses<'_> {
        Responses {
            student: &self.student,
            item: &self.item,
            score: &self.score,
            n_students: self.n_students,
            n_items: self.n_items,
            maximum: None,
        }
    }
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() < tolerance, "{what}: {found} for {expected}");
}

fn all_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        close(*found, *expected, tolerance, what);
    }
}

fn errors_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    let ratios: Vec<f64> = found.iter().zip(expected).map(|(x, y)| x / y).collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    all_close(&ratios, &vec![1.0; expected.len()], tolerance, what);
}

fn check_item(found: &ItemFit, expected: &Item, within: &Tolerance) {
    let what = format!("item {} {}", found.item, expected.model);
    assert_eq!(found.model.name(), expected.model);
    let nominal = found.curves.form() == Form::Nominal;
    let se = found.se.as_ref().unwrap();
    let a = expected.a.list();
    if !a.is_empty() {
        all_close(found.curves.slopes(), &a[usize::from(nominal)..], within.a_abs, &what);
        errors_close(&se.slopes, &expected.se.a.of_categories(nominal), within.se_rel, &what);
    }
    let d = expected.d.of_categories(nominal);
    all_close(found.curves.intercepts(), &d, within.d_abs, &what);
    errors_close(&se.intercepts, &expected.se.d.of_categories(nominal), within.se_rel, &what);
    all_close(&found.curves.difficulties(), &expected.b.list(), within.b_abs, &what);
    errors_close(&se.difficulties, &expected.se.b.list(), within.se_rel, &what);
}

fn check(found: &Fit, reference: &Reference) {
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    let within = &reference.tolerance;
    assert_eq!(found.n_parameters, reference.n_parameters);
    close(found.log_likelihood, reference.log_likelihood, within.log_likelihood, "logLik");
    assert_eq!(found.items.len(), reference.items.len());
    for (item, expected) in found.items.iter().zip(&reference.items) {
        check_item(item, expected, within);
    }
    close(found.latent.sd, reference.sd, within.group_mean_sd_abs, "sd");
    assert_eq!(found.latent.sd_se.is_some(), reference.sd_se.is_some());
    if let Some((se, expected)) = found.latent.sd_se.zip(reference.sd_se) {
        close(se / expected, 1.0, within.se_rel, "se of the sd");
    }
    let shown = found.abilities.iter().zip(reference.eap.iter().zip(&reference.eap_sd));
    for (ability, (theta, sd)) in shown {
        close(ability.theta, *theta, within.eap_and_sd_abs, "eap");
        close(ability.se, *sd, within.eap_and_sd_abs, "its sd");
    }
    let n = found.abilities.len() as f64;
    let mean = found.abilities.iter().map(|a| a.theta).sum::<f64>() / n;
    let squares = found.abilities.iter().map(|a| (a.theta - mean).powi(2)).sum::<f64>();
    close(mean, reference.eap_all_mean, within.eap_and_sd_abs, "mean of all eap");
    close((squares / n).sqrt(), reference.eap_all_sd, within.eap_and_sd_abs, "sd of all eap");
}

/// On the grid of the reference and on our own, which is coarser and follows the ability distribution.
fn compare(gz: &[u8], figures: &str, spec: &Spec) {
    let reference: Reference = serde_json::from_str(figures).unwrap();
    let data = Scored::unpack(gz);
    let [min, max] = reference.range;
    let quadrature = Rule::Grid { points: reference.points, min, max };
    let on_theirs = Spec { quadrature, ..spec.clone() };
    for spec in [&on_theirs, spec] {
        let found = fit(&data.responses(), spec, &mut Silent).unwrap();
        check(&found, &reference);
    }
}

#[test]
fn graded_response() {
    let figures = include_str!("data/items_grm.json");
    compare(include_bytes!("data/items_grm.txt.gz"), figures, &Spec::new(ItemModel::Grm));
}

#[test]
fn graded_response_with_missing_answers() {
    let figures = include_str!("data/items_grm_missing.json");
    compare(include_bytes!("data/items_grm_missing.txt.gz"), figures, &Spec::new(ItemModel::Grm));
}

#[test]
fn generalised_partial_credit_with_steps_in_any_order() {
    let figures = include_str!("data/items_gpcm.json");
    compare(include_bytes!("data/items_gpcm.txt.gz"), figures, &Spec::new(ItemModel::Gpcm));
}

#[test]
fn partial_credit() {
    let figures = include_str!("data/items_pcm.json");
    compare(include_bytes!("data/items_pcm.txt.gz"), figures, &Spec::new(ItemModel::Pcm));
}

#[test]
fn nominal_categories() {
    let figures = include_str!("data/items_nrm.json");
    compare(include_bytes!("data/items_nrm.txt.gz"), figures, &Spec::new(ItemModel::Nrm));
}

#[test]
fn right_and_wrong_answers_graded_and_partial_credit_in_one_calibration() {
    let models = (25..30).map(|item| (item, ItemModel::Gpcm)).collect();
    let spec = Spec { models, ..Spec::new(ItemModel::Grm) };
    let figures = include_str!("data/items_mixed.json");
    compare(include_bytes!("data/items_mixed.txt.gz"), figures, &spec);
}
