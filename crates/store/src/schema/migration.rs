//! The history of the schema as numbered steps.

/// One step of the schema's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Number of the step, from 1.
    pub version: i64,
    /// What the step brings.
    pub name: &'static str,
}

/// The step that brings every table and column that names no later one with `since`. A change of the
/// schema is a new [`Migration`] beside the table it belongs to; migrations are never changed.
const FIRST: Migration = Migration { version: 1, name: "target schema S1 to S21" };

/// Every migration of this binary, oldest first.
pub(crate) fn migrations() -> Vec<Migration> {
    let declared = super::TABLES.iter().flat_map(|table| {
        let columns = table.columns.iter().filter_map(|column| column.since);
        table.since.into_iter().chain(columns)
    });
    let mut all: Vec<Migration> = std::iter::once(FIRST).chain(declared).collect();
    all.sort_by_key(|migration| migration.version);
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_number_of_its_own() {
        let versions: Vec<i64> = migrations().iter().map(|migration| migration.version).collect();
        let consecutive: Vec<i64> = (1..=versions.len() as i64).collect();
        assert_eq!(versions, consecutive, "two changes took the same number, or one was left out");
    }
}
