//! Linking leads back to the scale items came from.

use proptest::prelude::*;
use seedtest_irt::{
    AnchorDrift, Covariance, DriftTest, ItemErrors, ItemParameters, LinkError, LinkItem,
    LinkMethod, LinkSpec, Linking, Priors, Silent, Spec, equate_true_scores, expected_score, fit,
    link,
};
use seedtest_numerics::Stream;

use crate::simulation::{Simulated, abilities, items};

const METHODS: [LinkMethod; 4] =
    [LinkMethod::MeanMean, LinkMethod::MeanSigma, LinkMethod::Haebara, LinkMethod::StockingLord];

/// Items on the old scale and the same ones on a scale from which (slope, intercept) leads back.
fn anchors(seed: u64, n: usize, slope: f64, intercept: f64, noise: f64) -> Vec<LinkItem> {
    let mut stream = Stream::new(seed, 0);
    (0..n)
        .map(|item| {
            let old = ItemParameters {
                a: stream.lognormal(0.0, 0.3),
                b: stream.normal(),
                c: 0.2 * stream.uniform(),
            };
            let mut new = old.on_scale(1.0 / slope, -intercept / slope);
            new.a *= 1.0 + noise * stream.normal();
            new.b += noise * stream.normal();
            LinkItem { item: item as u32, new, old }
        })
        .collect()
}

fn constants(items: &[LinkItem], method: LinkMethod) -> (f64, f64) {
    let found = link(items, &LinkSpec { method, ..LinkSpec::default() }, (None, None)).unwrap();
    (found.slope, found.intercept)
}

proptest! {
    #[test]
    fn exact_anchors_give_back_the_transformation(
        seed in any::<u64>(),
        n in 3usize..30,
        slope in 0.5f64..2.0,
        intercept in -1.5f64..1.5,
    ) {
        let items = anchors(seed, n, slope, intercept, 0.0);
        for method in METHODS {
            let found = constants(&items, method);
            prop_assert!((found.0 - slope).abs() < 1e-6, "{method} {found:?}");
            prop_assert!((found.1 - intercept).abs() < 1e-6, "{method} {found:?}");
        }
    }

    #[test]
    fn a_chain_there_and_back_is_near_the_identity(seed in any::<u64>()) {
        let there = anchors(seed, 20, 1.3, 0.4, 0.05);
        let back: Vec<LinkItem> =
            there.iter().map(|i| LinkItem { item: i.item, new: i.old, old: i.new }).collect();
        for method in [LinkMethod::MeanMean, LinkMethod::MeanSigma] {
            let spec = LinkSpec { method, ..LinkSpec::default() };
            let one = link(&there, &spec, (None, None)).unwrap();
            let other = link(&back, &spec, (None, None)).unwrap();
            let both = one.then(&other);
            // The two moment methods are symmetric.
            prop_assert!((both.slope - 1.0).abs() < 1e-12 && both.intercept.abs() < 1e-12);
        }
    }
}

/// Covariance of a small calibration with the given item codes.
fn some_covariance(seed: u64) -> Covariance {
    let data = Simulated::new(seed, abilities(seed, 300, 0.0, 1.0), items(seed, 6), 6);
    let spec = Spec { keep_covariance: true, priors: Priors::weak(), ..Spec::default() };
    fit(&data.responses(), &spec, &mut Silent).unwrap().covariance.unwrap()
}

