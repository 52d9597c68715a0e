//! Polychoric correlations and bivariate normal probabilities against R; `reference/polychoric.R` made the figures.

use seedtest_irt::dimensions::{bivariate_normal_cdf, polychoric_correlations};
use seedtest_irt::polytomous::Responses;
use serde::Deserialize;

use crate::polytomous::Scored;

#[derive(Deserialize)]
struct Reference {
    students: usize,
    items: Vec<u32>,
    correlation: Vec<f64>,
    h: Vec<f64>,
    k: Vec<f64>,
    rho: Vec<f64>,
    p: Vec<f64>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("data/polychoric.json")).unwrap()
}

#[test]
fn probabilities_of_two_normal_variables() {
    let Reference { h, k, rho, p, .. } = reference();
    for (((h, k), rho), p) in h.iter().zip(&k).zip(&rho).zip(&p) {
        let found = bivariate_normal_cdf(*h, *k, *rho);
        // TVPACK is good to 1e-14, the figures are written with 15 digits.
        assert!((found - p).abs() < 1e-11, "{h} {k} {rho}: {found} {p}");
    }
}

#[test]
fn correlations_of_two_categories_and_of_five() {
    let Reference { students, items, correlation, .. } = reference();
    let data = Scored::unpack(include_bytes!("data/items_mixed.txt.gz"));
    let rows = data.student.partition_point(|student| (*student as usize) < students);
    let first = Responses {
        student: &data.student[..rows],
        item: &data.item[..rows],
        score: &data.score[..rows],
        n_students: students,
        ..data.responses()
    };
    let found = polychoric_correlations(&first, &items, 50).unwrap();
    let n = items.len();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    for ((i, j), expected) in pairs.zip(correlation) {
        // A search over values finds a maximum to the root of their rounding, 1e-8 and some.
        assert!((found[i * n + j] - expected).abs() < 1e-6, "{i} {j}: {}", found[i * n + j]);
        assert_eq!(found[i * n + j], found[j * n + i]);
    }
}
