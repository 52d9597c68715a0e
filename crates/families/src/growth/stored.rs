//! What is stored of a fit of growth.

use chrono::NaiveDate;
use seedtest_growth::{Adaptation, Draw, ScoreSummary, Spec};
use serde::{Deserialize, Serialize};

use super::aim::Aim;
use super::fit::Fitted;

/// Draws that are kept of a fit: enough for a probability to two decimals.
const KEPT_DRAWS: usize = 1_000;

/// What is stored of a fit so that it can predict later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Identity of the fit.
    pub run_id: String,
    /// The formula.
    pub formula: String,
    /// What was fitted.
    pub spec: Spec,
    /// Goal of the fit.
    pub goal: Aim,
    /// Weeks between the last observed week and the goal.
    pub horizon_weeks: f64,
    /// Whether probabilities may be acted upon: the fit converged.
    pub reliable: bool,
    /// Where the scores of the fit lie; `None` of a fit by an earlier release.
    #[serde(default)]
    pub scores: Option<ScoreSummary>,
    /// Students of the fit; 0 of a fit by an earlier release.
    #[serde(default)]
    pub n_students: usize,
    /// The day of week 0, where weeks are dates.
    #[serde(default)]
    pub week_zero: Option<NaiveDate>,
    /// Where the chains stood, for the next fit to start from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adaptation: Option<Adaptation>,
    /// Every k-th draw of the population's parameters, a thousand at most.
    pub draws: Vec<Draw>,
}

impl Stored {
    /// Of a fit, under the name of its run.
    pub fn of(fitted: &Fitted, run_id: &str) -> Self {
        let draws = fitted.fit.draws();
        let step = draws.len().div_ceil(KEPT_DRAWS).max(1);
        Self {
            run_id: run_id.to_owned(),
            formula: fitted.spec.formula.clone(),
            spec: fitted.fit.spec,
            goal: fitted.goal,
            horizon_weeks: fitted.spec.horizon_weeks,
            reliable: fitted.fit.is_reliable(),
            scores: Some(fitted.fit.scores),
            n_students: fitted.fit.n_students,
            week_zero: fitted.week_zero,
            adaptation: fitted.fit.adaptation.clone(),
            draws: draws.into_iter().step_by(step).collect(),
        }
    }
}
