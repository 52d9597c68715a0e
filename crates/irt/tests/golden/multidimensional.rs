//! Models of several dimensions against SciPy, mirt and GPArotation; `reference/irt_dimensions.py` made data and
//! figures.

use std::io::Read;

use flate2::read::GzDecoder;
use seedtest_irt::multidimensional::{Fit, Loadings, Rotation, Spec, fit};
use seedtest_irt::{Responses, Silent};
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    pattern_2: Pattern,
    pattern_3: Pattern,
    free_2: Solution,
}

#[derive(Deserialize)]
struct Pattern {
    optimum: Solution,
    mirt: Option<Solution>,
    abilities: Option<Abilities>,
}

#[derive(Deserialize)]
struct Solution {
    log_likelihood: f64,
    slopes: Vec<Vec<f64>>,
    intercepts: Vec<f64>,
    correlations: Vec<Vec<f64>>,
    errors: Option<Errors>,
    rotated: Option<Rotated>,
}

#[derive(Deserialize)]
struct Errors {
    slopes: Vec<Vec<f64>>,
    intercepts: Vec<f64>,
    correlations: Option<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
struct Abilities {
    theta: Vec<Vec<f64>>,
    covariance: Vec<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
struct Rotated {
    quartimin: Vec<Vec<f64>>,
    quartimin_correlations: Vec<Vec<f64>>,
    varimax: Vec<Vec<f64>>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("data/dimensions.json")).unwrap()
}

fn fitted(packed: &[u8], loadings: Loadings) -> Fit {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let (mut student, mut item, mut correct) = (vec![], vec![], vec![]);
    for (row, line) in (0..).zip(text.lines()) {
        for (column, answer) in (0..).zip(line.bytes()).filter(|(_, answer)| *answer != b'.') {
            student.push(row);
            item.push(column);
            correct.push(answer - b'0');
        }
    }
    let n_students = text.lines().count();
    let n_items = text.lines().next().unwrap().len();
    let responses =
        Responses { student: &student, item: &item, correct: &correct, n_students, n_items };
    let found = fit(&responses, &Spec::new(loadings), &mut Silent).unwrap();
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    assert!(found.points.enough, "{:?}", found.points);
    found
}

/// The loadings that are not 0 in a solution.
fn pattern_of(solution: &Solution) -> Loadings {
    let own = |row: &Vec<f64>| (0..row.len()).filter(|&at| row[at] != 0.0).collect();
    Loadings::Pattern {
        dimensions: solution.correlations.len(),
        items: (0..).zip(solution.slopes.iter().map(own)).collect(),
        correlated: true,
    }
}

fn near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    for (at, (x, y)) in found.iter().zip(expected).enumerate() {
        assert!((x - y).abs() <= tolerance, "{what} {at}: {x} {y}");
    }
}

fn require(fit: &Fit, solution: &Solution, (estimates, errors): (f64, f64)) {
    let difference = fit.log_likelihood - solution.log_likelihood;
    assert!(difference.abs() < 1e-2, "{difference}");
    let expected = solution.slopes.iter().zip(&solution.intercepts);
    for (item, (slopes, intercept)) in fit.items.iter().zip(expected) {
        near(&item.slopes, slopes, estimates, &format!("slope of {}", item.item));
        near(&[item.intercept], &[*intercept], estimates, "intercept");
    }
    for (found, expected) in fit.correlations.iter().zip(&solution.correlations) {
        near(found, expected, estimates, "correlation");
    }
    let Some(expected) = &solution.errors else { return };
    for (at, item) in fit.items.iter().enumerate() {
        let se = item.se.as_ref().unwrap();
        let relative = |found: f64, expected: f64| {
            assert!((found - expected).abs() <= errors * expected, "{at}: {found} {expected}");
        };
        se.slopes.iter().zip(&expected.slopes[at]).for_each(|(x, y)| relative(*x, *y));
        relative(se.intercept, expected.intercepts[at]);
    }
    if let Some(expected) = &expected.correlations {
        let found = fit.correlation_errors.as_ref().unwrap().concat();
        for (x, y) in found.iter().zip(expected.concat()) {
            assert!((x - y).abs() <= errors * y, "{x} {y}");
        }
    }
}

