//! What a fit of growth is asked for.

use std::collections::BTreeMap;

use seedtest_formula::Formula;
use seedtest_growth::{Family, Prior, Priors, Sampling};
use seedtest_numerics::{DEFAULT_LEVEL, DEFAULT_SEED};
use seedtest_wire::{GrowthFitRequest, GrowthPriorJson, json_fault};
use serde::{Deserialize, Serialize};

use super::columns::week_of;
use super::rows::DEFAULT_FORMULA;
use crate::error::Error;

/// Distribution of the scores where the request names none.
pub const FAMILY: Family = Family::Gaussian;
/// Kept draws of a chain where the request names no number.
pub const DRAWS: u64 = 2_000;
/// Draws of the warm-up of a chain where the request names no number.
pub const WARMUP: u64 = Sampling::DEFAULT.warmup as u64;
/// Chains where the request names no number.
pub const CHAINS: u64 = Sampling::DEFAULT.chains as u64;
/// Mean acceptance the step size aims at where the request names none.
pub const TARGET_ACCEPT: f64 = Sampling::DEFAULT.target_accept;
/// Weeks after the last observed one where the request names none.
pub const HORIZON_WEEKS: f64 = 0.0;

/// What to fit and what to ask the fit, checked as far as the rows need not be known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// The formula; it says what varies between students, whatever `model.effects` is.
    pub formula: String,
    /// Family, priors and sampling.
    #[serde(rename = "spec")]
    pub model: seedtest_growth::Spec,
    /// Score to reach, on the scale of the scores; `None` where nobody said one.
    pub target: Option<f64>,
    /// Weeks after the last observed week at which it counts, ≥ 0.
    pub horizon_weeks: f64,
    /// Probability inside the credible intervals.
    pub level: f64,
    /// Seconds after which the caller wants the draws so far; its observer holds the clock.
    pub max_seconds: Option<f64>,
    /// Whether a row with a missing value is refused; it changes nothing of a fit.
    #[serde(skip)]
    pub strict: bool,
    /// Kept draws of a chain up to which a fit goes on, doubling them, where those of `model` are too few
    /// for its numbers to be used; `None`: it never does. A fit has the draws in the end in its `model`.
    #[serde(skip)]
    pub most_draws: Option<usize>,
    /// What was decided because the request does not say it.
    #[serde(skip)]
    pub decided: Vec<String>,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            formula: DEFAULT_FORMULA.into(),
            model: seedtest_growth::Spec::default(),
            target: None,
            horizon_weeks: HORIZON_WEEKS,
            level: DEFAULT_LEVEL,
            max_seconds: None,
            strict: false,
            most_draws: None,
            decided: Vec::new(),
        }
    }
}

impl Spec {
    /// What a request means.
    ///
    /// # Errors
    /// For a family or prior that is not known, and numbers out of range.
    pub fn of(request: &GrowthFitRequest) -> Result<Self, Error> {
        let count = |name: &str, value: u64| {
            usize::try_from(value).map_err(|_| Error::option(name, &value, "a number that fits"))
        };
        let sampling = Sampling {
            chains: count("n_chains", request.n_chains.unwrap_or(CHAINS))?,
            warmup: count("n_warmup", request.warmup().unwrap_or(WARMUP))?,
            draws: count("n_samples", request.samples().unwrap_or(DRAWS))?,
            seed: request.seed.unwrap_or(DEFAULT_SEED),
            target_accept: request.target_accept.unwrap_or(TARGET_ACCEPT),
            ..Sampling::default()
        };
        let default = Self::default();
        let formula = request.formula.clone().unwrap_or(default.formula);
        let (family, decided) = match request.family.as_deref() {
            Some(name) => (family_of(name)?, Vec::new()),
            None => family_for(&formula),
        };
        let week = week_of(&formula);
        let priors = request.priors.as_ref().map(|given| priors_of(given, &week)).transpose()?;
        let priors = priors.unwrap_or_default();
        let horizon_weeks = request.horizon_weeks.unwrap_or(default.horizon_weeks);
        if !(horizon_weeks.is_finite() && horizon_weeks >= 0.0) {
            return Err(Error::option("horizon_weeks", &horizon_weeks, "a number of 0 or more"));
        }
        if let Some(seconds) = request.max_seconds.filter(|s| !(s.is_finite() && *s > 0.0)) {
            return Err(Error::option("max_seconds", &seconds, "a number above 0"));
        }
        Ok(Self {
            formula,
            model: seedtest_growth::Spec { family, priors, sampling, ..default.model },
            target: request.target_score,
            horizon_weeks,
            level: request.credible_interval.unwrap_or(default.level),
            max_seconds: request.max_seconds,
            strict: request.strict == Some(true),
            most_draws: default.most_draws,
            decided,
        })
    }
}

