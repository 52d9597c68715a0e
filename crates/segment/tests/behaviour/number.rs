//! How many clusters are found.

use super::rows::{centres, clouds, data};
use seedtest_segment::{Silent, Spec, fit};

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