#[test]
fn standard_errors_follow_the_delta_method() {
    use seedtest_irt::ParameterKind::{A, B};
    let items = anchors(7, 6, 1.2, 0.3, 0.05);
    let covariance = some_covariance(7);
    for method in METHODS {
        for on_new in [true, false] {
            // Derivatives of the constants by moving one parameter and linking again.
            let mut gradient = Vec::new();
            for i in 0..items.len() {
                for kind in [A, B] {
                    let moved = |by: f64| {
                        let mut items = items.clone();
                        let side = if on_new { &mut items[i].new } else { &mut items[i].old };
                        *(if kind == A { &mut side.a } else { &mut side.b }) += by;
                        constants(&items, method)
                    };
                    let (up, down) = (moved(1e-4), moved(-1e-4));
                    let row = covariance.row(Some(i as u32), kind).unwrap();
                    gradient.push((row, (up.0 - down.0) / 2e-4, (up.1 - down.1) / 2e-4));
                }
            }
            let variance = |f: fn(&(usize, f64, f64)) -> f64| -> f64 {
                gradient
                    .iter()
                    .flat_map(|x| gradient.iter().map(move |y| (x, y)))
                    .map(|(x, y)| f(x) * f(y) * covariance.get(x.0, y.0))
                    .sum()
            };
            let spec = LinkSpec { method, ..LinkSpec::default() };
            let sides = if on_new { (Some(&covariance), None) } else { (None, Some(&covariance)) };
            let found = link(&items, &spec, sides).unwrap();
            let expected = (variance(|g| g.1).sqrt(), variance(|g| g.2).sqrt());
            // Two numerical derivatives with steps of 1e-4 and 1e-5.
            assert!((found.slope_se.unwrap() / expected.0 - 1.0).abs() < 1e-4, "{method}");
            assert!((found.intercept_se.unwrap() / expected.1 - 1.0).abs() < 1e-4, "{method}");
        }
    }
}

#[test]
fn errors_of_a_chain_add_up() {
    let covariance = some_covariance(8);
    let spec = LinkSpec::default();
    let first = link(&anchors(8, 6, 1.2, 0.3, 0.02), &spec, (Some(&covariance), None)).unwrap();
    let second = link(&anchors(9, 6, 0.9, -0.5, 0.02), &spec, (None, Some(&covariance))).unwrap();
    let both = first.then(&second);
    let point = ItemParameters { a: 1.1, b: 0.7, c: 0.1 };
    let stepwise =
        point.on_scale(first.slope, first.intercept).on_scale(second.slope, second.intercept);
    let direct = point.on_scale(both.slope, both.intercept);
    assert!((stepwise.a - direct.a).abs() < 1e-12 && (stepwise.b - direct.b).abs() < 1e-12);
    let slope_variance = (second.slope * first.slope_se.unwrap()).powi(2)
        + (first.slope * second.slope_se.unwrap()).powi(2);
    assert!((both.slope_se.unwrap().powi(2) / slope_variance - 1.0).abs() < 1e-12);
    assert!(both.intercept_se.unwrap() > second.intercept_se.unwrap());
}

#[test]
fn impossible_links_are_refused() {
    let good = anchors(11, 4, 1.0, 0.0, 0.0);
    let refusal = |items: &[LinkItem], method| {
        let error =
            link(items, &LinkSpec { method, ..LinkSpec::default() }, (None, None)).unwrap_err();
        assert!(!error.hint().is_empty() && !error.to_string().ends_with('.'));
        error
    };
    for method in METHODS {
        assert_eq!(refusal(&good[..1], method), LinkError::TooFewAnchors { anchors: 1, needed: 2 });
        let twice = [good[0], good[1], good[0]];
        assert_eq!(refusal(&twice, method), LinkError::DuplicateAnchor { item: 0 });
        let mut bad = good.clone();
        bad[2].old.b = f64::NAN;
        assert!(matches!(refusal(&bad, method), LinkError::Parameter { item: 2, side: "old", .. }));
    }
    let mut flat = good.clone();
    for item in &mut flat {
        item.new.b = 0.3;
    }
    assert!(matches!(refusal(&flat, LinkMethod::MeanSigma), LinkError::NoUnit { .. }));
    for (test, field) in [
        (DriftTest { level: f64::NAN, ..DriftTest::default() }, "level"),
        (DriftTest { b: -1.0, ..DriftTest::default() }, "b"),
    ] {
        let spec = LinkSpec { drift: Some(test), ..LinkSpec::default() };
        let refused = link(&good, &spec, (None, None)).unwrap_err();
        assert!(matches!(refused, LinkError::DriftTest { field: f, .. } if f == field));
    }
    assert_eq!("Stocking-Lord".parse::<LinkMethod>().unwrap(), LinkMethod::StockingLord);
    assert!("circular".parse::<LinkMethod>().is_err());
}

