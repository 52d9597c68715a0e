//! Linking of calibrations with several categories.

use seedtest_irt::polytomous::{CategoryCurves, Fit, ItemModel, LinkItem, Linking, Spec, link};
use seedtest_irt::{DriftTest, LinkError, LinkMethod, LinkSpec};

use crate::polytomous::{Scored, abilities, graded, rating};

const METHODS: [LinkMethod; 4] =
    [LinkMethod::MeanMean, LinkMethod::MeanSigma, LinkMethod::Haebara, LinkMethod::StockingLord];

fn spec(method: LinkMethod) -> LinkSpec {
    LinkSpec { method, ..LinkSpec::default() }
}

fn anchors(new: &Fit, old: &Fit) -> Vec<LinkItem> {
    let common = new.items.iter().filter_map(|item| Some((item, old.item(item.item)?)));
    common
        .map(|(new, old)| LinkItem {
            item: new.item,
            new: new.curves.clone(),
            old: old.curves.clone(),
        })
        .collect()
}

fn with_errors(new: &Fit, old: &Fit, spec: &LinkSpec) -> Linking {
    let covariances = (new.covariance.as_ref(), old.covariance.as_ref());
    link(&anchors(new, old), spec, covariances).unwrap()
}

#[test]
fn curves_moved_by_known_constants_are_moved_back() {
    let mut old = graded(101, 4, 3);
    old.extend(rating(4));
    old.push(CategoryCurves::graded_at(0.8, &[0.4]));
    let nominal = CategoryCurves::nominal(&[0.5, 0.9, 1.5], &[0.5, 0.6, -0.1]);
    let (slope, intercept) = (1.3, -0.45);
    let moved = |curves: &CategoryCurves| curves.on_scale(1.0 / slope, -intercept / slope);
    let items = |list: &[CategoryCurves]| -> Vec<LinkItem> {
        let item = |(item, old): (u32, &CategoryCurves)| LinkItem {
            item,
            new: moved(old),
            old: old.clone(),
        };
        (0u32..).zip(list).map(item).collect()
    };
    for method in METHODS {
        let found = link(&items(&old), &spec(method), (None, None)).unwrap();
        assert!((found.slope - slope).abs() < 1e-9, "{method}: {}", found.slope);
        assert!((found.intercept - intercept).abs() < 1e-9, "{method}");
        assert!(found.slope_se.is_none());
    }
    // Nominal categories have no difficulties, but curves. One item with four of them is enough.
    let alone = items(std::slice::from_ref(&nominal));
    let found = link(&alone, &spec(LinkMethod::Haebara), (None, None)).unwrap();
    assert!((found.slope - slope).abs() < 1e-7 && (found.intercept - intercept).abs() < 1e-7);
    let refused = link(&alone, &spec(LinkMethod::MeanSigma), (None, None)).unwrap_err();
    assert!(matches!(refused, LinkError::NoUnit { .. }), "{refused}");
    // Curves that come back say the same at every ability.
    for curves in old.iter().chain([&nominal]) {
        let there = moved(curves);
        for theta in [-2.0, 0.1, 1.7] {
            let (p, q) =
                (curves.probabilities(slope * theta + intercept), there.probabilities(theta));
            assert!(p.iter().zip(&q).all(|(p, q)| (p - q).abs() < 1e-12));
        }
    }
}

#[test]
fn curves_of_different_kinds_are_refused() {
    let [one, other] = [graded(102, 1, 3).remove(0), rating(2).remove(0)];
    let item = LinkItem { item: 7, new: one.clone(), old: other };
    let refused = link(&[item], &LinkSpec::default(), (None, None)).unwrap_err();
    assert!(refused.to_string().contains("item 7"), "{refused}");
    let two = graded(102, 1, 1).remove(0);
    let item = LinkItem { item: 7, new: two.clone(), old: two };
    let refused = link(&[item], &LinkSpec::default(), (None, None)).unwrap_err();
    assert!(matches!(refused, LinkError::TooFewAnchors { anchors: 1, .. }), "{refused}");
}

fn two_calibrations(seed: u64, n: usize, items: &[CategoryCurves], spec: &Spec) -> (Fit, Fit) {
    let fit = |seed, mean, sd| {
        Scored::draw(seed, abilities(seed + 40, n, mean, sd), items.to_vec(), 1.0).fit(spec)
    };
    (fit(seed, 0.5, 1.25), fit(seed + 1_000, 0.0, 1.0))
}

#[test]
fn the_errors_of_the_constants_hold() {
    let items = graded(103, 6, 3);
    let own = Spec { keep_covariance: true, ..Spec::default() };
    for method in [LinkMethod::StockingLord, LinkMethod::MeanSigma] {
        let (mut squares, mut n) = ([0.0; 2], 0.0);
        for seed in 0..8 {
            let (new, old) = two_calibrations(2_000 + 7 * seed, 500, &items, &own);
            let found = with_errors(&new, &old, &spec(method));
            let z = [
                (found.slope - 1.25) / found.slope_se.unwrap(),
                (found.intercept - 0.5) / found.intercept_se.unwrap(),
            ];
            squares = [squares[0] + z[0] * z[0], squares[1] + z[1] * z[1]];
            n += 1.0;
        }
        // A mean of 8 squares has a standard error of 0.5. The abilities are samples themselves: the
        // standard errors of calibrations hold for the distribution, of which these are 500 draws.
        for square in squares {
            assert!((0.1..2.8).contains(&(square / n)), "{method}: {squares:?}");
        }
    }
}

