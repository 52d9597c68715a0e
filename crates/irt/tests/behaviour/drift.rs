//! Drifting items are found, others are not.

use seedtest_irt::{
    DriftReason, DriftThresholds, Fit, LinkError, LinkSpec, Severity, Silent, Spec, compare, fit,
};

use crate::simulation::{Simulated, abilities, items};

fn calibrated(data: &Simulated) -> Fit {
    fit(&data.responses(), &Spec::default(), &mut Silent).unwrap()
}

#[test]
fn a_drifted_item_stands_out_on_the_common_scale() {
    let bank = items(141, 30);
    let before =
        calibrated(&Simulated::new(142, abilities(143, 3_000, 0.0, 1.0), bank.clone(), 30));
    // A year later the students are better and spread wider, and item 4 has leaked.
    let mut leaked = bank;
    leaked[4].1 -= 1.0;
    let after = calibrated(&Simulated::new(144, abilities(145, 3_000, 0.8, 1.2), leaked, 30));
    let spec = LinkSpec { purify: Some(LinkSpec::PURIFY), ..LinkSpec::default() };
    let thresholds = DriftThresholds::default();
    let found = compare(&before.items, &after.items, &spec, &thresholds).unwrap();
    assert_eq!(found.items.len(), 30);
    let worst = &found.items[0];
    assert_eq!((worst.item, worst.severity), (4, Some(Severity::Severe)));
    assert!(worst.reasons.contains(&(DriftReason::DeltaB, Severity::Severe)));
    assert!(worst.reasons.contains(&(DriftReason::BCiSeparation, Severity::Severe)));
    assert!((worst.delta_b + 1.0).abs() < 0.3 && worst.z_b.unwrap() < -5.0);
    // Four standard errors of a link by 30 items with 3 000 answers each.
    assert!((found.linking.slope - 1.2).abs() < 0.12, "{:?}", found.linking.slope);
    assert!((found.linking.intercept - 0.8).abs() < 0.12, "{:?}", found.linking.intercept);
    // The others differ by sampling error alone: |z| has mean √(2/π) = 0.8.
    let mean_z = found.items[1..].iter().map(|i| i.z_b.unwrap().abs()).sum::<f64>() / 29.0;
    assert!(mean_z > 0.4 && mean_z < 1.3, "{mean_z}");
}

#[test]
fn thresholds_grade_the_change() {
    let bank = Simulated::new(151, abilities(152, 800, 0.0, 1.0), items(153, 80), 80);
    let fit = calibrated(&bank);
    let mut changed = fit.items.clone();
    let without_errors: Vec<_> =
        fit.items.iter().cloned().map(|i| seedtest_irt::ItemFit { se: None, ..i }).collect();
    changed[0].b += 0.3;
    changed[1].b += 0.4;
    changed[2].b -= 0.6;
    changed[3].a += 0.3;
    changed[5].c += 0.05;
    // Five of 80 items move the link by about a hundredth.
    let spec = LinkSpec::default();
    let thresholds = DriftThresholds::default();
    let found = compare(&without_errors, &changed, &spec, &thresholds).unwrap();
    assert!((found.linking.slope - 1.0).abs() < 0.02 && found.linking.intercept.abs() < 0.02);
    let severity = |item| found.items.iter().find(|i| i.item == item).unwrap().severity;
    assert_eq!(severity(0), Some(Severity::Minor));
    assert_eq!(severity(1), Some(Severity::Moderate));
    assert_eq!(severity(2), Some(Severity::Severe));
    assert_eq!(severity(3), Some(Severity::Moderate));
    assert_eq!(severity(5), Some(Severity::Moderate));
    assert_eq!(severity(8), None);
    assert!(found.items.is_sorted_by(|x, y| x.severity >= y.severity));
    let alone = compare(&fit.items[..1], &changed, &spec, &thresholds);
    assert_eq!(alone.unwrap_err(), LinkError::TooFewAnchors { anchors: 1 });
}
