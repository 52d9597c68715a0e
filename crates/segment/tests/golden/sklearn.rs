//! iris, faithful and three simulated clouds, standardised with divisor n.

use seedtest_segment::{Covariance, Data, Feature, Fit, Linkage, Method, Silent, Spec, fit};
use serde_json::Value;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn cases() -> Vec<(String, Value)> {
    let file: Value = serde_json::from_str(include_str!("sklearn.json")).unwrap();
    let cases = file["cases"].as_object().unwrap();
    cases.iter().map(|(name, case)| (name.clone(), case.clone())).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn fitted(case: &Value, spec: &Spec) -> Fit {
    let columns: Vec<Vec<f64>> = case["columns"].as_array().unwrap().iter().map(numbers).collect();
    let pairs = NAMES.iter().zip(&columns);
    let features = pairs.map(|(name, values)| Feature { name, values }).collect();
    fit(&Data { features }, spec, &mut Silent).unwrap()
}

fn with_k(method: Method, k: usize) -> Spec {
    Spec { method, k: Some(k), bootstraps: 2, ..Spec::default() }
}

#[test]
fn kmeans_is_at_least_as_good() {
    for (name, case) in cases() {
        for k in 2..=8 {
            let fit = fitted(&case, &with_k(Method::Kmeans, k));
            let theirs = &case["kmeans"][k.to_string()];
            let (ours, best) = (fit.tot_withinss, theirs["best"].as_f64().unwrap());
            assert!(ours <= best * (1.0 + 1e-6), "{name} {k}: {ours} {best}");
            // Total sum of squares of standardised rows: n for each feature.
            let total = fit.tot_withinss + fit.betweenss;
            assert!((total / (fit.n * fit.scales.len()) as f64 - 1.0).abs() < 1e-10);
            if ours > best * (1.0 - 1e-9) {
                let silhouette = theirs["silhouette"].as_f64().unwrap();
                assert!((fit.silhouette.unwrap() - silhouette).abs() < 1e-9, "{name} {k}");
            }
        }
    }
}

#[test]
fn mixtures_are_at_least_as_likely() {
    let shapes = [
        ("full", Covariance::Full),
        ("tied", Covariance::Tied),
        ("diagonal", Covariance::Diagonal),
        ("spherical", Covariance::Spherical),
    ];
    for (name, case) in cases() {
        for ((word, shape), k) in shapes.into_iter().flat_map(|s| (1..=4).map(move |k| (s, k))) {
            let spec = Spec {
                covariance: Some(shape),
                max_iter: 5000,
                ..with_k(Method::GaussianMixture, k)
            };
            let fit = fitted(&case, &spec);
            let theirs = &case["mixtures"][format!("{word}_{k}")];
            let (ours, loglik) = (fit.log_likelihood.unwrap(), theirs["loglik"].as_f64().unwrap());
            // Both stop at a gain of 10⁻⁹ a row; slow ones have some hundred times that to go.
            assert!(ours >= loglik - 1e-6, "{name} {word} {k}: {ours} {loglik}");
            let bic = theirs["bic"].as_f64().unwrap();
            let difference = fit.bic.unwrap() + 2.0 * ours - bic - 2.0 * loglik;
            assert!(difference.abs() < 1e-8, "{name} {word} {k}: parameters differ");
        }
    }
}

#[test]
fn hierarchies_have_the_heights_of_scipy() {
    for (name, case) in cases() {
        for (word, linkage) in [
            ("ward", Linkage::Ward),
            ("complete", Linkage::Complete),
            ("average", Linkage::Average),
            ("single", Linkage::Single),
        ] {
            // Equal distances, of which rounded data have many, may be merged in any order.
            if name != "clouds" && matches!(linkage, Linkage::Complete | Linkage::Average) {
                continue;
            }
            let spec = Spec { linkage, ..with_k(Method::Hierarchical, 3) };
            let fit = fitted(&case, &spec);
            let theirs = numbers(&case["heights"][word]);
            let ours = &fit.merges[fit.merges.len() - theirs.len()..];
            for (merge, height) in ours.iter().zip(theirs) {
                // Distances are roots of sums of four squares.
                assert!((merge.height - height).abs() < 1e-9, "{name} {word}: {height}");
            }
            assert_eq!(fit.sizes.iter().sum::<usize>(), fit.n);
        }
    }
}

/// Whether two labellings are the same but for the numbers.
fn same_partition(ours: &[Option<u32>], theirs: &[f64]) -> bool {
    let mut names = std::collections::BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    let fits = ours.iter().zip(theirs).all(|(ours, &theirs)| {
        let Some(ours) = ours else { return theirs < 0.0 };
        seen.insert(theirs as i64);
        theirs >= 0.0 && *names.entry(*ours).or_insert(theirs as i64) == theirs as i64
    });
    fits && names.len() == seen.len()
}

#[test]
fn dense_regions_are_those_of_scikit_learn() {
    for (name, case) in cases() {
        let spec = Spec { method: Method::Dbscan, eps: 0.5, min_points: 5, ..Spec::default() };
        let fit = fitted(&case, &spec);
        assert!(same_partition(&fit.labels, &numbers(&case["dbscan"])), "{name} dbscan");
        // Rows of faithful repeat each other: infinite densities, and ties in any order.
        if name == "faithful" {
            continue;
        }
        let spec =
            Spec { method: Method::Hdbscan, min_cluster_size: 8, min_points: 5, ..Spec::default() };
        let fit = fitted(&case, &spec);
        assert!(same_partition(&fit.labels, &numbers(&case["hdbscan"])), "{name} hdbscan");
    }
}
