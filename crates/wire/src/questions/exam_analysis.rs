//! `GET /exams/{session_id}/analysis` (docs/contract/http-api.md H16). What is not known is left out.

use schemars::JsonSchema;
use serde::Serialize;

/// What one exam says of its student.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExamAnalysisReport {
    /// Ability behind the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ability: Option<ExamAbilityJson>,
    /// Right answers by topic.
    pub topic_insights: Vec<TopicInsightJson>,
    /// Advice by topic, the most pressing first.
    pub recommendations: Vec<RecommendationJson>,
    /// Where scores go from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<ExamForecastJson>,
    /// Where the ability stands among all students.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benchmark: Option<BenchmarkJson>,
}

/// An ability.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExamAbilityJson {
    /// θ.
    pub theta: f64,
    /// Its standard error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    /// `eap` (from the answers of this exam), `platform` (as the result says) or `stored` (newest
    /// over all answers).
    pub method: String,
}

/// Right answers under one topic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TopicInsightJson {
    /// The topic.
    pub topic: String,
    /// Share of right answers in 0..1.
    pub accuracy: f64,
    /// Right answers.
    pub correct: u32,
    /// Answers of known correctness.
    pub total: u32,
    /// Whether three quarters or more are right.
    pub strength: bool,
}

/// A sentence of advice.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RecommendationJson {
    /// The topic.
    pub topic: String,
    /// The sentence.
    pub message: String,
    /// `practise` or `strength`.
    pub kind: String,
}

/// Expected scores of the coming weeks.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExamForecastJson {
    /// Weeks ahead of the last point.
    pub horizon: u32,
    /// One point a week.
    pub points: Vec<ForecastPointJson>,
    /// `growth_posterior`, or `normal_without_growth` where the ability is taken to stay.
    pub method: String,
    /// The goals of the request.
    pub goals: Vec<ExamGoalJson>,
}

/// The expected score of one week.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ForecastPointJson {
    /// Weeks from now.
    pub step: u32,
    /// Score, A·θ + B.
    pub score_scaled: f64,
}

/// A goal and how likely it is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExamGoalJson {
    /// Score to reach.
    pub target_score: f64,
    /// Weeks from now.
    pub horizon: u32,
    /// Probability in 0..1; null without a standard error.
    pub probability: Option<f64>,
}

/// A place among all students.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BenchmarkJson {
    /// Mid-rank, 0..100.
    pub percentile: f64,
    /// The level in a word or two.
    pub label: String,
}
