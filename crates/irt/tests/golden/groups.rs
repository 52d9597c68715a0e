//! Several groups at once against an independent maximisation and mirt.

use seedtest_irt::{Fit, Groups, Rule, Silent, Spec, fit_groups};
use seedtest_numerics::chunks_of_codes;
use serde::Deserialize;

use crate::large::Answers;

#[derive(Deserialize)]
struct Reference {
    log_likelihood: f64,
    n_parameters: usize,
    points: usize,
    range: [f64; 2],
    tolerance: Tolerance,
    a: Vec<f64>,
    d: Vec<f64>,
    b: Vec<f64>,
    se_a: Vec<f64>,
    se_b: Vec<f64>,
    groups: Vec<Group>,
    eap: Vec<f64>,
    eap_sd: Vec<f64>,
    eap_all_mean: f64,
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
struct Group {
    mean: f64,
    sd: f64,
    se_mean: Option<f64>,
    se_sd: Option<f64>,
}

/// A character for the group of the student, then the answers as in [`Answers::unpack`].
fn read(gz: &[u8]) -> (Answers, Vec<u32>) {
    let text = Answers::text(gz);
    let groups = text.bytes().zip(std::iter::once(b'\n').chain(text.bytes()));
    let groups = groups.filter(|&(_, before)| before == b'\n').map(|(c, _)| u32::from(c - b'1'));
    let answers: Vec<&str> = text.lines().map(|line| &line[1..]).collect();
    (Answers::of_text(&answers.join("\n")), groups.collect())
}

fn calibrate(data: &Answers, of: &[u32], n: usize, spec: &Spec) -> Fit {
    let groups = Groups { of, n, reference: 0 };
    let chunks = chunks_of_codes(of.len());
    let found = fit_groups(&data.responses(), groups, &chunks, spec, &mut Silent).unwrap();
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    found
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() < tolerance, "{what}: {found} for {expected}");
}

fn check(found: &Fit, reference: &Reference) {
    let within = &reference.tolerance;
    assert_eq!(found.n_parameters, reference.n_parameters);
    close(found.log_likelihood, reference.log_likelihood, within.log_likelihood, "logLik");
    for (j, item) in found.items.iter().enumerate() {
        close(item.a, reference.a[j], within.a_abs, &format!("a of {j}"));
        close(-item.a * item.b, reference.d[j], within.d_abs, &format!("d of {j}"));
        close(item.b, reference.b[j], within.b_abs, &format!("b of {j}"));
        let se = item.se.unwrap();
        close(se.a.unwrap() / reference.se_a[j], 1.0, within.se_rel, &format!("se of a of {j}"));
        close(se.b.unwrap() / reference.se_b[j], 1.0, within.se_rel, &format!("se of b of {j}"));
    }
    for (group, expected) in found.groups.iter().zip(&reference.groups) {
        let latent = group.latent;
        close(latent.mean, expected.mean, within.group_mean_sd_abs, "mean");
        close(latent.sd, expected.sd, within.group_mean_sd_abs, "sd");
        for (se, expected) in [(latent.mean_se, expected.se_mean), (latent.sd_se, expected.se_sd)] {
            assert_eq!(se.is_some(), expected.is_some());
            if let Some((se, expected)) = se.zip(expected) {
                close(se / expected, 1.0, within.se_rel, "se of mean or sd");
            }
        }
    }
    let shown = found.abilities.iter().zip(reference.eap.iter().zip(&reference.eap_sd));
    for (ability, (theta, sd)) in shown {
        close(ability.theta, *theta, within.eap_and_sd_abs, "eap");
        close(ability.se, *sd, within.eap_and_sd_abs, "its sd");
    }
    let mean = found.abilities.iter().map(|a| a.theta).sum::<f64>() / found.abilities.len() as f64;
    close(mean, reference.eap_all_mean, within.eap_and_sd_abs, "mean of all eap");
}

#[test]
fn two_groups_with_common_items() {
    let reference: Reference = serde_json::from_str(include_str!("data/mg2_2pl.json")).unwrap();
    let (data, of) = read(include_bytes!("data/mg2_2pl.txt.gz"));
    let found = calibrate(&data, &of, 2, &Spec::default());
    check(&found, &reference);
    assert_eq!(found.groups.iter().map(|g| g.n_students).collect::<Vec<_>>(), [2_000, 1_500]);
}

#[test]
fn four_groups_in_a_chain_on_the_grid_of_the_reference_and_on_our_own() {
    let reference: Reference =
        serde_json::from_str(include_str!("data/mg4_chain_2pl.json")).unwrap();
    let (data, of) = read(include_bytes!("data/mg4_chain_2pl.txt.gz"));
    let [min, max] = reference.range;
    let quadrature = Rule::Grid { points: reference.points, min, max };
    check(&calibrate(&data, &of, 4, &Spec { quadrature, ..Spec::default() }), &reference);
    // The default grid ends at 6, too near for the highest group: it is widened.
    let found = calibrate(&data, &of, 4, &Spec::default());
    check(&found, &reference);
    assert!(matches!(found.quadrature, Rule::Grid { points, .. } if points > 61));
}
