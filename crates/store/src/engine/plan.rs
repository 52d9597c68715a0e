//! What SQLite would do for a query: tests see by it that a page reads no table from end to end.

use crate::engine::row::Row;
use crate::engine::value::Value;
use crate::store::Store;
use crate::target::Target;

/// The steps of the plan of a query over a new database.
pub(crate) async fn plan(sql: &str, values: &[Value<'_>]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
    store.migrate().await.unwrap();
    let explained = format!("EXPLAIN QUERY PLAN {sql}");
    // Id, parent, unused, and the step in words (SQLite documentation).
    let read = |row: &Row<'_>| row.required(3, row.owned_text(3)?);
    let mut connection = store.connection().await.unwrap();
    let steps: Vec<String> = connection.session().fetch(&explained, values, read).await.unwrap();
    steps.join("\n")
}
