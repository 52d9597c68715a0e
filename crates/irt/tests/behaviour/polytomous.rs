//! Calibrations of items with several categories on simulated, degenerate and wrong input.

use seedtest_irt::polytomous::{
    Anchor, CategoryCurves, Error, Fit, Form, ItemModel, ParameterKind, Responses, Spec, Start,
    fit, fit_groups,
};
use seedtest_irt::{Groups, Latent, NoErrors, Priors, Silent, SkipReason, Warning};
use seedtest_numerics::{Stream, chunks_of_codes};

/// Scored answers in long format with the curves they were drawn from.
pub(crate) struct Scored {
    pub(crate) student: Vec<u32>,
    pub(crate) item: Vec<u32>,
    pub(crate) score: Vec<u8>,
    pub(crate) theta: Vec<f64>,
    pub(crate) items: Vec<CategoryCurves>,
}

impl Scored {
    /// Each student answers each item with this probability.
    pub(crate) fn draw(seed: u64, theta: Vec<f64>, items: Vec<CategoryCurves>, share: f64) -> Self {
        let mut data = Self { student: vec![], item: vec![], score: vec![], theta, items };
        for (student, theta) in data.theta.iter().enumerate() {
            let mut stream = Stream::new(seed, student as u64);
            for (item, curves) in data.items.iter().enumerate() {
                if share < 1.0 && !stream.bernoulli(share) {
                    continue;
                }
                let mut left = stream.uniform();
                let p = curves.probabilities(*theta);
                let category = p.iter().position(|p| {
                    left -= p;
                    left < 0.0
                });
                data.student.push(student as u32);
                data.item.push(item as u32);
                data.score.push(category.unwrap_or(p.len() - 1) as u8);
            }
        }
        data
    }

    pub(crate) fn responses(&self) -> Responses<'_> {
        Responses {
            student: &self.student,
            item: &self.item,
            score: &self.score,
            n_students: self.theta.len(),
            n_items: self.items.len(),
            maximum: None,
        }
    }

    pub(crate) fn fit(&self, spec: &Spec) -> Fit {
        let found = fit(&self.responses(), spec, &mut Silent).unwrap();
        assert!(found.verdict.converged(), "{:?}", found.verdict);
        found
    }
}

pub(crate) fn abilities(seed: u64, n: usize, mean: f64, sd: f64) -> Vec<f64> {
    let mut stream = Stream::new(seed, u64::MAX);
    (0..n).map(|_| mean + sd * stream.normal()).collect()
}

/// Items with `n` difficulties around a centre, a unit apart.
pub(crate) fn graded(seed: u64, n_items: usize, n: usize) -> Vec<CategoryCurves> {
    let mut stream = Stream::new(seed, u64::MAX - 1);
    let mut item = |_| {
        let (a, centre) = (stream.lognormal(0.1, 0.25), 0.7 * stream.normal());
        let b: Vec<f64> = (0..n).map(|k| centre + k as f64 - 0.5 * (n as f64 - 1.0)).collect();
        CategoryCurves::graded_at(a, &b)
    };
    (0..n_items).map(&mut item).collect()
}

/// The rating scale τ = (−0.9, 0.2, 0.7) around difficulties from −1 to 1.
pub(crate) fn rating(n_items: usize) -> Vec<CategoryCurves> {
    let item = |j: usize| {
        let centre = 2.0 * j as f64 / (n_items - 1) as f64 - 1.0;
        let b = [-0.9, 0.2, 0.7].map(|tau| centre + tau);
        CategoryCurves::partial_credit_at(1.0, &b)
    };
    (0..n_items).map(item).collect()
}

