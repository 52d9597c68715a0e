//! The routes of `r-analytics` (docs/contract/http-api.md H15).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::Id;

/// `POST /score/topic-theta`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct TopicThetaRequest<'a> {
    /// The student.
    #[serde(alias = "student", alias = "user_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "user_id", "user"]))]
    pub student_id: Id<'a>,
    /// Topics asked about; none = all with an ability.
    #[serde(borrow)]
    pub topic_ids: Option<Vec<Id<'a>>>,
}

/// The newest ability of a student in each topic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicThetaResponse {
    /// `success`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The student.
    pub student_id: String,
    /// Ability by topic, θ scale; null where none was estimated.
    pub theta_scores: BTreeMap<String, Option<f64>>,
    /// Standard error by topic; null where it is not known.
    pub se: BTreeMap<String, Option<f64>>,
    /// Why a number is null, by topic.
    pub reasons: BTreeMap<String, String>,
    /// What to know about the numbers.
    pub warnings: Vec<String>,
    /// When this was answered, RFC 3339.
    pub timestamp: String,
}

/// `POST /improvement/index`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct ImprovementRequest<'a> {
    /// The student.
    #[serde(alias = "student", alias = "user_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "user_id", "user"]))]
    pub student_id: Id<'a>,
    /// Days of each of the two windows that are compared, 1 to 364; 14 by default.
    pub window_days: Option<u32>,
}

/// I_t of one student as of today.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ImprovementResponse {
    /// `success`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The student.
    pub student_id: String,
    /// Improvement index in −1..1; null when it cannot be computed.
    #[serde(rename = "I_t")]
    pub improvement: Option<f64>,
    /// Its standard error; null when it is not known.
    #[serde(rename = "I_t_se")]
    pub standard_error: Option<f64>,
    /// `improving` or `declining` when the 95 % interval of I_t excludes 0, else `stable`; null
    /// without a standard error.
    pub trend: Option<String>,
    /// `theta_delta` or `accuracy_delta`; null without I_t.
    pub method: Option<String>,
    /// Days of each window.
    pub window_days: u32,
    /// Why I_t or the trend is null.
    pub reason: Option<String>,
    /// When this was answered, RFC 3339.
    pub timestamp: String,
}

/// `POST /goal/attainment`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct GoalAttainmentRequest<'a> {
    /// The student.
    #[serde(alias = "student", alias = "user_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "user_id", "user"]))]
    pub student_id: Id<'a>,
    /// Exam or topic whose answers count; without one, all of them.
    #[serde(borrow)]
    pub subject_id: Option<Id<'a>>,
    /// Score to reach, on the scale of `METRICS_TARGET_SCALE` (`auto`: a score beyond ±6, else an
    /// ability).
    #[serde(alias = "target", alias = "goal_threshold")]
    #[schemars(extend("x-aliases" = ["target", "goal_threshold"]))]
    pub target_score: f64,
    /// Day it is to be reached on, YYYY-MM-DD; today by default.
    pub target_date: Option<String>,
}

/// The probability of one student to reach a score by a day.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GoalAttainmentResponse {
    /// `success`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The student.
    pub student_id: String,
    /// As asked for.
    pub subject_id: Option<String>,
    /// As asked for.
    pub target_score: f64,
    /// The day, YYYY-MM-DD.
    pub target_date: String,
    /// Probability in 0..1; null when it cannot be computed.
    pub probability: Option<f64>,
    /// 95 % credible interval of that probability; null without a posterior.
    pub confidence_interval: Option<[f64; 2]>,
    /// Posterior standard deviation of that probability; null without a posterior.
    pub uncertainty: Option<f64>,
    /// `posterior` (growth model) or `normal` (ability as it is, no growth).
    pub method: String,
    /// Whose answers the posterior rests on: `subject`, `topic` or `all`; null without one.
    pub scope: Option<String>,
    /// The growth fit.
    pub run_id: Option<String>,
    /// Why the probability or its interval is null.
    pub reason: Option<String>,
    /// What to know about the numbers.
    pub warnings: Vec<String>,
    /// When this was answered, RFC 3339.
    pub timestamp: String,
}

/// `POST /recommend/next-topics`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct NextTopicsRequest<'a> {
    /// The student.
    #[serde(alias = "student", alias = "user_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "user_id", "user"]))]
    pub student_id: Id<'a>,
    /// Topics wanted, 1 to 100; 5 by default.
    pub k: Option<u32>,
}

/// Topics worth working on next, the most worthwhile first.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NextTopicsResponse {
    /// `success`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The student.
    pub student_id: String,
    /// At most `k` of them, the ability expected to lie farthest below the goal first.
    pub topics: Vec<NextTopicJson>,
    /// Why there are none: `no_topic_ability` or `nothing_below_goal`.
    pub reason: Option<String>,
    /// When this was answered, RFC 3339.
    pub timestamp: String,
}

/// One topic and why it is worth working on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NextTopicJson {
    /// The topic.
    pub topic_id: String,
    /// Probability in 0..1 that the ability lies below the goal; null where it is not known.
    pub score: Option<f64>,
    /// `below_goal` (a goal of the student), `high_potential` (the general goal),
    /// `no_topic_ability` or `no_standard_error`.
    pub reason: String,
    /// Newest ability, θ scale; null where none was estimated.
    pub theta: Option<f64>,
    /// The goal, θ scale.
    pub goal: f64,
}

/// `POST /risk/churn`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct ChurnRiskRequest<'a> {
    /// The student.
    #[serde(alias = "student", alias = "user_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "user_id", "user"]))]
    pub student_id: Id<'a>,
}

/// The risk of one student to fall silent for two weeks.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChurnRiskResponse {
    /// `success`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The student.
    pub student_id: String,
    /// S in 0..1; null when it cannot be computed.
    pub risk_score: Option<f64>,
    /// Mid-rank (0..100) among all students; null when it is not known.
    pub risk_percentile: Option<f64>,
    /// Whether the risk is at the threshold or above; null without a risk.
    pub alert: Option<bool>,
    /// `CHURN_ALERT_THRESHOLD`, 0.7 by default.
    pub threshold: f64,
    /// `survival` or `heuristic`.
    pub method: String,
    /// Why the risk or its percentile is null.
    pub reason: Option<String>,
    /// When this was answered, RFC 3339.
    pub timestamp: String,
}

/// `POST /report/generate`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct ReportRequestJson<'a> {
    /// The student.
    #[serde(alias = "student", alias = "user_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "user_id", "user"]))]
    pub student_id: Id<'a>,
    /// `weekly` (the default) or `monthly`: the whole weeks whose Thursday lies in the month.
    pub period: Option<String>,
    /// Any day of the week or month, YYYY-MM-DD; the student's newest week with KPIs by default.
    #[serde(alias = "week_start")]
    #[schemars(extend("x-aliases" = ["week_start"]))]
    pub week: Option<String>,
    /// `ko` (the default) or `en`.
    pub lang: Option<String>,
}

/// Where a report can be had.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReportGenerated {
    /// `success`.
    #[schemars(extend("const" = "success"))]
    pub status: String,
    /// `true`.
    pub ok: bool,
    /// The student.
    pub student_id: String,
    /// As asked for.
    pub period: String,
    /// Monday of the week, or first day of the month.
    pub week_start: String,
    /// Address of the file.
    pub url: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: Option<String>,
    /// When it was made, RFC 3339.
    pub generated_at: String,
}
