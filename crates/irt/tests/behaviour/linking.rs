//! Linking leads back to the scale items came from.

use proptest::prelude::*;
use seedtest_irt::{
    Covariance, ItemParameters, LinkError, LinkItem, LinkMethod, LinkSpec, Priors, Silent, Spec,
    equate_true_scores, expected_score, fit, link,
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
fn a_drifting_anchor_is_found_and_left_out() {
    let mut items = anchors(10, 25, 1.1, 0.2, 0.02);
    items[3].new.b += 1.0;
    items[17].new.a *= 2.5;
    let spec = LinkSpec { purify: Some(LinkSpec::PURIFY * 2.0), ..LinkSpec::default() };
    let pure = link(&items, &spec, (None, None)).unwrap();
    let dropped: Vec<u32> = pure.anchors.iter().filter(|a| !a.kept).map(|a| a.item).collect();
    assert_eq!(dropped, [3, 17]);
    assert_eq!((pure.n_anchors, pure.anchors.len()), (23, 25));
    assert!(pure.anchors[3].b_z.unwrap().abs() > 10.0);
    let raw = link(&items, &LinkSpec::default(), (None, None)).unwrap();
    // 23 anchors with an error of 0.02 place the constants to 0.02/√23·4 or so.
    assert!((pure.slope - 1.1).abs() < 0.02 && (pure.intercept - 0.2).abs() < 0.02);
    assert!((raw.intercept - 0.2).abs() > (pure.intercept - 0.2).abs());
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
        assert_eq!(refusal(&good[..1], method), LinkError::TooFewAnchors { anchors: 1 });
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
    let nan = LinkSpec { purify: Some(f64::NAN), ..LinkSpec::default() };
    assert!(matches!(link(&good, &nan, (None, None)), Err(LinkError::PurifyLimit { .. })));
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

#[test]
fn anchors_that_agree_but_for_rounding_are_all_kept() {
    let items: Vec<LinkItem> = (0..40)
        .map(|item| {
            let old = ItemParameters { a: 1.0, b: f64::from(item) / 10.0 - 2.0, c: 0.0 };
            // Half of them agree exactly, so that the robust spread is tiny.
            let wobble = if item % 2 == 0 { 0.0 } else { 1e-4 * f64::from(item % 7) };
            LinkItem { item, new: ItemParameters { b: old.b + wobble, ..old }, old }
        })
        .collect();
    let spec = LinkSpec { purify: Some(LinkSpec::PURIFY), ..LinkSpec::default() };
    let linking = link(&items, &spec, (None, None)).unwrap();
    assert_eq!(linking.n_anchors, 40);
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
    let spec = LinkSpec { purify: Some(LinkSpec::PURIFY), ..LinkSpec::default() };
    let linking = link(&items, &spec, (None, None)).unwrap();
    assert_eq!(linking.n_anchors, 20);
}
