//! A calibration of right and wrong answers, or of scores: which one a request asks for, and what comes of it.

use seedtest_irt::polytomous::{ItemModel, UnknownItemModel};
use seedtest_numerics::{Cost, Observer};
use seedtest_responses::ResponseLog;
use seedtest_wire::{CalibrateRequest, CalibrateResponse, CategoriesResponse, DimensionsResponse};
use serde::Serialize;

use super::categories::{CategoriesFitted, CategoriesSpec, calibrate_categories};
use super::cost::{of_categories, of_dimensions, of_fit};
use super::dimensions::{DimensionsFitted, DimensionsSpec, fit_dimensions, wants_dimensions};
use super::fit::{Fitted, fit};
use super::log::log_of;
use super::scored_log::ScoredLog;
use super::spec::Spec;
use crate::error::Error;
use crate::family::Summary;

/// What chooses by the number of categories.
pub const AUTO_PER_ITEM: &str = "auto-per-item";

/// What a request asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Right and wrong answers.
    Plain(Box<Spec>),
    /// Scores.
    Categories(Box<CategoriesSpec>),
    /// Right and wrong answers on several dimensions.
    Dimensions(Box<DimensionsSpec>),
}

/// What it is about.
#[derive(Debug, Clone)]
pub enum Answered {
    /// Right and wrong answers.
    Plain(ResponseLog),
    /// Scores.
    Categories(ScoredLog),
}

/// What comes of it.
#[derive(Debug, Clone)]
pub enum Calibrated {
    /// Of right and wrong answers.
    Plain(Box<Fitted>),
    /// Of scores.
    Categories(Box<CategoriesFitted>),
    /// Of right and wrong answers on several dimensions.
    Dimensions(Box<DimensionsFitted>),
}

/// The same as JSON.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum CalibrationJson {
    /// Of right and wrong answers.
    Plain(Box<CalibrateResponse>),
    /// Of scores.
    Categories(Box<CategoriesResponse>),
    /// Of several dimensions.
    Dimensions(Box<DimensionsResponse>),
}

/// The model of items of several categories that a word names; `None` for another word. `auto-per-item` is the
/// graded response model, which with two categories is the 2PL.
pub fn category_model(text: &str) -> Option<ItemModel> {
    if text.trim().eq_ignore_ascii_case(AUTO_PER_ITEM) {
        return Some(ItemModel::Grm);
    }
    let model: ItemModel = text.parse().ok()?;
    let of_two = matches!(model, ItemModel::Rasch | ItemModel::TwoPl | ItemModel::ThreePl);
    (!of_two).then_some(model)
}

/// Whether a request asks for models of several categories.
pub(super) fn wants_categories(request: &CalibrateRequest<'_>) -> bool {
    request.model_by_item.is_some()
        || request.max_scores.is_some()
        || request.model.as_deref().is_some_and(|text| category_model(text).is_some())
}

