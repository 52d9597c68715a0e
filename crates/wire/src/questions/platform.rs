//! Rows that a platform writes and lists (docs/contract/http-api.md H17).

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::Id;

/// `POST /features/daily`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct DailyFeaturesRequest<'a> {
    /// The student; the caller by default.
    #[serde(alias = "student", alias = "student_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "student_id", "user"]))]
    pub user_id: Option<Id<'a>>,
    /// The topic.
    #[serde(alias = "topic", borrow)]
    #[schemars(extend("x-aliases" = ["topic"]))]
    pub topic_id: Id<'a>,
    /// The day.
    pub date: NaiveDate,
    /// Answers of known correctness.
    #[serde(default)]
    pub attempts: u32,
    /// Right ones among them.
    #[serde(default)]
    pub correct: u32,
    /// Mean response time, milliseconds.
    pub avg_time_ms: Option<u32>,
    /// Median response time, milliseconds.
    pub rt_median: Option<u32>,
    /// Answers for which a hint was used.
    #[serde(default)]
    pub hints: u32,
    /// Ability at the end of the day, θ scale, −999.999 to 999.999.
    #[serde(alias = "theta_mean")]
    #[schemars(extend("x-aliases" = ["theta_mean"]))]
    pub theta_estimate: Option<f64>,
    /// Its standard error.
    pub theta_sd: Option<f64>,
    /// I_t of the student as of the day.
    pub improvement: Option<f64>,
    /// The last answer of the day in the topic; now by default.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// What a student did in a topic on a day.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DailyFeatures {
    /// The student.
    pub user_id: String,
    /// The topic.
    pub topic_id: String,
    /// The day.
    pub date: NaiveDate,
    /// Answers of known correctness.
    pub attempts: u32,
    /// Right ones among them.
    pub correct: u32,
    /// Mean response time, milliseconds; null where it was not recorded.
    pub avg_time_ms: Option<u32>,
    /// Median response time, milliseconds; null where it was not recorded.
    pub rt_median: Option<u32>,
    /// Answers for which a hint was used.
    pub hints: u32,
    /// Ability at the end of the day, θ scale; null where it is not known.
    pub theta_estimate: Option<f64>,
    /// Its standard error.
    pub theta_sd: Option<f64>,
    /// I_t of the student as of the day.
    pub improvement: Option<f64>,
    /// The last answer of the day in the topic, RFC 3339.
    pub last_seen_at: String,
}

/// `POST /interest-goals`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct InterestGoalRequest<'a> {
    /// The student; the caller by default.
    #[serde(alias = "student", alias = "student_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "student_id", "user"]))]
    pub user_id: Option<Id<'a>>,
    /// The topic.
    #[serde(alias = "topic", borrow)]
    #[schemars(extend("x-aliases" = ["topic"]))]
    pub topic_id: Id<'a>,
    /// Ability to reach, θ scale, −999.999 to 999.999.
    pub target_level: Option<f64>,
    /// Score to reach, on the scale of the reported scores.
    pub target_score: Option<f64>,
    /// When.
    pub target_date: Option<NaiveDate>,
    /// How much it matters, 0 to 100; that of a goal that is there stays by default.
    #[schemars(range(max = 100))]
    pub priority: Option<u8>,
}

/// What a student wants to reach in a topic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct InterestGoalRow {
    /// The student.
    pub user_id: String,
    /// The topic.
    pub topic_id: String,
    /// Ability to reach, θ scale; null where none is named.
    pub target_level: Option<f64>,
    /// Score to reach; null where none is named.
    pub target_score: Option<f64>,
    /// When; null where no day is named.
    pub target_date: Option<NaiveDate>,
    /// How much it matters, 0 to 100.
    pub priority: Option<i64>,
}

/// `POST /sessions`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct SessionRequest<'a> {
    /// Chosen by the client; sent again, the session stays as it is.
    #[serde(alias = "session_id", borrow)]
    #[schemars(extend("x-aliases" = ["session_id"]))]
    pub id: Id<'a>,
    /// The student; the caller by default, where they are one.
    #[serde(alias = "student", alias = "student_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "student_id", "user"]))]
    pub user_id: Option<Id<'a>>,
    /// Class it is in.
    #[serde(borrow)]
    pub classroom_id: Option<Id<'a>>,
    /// Exam.
    #[serde(borrow)]
    pub exam_id: Option<Id<'a>>,
    /// Organisation; that of the caller by default, where they are staff.
    pub org_id: Option<i32>,
    /// When it began; now by default.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// State, as the platform calls it; `started` by default.
    #[serde(borrow)]
    #[schemars(length(min = 1, max = 64))]
    pub status: Option<Cow<'a, str>>,
}

