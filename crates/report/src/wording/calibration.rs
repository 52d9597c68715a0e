//! What a calibration says of items, in words.

use crate::catalogue::Catalogue;
use crate::number::{count, decimal, percent};
use crate::view::{CalibrationFlag, CalibrationReport, DifferingItem, GroupComparison};

/// Whether the fit may be used, and how many items deserve a look.
pub(crate) fn calibration_summary(report: &CalibrationReport, catalogue: &Catalogue) -> String {
    let n = count(report.items.len() as u32);
    let flagged = report.items.iter().filter(|item| !item.flags.is_empty()).count() as u32;
    let items = if flagged == 0 {
        catalogue.fill("calibration.summary.none", &[("items", &n)])
    } else {
        let flagged = count(flagged);
        let values = [("items", n.as_str()), ("flagged", flagged.as_str())];
        catalogue.fill("calibration.summary.some", &values)
    };
    if report.provenance.converged == Some(false) {
        return format!("{} {items}", catalogue.text("calibration.not_converged"));
    }
    items
}

/// What a flag means and what to do, in a sentence or two.
pub(crate) fn calibration_flag(flag: CalibrationFlag, catalogue: &Catalogue) -> String {
    let of = |name: &str, values: &[(&str, &str)]| {
        catalogue.fill(&format!("calibration_flag.{name}"), values)
    };
    match flag {
        CalibrationFlag::CheckKey => of("check_key", &[]),
        CalibrationFlag::NegativeDiscrimination(a) => {
            of("negative_discrimination", &[("a", &decimal(a, 2))])
        }
        CalibrationFlag::NegativeItemRest(r) => of("negative_item_rest", &[("r", &decimal(r, 2))]),
        CalibrationFlag::LowDiscrimination(a) => of("low_discrimination", &[("a", &decimal(a, 2))]),
        CalibrationFlag::LowItemRest(r) => of("low_item_rest", &[("r", &decimal(r, 2))]),
        CalibrationFlag::TooEasy(p) => of("too_easy", &[("share", &percent(p))]),
        CalibrationFlag::TooHard(p) => of("too_hard", &[("share", &percent(p))]),
        CalibrationFlag::Noisy(infit) => of("noisy", &[("value", &decimal(infit, 2))]),
        CalibrationFlag::CurveMisfit(p) => of("curve_misfit", &[("p", &decimal(p, 4))]),
        CalibrationFlag::OutOfOrder(score) => {
            of("out_of_order", &[("score", &count(u32::from(score)))])
        }
        CalibrationFlag::RareCategory(score, n) => {
            of("rare_category", &[("score", &count(u32::from(score))), ("n", &count(n))])
        }
    }
}

/// What it means that an item is not the same for both groups.
pub(crate) fn differing_item(
    item: &DifferingItem,
    of: &GroupComparison,
    catalogue: &Catalogue,
) -> String {
    let share = percent(item.difference.unwrap_or(0.0).abs());
    let key = match item.difference {
        Some(difference) if item.is_uniform && difference < 0.0 => "calibration.dif.harder",
        Some(_) if item.is_uniform => "calibration.dif.easier",
        _ => "calibration.dif.different",
    };
    let values = [
        ("item", item.item.as_str()),
        ("focal", of.focal.as_str()),
        ("reference", of.reference.as_str()),
        ("share", share.as_str()),
    ];
    catalogue.fill(key, &values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    const FLAGS: [CalibrationFlag; 11] = [
        CalibrationFlag::CheckKey,
        CalibrationFlag::NegativeDiscrimination(-0.4),
        CalibrationFlag::NegativeItemRest(-0.2),
        CalibrationFlag::LowDiscrimination(0.2),
        CalibrationFlag::LowItemRest(0.05),
        CalibrationFlag::TooEasy(0.97),
        CalibrationFlag::TooHard(0.04),
        CalibrationFlag::Noisy(1.6),
        CalibrationFlag::CurveMisfit(0.0021),
        CalibrationFlag::OutOfOrder(3),
        CalibrationFlag::RareCategory(4, 7),
    ];

    #[test]
    fn every_flag_has_a_sentence_in_both_languages() {
        for lang in Lang::ALL {
            let catalogue = Catalogue::load(lang).unwrap();
            for flag in FLAGS {
                let told = calibration_flag(flag, &catalogue);
                assert!(told.ends_with('.') && !told.contains(['{', '[']), "{told}");
                assert!(!told.contains("calibration_"), "{told}");
            }
        }
        let korean = Catalogue::load(Lang::Ko).unwrap();
        let told = calibration_flag(CalibrationFlag::RareCategory(4, 7), &korean);
        assert!(told.contains("4점") && told.contains("7개"), "{told}");
    }

    #[test]
    fn a_difference_is_told_from_the_side_of_the_focal_group() {
        let catalogue = Catalogue::load(Lang::En).unwrap();
        let of = GroupComparison {
            reference: "a".into(),
            focal: "b".into(),
            ..GroupComparison::default()
        };
        let item = |difference, is_uniform| DifferingItem {
            item: "q1".into(),
            difference: Some(difference),
            is_uniform,
            ..DifferingItem::default()
        };
        let told =
            |difference, is_uniform| differing_item(&item(difference, is_uniform), &of, &catalogue);
        assert!(
            told(-0.12, true)
                .contains("q1 is harder for b than for equally able students of a, by 12%")
        );
        assert!(told(0.12, true).contains("easier for b"));
        assert!(told(0.12, false).contains("tells students of b apart differently"));
    }
}
