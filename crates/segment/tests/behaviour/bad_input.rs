//! Rows that cannot be clustered, and what is said of them.

use super::rows::{centres, clouds, data};
use seedtest_segment::{Error, Method, Silent, Spec, fit};

fn refused(columns: &[Vec<f64>], spec: &Spec) -> Error {
    fit(&data(columns), spec, &mut Silent).unwrap_err()
}

fn k(k: usize) -> Spec {
    Spec { k: Some(k), ..Spec::default() }
}

#[test]
fn too_little_is_nothing_to_do() {
    let three = vec![vec![1.0, 2.0, 3.0], vec![3.0, 1.0, 2.0]];
    let error = refused(&three, &k(4));
    assert!(error.is_noop() && matches!(error, Error::TooFew { rows: 3, required: 4, .. }));
    let error = refused(&three, &Spec::default());
    assert!(error.is_noop() && matches!(error, Error::TooFew { required: 10, .. }));
    let one_row = vec![vec![1.0; 20], vec![2.0; 20]];
    let error = refused(&one_row, &k(2));
    assert!(error.is_noop() && error == Error::NoFeature { features: 2 });
    let two_rows = vec![[vec![1.0; 10], vec![2.0; 10]].concat()];
    assert_eq!(refused(&two_rows, &k(3)), Error::TooManyClusters { k: 3, distinct: 2 });
    assert!(refused(&[], &k(1)).is_noop());
}

#[test]
fn ten_users_can_be_clustered() {
    let columns = clouds(&centres(2, 3, 5.0, 1), 5, 0.0, 1);
    let fit = fit(&data(&columns), &Spec::default(), &mut Silent).unwrap();
    assert!(fit.selection.unwrap().candidates.len() == 2 && fit.k <= 2);
}

#[test]
fn what_is_left_out_and_filled_in_is_said() {
    let mut columns = clouds(&centres(2, 4, 5.0, 1), 20, 0.0, 1);
    columns[1] = vec![7.0; 40];
    columns[3] = vec![f64::NAN; 40];
    columns[2][5] = f64::NAN;
    let fit = fit(&data(&columns), &k(2), &mut Silent).unwrap();
    let dropped: Vec<&str> = fit.dropped.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(dropped, ["b", "d"]);
    assert_eq!(fit.dropped[0].reason, "every value is 7");
    assert_eq!(fit.scales[1].imputed, 1);
    assert_eq!(fit.warnings.len(), 3, "{:?}", fit.warnings);
    let again = fit.predict(&data(&columns)).unwrap();
    assert_eq!(again.labels, fit.labels);
}

#[test]
fn bad_values_and_settings_are_named() {
    let mut columns = clouds(&centres(2, 2, 5.0, 1), 10, 0.0, 1);
    columns[1][3] = f64::INFINITY;
    assert!(matches!(refused(&columns, &k(2)), Error::BadValue { row: 3, .. }));
    columns[1].pop();
    assert!(matches!(refused(&columns, &k(2)), Error::Length { found: 19, expected: 20, .. }));
    columns[1].push(0.0);
    columns[1][3] = 0.0;
    assert!(matches!(refused(&columns, &k(0)), Error::Setting { name: "k", .. }));
    let spec = Spec { method: Method::Dbscan, eps: -1.0, ..Spec::default() };
    assert!(matches!(refused(&columns, &spec), Error::Setting { name: "eps", .. }));
    let spec = Spec { features: Some(vec!["z".to_string()]), ..k(2) };
    assert_eq!(refused(&columns, &spec), Error::UnknownFeature { feature: "z".to_string() });
}

#[test]
fn noise_everywhere_is_no_cluster() {
    let columns = clouds(&centres(1, 3, 0.0, 1), 30, 0.0, 1);
    let spec = Spec { method: Method::Dbscan, eps: 1e-6, ..Spec::default() };
    let fit = fit(&data(&columns), &spec, &mut Silent).unwrap();
    assert_eq!((fit.k, fit.labels.iter().flatten().count()), (0, 0));
    assert!(fit.predict(&data(&columns)).is_err());
}
