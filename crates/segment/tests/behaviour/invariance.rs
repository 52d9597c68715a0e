//! Bytes that may not depend on the threads, and what must not depend on units.

use super::rows::{centres, clouds, data};
use proptest::prelude::*;
use seedtest_segment::{Covariance, Method, Silent, Spec, fit};

fn bytes(spec: &Spec, columns: &[Vec<f64>], threads: usize) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let fit = pool.install(|| fit(&data(columns), spec, &mut Silent)).unwrap();
    serde_json::to_string(&fit).unwrap()
}

#[test]
fn the_number_of_threads_does_not_matter() {
    // More rows than a chunk, and than a sample.
    let columns = clouds(&centres(4, 4, 2.0, 1), 10_000, 0.3, 1);
    let quick = Spec { starts: 3, bootstraps: 2, references: 2, ..Spec::default() };
    let mixture = Spec {
        method: Method::GaussianMixture,
        k: Some(3),
        covariance: Some(Covariance::Full),
        max_iter: 5,
        ..quick.clone()
    };
    for spec in [Spec { k: Some(4), ..quick.clone() }, Spec { max_k: 4, ..quick }, mixture] {
        let one = bytes(&spec, &columns, 1);
        assert_eq!(one, bytes(&spec, &columns, 3));
        assert_eq!(one, bytes(&spec, &columns, 8));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_row_is_with_its_nearest_centre(seed in 0u64..500, k in 1usize..10) {
        let columns = clouds(&centres(3, 4, 2.0, seed), 40, 0.5, seed);
        let spec = Spec { k: Some(k), bootstraps: 2, starts: 3, ..Spec::default() };
        let fit = fit(&data(&columns), &spec, &mut Silent).unwrap();
        prop_assert!(fit.verdict.converged());
        prop_assert_eq!(fit.sizes.iter().sum::<usize>(), 120);
        prop_assert!(fit.sizes.windows(2).all(|pair| pair[0] >= pair[1]));
        prop_assert!(fit.sizes.iter().all(|size| *size > 0));
        let again = fit.predict(&data(&columns)).unwrap();
        for (row, label) in again.labels.iter().enumerate() {
            prop_assert_eq!(*label, fit.labels[row]);
            let total: f64 = fit.memberships[row].iter().sum();
            prop_assert!((total - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn units_do_not_matter(seed in 0u64..500, power in -8i32..8) {
        let columns = clouds(&centres(3, 4, 3.0, seed), 30, 0.5, seed);
        let mut scaled = columns.clone();
        // A power of two changes no rounding.
        let scale = (0..power.abs()).fold(1.0, |s, _| if power > 0 { s * 2.0 } else { s / 2.0 });
        for value in &mut scaled[1] {
            *value *= scale;
        }
        let spec = Spec { k: Some(3), bootstraps: 2, starts: 5, ..Spec::default() };
        let a = fit(&data(&columns), &spec, &mut Silent).unwrap();
        let b = fit(&data(&scaled), &spec, &mut Silent).unwrap();
        prop_assert_eq!(a.labels, b.labels);
        prop_assert_eq!(a.tot_withinss.to_bits(), b.tot_withinss.to_bits());
    }
}