#[test]
fn a_rating_scale_finds_its_thresholds_and_the_spread_of_the_abilities() {
    let data = Scored::draw(1, abilities(2, 2_000, 0.0, 1.3), rating(9), 1.0);
    let found = data.fit(&Spec::new(ItemModel::Rsm));
    let [scale] = &found.rating_scales[..] else { panic!("{:?}", found.rating_scales) };
    assert_eq!((scale.categories, scale.items.len()), (4, 9));
    assert!(scale.thresholds.iter().sum::<f64>().abs() < 1e-12);
    let se = scale.se.as_ref().unwrap();
    for ((tau, truth), se) in scale.thresholds.iter().zip([-0.9, 0.2, 0.7]).zip(se) {
        assert!(
            (0.005..0.05).contains(se) && (tau - truth).abs() < 3.5 * se,
            "{tau} {truth} ± {se}"
        );
    }
    let sd_se = found.latent.sd_se.unwrap();
    assert!((found.latent.sd - 1.3).abs() < 3.5 * sd_se + 0.03, "{:?}", found.latent);
    // 9 difficulties, 2 free thresholds and the standard deviation.
    assert_eq!(found.n_parameters, 12);
    // A partial credit model has more parameters, and the same optimum within chance: χ² of 16 degrees of freedom.
    let freer = data.fit(&Spec::new(ItemModel::Pcm));
    let gain = 2.0 * (freer.log_likelihood - found.log_likelihood);
    assert_eq!(freer.n_parameters, 28);
    assert!((2.0..45.0).contains(&gain), "{gain}");
    for (item, freer) in found.items.iter().zip(&freer.items) {
        let (b, other) = (item.curves.difficulties(), freer.curves.difficulties());
        for ((b, other), se) in b.iter().zip(other).zip(&freer.se.as_ref().unwrap().difficulties) {
            assert!((b - other).abs() < 5.0 * se, "{b} {other} ± {se}");
        }
    }
}

#[test]
fn with_two_categories_the_models_are_those_of_right_and_wrong_answers() {
    let data = Scored::draw(5, abilities(6, 1_500, 0.0, 1.0), graded(7, 10, 1), 0.8);
    let plain = seedtest_irt::Responses {
        student: &data.student,
        item: &data.item,
        correct: &data.score,
        n_students: data.theta.len(),
        n_items: data.items.len(),
    };
    let pairs = [
        (ItemModel::Grm, seedtest_irt::Model::TwoPl),
        (ItemModel::Gpcm, seedtest_irt::Model::TwoPl),
        (ItemModel::Nrm, seedtest_irt::Model::TwoPl),
        (ItemModel::Pcm, seedtest_irt::Model::Rasch),
        (ItemModel::ThreePl, seedtest_irt::Model::ThreePl),
    ];
    for (model, same) in pairs {
        let found = data.fit(&Spec::new(model));
        let expected =
            seedtest_irt::fit(&plain, &seedtest_irt::Spec::new(same), &mut Silent).unwrap();
        assert!((found.log_likelihood - expected.log_likelihood).abs() < 1e-5, "{model}");
        assert_eq!(found.n_parameters, expected.n_parameters);
        for (item, expected) in found.items.iter().zip(&expected.items) {
            // Both stop at a gradient of 1e-4; the information of a parameter is 10 at least.
            let close = |x: f64, y: f64| (x - y).abs() < 2e-4;
            assert!(close(item.curves.slope().unwrap(), expected.a), "{model} {item:?}");
            assert!(close(item.curves.difficulties()[0], expected.b), "{model}");
            assert!(close(item.curves.guessing(), expected.c), "{model}");
            let (se, of) = (item.se.as_ref().unwrap(), expected.se.unwrap());
            assert!((se.difficulties[0] / of.b.unwrap() - 1.0).abs() < 1e-3, "{model}");
            assert_eq!(se.guessing.is_some(), of.c.is_some());
            assert_eq!(item.item_rest, expected.item_rest);
        }
        let scored = found.abilities.iter().zip(&expected.abilities);
        assert!(scored.into_iter().all(|(x, y)| (x.theta - y.theta).abs() < 1e-3));
    }
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let data = Scored::draw(8, abilities(9, 700, 0.0, 1.0), graded(10, 9, 3), 0.9);
    let models = vec![(2, ItemModel::Gpcm), (3, ItemModel::Nrm), (4, ItemModel::Rsm)];
    let spec = Spec { models, keep_covariance: true, ..Spec::default() };
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        serde_json::to_string(&pool.install(|| data.fit(&spec))).unwrap()
    };
    let one = of(1);
    assert_eq!(one, of(2));
    assert_eq!(one, of(5));
}

