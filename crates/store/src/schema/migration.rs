//! A numbered step of the schema's history.

/// One step of the schema's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Number of the step, from 1.
    pub version: i64,
    /// What the step brings.
    pub name: &'static str,
}
