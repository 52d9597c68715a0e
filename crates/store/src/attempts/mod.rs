//! Answers: imported response logs, exam documents, and the views in which both are one log.

pub(crate) mod attempt_log;
pub(crate) mod exam_answers;
pub(crate) mod exam_results;
pub(crate) mod given;
pub(crate) mod identity;
pub(crate) mod known_student;
pub(crate) mod listed;
pub(crate) mod log_parts;
pub(crate) mod response_log;
pub(crate) mod scores;
pub(crate) mod views;