#[test]
fn a_score_that_nobody_has_is_collapsed_and_said() {
    let mut data = Scored::draw(11, abilities(12, 800, 0.0, 1.0), graded(13, 6, 2), 1.0);
    let dense = data.fit(&Spec::default());
    // 0, 1, 2 become 0, 2, 3 on item 4: the same categories under other names.
    for (item, score) in data.item.iter().zip(&mut data.score) {
        if *item == 4 && *score > 0 {
            *score += 1;
        }
    }
    let found = data.fit(&Spec::default());
    let item = found.item(4).unwrap();
    assert_eq!(item.categories.iter().map(|c| c.score).collect::<Vec<_>>(), [0, 2, 3]);
    assert_eq!(item.collapsed, [1]);
    assert!(found.items.iter().filter(|item| item.item != 4).all(|item| item.collapsed.is_empty()));
    assert_eq!(item.curves, dense.item(4).unwrap().curves);
    // A highest score that nobody reached is collapsed, too.
    let maximum = [2, 2, 2, 2, 5, 2];
    let known = Responses { maximum: Some(&maximum), ..data.responses() };
    let found = fit(&known, &Spec::default(), &mut Silent).unwrap();
    assert_eq!(found.item(4).unwrap().collapsed, [1, 4, 5]);
    let too_low = [2, 2, 2, 2, 2, 2];
    let known = Responses { maximum: Some(&too_low), ..data.responses() };
    let refused = fit(&known, &Spec::default(), &mut Silent).unwrap_err();
    let Error::AboveMaximum { row, item: 4, score: 3, maximum: 2 } = refused else {
        panic!("{refused}");
    };
    assert_eq!((data.item[row], data.score[row]), (4, 3));
    assert!(refused.to_string().contains("highest score is 2"), "{refused}");
}

#[test]
fn items_without_two_categories_are_skipped_with_the_reason() {
    let mut data = Scored::draw(14, abilities(15, 300, 0.0, 1.0), graded(16, 5, 2), 1.0);
    for (item, score) in data.item.iter().zip(&mut data.score) {
        if *item == 3 {
            *score = 2;
        }
    }
    let found = data.fit(&Spec::default());
    let [skipped] = &found.skipped[..] else { panic!("{:?}", found.skipped) };
    assert_eq!((skipped.item, skipped.n, skipped.reason), (3, 300, SkipReason::OneCategory));
    data.score.fill(1);
    let refused = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap_err();
    assert!(refused.to_string().contains("5 with answers of one score only"), "{refused}");
}

#[test]
fn wrong_input_is_refused_by_name() {
    let data = Scored::draw(17, abilities(18, 200, 0.0, 1.0), graded(19, 4, 2), 1.0);
    let refused = |spec: &Spec| fit(&data.responses(), spec, &mut Silent).unwrap_err();
    let error = refused(&Spec::new(ItemModel::TwoPl));
    assert!(matches!(
        error,
        Error::TwoCategories { item: 0, categories: 3, model: ItemModel::TwoPl }
    ));
    assert!(error.hint().contains("grm"));
    let models = vec![(9, ItemModel::Grm)];
    let error = refused(&Spec { models, ..Spec::default() });
    assert!(matches!(error, Error::ModelItem { item: 9, n_items: 4 }));
    let wrong_order = CategoryCurves::graded(1.0, &[-1.0, 1.0]);
    let anchor = |curves| Anchor { item: 1, scores: vec![], curves, fixed: true };
    let with = |curves| Spec { anchors: vec![anchor(curves)], ..Spec::default() };
    let error = refused(&with(wrong_order)).to_string();
    assert!(error.contains("item 1") && error.contains("do not decrease"), "{error}");
    let error = refused(&with(CategoryCurves::graded(1.0, &[0.5])));
    assert!(matches!(error, Error::UnknownScore { item: 1, score: 2 }), "{error}");
    let shared_slopes = vec![(0, 8)];
    let error = refused(&Spec { shared_slopes, ..Spec::default() });
    assert!(matches!(error, Error::SharedSlope { first: 0, second: 8, .. }), "{error}");
    let long: Vec<u8> = (0..data.score.len()).map(|row| (row % 200) as u8).collect();
    let many = Responses { score: &long, ..data.responses() };
    let error = fit(&many, &Spec::default(), &mut Silent).unwrap_err();
    assert!(matches!(error, Error::TooManyCategories { item: 0, .. }), "{error}");
    let short = [0u8; 3];
    let maxima = Responses { maximum: Some(&short), ..data.responses() };
    let error = fit(&maxima, &Spec::default(), &mut Silent).unwrap_err();
    assert!(matches!(error, Error::Maxima { maxima: 3, n_items: 4 }));
}