/// A session of a student.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SessionRow {
    /// Its id.
    pub id: String,
    /// The student.
    pub user_id: Option<String>,
    /// Class it was in.
    pub classroom_id: Option<String>,
    /// Exam.
    pub exam_id: Option<String>,
    /// Organisation.
    pub org_id: Option<i32>,
    /// When it began, RFC 3339.
    pub started_at: Option<String>,
    /// When it ended, RFC 3339; null while it runs.
    pub ended_at: Option<String>,
    /// State, as the platform calls it.
    pub status: Option<String>,
}

/// `POST /classrooms`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct ClassroomRequest<'a> {
    /// Its id; one is made by default.
    #[serde(alias = "classroom_id", borrow)]
    #[schemars(extend("x-aliases" = ["classroom_id"]))]
    pub id: Option<Id<'a>>,
    /// Its organisation; that of the caller by default.
    #[serde(borrow)]
    pub org_id: Option<Id<'a>>,
    /// Its name, of which an organisation has one.
    #[serde(borrow)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Cow<'a, str>,
    /// Its grade, 0 to 12.
    #[schemars(range(max = 12))]
    pub grade: Option<u8>,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ClassroomRow {
    /// Its id.
    pub id: String,
    /// Its organisation.
    pub org_id: String,
    /// Its name.
    pub name: String,
    /// Its grade, 0 to 12; null where none is known.
    pub grade: Option<i32>,
}

/// The result of an exam session, without its questions.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ResultRow {
    /// The session, which has one result.
    pub session_id: String,
    /// The student.
    pub user_id: Option<String>,
    /// Organisation.
    pub org_id: Option<i64>,
    /// Exam.
    pub exam_id: Option<i64>,
    /// State of the session.
    pub status: String,
    /// `score` as the document has it: `raw` and `scaled` as a rule; null where it has none.
    pub score: Option<Value>,
    /// When the session was created, RFC 3339.
    pub created_at: String,
    /// When the document was last changed, RFC 3339.
    pub updated_at: String,
}

/// `POST /exams/{session_id}/answers` and `POST /exams/{session_id}/finish`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
pub struct ExamAnswersRequest<'a> {
    /// The student; whose session it is, else the caller by default.
    #[serde(alias = "student", alias = "student_id", alias = "user", borrow)]
    #[schemars(extend("x-aliases" = ["student", "student_id", "user"]))]
    pub user_id: Option<Id<'a>>,
    /// Exam; that of the session by default.
    pub exam_id: Option<i32>,
    /// Organisation; that of the session by default.
    pub org_id: Option<i32>,
    /// Answers; one to a question that was answered takes its place.
    #[serde(default, alias = "questions", borrow)]
    #[schemars(extend("x-aliases" = ["questions"]))]
    pub answers: Vec<ExamAnswer<'a>>,
}

/// The answer to a question of an exam.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub struct ExamAnswer<'a> {
    /// The question; without a whole number as its id it is kept, and is no attempt.
    #[serde(alias = "item_id", borrow)]
    #[schemars(extend("x-aliases" = ["item_id"]))]
    pub question_id: Id<'a>,
    /// Whether it is right; null where that is not known.
    #[serde(alias = "correct")]
    #[schemars(extend("x-aliases" = ["correct"]))]
    pub is_correct: Option<bool>,
    /// What was answered.
    pub user_answer: Option<Value>,
    /// What is right.
    pub correct_answer: Option<Value>,
    /// Why it is.
    #[serde(borrow)]
    pub explanation: Option<Cow<'a, str>>,
    /// Topic of the question.
    #[serde(alias = "topic_id", borrow)]
    #[schemars(extend("x-aliases" = ["topic_id"]))]
    pub topic: Option<Id<'a>>,
    /// Seconds until the answer.
    #[schemars(range(min = 0))]
    pub time_spent_sec: Option<f64>,
    /// Hints that were used.
    pub used_hints: Option<u32>,
}

/// An exam that goes on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExamProgress {
    /// The session.
    pub session_id: String,
    /// The student.
    pub user_id: Option<String>,
    /// `in_progress`.
    pub status: String,
    /// Answers so far.
    pub n_answers: usize,
    /// Those among them that are attempts: their question has a whole number as its id.
    pub n_attempts: usize,
}

/// An exam that is finished.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExamFinished {
    /// The session.
    pub session_id: String,
    /// The student.
    pub user_id: Option<String>,
    /// `ready`.
    pub status: String,
    /// Answers.
    pub n_answers: usize,
    /// Those among them that are attempts: their question has a whole number as its id.
    pub n_attempts: usize,
    /// `raw`: right answers; `scaled`: percent of right answers among those that are right or wrong, null without any.
    pub score: Value,
    /// Per topic: `topic`, `correct`, `total`, `accuracy`.
    pub topics: Value,
    /// When the document was last changed, RFC 3339.
    pub updated_at: String,
    /// The event that has the ability of the student estimated anew.
    pub event_id: String,
}
