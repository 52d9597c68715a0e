//! Linking constants against reference figures.

use seedtest_irt::{ItemParameters, LinkItem, LinkMethod, LinkSpec, Silent, Spec, fit, link};

use crate::large::{Answers, reference};

#[test]
fn all_four_methods_find_the_reference_constants() {
    // R 4.2.2: mirt 1.45.1 calibrates the 40 items freely, then the 20 known ones carry the scale.
    // Characteristic curves over θ = −4(0.1)4 of the known scale, weights dnorm(θ), by optim.
    let expected = [
        (LinkMethod::MeanSigma, 1.169_681_347_273_89, 0.493_193_395_694_092),
        (LinkMethod::MeanMean, 1.178_646_998_177_61, 0.498_769_621_225_517),
        (LinkMethod::StockingLord, 1.174_518_901_014_76, 0.487_158_627_843_767),
        (LinkMethod::Haebara, 1.175_489_189_912_78, 0.491_099_354_941_359),
    ];
    let data = Answers::link();
    let spec = Spec { keep_covariance: true, ..Spec::default() };
    let free = fit(&data.responses(), &spec, &mut Silent).unwrap();
    let anchors: Vec<LinkItem> = reference()
        .link_anchors
        .iter()
        .zip(&free.items)
        .map(|(old, new)| LinkItem {
            item: new.item,
            new: ItemParameters::from(new),
            old: ItemParameters { a: old.a, b: old.b, c: 0.0 },
        })
        .collect();
    for (method, slope, intercept) in expected {
        let spec = LinkSpec { method, ..LinkSpec::default() };
        let found = link(&anchors, &spec, (free.covariance.as_ref(), None)).unwrap();
        // mirt's calibration is within 3e-5 of the optimum in a and 1e-5 in b.
        assert!((found.slope - slope).abs() < 1e-4, "{method}: {}", found.slope);
        assert!((found.intercept - intercept).abs() < 1e-4, "{method}: {}", found.intercept);
        // The data were simulated with θ ~ N(0.5, 1.2²) on the anchors' scale.
        let (slope_se, intercept_se) = (found.slope_se.unwrap(), found.intercept_se.unwrap());
        assert!(slope_se > 0.005 && slope_se < 0.05, "{method}: {slope_se}");
        assert!(intercept_se > 0.005 && intercept_se < 0.05, "{method}: {intercept_se}");
        assert!((found.slope - 1.2).abs() < 4.0 * slope_se);
        assert!(
            (found.intercept - 0.5).abs() < 4.0 * (intercept_se.powi(2) + 1.44 / 3000.0).sqrt()
        );
    }
}
