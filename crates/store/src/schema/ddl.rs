//! Tables and their indexes as `CREATE` and `ALTER` statements of either engine.

use crate::engine::backend::Backend;
use crate::schema::column::{Column, Default, Kind};
use crate::schema::table::{Index, Table};

/// SQLite's clock as a stored time; it counts milliseconds, the stored text microseconds.
const SQLITE_NOW: &str = "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))";
/// SQLite's version 4 UUID from 16 random bytes.
const SQLITE_UUID: &str = "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || \
    substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || \
    hex(randomblob(6))))";

pub(crate) fn create_table(table: &Table, backend: Backend) -> String {
    create_table_as(table, table.name, backend)
}

/// The table under another name.
pub(crate) fn create_table_as(table: &Table, name: &str, backend: Backend) -> String {
    let mut parts: Vec<String> =
        table.columns.iter().map(|column| define(column, backend, table)).collect();
    if !table.key.is_empty() && !has_serial_key(table, backend) {
        parts.push(format!("PRIMARY KEY ({})", table.key.join(", ")));
    }
    let options = if backend == Backend::Sqlite { " STRICT" } else { "" };
    format!("CREATE TABLE {name} (\n  {}\n){options}", parts.join(",\n  "))
}

pub(crate) fn add_column(table: &Table, column: &Column, backend: Backend) -> String {
    format!("ALTER TABLE {} ADD COLUMN {}", table.name, define(column, backend, table))
}

/// `None` for an index this engine does not have.
pub(crate) fn create_index(table: &Table, index: &Index, backend: Backend) -> Option<String> {
    if index.gin && backend == Backend::Sqlite {
        return None;
    }
    let unique = if index.unique { "UNIQUE " } else { "" };
    let method = if index.gin { "USING gin " } else { "" };
    Some(format!(
        "CREATE {unique}INDEX IF NOT EXISTS {} ON {} {method}({})",
        index.name, table.name, index.on
    ))
}

fn define(column: &Column, backend: Backend, table: &Table) -> String {
    if column.kind == Kind::Serial && has_serial_key(table, backend) {
        return format!("{} INTEGER PRIMARY KEY AUTOINCREMENT", column.name);
    }
    let mut parts = vec![column.name.to_owned(), column.kind.type_name(backend).to_owned()];
    if let Some(expression) = column.generated {
        let storage = match backend {
            Backend::Postgres => "STORED",
            Backend::Sqlite => "VIRTUAL",
        };
        parts.push(format!("GENERATED ALWAYS AS ({expression}) {storage}"));
    }
    if column.required {
        parts.push("NOT NULL".to_owned());
    }
    parts.extend(column.default.map(|value| format!("DEFAULT {}", default_value(value, backend))));
    parts.extend(condition(column, backend).map(|condition| format!("CHECK ({condition})")));
    parts.join(" ")
}

/// SQLite hands out numbers only for a key it defines itself.
fn has_serial_key(table: &Table, backend: Backend) -> bool {
    backend == Backend::Sqlite && table.columns.iter().any(|column| column.kind == Kind::Serial)
}

pub(crate) fn default_value(default: Default, backend: Backend) -> &'static str {
    match (default, backend) {
        (Default::Now, Backend::Postgres) => "now()",
        (Default::Now, Backend::Sqlite) => SQLITE_NOW,
        (Default::EmptyObject, _) => "'{}'",
        (Default::EmptyArray, _) => "'[]'",
        (Default::RandomUuid, Backend::Postgres) => "gen_random_uuid()",
        (Default::RandomUuid, Backend::Sqlite) => SQLITE_UUID,
        (Default::Literal(text), _) => text,
    }
}

/// What a value must satisfy. A null of a column that may be null passes on every version: the integrity
/// check of SQLite 3.40 takes a condition that is neither true nor false for a failed one.
pub(crate) fn condition(column: &Column, backend: Backend) -> Option<String> {
    let own = column.check.map(|check| match backend {
        Backend::Postgres => check.postgres.to_owned(),
        Backend::Sqlite => check.sqlite.to_owned(),
    });
    let condition = match (own, column.kind, backend) {
        (None, Kind::Json, Backend::Sqlite) => Some(format!("json_valid({})", column.name)),
        (own, _, _) => own,
    };
    match backend {
        Backend::Sqlite if !column.required => {
            condition.map(|condition| format!("{} IS NULL OR {condition}", column.name))
        }
        _ => condition,
    }
}

/// Whether a table has a condition that meets nulls.
pub(crate) fn has_condition_on_nulls(table: &Table, backend: Backend) -> bool {
    let meets = |column: &Column| !column.required && condition(column, backend).is_some();
    table.columns.iter().any(meets)
}
