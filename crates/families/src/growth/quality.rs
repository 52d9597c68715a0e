//! How well a model of growth suits its data.

use seedtest_growth::{Fit, GrowthData, LeaveOneStudentOut, ParameterSensitivity, PredictiveCheck};
use seedtest_wire::{GrowthCheckJson, GrowthLooJson};
use serde_json::Value;

use crate::error::Error;

/// Data sets that the fitted model makes for the posterior predictive checks: at least, at most.
const REPLICATES: (usize, usize) = (20, 200);
/// Scores in all of those data sets together, as far as the least number of them allows.
const REPLICATED_SCORES: usize = 10_000_000;
/// With more students than this nobody is left out in turn: it costs one pass over the draws each.
const MOST_LEFT_OUT: usize = 2_000;

/// How well the model suits the data, and what its posterior rests on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GrowthQuality {
    pub(super) sensitivity: Vec<ParameterSensitivity>,
    pub(super) checks: Vec<PredictiveCheck>,
    pub(super) left_out: Option<LeaveOneStudentOut>,
}

impl GrowthQuality {
    pub(super) fn of(fit: &Fit, data: &GrowthData<'_>) -> Result<Self, Error> {
        let (least, most) = REPLICATES;
        let replicates = (REPLICATED_SCORES / data.len().max(1)).clamp(least, most);
        let checks = fit.predictive_checks(data, replicates, fit.spec.sampling.seed)?;
        let can_leave_out = fit.spec.family == seedtest_growth::Family::Gaussian
            && fit.n_students <= MOST_LEFT_OUT
            && fit.chains.iter().all(|chain| !chain.is_empty());
        let left_out = if can_leave_out { Some(fit.leave_one_out()?) } else { None };
        Ok(Self { sensitivity: fit.sensitivity(), checks, left_out })
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