#[test]
fn equating_a_form_to_itself_changes_nothing() {
    let form: Vec<ItemParameters> =
        anchors(12, 20, 1.0, 0.0, 0.0).into_iter().map(|i| i.old).collect();
    let table = equate_true_scores(&form, &form);
    assert_eq!(table.len(), 21);
    for line in &table {
        assert!((line.equated - f64::from(line.score)).abs() < 1e-8);
        if let Some(theta) = line.theta {
            assert!((expected_score(&form, theta) - f64::from(line.score)).abs() < 1e-8);
        }
    }
    // An easier form needs a higher score for the same ability.
    let easier: Vec<ItemParameters> = form.iter().map(|i| i.on_scale(1.0, -0.5)).collect();
    let table = equate_true_scores(&form, &easier);
    assert!(table[8..20].iter().all(|line| line.equated > f64::from(line.score)));
    assert!(table.is_sorted_by(|x, y| x.equated <= y.equated));
}

/// Errors of a and b of every anchor, as a calibration of `n` students has them at a = 1, b = 0.
fn errors_of(items: &[LinkItem], se: f64) -> Covariance {
    let errors = ItemErrors { a: Some(se), b: Some(se), c: None, ab: Some(0.3 * se * se) };
    Covariance::of_errors(&items.iter().map(|item| (item.item, errors)).collect::<Vec<_>>())
}

fn tested(items: &[LinkItem], covariances: (Option<&Covariance>, Option<&Covariance>)) -> Linking {
    let spec = LinkSpec { drift: Some(DriftTest::default()), ..LinkSpec::default() };
    link(items, &spec, covariances).unwrap()
}

fn dropped(linking: &Linking) -> Vec<u32> {
    linking.anchors.iter().filter(|anchor| !anchor.kept).map(|anchor| anchor.item).collect()
}

#[test]
fn a_drifting_anchor_is_found_and_left_out() {
    let mut items = anchors(10, 25, 1.1, 0.2, 0.02);
    items[3].new.b += 1.0;
    items[17].new.a *= 2.5;
    let errors = errors_of(&items, 0.02);
    let pure = tested(&items, (Some(&errors), None));
    assert_eq!(dropped(&pure), [3, 17]);
    assert_eq!((pure.n_anchors, pure.anchors.len()), (23, 25));
    assert!(pure.anchors[3].b_z.unwrap().abs() > 10.0 && pure.anchors[3].drifts);
    assert!(pure.anchors[3].p_adjusted.unwrap() < 1e-12 && pure.anchors[3].df == 2);
    let raw = link(&items, &LinkSpec::default(), (Some(&errors), None)).unwrap();
    // 23 anchors with an error of 0.02 place the constants to 0.02/√23·4 or so.
    assert!((pure.slope - 1.1).abs() < 0.02 && (pure.intercept - 0.2).abs() < 0.02);
    assert!((raw.intercept - 0.2).abs() > (pure.intercept - 0.2).abs());
}

#[test]
fn one_anchor_moved_by_six_errors_is_found_where_the_others_agree_exactly() {
    // Interquartile range 0 in the case `false-drift`: the spread of the others says nothing.
    let at = |i: usize| f64::from(i as u32) / 5.0 - 1.9;
    for moved in 0..20 {
        let items: Vec<LinkItem> = (0..20)
            .map(|i| {
                let old = ItemParameters { a: 1.0, b: at(i), c: 0.0 };
                let by = if i == moved { 6.0 * 0.07 } else { 0.0 };
                LinkItem { item: i as u32, new: ItemParameters { b: old.b + by, ..old }, old }
            })
            .collect();
        let half = errors_of(&items, 0.07 / std::f64::consts::SQRT_2);
        assert_eq!(dropped(&tested(&items, (Some(&half), Some(&half)))), [moved as u32]);
        let all = errors_of(&items, 0.07);
        assert_eq!(dropped(&tested(&items, (Some(&all), None))), [moved as u32]);
        // Two errors are no reason.
        let wide = errors_of(&items, 0.21);
        assert_eq!(dropped(&tested(&items, (Some(&wide), None))), [0; 0]);
    }
}

