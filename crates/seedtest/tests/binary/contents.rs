//! Everything a database holds, for comparing two that should hold the same.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use crate::kpi_jobs::Place;

/// Columns that say when or by which run a row was written, or number it.
const OF_THE_RUN: [&str; 7] =
    ["created_at", "updated_at", "computed_at", "generated_at", "run_id", "id", "window_id"];

/// The rows of every table but the ledger and its kin, as texts in order.
pub(crate) type Contents = BTreeMap<String, Vec<String>>;

pub(crate) fn contents(place: &Place) -> Contents {
    match place.url() {
        Some(url) => of_server(url, "public"),
        None => of_file(&place.place.path("seedtest-data/seedtest.db")),
    }
}

/// Says where two databases differ.
#[track_caller]
pub(crate) fn assert_same(found: &Contents, expected: &Contents, what: &str) {
    for (table, expected) in expected {
        let rows = found.get(table).unwrap_or_else(|| panic!("{what}: no table {table}"));
        assert_eq!(rows.len(), expected.len(), "{what}: rows of {table}");
        for (row, expected) in rows.iter().zip(expected) {
            assert_eq!(row, expected, "{what}: {table}");
        }
    }
    assert_eq!(found.len(), expected.len(), "{what}: tables");
}

fn is_compared(table: &str) -> bool {
    !table.starts_with("seedtest_") && !table.starts_with("sqlite_")
}

fn is_kept(column: &str) -> bool {
    !OF_THE_RUN.contains(&column)
}

fn of_file(path: &Path) -> Contents {
    let connection = rusqlite::Connection::open(path).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let tables = texts("SELECT name FROM sqlite_master WHERE type = 'table'");
    let rows = |table: String| {
        let columns = texts(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let kept: Vec<String> = columns.into_iter().filter(|name| is_kept(name)).collect();
        let sql = format!("SELECT json_array({}) FROM {table} ORDER BY 1", kept.join(", "));
        (table, texts(&sql))
    };
    tables.into_iter().filter(|table| is_compared(table)).map(rows).collect()
}

/// What is in one schema of a database on a server.
pub(crate) fn of_server(url: &str, schema: &str) -> Contents {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let columns = format!(
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             JOIN information_schema.tables USING (table_schema, table_name) \
             WHERE table_schema = '{schema}' AND table_type = 'BASE TABLE' ORDER BY 1, ordinal_position"
        );
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in sqlx::query(AssertSqlSafe(columns)).fetch_all(&mut connection).await.unwrap() {
            let (table, column): (String, String) = (row.get(0), row.get(1));
            let kept = tables.entry(table).or_default();
            kept.extend(Some(column).filter(|column| is_kept(column)));
        }
        tables.retain(|table, _| is_compared(table));
        let mut contents = Contents::new();
        for (table, kept) in tables {
            let sql = format!(
                "SELECT row_text FROM (SELECT json_build_array({})::text AS row_text FROM {schema}.{table}) \
                 AS texts ORDER BY row_text COLLATE \"C\"",
                kept.join(", ")
            );
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
            contents.insert(table, rows.iter().map(|row| row.get(0)).collect());
        }
        contents
    })
}
