//! Recovery, coverage, scores and fit of items with several categories.

use seedtest_irt::polytomous::{
    CategoryCurves, DiagnoseSpec, Fit, ItemModel, KnownItem, Spec, diagnose, estimate_ability, fit,
    score,
};
use seedtest_irt::{Flag, Normal, Prior, ScoreMethod, ScoreSpec, Silent};
use seedtest_numerics::Stream;

use crate::polytomous::{Scored, abilities, graded};

fn known(found: &Fit, n_items: usize) -> Vec<Option<KnownItem>> {
    let mut items = vec![None; n_items];
    for item in &found.items {
        items[item.item as usize] = Some(KnownItem::from(item));
    }
    items
}

fn of_curves(items: &[CategoryCurves], model: ItemModel) -> Vec<Option<KnownItem>> {
    let item = |curves: &CategoryCurves| {
        let scores = (0..curves.n_categories() as u8).collect();
        Some(KnownItem { curves: curves.clone(), scores, model })
    };
    items.iter().map(item).collect()
}

/// Items of every model with four categories.
fn of_every_model() -> (Vec<CategoryCurves>, Vec<(u32, ItemModel)>) {
    let mut items = graded(51, 4, 3);
    items.extend(
        [-0.5, 0.0, 0.6].map(|b| CategoryCurves::partial_credit_at(0.9, &[b - 0.8, b + 0.4, b])),
    );
    items.extend(
        [0.8, 1.2]
            .map(|a| CategoryCurves::nominal(&[0.4 * a, 0.9 * a, 1.6 * a], &[0.5, 0.6, -0.1])),
    );
    items.push(CategoryCurves::graded_at(1.1, &[0.3]));
    let models = (0..4)
        .map(|j| (j, ItemModel::Grm))
        .chain((4..7).map(|j| (j, ItemModel::Gpcm)))
        .chain((7..9).map(|j| (j, ItemModel::Nrm)))
        .collect();
    (items, models)
}

#[test]
fn intervals_cover_what_the_answers_were_drawn_from() {
    let (items, models) = of_every_model();
    let spec = Spec { models, ..Spec::default() };
    let (mut inside, mut all, mut squares) = (0u32, 0u32, 0.0);
    for seed in 0..12 {
        let data = Scored::draw(60 + seed, abilities(90 + seed, 700, 0.0, 1.0), items.clone(), 0.9);
        let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
        assert!(found.verdict.converged(), "{:?}", found.verdict);
        for item in &found.items {
            let (truth, se) = (&items[item.item as usize], item.se.as_ref().unwrap());
            let slopes = item.curves.slopes().iter().zip(truth.slopes()).zip(&se.slopes);
            let d = item.curves.intercepts().iter().zip(truth.intercepts()).zip(&se.intercepts);
            for ((estimate, truth), se) in slopes.chain(d) {
                let z = (estimate - truth) / se;
                inside += u32::from(z.abs() < 1.96);
                all += 1;
                squares += z * z;
            }
        }
    }
    // 39 correlated parameters, 12 times: as good as 12·15 independent ones, so that the share of intervals has a
    // standard error of 1.6 % and the mean square of z one of 10 %.
    let share = f64::from(inside) / f64::from(all);
    assert_eq!(all, 12 * (4 * 4 + 3 * 4 + 2 * 6 + 2));
    assert!((0.90..0.985).contains(&share), "{share}");
    let mean_square = squares / f64::from(all);
    assert!((0.75..1.35).contains(&mean_square), "{mean_square}");
}

