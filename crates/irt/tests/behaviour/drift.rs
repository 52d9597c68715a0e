//! Drifting items are found, others are not.

use seedtest_irt::{
    DriftReason, DriftTest, DriftThresholds, Fit, ItemErrors, ItemFit, LinkError, LinkSpec,
    Severity, Silent, Spec, compare, fit,
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
    let spec = LinkSpec { drift: Some(DriftTest::default()), ..LinkSpec::default() };
    let thresholds = DriftThresholds::default();
    let found = compare(&before.items, &after.items, &spec, &thresholds).unwrap();
    assert_eq!(found.items.len(), 30);
    let worst = &found.items[0];
    assert_eq!((worst.item, worst.severity), (4, Some(Severity::Severe)));
    assert!(worst.reasons.contains(&(DriftReason::DeltaB, Severity::Severe)));
    // The test has the differences the other way round: old minus linked.
    assert!((worst.delta_b + 1.0).abs() < 0.3 && worst.test.b_z.unwrap() > 5.0);
    assert!(worst.test.drifts && !worst.test.kept);
    // Four standard errors of a link by 30 items with 3 000 answers each.
    assert!((found.linking.slope - 1.2).abs() < 0.12, "{:?}", found.linking.slope);
    assert!((found.linking.intercept - 0.8).abs() < 0.12, "{:?}", found.linking.intercept);
    // The others differ by sampling error alone: |z| has mean √(2/π) = 0.8.
    let mean_z = found.items[1..].iter().map(|i| i.test.b_z.unwrap().abs()).sum::<f64>() / 29.0;
    assert!(mean_z > 0.4 && mean_z < 1.3, "{mean_z}");
    assert!(found.items[1..].iter().all(|item| item.severity.is_none()));
}

#[test]
fn thresholds_grade_the_change() {
    let bank = Simulated::new(151, abilities(152, 800, 0.0, 1.0), items(153, 80), 80);
    let fit = calibrated(&bank);
    // Errors so small that every change is beyond them.
    let sure = ItemErrors { a: Some(1e-3), b: Some(1e-3), c: None, ab: None };
    let mut changed: Vec<ItemFit> =
        fit.items.iter().cloned().map(|i| ItemFit { se: Some(sure), ..i }).collect();
    let without_errors: Vec<ItemFit> =
        fit.items.iter().cloned().map(|i| ItemFit { se: None, ..i }).collect();
    changed[0].b += 0.3;
    changed[1].b += 0.4;
    changed[2].b -= 0.6;
    changed[3].a += 0.3;
    changed[5].c += 0.05;
    changed[5].b += 0.3;
    changed[6].c += 0.05;
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
    // A change of c alone is told from sampling error by no test.
    assert_eq!(severity(6), None);
    assert_eq!(severity(8), None);
    // The same changes within sampling error are none.
    for item in &mut changed {
        let wide = ItemErrors { a: Some(0.3), b: Some(0.4), c: None, ab: None };
        item.se = Some(wide);
    }
    let noise = compare(&without_errors, &changed, &spec, &thresholds).unwrap();
    assert!(noise.items.iter().all(|item| item.severity.is_none()));
    for item in &mut changed {
        item.se = None;
    }
    let unknown = compare(&without_errors, &changed, &spec, &thresholds).unwrap();
    assert!(unknown.items.iter().all(|i| i.severity.is_none() && i.test.p.is_none()));
    assert!(found.items.is_sorted_by(|x, y| x.severity >= y.severity));
    let alone = compare(&fit.items[..1], &changed, &spec, &thresholds);
    assert_eq!(alone.unwrap_err(), LinkError::TooFewAnchors { anchors: 1, needed: 2 });
}

#[test]
fn without_drift_next_to_no_night_has_a_flag() {
    // The case `false-drift`: two nights of 300 other students each; 28 to 50 % of the items were
    // flagged. At 1 % for the whole night, two of 25 nights with a flag have a chance of 3 %.
    let bank: Vec<(f64, f64, f64)> = items(8, 25);
    let night = |seed: u64| {
        let students = abilities(seed, 300, 0.0, 1.0);
        let data = Simulated::new(seed + 1, students, bank.clone(), 25);
        let spec = Spec { priors: seedtest_irt::Priors::weak(), ..Spec::default() };
        fit(&data.responses(), &spec, &mut Silent).unwrap()
    };
    let spec = LinkSpec { drift: Some(DriftTest::default()), ..LinkSpec::default() };
    let flagged = (0..25u64)
        .filter(|&i| {
            let (old, new) = (night(1_000 + 10 * i), night(5_000 + 10 * i));
            let found =
                compare(&old.items, &new.items, &spec, &DriftThresholds::default()).unwrap();
            found.items.iter().any(|item| item.severity.is_some())
        })
        .count();
    assert!(flagged <= 1, "{flagged} of 25 nights");
}

#[test]
fn every_severity_of_a_change_has_its_threshold_and_its_word() {
    let thresholds = DriftThresholds::default();
    let severities = [Severity::Minor, Severity::Moderate, Severity::Severe];
    for (reason, expected) in [
        (DriftReason::DeltaB, [Some(0.25), Some(0.35), Some(0.5)]),
        (DriftReason::DeltaA, [None, Some(0.2), Some(0.4)]),
        (DriftReason::DeltaC, [None, Some(0.03), None]),
    ] {
        assert_eq!(severities.map(|severity| thresholds.of(reason, severity)), expected);
        // The word is the one that is stored.
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
    }
    for severity in severities {
        assert_eq!(serde_json::to_value(severity).unwrap(), severity.name());
    }
}
