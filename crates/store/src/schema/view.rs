//! A view as data.

use super::table::{Owner, Table};

/// A view of the schema.
pub(crate) struct View {
    pub(crate) name: &'static str,
    /// A view of the platform is kept when it exists; ours are renewed.
    pub(crate) owner: Owner,
    /// Columns in order.
    pub(crate) columns: Vec<&'static str>,
    /// The query behind it.
    pub(crate) query: String,
    /// Whether we read it ourselves.
    pub(crate) is_read: bool,
}

/// A view of this engine.
pub(crate) fn ours(name: &'static str, columns: &[&'static str], query: &str) -> View {
    let (columns, query) = (columns.to_vec(), query.trim_end().to_owned());
    View { name, owner: Owner::Analytics, columns, query, is_read: false }
}

impl View {
    /// For a view that this engine reads itself: what stands in its place must offer its columns.
    pub(crate) fn read_here(self) -> Self {
        Self { is_read: true, ..self }
    }
}

/// Of every group of rows that agree in `partition` the newest one, with the columns of the table.
pub(crate) fn newest_by(name: &'static str, table: &Table, partition: &[&str]) -> View {
    let columns = table.stored();
    let list = columns.join(", ");
    let query = format!(
        "SELECT {list}
FROM (
  SELECT {list},
    row_number() OVER (PARTITION BY {} ORDER BY fitted_at DESC) AS age
  FROM {}
) ranked
WHERE age = 1",
        partition.join(", "),
        table.name
    );
    ours(name, &columns, &query)
}