impl Asked {
    /// What a request means.
    ///
    /// # Errors
    /// For a word or a number that is none, and for what models of several categories do not have.
    pub(super) fn of(request: &CalibrateRequest<'_>) -> Result<Self, Error> {
        let given = [
            ("rotation", request.rotation.is_some()),
            ("correlated", request.correlated.is_some()),
        ];
        let plain = Spec::of(request, !wants_categories(request))?;
        if wants_dimensions(request) {
            return Ok(Self::Dimensions(Box::new(DimensionsSpec::of(request, &plain)?)));
        }
        if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
            return Err(Error::field(
                field,
                "is of several dimensions: give dimensions or a pattern",
            ));
        }
        if !wants_categories(request) {
            return Ok(Self::Plain(Box::new(plain)));
        }
        let given = [
            ("guessing", request.guessing.is_some()),
            ("guessing_by_item", request.guessing_by_item.is_some()),
            ("covariance", request.covariance == Some(true)),
        ];
        if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
            let reason = "is not there for models with several categories: leave it out";
            return Err(Error::field(field, reason));
        }
        let models = request.model_by_item.iter().flatten();
        let models =
            models.map(|(item, word)| Ok((item.clone(), item_model("model_by_item", word)?)));
        let model = match request.model.as_deref() {
            None => ItemModel::Grm,
            Some(word) => item_model("model", word)?,
        };
        let of = &plain.model;
        let flat = seedtest_irt::polytomous::Spec::new(model);
        let priors = if request.priors.is_some() { of.priors } else { flat.priors };
        Ok(Self::Categories(Box::new(CategoriesSpec {
            models: models.collect::<Result<_, Error>>()?,
            model: seedtest_irt::polytomous::Spec {
                quadrature: of.quadrature,
                max_iter: of.max_iter,
                gradient_tolerance: of.gradient_tolerance,
                min_n: of.min_n,
                standard_errors: of.standard_errors,
                priors,
                ..flat
            },
            duplicates: plain.duplicates,
            quality: plain.quality,
            fit_statistics: plain.fit_statistics,
            dif: plain.dif,
            anchors: plain.anchors,
            linking: plain.linking,
            drift: plain.drift,
            reference: plain.reference,
            start: None,
            version: plain.version,
            seed: plain.seed,
        })))
    }
}

/// The model of items that a word names.
///
/// # Errors
/// With the words there are.
pub(super) fn item_model(field: &'static str, word: &str) -> Result<ItemModel, Error> {
    if let Some(model) = category_model(word) {
        return Ok(model);
    }
    let word = if word.trim().eq_ignore_ascii_case("1PL") { "Rasch" } else { word };
    word.parse().map_err(|error: UnknownItemModel| {
        Error::field(field, format!("{error}; {} or {AUTO_PER_ITEM}", error.hint()))
    })
}

impl Answered {
    /// The answers a request for a calibration brings.
    pub(super) fn of(request: &CalibrateRequest<'_>) -> Result<Self, Error> {
        if wants_dimensions(request) || !wants_categories(request) {
            return Ok(Self::Plain(log_of(request)?));
        }
        let duplicates = super::spec::duplicates(request.duplicates.as_deref())?;
        Ok(Self::Categories(ScoredLog::of_request(request, duplicates)?))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Plain(log) => log.len(),
            Self::Categories(log) => log.len(),
        }
    }
}

/// The answers of a request do not go with what it asks for; both come from one request, so it is our fault.
fn apart() -> Error {
    Error::field("model", "does not go with the answers")
}

pub(super) fn cost(answered: &Answered, asked: &Asked) -> Result<Cost, Error> {
    match (answered, asked) {
        (Answered::Plain(log), Asked::Plain(spec)) => Ok(of_fit(log, spec)),
        (Answered::Categories(log), Asked::Categories(spec)) => Ok(of_categories(log, spec)),
        (Answered::Plain(log), Asked::Dimensions(spec)) => Ok(of_dimensions(log, spec)),
        _ => Err(apart()),
    }
}

pub(super) fn calibrate(
    answered: &Answered,
    asked: &Asked,
    observer: &mut dyn Observer,
) -> Result<Calibrated, Error> {
    match (answered, asked) {
        (Answered::Plain(log), Asked::Plain(spec)) => {
            Ok(Calibrated::Plain(Box::new(fit(log, spec, observer)?)))
        }
        (Answered::Categories(log), Asked::Categories(spec)) => {
            Ok(Calibrated::Categories(Box::new(calibrate_categories(log, spec, observer)?)))
        }
        (Answered::Plain(log), Asked::Dimensions(spec)) => {
            Ok(Calibrated::Dimensions(Box::new(fit_dimensions(log, spec, observer)?)))
        }
        _ => Err(apart()),
    }
}

