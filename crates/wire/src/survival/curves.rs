//! `POST /survival/curves`: request and response.

use schemars::JsonSchema;
use seedtest_survival::{Bounds, ChiSquare, LogRank};
use serde::{Deserialize, Serialize};

use super::columns;
use crate::rows::Rows;

/// Request of `POST /survival/curves`: survival without covariates.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SurvivalCurvesRequest {
    /// One object a row: a time (`time` or `observed_gap_days`), an `event` (0 or 1), and optionally
    /// `entry`.
    #[serde(alias = "data", alias = "data_rows", alias = "observations", alias = "series")]
    #[schemars(extend("x-aliases" = ["data", "data_rows", "observations", "series"]), schema_with = "columns::rows")]
    pub rows: Rows,
    /// `Surv(time, event) ~ group`, or `~ 1`; without one the columns say what they are.
    pub formula: Option<String>,
    /// Column whose values have a curve each.
    pub group: Option<String>,
    /// Column of competing ends: 0 = censored, 1, 2, … = how the observation ended.
    pub cause: Option<String>,
    /// Column of case weights, which count as frequencies.
    pub weights: Option<String>,
    /// End of the restricted mean. Default: the last time of the group that is observed shortest.
    #[serde(alias = "horizon", alias = "horizon_days")]
    #[schemars(extend("x-aliases" = ["horizon", "horizon_days"]))]
    pub tau: Option<f64>,
    /// Level of the bounds, between 0 and 1. Default 0.95.
    pub confidence: Option<f64>,
    /// Scale on which the bounds of survival are symmetric. Default `log_log`.
    pub bounds: Option<Bounds>,
    /// Seconds after which it is given up.
    #[schemars(range(min = 0.1))]
    pub max_seconds: Option<f64>,
}

/// Response of `POST /survival/curves` and of `seedtest fit survival-curves --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SurvivalCurvesResponse {
    /// `"success"`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// `kaplan_meier`, or `aalen_johansen` where ends compete.
    pub model: String,
    /// Rows.
    pub n_obs: usize,
    /// Rows that do not end by censoring.
    pub n_events: usize,
    /// Rows left out because a value is missing.
    pub dropped_rows: usize,
    /// Level of the bounds.
    pub confidence: f64,
    /// End of the restricted means.
    pub tau: f64,
    /// One curve for every group, in the order of their names; one without a name where there are none.
    pub groups: Vec<GroupCurveJson>,
    /// Test of equal hazards in all groups; null for a single group, with weights and without events.
    pub log_rank: Option<LogRankJson>,
    /// What a reader should know before using the numbers.
    pub warnings: Vec<String>,
}

/// Survival in one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupCurveJson {
    /// The group; null without groups.
    pub group: Option<String>,
    /// Rows.
    pub n: usize,
    /// Rows that do not end by censoring.
    pub n_events: usize,
    /// Time by which half have had the event; null when more than half have not.
    pub median: Option<f64>,
    /// Lower bound of the median.
    pub median_lower: Option<f64>,
    /// Upper bound of the median.
    pub median_upper: Option<f64>,
    /// Mean time without event up to `tau`; null when the group was not observed so long.
    pub restricted_mean: Option<f64>,
    /// Its standard error.
    pub restricted_mean_se: Option<f64>,
    /// One entry for every time at which a row ends.
    pub curve: Vec<GroupPointJson>,
    /// Probability of every end, where ends compete: by cause 1, 2, …
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub incidence: Vec<CauseJson>,
}

/// One time of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupPointJson {
    /// Time.
    pub t: f64,
    /// Rows at risk just before it.
    pub n_risk: f64,
    /// Rows with the event at it.
    pub n_event: f64,
    /// Rows censored at it.
    pub n_censor: f64,
    /// Kaplan–Meier estimate of no event up to `t`.
    #[serde(rename = "S")]
    pub survival: f64,
    /// Lower bound; null where the data give none.
    #[serde(rename = "S_lower")]
    pub lower: Option<f64>,
    /// Upper bound.
    #[serde(rename = "S_upper")]
    pub upper: Option<f64>,
    /// Nelson–Aalen estimate of the cumulative hazard.
    #[serde(rename = "H")]
    pub hazard: f64,
    /// Lower bound.
    #[serde(rename = "H_lower")]
    pub hazard_lower: Option<f64>,
    /// Upper bound.
    #[serde(rename = "H_upper")]
    pub hazard_upper: Option<f64>,
}

/// Aalen–Johansen estimate of one end, at the times of the curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CauseJson {
    /// The cause, from 1.
    pub cause: u32,
    /// Probability that the observation has ended by it.
    pub probability: Vec<f64>,
    /// Standard error.
    pub se: Vec<f64>,
}

/// Log-rank test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogRankJson {
    /// Events by group.
    pub observed: Vec<f64>,
    /// Events by group if hazards were equal.
    pub expected: Vec<f64>,
    /// The test; null when no two groups were at risk together.
    pub test: Option<ChiSquare>,
}

impl From<LogRank> for LogRankJson {
    fn from(found: LogRank) -> Self {
        Self { observed: found.observed, expected: found.expected, test: found.test }
    }
}
