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

impl RowsReadJson {
    /// The rows of a table of which `used` were; `left_out`: how many were not, by reason.
    pub fn of_table(used: usize, left_out: &[(&str, usize)]) -> Self {
        let rejected: BTreeMap<String, u64> = left_out
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(reason, n)| ((*reason).to_owned(), *n as u64))
            .collect();
        let used = used as u64;
        Self { read: used + rejected.values().sum::<u64>(), used, rejected, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_used_or_counted() {
        let rows = RowsReadJson::of_table(9, &[("missing_value", 3), ("no_trials", 0)]);
        assert_eq!((rows.read, rows.used, rows.rejected.len()), (12, 9, 1));
        assert_eq!(rows.rejected["missing_value"], 3);
    }
}
