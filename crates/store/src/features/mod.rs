//! Daily features of a student in a topic (docs/contract/schema.md S8).

pub(crate) mod dated_theta;
pub(crate) mod topic_daily;
