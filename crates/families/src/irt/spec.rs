//! What a calibration is asked for.

use seedtest_irt::{Model, Priors, Rule, StandardErrors, UnknownModel};
use seedtest_responses::Duplicates;
use seedtest_wire::{AnchorJson, CalibrateRequest, CalibrateResponse, PriorsChoice, ReferenceJson};

use super::guessing::Guessing;
use super::linking::{DriftChoice, LinkingChoice};
use crate::error::Error;

/// What to calibrate and how to reach the anchor scale.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // what a response shows, each asked for by itself
pub struct Spec {
    /// The model; its `anchors` are filled from those below.
    pub model: seedtest_irt::Spec,
    /// Which answer counts when there are several.
    pub duplicates: Duplicates,
    /// Items with known parameters.
    pub anchors: Vec<AnchorJson>,
    /// How results get onto the scale of the anchors.
    pub linking: LinkingChoice,
    /// Guessing probabilities that are held fixed; `None` = 0, or estimated by the 3PL.
    pub guessing: Option<Guessing>,
    /// What happens to anchors that drift.
    pub drift: DriftChoice,
    /// The calibration before: without fixed anchors, results get onto its scale.
    pub reference: Option<ReferenceJson>,
    /// The group that fixes the scale, where the log has groups; `None` = the first one.
    pub reference_group: Option<String>,
    /// A stored solution to start from; it changes the time, not the result.
    pub start: Option<CalibrateResponse>,
    /// Whether to measure how well items, students and pairs fit.
    pub quality: bool,
    /// Whether to compute the fit of the whole model, reliability and test information.
    pub fit_statistics: bool,
    /// Whether every item is compared between the groups.
    pub dif: bool,
    /// Whether the response shows the covariance of the estimates, where the model kept it.
    pub covariance: bool,
    /// Version label of the results.
    pub version: String,
    /// What the ledger notes as the seed; nothing here is random.
    pub seed: Option<i64>,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            model: seedtest_irt::Spec::default(),
            duplicates: Duplicates::default(),
            anchors: Vec::new(),
            linking: LinkingChoice::default(),
            guessing: None,
            drift: DriftChoice::default(),
            reference: None,
            reference_group: None,
            start: None,
            quality: false,
            fit_statistics: false,
            dif: false,
            covariance: false,
            version: "v1".into(),
            seed: None,
        }
    }
}

impl Spec {
    /// What a request means. Whose `model` is read elsewhere, that of right and wrong answers stays the default.
    ///
    /// # Errors
    /// For a word or a number that is none.
    pub(super) fn of(request: &CalibrateRequest<'_>, reads_model: bool) -> Result<Self, Error> {
        let default = Self::default();
        let linking = request.linking_method.as_deref().map(|text| {
            text.parse().map_err(|error: Error| Error::field("linking_method", error.to_string()))
        });
        let drift = request.drift.as_deref().map(str::parse::<DriftChoice>);
        Ok(Self {
            model: model(request, reads_model)?,
            duplicates: duplicates(request.duplicates.as_deref())?,
            anchors: request.anchors.clone().unwrap_or_default(),
            linking: linking.transpose()?.unwrap_or(default.linking),
            guessing: guessing(request)?,
            drift: drift.transpose()?.unwrap_or(default.drift),
            reference: request.reference.clone(),
            reference_group: request.reference_group.as_deref().map(str::to_owned),
            start: None,
            quality: request.quality.unwrap_or(default.quality),
            fit_statistics: request.fit_statistics.unwrap_or(default.fit_statistics),
            dif: request.dif.unwrap_or(default.dif),
            covariance: request.covariance.unwrap_or(default.covariance),
            version: request.version.as_deref().map_or(default.version, str::to_owned),
            seed: request.seed,
        })
    }
}

fn model(request: &CalibrateRequest<'_>, reads_model: bool) -> Result<seedtest_irt::Spec, Error> {
    let model = match request.model.as_deref().filter(|_| reads_model) {
        None => Model::TwoPl,
        Some(text) => text.parse().map_err(|error: UnknownModel| {
            let more = "of scored answers GRM, GPCM, PCM, RSM, NRM or auto-per-item";
            Error::field("model", format!("{error}; {}, {more}", error.hint()))
        })?,
    };
    let mut spec = seedtest_irt::Spec::new(model);
    match &request.priors {
        None => {}
        Some(PriorsChoice::Given(priors)) => spec.priors = *priors,
        Some(PriorsChoice::Named(name)) => spec.priors = named_priors(name, spec.priors)?,
    }
    spec.min_n = request.min_answers.unwrap_or(spec.min_n);
    spec.max_iter = request.max_iter.unwrap_or(spec.max_iter);
    spec.gradient_tolerance = request.tol.unwrap_or(spec.gradient_tolerance);
    if let Some(points) = request.quadrature_points {
        spec.quadrature = Rule::Grid { points: points as usize, min: -6.0, max: 6.0 };
    }
    spec.standard_errors = match request.standard_errors.as_deref() {
        None | Some("observed") => StandardErrors::Observed,
        Some("sandwich") => StandardErrors::Sandwich,
        Some("none") => StandardErrors::None,
        Some(other) => {
            let reason = format!("{other:?} is none of observed, sandwich, none");
            return Err(Error::field("standard_errors", reason));
        }
    };
    spec.keep_covariance = request.covariance == Some(true);
    Ok(spec)
}

fn guessing(request: &CalibrateRequest<'_>) -> Result<Option<Guessing>, Error> {
    let given = request.guessing.is_some() || request.guessing_by_item.is_some();
    if !given {
        return Ok(None);
    }
    let by_item = request.guessing_by_item.clone().unwrap_or_default();
    let check = |field, what: String, c: f64| {
        let ok = (0.0..1.0).contains(&c);
        ok.then_some(())
            .ok_or_else(|| Error::field(field, format!("{what}is {c}, outside 0 ≤ c < 1")))
    };
    if let Some(c) = request.guessing {
        check("guessing", String::new(), c)?;
    }
    for (item, &c) in &by_item {
        check("guessing_by_item", format!("{item} "), c)?;
    }
    Ok(Some(Guessing { common: request.guessing, by_item }))
}

fn named_priors(name: &str, defaults: Priors) -> Result<Priors, Error> {
    match name.to_ascii_lowercase().as_str() {
        "weak" => Ok(Priors::weak()),
        "none" => Ok(Priors::none()),
        "default" => Ok(defaults),
        _ => {
            let reason = format!("{name:?} is none of weak, none, default");
            Err(Error::field("priors", reason))
        }
    }
}

pub(super) fn duplicates(name: Option<&str>) -> Result<Duplicates, Error> {
    match name {
        None | Some("first") => Ok(Duplicates::First),
        Some("last") => Ok(Duplicates::Last),
        Some("all") => Ok(Duplicates::All),
        Some(other) => {
            let reason = format!("{other:?} is none of first, last, all");
            Err(Error::field("duplicates", reason))
        }
    }
}