#[test]
fn categories_in_another_order_than_they_mean_are_seen() {
    let mut data = Scored::draw(20, abilities(21, 1_000, 0.0, 1.0), graded(22, 8, 3), 1.0);
    for (item, score) in data.item.iter().zip(&mut data.score) {
        if *item == 5 {
            *score = [0, 2, 1, 3][usize::from(*score)];
        }
        if *item == 6 {
            *score = 3 - *score;
        }
    }
    let found = data.fit(&Spec::new(ItemModel::Gpcm));
    let out: Vec<u32> =
        found.items.iter().filter(|item| item.is_out_of_order()).map(|item| item.item).collect();
    assert_eq!(out, [5, 6]);
    // Graded curves cannot turn round, and draw those who gave an answer to its place: the other answers tell.
    let graded = data.fit(&Spec::new(ItemModel::Grm));
    let falls: Vec<(u32, Option<u8>)> = graded
        .items
        .iter()
        .filter(|item| item.is_out_of_order())
        .map(|item| (item.item, item.falls_at))
        .collect();
    assert_eq!(falls[0], (5, Some(2)), "{falls:?}");
    assert_eq!(falls.len(), 2, "{falls:?}");
    let reversed: Vec<u32> =
        found.items.iter().filter(|item| item.check_key).map(|item| item.item).collect();
    assert_eq!(reversed, [6]);
    assert!(
        found
            .warnings
            .iter()
            .any(|w| matches!(w, Warning::NegativeItemRest { items } if *items == [6]))
    );
    assert!(found.item(6).unwrap().curves.slope().unwrap() < 0.0);
    // Nominal categories do not mind.
    let nominal = data.fit(&Spec::new(ItemModel::Nrm));
    assert!(nominal.items.iter().all(|item| !item.is_out_of_order() && !item.check_key));
    let slopes = nominal.item(5).unwrap().curves.slopes().to_vec();
    assert!(slopes[1] < slopes[0] && slopes[0] < slopes[2], "{slopes:?}");
}

#[test]
fn nominal_categories_find_their_order_from_any_numbers() {
    let mut data = Scored::draw(23, abilities(24, 1_500, 0.0, 1.0), graded(25, 8, 3), 1.0);
    let plain = data.fit(&Spec::new(ItemModel::Nrm));
    // The names of the categories of every item are shuffled, the first one stays.
    let names = [[0, 3, 1, 2], [0, 2, 3, 1], [0, 1, 3, 2], [0, 3, 2, 1]];
    for (item, score) in data.item.iter().zip(&mut data.score) {
        *score = names[*item as usize % 4][usize::from(*score)];
    }
    let found = data.fit(&Spec::new(ItemModel::Nrm));
    assert!((found.log_likelihood - plain.log_likelihood).abs() < 1e-4);
    // Which end of the scale is high cannot be told from names.
    let sign = (found.abilities[0].theta * plain.abilities[0].theta).signum();
    for (item, expected) in found.items.iter().zip(&plain.items) {
        let names = names[item.item as usize % 4];
        for (name, expected) in names[1..].iter().zip(expected.curves.slopes()) {
            let slope = sign * item.curves.slopes()[*name as usize - 1];
            assert!((slope - expected).abs() < 2e-3, "{} {name}", item.item);
        }
    }
}

