//! What became of the rows that were read for an answer.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of the rows that were read: every one of them was used, or is counted by the reason why not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RowsReadJson {
    /// Rows that were read; in a table with one item a column, cells of items.
    pub read: u64,
    /// Rows that were used.
    pub used: u64,
    /// Rows that were not, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Optional cells of rows that were used which could not be read, by field: they count as unknown.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub unknown: BTreeMap<String, u64>,
    /// What was found out about the file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}
