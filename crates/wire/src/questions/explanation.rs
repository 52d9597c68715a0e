//! Why a student has the scores they have: which model, which evidence, how sure, how to contest.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

/// `GET /explain/{user_id}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// Student.
    pub user_id: String,
    /// Every automated score that is stored of the student.
    pub scores: Vec<ExplainedScore>,
    /// What the scores are for, and what they must not decide alone.
    pub decisions: String,
    /// How to contest a score.
    pub contest: Contest,
    /// When this was put together.
    pub generated_at: String,
}

/// One score.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExplainedScore {
    /// `ability`, `topic_ability`, `segment`, or a KPI: `I_t`, `E_t`, `R_t`, `A_t`, `P`, `S`.
    pub score: String,
    /// The topic of a topic's ability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<String>,
    /// The number; null where it is not known.
    pub value: Option<f64>,
    /// The segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why there is no number.
    pub reason: Option<String>,
    /// What the number says.
    pub meaning: String,
    /// Where it comes from.
    pub model: ExplainedModel,
    /// What it rests on.
    pub evidence: ExplainedEvidence,
    /// How sure it is.
    pub certainty: Certainty,
}

/// Where a score comes from.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct ExplainedModel {
    /// The method: a model, or a formula.
    pub method: String,
    /// Version of the score.
    pub version: Option<String>,
    /// The run of the ledger, by which it can be repeated.
    pub run_id: Option<String>,
    /// When the score, or the fit behind it, was made.
    pub computed_at: Option<String>,
}

/// What a score rests on.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct ExplainedEvidence {
    /// Answers, right answers or retries, as the score counts them; null where that is not known.
    pub answers: Option<u32>,
    /// Monday of the week the score is of.
    pub week_start: Option<NaiveDate>,
    /// The goal that P is about.
    pub goal: Option<f64>,
    /// Where everything is that it was computed from, for the student and who may see it.
    pub source: String,
}

/// How sure a score is.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Certainty {
    /// Standard error; null where it is not known.
    pub standard_error: Option<f64>,
    /// Lower bound of the 95 % interval.
    pub lower: Option<f64>,
    /// Upper bound of the 95 % interval.
    pub upper: Option<f64>,
    /// How to read it.
    pub note: String,
}

/// How to contest a score.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Contest {
    /// What to do.
    pub how: String,
    /// Whom to turn to; null where the operator has named nobody.
    pub contact: Option<String>,
}