#[test]
fn abilities_are_as_uncertain_as_they_say() {
    let (items, _) = of_every_model();
    let data = Scored::draw(52, abilities(53, 600, 0.0, 1.0), items.clone(), 0.9);
    let known = of_curves(&items, ItemModel::Grm);
    for method in [ScoreMethod::Eap, ScoreMethod::Map, ScoreMethod::Ml, ScoreMethod::Wle] {
        let spec = ScoreSpec { method, ..ScoreSpec::default() };
        let found = score(&data.responses(), &known, Prior::default(), &spec).unwrap();
        assert_eq!(found.scores.len() + found.unscored.len(), 600);
        let z: Vec<f64> = found
            .scores
            .iter()
            .filter_map(|of| Some((of.theta? - data.theta[of.student as usize]) / of.se?))
            .collect();
        let n = z.len() as f64;
        let mean_square = z.iter().map(|z| z * z).sum::<f64>() / n;
        // Normal z: 1 ± 0.06; ML and MAP are only about normal with 10 items.
        assert!((0.8..1.2).contains(&mean_square), "{method:?}: {mean_square}");
        let unbounded = found.scores.iter().filter(|of| of.unbounded.is_some());
        assert_eq!(unbounded.count() > 0, method == ScoreMethod::Ml, "{method:?}");
    }
}

#[test]
fn scores_of_two_categories_are_those_of_right_and_wrong_answers() {
    let items = graded(54, 12, 1);
    let prior = Normal { mean: 0.3, sd: 1.2 };
    let mut stream = Stream::new(55, 0);
    for method in [ScoreMethod::Eap, ScoreMethod::Map, ScoreMethod::Ml, ScoreMethod::Wle] {
        let spec = ScoreSpec { method, ..ScoreSpec::default() };
        let chosen: Vec<usize> = items.iter().map(|_| usize::from(stream.bernoulli(0.6))).collect();
        let answers: Vec<(&CategoryCurves, usize)> = items.iter().zip(chosen.clone()).collect();
        let (theta, se) = estimate_ability(&answers, prior, &spec).unwrap();
        let plain: Vec<(seedtest_irt::ItemParameters, bool)> = items
            .iter()
            .zip(chosen)
            .map(|(item, k)| {
                let (a, b) = (item.slope().unwrap(), item.difficulties()[0]);
                (seedtest_irt::ItemParameters { a, b, c: 0.0 }, k == 1)
            })
            .collect();
        let expected = seedtest_irt::score_answers(&plain, prior, &spec);
        assert!((theta - expected.theta.unwrap()).abs() < 1e-9, "{method:?}");
        assert!((se - expected.se.unwrap()).abs() < 1e-9, "{method:?}");
    }
}

#[test]
fn an_unseen_score_stands_for_the_category_below_and_is_counted() {
    let curves = CategoryCurves::graded_at(1.2, &[-0.4, 0.7]);
    let item = KnownItem { curves: curves.clone(), scores: vec![0, 2, 3], model: ItemModel::Grm };
    assert_eq!([0, 1, 2, 3, 9].map(|score| item.category(score)), [0, 0, 1, 2, 2].map(Some));
    let nominal = KnownItem { model: ItemModel::Nrm, ..item.clone() };
    assert_eq!([1, 2].map(|score| nominal.category(score)), [None, Some(1)]);
    let data = seedtest_irt::polytomous::Responses {
        student: &[0, 1, 2],
        item: &[0, 0, 1],
        score: &[1, 0, 2],
        n_students: 4,
        n_items: 2,
        maximum: None,
    };
    let items = [Some(item), None];
    let found = score(&data, &items, Prior::default(), &ScoreSpec::default()).unwrap();
    assert_eq!(
        found.scores.iter().map(|s| (s.student, s.unseen, s.sum)).collect::<Vec<_>>(),
        [(0, 1, 1), (1, 0, 0)]
    );
    assert_eq!(found.scores[0].theta, found.scores[1].theta);
    assert_eq!(found.unscored.iter().map(|s| s.student).collect::<Vec<_>>(), [2, 3]);
}

/// p of S-X² of every item over some data sets.
fn item_fits(items: &[CategoryCurves], spec: &Spec, seeds: std::ops::Range<u64>) -> Vec<Vec<f64>> {
    seeds
        .map(|seed| {
            let data =
                Scored::draw(seed, abilities(seed + 500, 800, 0.0, 1.0), items.to_vec(), 1.0);
            let found = data
                .fit(&Spec { standard_errors: seedtest_irt::StandardErrors::None, ..spec.clone() });
            let known = known(&found, items.len());
            let found = diagnose(&data.responses(), &known, &DiagnoseSpec::default()).unwrap();
            found.items.iter().filter_map(|item| item.s_x2?.p).collect()
        })
        .collect()
}