#[test]
fn an_anchor_that_drifts_is_left_out() {
    let items = graded(104, 8, 3);
    let own = Spec { keep_covariance: true, ..Spec::default() };
    let (new, _) = two_calibrations(3_000, 1_500, &items, &own);
    let mut other = items.clone();
    let shifted: Vec<f64> = items[3].difficulties().iter().map(|b| b + 0.6).collect();
    other[3] = CategoryCurves::graded_at(items[3].slope().unwrap(), &shifted);
    let (_, old) = two_calibrations(3_100, 1_500, &other, &own);
    let tested = LinkSpec { drift: Some(DriftTest::default()), ..LinkSpec::default() };
    let found = with_errors(&new, &old, &tested);
    let left_out: Vec<u32> = found.anchors.iter().filter(|a| !a.kept).map(|a| a.item).collect();
    assert_eq!((left_out, found.n_anchors), (vec![3], 7));
    let drifting = &found.anchors[3];
    assert!(drifting.drifts && drifting.df == 4 && drifting.distance > 0.05, "{drifting:?}");
    assert!((found.intercept - 0.5).abs() < 4.0 * found.intercept_se.unwrap(), "{found:?}");
    // Without the test it pulls the others along.
    let pulled = with_errors(&new, &old, &LinkSpec::default());
    assert!((pulled.intercept - found.intercept).abs() > 0.03);
}

#[test]
fn a_scale_of_slopes_one_lacks_only_its_origin() {
    let items = rating(6);
    let own = Spec { keep_covariance: true, ..Spec::new(ItemModel::Pcm) };
    let (new, old) = two_calibrations(4_000, 800, &items, &own);
    for method in METHODS {
        let found = with_errors(&new, &old, &LinkSpec { same_unit: true, ..spec(method) });
        assert_eq!((found.slope, found.slope_se), (1.0, Some(0.0)), "{method}");
        assert!(
            (found.intercept - 0.5).abs() < 4.0 * found.intercept_se.unwrap(),
            "{method}: {found:?}"
        );
    }
}

#[test]
fn a_linked_calibration_has_errors_that_hold() {
    let items = graded(105, 6, 3);
    let own = Spec { keep_covariance: true, ..Spec::default() };
    let (mut squares, mut n) = (0.0, 0.0);
    for seed in 0..6 {
        let (new, old) = two_calibrations(5_000 + 7 * seed, 600, &items, &own);
        let linked = new.linked(&with_errors(&new, &old, &spec(LinkMethod::StockingLord)));
        for (found, truth) in linked.items.iter().zip(&items) {
            let se = &found.se.as_ref().unwrap().difficulties;
            for ((b, truth), se) in
                found.curves.difficulties().iter().zip(truth.difficulties()).zip(se)
            {
                let z = (b - truth) / se;
                (squares, n) = (squares + z * z, n + 1.0);
            }
        }
        let (of, own) = (linked.latent, new.latent);
        assert_eq!((own.mean_se, own.sd_se), (None, None));
        assert!((of.mean - 0.5).abs() < 4.0 * of.mean_se.unwrap(), "{of:?}");
        assert!((of.sd - 1.25).abs() < 4.0 * of.sd_se.unwrap(), "{of:?}");
        assert!(linked.abilities[0].se > 1.1 * new.abilities[0].se);
    }
    // 108 squares, those of one calibration correlated: as 20 to 30 free ones, whose mean has a standard error of 0.3.
    assert!((0.3..2.2).contains(&(squares / n)), "{}", squares / n);
}

#[test]
fn the_errors_of_an_item_are_those_of_its_own_covariance() {
    use seedtest_irt::polytomous::Covariance;
    let own = Spec { keep_covariance: true, ..Spec::default() };
    let (fit, _) = two_calibrations(6_000, 400, &graded(106, 4, 3), &own);
    let errors: Vec<_> = fit.items.iter().map(|of| (of.item, of.se.as_ref().unwrap())).collect();
    assert!(errors.iter().all(|(_, of)| of.fault().is_none()));
    let (blocks, whole) =
        (Covariance::of_items(&errors).unwrap(), fit.covariance.as_ref().unwrap());
    for item in 0..4 {
        let (own, all) = (blocks.rows_of_item(item), whole.rows_of_item(item));
        assert_eq!(own.len(), 4);
        for (i, k) in own.clone().zip(all.clone()) {
            assert_eq!(blocks.parameters[i], whole.parameters[k]);
            for (j, l) in own.clone().zip(all.clone()) {
                assert_eq!(blocks.get(i, j), whole.get(k, l));
            }
        }
    }
    assert_eq!(blocks.get(0, 5), 0.0);
    let mut broken = errors[0].1.clone();
    broken.covariance.pop();
    assert!(broken.fault().unwrap().contains("3 rows for 4 errors"));
}
