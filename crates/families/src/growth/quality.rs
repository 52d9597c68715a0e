//! How well a model of growth suits its data.

use seedtest_growth::{
    ExplainedVariance, Fit, GrowthData, LeaveOneStudentOut, Parameter, ParameterSensitivity,
    PredictiveCheck, PriorConflict,
};
use seedtest_numerics::{Interrupt, quantile};
use seedtest_wire::{GrowthCheckJson, GrowthLooJson, GrowthR2Json, GrowthShareJson};
use serde_json::Value;

use super::columns::Columns;
use crate::error::Error;

/// Data sets that the fitted model makes for the posterior predictive checks: at least, at most.
const REPLICATES: (usize, usize) = (20, 200);
/// Scores in all of those data sets together, as far as the least number of them allows.
const REPLICATED_SCORES: usize = 10_000_000;
/// Draws in which R² is computed: at least, at most; and scores in all of them together, as far as the least number
/// allows.
const SHARE_DRAWS: (usize, usize) = (200, 1_000);
const SHARE_SCORES: usize = 20_000_000;
/// With more students than this nobody is left out in turn: it costs one pass over the draws each.
const MOST_LEFT_OUT: usize = 2_000;

/// Posterior predictive p-value below which, or as near to 1, the model does not make such rows.
const LEAST_P: f64 = 0.005;

/// What is said where nothing was checked.
const NO_TIME: &str = "the time was up: whether the model suits the rows was not looked into (posterior predictive \
    checks, leave-one-out, sensitivity to the priors); allow more with max_seconds";

fn conflict(found: &PriorConflict, columns: &Columns) -> String {
    let PriorConflict { parameter, prior: [centre, width], observed } = *found;
    let what = match parameter {
        Parameter::Week => "the slope of all rows",
        _ => "the mean of the scores",
    };
    format!(
        "the prior of {} is centred at {centre} with a width of {width}, but {what} is {observed:.4}: it \
         is not on the scale of these rows",
        columns.name_of(parameter)
    )
}

/// How well the model suits the data, and what its posterior rests on.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct GrowthQuality {
    /// There was no time for it.
    is_left_out: bool,
    pub(super) sensitivity: Vec<ParameterSensitivity>,
    pub(super) checks: Vec<PredictiveCheck>,
    pub(super) left_out: Option<LeaveOneStudentOut>,
    /// Of the Gaussian family.
    explained: Option<ExplainedVariance>,
}

impl GrowthQuality {
    /// Where the time was up before the last draw, or is up before the last pass over the draws, nothing is said:
    /// these are not what was asked for, and somebody waits for the answer.
    pub(super) fn of(fit: &Fit, data: &GrowthData<'_>, closing: &Interrupt) -> Result<Self, Error> {
        let sampling = &fit.spec.sampling;
        let left_out = || Self { is_left_out: true, ..Self::default() };
        if fit.diagnostics.draws < sampling.draws * sampling.chains || closing.is_raised() {
            return Ok(left_out());
        }
        match Self::measured(fit, data, closing) {
            Err(seedtest_growth::Error::Interrupted(_)) => Ok(left_out()),
            measured => Ok(measured?),
        }
    }

    fn measured(
        fit: &Fit,
        data: &GrowthData<'_>,
        closing: &Interrupt,
    ) -> Result<Self, seedtest_growth::Error> {
        let (least, most) = REPLICATES;
        let replicates = (REPLICATED_SCORES / data.len().max(1)).clamp(least, most);
        let checks = fit.predictive_checks(data, replicates, fit.spec.sampling.seed, closing)?;
        let is_gaussian = fit.spec.family == seedtest_growth::Family::Gaussian;
        let (least, most) = SHARE_DRAWS;
        let draws = (SHARE_SCORES / data.len().max(1)).clamp(least, most);
        let explained = || fit.explained_variance(data, draws, fit.spec.sampling.seed, closing);
        let explained = is_gaussian.then(explained).transpose()?;
        let can_leave_out = is_gaussian
            && fit.n_students <= MOST_LEFT_OUT
            && fit.chains.iter().all(|chain| !chain.is_empty());
        let left_out = if can_leave_out { Some(fit.leave_one_out(closing)?) } else { None };
        let sensitivity = fit.sensitivity();
        Ok(Self { is_left_out: false, sensitivity, checks, left_out, explained })
    }