#[test]
fn what_is_sure_but_small_is_no_drift_and_without_errors_nothing_is_tested() {
    let items: Vec<LinkItem> = (0..40)
        .map(|item| {
            let old = ItemParameters { a: 1.0, b: f64::from(item) / 10.0 - 2.0, c: 0.0 };
            let wobble = if item % 2 == 0 { 0.0 } else { 1e-2 * f64::from(item % 7) };
            LinkItem { item, new: ItemParameters { b: old.b + wobble, ..old }, old }
        })
        .collect();
    let errors = errors_of(&items, 1e-3);
    let sure = tested(&items, (Some(&errors), None));
    assert_eq!(sure.n_anchors, 40);
    assert!(sure.anchors.iter().any(|anchor| anchor.p_adjusted.unwrap() < 0.01));
    assert!(sure.anchors.iter().all(|anchor| !anchor.drifts));
    let untested = tested(&items, (None, None));
    assert_eq!(untested.n_anchors, 40);
    let unknown = |anchor: &AnchorDrift| anchor.statistic.or(anchor.p).or(anchor.p_adjusted);
    assert!(untested.anchors.iter().all(|anchor| unknown(anchor).is_none()));
}

#[test]
fn at_most_a_fifth_of_the_anchors_is_left_out() {
    // Five of 24 drift; a fifth of 24 is four.
    let items: Vec<LinkItem> = (0..24)
        .map(|item| {
            let old = ItemParameters { a: 1.0, b: f64::from(item) / 6.0 - 2.0, c: 0.0 };
            let noise = 0.01 * f64::from(item % 5);
            let jump = if item % 5 == 1 { 2.0 } else { noise };
            LinkItem { item, new: ItemParameters { b: old.b + jump, ..old }, old }
        })
        .collect();
    let linking = tested(&items, (Some(&errors_of(&items, 0.02)), None));
    assert_eq!(linking.n_anchors, 20);
    let far = |anchor: &&AnchorDrift| anchor.b_difference.abs() > 1.0;
    let left: Vec<_> = linking.anchors.iter().filter(|anchor| anchor.kept).filter(far).collect();
    assert!(left.len() == 1 && left[0].drifts, "the fifth is kept, and said to drift");
}

#[test]
fn scales_of_one_unit_differ_by_the_intercept_alone() {
    // The case `rasch-linked-not-rasch`: Rasch calibrations of N(0, 1) and N(1, 1.2²).
    let mut stream = Stream::new(77, 0);
    let items: Vec<LinkItem> = (0..10)
        .map(|item| {
            let old = ItemParameters { a: 1.0, b: f64::from(item) / 2.5 - 1.8, c: 0.0 };
            let b = old.b - 1.0 + 0.1 * stream.normal();
            LinkItem { item, new: ItemParameters { b, ..old }, old }
        })
        .collect();
    let se = ItemErrors { a: None, b: Some(0.1), c: None, ab: None };
    let errors = Covariance::of_errors(&(0..10).map(|item| (item, se)).collect::<Vec<_>>());
    for method in METHODS {
        let spec = LinkSpec {
            method,
            same_unit: true,
            drift: Some(DriftTest::default()),
            ..LinkSpec::default()
        };
        let found = link(&items, &spec, (Some(&errors), None)).unwrap();
        assert_eq!((found.slope, found.slope_se, found.covariance), (1.0, Some(0.0), Some(0.0)));
        // Ten independent errors of 0.1.
        assert!((found.intercept_se.unwrap() / (0.1 / 10f64.sqrt()) - 1.0).abs() < 0.1);
        assert!((found.intercept - 1.0).abs() < 4.0 * found.intercept_se.unwrap(), "{method}");
        assert!(found.anchors.iter().all(|anchor| anchor.df == 1 && anchor.kept));
        let one = link(&items[..1], &spec, (Some(&errors), None)).unwrap();
        assert!((one.intercept - (items[0].old.b - items[0].new.b)).abs() < 1e-9);
    }
}