#[test]
fn two_correlated_dimensions() {
    let Pattern { optimum, mirt, abilities } = reference().pattern_2;
    let found = fitted(include_bytes!("data/dimensions_2.txt.gz"), pattern_of(&optimum));
    require(&found, &optimum, (1e-3, 1e-2));
    // mirt ends where its slopes move by less than 1e-8 a step, at 41 nodes a dimension.
    require(&found, &mirt.unwrap(), (1e-3, 1e-2));
    let Abilities { theta, covariance } = abilities.unwrap();
    for ((student, theta), covariance) in found.abilities.iter().zip(&theta).zip(&covariance) {
        near(&student.theta, theta, 1e-3, "ability");
        let lower = [covariance[0][0], covariance[1][0], covariance[1][1]];
        near(&student.covariance, &lower, 1e-3, "covariance");
    }
    // The test against one dimension says what the data were made from.
    let one = found.one_dimension.unwrap();
    assert_eq!((found.n_parameters, one.df), (43, 3));
    assert!(one.chi_square > 500.0 && one.bic > found.bic, "{one:?}");
}

#[test]
fn three_correlated_dimensions() {
    let Pattern { optimum, .. } = reference().pattern_3;
    let found = fitted(include_bytes!("data/dimensions_3.txt.gz"), pattern_of(&optimum));
    require(&found, &optimum, (1e-3, 1e-2));
}

#[test]
fn two_dimensions_without_pattern_and_their_rotations() {
    let expected = reference().free_2;
    let of = |rotation| {
        let loadings = Loadings::Free { dimensions: 2, rotation };
        fitted(include_bytes!("data/dimensions_2.txt.gz"), loadings)
    };
    let (oblique, orthogonal) = (of(Rotation::Quartimin), of(Rotation::Varimax));
    let rotated = expected.rotated.as_ref().unwrap();
    for found in [&oblique, &orthogonal] {
        assert!((found.log_likelihood - expected.log_likelihood).abs() < 1e-2);
        let intercepts: Vec<f64> = found.items.iter().map(|item| item.intercept).collect();
        near(&intercepts, &expected.intercepts, 1e-3, "intercept");
        // What no rotation changes: the covariances AΦAᵀ.
        for (item, a) in found.items.iter().zip(&expected.slopes) {
            for (other, b) in found.items.iter().zip(&expected.slopes) {
                let pairs = (0..2).flat_map(|i| (0..2).map(move |j| (i, j)));
                let covariance: f64 = pairs
                    .map(|(i, j)| item.slopes[i] * found.correlations[i][j] * other.slopes[j])
                    .sum();
                near(&[covariance], &[a[0] * b[0] + a[1] * b[1]], 3e-3, "covariance");
            }
        }
    }
    let same = |found: &Fit, expected: &[Vec<f64>]| {
        let column = |at: usize| expected.iter().map(|row| row[at]).collect::<Vec<f64>>();
        for at in 0..2 {
            let found: Vec<f64> = found.items.iter().map(|item| item.loadings[at]).collect();
            let distance = |column: &[f64]| {
                let sum: f64 = column.iter().sum();
                let signed = column.iter().map(|x| x * sum.signum());
                found.iter().zip(signed).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
            };
            let least = distance(&column(0)).min(distance(&column(1)));
            assert!(least < 1e-3, "{at}: {least}");
        }
    };
    same(&oblique, &rotated.quartimin);
    same(&orthogonal, &rotated.varimax);
    let correlation = rotated.quartimin_correlations[0][1].abs();
    near(&[oblique.correlations[0][1]], &[correlation], 1e-3, "correlation");
    near(&[orthogonal.correlations[0][1]], &[0.0], 1e-12, "correlation");
    assert_eq!(oblique.n_parameters, 59);
    // The dimensions are in the order of what they explain, their loadings positive in sum.
    assert!(oblique.explained[0] >= oblique.explained[1]);
    for at in 0..2 {
        assert!(oblique.items.iter().map(|item| item.loadings[at]).sum::<f64>() > 0.0);
    }
}
