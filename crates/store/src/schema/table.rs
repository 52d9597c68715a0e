//! A table as data: from its columns come its DDL, and the lists of columns that are inserted,
//! replaced and selected.

use super::column::Column;
use super::migration::Migration;
use crate::engine::backend::Backend;
use crate::engine::bulk::Insert;
use crate::engine::record::Selection;

/// Who may change a table that already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The platform: created when missing, else never altered.
    Platform,
    /// This engine: missing columns are added.
    Analytics,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Index {
    pub(crate) name: &'static str,
    /// Columns or expressions, as the SQL lists them.
    pub(crate) on: &'static str,
    pub(crate) unique: bool,
    /// An inverted index over JSON; SQLite has none.
    pub(crate) gin: bool,
}

/// An index over columns or expressions, as the SQL lists them.
pub(crate) const fn index(name: &'static str, on: &'static str) -> Index {
    Index { name, on, unique: false, gin: false }
}

/// An index that lets no two rows have the same values.
pub(crate) const fn unique(name: &'static str, on: &'static str) -> Index {
    Index { name, on, unique: true, gin: false }
}

/// An inverted index over JSON.
pub(crate) const fn gin(name: &'static str, on: &'static str) -> Index {
    Index { name, on, unique: false, gin: true }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) owner: Owner,
    pub(crate) columns: &'static [Column],
    pub(crate) key: &'static [&'static str],
    pub(crate) indexes: &'static [Index],
    /// The only engine that needs the table.
    pub(crate) only: Option<Backend>,
    /// The migration that brings the table; `None` = the first.
    pub(crate) since: Option<Migration>,
    /// The newest migration that changed what a column may hold.
    pub(crate) rechecked: Option<Migration>,
    /// For a table of the platform: what ours is called where another table has its name.
    pub(crate) stand_in: Option<&'static str>,
}

impl Table {
    pub(crate) const fn analytics(name: &'static str, columns: &'static [Column]) -> Self {
        Self::new(name, Owner::Analytics, columns)
    }

    pub(crate) const fn platform(name: &'static str, columns: &'static [Column]) -> Self {
        Self::new(name, Owner::Platform, columns)
    }

    const fn new(name: &'static str, owner: Owner, columns: &'static [Column]) -> Self {
        Self {
            name,
            owner,
            columns,
            key: &[],
            indexes: &[],
            only: None,
            since: None,
            rechecked: None,
            stand_in: None,
        }
    }

    pub(crate) const fn key(mut self, columns: &'static [&'static str]) -> Self {
        self.key = columns;
        self
    }

    pub(crate) const fn indexes(mut self, indexes: &'static [Index]) -> Self {
        self.indexes = indexes;
        self
    }

    pub(crate) const fn only(mut self, backend: Backend) -> Self {
        self.only = Some(backend);
        self
    }

    pub(crate) const fn since(mut self, migration: Migration) -> Self {
        self.since = Some(migration);
        self
    }

    /// For a table with a column whose `check` differs from that of earlier releases.
    pub(crate) const fn rechecked(mut self, migration: Migration) -> Self {
        self.rechecked = Some(migration);
        self
    }

    /// Where a table of this name is something else, one of ours takes its place under another name.
    pub(crate) const fn stand_in(mut self, name: &'static str) -> Self {
        self.stand_in = Some(name);
        self
    }

    /// How many values a written row brings: the columns that are written, in their order.
    pub(crate) const fn width(&self) -> usize {
        let mut width = 0;
        let mut position = 0;
        while position < self.columns.len() {
            width += self.columns[position].is_written() as usize;
            position += 1;
        }
        width
    }

    /// `INSERT INTO table (columns that are written)`.
    pub(crate) fn insert(&self) -> Insert {
        Insert { table: self.name, columns: self.written().collect(), on_conflict: String::new() }
    }

    /// An insert that puts the new row in the place of one with the same key.
    pub(crate) fn upsert(&self) -> Insert {
        self.insert().on_conflict(&self.replacing(self.key, &[]))
    }

    /// `ON CONFLICT (key) DO UPDATE SET column = excluded.column, …` for the columns that are
    /// written, apart from the key and those that `kept` names.
    pub(crate) fn replacing(&self, key: &[&str], kept: &[&str]) -> String {
        let set: Vec<String> = self
            .written()
            .filter(|name| !key.contains(name) && !kept.contains(name))
            .map(|name| format!("{name} = excluded.{name}"))
            .collect();
        format!("ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), set.join(", "))
    }

    /// `table.column IS DISTINCT FROM excluded.column OR …`: whether the new row says something
    /// else in a column that is written, apart from those that `ignored` names.
    pub(crate) fn differing(&self, ignored: &[&str]) -> String {
        let table = self.name;
        let differs: Vec<String> = self
            .written()
            .filter(|name| !ignored.contains(name))
            .map(|name| format!("{table}.{name} IS DISTINCT FROM excluded.{name}"))
            .collect();
        differs.join(" OR ")
    }

    /// Every column that is read, as a list for `SELECT`.
    pub(crate) fn select(&self) -> Selection {
        selection(self.columns.iter().filter(|column| column.is_read()))
    }

    /// The columns of these names, as a list for `SELECT`.
    pub(crate) fn select_of(&self, names: &[&str]) -> Selection {
        selection(self.columns.iter().filter(|column| names.contains(&column.name)))
    }

    /// Names of the columns that a view over the table repeats: those that are no aliases.
    pub(crate) fn stored(&self) -> Vec<&'static str> {
        self.columns.iter().filter(|c| c.generated.is_none()).map(|column| column.name).collect()
    }

    fn written(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().filter(|column| column.is_written()).map(|column| column.name)
    }
}

fn selection<'c>(columns: impl Iterator<Item = &'c Column>) -> Selection {
    Selection::of(columns.map(|column| (column.name, column.selected())))
}

#[cfg(test)]
mod tests {
    use crate::features::topic_daily::FEATURES_TOPIC_DAILY;
    use crate::irt::ability::MIRT_ABILITY;

    #[test]
    fn statements_list_the_declared_columns() {
        let table = MIRT_ABILITY;
        let insert = table.upsert();
        assert_eq!(insert.columns.len(), table.width());
        assert_eq!(
            insert.on_conflict,
            "ON CONFLICT (user_id, version, fitted_at) DO UPDATE SET theta = excluded.theta, \
             se = excluded.se, model = excluded.model, run_id = excluded.run_id, \
             n_answers = excluded.n_answers"
        );
        assert_eq!(
            table.select_of(&["user_id", "theta"]).to_string(),
            "user_id, CAST(theta AS DOUBLE PRECISION) AS theta"
        );
    }

    #[test]
    fn what_the_database_fills_is_not_written() {
        let insert = FEATURES_TOPIC_DAILY.insert();
        assert!(!insert.columns.contains(&"theta_mean"));
        assert!(insert.columns.contains(&"computed_at"));
        assert!(!FEATURES_TOPIC_DAILY.select().to_string().contains("computed_at"));
    }
}
