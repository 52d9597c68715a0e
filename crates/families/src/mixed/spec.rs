//! What a mixed model is asked for.

use std::str::FromStr;

use seedtest_formula::Formula;
use seedtest_mixed::glmm::{self, Family, Link};
use seedtest_mixed::lmm;
use seedtest_wire::MixedFitRequest;
use serde::Serialize;

use super::rows::naming_columns;
use crate::error::Error;

/// Formula of answers by students to items.
pub(crate) const ANSWERS: &str = "correct ~ 1 + (1|student_id) + (1|item_id)";
/// Formula of progress over weeks.
pub(crate) const PROGRESS: &str = "score ~ week + (week|student) + (1|topic)";
/// The same with the other names of its columns.
const PROGRESS_BY_ID: &str = "score ~ week + (week|student_id) + (1|topic_id)";

/// Most iterations that may be asked for.
const MOST_ITERATIONS: u32 = 100_000;

/// What is fitted where a request does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    /// The formula.
    pub formula: &'static str,
    /// The family of the response.
    pub family: &'static str,
    /// Whether the response carries the model.
    pub keep_model: bool,
}

/// What to fit, checked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spec {
    /// The formula.
    pub formula: String,
    /// Linear, or of which family.
    pub model: ModelSpec,
    /// Column of weights or trials.
    pub weights: Option<String>,
    /// Columns of numbers that are categories.
    pub factors: Vec<String>,
    /// What becomes of rows with missing values.
    pub missing: MissingValues,
    /// How intervals are made.
    pub intervals: Intervals,
    /// Probability inside them.
    pub confidence: f64,
    /// Replicates of the bootstrap.
    pub replicates: u64,
    /// Its seed.
    pub seed: u64,
    /// Formula of a model to compare with.
    pub against: Option<String>,
    /// Scale of the predictions.
    pub scale: Scale,
    /// Whether predictions have random effects in them.
    pub with_random: bool,
    /// Whether coefficients of every level are wanted.
    pub by_level: bool,
    /// Whether fitted values and residuals of every row are wanted.
    pub residuals: bool,
}

/// What becomes of rows with missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingValues {
    /// They are left out and counted.
    LeftOut,
    /// They are an error.
    Refused,
}

/// A kind of mixed model with its settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelSpec {
    /// Gaussian response.
    Linear(lmm::Spec),
    /// Any other.
    Generalised(glmm::Spec),
}

/// How intervals are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Intervals {
    /// None.
    None,
    /// From standard errors: of fixed effects only.
    Wald,
    /// By profile likelihood.
    Profile,
    /// Percentiles of a parametric bootstrap.
    Bootstrap,
}

/// Scale of predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Means: probabilities, counts, scores.
    Response,
    /// Linear predictors.
    Link,
}

impl Spec {
    const CONFIDENCE: f64 = 0.95;
    const REPLICATES: u64 = 1000;
    const MOST_REPLICATES: u64 = 100_000;
    const SEED: u64 = 42;

    /// What a request means.
    ///
    /// # Errors
    /// For a family, a link or a number that is none, and for settings of another family.
    pub fn of(request: &MixedFitRequest, defaults: Defaults) -> Result<Self, Error> {
        let formula = request.formula.as_deref().unwrap_or(defaults.formula);
        let confidence = request.confidence.unwrap_or(Self::CONFIDENCE);
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::option("confidence", &confidence, "a number between 0 and 1"));
        }
        let replicates = request.replicates.unwrap_or(Self::REPLICATES);
        if !(1..=Self::MOST_REPLICATES).contains(&replicates) {
            return Err(Error::option("replicates", &replicates, "from 1 to 100000"));
        }
        let intervals = request.intervals.as_deref().map_or(Ok(Intervals::Wald), str::parse)?;
        let fewest = fewest_replicates(confidence);
        if intervals == Intervals::Bootstrap && replicates < fewest {
            let share = 100.0 * confidence;
            let expected = format!(
                "at least {fewest}: an interval of {share} % leaves out one replicate or more on each side"
            );
            return Err(Error::option("replicates", &replicates, &expected));
        }
        Ok(Self {
            formula: formula.to_owned(),
            model: model(request, defaults)?,
            weights: request.weights.clone(),
            factors: request.factors.clone().unwrap_or_default(),
            missing: if request.strict == Some(true) {
                MissingValues::Refused
            } else {
                MissingValues::LeftOut
            },
            intervals,
            confidence,
            replicates,
            seed: request.seed.unwrap_or(Self::SEED),
            against: request.against.clone(),
            scale: Scale::of(request.scale.as_deref())?,
            with_random: request.with_random.unwrap_or(true),
            by_level: request.by_level.unwrap_or(false),
            residuals: request.residuals.unwrap_or(false),
        })
    }

    /// Whether rows are those that the contract describes, whose columns `weight` and `n` have a meaning.
    pub(super) fn is_of_contract(&self) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        let known = [ANSWERS, PROGRESS, PROGRESS_BY_ID];
        known.iter().any(|formula| plain(formula) == plain(&self.formula))
    }

    /// Columns of a file whose cells name something, by all their names: those that do nothing but group the
    /// rows. A reader keeps them as texts.
    ///
    /// # Errors
    /// For a formula that cannot be read.
    pub fn naming_columns(&self) -> Result<Vec<String>, Error> {
        let against = self.against.as_deref().map(Formula::parse).transpose();
        let formulas = [Some(self.parsed()?), against.map_err(Error::Syntax)?];
        Ok(naming_columns(&formulas.iter().flatten().collect::<Vec<_>>()))
    }

    /// The formula, taken apart.
    pub(super) fn parsed(&self) -> Result<Formula, Error> {
        Formula::parse(&self.formula).map_err(Error::Syntax)
    }
}

