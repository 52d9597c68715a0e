//! Rows that are clustered in their own units, far from 0, and rows that belong nowhere.

use super::rows::{centres, clouds, data};
use seedtest_segment::{Fit, Method, Silent, Spec, fit};

fn raw(method: Method) -> Spec {
    Spec { method, k: Some(2), standardize: false, bootstraps: 2, starts: 5, ..Spec::default() }
}

fn mixture(columns: &[Vec<f64>]) -> Fit {
    fit(&data(columns), &raw(Method::GaussianMixture), &mut Silent).unwrap()
}

#[test]
fn a_mixture_does_not_depend_on_the_origin() {
    // Seconds since 1970 with a standard deviation of ten: their squares keep nothing of it.
    const SHIFT: f64 = 1.7e9;
    let mut columns = clouds(&[vec![0.0, 0.0], vec![9.0, 3.0]], 60, 0.0, 4);
    for value in columns.iter_mut().flatten() {
        *value = (value.abs() * 1024.0).round().copysign(*value) / 1024.0;
    }
    let here = mixture(&columns);
    for value in &mut columns[0] {
        *value += SHIFT;
    }
    let there = mixture(&columns);
    assert_eq!(here.labels, there.labels);
    let (a, b) = (here.log_likelihood.unwrap(), there.log_likelihood.unwrap());
    // Means are rounded to 2·10⁻⁷ there.
    assert!((a - b).abs() < 1e-4, "{a} {b}");
    let means = |fit: &Fit| fit.components.as_ref().unwrap().means.clone();
    for (c, (near, far)) in means(&here).chunks(2).zip(means(&there).chunks(2)).enumerate() {
        assert!((near[0] + SHIFT - far[0]).abs() < 1e-5 && (near[1] - far[1]).abs() < 1e-5);
        // In the units of the features, as the centres are.
        assert!((there.centres[c][0] - far[0]).abs() < 1e-5, "{}", far[0]);
        assert!((there.centres[c][1] - far[1]).abs() < 1e-5);
    }
    let again = there.predict(&data(&columns)).unwrap();
    assert_eq!(again.labels, there.labels);
    for (a, b) in again.memberships.iter().flatten().zip(there.memberships.iter().flatten()) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

#[test]
fn scales_tell_the_standard_deviation_in_any_case() {
    let columns = clouds(&centres(2, 3, 5.0, 1), 30, 0.0, 1);
    let with = |standardize| {
        let spec = Spec { standardize, ..raw(Method::Kmeans) };
        fit(&data(&columns), &spec, &mut Silent).unwrap()
    };
    for (raw, standardized) in with(false).scales.iter().zip(&with(true).scales) {
        assert_eq!((raw.mean, raw.sd), (standardized.mean, standardized.sd));
        assert!(raw.sd > 1.1);
    }
}

#[test]
fn noise_does_not_widen_the_clusters() {
    let mut columns = clouds(&[vec![0.0, 0.0], vec![12.0, 0.0]], 40, 0.0, 2);
    let spec = Spec { eps: 3.0, min_points: 4, ..raw(Method::Dbscan) };
    let plain = fit(&data(&columns), &spec, &mut Silent).unwrap();
    for lonely in 1..=200 {
        columns[0].push(f64::from(lonely) * 100.0);
        columns[1].push(500.0);
    }
    let noisy = fit(&data(&columns), &spec, &mut Silent).unwrap();
    assert_eq!(noisy.labels[..80], plain.labels);
    assert_eq!(noisy.labels[80..], [None; 200]);
    let between = [vec![5.5, 6.1, 6.5], vec![0.0, 0.5, 0.0]];
    let shares = |fit: &Fit| fit.predict(&data(&between)).unwrap().memberships;
    for (a, b) in shares(&plain).iter().flatten().zip(shares(&noisy).iter().flatten()) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }
}