#[test]
fn fixed_anchors_carry_their_scale_and_keep_their_curves() {
    let items = graded(26, 12, 3);
    let data = Scored::draw(27, abilities(28, 2_000, 0.6, 1.2), items.clone(), 0.9);
    let anchors: Vec<Anchor> = (0..6)
        .map(|j| Anchor { item: j, scores: vec![], curves: items[j as usize].clone(), fixed: true })
        .collect();
    let found = data.fit(&Spec { anchors, ..Spec::default() });
    let latent = found.latent;
    assert!((latent.mean - 0.6).abs() < 3.5 * latent.mean_se.unwrap(), "{latent:?}");
    assert!((latent.sd - 1.2).abs() < 3.5 * latent.sd_se.unwrap(), "{latent:?}");
    for item in &found.items {
        let truth = &items[item.item as usize];
        assert_eq!(item.anchor, item.item < 6);
        if item.anchor {
            assert_eq!((&item.curves, item.se_missing), (truth, Some(NoErrors::Fixed)));
            continue;
        }
        let se = item.se.as_ref().unwrap();
        for ((b, truth), se) in
            item.curves.difficulties().iter().zip(truth.difficulties()).zip(&se.difficulties)
        {
            assert!((b - truth).abs() < 4.5 * se, "{b} {truth} ± {se}");
        }
    }
    assert_eq!(found.n_parameters, 6 * 4 + 2);
}

#[test]
fn groups_are_as_far_apart_as_they_are() {
    let mut theta = abilities(29, 900, 0.0, 1.0);
    theta.extend(abilities(30, 900, 0.8, 0.7));
    let of: Vec<u32> = (0..1_800).map(|s| u32::from(s >= 900)).collect();
    let data = Scored::draw(31, theta, graded(32, 10, 3), 0.8);
    let groups = Groups { of: &of, n: 2, reference: 0 };
    let chunks = chunks_of_codes(1_800);
    let found =
        fit_groups(&data.responses(), groups, &chunks, &Spec::default(), &mut Silent).unwrap();
    assert!(found.verdict.converged());
    let [reference, other] = [found.groups[0].latent, found.groups[1].latent];
    assert_eq!((reference.mean, reference.sd), (0.0, 1.0));
    assert!((other.mean - 0.8).abs() < 3.5 * other.mean_se.unwrap(), "{other:?}");
    assert!((other.sd - 0.7).abs() < 3.5 * other.sd_se.unwrap(), "{other:?}");
}

#[test]
fn a_stored_solution_changes_the_time_and_not_the_result() {
    let data = Scored::draw(33, abilities(34, 1_200, 0.0, 1.0), graded(35, 12, 3), 0.8);
    let models = (8..12).map(|item| (item, ItemModel::Gpcm)).collect();
    let spec = Spec { models, ..Spec::default() };
    let cold = data.fit(&spec);
    let warm = data.fit(&Spec { start: Some(Start::from(&cold)), ..spec });
    assert!(warm.verdict.iterations <= 3, "{}", warm.verdict.iterations);
    assert!((warm.log_likelihood - cold.log_likelihood).abs() < 1e-5);
}

#[test]
fn shared_slopes_are_one_parameter() {
    let items = vec![CategoryCurves::graded_at(1.3, &[-0.5, 0.6]); 6];
    let data = Scored::draw(36, abilities(37, 1_000, 0.0, 1.0), items, 1.0);
    let free = data.fit(&Spec::default());
    let shared_slopes = vec![(0, 1), (1, 4)];
    let spec = Spec { shared_slopes, keep_covariance: true, ..Spec::default() };
    let tied = data.fit(&spec);
    assert_eq!(free.n_parameters - tied.n_parameters, 2);
    let slope = |item: u32| tied.item(item).unwrap().curves.slope().unwrap();
    assert_eq!((slope(0), slope(0)), (slope(1), slope(4)));
    assert!(slope(0) != slope(2));
    let loss = 2.0 * (free.log_likelihood - tied.log_likelihood);
    assert!((0.0..14.0).contains(&loss), "{loss}");
    // Three items tell more about a slope than one: about √3 times, and slopes themselves differ.
    let se = |item: u32| tied.item(item).unwrap().se.as_ref().unwrap().slopes[0];
    assert!((0.35..0.75).contains(&(se(0) / se(2))), "{} {}", se(0), se(2));
    let covariance = tied.covariance.as_ref().unwrap();
    let row = |item| {
        let mut rows = covariance.rows_of_item(item);
        rows.find(|row| covariance.parameters[*row].kind == ParameterKind::A).unwrap()
    };
    assert!((covariance.get(row(0), row(1)) - covariance.get(row(1), row(1))).abs() < 1e-12);
}

