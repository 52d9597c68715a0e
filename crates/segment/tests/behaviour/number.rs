//! How many clusters are found.

use super::rows::{centres, clouds, data};
use seedtest_numerics::{Stream, beta_quantile, exp, normal_cdf};
use seedtest_segment::{Method, Silent, Spec, evidence, fit};

fn quick() -> Spec {
    Spec { references: 10, bootstraps: 10, starts: 10, ..Spec::default() }
}

#[test]
fn one_normal_cloud_has_no_clusters() {
    for (common, seed) in [(0.0, 1), (0.0, 2), (1.0, 3), (2.0, 4)] {
        let columns = clouds(&[vec![0.0; 5]], 300, common, seed);
        let fit = fit(&data(&columns), &quick(), &mut Silent).unwrap();
        let selection = fit.selection.unwrap();
        assert_eq!(fit.k, 1, "{common}: {} {:?}", selection.why, selection.candidates);
        assert!(selection.why.starts_with("there are no clusters: "));
    }
}

/// A value of one kind from a standard normal one, for the j-th feature.
type Kind = fn(&mut Stream, f64, usize) -> f64;

const KINDS: [(&str, Kind); 6] = [
    ("normal", |_, z, _| z),
    ("lognormal", |_, z, _| exp(z)),
    ("beta(2, 5)", |_, z, _| beta_quantile(2.0, 5.0, normal_cdf(z))),
    ("counts", |s, z, j| s.poisson((1.0 + j as f64) * z.abs()) as f64),
    (
        "zero-inflated",
        |s, z, _| if s.bernoulli(0.4) { 0.0 } else { (3.0 * z + 10.0).round().max(1.0) },
    ),
    ("shares of five", |s, z, _| s.binomial(5, normal_cdf(z)) as f64 / 5.0),
];

#[test]
fn one_kind_of_rows_of_any_shape_has_no_clusters() {
    const TABLES: u64 = 4;
    let mut wrong = Vec::new();
    for (name, draw) in KINDS {
        for (n, d, common) in [(30, 9, 0.0), (58, 9, 0.7), (150, 4, 0.5)] {
            for table in 0..TABLES {
                let mut stream = Stream::new(table, n);
                let mut columns = vec![Vec::new(); d];
                for _ in 0..n {
                    let shared = stream.normal();
                    for (j, column) in columns.iter_mut().enumerate() {
                        let z =
                            f64::sqrt(common) * shared + f64::sqrt(1.0 - common) * stream.normal();
                        column.push(draw(&mut stream, z, j));
                    }
                }
                let found = evidence(&data(&columns), &Spec::default()).unwrap().unwrap();
                if found.is_enough() {
                    wrong.push(format!("{name} {n} x {d}, table {table}: {}", found.p_value));
                }
            }
        }
    }
    // 5 % of 72 are 3.6; more than 8 come with a probability of one in a hundred.
    assert!(wrong.len() <= 8, "{wrong:?}");
}

#[test]
fn missing_values_are_no_kind_of_rows() {
    let mut columns = clouds(&[vec![0.0; 5]], 80, 0.5, 3);
    for row in 0..40 {
        for column in &mut columns[2..] {
            column[2 * row] = f64::NAN;
        }
    }
    let fit = fit(&data(&columns), &quick(), &mut Silent).unwrap();
    assert_eq!(fit.k, 1, "{:?}", fit.evidence);
}

/// Groups along the first feature, evenly spaced, beside features that say nothing.
fn along_one(k: usize, n: usize, apart: f64, noise: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut stream = Stream::new(seed, 9);
    let mut columns = vec![Vec::new(); 1 + noise];
    for row in 0..n {
        for (j, column) in columns.iter_mut().enumerate() {
            let centre = if j == 0 { apart * (row % k) as f64 } else { 0.0 };
            column.push(centre + stream.normal());
        }
    }
    columns
}

