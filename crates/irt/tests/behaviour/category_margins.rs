//! Fit to the moments of categories: how often it cries wolf, and what it finds.

use seedtest_irt::polytomous::{
    CategoryCurves, ItemModel, M2Kind, Spec, fit, limited_information_fit,
};
use seedtest_irt::{M2, Silent, StandardErrors};
use seedtest_numerics::Interrupt;

use crate::polytomous::{Scored, abilities, graded};

fn margins(data: &Scored, spec: &Spec, kinds: &[M2Kind]) -> Option<Vec<M2>> {
    let spec = Spec { standard_errors: StandardErrors::None, ..spec.clone() };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    let of = |kind: &M2Kind| {
        let never = Interrupt::never();
        limited_information_fit(&data.responses(), &found, *kind, &never).unwrap().unwrap()
    };
    found.verdict.converged().then(|| kinds.iter().map(of).collect())
}

/// Means of statistic/df and rejections at 5 % over sets drawn from the model.
fn check_under_the_model(items: &[CategoryCurves], spec: &Spec, kinds: &[M2Kind], df: &[u32]) {
    let (mut sums, mut rejected) = (vec![0.0; kinds.len()], vec![0u32; kinds.len()]);
    let mut sets = 0.0;
    for set in 0..120 {
        let theta = abilities(3_100 + set, 500, 0.0, 1.0);
        let data = Scored::draw(3_300 + set, theta, items.to_vec(), 1.0);
        let Some(found) = margins(&data, spec, kinds) else { continue };
        sets += 1.0;
        for (at, m2) in found.iter().enumerate() {
            assert_eq!(m2.df, df[at], "{:?}", kinds[at]);
            sums[at] += m2.m2 / f64::from(m2.df);
            rejected[at] += u32::from(m2.p < 0.05);
        }
    }
    assert!(sets > 100.0, "{sets}");
    for (at, df) in df.iter().enumerate() {
        // Three standard errors of the mean of χ²(df)/df, and of a share of 5 %.
        let (mean, share) = (sums[at] / sets, f64::from(rejected[at]) / sets);
        let spread = (2.0 / f64::from(*df) / sets).sqrt();
        assert!((mean - 1.0).abs() < 3.0 * spread, "{:?}: {mean}", kinds[at]);
        let spread = (0.05f64 * 0.95 / sets).sqrt();
        assert!((share - 0.05).abs() < 3.0 * spread, "{:?}: {share}", kinds[at]);
    }
}

#[test]
fn graded_items_that_fit_are_rejected_in_five_per_cent() {
    // 8 items of 3 categories: 16 + 28 and 8 + 28 moments, 24 parameters.
    let kinds = [M2Kind::C2, M2Kind::Collapsed];
    check_under_the_model(&graded(3_001, 8, 2), &Spec::new(ItemModel::Grm), &kinds, &[20, 12]);
}

#[test]
fn what_items_share_costs_one_degree_of_freedom() {
    // 5 items of a rating scale, 2 nominal ones, each with 4 categories, and 2 of right and wrong answers of slope 1.
    let mut items: Vec<CategoryCurves> = [-0.8, -0.4, 0.0, 0.4, 0.8]
        .map(|b| CategoryCurves::partial_credit_at(1.0, &[b - 0.7, b + 0.1, b + 0.6]))
        .to_vec();
    items.extend(
        [0.8, 1.2].map(|a| CategoryCurves::nominal(&[0.4 * a, a, 1.6 * a], &[0.3, 0.4, -0.1])),
    );
    items.extend([-0.3, 0.5].map(|b| CategoryCurves::graded_at(1.0, &[b])));
    let models = [5, 6].map(|item| (item, ItemModel::Nrm)).to_vec();
    let spec = Spec { models, ..Spec::new(ItemModel::Rsm) };
    // Moments: 7·3 + 2 of single items; in pairs 7 functions of ordered items and 6 of the nominal ones, 7·6/2 of
    // ordered with ordered, 7·6 with nominal, 9 of nominal with nominal. Parameters: 5 locations and 2 thresholds, 2·6,
    // 2, and the standard deviation.
    let df = 21 + 2 + 21 + 42 + 9 - (7 + 12 + 2 + 1);
    check_under_the_model(&items, &spec, &[M2Kind::C2], &[df]);
}

#[test]
fn a_second_ability_is_seen() {
    // The answers to the last five of ten items come from another ability, correlated 0.5.
    let (first, other) = (abilities(3_501, 1_000, 0.0, 1.0), abilities(3_502, 1_000, 0.0, 1.0));
    let second: Vec<f64> =
        first.iter().zip(&other).map(|(x, y)| 0.5 * x + 0.75f64.sqrt() * y).collect();
    let bank = graded(3_503, 10, 3);
    let mut data = Scored::draw(3_504, first, bank.clone(), 1.0);
    let apart = Scored::draw(3_505, second, bank, 1.0);
    for (row, item) in data.item.iter().enumerate().filter(|(_, item)| **item >= 5) {
        assert_eq!(apart.item[row], *item);
        data.score[row] = apart.score[row];
    }
    let found = margins(&data, &Spec::new(ItemModel::Grm), &[M2Kind::C2]).unwrap()[0];
    assert!(found.p < 1e-6 && found.rmsea2_lower > 0.05, "{found:?}");
    assert!(found.srmsr > 0.05 && found.cfi < 0.95, "{found:?}");
}
