//! The schema as the reference of tables shows it.

use super::{tables, views};
use crate::engine::backend::Backend;
use crate::schema::{Column, Index, Owner, Table, condition, default_value};

/// A table as its declaration has it.
#[derive(Debug, Clone)]
pub struct TableReference {
    /// Name.
    pub name: &'static str,
    /// Whether the platform owns it, so that it is never altered where it exists.
    pub of_platform: bool,
    /// The only engine that has it; `None` = both.
    pub only: Option<Backend>,
    /// Columns in order.
    pub columns: Vec<ColumnReference>,
    /// Columns of the primary key.
    pub key: &'static [&'static str],
    /// Indexes in order.
    pub indexes: Vec<IndexReference>,
}

/// A column as its declaration has it.
#[derive(Debug, Clone)]
pub struct ColumnReference {
    /// Name.
    pub name: &'static str,
    /// Type in PostgreSQL.
    pub postgres: &'static str,
    /// Type in SQLite.
    pub sqlite: &'static str,
    /// Whether it always has a value.
    pub required: bool,
    /// Whether a table of the platform may lack it.
    pub optional: bool,
    /// The value of a row that names none, as PostgreSQL spells it.
    pub default: Option<&'static str>,
    /// The expression that a generated column repeats.
    pub generated: Option<&'static str>,
    /// What its values must satisfy, as PostgreSQL spells it.
    pub check: Option<String>,
}

/// An index as its declaration has it.
#[derive(Debug, Clone)]
pub struct IndexReference {
    /// Name.
    pub name: &'static str,
    /// Columns or expressions, as SQL lists them.
    pub on: &'static str,
    /// Whether two rows may not have the same values.
    pub unique: bool,
    /// Whether only PostgreSQL has it.
    pub postgres_only: bool,
}

/// A view as its declaration has it.
#[derive(Debug, Clone)]
pub struct ViewReference {
    /// Name.
    pub name: &'static str,
    /// Whether the platform owns it, so that it is kept where it exists.
    pub of_platform: bool,
    /// Columns in order.
    pub columns: Vec<&'static str>,
}

/// Every table of the schema, those that one engine alone has after the others.
pub fn table_references() -> Vec<TableReference> {
    let of_sqlite = tables(Backend::Sqlite).filter(|table| table.only.is_some());
    tables(Backend::Postgres).chain(of_sqlite).map(table_reference).collect()
}

/// Every view of the schema, as PostgreSQL has it.
pub fn view_references() -> Vec<ViewReference> {
    let of_view = |view: super::View| ViewReference {
        name: view.name,
        of_platform: view.owner == Owner::Platform,
        columns: view.columns,
    };
    views(Backend::Postgres, &[]).into_iter().map(of_view).collect()
}

fn table_reference(table: &Table) -> TableReference {
    TableReference {
        name: table.name,
        of_platform: table.owner == Owner::Platform,
        only: table.only,
        columns: table.columns.iter().map(column_reference).collect(),
        key: table.key,
        indexes: table.indexes.iter().map(index_reference).collect(),
    }
}

fn column_reference(column: &Column) -> ColumnReference {
    ColumnReference {
        name: column.name,
        postgres: column.kind.type_name(Backend::Postgres),
        sqlite: column.kind.type_name(Backend::Sqlite),
        required: column.required,
        optional: column.optional,
        default: column.default.map(|value| default_value(value, Backend::Postgres)),
        generated: column.generated,
        check: condition(column, Backend::Postgres),
    }
}

fn index_reference(index: &Index) -> IndexReference {
    IndexReference {
        name: index.name,
        on: index.on,
        unique: index.unique,
        postgres_only: index.gin,
    }
}
