//! What those who answer for the models read.

use crate::catalogue::Catalogue;
use crate::number::{count, decimal};
use crate::view::{FitRow, Linking, OperatorReport};

/// The models in one or two sentences: what needs a look comes first.
pub(crate) fn operator_summary(report: &OperatorReport, catalogue: &Catalogue) -> String {
    let doubtful = report.fits.iter().filter(|fit| fit.is_sound == Some(false)).count() as u32;
    let flagged = report.items.iter().filter(|item| item.flag().is_some()).count() as u32;
    let unusual = report
        .forecast
        .iter()
        .flat_map(|forecast| &forecast.weeks)
        .filter(|week| week.unusual.is_some())
        .count() as u32;
    let values = [
        ("fits", count(report.fits.len() as u32)),
        ("doubtful", count(doubtful)),
        ("items", count(report.items.len() as u32)),
        ("flagged", count(flagged)),
        ("unusual", count(unusual)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, text)| (*name, &**text)).collect();
    catalogue.fill("operator.summary", &values)
}

/// Which fits may be used and which need a second look.
pub(crate) fn verdicts(fits: &[FitRow], catalogue: &Catalogue) -> String {
    let doubtful: Vec<String> = fits
        .iter()
        .filter(|fit| fit.is_sound == Some(false))
        .map(|fit| catalogue.text(&format!("family.{}", fit.family.name())))
        .collect();
    if doubtful.is_empty() {
        return catalogue.text("fits.sound");
    }
    catalogue.fill("fits.doubtful", &[("list", &doubtful.join(", "))])
}

/// How the newest calibration was put on the scale of the one before.
pub(crate) fn linking(linking: &Linking, catalogue: &Catalogue) -> String {
    let drifted = linking.anchors.iter().filter(|anchor| anchor.drifted).count() as u32;
    let (Some(slope), Some(intercept)) = (linking.slope, linking.intercept) else {
        return catalogue.text("linking.note");
    };
    // The sign is that of the number as it is written: no −0.000.
    let written = decimal(intercept, 3);
    let (sign, intercept) =
        written.strip_prefix('−').map_or(("+", &*written), |positive| ("−", positive));
    let values = [
        ("slope", decimal(slope, 3)),
        ("sign", sign.to_owned()),
        ("intercept", intercept.to_owned()),
        ("n", count(linking.anchors.len() as u32)),
        ("drifted", count(drifted)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, text)| (*name, &**text)).collect();
    catalogue.fill("linking.reading", &values)
}