/// Share of pairs of rows that are together in both or in neither, of rows that are in groups by turns.
fn same_pairs(labels: &[Option<u32>], k: usize) -> f64 {
    let n = labels.len();
    let pairs = || (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
    let agree = pairs().filter(|&(i, j)| (labels[i] == labels[j]) == (i % k == j % k)).count();
    agree as f64 / pairs().count() as f64
}

#[test]
fn groups_in_one_feature_are_found_beside_features_that_say_nothing() {
    for (k, n, apart, noise) in
        [(3, 90, 20.0, 1), (3, 90, 6.0, 4), (2, 300, 6.0, 8), (4, 300, 6.0, 8)]
    {
        let columns = along_one(k, n, apart, noise, 1);
        let fit = fit(&data(&columns), &quick(), &mut Silent).unwrap();
        let why = fit.selection.unwrap().why;
        assert_eq!(fit.k, k, "{why}");
        assert!(same_pairs(&fit.labels, k) > 0.98, "{k} {noise}: {}", same_pairs(&fit.labels, k));
        if noise > 4 {
            assert_eq!(
                (fit.spec.method, fit.method_used),
                (Method::Kmeans, Method::GaussianMixture)
            );
            assert!(why.contains("k-means does not see them"), "{why}");
        }
    }
}

#[test]
fn a_third_of_the_cells_missing_leaves_the_number_of_groups() {
    for (k, seed) in [(1, 1), (2, 2), (3, 3)] {
        let mut columns = clouds(&centres(k, 5, 5.0, seed), 150 / k, 0.3, seed);
        let mut stream = Stream::new(seed, 10);
        for value in columns.iter_mut().flatten() {
            if stream.bernoulli(0.33) {
                *value = f64::NAN;
            }
        }
        let fit = fit(&data(&columns), &quick(), &mut Silent).unwrap();
        assert_eq!(fit.k, k, "{}", fit.selection.unwrap().why);
        let mistaken = |cloud: &[Option<u32>]| {
            let count = |l: &Option<u32>| cloud.iter().filter(|other| *other == l).count();
            cloud.len() - cloud.iter().map(count).max().unwrap_or(0)
        };
        let mistaken: usize = fit.labels.chunks(150 / k).map(mistaken).sum();
        assert!(mistaken <= 15, "{k}: {mistaken}");
        // New rows are assigned by what is known of them, too.
        let again = fit.predict(&data(&columns)).unwrap();
        assert_eq!(again.labels, fit.labels);
    }
}

#[test]
fn a_row_of_which_nothing_is_known_is_in_no_segment() {
    let mut columns = clouds(&centres(2, 3, 6.0, 4), 30, 0.0, 4);
    for column in &mut columns {
        column[7] = f64::NAN;
    }
    let fit = fit(&data(&columns), &Spec { k: Some(2), ..quick() }, &mut Silent).unwrap();
    assert_eq!(fit.labels.iter().filter(|l| l.is_none()).count(), 1);
    assert_eq!((fit.labels[7], fit.outlier_p[7]), (None, 1.0));
    assert!(fit.warnings.iter().any(|w| w.starts_with("1 of 60 rows belong to no cluster")));
}

/// Parabolas and rings: one kind of rows that no normal copula is like.
#[test]
fn a_curve_is_not_cut_to_pieces() {
    let mut found = Vec::new();
    for seed in 0..4 {
        let mut stream = Stream::new(seed, 11);
        let parabola = |stream: &mut Stream| {
            let x = stream.normal();
            [x, 0.8 * (x * x - 1.0) + 0.3 * stream.normal()]
        };
        let ring = |stream: &mut Stream| {
            let (x, y) = (stream.normal(), stream.normal());
            let size = (2.0 + 0.25 * stream.normal()) / f64::sqrt(x * x + y * y);
            [size * x, size * y]
        };
        for (name, rows) in [
            ("parabola", (0..200).map(|_| parabola(&mut stream)).collect::<Vec<_>>()),
            ("ring", (0..200).map(|_| ring(&mut stream)).collect()),
        ] {
            let columns: Vec<Vec<f64>> =
                (0..2).map(|j| rows.iter().map(|row| row[j]).collect()).collect();
            let fit = fit(&data(&columns), &quick(), &mut Silent).unwrap();
            assert!(fit.evidence.unwrap().is_bent, "{name} {seed}");
            if fit.k > 1 {
                found.push(format!("{name} {seed}: {}", fit.selection.unwrap().why));
            }
        }
    }
    assert!(found.len() <= 1, "{found:?}");
}

#[test]
fn values_of_any_size_have_a_standard_deviation() {
    let columns = clouds(&centres(2, 3, 6.0, 1), 30, 0.0, 1);
    let whole = fit(&data(&columns), &quick(), &mut Silent).unwrap();
    // A power of two changes no rounding: 2⁻⁶⁶⁴ is 5e-201.
    let tiny = (0..664).fold(1.0, |x, _| x / 2.0);
    let small: Vec<Vec<f64>> =
        columns.iter().map(|c| c.iter().map(|x| x * tiny).collect()).collect();
    let found = fit(&data(&small), &quick(), &mut Silent).unwrap();
    assert_eq!((found.k, &found.labels), (whole.k, &whole.labels));
    assert!(found.dropped.is_empty());
    // Without standardisation no distance has a square.
    let spec = Spec { standardize: false, ..quick() };
    let error = fit(&data(&small), &spec, &mut Silent).unwrap_err();
    assert!(error.to_string().contains("none of the 3 features"), "{error}");
}

#[test]
fn too_few_rows_tell_nothing() {
    let columns = clouds(&[vec![0.0; 3], vec![30.0; 3]], 6, 0.0, 1);
    let fit = fit(&data(&columns), &quick(), &mut Silent).unwrap();
    let why = fit.selection.unwrap().why;
    assert_eq!((fit.k, fit.evidence), (1, None));
    assert!(why.contains("12 rows are too few") && why.contains("(20 are needed)"), "{why}");
}

#[test]
fn a_mixture_with_too_few_rows_has_no_criterion() {
    let columns = clouds(&centres(2, 9, 4.0, 1), 30, 0.5, 1);
    let fit = fit(&data(&columns), &quick(), &mut Silent).unwrap();
    let selection = fit.selection.unwrap();
    assert_eq!(fit.k, 2, "{}", selection.why);
    // Spherical: 10 parameters of one component are 40 rows, 21 of two would be 84.
    let known: Vec<bool> = selection.candidates.iter().map(|c| c.bic.is_some()).collect();
    assert_eq!(known, [true, false, false, false, false, false, false, false]);
}

#[test]
fn dense_regions_of_one_kind_are_no_clusters() {
    let regions = |columns: &[Vec<f64>], method| {
        let spec = Spec { method, eps: 0.5, min_points: 4, ..quick() };
        fit(&data(columns), &spec, &mut Silent).unwrap()
    };
    let mut doubted = 0;
    for seed in 0..4 {
        let one = clouds(&[vec![0.0; 2]], 150, 0.0, seed);
        for method in [Method::Dbscan, Method::Hdbscan] {
            let found = regions(&one, method);
            assert!(!found.has_clusters(), "{method:?} {seed}: {:?}", found.evidence);
            doubted += usize::from(found.k > 1);
            let is_said = found.warnings.iter().any(|w| w.contains("there are no clusters: "));
            assert_eq!(is_said, found.k > 1, "{:?}", found.warnings);
        }
    }
    assert!(doubted > 0, "no region was found that had to be doubted");
    let two = clouds(&[vec![0.0; 2], vec![9.0; 2]], 75, 0.0, 1);
    for method in [Method::Dbscan, Method::Hdbscan] {
        let found = regions(&two, method);
        assert!(found.has_clusters(), "{method:?} {:?}", found.evidence);
    }
}

#[test]
fn a_number_that_was_asked_for_is_doubted_where_there_is_none() {
    let spec = Spec { k: Some(3), ..quick() };
    let one = fit(&data(&clouds(&[vec![0.0; 3]], 100, 0.0, 1)), &spec, &mut Silent).unwrap();
    assert!(one.has_clusters() && one.k == 3);
    assert!(
        one.warnings.iter().any(|w| w.starts_with("3 clusters were asked for, but there are no"))
    );
    let three = clouds(&centres(3, 3, 5.0, 1), 40, 0.0, 1);
    let three = fit(&data(&three), &spec, &mut Silent).unwrap();
    assert!(three.warnings.is_empty(), "{:?}", three.warnings);
}

#[test]
fn only_a_feature_that_sets_a_segment_apart_is_said_to_differ() {
    // The third feature is the same for both, and far from 0.
    let columns = clouds(&[vec![0.0, 0.0, 50.0], vec![8.0, 8.0, 50.0]], 40, 0.0, 5);
    let fit = fit(&data(&columns), &Spec { k: Some(2), ..quick() }, &mut Silent).unwrap();
    for card in &fit.cards {
        for difference in &card.differences {
            assert_eq!(difference.differs, difference.feature != "c", "{difference:?}");
        }
    }
}

#[test]
fn clouds_apart_are_found() {
    for (k, seed) in [(2, 1), (3, 2), (5, 3)] {
        let columns = clouds(&centres(k, 5, 4.0, seed), 60, 0.5, seed);
        let fit = fit(&data(&columns), &quick(), &mut Silent).unwrap();
        let selection = fit.selection.unwrap();
        assert_eq!(fit.k, k, "{}", selection.why);
        assert_eq!(selection.candidates.len(), 8);
        assert!(fit.cards.iter().all(|c| c.stability.unwrap() > 0.9));
        // Rows of a cloud are together.
        for cloud in fit.labels.chunks(60) {
            let same = cloud.iter().filter(|l| **l == cloud[0]).count();
            assert!(same >= 57, "{same}");
        }
    }
}

#[test]
fn a_card_says_what_sets_a_segment_apart() {
    let columns = clouds(&[vec![0.0, 0.0, 0.0], vec![0.0, 8.0, 0.0]], 50, 0.0, 1);
    let spec = Spec { k: Some(2), ..quick() };
    let fit = fit(&data(&columns), &spec, &mut Silent).unwrap();
    for card in &fit.cards {
        assert_eq!((card.size, card.share), (50, 0.5));
        let first = &card.differences[0];
        assert_eq!(first.feature, "b");
        let (lower, upper) = (first.lower.unwrap(), first.upper.unwrap());
        assert!(first.effect.abs() > 0.9 && lower < first.effect && first.effect < upper);
        assert!((first.cohort - 4.0).abs() < 0.5);
    }
}

#[test]
fn a_row_far_out_is_an_outlier() {
    let mut columns = clouds(&centres(2, 3, 5.0, 1), 50, 0.0, 1);
    columns[0][7] += 30.0;
    let spec = Spec { k: Some(2), ..quick() };
    let fit = fit(&data(&columns), &spec, &mut Silent).unwrap();
    assert!(fit.outliers.contains(&7) && fit.outliers.len() <= 3, "{:?}", fit.outliers);
}

#[test]
fn the_order_of_many_rows_does_not_matter() {
    // Every second row is of the other kind, and more rows than the criteria look at.
    let apart = clouds(&[vec![0.0, 0.0], vec![20.0, 10.0]], 2_000, 0.0, 6);
    let turns = |column: &Vec<f64>| -> Vec<f64> {
        let (first, second) = column.split_at(2_000);
        first.iter().zip(second).flat_map(|(a, b)| [*a, *b]).collect()
    };
    let columns: Vec<Vec<f64>> = apart.iter().map(turns).collect();
    let spec = Spec { max_k: 3, references: 3, bootstraps: 3, starts: 3, ..Spec::default() };
    let fit = fit(&data(&columns), &spec, &mut Silent).unwrap();
    let selection = fit.selection.unwrap();
    assert_eq!((fit.k, selection.rows), (2, 2_000), "{}", selection.why);
    assert!(fit.silhouette.unwrap() > 0.8);
    assert!(fit.cards.iter().all(|c| c.stability.unwrap() > 0.9));
}

#[test]
fn intervals_of_few_rows_are_wide_and_one_row_has_none() {
    // Two rows of mean 0 and standard deviation √2, and one alone.
    let columns = [vec![-1.0, 1.0, 100.0]];
    let spec = Spec { k: Some(2), ..quick() };
    let fit = fit(&data(&columns), &spec, &mut Silent).unwrap();
    let pair = &fit.cards[0].differences[0];
    let sd = fit.scales[0].sd;
    // t with one degree of freedom: R 4.2.2, qt(0.975, 1).
    let half = 12.706_204_736_174_7 / sd;
    assert!((pair.upper.unwrap() - pair.effect - half).abs() < 1e-9);
    assert!((pair.effect - pair.lower.unwrap() - half).abs() < 1e-9);
    let alone = &fit.cards[1].differences[0];
    assert_eq!((fit.cards[1].size, alone.lower, alone.upper), (1, None, None));
}
