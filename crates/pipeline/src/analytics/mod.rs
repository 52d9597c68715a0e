//! What `r-analytics` answers about one student, from stored rows (http-api.md H15): the chance to
//! reach a goal, topics to work on next, how a churn risk stands among the others, a report to open;
//! and what one exam says of its student (H16).

mod churn_standing;
mod exam;
mod exam_forecast;
mod goal_attainment;
mod next_topics;
mod outlook;
mod publish;

pub use churn_standing::{ChurnStanding, churn_standing};
pub use exam::{ExamQuestion, exam_analysis};
pub use goal_attainment::{GoalAttainment, GoalPosterior, GoalQuestion, goal_attainment};
pub use next_topics::{NextTopic, next_topics};
pub use outlook::GoalScope;
pub use publish::{PublishRequest, publish_report};
