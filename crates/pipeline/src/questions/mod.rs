//! What is asked about one student or exam now, answered from stored rows.

mod churn_standing;
mod configuration;
mod exam;
mod exam_forecast;
mod explanation;
mod goal_attainment;
mod next_topics;
mod student_goal;
mod trajectory;
mod window_kpis;

pub use churn_standing::{ChurnStanding, churn_standing};
pub use configuration::Configuration;
pub use exam::{ExamQuestion, exam_analysis};
pub use explanation::explain_scores;
pub use goal_attainment::{GoalAttainment, GoalPosterior, GoalQuestion, goal_attainment};
pub use next_topics::{NextTopic, NextTopics, next_topics};
pub use student_goal::{StudentGoal, student_goal};
pub use trajectory::GoalScope;
pub use window_kpis::{
    ChurnRisk, Gap, WeakTopic, WindowKpis, Windowing, is_copied, newest_topic_thetas, risk_level,
    weak_topics,
};