/// Replicates below which a percentile interval is one between its extremes.
pub(super) fn fewest_replicates(confidence: f64) -> u64 {
    // Rounding of 1 − 0.95 must not ask for one more.
    (2.0 / (1.0 - confidence) - 1e-6).ceil() as u64
}

impl ModelSpec {
    /// Name of the family.
    pub fn family(&self) -> &'static str {
        match self {
            Self::Linear(_) => "gaussian",
            Self::Generalised(spec) => family_name(spec.family),
        }
    }

    /// Name of the link.
    pub fn link(&self) -> &'static str {
        match self {
            Self::Linear(_) => "identity",
            Self::Generalised(spec) => spec.link().name(),
        }
    }
}

/// Name of a family in requests and responses.
pub(super) fn family_name(family: Family) -> &'static str {
    match family {
        Family::Binomial => "binomial",
        Family::Poisson => "poisson",
        Family::NegativeBinomial => "negative_binomial",
    }
}

fn model(request: &MixedFitRequest, defaults: Defaults) -> Result<ModelSpec, Error> {
    let named = request.family.as_deref().unwrap_or(defaults.family);
    let family = match named.to_ascii_lowercase().as_str() {
        "gaussian" | "normal" => return linear(request),
        "binomial" | "bernoulli" => Family::Binomial,
        "poisson" => Family::Poisson,
        "negative_binomial" | "negative-binomial" | "negbin" | "nb" => Family::NegativeBinomial,
        _ => {
            let expected = "gaussian, binomial, poisson or negative_binomial";
            return Err(Error::option("family", &named, expected));
        }
    };
    if request.reml == Some(true) {
        return Err(Error::option("reml", &true, "false for a family that is not gaussian"));
    }
    let quadrature = match request.quadrature {
        None => glmm::Spec::default().quadrature,
        Some(points) => usize::try_from(points).unwrap_or(usize::MAX),
    };
    let link = request.link.as_deref().map(link).transpose()?;
    let base = glmm::Spec::default();
    let max_iter = max_iter(request, base.max_iter)?;
    Ok(ModelSpec::Generalised(glmm::Spec { family, link, quadrature, max_iter, ..base }))
}

fn linear(request: &MixedFitRequest) -> Result<ModelSpec, Error> {
    if let Some(link) = request.link.as_deref().filter(|l| !l.eq_ignore_ascii_case("identity")) {
        return Err(Error::option("link", &link, "identity for a gaussian family"));
    }
    if let Some(points) = request.quadrature {
        let expected = "left out for a gaussian family, whose integral is exact";
        return Err(Error::option("quadrature", &points, expected));
    }
    let base = lmm::Spec::default();
    let max_iter = max_iter(request, base.max_iter)?;
    Ok(ModelSpec::Linear(lmm::Spec { reml: request.reml.unwrap_or(base.reml), max_iter, ..base }))
}

/// Most iterations of the search.
fn max_iter(request: &MixedFitRequest, default: u32) -> Result<u32, Error> {
    let Some(wanted) = request.max_iter else { return Ok(default) };
    let found = u32::try_from(wanted).ok().filter(|n| (1..=MOST_ITERATIONS).contains(n));
    found.ok_or_else(|| Error::option("max_iter", &wanted, "from 1 to 100000"))
}

fn link(name: &str) -> Result<Link, Error> {
    match name.to_ascii_lowercase().as_str() {
        "logit" => Ok(Link::Logit),
        "probit" => Ok(Link::Probit),
        "cloglog" => Ok(Link::Cloglog),
        "log" => Ok(Link::Log),
        _ => Err(Error::option("link", &name, "logit, probit, cloglog, log or identity")),
    }
}

impl FromStr for Intervals {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.to_ascii_lowercase().as_str() {
            "none" => Ok(Self::None),
            "wald" => Ok(Self::Wald),
            "profile" => Ok(Self::Profile),
            "bootstrap" => Ok(Self::Bootstrap),
            _ => Err(Error::option("intervals", &text, "wald, profile, bootstrap or none")),
        }
    }
}

impl Intervals {
    /// Name in requests and responses.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Wald => "wald",
            Self::Profile => "profile",
            Self::Bootstrap => "bootstrap",
        }
    }
}

impl Scale {
    /// The scale of this name; that of the response without one.
    pub(super) fn of(name: Option<&str>) -> Result<Self, Error> {
        match name.map(str::to_ascii_lowercase).as_deref() {
            None | Some("response") => Ok(Self::Response),
            Some("link") => Ok(Self::Link),
            Some(_) => Err(Error::option("type", &name.unwrap_or_default(), "response or link")),
        }
    }

    /// Name in requests and responses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Link => "link",
        }
    }
}

impl From<Scale> for glmm::Scale {
    fn from(scale: Scale) -> Self {
        match scale {
            Scale::Response => Self::Response,
            Scale::Link => Self::Link,
        }
    }
}