    /// What disagrees: priors that were asked for with the rows, the model with the rows.
    pub(super) fn warnings(&self, fit: &Fit, columns: &Columns) -> Vec<String> {
        let mut warnings: Vec<String> =
            fit.prior_conflicts().iter().map(|found| conflict(found, columns)).collect();
        if fit.spec.priors.any() {
            warnings.extend(self.pulled(columns));
        }
        warnings.extend(self.missed());
        warnings.extend(self.is_left_out.then(|| NO_TIME.to_string()));
        warnings
    }

    /// The parameters that priors matter for, as a sentence.
    fn pulled(&self, columns: &Columns) -> Option<String> {
        let names: Vec<String> = self
            .sensitivity
            .iter()
            .filter(|found| found.remark().is_some())
            .map(|found| columns.name_of(found.parameter))
            .collect();
        (!names.is_empty()).then(|| {
            format!(
                "the priors matter for {} (prior_sensitivity above {}): look whether they are on the \
                 scale of scores and weeks, or leave them out for priors that follow the data",
                names.join(", "),
                ParameterSensitivity::THRESHOLD
            )
        })
    }

    /// What the model does not make as it is in the rows, as a sentence.
    fn missed(&self) -> Option<String> {
        let is_far = |p: f64| !(LEAST_P..=1.0 - LEAST_P).contains(&p);
        let names: Vec<String> = self
            .checks
            .iter()
            .filter(|check| is_far(check.p_value))
            .map(|check| format!("{} (p {:.3})", word(check.statistic), check.p_value))
            .collect();
        (!names.is_empty()).then(|| {
            format!(
                "scores made by the fitted model differ from the rows in {}: priors, family or the \
                 straight line do not suit these scores",
                names.join(", ")
            )
        })
    }

    pub(super) fn checks_json(&self) -> Vec<GrowthCheckJson> {
        let known = |number: f64| number.is_finite().then_some(number);
        let json = |check: &PredictiveCheck| GrowthCheckJson {
            statistic: word(check.statistic),
            observed: known(check.observed),
            replicated: known(check.replicated_mean),
            p: known(check.p_value),
        };
        self.checks.iter().map(json).collect()
    }

    /// Pareto k of a student, by code.
    pub(super) fn pareto_k(&self, student: usize) -> Option<f64> {
        self.left_out.as_ref()?.students.get(student).copied().flatten()?.pareto_k
    }

    /// R² with intervals of this probability.
    pub(super) fn r2_json(&self, level: f64) -> Option<GrowthR2Json> {
        let share = |draws: &[f64]| {
            let mut sorted: Vec<f64> = draws.to_vec();
            sorted.sort_by(f64::total_cmp);
            let n = sorted.len() as f64;
            let mean = sorted.iter().sum::<f64>() / n;
            let squares: f64 = sorted.iter().map(|r| (r - mean) * (r - mean)).sum();
            let known = |number: f64| number.is_finite().then_some(number);
            let tail = 0.5 * (1.0 - level);
            GrowthShareJson {
                mean: known(mean),
                sd: known((squares / (n - 1.0)).sqrt()),
                lower: quantile(&sorted, tail).and_then(known),
                upper: quantile(&sorted, 1.0 - tail).and_then(known),
            }
        };
        self.explained.as_ref().map(|of| GrowthR2Json {
            conditional: share(&of.conditional),
            marginal: share(&of.marginal),
        })
    }

    pub(super) fn loo_json(&self) -> Option<GrowthLooJson> {
        self.left_out.as_ref().map(|left_out| left_out.total).map(|loo| GrowthLooJson {
            elpd: loo.elpd,
            se: loo.se,
            p_loo: loo.p_loo,
            looic: loo.looic,
            pareto_k_max: loo.largest_pareto_k,
            unreliable: loo.unreliable,
        })
    }
}

fn word(statistic: impl serde::Serialize) -> String {
    let value = serde_json::to_value(statistic).unwrap_or(Value::Null);
    value.as_str().unwrap_or_default().to_owned()
}