#[test]
fn item_fit_rejects_as_often_as_it_says_and_sees_a_wrong_curve() {
    let items = graded(56, 8, 3);
    let p = item_fits(&items, &Spec::default(), 200..212);
    let all: Vec<f64> = p.iter().flatten().copied().collect();
    assert_eq!(all.len(), 12 * 8);
    let rejected = all.iter().filter(|p| **p < 0.05).count();
    // 5 of 96 expected; 12 are three standard errors (√(96·0.05·0.95) = 2.1) above it.
    assert!(rejected <= 12, "{rejected}");
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    // A mean of 96 uniform numbers has a standard error of 0.03.
    assert!((mean - 0.5).abs() < 0.1, "{mean}");
    // Item 7 has a category in the middle that able and weak students share, which no graded curve has.
    let mut odd = items.clone();
    odd[7] = CategoryCurves::nominal(&[1.5, 0.1, 1.6], &[0.4, 0.5, -0.2]);
    let p = item_fits(&odd, &Spec::default(), 300..303);
    assert!(p.iter().all(|of| of[7] < 0.01), "{:?}", p.iter().map(|of| of[7]).collect::<Vec<_>>());
}

#[test]
fn mean_squares_are_one_for_every_item_and_category_under_the_model() {
    let items = graded(57, 10, 3);
    let data = Scored::draw(58, abilities(59, 3_000, 0.0, 1.0), items, 1.0);
    let found = data.fit(&Spec::default());
    let quality =
        diagnose(&data.responses(), &known(&found, 10), &DiagnoseSpec::default()).unwrap();
    assert_eq!(quality.n_complete, 3_000);
    for item in &quality.items {
        let fit = item.mean_squares.unwrap();
        // The fourth moment makes the standard error of a mean square of 3 000 answers about 0.025.
        assert!((fit.infit - 1.0).abs() < 0.08 && (fit.outfit - 1.0).abs() < 0.1, "{fit:?}");
        assert!(item.flags.is_empty(), "{:?}", item.flags);
        let n: u32 = item.categories.iter().map(|category| category.n).sum();
        assert_eq!(n, 3_000);
        let expected: f64 = item.categories.iter().map(|category| category.expected_share).sum();
        assert!((expected - 1.0).abs() < 1e-9);
        for pair in item.categories.windows(2) {
            assert!(pair[0].mean_ability < pair[1].mean_ability);
        }
        for category in &item.categories {
            let share = f64::from(category.n) / 3_000.0;
            assert!((share - category.expected_share).abs() < 0.02, "{category:?}");
        }
    }
    assert!((quality.empirical_reliability.unwrap() - quality.marginal_reliability).abs() < 0.03);
    let mean = quality.mean_q3.unwrap();
    assert!((mean + 1.0 / 9.0).abs() < 0.05, "{mean}");
}

#[test]
fn reversed_and_noisy_items_are_flagged() {
    let mut data = Scored::draw(61, abilities(62, 1_500, 0.0, 1.0), graded(63, 9, 3), 1.0);
    let mut stream = Stream::new(64, 0);
    for (item, score) in data.item.iter().zip(&mut data.score) {
        match *item {
            7 => *score = 3 - *score,
            8 => *score = stream.below(4) as u8,
            _ => {}
        }
    }
    let found = data.fit(&Spec::default());
    let quality = diagnose(&data.responses(), &known(&found, 9), &DiagnoseSpec::default()).unwrap();
    let flags = |item: usize| &quality.items[item].flags;
    assert!(matches!(flags(7)[0], Flag::NegativeItemRest { .. }), "{:?}", flags(7));
    assert!(flags(7).iter().any(|flag| matches!(flag, Flag::OutOfOrder { .. })), "{:?}", flags(7));
    assert!(
        flags(8)
            .iter()
            .any(|f| matches!(f, Flag::LowItemRest { .. } | Flag::LowDiscrimination { .. }))
    );
    assert!(flags(0).iter().all(|flag| !matches!(flag, Flag::OutOfOrder { .. })), "{:?}", flags(0));
}
