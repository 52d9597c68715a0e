//! What those who answer for the models read.

use crate::catalogue::Catalogue;
use crate::number::{count, decimal};
use crate::view::{FitRow, Linking, OperatorReport};

/// The models, the items and the weeks in a sentence each: how many need a look.
pub(crate) fn operator_summary(report: &OperatorReport, catalogue: &Catalogue) -> String {
    let doubtful = report.fits.iter().filter(|fit| fit.is_sound != Some(true)).count() as u32;
    let flagged = report.items.iter().filter(|item| item.flag().is_some()).count() as u32;
    let unusual = report
        .forecast
        .iter()
        .flat_map(|forecast| &forecast.weeks)
        .filter(|week| week.unusual.is_some())
        .count() as u32;
    let (fits, items) = (count(report.fits.len() as u32), count(report.items.len() as u32));
    let said = |part: &str, n: u32, some: &str, none: &str, of: &str| {
        let word = if n > 0 { some } else { none };
        catalogue.fill(&format!("operator.{part}.{word}"), &[(part, of), (some, &count(n))])
    };
    let mut sentences = vec![match report.fits.len() {
        0 => catalogue.text("fits.empty"),
        _ => said("fits", doubtful, "doubtful", "sound", &fits),
    }];
    if !report.items.is_empty() {
        sentences.push(said("items", flagged, "flagged", "sound", &items));
    }
    if report.forecast.is_some() {
        sentences.push(said("weeks", unusual, "unusual", "usual", ""));
    }
    sentences.join(" ")
}

/// Which fits need a second look, which left no verdict, and what holds of the others, a sentence each.
pub(crate) fn verdicts(fits: &[FitRow], catalogue: &Catalogue) -> Vec<String> {
    let are = |is_sound: Option<bool>| -> Vec<String> {
        let found = fits.iter().filter(|fit| fit.is_sound == is_sound);
        found.map(|fit| catalogue.text(&format!("family.{}", fit.family.name()))).collect()
    };
    let (doubtful, unjudged, sound) = (are(Some(false)), are(None), are(Some(true)));
    if sound.len() == fits.len() {
        return vec![catalogue.text("fits.sound")];
    }
    let list = |key: &str, names: &[String]| {
        (!names.is_empty()).then(|| catalogue.fill(key, &[("list", &names.join(", "))]))
    };
    let rest = (!sound.is_empty()).then(|| catalogue.text("fits.rest"));
    let said = [list("fits.doubtful", &doubtful), list("fits.unjudged", &unjudged), rest];
    said.into_iter().flatten().collect()
}

/// The words of verdicts.
const VERDICTS: [&str; 5] = ["converged", "singular", "unidentified", "truncated", "failed"];

/// How a fit ended, in the reader's language; a word of another program as it is.
pub(crate) fn verdict(fit: &FitRow, catalogue: &Catalogue) -> String {
    match &fit.verdict {
        None => catalogue.text("none"),
        Some(word) if VERDICTS.contains(&word.as_str()) => {
            catalogue.text(&format!("verdict.{word}"))
        }
        Some(word) => word.clone(),
    }
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

/// Names of stored constants that have words, and of methods.
const CONSTANTS: [&str; 7] =
    ["covariance", "intercept_se", "slope_se", "method", "n_anchors", "reference", "run"];
const METHODS: [&str; 4] = ["stocking_lord", "haebara", "mean_sigma", "mean_mean"];

/// A constant of a linking with its value, as cells of a table; what another program calls otherwise stays as it is.
pub(crate) fn constant(name: &str, value: &str, catalogue: &Catalogue) -> Vec<String> {
    let word = |known: &[&str], word: &str| {
        let known = known.contains(&word).then(|| catalogue.text(&format!("linking.{word}")));
        known.unwrap_or_else(|| word.to_owned())
    };
    let value = if name == "method" { word(&METHODS, value) } else { value.to_owned() };
    vec![word(&CONSTANTS, name), value]
}

#[cfg(test)]
mod tests {
    use std::slice;

    use chrono::NaiveDate;

    use super::{CONSTANTS, constant, verdict, verdicts};
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{FitFamily, FitRow};

    fn fit(family: FitFamily, verdict: Option<&str>) -> FitRow {
        FitRow {
            family,
            run_id: "run".into(),
            model: "m".into(),
            fitted_on: NaiveDate::default(),
            verdict: verdict.map(str::to_owned),
            is_sound: verdict.map(|word| word == "converged"),
            n: None,
            figures: Vec::new(),
        }
    }

    #[test]
    fn constants_have_words_and_those_of_others_their_own() {
        let said = |name, value| {
            Lang::ALL.map(|lang| constant(name, value, &Catalogue::load(lang).unwrap()).join(": "))
        };
        assert_eq!(said("A", "1.0085"), ["A: 1.0085", "A: 1.0085"]);
        assert_eq!(said("method", "haebara"), ["연결 방법: 하에바라", "method: Haebara"]);
        assert_eq!(said("method", "own")[1], "method: own");
        assert_eq!(
            said("slope_se", "0.0368"),
            ["A의 표준오차: 0.0368", "standard error of A: 0.0368"]
        );
        for (lang, word) in Lang::ALL.into_iter().flat_map(|l| CONSTANTS.map(|word| (l, word))) {
            let name = constant(word, "", &Catalogue::load(lang).unwrap()).remove(0);
            assert!(!name.starts_with("linking."), "{name}");
        }
    }

    #[test]
    fn a_fit_without_a_verdict_is_not_said_to_have_converged() {
        use FitFamily::{Calibration, Growth, Segments};
        let catalogue = Catalogue::load(Lang::En).unwrap();
        let said = |fits: &[FitRow]| verdicts(fits, &catalogue).join(" ");
        let sound = fit(Calibration, Some("converged"));
        let (open, bad) = (fit(Segments, None), fit(Growth, Some("failed")));
        assert_eq!(said(slice::from_ref(&sound)), "Every fit converged and may be used.");
        let beside = said(&[sound.clone(), open.clone()]);
        assert!(beside.starts_with("Without a verdict"), "{beside}");
        assert!(beside.contains("Segments") && beside.contains("The other fits converged"));
        let all = said(&[sound, open.clone(), bad]);
        assert!(all.starts_with("Needs a second look before it is used: Growth."), "{all}");
        assert!(all.contains("Segments"), "{all}");
        assert!(!said(slice::from_ref(&open)).contains("converged"));
    }

    #[test]
    fn verdicts_are_in_the_language_of_the_page() {
        let catalogue = Catalogue::load(Lang::Ko).unwrap();
        let said = |word| verdict(&fit(FitFamily::Growth, word), &catalogue);
        assert_eq!(said(Some("converged")), "수렴");
        assert_eq!(said(Some("good enough")), "good enough");
        assert_eq!(said(None), "–");
    }
}
