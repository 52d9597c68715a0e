//! Calibrations of several dimensions.

use std::collections::BTreeSet;

use seedtest_irt::Observer;
use seedtest_irt::multidimensional::{Error as Refused, Fit, Loadings, Rotation, fit_in_chunks};
use seedtest_numerics::{Verdict, chunks_of_ids};
use seedtest_responses::{Answers, Duplicates, ResponseLog};
use seedtest_wire::CalibrateRequest;

use super::digest::hex_digest;
use super::fit::conflicts_told;
use super::log::responses_of;
use super::spec::Spec;
use crate::error::Error;
use crate::family::{Summary, run_id_of};

/// Which items load on which dimensions, by name.
#[derive(Debug, Clone, PartialEq)]
pub enum DimensionsChoice {
    /// Every item on each of so many dimensions, which are turned.
    Free {
        /// Their number.
        dimensions: usize,
        /// How they are turned.
        rotation: Rotation,
    },
    /// Items on the dimensions that are named.
    Pattern {
        /// Names of the dimensions.
        names: Vec<String>,
        /// Dimensions of every item id, by their position among the names.
        items: Vec<(String, Vec<usize>)>,
        /// Whether the dimensions correlate.
        correlated: bool,
    },
}

/// What a calibration of several dimensions is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct DimensionsSpec {
    /// Which items load on which dimensions.
    pub loadings: DimensionsChoice,
    /// Items with fewer answers are skipped.
    pub min_n: u32,
    /// Most E-steps.
    pub max_iter: u32,
    /// Largest gradient component at which the fit has converged.
    pub gradient_tolerance: f64,
    /// Whether standard errors are computed where there is a pattern.
    pub standard_errors: bool,
    /// Which answer counts when there are several.
    pub duplicates: Duplicates,
    /// Version label of the results.
    pub version: String,
    /// What the ledger notes as the seed; nothing here is random.
    pub seed: Option<i64>,
}

/// A calibration of several dimensions with what went into it.
#[derive(Debug, Clone)]
pub struct DimensionsFitted {
    /// The fit; its codes are those of the log.
    pub fit: Fit,
    /// The answers it was fitted to, and how many were left out.
    pub answers: Answers,
    /// What was doubtful about answers and pattern.
    pub warnings: Vec<String>,
    /// Hexadecimal digest of request, ids and answers: equal inputs, equal digest.
    pub input_digest: String,
}

impl DimensionsSpec {
    /// The defaults for these loadings.
    pub fn new(loadings: DimensionsChoice) -> Self {
        let seedtest_irt::Spec { min_n, max_iter, gradient_tolerance, .. } =
            seedtest_irt::Spec::default();
        let Spec { duplicates, version, .. } = Spec::default();
        Self {
            loadings,
            min_n,
            max_iter,
            gradient_tolerance,
            standard_errors: true,
            duplicates,
            version,
            seed: None,
        }
    }

    /// What a request means; `plain` is what it means to a calibration of one dimension.
    ///
    /// # Errors
    /// For what several dimensions do not have, and for words and patterns that are none.
    pub(super) fn of(request: &CalibrateRequest<'_>, plain: &Spec) -> Result<Self, Error> {
        refuse_what_is_not_for_dimensions(request)?;
        Ok(Self {
            min_n: plain.model.min_n,
            max_iter: plain.model.max_iter,
            gradient_tolerance: plain.model.gradient_tolerance,
            standard_errors: request.standard_errors.as_deref() != Some("none"),
            duplicates: plain.duplicates,
            version: plain.version.clone(),
            seed: plain.seed,
            ..Self::new(loadings(request)?)
        })
    }

    /// Names of the dimensions: those of the pattern, else their numbers.
    pub fn names(&self) -> Vec<String> {
        match &self.loadings {
            DimensionsChoice::Free { dimensions, .. } => {
                (1..=*dimensions).map(|number| number.to_string()).collect()
            }
            DimensionsChoice::Pattern { names, .. } => names.clone(),
        }
    }

    /// The specification for items in the order of these ids, and how many items of the pattern are not among them.
    fn coded(&self, items: &[Box<str>]) -> (seedtest_irt::multidimensional::Spec, usize) {
        let (loadings, unknown) = match &self.loadings {
            DimensionsChoice::Free { dimensions, rotation } => {
                (Loadings::Free { dimensions: *dimensions, rotation: *rotation }, 0)
            }
            DimensionsChoice::Pattern { names, items: rows, correlated } => {
                let code = |id: &String| items.binary_search_by(|known| (**known).cmp(id));
                let coded: Vec<(u32, Vec<usize>)> = rows
                    .iter()
                    .filter_map(|(id, own)| Some((code(id).ok()? as u32, own.clone())))
                    .collect();
                let unknown = rows.len() - coded.len();
                let (dimensions, correlated) = (names.len(), *correlated);
                (Loadings::Pattern { dimensions, items: coded, correlated }, unknown)
            }
        };
        let spec = seedtest_irt::multidimensional::Spec {
            min_n: self.min_n,
            max_iter: self.max_iter,
            gradient_tolerance: self.gradient_tolerance,
            standard_errors: self.standard_errors,
            ..seedtest_irt::multidimensional::Spec::new(loadings)
        };
        (spec, unknown)
    }
}

/// Whether a request asks for several dimensions.
pub(super) fn wants_dimensions(request: &CalibrateRequest<'_>) -> bool {
    request.dimensions.is_some() || request.pattern.is_some()
}