#[test]
fn anchors_that_contradict_each_other_still_have_one_best_origin() {
    // Full Gauss–Newton steps run past the minimum where the curves are far apart.
    for seed in 0..20 {
        let mut stream = Stream::new(seed, 0);
        let items: Vec<LinkItem> = (0..8)
            .map(|item| {
                let old = ItemParameters { a: 1.0, b: f64::from(item) / 4.0 - 1.0, c: 0.0 };
                let new = ItemParameters { b: 2.5 * stream.normal() + 1.0, ..old };
                LinkItem { item, new, old }
            })
            .collect();
        for method in [LinkMethod::Haebara, LinkMethod::StockingLord] {
            let spec = LinkSpec { method, same_unit: true, ..LinkSpec::default() };
            let found = link(&items, &spec, (None, None)).unwrap();
            assert!(found.slope == 1.0 && found.intercept.is_finite(), "{method} {seed}");
        }
    }
}

#[test]
fn linked_errors_are_those_of_refitting_the_link() {
    use seedtest_irt::ParameterKind::{A, B, Mean, Sd};
    // Every estimate of the new calibration moved, linked again: numerical derivatives of the
    // linked estimates, squeezed between the covariance.
    let data = Simulated::new(31, abilities(32, 400, 0.0, 1.0), items(33, 8), 8);
    let spec = Spec { keep_covariance: true, priors: Priors::weak(), ..Spec::default() };
    let free = fit(&data.responses(), &spec, &mut Silent).unwrap();
    let covariance = free.covariance.clone().unwrap();
    let truth = |item: u32| {
        let (a, b, c) = data.items[item as usize];
        ItemParameters { a, b, c }.on_scale(0.8, -0.4)
    };
    let linked_with = |moved: &dyn Fn(u32, ItemParameters) -> ItemParameters, method| {
        let new = |item: u32| moved(item, ItemParameters::from(&free.items[item as usize]));
        let items: Vec<LinkItem> =
            (0..4).map(|item| LinkItem { item, new: new(item), old: truth(item) }).collect();
        let spec = LinkSpec { method, ..LinkSpec::default() };
        let linking = link(&items, &spec, (Some(&covariance), None)).unwrap();
        let values: Vec<f64> = (0..8)
            .flat_map(|item| {
                let on = new(item).on_scale(linking.slope, linking.intercept);
                [on.a, on.b]
            })
            .chain([linking.intercept, linking.slope])
            .collect();
        (linking, values)
    };
    for method in METHODS {
        let (linking, _) = linked_with(&|_, own| own, method);
        let linked = free.linked(&linking);
        let mut derivatives = Vec::new();
        for parameter in &covariance.parameters {
            let moved = |by: f64| {
                let shift = |item: u32, mut own: ItemParameters| {
                    if Some(item) == parameter.item {
                        *(if parameter.kind == A { &mut own.a } else { &mut own.b }) += by;
                    }
                    own
                };
                linked_with(&shift, method).1
            };
            let (up, down) = (moved(1e-4), moved(-1e-4));
            derivatives
                .push(up.iter().zip(&down).map(|(u, d)| (u - d) / 2e-4).collect::<Vec<f64>>());
        }
        let se = |value: usize| {
            let mut variance = 0.0;
            for (i, x) in derivatives.iter().enumerate() {
                for (j, y) in derivatives.iter().enumerate() {
                    variance += x[value] * y[value] * covariance.get(i, j);
                }
            }
            variance.sqrt()
        };
        for item in 0..8 {
            let errors = linked.items[item].se.unwrap();
            let of = [(errors.a, 2 * item), (errors.b, 2 * item + 1)];
            for (found, at) in of {
                // Two numerical derivatives with steps of 1e-4 and 1e-5.
                let ratio = found.unwrap() / se(at);
                assert!((ratio - 1.0).abs() < 1e-4, "{method} item {item}: {ratio}");
            }
            let kept = linked.covariance.as_ref().unwrap();
            assert_eq!(kept.standard_error(Some(item as u32), A), errors.a);
            assert_eq!(kept.standard_error(Some(item as u32), B), errors.b);
        }
        assert_eq!(covariance.row(None, Mean).or(covariance.row(None, Sd)), None);
        // The group's mean and spread are N(0, 1) on the new scale: B and A on the old.
        let close = |x: Option<f64>, y: f64| (x.unwrap() / y - 1.0).abs() < 1e-4;
        assert!(close(linked.latent.mean_se, se(16)) && close(linked.latent.sd_se, se(17)));
        // A θ of the mean moves with B alone.
        let average = free.abilities.iter().min_by(|x, y| x.theta.abs().total_cmp(&y.theta.abs()));
        let average = average.unwrap();
        let own = linking.slope * average.se;
        let there = linked.abilities.iter().find(|x| x.student == average.student).unwrap();
        let expected = (own * own + linking.intercept_se.unwrap().powi(2)).sqrt();
        assert!((there.se / expected - 1.0).abs() < 0.02, "{} {expected}", there.se);
    }
}