pub(super) fn response(
    answered: &Answered,
    asked: &Asked,
    fitted: &Calibrated,
    run_id: &str,
) -> Result<CalibrationJson, Error> {
    match (answered, asked, fitted) {
        (Answered::Plain(log), Asked::Plain(spec), Calibrated::Plain(fitted)) => {
            Ok(CalibrationJson::Plain(Box::new(fitted.response(log, spec, run_id))))
        }
        (Answered::Categories(log), Asked::Categories(spec), Calibrated::Categories(fitted)) => {
            Ok(CalibrationJson::Categories(Box::new(fitted.response(log, spec, run_id))))
        }
        (Answered::Plain(log), Asked::Dimensions(spec), Calibrated::Dimensions(fitted)) => {
            Ok(CalibrationJson::Dimensions(Box::new(fitted.response(log, spec, run_id))))
        }
        _ => Err(apart()),
    }
}

pub(super) fn summary(asked: &Asked, fitted: &Calibrated) -> Summary {
    let seed = match asked {
        Asked::Plain(spec) => spec.seed,
        Asked::Categories(spec) => spec.seed,
        Asked::Dimensions(spec) => spec.seed,
    };
    match fitted {
        Calibrated::Plain(fitted) => fitted.summary(seed),
        Calibrated::Categories(fitted) => fitted.summary(seed),
        Calibrated::Dimensions(fitted) => fitted.summary(seed),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(request: &serde_json::Value) -> Result<Asked, String> {
        let text = request.to_string();
        let request: CalibrateRequest<'_> = serde_json::from_str(&text).unwrap();
        Asked::of(&request).map_err(|error| error.to_string())
    }

    #[test]
    fn the_model_says_what_is_calibrated() {
        for (word, categories) in [
            ("2PL", false),
            ("rasch", false),
            ("grm", true),
            ("Auto-Per-Item", true),
            ("RSM", true),
        ] {
            let found = asked(&json!({"model": word})).unwrap();
            assert_eq!(matches!(found, Asked::Categories(_)), categories, "{word}");
        }
        let by_item = asked(&json!({"model": "2pl", "model_by_item": {"q": "gpcm"}})).unwrap();
        let Asked::Categories(spec) = by_item else { panic!("{by_item:?}") };
        assert_eq!(spec.model.model, ItemModel::TwoPl);
        assert_eq!(spec.models, [("q".to_string(), ItemModel::Gpcm)]);
        assert!(asked(&json!({"model": "4pl"})).unwrap_err().contains("4pl"));
        let refused = asked(&json!({"model": "grm", "model_by_item": {"q": "x"}})).unwrap_err();
        assert!(refused.contains("model_by_item") && refused.contains("NRM"), "{refused}");
        let refused = asked(&json!({"model": "grm", "covariance": true})).unwrap_err();
        assert!(refused.contains("covariance"), "{refused}");
        let found = asked(&json!({"dimensions": 2, "rotation": "Varimax"})).unwrap();
        assert!(matches!(found, Asked::Dimensions(spec) if spec.names() == ["1", "2"]));
        let pattern = json!({"q1": ["reading"], "q2": ["counting", "reading"]});
        let Asked::Dimensions(spec) = asked(&json!({"pattern": pattern})).unwrap() else {
            panic!()
        };
        assert_eq!(spec.names(), ["counting", "reading"]);
        for (request, field) in [
            (json!({"dimensions": 2, "model": "3pl"}), "model"),
            (json!({"dimensions": 2, "quality": true}), "quality"),
            (json!({"dimensions": 2, "priors": "weak"}), "priors"),
            (json!({"dimensions": 2, "rotation": "promax"}), "rotation"),
            (json!({"dimensions": 2, "correlated": true}), "correlated"),
            (json!({"pattern": pattern, "rotation": "varimax"}), "rotation"),
            (json!({"pattern": pattern, "dimensions": 3}), "dimensions"),
            (json!({"rotation": "varimax"}), "rotation"),
        ] {
            let refused = asked(&request).unwrap_err();
            assert!(refused.starts_with(&format!("{field}: ")), "{request}: {refused}");
        }
        let found = asked(&json!({"model": "grm", "fit_statistics": true})).unwrap();
        assert!(matches!(found, Asked::Categories(spec) if spec.fit_statistics));
    }
}