fn refuse_what_is_not_for_dimensions(request: &CalibrateRequest<'_>) -> Result<(), Error> {
    let is_2pl = |model: &str| model.trim().eq_ignore_ascii_case("2pl");
    let given = [
        ("model", request.model.as_deref().is_some_and(|model| !is_2pl(model))),
        ("model_by_item", request.model_by_item.is_some()),
        ("max_scores", request.max_scores.is_some()),
        ("groups", !request.groups.is_empty()),
        ("reference_group", request.reference_group.is_some()),
        ("anchors", request.anchors.as_ref().is_some_and(|anchors| !anchors.is_empty())),
        ("linking_method", request.linking_method.is_some()),
        ("reference", request.reference.is_some()),
        ("priors", request.priors.is_some()),
        ("guessing", request.guessing.is_some()),
        ("guessing_by_item", request.guessing_by_item.is_some()),
        ("quadrature_points", request.quadrature_points.is_some()),
        ("standard_errors", request.standard_errors.as_deref() == Some("sandwich")),
        ("quality", request.quality == Some(true)),
        ("fit_statistics", request.fit_statistics == Some(true)),
        ("dif", request.dif == Some(true)),
        ("covariance", request.covariance == Some(true)),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some(("model", _)) => Err(Error::field("model", "of several dimensions is the 2PL")),
        Some((field, _)) => {
            Err(Error::field(field, "is not there for several dimensions: leave it out"))
        }
    }
}

fn loadings(request: &CalibrateRequest<'_>) -> Result<DimensionsChoice, Error> {
    let Some(pattern) = &request.pattern else {
        if request.correlated.is_some() {
            return Err(Error::field(
                "correlated",
                "is of a pattern: leave it out, or use rotation",
            ));
        }
        let rotation = request.rotation.as_deref().map_or(Ok(Rotation::default()), rotation)?;
        let dimensions = request.dimensions.unwrap_or_default() as usize;
        return Ok(DimensionsChoice::Free { dimensions, rotation });
    };
    if request.rotation.is_some() {
        return Err(Error::field("rotation", "is not there with a pattern: leave one of them out"));
    }
    let names: BTreeSet<&String> = pattern.values().flatten().collect();
    let names: Vec<&String> = names.into_iter().collect();
    if request.dimensions.is_some_and(|dimensions| dimensions as usize != names.len()) {
        let reason = format!("does not go with a pattern of {}: leave it out", names.len());
        return Err(Error::field("dimensions", reason));
    }
    let positions =
        |own: &Vec<String>| own.iter().filter_map(|name| names.binary_search(&name).ok()).collect();
    Ok(DimensionsChoice::Pattern {
        items: pattern.iter().map(|(item, own)| (item.clone(), positions(own))).collect(),
        names: names.into_iter().cloned().collect(),
        correlated: request.correlated.unwrap_or(true),
    })
}

/// The rotation that a word names.
fn rotation(word: &str) -> Result<Rotation, Error> {
    match word.to_ascii_lowercase().as_str() {
        "quartimin" => Ok(Rotation::Quartimin),
        "varimax" => Ok(Rotation::Varimax),
        _ => Err(Error::field("rotation", format!("{word:?} is none of quartimin, varimax"))),
    }
}

/// Calibrates the answers of a log on several dimensions.
///
/// # Errors
/// For answers with groups, patterns that do not go with the answers, and what the kernel refuses.
pub fn fit_dimensions(
    log: &ResponseLog,
    spec: &DimensionsSpec,
    observer: &mut dyn Observer,
) -> Result<DimensionsFitted, Error> {
    if log.groups().is_some() {
        return Err(Error::field("group", "is not there for several dimensions: leave it out"));
    }
    let answers = log.answers(spec.duplicates);
    let (coded, unknown) = spec.coded(log.items());
    let settings = serde_json::to_vec(&(&coded, spec.duplicates.name()))?;
    let input_digest = hex_digest(&settings, [log.students(), log.items()], &answers);
    let names = spec.names();
    let id =
        |item: u32| log.items().get(item as usize).map_or_else(String::new, ToString::to_string);
    let name = |dimension: usize| names[dimension].clone();
    let chunks = chunks_of_ids(log.students());
    let fitted = fit_in_chunks(&responses_of(log, &answers), &chunks, &coded, observer);
    let mut fit = fitted.map_err(|error| refused(error, &spec.loadings, (&id, &name)))?;
    fit.verdict = fit.verdict_by_id(&id, &name);
    let mut warnings: Vec<String> = conflicts_told(log).into_iter().collect();
    if unknown > 0 {
        warnings.push(format!("{unknown} items of the pattern have no answers"));
    }
    Ok(DimensionsFitted { fit, answers, warnings, input_digest })
}

/// A refusal of the kernel with ids in place of codes, and the field that it is about.
fn refused(
    error: Refused,
    loadings: &DimensionsChoice,
    (id, name): (&dyn Fn(u32) -> String, &dyn Fn(usize) -> String),
) -> Error {
    let error = match error {
        Refused::Calibration(error) => return error.into(),
        other => other,
    };
    let field = match loadings {
        DimensionsChoice::Free { .. } => "dimensions",
        DimensionsChoice::Pattern { .. } => "pattern",
    };
    Error::field(field, format!("{}; {}", error.text_by_id(id, name), error.hint()))
}

impl DimensionsFitted {
    /// What the ledger wants to know.
    pub fn summary(&self, seed: Option<i64>) -> Summary {
        let (input_digest, verdict) = (self.input_digest.clone(), self.verdict().clone());
        Summary { input_digest, verdict, seed }
    }

    fn verdict(&self) -> &Verdict {
        &self.fit.verdict
    }

    /// Identity of a fit that nobody gave a name: equal answers and settings, equal name.
    pub fn default_run_id(&self) -> String {
        run_id_of("fit", &self.input_digest)
    }
}