#[test]
fn linked_intervals_of_new_items_cover_the_truth() {
    // The case `linked-se-ignores-link`: four anchors with 100 answers carry ten new items; 54 % of
    // the intervals covered before. `examples/simulate_linking.rs` has 500 sets.
    const SETS: u64 = 60;
    let thin = [(0.8, -1.0), (1.0, -0.3), (1.2, 0.4), (1.5, 1.1)];
    let new = (0..10).map(|i| (0.6 + 0.12 * f64::from(i), -1.5 + 0.36 * f64::from(i)));
    let items: Vec<(f64, f64, f64)> =
        thin.into_iter().chain(new).map(|(a, b)| (a, b, 0.0)).collect();
    let mut hits = [0.0; 2];
    for set in 0..SETS {
        let students = abilities(9_000 + set, 1_000, 0.8, 1.2);
        let mut data = Simulated::new(set, students, items.clone(), 14);
        // One student in ten answered the anchors.
        let keep: Vec<bool> =
            data.student.iter().zip(&data.item).map(|(s, i)| *i >= 4 || s % 10 == 0).collect();
        let mut kept = keep.iter();
        data.student.retain(|_| *kept.next().unwrap());
        let mut kept = keep.iter();
        data.item.retain(|_| *kept.next().unwrap());
        let mut kept = keep.iter();
        data.correct.retain(|_| *kept.next().unwrap());
        let spec = Spec { keep_covariance: true, ..Spec::default() };
        let free = fit(&data.responses(), &spec, &mut Silent).unwrap();
        let common: Vec<LinkItem> = (0..4)
            .map(|item| {
                let (a, b, c) = items[item];
                let new = ItemParameters::from(&free.items[item]);
                LinkItem { item: item as u32, new, old: ItemParameters { a, b, c } }
            })
            .collect();
        let linking =
            link(&common, &LinkSpec::default(), (free.covariance.as_ref(), None)).unwrap();
        for item in &free.linked(&linking).items[4..] {
            let (a, b, _) = items[item.item as usize];
            let se = item.se.unwrap();
            hits[0] += f64::from(u8::from((item.a - a).abs() < 1.96 * se.a.unwrap()));
            hits[1] += f64::from(u8::from((item.b - b).abs() < 1.96 * se.b.unwrap()));
        }
    }
    // The ten items of a set share the error of the link: about 60 to 120 independent tries, whose
    // share of 0.95 has a standard error of 0.02 to 0.03.
    for share in hits.map(|hits| hits / (10.0 * SETS as f64)) {
        assert!((0.88..=0.995).contains(&share), "{share}");
    }
}
