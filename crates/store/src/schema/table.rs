use crate::backend::Backend;
use crate::schema::Column;

/// Who may change a table that already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The platform: created when missing, else never altered.
    Platform,
    /// This engine: missing columns are added.
    Analytics,
}

#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) name: &'static str,
    /// Columns or expressions, as the SQL lists them.
    pub(crate) on: &'static str,
    pub(crate) unique: bool,
    /// An inverted index over JSON; SQLite has none.
    pub(crate) gin: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) owner: Owner,
    pub(crate) columns: Vec<Column>,
    pub(crate) key: &'static [&'static str],
    pub(crate) indexes: Vec<Index>,
    /// The only engine that needs the table.
    pub(crate) only: Option<Backend>,
}

impl Table {
    pub(crate) fn analytics(name: &'static str, columns: &[Column]) -> Self {
        Self::new(name, Owner::Analytics, columns)
    }

    pub(crate) fn platform(name: &'static str, columns: &[Column]) -> Self {
        Self::new(name, Owner::Platform, columns)
    }

    fn new(name: &'static str, owner: Owner, columns: &[Column]) -> Self {
        let columns = columns.to_vec();
        Self { name, owner, columns, key: &[], indexes: Vec::new(), only: None }
    }

    pub(crate) fn key(mut self, columns: &'static [&'static str]) -> Self {
        self.key = columns;
        self
    }

    pub(crate) fn index(self, name: &'static str, on: &'static str) -> Self {
        self.with_index(Index { name, on, unique: false, gin: false })
    }

    pub(crate) fn unique(self, name: &'static str, on: &'static str) -> Self {
        self.with_index(Index { name, on, unique: true, gin: false })
    }

    pub(crate) fn gin(self, name: &'static str, on: &'static str) -> Self {
        self.with_index(Index { name, on, unique: false, gin: true })
    }

    pub(crate) fn only(mut self, backend: Backend) -> Self {
        self.only = Some(backend);
        self
    }

    fn with_index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }
}