#[test]
fn priors_hold_items_with_few_answers() {
    let mut data = Scored::draw(38, abilities(39, 500, 0.0, 1.0), graded(40, 8, 3), 1.0);
    // Of item 7 only five answers are left, of which one in the highest category.
    let mut left = 5;
    let keep: Vec<bool> = data
        .item
        .iter()
        .map(|item| {
            *item != 7 || {
                left -= 1;
                left >= 0
            }
        })
        .collect();
    let mut row = 0;
    for column in [&mut data.student, &mut data.item] {
        row = 0;
        column.retain(|_| {
            row += 1;
            keep[row - 1]
        });
    }
    assert_eq!(row, keep.len());
    row = 0;
    data.score.retain(|_| {
        row += 1;
        keep[row - 1]
    });
    let found = data.fit(&Spec { priors: Priors::weak(), ..Spec::default() });
    let item = found.item(7).unwrap();
    assert_eq!(item.n, 5);
    let a = item.curves.slope().unwrap();
    assert!((0.3..2.5).contains(&a), "{a}");
    assert!(item.curves.difficulties().iter().all(|b| b.abs() < 5.0), "{:?}", item.curves);
    assert!(found.log_prior < 0.0);
}

#[test]
fn an_item_that_tells_its_categories_apart_without_an_exception_is_at_a_bound() {
    // Item 5 is the sum of the others cut in two: no finite slope is best.
    let mut data = Scored::draw(41, abilities(42, 300, 0.0, 1.0), graded(43, 5, 2), 1.0);
    let sums: Vec<u32> =
        data.score.chunks(5).map(|of| of.iter().map(|k| u32::from(*k)).sum()).collect();
    let (mut student, mut item, mut score) = (vec![], vec![], vec![]);
    for (s, rows) in data.score.chunks(5).enumerate() {
        let own = u8::from(sums[s] > 4) + u8::from(sums[s] > 6);
        for (j, k) in rows.iter().chain([&own]).enumerate() {
            student.push(s as u32);
            item.push(j as u32);
            score.push(*k);
        }
    }
    (data.student, data.item, data.score) = (student, item, score);
    data.items.push(data.items[0].clone());
    let found = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
    assert!(!found.verdict.converged(), "{:?}", found.verdict);
    let suspect = found.item(5).unwrap();
    assert!(suspect.se.is_none(), "{suspect:?}");
    assert!(matches!(suspect.se_missing, Some(NoErrors::AtBound | NoErrors::Unidentified)));
    assert!(found.undetermined_names(|item| format!("q{item}")).iter().any(|name| name == "a[q5]"));
}

#[test]
fn a_known_distribution_is_kept() {
    let data = Scored::draw(44, abilities(45, 600, 0.0, 1.0), rating(6), 1.0);
    let latent = Latent::Fixed { mean: 0.2, sd: 1.1 };
    let found = data.fit(&Spec { latent, ..Spec::new(ItemModel::Pcm) });
    assert_eq!((found.latent.mean, found.latent.sd), (0.2, 1.1));
    assert!(found.items.iter().all(|item| item.curves.form() == Form::Adjacent));
    // Slopes of 1 beside free ones: the former hold the unit, and the standard deviation is free.
    let models = vec![(0, ItemModel::Gpcm), (1, ItemModel::Gpcm)];
    let mixed = data.fit(&Spec { models, ..Spec::new(ItemModel::Pcm) });
    assert!(mixed.latent.sd_estimated && !mixed.latent.mean_estimated);
}