/// The family of this name.
///
/// # Errors
/// For any other name.
pub fn family_of(name: &str) -> Result<Family, Error> {
    match name.to_ascii_lowercase().as_str() {
        "gaussian" | "normal" => Ok(Family::Gaussian),
        "student" | "student_t" => Ok(Family::Student),
        "binomial" => Ok(Family::Binomial),
        "bernoulli" => Ok(Family::Bernoulli),
        _ => Err(Error::option("family", &name, "gaussian, student, binomial or bernoulli")),
    }
}

/// The family of a formula where nobody named one, and what to say of that: answers that are counted are
/// not normal.
fn family_for(formula: &str) -> (Family, Vec<String>) {
    let counted = Formula::parse(formula).ok().and_then(|read| {
        read.count_columns().map(|[right, wrong]| format!("cbind({right}, {wrong})"))
    });
    match counted {
        None => (FAMILY, Vec::new()),
        Some(counts) => {
            let family = Family::Binomial;
            let said = format!(
                "{counts} counts answers: the {} family was chosen (another one by family, --family)",
                family.name()
            );
            (family, vec![said])
        }
    }
}

/// Priors by the names of the contract, or of the formula's column of time; `sd` stands for both
/// standard deviations of students.
pub(super) fn priors_of(
    given: &BTreeMap<String, GrowthPriorJson>,
    week: &str,
) -> Result<Priors, Error> {
    let mut priors = Priors::default();
    // The general name first, so that a particular one overrides it.
    if let Some(json) = given.get("sd") {
        let prior = Some(prior_of("sd", json)?);
        (priors.sd_intercept, priors.sd_week) = (prior, prior);
    }
    for (name, json) in given {
        let own = name.strip_prefix("sd_").map_or(name == week, |of| of == week);
        let word = match (own, name.starts_with("sd_")) {
            (true, true) => "sd_week".to_owned(),
            (true, false) => "week".to_owned(),
            (false, _) => name.to_ascii_lowercase(),
        };
        match word.as_str() {
            "sd" => {}
            "intercept" => priors.intercept = Some(prior_of(name, json)?),
            "week" | "b" | "slope" => priors.week = Some(prior_of(name, json)?),
            "sd_intercept" => priors.sd_intercept = Some(prior_of(name, json)?),
            "sd_week" => priors.sd_week = Some(prior_of(name, json)?),
            "sigma" => priors.sigma = Some(prior_of(name, json)?),
            "cor" | "lkj" => priors.lkj = Some(lkj_of(name, json)?),
            _ => {
                let known = "intercept, week, sd, sd_intercept, sd_week, sigma or cor";
                return Err(Error::option("priors", &name, known));
            }
        }
    }
    Ok(priors)
}

fn prior_of(name: &str, json: &GrowthPriorJson) -> Result<Prior, Error> {
    serde_json::from_value(serde_json::to_value(json)?).map_err(|error| Error::BadPrior {
        name: format!("priors.{name}"),
        dist: json.dist.clone(),
        reason: json_fault(&error),
    })
}

fn lkj_of(name: &str, json: &GrowthPriorJson) -> Result<f64, Error> {
    let is_lkj = json.dist.eq_ignore_ascii_case("lkj");
    json.eta.filter(|_| is_lkj).ok_or_else(|| {
        Error::option(&format!("priors.{name}"), &json.dist, r#"{"dist":"lkj","eta":1}"#)
    })
}

#[cfg(test)]
mod tests {
    use seedtest_growth::Family;
    use seedtest_wire::GrowthFitRequest;

    use super::Spec;

    #[test]
    fn counted_answers_are_binomial_unless_something_else_is_asked_for() {
        let of = |text| Spec::of(&serde_json::from_str::<GrowthFitRequest>(text).unwrap()).unwrap();
        let counts = of(r#"{"formula":"cbind(right, wrong) ~ week + (week|student_id)"}"#);
        assert_eq!(counts.model.family, Family::Binomial);
        assert!(counts.decided[0].contains("cbind(right, wrong)"), "{:?}", counts.decided);
        let asked = of(
            r#"{"formula":"cbind(right, wrong) ~ week + (week|student_id)","family":"gaussian"}"#,
        );
        assert_eq!((asked.model.family, asked.decided.len()), (Family::Gaussian, 0));
        let plain = of("{}");
        assert_eq!((plain.model.family, plain.decided.len()), (Family::Gaussian, 0));
        assert_eq!(plain.target, None);
    }

    #[test]
    fn draws_are_counted_as_their_names_say() {
        let counts = |text| {
            let request: GrowthFitRequest = serde_json::from_str(text).unwrap();
            let sampling = Spec::of(&request).unwrap().model.sampling;
            (sampling.draws, sampling.warmup, sampling.chains)
        };
        assert_eq!(counts("{}"), (2_000, 1_000, 4));
        assert_eq!(counts(r#"{"n_samples":800}"#), (800, 1_000, 4));
        assert_eq!(counts(r#"{"iter":900,"n_warmup":300}"#), (600, 300, 4));
        assert_eq!(counts(r#"{"iter":900,"n_samples":700}"#), (700, 1_000, 4));
        assert_eq!(counts(r#"{"iter":300,"warmup":400}"#), (0, 400, 4));
    }
}
